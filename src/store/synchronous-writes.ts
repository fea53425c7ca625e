import fs from 'node:fs';

const { O_RDWR, O_WRONLY, O_CREAT, O_TRUNC, O_EXCL, O_SYNC } = fs.constants;
const WRITING: Readonly<Record<string, number>> = {
  'r+': O_RDWR, 'w': O_WRONLY | O_CREAT | O_TRUNC, 'wx': O_WRONLY | O_CREAT | O_TRUNC | O_EXCL, 'w+': O_RDWR | O_CREAT | O_TRUNC, 'wx+': O_RDWR | O_CREAT | O_TRUNC | O_EXCL,
};

/**
 * The runtime's permission model takes fsync away, without which nothing that was written is safe. Under it files are opened
 * so that every write is on disk when it returns, and fsync has nothing left to do. Does nothing where the model is not in force.
 * @returns whether it is
 */
export function writeSynchronously(): boolean {
  if ((process as { permission?: unknown }).permission === undefined || O_SYNC === undefined) return false;
  const { openSync } = fs;
  fs.openSync = (path, flags, mode): number => {
    const asked = typeof flags === 'string' ? WRITING[flags] : typeof flags === 'number' && (flags & (O_RDWR | O_WRONLY)) !== 0 ? flags : undefined;
    return openSync(path, asked === undefined ? flags : asked | O_SYNC, mode);
  };
  fs.fsyncSync = (): void => undefined;
  fs.fdatasyncSync = (): void => undefined;
  return true;
}
