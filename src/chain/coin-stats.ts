import { createHash } from 'node:crypto';
import { sha256 } from '../crypto/hash.ts';
import { MuHash } from '../crypto/muhash.ts';
import { equalBytes } from '../util/bytes.ts';
import { Writer } from '../util/writer.ts';
import type { StoredCoin } from './coins-db.ts';
import type { BlockIndex } from './types.ts';

/** All coins as of one block. Walk `coins` once, or `return()` it. */
export interface CoinsSnapshot {
  readonly block: BlockIndex;
  /** In the order of the database, in groups. */
  readonly coins: AsyncGenerator<readonly StoredCoin[], void, void>;
  /** Approximate bytes on disk. */
  readonly diskSize: () => Promise<number>;
}

export type CoinStatsHash = 'hash_serialized_3' | 'muhash' | 'none';

/** Figures of the whole set of unspent outputs as of one block. */
export interface CoinStats {
  readonly block: BlockIndex;
  /** Transactions with unspent outputs. */
  readonly transactions: number;
  readonly outputs: number;
  /** Bytes that a made-up form of the set would take. */
  readonly bogoSize: number;
  /** Satoshi. */
  readonly totalAmount: number;
  /** Network order; null for `none`. */
  readonly hash: Uint8Array | null;
  /** Approximate bytes of the database. */
  readonly diskSize: number;
}

/** A coin as the hashes of the set see it. */
export function serializeForHash(w: Writer, { txid, vout, coin }: StoredCoin): void {
  w.bytes(txid).u32(vout).u32(((coin.height << 1) | (coin.coinbase ? 1 : 0)) >>> 0).i64n(coin.value).varBytes(coin.scriptPubKey);
}

/** Bytes that an output counts in `bogoSize`. */
export function bogoSize(script: Uint8Array): number {
  return 50 + script.length;
}

/** Walks the whole set. @param signal stops it with its reason */
export async function computeCoinStats({ coins, block, diskSize }: CoinsSnapshot, kind: CoinStatsHash, signal?: AbortSignal): Promise<CoinStats> {
  const serialized = createHash('sha256');
  const mu = new MuHash();
  let transactions = 0;
  let outputs = 0;
  let bogo = 0;
  let totalAmount = 0;
  let group: StoredCoin[] = [];
  const finish = (): void => {
    if (group.length === 0) return;
    transactions += 1;
    // Keys do not sort by number: the index in them has a variable length.
    group.sort((a, b) => a.vout - b.vout);
    for (const one of group) {
      outputs += 1;
      bogo += bogoSize(one.coin.scriptPubKey);
      totalAmount += one.coin.value;
      if (kind === 'none') continue;
      const w = new Writer(128);
      serializeForHash(w, one);
      if (kind === 'muhash') mu.insert(w.finish());
      else serialized.update(w.finish());
    }
    group = [];
  };
  for await (const some of coins) {
    signal?.throwIfAborted();
    for (const one of some) {
      const [first] = group;
      if (first !== undefined && !equalBytes(first.txid, one.txid)) finish();
      group.push(one);
    }
  }
  finish();
  const hash = kind === 'none' ? null : kind === 'muhash' ? mu.digest() : sha256(new Uint8Array(serialized.digest()));
  return { block, transactions, outputs, bogoSize: bogo, totalAmount, hash, diskSize: await diskSize() };
}
