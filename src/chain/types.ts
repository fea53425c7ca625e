import type { Block, BlockHeader } from '../primitives/block.ts';
import type { Transaction } from '../primitives/transaction.ts';

/** Status bits of a block index entry, as they lie on disk (datadir format, section 5). */
export const BLOCK_VALID_TREE = 2;
export const BLOCK_VALID_TRANSACTIONS = 3;
export const BLOCK_VALID_CHAIN = 4;
export const BLOCK_VALID_SCRIPTS = 5;
export const BLOCK_VALID_MASK = 7;
export const BLOCK_HAVE_DATA = 8;
export const BLOCK_HAVE_UNDO = 16;
export const BLOCK_FAILED_VALID = 32;
export const BLOCK_OPT_WITNESS = 128;

/** One block of the header tree. Fields that change are changed by the chain alone. */
export interface BlockIndex {
  /** Network order. */
  readonly hash: Uint8Array;
  readonly hashHex: string;
  readonly prev: BlockIndex | null;
  readonly height: number;
  readonly version: number;
  readonly merkleRoot: Uint8Array;
  readonly time: number;
  readonly bits: number;
  readonly nonce: number;
  /** Total work of the chain up to and with this block. */
  readonly chainWork: bigint;
  readonly status: number;
  /** Transactions in the block; 0 while unknown. */
  readonly txCount: number;
  /** Transactions in the chain up to and with this block; 0 while unknown. */
  readonly chainTxCount: number;
  /** Largest time up to and with this block. */
  readonly timeMax: number;
  /** Order of arrival, smaller is earlier (ties of chain work). */
  readonly sequenceId: number;
  readonly medianTimePast: number;
  readonly haveData: boolean;
  readonly haveUndo: boolean;
  readonly failed: boolean;
  /** Ancestor at `height`, by skip list; null above or below the chain. */
  ancestor(height: number): BlockIndex | null;
  header(): BlockHeader;
}

/** The best chain by height. */
export interface ActiveChain {
  readonly tip: BlockIndex | null;
  /** -1 where empty. */
  readonly height: number;
  at(height: number): BlockIndex | null;
  contains(index: BlockIndex): boolean;
  next(index: BlockIndex): BlockIndex | null;
  /** Last block that `index`'s branch shares with this chain. */
  findFork(index: BlockIndex): BlockIndex | null;
  /** Block locator (hashes in network order) of `index`, or of the tip. */
  locator(index?: BlockIndex | null): Uint8Array[];
}

/** An unspent output. */
export interface Coin {
  /** Satoshi. */
  readonly value: number;
  readonly scriptPubKey: Uint8Array;
  /** Height of the block that made it; MEMPOOL_HEIGHT where it is unconfirmed. */
  readonly height: number;
  readonly coinbase: boolean;
}
export const MEMPOOL_HEIGHT = 0x7fffffff;

/** Synchronous look-up of unspent outputs. */
export interface CoinsReader {
  getCoin(txid: Uint8Array, vout: number): Coin | undefined;
}

/** Spent outputs of one block: one list a non-coinbase transaction, in input order. */
export type BlockUndo = readonly (readonly Coin[])[];

/** Why a block or header was refused; `ok` with `reason ''` where it was not. Texts are the reference's. */
export interface BlockVerdict {
  readonly ok: boolean;
  /** `consensus`, `cached-invalid`, `invalid-header`, `mutated`, `missing-prev`, `invalid-prev`, `time-future`, `header-low-work`, `unbuilt`, or '' */
  readonly result: '' | 'consensus' | 'cached-invalid' | 'invalid-header' | 'mutated' | 'missing-prev' | 'invalid-prev' | 'time-future' | 'header-low-work' | 'unbuilt';
  /** Reject reason, for instance `bad-txnmrklroot`. */
  readonly reason: string;
  readonly debug: string;
}

/**
 * What the chain tells. Called synchronously, in order, on the chain's turn: never wait in one.
 * `updatedBlockTip` comes once an activation step; the others once a block.
 */
export interface ChainListener {
  blockConnected?(block: Block, index: BlockIndex): void;
  blockDisconnected?(block: Block, index: BlockIndex): void;
  updatedBlockTip?(tip: BlockIndex, fork: BlockIndex | null, initialDownload: boolean): void;
  /** A block was judged while it was connected (or refused). */
  blockChecked?(block: Block, verdict: BlockVerdict): void;
  /** A block with valid proof of work extends the tip and is on disk: may be relayed before it is validated. */
  newPowValidBlock?(block: Block, index: BlockIndex): void;
  chainStateFlushed?(locator: readonly Uint8Array[]): void;
  headerTip?(index: BlockIndex, initialDownload: boolean): void;
}

/** What the chain asks of the mempool while the tip moves; called synchronously on the chain's turn. */
export interface ChainMempool {
  /** Transactions of a connected block leave, and what conflicts with them. */
  removeForBlock(block: Block, height: number): void;
  /**
   * After a reorganisation: transactions of disconnected blocks, oldest first, try to come back,
   * and what is no longer final, mature or valid leaves. `readd` false: they are dropped with all that spends them.
   */
  afterReorg(disconnected: readonly Transaction[], readd: boolean): void;
}

export interface ProcessBlockResult {
  /** False where the block itself is invalid or was refused. */
  readonly accepted: boolean;
  /** True where its data was not known before. */
  readonly isNew: boolean;
  readonly verdict: BlockVerdict;
}

/** The chain state: header tree, active chain, coins, and the only door through which they change. */
export interface ChainState {
  readonly active: ActiveChain;
  /** Header with the most work that is not known to be invalid. */
  readonly bestHeader: BlockIndex | null;
  /** Coins as of the active tip (synchronous; cache over database). */
  readonly coins: CoinsReader;
  lookup(hash: Uint8Array): BlockIndex | undefined;
  /** Every entry of the header tree, in no order. */
  entries(): IterableIterator<BlockIndex>;
  /** Blocks that nothing builds on, and the active tip. */
  tips(): BlockIndex[];
  /** Checks, stores and, where it gives the best chain, connects a block. Serialized with every other change. */
  processNewBlock(block: Block, options?: { force?: boolean; minPowChecked?: boolean }): Promise<ProcessBlockResult>;
  /** Adds headers, oldest first, each on the one before. `last` is the last one accepted. */
  processNewHeaders(headers: readonly BlockHeader[], minPowChecked: boolean): { verdict: BlockVerdict; last: BlockIndex | null };
  /** Connects what has most work; resolves when the tip no longer moves. */
  activateBestChain(): Promise<BlockVerdict>;
  invalidateBlock(index: BlockIndex): Promise<void>;
  reconsiderBlock(index: BlockIndex): Promise<void>;
  preciousBlock(index: BlockIndex): Promise<void>;
  /** Whether `block`, whose parent must be the tip, would connect. Changes nothing. */
  testBlockValidity(block: Block, options: { checkPow: boolean; checkMerkleRoot: boolean }): BlockVerdict;
  /** From disk; null where pruned or never had. @throws CoinError where the file is damaged */
  readBlock(index: BlockIndex): Block | null;
  readBlockRaw(index: BlockIndex): Uint8Array | null;
  /** A header as peers carry it: with the work done for another chain's block, where it has that. */
  fullHeader(index: BlockIndex): BlockHeader;
  readUndo(index: BlockIndex): BlockUndo | null;
  isInitialDownload(): boolean;
  /** 0…1, as the reference estimates it. */
  verificationProgress(index: BlockIndex | null): number;
  /** Writes block index, coins and best block to disk. */
  flush(): Promise<void>;
  addListener(listener: ChainListener): () => void;
  setMempool(mempool: ChainMempool): void;
  /** Runs `work` when no change of the chain is under way, and holds changes off until it settles. */
  exclusive<T>(work: () => T | Promise<T>): Promise<T>;
}
