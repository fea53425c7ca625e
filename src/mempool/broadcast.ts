import type { ChainState } from '../chain/types.ts';
import type { Transaction } from '../primitives/transaction.ts';
import { type Mempool, rejectText } from './types.ts';

/** Why a transaction was not broadcast. `text` is the reference's. */
export type BroadcastOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly error: 'already-in-utxo-set' | 'missing-inputs' | 'mempool-rejected' | 'max-fee-exceeded'; readonly text: string };

/**
 * Brings a transaction of our own into the pool and, with `announce`, to the peers: what is in the pool already is announced
 * again. @param maxFee satoshi, 0 for no limit
 */
export function broadcastTransaction(
  tx: Transaction, maxFee: number,
  modules: { readonly mempool: Mempool; readonly chain: ChainState; readonly announce: ((tx: Transaction) => void) | null },
): BroadcastOutcome {
  const { mempool, chain, announce } = modules;
  if (tx.outputs.some((_, vout) => chain.coins.getCoin(tx.txid, vout) !== undefined)) {
    return { ok: false, error: 'already-in-utxo-set', text: 'Transaction outputs already in utxo set' };
  }
  const known = mempool.get(tx.txid);
  if (known === undefined) {
    if (maxFee > 0) {
      const tried = mempool.accept(tx, { testOnly: true });
      if (!tried.ok) return refused(tried);
      if (tried.fee > maxFee) return { ok: false, error: 'max-fee-exceeded', text: 'Fee exceeds maximum configured by user (e.g. -maxtxfee, maxfeerate)' };
    }
    const result = mempool.accept(tx);
    if (!result.ok) return refused(result);
    if (announce !== null) mempool.markUnbroadcast(tx.txid);
  }
  announce?.(known?.tx ?? tx);
  return { ok: true };
}

function refused(result: { readonly kind: string; readonly reason: string; readonly debug: string }): BroadcastOutcome {
  return { ok: false, error: result.kind === 'missing-inputs' ? 'missing-inputs' : 'mempool-rejected', text: rejectText(result) };
}
