import fs from 'node:fs';
import path from 'node:path';
import { builtinCoin, builtinCoinNames } from '../params/builtin-coins.ts';
import { type CoinSpec, parseCoinSpec } from '../params/chain-params.ts';
import { CoinError, errorText } from '../util/errors.ts';
import type { Role, SpecFile } from './role.ts';

/** A coin, and the file that it is from; null for those that come with the program. */
export interface KnownCoin {
  readonly spec: CoinSpec;
  readonly ownSpec: SpecFile | null;
}

/** What a name that the program is called by asks for. */
export interface Called {
  /** First part of the name. */
  readonly coin: string;
  readonly role: Role | 'wrapper';
  readonly monolithic: boolean;
}

/** What stands behind a coin's name in an executable's: role, and whether everything runs in one process. */
const SUFFIXES: readonly (readonly [suffix: string, role: Role, monolithic: boolean])[] = [
  ['-node', 'node', false], ['-gui', 'gui', false], ['-qt', 'gui', true], ['-wallet', 'wallet', true], ['-cli', 'rpc', true],
  ['-tx', 'tx', true], ['-util', 'util', true], ['d', 'node', true],
];

/** Every name under which a coin's program is called. */
export function executableNames(coin: string): string[] {
  return [coin, ...SUFFIXES.map(([suffix]) => `${coin}${suffix}`)];
}

/** Reads a coin's data file. @throws CoinError that names the file, and the path of the fault in it */
export function readSpecFile(file: string): KnownCoin {
  const full = path.resolve(file);
  try {
    const json = fs.readFileSync(full, 'utf8');
    return { spec: parseCoinSpec(JSON.parse(json)), ownSpec: { file: full, json } };
  } catch (e) {
    throw new CoinError('coin-spec', `Cannot use ${full}: ${errorText(e)}`, { cause: e });
  }
}

/** Where the executables of a coin of one's own look for its data file: beside them. */
function besideExecutable(coin: string, scriptPath: string): string | null {
  if (!/^[a-z]+$/.test(coin)) return null;
  const file = path.join(path.dirname(scriptPath), `${coin}.json`);
  return fs.existsSync(file) ? file : null;
}

function isCoin(name: string, scriptPath: string): boolean {
  return builtinCoinNames().includes(name) || besideExecutable(name, scriptPath) !== null;
}

/** Takes a name apart; null where it is no name of ours. @param scriptPath the file that was called */
export function parseExecutableName(name: string, scriptPath: string): Called | null {
  if (isCoin(name, scriptPath)) return { coin: name, role: 'wrapper', monolithic: true };
  for (const [suffix, role, monolithic] of SUFFIXES) {
    const coin = name.slice(0, -suffix.length);
    if (name.endsWith(suffix) && isCoin(coin, scriptPath)) return { coin, role, monolithic };
  }
  return null;
}

/** The coin to run: the one of -coinspec where that is given, otherwise the name's. @throws CoinError where there is none, or its data file is wrong */
export function chooseCoin(name: string, argv: readonly string[], scriptPath: string): KnownCoin {
  const given = argv.map((word) => /^--?coinspec(?:=(.*))?$/s.exec(word)).filter((m) => m !== null);
  if (given.length > 1) throw new CoinError('coin-spec', '-coinspec can be given once only.');
  const [choice] = given;
  if (choice !== undefined) {
    if (choice[1] === undefined || choice[1] === '') throw new CoinError('coin-spec', '-coinspec needs a file: -coinspec=<file>');
    return readSpecFile(choice[1]);
  }
  const builtin = builtinCoin(name);
  if (builtin !== undefined) return { spec: builtin, ownSpec: null };
  const file = besideExecutable(name, scriptPath);
  if (file === null) throw new CoinError('coin-spec', `Unknown coin '${name}'.`);
  const coin = readSpecFile(file);
  if (coin.spec.info.name !== name) throw new CoinError('coin-spec', `${file} is the data file of ${coin.spec.info.name}, not of ${name}.`);
  return coin;
}
