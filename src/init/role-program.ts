import fs from 'node:fs';
import path from 'node:path';
import type { RoleContext } from '../common/role.ts';

/** What to start for another role of this program. */
export interface RoleProgram {
  /** Script for the runtime; null where the executable needs none. */
  readonly script: string | null;
  readonly args: string[];
}

/**
 * The program of another role: this file under that name where it is one file; else the executable of the name where that lies
 * beside ours, or our own with the role as words.
 * @param words the role as words behind the plain name
 */
export function roleProgram(context: RoleContext, role: 'node' | 'wallet', words: readonly string[]): RoleProgram {
  const { coin, ownSpec, oneFile, scriptPath } = context;
  const named = path.join(path.dirname(scriptPath), `${coin.info.name}-${role}`);
  // The data file of a coin of one's own comes with the words or the configuration: the process may not be let see it.
  if (oneFile !== null) {
    return { script: null, args: ownSpec === null ? oneFile.callAs(named) : [...oneFile.callAs(path.join(path.dirname(scriptPath), 'coin')), ...words] };
  }
  return ownSpec === null && fs.existsSync(named) ? { script: named, args: [] } : { script: fs.realpathSync(scriptPath), args: [...words] };
}
