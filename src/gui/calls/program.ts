import type { Node } from '../../../ipc-spec/node.ts';
import { CoinError } from '../../util/errors.ts';
import type { Autostart } from '../autostart.ts';
import { type GuiCall, guiCall } from '../call-table.ts';
import { flag, record } from '../shape.ts';

export interface ProgramModules {
  readonly node: Node;
  /** Null where the system has no simple way for it. */
  readonly autostart: Autostart | null;
  /** Everything that this program itself remembers as at the first start. */
  readonly reset: () => void;
  readonly quit: () => void;
}

/** Calls about the program in its surroundings. */
export function programCalls({ node, autostart, reset, quit }: ProgramModules): GuiCall[] {
  const none = record<object>({});
  return [
    // Null: it is not offered.
    guiCall('program.autostart', none, () => autostart?.isOn ?? null),
    guiCall('program.setAutostart', record<{ on: boolean }>({ on: flag }), ({ on }) => {
      if (autostart === null) throw new CoinError('not-available', 'This system has no simple way to start programs at login.');
      autostart.set(on);
    }),
    guiCall('program.reset', none, async () => {
      await node.resetSettings();
      reset();
      quit();
    }),
  ];
}
