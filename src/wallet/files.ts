import { closeSync, copyFileSync, existsSync, fsyncSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import type { FileSink, Outside } from '../../ipc-spec/outside.ts';
import type { WalletEvent } from '../common/user-command.ts';
import { putInPlace } from '../store/atomic-file.ts';
import { acquireProcessLock, LockHeld, type ProcessLock } from '../store/process-lock.ts';
import { dispose } from '../util/dispose.ts';
import { CoinError, errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { runNotifyCommand } from './notify-command.ts';

const CHUNK_BYTES = 1024 * 1024;
/** Code of the error where a file cannot be made. */
export const CANNOT_CREATE = 'cannot-create';

/** An open wallet's file. */
interface Copied {
  /** Makes a consistent copy. */
  backup(destination: string): void;
}

/** What wallets do outside of their own directory: locks, backups, the user's command. */
export interface WalletFiles {
  /** @throws LockHeld */
  lock(path: string): Promise<ProcessLock>;
  /** Copies an open wallet, which lies in `walletFile`, to a file that the user has named. */
  backup(wallet: Copied, walletFile: string, destination: string): Promise<void>;
  /**
   * Has a new file written that the user has named; it is there when it is whole. `walletFile`: whose copy it is. False where something is there already.
   * @throws CoinError CANNOT_CREATE
   */
  create(write: (path: string) => Promise<void>, walletFile: string, destination: string): Promise<boolean>;
  /** Whether a file that the user has named is there. */
  exists(backupFile: string): Promise<boolean>;
  /** Copies a file that the user has named into a wallet's place. */
  restore(backupFile: string, walletFile: string): Promise<void>;
  /** Runs the command of -walletnotify; its fate is its own, and is noted in the node's log. @param log where that is ours */
  notify(command: string, event: WalletEvent, log: Logger): void;
}

/** For a process that may do all of it itself. */
export const DIRECT_FILES: WalletFiles = {
  lock: acquireProcessLock,
  backup: (wallet, _walletFile, destination) => {
    wallet.backup(destination);
    return Promise.resolve();
  },
  create: async (write, _walletFile, destination) => {
    if (existsSync(destination)) return false;
    const partial = `${destination}.${process.pid}.partial`;
    try {
      closeSync(openSync(partial, 'w', 0o600));
    } catch (e) {
      throw new CoinError(CANNOT_CREATE, errorText(e), { cause: e });
    }
    try {
      await write(partial);
      putInPlace(partial, destination);
    } finally {
      rmSync(partial, { force: true });
    }
    return true;
  },
  exists: (backupFile) => Promise.resolve(existsSync(backupFile)),
  restore: (backupFile, walletFile) => {
    copyFileSync(backupFile, walletFile);
    return Promise.resolve();
  },
  notify: runNotifyCommand,
};

/** For a process that is fenced in: its parent does what the user has asked for. */
export class OutsideFiles implements WalletFiles {
  private readonly outside: Outside;
  private readonly log: Logger;

  constructor(modules: { readonly outside: Outside; readonly log: Logger }) {
    this.outside = modules.outside;
    this.log = modules.log;
  }

  async lock(path: string): Promise<ProcessLock> {
    const held = await this.outside.lockFile(path);
    if (held === null) throw new LockHeld(path);
    return { release: () => held.disconnect() };
  }

  async backup(wallet: Copied, walletFile: string, destination: string): Promise<void> {
    const sink = await this.outside.writeFile(destination);
    // A consistent copy first, where this process may write; then its bytes go out.
    const copy = `${walletFile}.backup`;
    try {
      wallet.backup(copy);
      await this.send(copy, sink);
    } finally {
      rmSync(copy, { force: true });
    }
  }

  async create(write: (path: string) => Promise<void>, walletFile: string, destination: string): Promise<boolean> {
    const sink = await this.outside.createFile(destination);
    if (sink === null) return false;
    const copy = `${walletFile}.export`;
    try {
      rmSync(copy, { force: true });
      await write(copy);
      await this.send(copy, sink);
    } finally {
      rmSync(copy, { force: true });
      dispose(sink);
    }
    return true;
  }

  private async send(file: string, sink: FileSink): Promise<void> {
    const fd = openSync(file, 'r');
    try {
      const bytes = new Uint8Array(CHUNK_BYTES);
      for (let n = readSync(fd, bytes); n > 0; n = readSync(fd, bytes)) await sink.write(bytes.subarray(0, n));
    } finally {
      closeSync(fd);
    }
    await sink.finish();
  }

  async exists(backupFile: string): Promise<boolean> {
    return await this.outside.readFile(backupFile) !== null;
  }

  async restore(backupFile: string, walletFile: string): Promise<void> {
    const source = await this.outside.readFile(backupFile);
    if (source === null) throw new Error('the backup file is gone');
    const fd = openSync(walletFile, 'wx', 0o600);
    try {
      for (let bytes = await source.read(); bytes.length > 0; bytes = await source.read()) {
        for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
      }
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  notify(_command: string, { txid, block, height, wallet }: WalletEvent, _log: Logger): void {
    this.outside.walletNotify(txid, block, height, wallet).catch((e: unknown) => this.log.debug('ipc', `-walletnotify: ${errorText(e)}`));
  }
}
