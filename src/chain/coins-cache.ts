import { StoreError } from '../store/errors.ts';
import type { CoinsDb } from './coins-db.ts';
import type { CoinsSink } from './coins-view.ts';
import { COIN_DIRTY, COIN_FRESH, COIN_SPENT, PackedCoins } from './packed-coins.ts';
import type { Coin, CoinsReader } from './types.ts';

/** Slots that a flush walks before it lets the event loop have a turn. */
const SLOTS_A_TURN = 65536;

/**
 * The coins as of the active tip: a cache over the database. Changes collect here and go to disk with `flush`;
 * a coin that is made and spent between two flushes never reaches the disk.
 */
export class CoinsCache implements CoinsReader, CoinsSink {
  /** Network order; null before the first block. Set by the chain together with the coins. */
  bestBlock: Uint8Array | null;
  private readonly db: CoinsDb;
  private readonly table = new PackedCoins();
  /** While a flush walks the table, reads leave it alone: growing it would move slots. */
  private flushing = false;

  constructor(db: CoinsDb) {
    this.db = db;
    this.bestBlock = db.bestBlock();
  }

  /** Bytes of memory. */
  get usage(): number { return this.table.usage; }
  /** Outpoints held, spent ones included. */
  get size(): number { return this.table.size; }
  get dirty(): number { return this.table.dirty; }

  getCoin(txid: Uint8Array, vout: number): Coin | undefined {
    const slot = this.table.find(txid, vout);
    if (slot >= 0) return (this.table.flags(slot) & COIN_SPENT) !== 0 ? undefined : this.table.coin(slot);
    const coin = this.db.getCoin(txid, vout);
    if (coin !== undefined && !this.flushing) this.table.set(txid, vout, coin, 0);
    return coin;
  }

  /** The coin where memory has it; `undefined` does not mean that there is none. */
  cached(txid: Uint8Array, vout: number): Coin | undefined {
    const slot = this.table.find(txid, vout);
    return slot >= 0 && (this.table.flags(slot) & COIN_SPENT) === 0 ? this.table.coin(slot) : undefined;
  }

  putCoin(txid: Uint8Array, vout: number, coin: Coin, fresh: boolean): void {
    this.mustNotFlush();
    const slot = this.table.find(txid, vout);
    const known = slot >= 0 ? this.table.flags(slot) : -1;
    // A deletion that still has to reach the database keeps the outpoint from being fresh.
    const isFresh = known < 0 ? fresh : (known & COIN_FRESH) !== 0;
    this.table.set(txid, vout, coin, COIN_DIRTY | (isFresh ? COIN_FRESH : 0));
  }

  removeCoin(txid: Uint8Array, vout: number): void {
    this.mustNotFlush();
    const slot = this.table.find(txid, vout);
    if (slot >= 0 && (this.table.flags(slot) & COIN_FRESH) !== 0) this.table.remove(slot);
    else this.table.set(txid, vout, null, COIN_DIRTY | COIN_SPENT);
  }

  private mustNotFlush(): void {
    if (this.flushing) throw new StoreError('store-write', 'coins changed during a flush');
  }

  /**
   * Writes all changes, as one step towards `bestBlock`. Where it fails, memory keeps everything, and the next flush tries again.
   * Nobody may change coins meanwhile; reading is allowed. @param wipe forget clean coins too @throws StoreError
   */
  async flush(wipe: boolean): Promise<void> {
    if (this.bestBlock === null) return;
    this.mustNotFlush();
    this.flushing = true;
    const { table } = this;
    try {
      const flush = this.db.beginFlush(this.bestBlock);
      let left = table.dirty;
      for (let slot = 0; slot < table.capacity && left > 0; slot++) {
        if (table.at(slot)) {
          const flags = table.flags(slot);
          if ((flags & COIN_DIRTY) !== 0) {
            left -= 1;
            const { txid, vout } = table.outpoint(slot);
            if ((flags & COIN_SPENT) === 0) flush.add(txid, vout, table.coin(slot));
            else if ((flags & COIN_FRESH) === 0) flush.add(txid, vout, null);
          }
        }
        if (flush.full) await flush.writePart();
        else if (slot % SLOTS_A_TURN === SLOTS_A_TURN - 1) await nextTurn();
      }
      await flush.finish();
    } catch (e) {
      this.forgetFresh();
      throw e;
    } finally {
      this.flushing = false;
    }
    if (wipe) {
      table.clear();
      return;
    }
    for (let slot = 0; slot < table.capacity;) {
      if (!table.at(slot)) slot += 1;
      // Removing moves a later entry up into this slot: look at it again.
      else if ((table.flags(slot) & COIN_SPENT) !== 0) table.remove(slot);
      else {
        table.setFlags(slot, 0);
        slot += 1;
      }
    }
  }

  /** A part of a flush that failed may be on the disk: no coin can be left out any more when it is spent. */
  private forgetFresh(): void {
    const { table } = this;
    for (let slot = 0; slot < table.capacity; slot++) if (table.at(slot)) table.setFlags(slot, table.flags(slot) & ~COIN_FRESH);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
