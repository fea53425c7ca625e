import type { Transaction } from '../primitives/transaction.ts';
import { toKey } from '../util/bytes.ts';
import { outPointKey } from '../primitives/outpoint.ts';
import { isDust } from './dust.ts';

/**
 * The first transaction of the list that spends from an unconfirmed parent with dust and leaves that dust unspent; null
 * where there is none. `poolTx` gives a parent that is not in the list.
 */
export function leavesDustUnspent(txs: readonly Transaction[], dustFeerate: number, poolTx: (txid: Uint8Array) => Transaction | undefined): Transaction | null {
  const own = new Map(txs.map((tx) => [toKey(tx.txid), tx]));
  for (const tx of txs) {
    const seen = new Set<string>();
    const dust = new Set<string>();
    for (const { prevout } of tx.inputs) {
      const key = toKey(prevout.txid);
      if (seen.has(key)) continue;
      seen.add(key);
      const parent = own.get(key) ?? poolTx(prevout.txid);
      parent?.outputs.forEach((output, i) => { if (isDust(output, dustFeerate)) dust.add(outPointKey(prevout.txid, i)); });
    }
    for (const { prevout } of tx.inputs) dust.delete(outPointKey(prevout.txid, prevout.vout));
    if (dust.size > 0) return tx;
  }
  return null;
}
