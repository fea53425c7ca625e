import { createServer, type Server } from 'node:net';
import { statSync } from 'node:fs';
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

/**
 * The address whose listener is the lock: by device and inode, so that every path to a file means the same lock.
 */
export function lockAddress(path: string): string {
  const { dev, ino } = statSync(path, { bigint: true });
  const name = `coin-lock-${dev.toString(16)}-${ino.toString(16)}`;
  return PLATFORM.lockAddress(name, tmpdir());
}

/** Takes the exclusive lock on an existing file or directory. @throws LockHeld */
export function acquireProcessLock(path: string): Promise<ProcessLock> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', (e: NodeJS.ErrnoException) => {
      reject(e.code === 'EADDRINUSE' || e.code === 'EACCES' ? new LockHeld(path) : e);
    });
    server.listen({ path: lockAddress(path), exclusive: true }, () => {
      // The lock must not keep the process alive.
      server.unref();
      resolve({ release: () => close(server) });
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
