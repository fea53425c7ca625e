import fs from 'node:fs';
import path from 'node:path';
import { errorText } from '../util/errors.ts';
import { putInPlace, writeSynced } from './atomic-file.ts';
import { StoreError } from './errors.ts';

/** What of a file stays when it is replaced. */
export type Like = Pick<fs.Stats, 'mode' | 'uid' | 'gid'>;

function makeLike(fd: number, { mode, uid, gid }: Like): void {
  const own = fs.fstatSync(fd);
  if (own.uid !== uid || own.gid !== gid) fs.fchownSync(fd, uid, gid);
  fs.fchmodSync(fd, mode & 0o777);
}

/**
 * Replaces a user's own file as a whole, with the same mode and owner; the data is on disk when this returns.
 * @param options.like the file that is replaced; null: there is none, and the new one is its user's alone
 * @param options.before looks for the last time, when everything is written; what it throws leaves the file as it is
 * @throws StoreError, and what `before` throws
 */
export function replaceFile(file: string, data: Uint8Array, options: { readonly like: Like | null; readonly before?: () => void }): void {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.new`);
  const attempt = (act: () => void): void => {
    try {
      act();
    } catch (e) {
      fs.rmSync(temporary, { force: true });
      throw new StoreError('store-write', `Cannot write ${file}: ${errorText(e)}`, { cause: e });
    }
  };
  attempt(() => {
    fs.rmSync(temporary, { force: true });
    writeSynced(fs.openSync(temporary, 'wx', 0o600), data, (fd) => { if (options.like !== null) makeLike(fd, options.like); });
  });
  try {
    options.before?.();
  } catch (e) {
    fs.rmSync(temporary, { force: true });
    throw e;
  }
  attempt(() => putInPlace(temporary, file));
}
