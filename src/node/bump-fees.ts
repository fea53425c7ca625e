import type { OutPointValue } from '../../ipc-spec/types.ts';
import type { Mempool, MempoolEntry } from '../mempool/types.ts';
import { toKey } from '../util/bytes.ts';
import { clusterOf } from './cluster.ts';

export interface BumpFees {
  /** For each outpoint, in satoshi: what lifts its unconfirmed ancestors to the target feerate; 0 where nothing is needed. */
  readonly individual: number[];
  /** For all together, ancestors that they share counted once. */
  readonly combined: number;
}

interface Member {
  readonly entry: MempoolEntry;
  /** Keys of its unconfirmed ancestors, itself included. */
  readonly ancestors: Set<string>;
}

/**
 * Fees that a transaction spending `outpoints` must add so that it and its unconfirmed ancestors together reach
 * `feerate` (sat/kvB). Ancestors that a miner would take at that rate anyway need nothing. What the pool already
 * spends with another transaction is treated as about to be replaced (reference: node/mini_miner.cpp).
 */
export function bumpFees(mempool: Mempool, outpoints: readonly OutPointValue[], feerate: number): BumpFees {
  const members = new Map<string, Member>();
  for (const [key, entry] of clusterOf(mempool, outpoints.map((o) => o.txid))) {
    const ancestors = new Set(mempool.ancestors(entry.tx.txid).map((a) => toKey(a.tx.txid)));
    members.set(key, { entry, ancestors: ancestors.add(key) });
  }
  for (const { txid, vout } of outpoints) {
    const spender = mempool.spender(txid, vout);
    if (spender === undefined) continue;
    members.delete(toKey(spender.txid));
    for (const descendant of mempool.descendants(spender.txid)) members.delete(toKey(descendant.tx.txid));
  }
  const mined = mineAbove(members, feerate);

  const missing = (keys: Iterable<string>): number => {
    let vsize = 0;
    let fee = 0;
    for (const key of keys) {
      const member = members.get(key);
      if (member === undefined || mined.has(key)) continue;
      vsize += member.entry.vsize;
      fee += member.entry.modifiedFee;
    }
    return Math.max(0, Math.ceil((feerate * vsize) / 1000) - fee);
  };
  const together = new Set<string>();
  const individual = outpoints.map(({ txid }) => {
    const key = toKey(txid);
    const member = members.get(key);
    if (member === undefined || mined.has(key)) return 0;
    for (const ancestor of member.ancestors) together.add(ancestor);
    return missing(member.ancestors);
  });
  return { individual, combined: missing(together) };
}

/** Keys of the members that a miner takes who wants at least `feerate` for every package of a transaction with its ancestors. */
function mineAbove(members: ReadonlyMap<string, Member>, feerate: number): Set<string> {
  const mined = new Set<string>();
  for (;;) {
    let best: Member | null = null;
    let bestRate = -1;
    for (const [key, member] of members) {
      if (mined.has(key)) continue;
      let vsize = 0;
      let fee = 0;
      for (const ancestor of member.ancestors) {
        const entry = mined.has(ancestor) ? undefined : members.get(ancestor)?.entry;
        if (entry === undefined) continue;
        vsize += entry.vsize;
        fee += entry.modifiedFee;
      }
      const rate = fee / vsize;
      if (rate > bestRate) {
        best = member;
        bestRate = rate;
      }
    }
    if (best === null || bestRate * 1000 < feerate) return mined;
    for (const ancestor of best.ancestors) mined.add(ancestor);
  }
}
