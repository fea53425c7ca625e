import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { CoinError } from '../util/errors.ts';
import { PLATFORM, type Platform } from '../util/platform.ts';

const KEY_BYTES = 32;

/** The secret that both ends of a TCP connection have. */
export interface IpcKey {
  /** Where it was read from, for messages. */
  readonly file: string;
  readonly bytes: Buffer;
}

/** Makes a new key, for its owner's eyes only: whole and on the disk, or not at all. An existing file is left alone. */
function createKey(file: string): void {
  if (fs.existsSync(file)) return;
  const dir = path.dirname(file);
  fs.mkdirSync(dir, { recursive: true });
  const temporary = `${file}.${randomBytes(8).toString('hex')}.new`;
  try {
    writeAndSync(fs.openSync(temporary, 'wx', 0o600), `${randomBytes(KEY_BYTES).toString('hex')}\n`);
    giveName(temporary, file);
    if (PLATFORM.directorySync) writeAndSync(fs.openSync(dir, 'r'), '');
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

function writeAndSync(fd: number, text: string): void {
  try {
    if (text !== '') fs.writeFileSync(fd, text);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Another process that makes the same key at the same time may be first: then both use that one's. */
function giveName(temporary: string, file: string): void {
  try {
    fs.linkSync(temporary, file);
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'EEXIST') return;
    // A file system without a second name for a file.
    fs.renameSync(temporary, file);
  }
}

/**
 * Reads a key file: 64 hex digits. Who listens makes it where it is missing; who connects has to be given a copy.
 * @throws CoinError where it is missing, is no key, or others may read it
 */
export function readIpcKey(file: string, options: { readonly create: boolean; readonly platform?: Platform }): IpcKey {
  if (options.create) createKey(file);
  let text: string;
  let mode: number;
  try {
    mode = fs.statSync(file).mode;
    text = fs.readFileSync(file, 'latin1').slice(0, 1000).trim();
  } catch (e) {
    const why = (e as NodeJS.ErrnoException).code === 'ENOENT' ? 'is missing: copy it from the process that listens' : `cannot be read: ${(e as Error).message}`;
    throw new CoinError('ipc-key', `IPC key file ${file} ${why}`);
  }
  // Where rights are kept elsewhere the mode says nothing.
  if ((options.platform ?? PLATFORM).fileModes && (mode & 0o077) !== 0) throw new CoinError('ipc-key', `IPC key file ${file} may be read by others: its mode must be 0600`);
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new CoinError('ipc-key', `IPC key file ${file} holds no key: expected ${2 * KEY_BYTES} hex digits`);
  return { file, bytes: Buffer.from(text, 'hex') };
}
