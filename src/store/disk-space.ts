import { statfsSync } from 'node:fs';

/** Below this nothing is written any more: the rest is for the system and for a clean end. */
const MIN_FREE_BYTES = 50 * 1024 * 1024;

/** Whether `path`'s file system has room for `extra` bytes and a reserve. True where it does not tell. */
export function hasDiskSpace(path: string, extra = 0): boolean {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize >= MIN_FREE_BYTES + extra;
  } catch {
    return true;
  }
}
