import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { ClassicLevel } from 'classic-level';
import { errorText } from '../util/errors.ts';
import type { FaultHook } from './errors.ts';
import { isDiskFull, StoreError } from './errors.ts';
import { isObfuscating, obfuscate, OBFUSCATION_KEY_SIZE } from './obfuscation.ts';

export interface LevelDbOptions {
  readonly path: string;
  /** Short name for messages and fault injection (`chainstate`, `block-index`, ...). */
  readonly name: string;
  /** Bytes for LevelDB's caches: half for blocks, a quarter for each write buffer. */
  readonly cacheBytes: number;
  /** Give a new database a random obfuscation key. An existing database keeps what it has. */
  readonly obfuscate?: boolean;
  /** Delete what is there first. */
  readonly wipe?: boolean;
  readonly fault?: FaultHook;
}

/** Half-open or closed bounds of an iteration, in byte order of the keys. */
export interface KeyRange {
  readonly gte?: Uint8Array;
  readonly gt?: Uint8Array;
  readonly lt?: Uint8Array;
  readonly lte?: Uint8Array;
  readonly reverse?: boolean;
  /** Most entries in all; none where absent. */
  readonly limit?: number;
}

type Entry = readonly [key: Uint8Array, value: Uint8Array];

/** Key of the record with the obfuscation key: a CompactSize length, a NUL and the name. */
const OBFUSCATION_RECORD = new Uint8Array(Buffer.from('\x0e\x00obfuscate_key', 'latin1'));
const MAX_FILE_SIZE = 32 * 1024 * 1024;
const MAX_OPEN_FILES = 1000;
/** Entries that one turn of an iteration fetches. */
const ITERATE_AT_ONCE = 2000;

/**
 * One LevelDB with bytes as keys and values, in the reference's format. Reads are synchronous, writes are batches.
 * Only one process may have it open.
 */
export class LevelDb {
  readonly name: string;
  private readonly db: ClassicLevel<Uint8Array, Uint8Array>;
  private readonly fault: FaultHook | undefined;
  private key: Uint8Array = new Uint8Array(OBFUSCATION_KEY_SIZE);
  private xor = false;
  private closed = false;

  private constructor(db: ClassicLevel<Uint8Array, Uint8Array>, options: LevelDbOptions) {
    this.db = db;
    this.name = options.name;
    this.fault = options.fault;
  }

  /** Opens or makes the database. @throws StoreError `store-locked` where another process has it, else `store-open` */
  static async open(options: LevelDbOptions): Promise<LevelDb> {
    if (options.wipe === true && existsSync(options.path)) wipeDirectory(options.path);
    mkdirSync(options.path, { recursive: true, mode: 0o700 });
    const db = new ClassicLevel<Uint8Array, Uint8Array>(options.path, {
      keyEncoding: 'view',
      valueEncoding: 'view',
      compression: false,
      cacheSize: Math.max(64 * 1024, Math.floor(options.cacheBytes / 2)),
      writeBufferSize: Math.max(64 * 1024, Math.floor(options.cacheBytes / 4)),
      maxFileSize: MAX_FILE_SIZE,
      maxOpenFiles: MAX_OPEN_FILES,
    });
    try {
      await db.open();
    } catch (e) {
      const cause = (e as { cause?: unknown }).cause ?? e;
      const code = (cause as { code?: string }).code;
      throw new StoreError(
        code === 'LEVEL_LOCKED' ? 'store-locked' : code === 'LEVEL_CORRUPTION' ? 'store-corrupt' : 'store-open',
        `Fatal LevelDB error: ${errorText(cause)}`,
        { cause: e },
      );
    }
    const store = new LevelDb(db, options);
    try {
      await store.readKey(options.obfuscate === true);
    } catch (e) {
      await db.close();
      throw e;
    }
    return store;
  }

  private async readKey(wanted: boolean): Promise<void> {
    const record = this.rawGet(OBFUSCATION_RECORD);
    if (record !== undefined) {
      if (record.length !== OBFUSCATION_KEY_SIZE + 1 || record[0] !== OBFUSCATION_KEY_SIZE) {
        throw new StoreError('store-format', `Unexpected obfuscation key in the ${this.name} database`);
      }
      this.key = record.slice(1);
    } else if (wanted && await this.isEmpty()) {
      const key = new Uint8Array(randomBytes(OBFUSCATION_KEY_SIZE));
      const value = new Uint8Array(OBFUSCATION_KEY_SIZE + 1);
      value[0] = OBFUSCATION_KEY_SIZE;
      value.set(key, 1);
      await this.db.put(OBFUSCATION_RECORD, value);
      this.key = key;
    }
    this.xor = isObfuscating(this.key);
  }

  /** The 8-byte key under which values lie; zeros where they are in the clear. */
  get obfuscationKey(): Uint8Array { return this.key; }

  /** True where there is no record at all, the obfuscation key aside. */
  async isEmpty(): Promise<boolean> {
    for await (const entries of this.iterate({ limit: 2 })) {
      if (entries.length > 0) return false;
    }
    return true;
  }

  private rawGet(key: Uint8Array): Uint8Array | undefined {
    try {
      return this.db.getSync(key);
    } catch (e) {
      throw new StoreError(this.closed ? 'store-closed' : 'store-read', `Error reading from the ${this.name} database: ${errorText(e)}`, { cause: e });
    }
  }

  /** The value as it was put: the caller owns it. @throws StoreError */
  get(key: Uint8Array): Uint8Array | undefined {
    const stored = this.rawGet(key);
    if (stored === undefined) return undefined;
    const value = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
    if (this.xor) obfuscate(value, this.key);
    return value;
  }

  has(key: Uint8Array): boolean {
    return this.rawGet(key) !== undefined;
  }

  /** A new, empty batch: nothing is written before {@link StoreBatch.write}. */
  batch(): StoreBatch {
    return new LevelBatch(this, this.db.batch(), this.xor ? this.key : null, this.fault);
  }

  async put(key: Uint8Array, value: Uint8Array, sync = false): Promise<void> {
    await this.batch().put(key, value).write(sync);
  }

  async del(key: Uint8Array, sync = false): Promise<void> {
    await this.batch().del(key).write(sync);
  }

  /**
   * Entries in key order as of the call, in groups, so that the event loop gets its turns. Walk it, or `return()` it: it holds a snapshot.
   * The obfuscation key's own record is left out.
   */
  iterate(range: KeyRange = {}): AsyncGenerator<readonly Entry[], void, void> {
    // Here, not in the generator: what is written before its first turn must not show.
    return this.walk(this.db.iterator({ ...range, highWaterMarkBytes: 256 * 1024, fillCache: false }));
  }

  private async *walk(iterator: NativeIterator): AsyncGenerator<readonly Entry[], void, void> {
    try {
      for (;;) {
        const raw = await iterator.nextv(ITERATE_AT_ONCE);
        if (raw.length === 0) return;
        const out: Entry[] = [];
        for (const [k, v] of raw) {
          if (k[0] === OBFUSCATION_RECORD[0] && Buffer.compare(k, OBFUSCATION_RECORD) === 0) continue;
          if (this.xor) obfuscate(v, this.key);
          // Plain arrays: a Buffer's slice() would share memory.
          out.push([new Uint8Array(k.buffer, k.byteOffset, k.byteLength), new Uint8Array(v.buffer, v.byteOffset, v.byteLength)]);
        }
        if (out.length > 0) yield out;
      }
    } catch (e) {
      if (e instanceof StoreError) throw e;
      throw new StoreError('store-read', `Error reading from the ${this.name} database: ${errorText(e)}`, { cause: e });
    } finally {
      await iterator.close();
    }
  }

  /** Approximate bytes on disk of the keys from `start` up to `end`. */
  approximateSize(start: Uint8Array, end: Uint8Array): Promise<number> {
    return this.db.approximateSize(start, end);
  }

  /** Rewrites a key range in its most compact form. */
  compact(start: Uint8Array, end: Uint8Array): Promise<void> {
    return this.db.compactRange(start, end);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.db.close();
  }
}

/** Changes that are applied together or not at all. */
export interface StoreBatch {
  /** Bytes of keys and values so far. */
  readonly bytes: number;
  /** Records so far. */
  readonly count: number;
  put(key: Uint8Array, value: Uint8Array): this;
  del(key: Uint8Array): this;
  /** @param sync wait for the disk @throws StoreError where it could not be written */
  write(sync?: boolean): Promise<void>;
}

interface NativeIterator {
  nextv(size: number): Promise<[Uint8Array, Uint8Array][]>;
  close(): Promise<void>;
}
type NativeBatch = ReturnType<ClassicLevel<Uint8Array, Uint8Array>['batch']>;

class LevelBatch implements StoreBatch {
  bytes = 0;
  count = 0;
  private readonly store: LevelDb;
  private readonly native: NativeBatch;
  private readonly key: Uint8Array | null;
  private readonly fault: FaultHook | undefined;

  constructor(store: LevelDb, native: NativeBatch, key: Uint8Array | null, fault: FaultHook | undefined) {
    this.store = store;
    this.native = native;
    this.key = key;
    this.fault = fault;
  }

  put(key: Uint8Array, value: Uint8Array): this {
    let stored = value;
    if (this.key !== null) {
      stored = new Uint8Array(value);
      obfuscate(stored, this.key);
    }
    this.native.put(key, stored);
    this.bytes += key.length + value.length;
    this.count += 1;
    return this;
  }

  del(key: Uint8Array): this {
    this.native.del(key);
    this.bytes += key.length;
    this.count += 1;
    return this;
  }

  async write(sync = false): Promise<void> {
    if (this.count === 0) {
      await this.native.close();
      return;
    }
    try {
      this.fault?.(`batch:${this.store.name}`);
      await this.native.write({ sync });
    } catch (e) {
      await this.native.close();
      throw new StoreError(
        isDiskFull(e) || /No space left/.test(errorText(e)) ? 'store-full' : 'store-write',
        `Error writing to the ${this.store.name} database: ${errorText(e)}`,
        { cause: e },
      );
    }
  }
}

/** Deletes LevelDB's own files in a directory, nothing else. */
function wipeDirectory(path: string): void {
  for (const name of readdirSync(path)) {
    if (/^(?:\d+\.(?:ldb|sst|log|dbtmp)|MANIFEST-\d+|CURRENT|LOG|LOG\.old|LOCK)$/.test(name)) rmSync(`${path}/${name}`, { force: true });
  }
}
