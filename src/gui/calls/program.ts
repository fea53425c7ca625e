import type { Autostart } from '../autostart.ts';
import { type GuiCall, guiCall } from '../call-table.ts';
import { flag, record } from '../shape.ts';
import { CoinError } from '../../util/errors.ts';

/** Calls about the program in its surroundings. @param autostart null where the system has no simple way for it */
export function programCalls(autostart: Autostart | null): GuiCall[] {
  return [
    // Null: it is not offered.
    guiCall('program.autostart', record<object>({}), () => autostart?.isOn ?? null),
    guiCall('program.setAutostart', record<{ on: boolean }>({ on: flag }), ({ on }) => {
      if (autostart === null) throw new CoinError('not-available', 'This system has no simple way to start programs at login.');
      autostart.set(on);
    }),
  ];
}
