import { COINBASE_MATURITY } from '../consensus/limits.ts';
import { calculateSequenceLocks, isFinalTx, sequenceLocksPassed } from '../consensus/tx-verify.ts';
import { type BlockIndex, type Coin, MEMPOOL_HEIGHT } from '../chain/types.ts';
import type { Transaction } from '../primitives/transaction.ts';
import type { Entry } from './entry.ts';
import type { TxMempool } from './mempool.ts';

/** Whether the locktime lets a transaction into the block after `tip`. */
export function isFinalAfter(tip: BlockIndex, tx: Transaction): boolean {
  return isFinalTx(tx, tip.height + 1, tip.medianTimePast);
}

/** Whether the relative locks do (BIP 68). Unconfirmed coins are taken to be in that very block. */
export function relativeLocksPassedAfter(tip: BlockIndex, tx: Transaction, coins: readonly Coin[]): boolean {
  const heights = coins.map((coin) => (coin.height === MEMPOOL_HEIGHT ? tip.height + 1 : coin.height));
  const locks = calculateSequenceLocks(tx, true, heights, { height: tip.height + 1, ancestor: (height) => tip.ancestor(height) });
  return sequenceLocksPassed(locks, tip.height + 1, tip.medianTimePast);
}

/** Whether an entry could be in the next block after the tip moved back: final, its coins there and mature. */
export function isStillMinable(pool: TxMempool, entry: Entry): boolean {
  const { tip } = pool.modules.chain.active;
  if (tip === null) return false;
  const { tx } = entry;
  if (!isFinalAfter(tip, tx)) return false;
  const coins: Coin[] = [];
  for (const { prevout } of tx.inputs) {
    const coin = pool.coin(prevout.txid, prevout.vout);
    if (coin === undefined) return false;
    if (coin.coinbase && tip.height + 1 - coin.height < COINBASE_MATURITY) return false;
    coins.push(coin);
  }
  return relativeLocksPassedAfter(tip, tx, coins);
}
