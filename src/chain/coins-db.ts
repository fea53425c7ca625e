import type { LevelDb, StoreBatch } from '../store/leveldb.ts';
import { StoreError } from '../store/errors.ts';
import { concatBytes, isAllZero } from '../util/bytes.ts';
import { errorText } from '../util/errors.ts';
import { Reader } from '../util/reader.ts';
import { COIN_PREFIX, coinKey, encodeCoin, readCoin } from './coin-codec.ts';
import type { Coin, CoinsReader } from './types.ts';

const BEST_BLOCK = new Uint8Array([0x42]); // 'B'
const HEAD_BLOCKS = new Uint8Array([0x48]); // 'H'
const OLD_COINS = new Uint8Array([0x63]); // 'c'
const COINS_FROM = new Uint8Array([COIN_PREFIX]);
const COINS_TO = new Uint8Array([COIN_PREFIX + 1]);

/** One coin of the whole set. `txid` in network order. */
export interface StoredCoin {
  readonly txid: Uint8Array;
  readonly vout: number;
  readonly coin: Coin;
}

/** The coins on disk. */
export class CoinsDb implements CoinsReader {
  private readonly db: LevelDb;
  /** Bytes of one partial batch of a flush. */
  private readonly batchBytes: number;

  constructor(db: LevelDb, options: { readonly batchBytes?: number } = {}) {
    this.db = db;
    this.batchBytes = options.batchBytes ?? 32 * 1024 * 1024;
  }

  /** @throws StoreError where the record is damaged */
  getCoin(txid: Uint8Array, vout: number): Coin | undefined {
    const value = this.db.get(coinKey(txid, vout));
    if (value === undefined) return undefined;
    return this.decode(value);
  }

  private decode(value: Uint8Array): Coin {
    try {
      return readCoin(new Reader(value));
    } catch (e) {
      throw new StoreError('store-corrupt', `Error reading from database: damaged coin (${errorText(e)})`, { cause: e });
    }
  }

  /** Block as of which the coins are, or null: nothing was ever written, or a flush was interrupted ({@link headBlocks}). */
  bestBlock(): Uint8Array | null {
    return this.db.get(BEST_BLOCK) ?? null;
  }

  /** Where a flush was interrupted: the tips that it went to and came from (null: from nothing). */
  headBlocks(): { to: Uint8Array; from: Uint8Array | null } | null {
    const value = this.db.get(HEAD_BLOCKS);
    if (value === undefined) return null;
    if (value.length !== 65 || value[0] !== 2) throw new StoreError('store-corrupt', 'unknown inconsistent state of the coins database');
    const from = value.slice(33, 65);
    return { to: value.slice(1, 33), from: isAllZero(from) ? null : from };
  }

  /** True where the set is in the form of versions before 0.15, which needs a rebuild. */
  async needsUpgrade(): Promise<boolean> {
    for await (const entries of this.db.iterate({ gte: OLD_COINS, lt: new Uint8Array([0x64]), limit: 1 })) return entries.length > 0;
    return false;
  }

  /** Starts a flush towards `to`. Nothing is written before {@link CoinsFlush.add} has gathered enough, or `finish`. */
  beginFlush(to: Uint8Array): CoinsFlush {
    const heads = this.headBlocks();
    const from = heads !== null ? heads.from : this.bestBlock();
    return new CoinsFlush(this.db, to, from, this.batchBytes);
  }

  /** All coins, in the order of their keys, in groups, as of the call. */
  coins(): AsyncGenerator<readonly StoredCoin[], void, void> {
    return this.decodeAll(this.db.iterate({ gte: COINS_FROM, lt: COINS_TO }));
  }

  private async *decodeAll(groups: AsyncIterable<readonly (readonly [Uint8Array, Uint8Array])[]>): AsyncGenerator<readonly StoredCoin[], void, void> {
    for await (const entries of groups) {
      const out: StoredCoin[] = [];
      for (const [key, value] of entries) {
        const r = new Reader(key, 33);
        out.push({ txid: key.slice(1, 33), vout: r.varInt(), coin: this.decode(value) });
      }
      yield out;
    }
  }

  /** Approximate bytes on disk. */
  diskSize(): Promise<number> {
    return this.db.approximateSize(COINS_FROM, COINS_TO);
  }

  close(): Promise<void> {
    return this.db.close();
  }
}

/**
 * Writes a set of changes in batches of bounded size. While more than one is needed, a record tells between which two
 * blocks the database is, so that an interrupted flush can be completed from the blocks themselves.
 */
export class CoinsFlush {
  private readonly db: LevelDb;
  private readonly to: Uint8Array;
  private readonly limit: number;
  private batch: StoreBatch;

  constructor(db: LevelDb, to: Uint8Array, from: Uint8Array | null, limit: number) {
    this.db = db;
    this.to = to;
    this.limit = limit;
    this.batch = db.batch();
    this.batch.del(BEST_BLOCK);
    this.batch.put(HEAD_BLOCKS, concatBytes(new Uint8Array([2]), to, from ?? new Uint8Array(32)));
  }

  /** True where {@link writePart} is due. */
  get full(): boolean { return this.batch.bytes > this.limit; }

  /** `coin` null: the outpoint is spent. */
  add(txid: Uint8Array, vout: number, coin: Coin | null): void {
    if (coin === null) this.batch.del(coinKey(txid, vout));
    else this.batch.put(coinKey(txid, vout), encodeCoin(coin));
  }

  async writePart(): Promise<void> {
    const { batch } = this;
    this.batch = this.db.batch();
    await batch.write();
  }

  /** Writes the rest and the new best block. */
  async finish(): Promise<void> {
    this.batch.del(HEAD_BLOCKS);
    this.batch.put(BEST_BLOCK, this.to);
    await this.batch.write();
  }
}
