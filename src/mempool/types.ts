import type { Block } from '../primitives/block.ts';
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

/** Transactions that are mined together. */
export interface MempoolChunk {
  readonly fee: number;
  readonly size: number;
  readonly entries: readonly MempoolEntry[];
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

/** How a transaction came into the pool, for fee estimation. */
export interface AddedInfo {
  readonly entry: MempoolEntry;
  /** It came back from a disconnected block. */
  readonly bypassLimits: boolean;
  readonly packageSubmission: boolean;
  /** The chain is near its tip in time and height. */
  readonly chainCurrent: boolean;
  /** Nothing that it spends is unconfirmed. */
  readonly noParents: boolean;
}

export interface MempoolListener {
  transactionAdded?(tx: Transaction, sequence: number, info: AddedInfo): void;
  /** Entries that a block at `height` confirmed, after they left; before the block's own notification. */
  removedForBlock?(entries: readonly MempoolEntry[], height: number, block: Block): void;
  /** Not called for `block`: the block itself tells. `sequence` as of the removal. */
  transactionRemoved?(tx: Transaction, reason: RemovalReason, sequence: number): void;
}

/** Outcome for one transaction of a package. */
export type PackageTxResult =
  | AcceptResult & { readonly state?: undefined }
  /** It was in the pool already. */
  | { readonly ok: true; readonly state: 'in-mempool'; readonly fee: number; readonly vsize: number }
  /** The pool has it with another witness. */
  | { readonly ok: true; readonly state: 'different-witness'; readonly otherWtxid: Uint8Array };

/** `reason` is '' where the package as a whole was accepted. */
export interface PackageResult {
  readonly kind: '' | 'policy' | 'transaction' | 'mempool-error';
  readonly reason: string;
  readonly debug: string;
  /** By wtxid key; a transaction that was not looked at has none. */
  readonly results: ReadonlyMap<string, PackageTxResult>;
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
  /**
   * Judges transactions together. `testOnly`: any list in topological order; otherwise a child with its parents, which is
   * added. @param options.maxFeerate sat/kvB that no single transaction may exceed
   */
  acceptPackage(txs: readonly Transaction[], options?: { testOnly?: boolean; maxFeerate?: number }): PackageResult;
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
  /** All chunks in that order; fee in satoshi with deltas, `size` in weight units (adjusted for signature operations). */
  chunks(): readonly MempoolChunk[];
  /** Chunks of the cluster that holds the transaction, best first; empty where it is not in the pool. */
  clusterChunks(txid: Uint8Array): readonly MempoolChunk[];
  /** Entries that spend from it directly. */
  children(txid: Uint8Array): MempoolEntry[];
  /** Entries that it spends from directly. */
  parents(txid: Uint8Array): MempoolEntry[];
  prioritise(txid: Uint8Array, deltaSat: number): void;
  /** Deltas by txid key, for getprioritisedtransactions. */
  deltas(): ReadonlyMap<string, number>;
  remove(txid: Uint8Array, reason: RemovalReason): void;
  /** sat/kvB: floor that a full pool asks, at least the configured minimum. */
  minFeerate(): number;
  /** sat/kvB: what a pool that was full of late asks; 0 for none. */
  rollingFeerate(): number;
  readonly minRelayFeerate: number;
  readonly incrementalFeerate: number;
  readonly dustFeerate: number;
  readonly maxBytes: number;
  readonly permitBareMultisig: boolean;
  /** Null: data outputs are not relayed. */
  readonly maxDatacarrierBytes: number | null;
  /** False where the order of clusters is not known to be the best one. */
  readonly optimal: boolean;
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
