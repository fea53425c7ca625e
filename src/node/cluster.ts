import type { Mempool, MempoolEntry } from '../mempool/types.ts';
import type { Transaction } from '../primitives/transaction.ts';
import { toKey } from '../util/bytes.ts';

/** Every transaction of the pool that is connected to one of `txids` by spending, in either direction, by txid key. */
export function clusterOf(mempool: Mempool, txids: readonly Uint8Array[]): Map<string, MempoolEntry> {
  const cluster = new Map<string, MempoolEntry>();
  const todo: MempoolEntry[] = [];
  const add = (entry: MempoolEntry | undefined) => {
    if (entry === undefined) return;
    const key = toKey(entry.tx.txid);
    if (cluster.has(key)) return;
    cluster.set(key, entry);
    todo.push(entry);
  };
  for (const txid of txids) add(mempool.get(txid));
  for (let entry = todo.pop(); entry !== undefined; entry = todo.pop()) {
    for (const input of entry.tx.inputs) add(mempool.get(input.prevout.txid));
    for (const child of mempool.descendants(entry.tx.txid)) add(child);
  }
  return cluster;
}

/**
 * Why the pool's cluster limits would refuse `tx` (not in the pool yet); null where they would not.
 * The text is the reference's for a wallet.
 */
export function clusterLimitReason(mempool: Mempool, tx: Transaction): string | null {
  const cluster = clusterOf(mempool, tx.inputs.map((input) => input.prevout.txid));
  let vsize = tx.vsize;
  for (const entry of cluster.values()) vsize += entry.vsize;
  const { clusterCount, clusterVsize } = mempool.limits;
  return cluster.size + 1 > clusterCount || vsize > clusterVsize ? 'too many unconfirmed transactions in cluster' : null;
}
