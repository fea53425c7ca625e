import { SEQUENCE_FINAL, type Transaction, type TxFields } from '../primitives/transaction.ts';
import { LOCKTIME_THRESHOLD } from '../script/script.ts';
import { moneyRange } from './amount.ts';
import { COINBASE_MATURITY } from './limits.ts';
import { badTx, type TxVerdict } from './verdict.ts';

/** BIP 68 fields of an input's sequence number. */
export const SEQUENCE_LOCKTIME_DISABLE_FLAG = 0x80000000;
export const SEQUENCE_LOCKTIME_TYPE_FLAG = 1 << 22;
export const SEQUENCE_LOCKTIME_MASK = 0xffff;
/** Time locks count in units of 2^9 seconds. */
export const SEQUENCE_LOCKTIME_GRANULARITY = 9;

/** Whether a transaction may be in a block at `height`; `time` is that block's time, or median time past (BIP 113). */
export function isFinalTx(tx: TxFields, height: number, time: number): boolean {
  if (tx.locktime === 0) return true;
  if (tx.locktime < (tx.locktime < LOCKTIME_THRESHOLD ? height : time)) return true;
  return tx.inputs.every((input) => input.sequence === SEQUENCE_FINAL);
}

/** Last height and last median time past at which relative locks still hold; -1 where there is none (BIP 68). */
export interface SequenceLocks {
  readonly minHeight: number;
  readonly minTime: number;
}

/** A block as the relative locks see it. */
export interface MedianTimeNode {
  readonly height: number;
  readonly medianTimePast: number;
  readonly prev: MedianTimeNode | null;
  ancestor(height: number): MedianTimeNode | null;
}

/**
 * Relative locks of a transaction in a block after `block.prev`. `coinHeights` has the height of each input's coin.
 * @param enforce false before BIP 68 is active
 */
export function calculateSequenceLocks(tx: TxFields, enforce: boolean, coinHeights: readonly number[], block: { readonly height: number; ancestor(height: number): MedianTimeNode | null }): SequenceLocks {
  let minHeight = -1;
  let minTime = -1;
  if (tx.version < 2 || !enforce) return { minHeight, minTime };
  tx.inputs.forEach((input, i) => {
    if (input.sequence >= SEQUENCE_LOCKTIME_DISABLE_FLAG) return;
    const coinHeight = coinHeights[i] ?? 0;
    const lock = input.sequence & SEQUENCE_LOCKTIME_MASK;
    if ((input.sequence & SEQUENCE_LOCKTIME_TYPE_FLAG) !== 0) {
      const coinTime = block.ancestor(Math.max(coinHeight - 1, 0))?.medianTimePast ?? 0;
      minTime = Math.max(minTime, coinTime + lock * 2 ** SEQUENCE_LOCKTIME_GRANULARITY - 1);
    } else {
      minHeight = Math.max(minHeight, coinHeight + lock - 1);
    }
  });
  return { minHeight, minTime };
}

/** Whether the locks are over for a block at `height` whose parent has this median time past. */
export function sequenceLocksPassed(locks: SequenceLocks, height: number, parentMedianTimePast: number): boolean {
  return locks.minHeight < height && locks.minTime < parentMedianTimePast;
}

/** What a spend needs to know of the output that it spends. */
export interface SpentCoin {
  readonly value: number;
  readonly height: number;
  readonly coinbase: boolean;
}

/**
 * Rules for the inputs of a non-coinbase transaction: all there, mature, no money made. Gives the fee in satoshi.
 * @param spendHeight height of the block that holds it
 */
export function checkTxInputs(tx: Transaction, coins: readonly (SpentCoin | undefined)[], spendHeight: number): { verdict: TxVerdict; fee: number } {
  let valueIn = 0;
  const bad = (verdict: TxVerdict): { verdict: TxVerdict; fee: number } => ({ verdict, fee: 0 });
  for (let i = 0; i < tx.inputs.length; i++) {
    const coin = coins[i];
    if (coin === undefined) return bad(badTx('bad-txns-inputs-missingorspent', 'CheckTxInputs: inputs missing/spent', 'missing-inputs'));
  }
  for (const coin of coins) {
    if (coin === undefined) continue;
    if (coin.coinbase && spendHeight - coin.height < COINBASE_MATURITY) {
      return bad(badTx('bad-txns-premature-spend-of-coinbase', `tried to spend coinbase at depth ${spendHeight - coin.height}`, 'premature-spend'));
    }
    valueIn += coin.value;
    if (!moneyRange(coin.value) || !moneyRange(valueIn)) return bad(badTx('bad-txns-inputvalues-outofrange'));
  }
  const valueOut = tx.totalOut;
  if (valueIn < valueOut) {
    return bad(badTx('bad-txns-in-belowout', `value in (${formatMoney(valueIn)}) < value out (${formatMoney(valueOut)})`));
  }
  const fee = valueIn - valueOut;
  return moneyRange(fee) ? { verdict: { ok: true }, fee } : bad(badTx('bad-txns-fee-outofrange'));
}

/** `1.00`, `0.0001`: coins with at least two decimals, as messages show amounts. */
export function formatMoney(sat: number): string {
  const abs = Math.abs(sat);
  const fraction = String(abs % 1e8).padStart(8, '0').replace(/0{1,6}$/, '');
  return `${sat < 0 ? '-' : ''}${Math.floor(abs / 1e8)}.${fraction}`;
}
