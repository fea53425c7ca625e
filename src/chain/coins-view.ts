import { outPointKey } from '../primitives/outpoint.ts';
import { isUnspendable } from '../script/script.ts';
import type { Transaction } from '../primitives/transaction.ts';
import { fromKey } from '../util/bytes.ts';
import type { Coin, CoinsReader } from './types.ts';

/** Where an overlay's changes go. */
export interface CoinsSink {
  /** Sets or replaces a coin. `fresh`: nothing below knows the outpoint. */
  putCoin(txid: Uint8Array, vout: number, coin: Coin, fresh: boolean): void;
  /** Marks an outpoint as spent. */
  removeCoin(txid: Uint8Array, vout: number): void;
}

interface OverlayEntry {
  coin: Coin | null;
  /** Below there is no unspent coin for it. */
  fresh: boolean;
  dirty: boolean;
}

/** Changes of one or a few blocks over a reader, to be applied as a whole or dropped. */
export class CoinsOverlay implements CoinsReader {
  private readonly below: CoinsReader;
  private readonly entries = new Map<string, OverlayEntry>();
  private estimate = 0;

  constructor(below: CoinsReader) {
    this.below = below;
  }

  /** Rough bytes of memory. */
  get usage(): number { return this.estimate; }

  private fetch(key: string, txid: Uint8Array, vout: number): OverlayEntry | undefined {
    const known = this.entries.get(key);
    if (known !== undefined) return known;
    const coin = this.below.getCoin(txid, vout);
    if (coin === undefined) return undefined;
    const entry: OverlayEntry = { coin, fresh: false, dirty: false };
    this.entries.set(key, entry);
    this.estimate += 200 + coin.scriptPubKey.length;
    return entry;
  }

  getCoin(txid: Uint8Array, vout: number): Coin | undefined {
    return this.fetch(outPointKey(txid, vout), txid, vout)?.coin ?? undefined;
  }

  /** Takes a coin out; undefined where there was none. */
  spend(txid: Uint8Array, vout: number): Coin | undefined {
    const key = outPointKey(txid, vout);
    const entry = this.fetch(key, txid, vout);
    if (entry === undefined || entry.coin === null) return undefined;
    const { coin } = entry;
    if (entry.fresh) this.entries.delete(key);
    else {
      entry.coin = null;
      entry.dirty = true;
    }
    return coin;
  }

  /** Adds a coin. `mayOverwrite` where an unspent one may be there already (BIP 30's two pairs, and replays). */
  add(txid: Uint8Array, vout: number, coin: Coin, mayOverwrite: boolean): void {
    if (isUnspendable(coin.scriptPubKey)) return;
    const key = outPointKey(txid, vout);
    const known = this.entries.get(key);
    // Fresh only where nothing below can hold it: not where it may overwrite, nor where a deletion still has to go down.
    const fresh = known === undefined ? !mayOverwrite : known.fresh || (!mayOverwrite && !known.dirty && known.coin === null);
    this.entries.set(key, { coin, fresh, dirty: true });
    this.estimate += 200 + coin.scriptPubKey.length;
  }

  /** Adds all outputs of a transaction that can be spent. */
  addOutputs(tx: Transaction, height: number, mayOverwrite = tx.isCoinbase): void {
    const { txid, outputs, isCoinbase: coinbase } = tx;
    for (let i = 0; i < outputs.length; i++) {
      const output = outputs[i];
      if (output !== undefined) this.add(txid, i, { value: output.value, scriptPubKey: output.scriptPubKey, height, coinbase }, mayOverwrite);
    }
  }

  /** Hands all changes down and forgets them. */
  applyTo(sink: CoinsSink): void {
    for (const [key, entry] of this.entries) {
      if (!entry.dirty) continue;
      const bytes = fromKey(key);
      const txid = bytes.subarray(0, 32);
      const vout = ((bytes[32] as number) | ((bytes[33] as number) << 8) | ((bytes[34] as number) << 16) | ((bytes[35] as number) << 24)) >>> 0;
      if (entry.coin === null) sink.removeCoin(txid, vout);
      else sink.putCoin(txid, vout, entry.coin, entry.fresh);
    }
    this.entries.clear();
    this.estimate = 0;
  }
}
