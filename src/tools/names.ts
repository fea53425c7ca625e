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

/** The executable that a link may lead to; undefined where it is no link, or leads elsewhere. */
function leadsTo(file: string, executable: string): boolean {
  try {
    return fs.realpathSync(file) === executable;
  } catch {
    // A link to nowhere: that of a program which has gone.
    return fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  }
}

function isThere(file: string): boolean {
  return fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

/**
 * Makes links in `dir` under every name of the coins, and puts the data file of a coin of one's own beside its names.
 * What already leads to the program is left; what is anything else is not touched.
 * @returns names installed @throws CoinError where a name is taken; nothing was done then
 */
export function installNames(dir: string, coins: readonly NamedCoin[], scriptPath: string): string[] {
  const executable = fs.realpathSync(scriptPath);
  const names = coins.flatMap((coin) => executableNames(coin.name));
  const todo = names.filter((name) => path.join(dir, name) !== executable);
  const taken = todo.filter((name) => isThere(path.join(dir, name)) && !leadsTo(path.join(dir, name), executable));
  if (taken.length > 0) throw new CoinError('names', `In ${dir} something else has the name ${taken.join(', ')}: nothing was installed.`);
  try {
    fs.mkdirSync(dir, { recursive: true });
    for (const { name, ownSpec } of coins) {
      const file = path.join(dir, `${name}.json`);
      if (ownSpec !== null && path.resolve(ownSpec.file) !== path.resolve(file)) fs.writeFileSync(file, ownSpec.json);
    }
    for (const name of todo) {
      const link = path.join(dir, name);
      if (isThere(link)) fs.rmSync(link);
      fs.symlinkSync(executable, link);
    }
  } catch (e) {
    throw new CoinError('names', `Cannot install names in ${dir}: ${errorText(e)}`, { cause: e });
  }
  return names;
}
