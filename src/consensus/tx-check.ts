import { isAllZero } from '../util/bytes.ts';
import { NULL_VOUT, outPointKey } from '../primitives/outpoint.ts';
import type { Transaction } from '../primitives/transaction.ts';
import { MAX_MONEY, moneyRange } from './amount.ts';
import { MAX_BLOCK_WEIGHT, WITNESS_SCALE_FACTOR } from './limits.ts';
import { badTx, TX_OK, type TxVerdict } from './verdict.ts';

/** Rules for a transaction by itself, without its inputs' outputs. */
export function checkTransaction(tx: Transaction): TxVerdict {
  if (tx.inputs.length === 0) return badTx('bad-txns-vin-empty');
  if (tx.outputs.length === 0) return badTx('bad-txns-vout-empty');
  if (tx.baseSize * WITNESS_SCALE_FACTOR > MAX_BLOCK_WEIGHT) return badTx('bad-txns-oversize');
  let total = 0;
  for (const { value } of tx.outputs) {
    if (value < 0) return badTx('bad-txns-vout-negative');
    if (value > MAX_MONEY) return badTx('bad-txns-vout-toolarge');
    total += value;
    if (!moneyRange(total)) return badTx('bad-txns-txouttotal-toolarge');
  }
  if (tx.inputs.length > 1) {
    const seen = new Set<string>();
    for (const { prevout } of tx.inputs) seen.add(outPointKey(prevout.txid, prevout.vout));
    if (seen.size !== tx.inputs.length) return badTx('bad-txns-inputs-duplicate');
  }
  if (tx.isCoinbase) {
    const length = tx.inputs[0]?.scriptSig.length ?? 0;
    if (length < 2 || length > 100) return badTx('bad-cb-length');
  } else {
    for (const { prevout } of tx.inputs) {
      if (prevout.vout === NULL_VOUT && isAllZero(prevout.txid)) return badTx('bad-txns-prevout-null');
    }
  }
  return TX_OK;
}
