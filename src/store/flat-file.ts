import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { errorText } from '../util/errors.ts';
import type { FaultHook } from './errors.ts';
import { StoreError } from './errors.ts';
import { isObfuscating, obfuscate } from './obfuscation.ts';

export interface FlatFileOptions {
  readonly dir: string;
  /** `blk`, `rev`, ... */
  readonly prefix: string;
  /** Bytes by which a file grows at a time. */
  readonly chunkSize: number;
  /** 8 bytes, by absolute offset in the file. */
  readonly xorKey: Uint8Array;
  readonly fault?: FaultHook;
}

/** Descriptors kept open for reading and writing. */
const MAX_OPEN = 8;

/** A numbered sequence of append-only files (`blk00000.dat`, ...). Everything is synchronous. */
export class FlatFileSequence {
  private readonly options: FlatFileOptions;
  private readonly xor: boolean;
  private readonly open = new Map<number, number>();

  constructor(options: FlatFileOptions) {
    this.options = options;
    this.xor = isObfuscating(options.xorKey);
  }

  name(file: number): string {
    return `${this.options.prefix}${String(file).padStart(5, '0')}.dat`;
  }

  path(file: number): string {
    return join(this.options.dir, this.name(file));
  }

  exists(file: number): boolean {
    return existsSync(this.path(file));
  }

  private descriptor(file: number, create: boolean): number {
    const path = this.path(file);
    const known = this.open.get(file);
    if (known !== undefined) {
      // A file that was moved away is gone, though its descriptor would still work.
      if (existsSync(path)) return known;
      this.forget(file);
    }
    let fd: number;
    try {
      if (existsSync(path)) {
        try {
          fd = openSync(path, 'r+');
        } catch (e) {
          if (create) throw e;
          fd = openSync(path, 'r');
        }
      } else if (create) fd = openSync(path, 'wx+', 0o600);
      else throw new Error('no such file');
    } catch (e) {
      throw new StoreError('store-open', `Unable to open file ${path}`, { cause: e });
    }
    if (this.open.size >= MAX_OPEN) {
      const oldest = this.open.entries().next().value;
      if (oldest !== undefined) {
        this.open.delete(oldest[0]);
        closeSync(oldest[1]);
      }
    }
    this.open.set(file, fd);
    return fd;
  }

  /** Bytes of the file, 0 where there is none. */
  size(file: number): number {
    return this.exists(file) ? fstatSync(this.descriptor(file, false)).size : 0;
  }

  /**
   * Grows the file in whole chunks so that `length` bytes fit at `offset`. The new room is zeros on disk, as the reference
   * leaves it. @throws StoreError
   */
  allocate(file: number, offset: number, length: number): void {
    const { chunkSize } = this.options;
    const have = Math.ceil(offset / chunkSize);
    const need = Math.ceil((offset + length) / chunkSize);
    if (need <= have) return;
    const fd = this.descriptor(file, true);
    if (need * chunkSize > fstatSync(fd).size) {
      try {
        ftruncateSync(fd, need * chunkSize);
      } catch (e) {
        throw new StoreError('store-full', `Unable to allocate ${this.path(file)}: ${errorText(e)}`, { cause: e });
      }
    }
  }

  /** Writes `data` at `offset`, obfuscated; it has reached the operating system when this returns. `data` is left alone. @throws StoreError */
  write(file: number, offset: number, data: Uint8Array): void {
    this.options.fault?.(`file-write:${this.name(file)}`);
    const fd = this.descriptor(file, true);
    let bytes = data;
    if (this.xor) {
      bytes = new Uint8Array(data);
      obfuscate(bytes, this.options.xorKey, offset);
    }
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at, bytes.length - at, offset + at);
    } catch (e) {
      throw new StoreError('store-write', `Unable to write ${this.path(file)}: ${errorText(e)}`, { cause: e });
    }
  }

  /** `length` bytes from `offset`, in the clear; fewer at the end of the file. @throws StoreError where the file cannot be opened or read */
  read(file: number, offset: number, length: number): Uint8Array {
    const fd = this.descriptor(file, false);
    const bytes = new Uint8Array(length);
    let got = 0;
    try {
      while (got < length) {
        const n = readSync(fd, bytes, got, length - got, offset + got);
        if (n === 0) break;
        got += n;
      }
    } catch (e) {
      throw new StoreError('store-read', `Unable to read ${this.path(file)}: ${errorText(e)}`, { cause: e });
    }
    const out = got === length ? bytes : bytes.subarray(0, got);
    if (this.xor) obfuscate(out, this.options.xorKey, offset);
    return out;
  }

  /** Waits for the disk; `finalSize` cuts off the preallocated tail. @throws StoreError */
  sync(file: number, finalSize?: number): void {
    if (!this.exists(file)) return;
    this.options.fault?.(`file-sync:${this.name(file)}`);
    const fd = this.descriptor(file, true);
    try {
      if (finalSize !== undefined && fstatSync(fd).size > finalSize) ftruncateSync(fd, finalSize);
      fsyncSync(fd);
    } catch (e) {
      throw new StoreError('store-write', `Unable to flush ${this.path(file)}: ${errorText(e)}`, { cause: e });
    }
  }

  /** Deletes the file, if there is one. */
  remove(file: number): void {
    this.forget(file);
    rmSync(this.path(file), { force: true });
  }

  private forget(file: number): void {
    const fd = this.open.get(file);
    if (fd === undefined) return;
    this.open.delete(file);
    closeSync(fd);
  }

  close(): void {
    for (const file of [...this.open.keys()]) this.forget(file);
  }
}
