import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { PLATFORM } from '../util/platform.ts';
import type { FaultHook } from './errors.ts';
import { StoreError } from './errors.ts';
import { errorText } from '../util/errors.ts';

/**
 * Replaces the file at `path` as a whole: readers, and a start after a crash, see the old content or the new, never a part.
 * The data is on disk when this returns. @throws StoreError
 */
export function writeFileAtomic(path: string, data: Uint8Array | string, options: { readonly mode?: number; readonly fault?: FaultHook } = {}): void {
  const temporary = `${path}.new`;
  try {
    options.fault?.(`atomic:${path}`);
    writeSynced(openSync(temporary, 'w', options.mode ?? 0o600), typeof data === 'string' ? Buffer.from(data) : data);
    putInPlace(temporary, path);
  } catch (e) {
    rmSync(temporary, { force: true });
    throw new StoreError('store-write', `Cannot write ${path}: ${errorText(e)}`, { cause: e });
  }
}

/** The file's bytes, or null where it does not exist. @throws StoreError for any other reason not to get them */
export function readFileIfExists(path: string): Uint8Array | null {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new StoreError('store-read', `Cannot read ${path}: ${errorText(e)}`, { cause: e });
  }
}

/** Writes all of a file that was opened, and closes it; the data is on disk when this returns. @param prepare is done first */
export function writeSynced(fd: number, data: Uint8Array, prepare: (fd: number) => void = () => undefined): void {
  try {
    prepare(fd);
    for (let at = 0; at < data.length;) at += writeSync(fd, data, at, data.length - at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Gives a file that is written and on the disk its name; so is the name when this returns. */
export function putInPlace(temporary: string, path: string): void {
  renameSync(temporary, path);
  syncDirectory(dirname(path));
}

/** Makes renames and new files in a directory durable; a no-op where the system cannot do so, or lets us write into it but not look. */
export function syncDirectory(path: string): void {
  if (!PLATFORM.directorySync) return;
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'EACCES') return;
    throw e;
  }
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
