import fs from 'node:fs';
import path from 'node:path';
import type { ExternalSigner } from '../../ipc-spec/external-signer.ts';
import type { Handler } from '../../ipc-spec/handler.ts';
import type { FileSink, FileSource, Outside } from '../../ipc-spec/outside.ts';
import type { WalletEvent } from '../common/user-command.ts';
import { putInPlace } from '../store/atomic-file.ts';
import { acquireProcessLock, LockHeld, type ProcessLock } from '../store/process-lock.ts';
import { isHashHex } from '../util/bytes.ts';
import { CoinError, errorText } from '../util/errors.ts';
import { CANNOT_CREATE } from '../wallet/files.ts';

/** Bytes that one answer carries. */
const CHUNK_BYTES = 1024 * 1024;

/** Whether `file` is one of `dirs`, or lies below one. Both without symbolic links. */
export function isWithin(file: string, dirs: readonly string[]): boolean {
  return dirs.some((dir) => file === dir || file.startsWith(dir.endsWith(path.sep) ? dir : dir + path.sep));
}

/** The path without symbolic links, of what there is of it. */
export function realPath(file: string): string {
  const absolute = path.resolve(file);
  try {
    return fs.realpathSync(absolute);
  } catch {
    const parent = path.dirname(absolute);
    return parent === absolute ? absolute : path.join(realPath(parent), path.basename(absolute));
  }
}

export type FileUse = 'read' | 'write';

/** Programs that the user has named. What a fenced process says of them is data to them, never their name or an option. */
export interface UserPrograms {
  /** -walletnotify. @returns how its command has ended, where this process does not note it itself */
  readonly notify: (event: WalletEvent) => Promise<number[]>;
  /** -signer */
  readonly signers: () => Promise<ExternalSigner[] | null>;
}

/** Does for a fenced process what it may not do itself, within what the user has asked for. */
export class ProcessOutside implements Outside {
  private readonly dirs: readonly string[];
  private readonly programs: UserPrograms;
  /** Paths that calls under way have named, as they were written, with how many calls have. */
  private readonly granted: Readonly<Record<FileUse, Map<string, number>>> = { read: new Map(), write: new Map() };
  private readonly locks = new Map<string, ProcessLock>();

  /** @param dirs directories of the process itself, without symbolic links */
  constructor(dirs: readonly string[], programs: UserPrograms) {
    this.dirs = dirs;
    this.programs = programs;
  }

  /** Allows a use of a path until the function returned is called. */
  grant(file: string, use: FileUse): () => void {
    const paths = this.granted[use];
    paths.set(file, (paths.get(file) ?? 0) + 1);
    return () => {
      const left = (paths.get(file) ?? 0) - 1;
      if (left > 0) paths.set(file, left);
      else paths.delete(file);
    };
  }

  private check(file: string, use: FileUse): void {
    if (!this.granted[use].has(file)) throw new CoinError('denied', `nobody has asked for ${use === 'read' ? 'reading' : 'writing'} ${file}`);
  }

  async lockFile(file: string): Promise<Handler | null> {
    const real = realPath(file);
    if (!isWithin(real, this.dirs)) throw new CoinError('denied', `${file} does not belong to the process`);
    let lock: ProcessLock;
    try {
      lock = await acquireProcessLock(real);
    } catch (e) {
      if (e instanceof LockHeld) return null;
      throw e;
    }
    this.locks.set(real, lock);
    const release = async (): Promise<void> => {
      if (this.locks.get(real) === lock) this.locks.delete(real);
      await lock.release();
    };
    return { disconnect: release, [Symbol.dispose]: () => void release() } as Handler;
  }

  async readFile(file: string): Promise<FileSource | null> {
    this.check(file, 'read');
    let fd: number | null;
    try {
      fd = fs.openSync(file, 'r');
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw e;
    }
    const close = (): void => {
      if (fd !== null) fs.closeSync(fd);
      fd = null;
    };
    const source: FileSource & Disposable = {
      read: () => {
        if (fd === null) return Promise.resolve(new Uint8Array(0));
        const bytes = new Uint8Array(CHUNK_BYTES);
        const n = fs.readSync(fd, bytes);
        if (n === 0) close();
        return Promise.resolve(bytes.subarray(0, n));
      },
      [Symbol.dispose]: close,
    };
    return source;
  }

  async writeFile(file: string): Promise<FileSink> {
    this.check(file, 'write');
    const real = realPath(file);
    if (this.locks.has(real) || fs.statSync(real, { throwIfNoEntry: false })?.isDirectory() === true) throw new CoinError('denied', `${file} is a directory or in use`);
    return sinkFor(file, real);
  }

  async createFile(file: string): Promise<FileSink | null> {
    this.check(file, 'write');
    if (fs.existsSync(file)) return null;
    try {
      return sinkFor(file, realPath(file));
    } catch (e) {
      throw new CoinError(CANNOT_CREATE, errorText(e), { cause: e });
    }
  }

  async walletNotify(txid: string, block: string, height: number, wallet: string): Promise<void> {
    const event = checkedEvent(txid, block, height, wallet);
    // Nobody waits for the command.
    void this.programs.notify(event).catch(() => undefined);
  }

  async notifyWallet(txid: string, block: string, height: number, wallet: string): Promise<number[]> {
    return this.programs.notify(checkedEvent(txid, block, height, wallet));
  }

  externalSigners(): Promise<ExternalSigner[] | null> { return this.programs.signers(); }
}

/** @throws CoinError `denied` where it names no transaction and block */
function checkedEvent(txid: string, block: string, height: number, wallet: string): WalletEvent {
  if (!isHashHex(txid) || !(isHashHex(block) || block === 'unconfirmed')) throw new CoinError('denied', 'no hash of a transaction and a block');
  return { txid, block, height, wallet };
}

/** A file that gets its name when it is whole. */
function sinkFor(file: string, real: string): FileSink {
  const partial = `${real}.${process.pid}.partial`;
  let fd: number | null = fs.openSync(partial, 'w', 0o600);
  const drop = (): void => {
    if (fd === null) return;
    fs.closeSync(fd);
    fd = null;
    fs.rmSync(partial, { force: true });
  };
  const sink: FileSink & Disposable = {
    write: async (bytes) => {
      if (fd === null) throw new CoinError('closed', `${file} is closed`);
      for (let at = 0; at < bytes.length;) at += fs.writeSync(fd, bytes, at);
    },
    finish: async () => {
      if (fd === null) throw new CoinError('closed', `${file} is closed`);
      fs.fsyncSync(fd);
      fs.closeSync(fd);
      fd = null;
      putInPlace(partial, real);
    },
    [Symbol.dispose]: drop,
  };
  return sink;
}
