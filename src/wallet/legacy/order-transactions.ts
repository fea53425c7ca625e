import { compareBytes } from '../../util/bytes.ts';
import type { WalletTx } from '../wallet-tx.ts';

/**
 * Gives transactions that very old software stored without their order a place by the time they came. Those that have one keep their
 * order among each other. Does nothing where all have one.
 * @returns the next free place, or null where nothing was missing
 */
export function orderTransactions(txs: readonly WalletTx[]): number | null {
  if (txs.every(({ orderPos }) => orderPos !== -1)) return null;
  const byTime = [...txs].sort((a, b) => a.timeReceived - b.timeReceived || compareBytes(a.txid, b.txid));
  const inserted: number[] = [];
  let next = 0;
  for (const tx of byTime) {
    if (tx.orderPos === -1) {
      tx.orderPos = next;
      inserted.push(next);
      next += 1;
    } else {
      tx.orderPos += inserted.filter((start) => tx.orderPos >= start).length;
      next = Math.max(next, tx.orderPos + 1);
    }
  }
  return next;
}
