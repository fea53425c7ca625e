import { RpcFailure } from '../test-node.ts';

/** What the payer was told: paid, certainly not paid, or nothing that can be relied on. */
export type Outcome = { readonly kind: 'paid'; readonly txid: string } | { readonly kind: 'refused' | 'unknown'; readonly error: string };

export interface Payment {
  readonly from: string;
  readonly to: string;
  readonly address: string;
  readonly sat: number;
  outcome: Outcome;
}

/** Codes after which nothing was paid: warming up, method or wallet not there, not enough coins. */
const NOTHING_DONE: ReadonlySet<number> = new Set([-28, -32601, -18, -19, -6]);

/** What an error says about a payment. */
export function outcomeOf(error: unknown): Outcome {
  const text = error instanceof Error ? error.message : String(error);
  const never = error instanceof RpcFailure ? NOTHING_DONE.has(error.code) : (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
  return { kind: never ? 'refused' : 'unknown', error: text };
}

/** The test's own book: every payment that was tried goes to an address of its own. */
export class Ledger {
  readonly payments: Payment[] = [];

  get counts(): Record<Outcome['kind'], number> {
    const out = { paid: 0, refused: 0, unknown: 0 };
    for (const { outcome } of this.payments) out[outcome.kind] += 1;
    return out;
  }

  /** What is wrong, given who was paid in the chain: `txid sat` for each output by address. */
  faults(chain: ReadonlyMap<string, readonly { readonly txid: string; readonly sat: number }[]>): string[] {
    const out: string[] = [];
    for (const payment of this.payments) {
      const { address, outcome, sat } = payment;
      const found = chain.get(address) ?? [];
      const what = `${payment.from} to ${payment.to}, ${sat} sat at ${address} (${outcome.kind}${outcome.kind === 'paid' ? '' : `: ${outcome.error}`})`;
      if (found.length > 1) out.push(`paid ${found.length} times: ${what}`);
      if (outcome.kind === 'paid' && found.length === 0) out.push(`lost: ${what}`);
      if (outcome.kind === 'refused' && found.length > 0) out.push(`refused, but paid: ${what}`);
      for (const one of found) {
        if (one.sat !== sat) out.push(`another amount, ${one.sat}: ${what}`);
        if (outcome.kind === 'paid' && one.txid !== outcome.txid) out.push(`another transaction, ${one.txid}: ${what}`);
      }
    }
    return out;
  }
}
