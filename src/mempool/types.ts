import type { Transaction } from '../primitives/transaction.ts';
import type { Coin, CoinsReader } from '../chain/types.ts';

/** Why a transaction left the pool (the reference's MemPoolRemovalReason). */
export type RemovalReason = 'expiry' | 'sizelimit' | 'reorg' | 'block' | 'conflict' | 'replaced';

/** A transaction in the pool. Fees in satoshi, sizes in virtual bytes. */
export interface MempoolEntry {
  readonly tx: Transaction;
  readonly fee: number;
  /** Fee with the deltas of prioritisetransaction. */
  readonly modifiedFee: number;
  readonly vsize: number;
  readonly weight: number;
  readonly sigopCost: number;
  /** Unix seconds of entry. */
  readonly time: number;
  /** Chain height at entry. */
  readonly height: number;
  /** Grows with every entry: order of arrival. */
  readonly sequence: number;
  readonly spendsCoinbase: boolean;
  readonly ancestorCount: number;
  readonly ancestorVsize: number;
  readonly ancestorFees: number;
  readonly descendantCount: number;
  readonly descendantVsize: number;
  readonly descendantFees: number;
  /** Not yet known to have been sent to anybody. */
  readonly unbroadcast: boolean;
}

/** TxValidationResult of the reference. */
export type TxRejectKind =
  | 'consensus' | 'inputs-not-standard' | 'not-standard' | 'missing-inputs' | 'premature-spend' | 'witness-mutated'
  | 'witness-stripped' | 'conflict' | 'mempool-policy' | 'no-mempool' | 'reconsiderable' | 'unknown';

export type AcceptResult =
  | {
    readonly ok: true;
    /** Satoshi, without deltas. */
    readonly fee: number;
    readonly vsize: number;
    readonly replaced: readonly Transaction[];
    /** sat/kvB over `effectiveWtxids`. */
    readonly effectiveFeerate: number;
    readonly effectiveWtxids: readonly Uint8Array[];
  }
  | {
    readonly ok: false;
    readonly kind: TxRejectKind;
    /** Reject reason, for instance `min relay fee not met`. */
    readonly reason: string;
    readonly debug: string;
  };

/** `reason` or `reason, debug`, as the reference prints a refused transaction. */
export function rejectText(result: { readonly reason: string; readonly debug: string }): string {
  return result.debug === '' ? result.reason : `${result.reason}, ${result.debug}`;
}

export interface MempoolListener {
  transactionAdded?(tx: Transaction, sequence: number): void;
  /** Not called for `block`: the block itself tells. `sequence` as of the removal. */
  transactionRemoved?(tx: Transaction, reason: RemovalReason, sequence: number): void;
}

/** The pool of unconfirmed transactions. Everything is synchronous; listeners run before the call returns. */
export interface Mempool {
  /** Number of transactions. */
  readonly size: number;
  /** True once mempool.dat has been read (or need not be). */
  readonly loaded: boolean;
  /** Bumped by every addition and removal (getrawmempool's mempool_sequence). */
  readonly sequence: number;
  /** Counter for getblocktemplate's long poll. */
  readonly transactionsUpdated: number;
  /** Judges `tx`; adds it unless `testOnly`. Never throws for a bad transaction. */
  accept(tx: Transaction, options?: { testOnly?: boolean; bypassLimits?: boolean; timeSec?: number }): AcceptResult;
  get(txid: Uint8Array): MempoolEntry | undefined;
  getByWtxid(wtxid: Uint8Array): MempoolEntry | undefined;
  has(txid: Uint8Array): boolean;
  /** The pool's transaction that spends the outpoint. */
  spender(txid: Uint8Array, vout: number): Transaction | undefined;
  entries(): IterableIterator<MempoolEntry>;
  /** Unconfirmed ancestors (without itself), in no order. */
  ancestors(txid: Uint8Array): MempoolEntry[];
  descendants(txid: Uint8Array): MempoolEntry[];
  /** Coins of the pool over those of the chain; a coin that the pool spends is still there. */
  readonly coins: CoinsReader;
  /** Entries in the order in which a template takes them: best chunk feerate first, parents before children. */
  sorted(): MempoolEntry[];
  prioritise(txid: Uint8Array, deltaSat: number): void;
  /** Deltas by txid key, for getprioritisedtransactions. */
  deltas(): ReadonlyMap<string, number>;
  remove(txid: Uint8Array, reason: RemovalReason): void;
  /** sat/kvB: floor that a full pool asks, at least the configured minimum. */
  minFeerate(): number;
  readonly minRelayFeerate: number;
  readonly incrementalFeerate: number;
  readonly dustFeerate: number;
  readonly maxBytes: number;
  /** Estimated bytes of memory. */
  readonly usage: number;
  /** Sum of vsizes. */
  readonly totalVsize: number;
  /** Sum of fees in satoshi. */
  readonly totalFee: number;
  readonly limits: { readonly clusterCount: number; readonly clusterVsize: number; readonly ancestorCount: number; readonly descendantCount: number };
  markUnbroadcast(txid: Uint8Array): void;
  clearUnbroadcast(txid: Uint8Array): void;
  unbroadcast(): Uint8Array[];
  addListener(listener: MempoolListener): () => void;
}

export type { Coin };
