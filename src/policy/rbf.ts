import { formatMoney } from '../consensus/tx-verify.ts';
import { MAX_BIP125_RBF_SEQUENCE, type TxFields } from '../primitives/transaction.ts';
import { feeAtRate } from './feerate.ts';

/** Whether a transaction says that it may be replaced (BIP 125). */
export function signalsReplacement(tx: TxFields): boolean {
  return tx.inputs.some((input) => input.sequence <= MAX_BIP125_RBF_SEQUENCE);
}

/**
 * Debug text where a replacement does not pay for what it replaces and for its own relay; null where it does.
 * @param originalFees satoshi of all that would leave, @param incrementalFeerate sat/kvB
 */
export function replacementFeeFault(txid: string, originalFees: number, fees: number, vsize: number, incrementalFeerate: number): string | null {
  if (fees < originalFees) {
    return `rejecting replacement ${txid}, less fees than conflicting txs; ${formatMoney(fees)} < ${formatMoney(originalFees)}`;
  }
  const additional = fees - originalFees;
  const needed = feeAtRate(incrementalFeerate, vsize);
  if (additional < needed) {
    return `rejecting replacement ${txid}, not enough additional fees to relay; ${formatMoney(additional)} < ${formatMoney(needed)}`;
  }
  return null;
}
