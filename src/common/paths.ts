import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { CoinInfo } from '../params/chain-params.ts';
import { InitError } from '../util/errors.ts';
import { PLATFORM } from '../util/platform.ts';
import type { Args } from './arguments.ts';

/** Where a coin's data lies where nobody says otherwise. */
export function defaultDataDir(coin: CoinInfo): string {
  return PLATFORM.dataDir({ unix: coin.datadir, other: coin.datadirWindowsMacos }, { home: os.homedir(), env: process.env });
}

/** Data directory that the command line or configuration names, or the default one. */
export function dataDir(args: Args, coin: CoinInfo): string {
  const given = args.string('datadir');
  return given === undefined || given === '' ? defaultDataDir(coin) : path.resolve(given);
}

/** The same. @throws InitError where one is named that is not there */
export function existingDataDir(args: Args, coin: CoinInfo): string {
  const dir = dataDir(args, coin);
  if (args.isSet('datadir') && !isDirectory(dir)) throw new InitError(`Specified data directory "${args.string('datadir') ?? ''}" does not exist.`);
  return dir;
}

/** Makes a directory where there is none, and those above it, for their user alone. */
export function ensureDir(dir: string): void {
  fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
}

export function isDirectory(dir: string): boolean {
  try {
    return fs.statSync(dir).isDirectory();
  } catch {
    return false;
  }
}
