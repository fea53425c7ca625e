import { calculateSequenceLocks, isFinalTx, sequenceLocksPassed, type SequenceLocks } from '../consensus/tx-verify.ts';
import type { Transaction, TxFields } from '../primitives/transaction.ts';
import { type BlockIndex, type Coin, type CoinsReader, MEMPOOL_HEIGHT } from './types.ts';

/** Whether a transaction's own lock time lets it into the block after `tip` (BIP 113). */
export function isFinalAtNextBlock(tx: TxFields, tip: BlockIndex): boolean {
  return isFinalTx(tx, tip.height + 1, tip.medianTimePast);
}

/** Coins that a transaction spends, in input order; null where one is missing. */
export function coinsOfInputs(tx: Transaction, coins: CoinsReader): Coin[] | null {
  const found: Coin[] = [];
  for (const { prevout } of tx.inputs) {
    const coin = coins.getCoin(prevout.txid, prevout.vout);
    if (coin === undefined) return null;
    found.push(coin);
  }
  return found;
}

/** Relative locks (BIP 68) of a transaction, and the newest block that they depend on: they hold while it is on the chain. */
export interface LockPoints extends SequenceLocks {
  readonly maxInputBlock: BlockIndex | null;
}

/** Relative locks for the block after `tip`. Unconfirmed coins count as made in that block. */
export function lockPointsAtNextBlock(tx: TxFields, spent: readonly Coin[], tip: BlockIndex): LockPoints {
  const height = tip.height + 1;
  const heights = spent.map((coin) => (coin.height === MEMPOOL_HEIGHT ? height : coin.height));
  const locks = calculateSequenceLocks(tx, true, heights, { height, ancestor: (h) => tip.ancestor(Math.min(h, tip.height)) });
  let newest = 0;
  for (const h of heights) if (h !== height && h > newest) newest = h;
  return { ...locks, maxInputBlock: tip.ancestor(newest) };
}

/** Whether relative locks are over in the block after `tip`. */
export function lockPointsPassed(locks: SequenceLocks, tip: BlockIndex): boolean {
  return sequenceLocksPassed(locks, tip.height + 1, tip.medianTimePast);
}
