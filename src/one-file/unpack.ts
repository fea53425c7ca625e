import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { CoinError, errorText } from '../util/errors.ts';

/** A file that the program carries and that must lie on the disk to be used: a native module. */
export interface CarriedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Hex SHA-256 of the bytes, as it was when the program was made. */
  readonly sha256: string;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Makes a directory of this user's alone, or makes sure that it is. @throws CoinError where others could change what lies in it */
function ownDirectory(dir: string): void {
  fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
  const { uid, mode } = fs.lstatSync(dir);
  const isDirectory = fs.lstatSync(dir).isDirectory();
  if (!isDirectory || (process.getuid !== undefined && uid !== process.getuid()) || (mode & 0o022) !== 0) {
    throw new CoinError('one-file', `${dir} is not a directory that only its user can write to`);
  }
}

/** Whether a file is there, is this user's own, and holds what it should. */
function holds(file: string, hash: string): boolean {
  let handle: number;
  try {
    handle = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
  } catch {
    return false;
  }
  try {
    const { uid, mode } = fs.fstatSync(handle);
    return (process.getuid === undefined || uid === process.getuid()) && (mode & 0o022) === 0 && sha256(fs.readFileSync(handle)) === hash;
  } finally {
    fs.closeSync(handle);
  }
}

/** Puts the file in its place in one step, so that nobody ever sees a part of it. */
function place(file: string, bytes: Uint8Array): void {
  const temporary = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    const handle = fs.openSync(temporary, 'wx', 0o500);
    try {
      fs.writeFileSync(handle, bytes);
      fs.fsyncSync(handle);
    } finally {
      fs.closeSync(handle);
    }
    fs.renameSync(temporary, file);
  } catch (e) {
    fs.rmSync(temporary, { force: true });
    throw e;
  }
}

/**
 * Where a carried file lies on the disk: below the first of the cache directories that can be used, in a directory named by its
 * hash. What is there already is checked by that hash every time, and put in place anew where it differs.
 * @throws CoinError where none can be used, or the program itself is damaged
 */
export function unpack(file: CarriedFile, caches: readonly string[]): string {
  if (sha256(file.bytes) !== file.sha256) throw new CoinError('one-file', `This program is damaged: its ${file.name} is not what it should be.`);
  const troubles: string[] = [];
  for (const cache of caches) {
    const dir = path.join(cache, file.sha256);
    const place_ = path.join(dir, file.name);
    try {
      ownDirectory(cache);
      ownDirectory(dir);
      if (!holds(place_, file.sha256)) place(place_, file.bytes);
      if (holds(place_, file.sha256)) return place_;
      troubles.push(`${place_} does not stay as it was written`);
    } catch (e) {
      troubles.push(errorText(e));
    }
  }
  throw new CoinError('one-file', `The program finds no place for its ${file.name}: ${troubles.join('; ')}`);
}

/** Cache directories of this user, the usual one first. */
export function cacheDirectories(env: Readonly<Record<string, string | undefined>>, temporary: string, uid: number): string[] {
  const base = env['XDG_CACHE_HOME'] !== undefined && path.isAbsolute(env['XDG_CACHE_HOME']) ? env['XDG_CACHE_HOME']
    : env['HOME'] !== undefined && path.isAbsolute(env['HOME']) ? path.join(env['HOME'], '.cache') : null;
  return [...(base === null ? [] : [path.join(base, 'coin')]), path.join(temporary, `coin-cache-${uid}`)];
}
