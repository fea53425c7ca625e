import fs from 'node:fs';
import path from 'node:path';
import { executableNames } from '../common/coin-names.ts';
import type { SpecFile } from '../common/role.ts';
import { CoinError, errorText } from '../util/errors.ts';

/** One coin whose names are to be installed; a coin of one's own comes with its data file. */
export interface NamedCoin {
  readonly name: string;
  readonly ownSpec: SpecFile | null;
}

/** What a name leads to: nothing (there is none, or the program that it led to has gone), our program (it may be the file itself), or something else. */
function leadsTo(file: string, executable: string): 'nothing' | 'us' | 'else' {
  try {
    return fs.realpathSync(file) === executable ? 'us' : 'else';
  } catch {
    const there = fs.lstatSync(file, { throwIfNoEntry: false });
    return there === undefined || there.isSymbolicLink() ? 'nothing' : 'else';
  }
}

/**
 * Makes links in `dir` under every name of the coins, and puts the data file of a coin of one's own beside its names.
 * What already leads to the program is left; what is anything else is not touched.
 * @returns names installed @throws CoinError where a name is taken; nothing was done then
 */
export function installNames(dir: string, coins: readonly NamedCoin[], scriptPath: string): string[] {
  const executable = fs.realpathSync(scriptPath);
  const names = coins.flatMap((coin) => executableNames(coin.name));
  const todo = names.filter((name) => leadsTo(path.join(dir, name), executable) !== 'us');
  const taken = todo.filter((name) => leadsTo(path.join(dir, name), executable) === 'else');
  if (taken.length > 0) throw new CoinError('names', `In ${dir} something else has the name ${taken.join(', ')}: nothing was installed.`);
  try {
    fs.mkdirSync(dir, { recursive: true });
    for (const { name, ownSpec } of coins) {
      const file = path.join(dir, `${name}.json`);
      if (ownSpec !== null && path.resolve(ownSpec.file) !== path.resolve(file)) fs.writeFileSync(file, ownSpec.json);
    }
    for (const name of todo) {
      const link = path.join(dir, name);
      fs.rmSync(link, { force: true });
      fs.symlinkSync(executable, link);
    }
  } catch (e) {
    throw new CoinError('names', `Cannot install names in ${dir}: ${errorText(e)}`, { cause: e });
  }
  return names;
}
