/** Verdict on a transaction. `reason` and `debug` are the reference's texts. */
export type TxVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly kind: 'consensus' | 'missing-inputs' | 'premature-spend'; readonly reason: string; readonly debug: string };

export type BlockResult = '' | 'consensus' | 'cached-invalid' | 'invalid-header' | 'mutated' | 'missing-prev' | 'invalid-prev' | 'time-future' | 'header-low-work'
  /** Nothing is wrong with it, as far as this version can see. */
  | 'unbuilt';

/** Verdict on a block or header. */
export interface BlockVerdict {
  readonly ok: boolean;
  readonly result: BlockResult;
  readonly reason: string;
  readonly debug: string;
}

export const TX_OK: TxVerdict = Object.freeze({ ok: true });
export const BLOCK_OK: BlockVerdict = Object.freeze({ ok: true, result: '', reason: '', debug: '' });

export function badTx(reason: string, debug = '', kind: 'consensus' | 'missing-inputs' | 'premature-spend' = 'consensus'): TxVerdict {
  return { ok: false, kind, reason, debug };
}

export function badBlock(result: Exclude<BlockResult, ''>, reason: string, debug = ''): BlockVerdict {
  return { ok: false, result, reason, debug };
}

/** `reason, debug` as logs and RPC show a verdict; `Valid` where there is no fault. */
export function verdictText(verdict: { readonly ok: boolean; readonly reason?: string; readonly debug?: string }): string {
  if (verdict.ok) return 'Valid';
  return verdict.debug === undefined || verdict.debug === '' ? verdict.reason ?? '' : `${verdict.reason}, ${verdict.debug}`;
}
