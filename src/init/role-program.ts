import fs from 'node:fs';
import path from 'node:path';
import { callAs } from '../common/called-as.ts';
import type { RoleContext } from '../common/role.ts';

/** What to start for another role of this program. */
export interface RoleProgram {
  /** Script for the runtime; null where the executable needs none. */
  readonly script: string | null;
  readonly args: string[];
}

/**
 * The program of another role: the executable under its name where that lies beside ours, else our own, told that name.
 * @param words the role as words behind the plain name, for a coin of one's own: its data file comes with the words or with the
 * configuration, as the process may not be let see it
 */
export function roleProgram(context: RoleContext, role: 'node' | 'wallet' | 'gui' | 'qt', words: readonly string[]): RoleProgram {
  const { coin, ownSpec, oneFile, scriptPath, executable } = context;
  const dir = path.dirname(scriptPath);
  const named = path.join(dir, `${coin.info.name}-${role}`);
  if (ownSpec === null && oneFile === null && fs.existsSync(named)) return { script: named, args: [] };
  return { script: oneFile === null ? executable : null, args: ownSpec === null ? [callAs(named)] : [callAs(path.join(dir, 'coin')), ...words] };
}
