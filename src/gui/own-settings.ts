import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** What a user interface remembers where no data directory is known yet. */
export interface OwnSettings {
  /** Where the data lies that was chosen at the first start; null for the usual place. */
  readonly dataDir: string | null;
}

/** Where programs of this user keep what they remember. @param name the coin's */
export function settingsDir(name: string, env: Readonly<Record<string, string | undefined>> = process.env): string {
  const home = env['HOME'] ?? os.homedir();
  if (process.platform === 'win32') return path.join(env['APPDATA'] ?? home, `${name}-gui`);
  if (process.platform === 'darwin') return path.join(home, 'Library', 'Preferences', `${name}-gui`);
  const base = env['XDG_CONFIG_HOME'] ?? '';
  return path.join(path.isAbsolute(base) ? base : path.join(home, '.config'), `${name}-gui`);
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
