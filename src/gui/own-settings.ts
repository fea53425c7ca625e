import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PLATFORM } from '../util/platform.ts';

/** What a user interface remembers where no data directory is known yet. */
export interface OwnSettings {
  /** Where the data lies that was chosen at the first start; null for the usual place. */
  readonly dataDir: string | null;
}

/** Where programs of this user keep what they remember. @param name the coin's */
export function settingsDir(name: string, env: Readonly<Record<string, string | undefined>> = process.env): string {
  return PLATFORM.settingsDir(`${name}-gui`, { home: os.homedir(), env });
}

const FILE = 'gui.json';

/** What was remembered; what cannot be read counts as nothing. */
export function readOwnSettings(dir: string): OwnSettings {
  try {
    const value: unknown = JSON.parse(fs.readFileSync(path.join(dir, FILE), 'utf8'));
    const dataDir = typeof value === 'object' && value !== null && 'dataDir' in value ? value.dataDir : null;
    return { dataDir: typeof dataDir === 'string' && path.isAbsolute(dataDir) ? dataDir : null };
  } catch {
    return { dataDir: null };
  }
}

/** Remembers it, over a crash. */
export function writeOwnSettings(dir: string, settings: OwnSettings): void {
  fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = path.join(dir, FILE);
  const fd = fs.openSync(`${file}.tmp`, 'w', 0o600);
  try {
    fs.writeSync(fd, `${JSON.stringify(settings)}\n`);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(`${file}.tmp`, file);
}
