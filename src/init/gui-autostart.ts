import os from 'node:os';
import type { RoleContext } from '../common/role.ts';
import { Autostart } from '../gui/autostart.ts';
import { PLATFORM } from '../util/platform.ts';
import { roleProgram } from './role-program.ts';
import type { Surroundings } from './startup.ts';

/**
 * Has this program started for its network when its user logs in: without its page, which comes when it is asked for.
 * Null where the system offers no simple way. @param context as the program was called
 */
export function autostartOf(context: RoleContext, { baseDir, params: { network } }: Surroundings): Autostart | null {
  const { name, displayName } = context.coin.info;
  const main = network === 'main';
  const file = PLATFORM.autostartFile(main ? name : `${name}-${network}`, { home: os.homedir(), env: process.env });
  if (file === null) return null;
  const { monolithic, ownSpec } = context;
  const { script, args } = roleProgram(context, monolithic ? 'qt' : 'gui', [monolithic ? '-M' : '-m', 'gui', ...(ownSpec === null ? [] : [`-coinspec=${ownSpec.file}`])]);
  // A directory that was chosen is known at the next start; one that was named is not.
  const directory = context.argv.some((word) => /^--?datadir=/.test(word)) ? [`-datadir=${baseDir}`] : [];
  return new Autostart({
    file, name: main ? displayName : `${displayName} (${network})`,
    command: [process.execPath, ...(script === null ? [] : [script]), ...args, '-min', `-chain=${network}`, ...directory],
  });
}
