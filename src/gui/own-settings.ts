import os from 'node:os';
import path from 'node:path';
import { PLATFORM } from '../util/platform.ts';
import { readJsonFile, writeJsonFile } from './json-file.ts';

/** What a user interface remembers where no data directory is known yet. */
export interface OwnSettings {
  /** Where the data lies that was chosen at the first start; null for the usual place. */
  readonly dataDir: string | null;
  /** All settings were put back: the next start asks again where the data goes. */
  readonly reset: boolean;
}

/** Where programs of this user keep what they remember. @param name the coin's */
export function settingsDir(name: string, env: Readonly<Record<string, string | undefined>> = process.env): string {
  return PLATFORM.settingsDir(`${name}-gui`, { home: os.homedir(), env });
}

const FILE = 'gui.json';

/** What was remembered; what cannot be read counts as nothing. */
export function readOwnSettings(dir: string): OwnSettings {
  const values = readJsonFile(path.join(dir, FILE));
  const dataDir = values.get('dataDir');
  return { dataDir: typeof dataDir === 'string' && path.isAbsolute(dataDir) ? dataDir : null, reset: values.get('reset') === true };
}

/** Remembers it, over a crash. */
export function writeOwnSettings(dir: string, settings: OwnSettings): void {
  writeJsonFile(path.join(dir, FILE), settings);
}
