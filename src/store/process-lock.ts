import { createServer, type Server } from 'node:net';
import { type BigIntStats, closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { CoinError } from '../util/errors.ts';
import { PLATFORM } from '../util/platform.ts';

/** Somebody else holds the lock. */
export class LockHeld extends CoinError {
  constructor(path: string) {
    super('locked', `${path} is locked by another process`);
  }
}

/** A lock that this process holds; the kernel frees it when the process ends, however it ends. */
export interface ProcessLock {
  release(): Promise<void>;
}

/** The address whose listener is the lock: by device and inode, so that every path to a file means the same lock. */
function lockAddress({ dev, ino }: BigIntStats): string {
  return PLATFORM.lockAddress(`coin-lock-${dev.toString(16)}-${ino.toString(16)}`, tmpdir());
}

/**
 * Holds a file or directory open, so that its inode stays its own: the system gives that of a removed file to the next one that anybody
 * makes, which would count as locked. Null where that need not be, or where it cannot be opened.
 */
function pin(path: string): number | null {
  if (!PLATFORM.inodesReturn) return null;
  try {
    // Nothing is read; a pipe would keep us waiting for a writer.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return null;
  }
}

/** Takes the exclusive lock on an existing file or directory. @throws LockHeld */
export async function acquireProcessLock(path: string): Promise<ProcessLock> {
  let fd = pin(path);
  const unpin = (): void => {
    if (fd !== null) closeSync(fd);
    fd = null;
  };
  try {
    const server = await listen(lockAddress(fd === null ? statSync(path, { bigint: true }) : fstatSync(fd, { bigint: true })), path);
    return {
      release: async () => {
        await close(server);
        unpin();
      },
    };
  } catch (e) {
    unpin();
    throw e;
  }
}

function listen(address: string, path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', (e: NodeJS.ErrnoException) => {
      reject(e.code === 'EADDRINUSE' || e.code === 'EACCES' ? new LockHeld(path) : e);
    });
    server.listen({ path: address, exclusive: true }, () => {
      // The lock must not keep the process alive.
      server.unref();
      resolve(server);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
