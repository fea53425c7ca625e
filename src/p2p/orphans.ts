import type { Transaction } from '../primitives/transaction.ts';
import { toKey } from '../util/bytes.ts';

const MAX_ORPHANS = 100;
const MAX_ORPHAN_WEIGHT = 400_000;

export interface Orphan { readonly tx: Transaction; readonly peerId: number }

/** Transactions whose parents are not known yet. Bounded: the oldest one goes first. */
export class Orphans {
  private readonly byWtxid = new Map<string, Orphan>();

  get size(): number { return this.byWtxid.size; }
  has(wtxid: Uint8Array): boolean { return this.byWtxid.has(toKey(wtxid)); }
  all(): IterableIterator<Orphan> { return this.byWtxid.values(); }

  /** @returns false where it is there already or too large to keep */
  add(tx: Transaction, peerId: number): boolean {
    const key = toKey(tx.wtxid);
    if (this.byWtxid.has(key) || tx.weight > MAX_ORPHAN_WEIGHT) return false;
    if (this.byWtxid.size >= MAX_ORPHANS) {
      const oldest = this.byWtxid.keys().next();
      if (oldest.done !== true) this.byWtxid.delete(oldest.value);
    }
    this.byWtxid.set(key, { tx, peerId });
    return true;
  }

  remove(wtxid: Uint8Array): boolean { return this.byWtxid.delete(toKey(wtxid)); }

  /** Orphans that spend an output of `tx`. */
  childrenOf(tx: Transaction): Orphan[] {
    const txid = toKey(tx.txid);
    const out: Orphan[] = [];
    for (const orphan of this.byWtxid.values()) {
      if (orphan.tx.inputs.some(({ prevout }) => toKey(prevout.txid) === txid)) out.push(orphan);
    }
    return out;
  }

  peerGone(peerId: number): number {
    let n = 0;
    for (const [key, orphan] of this.byWtxid) {
      if (orphan.peerId !== peerId) continue;
      this.byWtxid.delete(key);
      n += 1;
    }
    return n;
  }

  /** Drops what a block confirmed, or made impossible by spending the same outputs. */
  removeForBlock(txs: readonly Transaction[]): number {
    if (this.byWtxid.size === 0) return 0;
    const spent = new Set<string>();
    for (const tx of txs) for (const { prevout } of tx.inputs) spent.add(`${toKey(prevout.txid)}${prevout.vout}`);
    let n = 0;
    for (const [key, orphan] of this.byWtxid) {
      if (!orphan.tx.inputs.some(({ prevout }) => spent.has(`${toKey(prevout.txid)}${prevout.vout}`))) continue;
      this.byWtxid.delete(key);
      n += 1;
    }
    return n;
  }
}
