import type { BlockCheckOptions, BlockCreateOptions, BlockRef, BlockVerdictValue, BlockWaitOptions, CoinbaseParts } from './mining-types.ts';

/** Templates and submission, for mining software. Hashes are 32 bytes in network order; blocks and transactions are serialized with witnesses. */
export interface Mining {
  /** @ordinal 0 */
  isTestChain(): Promise<boolean>;
  /** @ordinal 1 */
  isInitialBlockDownload(): Promise<boolean>;
  /** null while there is no chain. @ordinal 2 */
  getTip(): Promise<BlockRef | null>;
  /**
   * Waits until the tip is another than `current`, or for `timeoutMs` (null: for ever); gives the tip as it is then.
   * null where the node shuts down, or after interrupt. @ordinal 3
   */
  waitTipChanged(current: Uint8Array, timeoutMs: number | null, signal?: AbortSignal): Promise<BlockRef | null>;
  /**
   * A template on the tip. `cooldown`: only when the chain has caught up with the network; on chains that are mined by hand that
   * may take for ever. null where the node shuts down, or after interrupt. @ordinal 4
   */
  createNewBlock(options: BlockCreateOptions, cooldown: boolean, signal?: AbortSignal): Promise<BlockTemplate | null>;
  /** Ends the waits of this object's calls. @ordinal 5 */
  interrupt(): Promise<void>;
  /** Whether a block on the tip is valid; nothing is changed. @ordinal 6 @throws MalformedData */
  checkBlock(block: Uint8Array, options: BlockCheckOptions): Promise<BlockVerdictValue>;
  /** Takes a complete block. Not accepted are duplicates and blocks that do not become the tip (`inconclusive`), too. @ordinal 7 @throws MalformedData */
  submitBlock(block: Uint8Array): Promise<BlockVerdictValue>;
  /** Transactions of the mempool in the order asked for; null where it has none of that id. @ordinal 8 */
  getTransactionsByTxID(txids: readonly Uint8Array[]): Promise<(Uint8Array | null)[]>;
  /** @ordinal 9 */
  getTransactionsByWitnessID(wtxids: readonly Uint8Array[]): Promise<(Uint8Array | null)[]>;
}

/** A block to be mined. It takes memory of the node until it is released. */
export interface BlockTemplate {
  /** 80 bytes. Its merkle root holds for the coinbase of getBlock. @ordinal 0 */
  getBlockHeader(): Promise<Uint8Array>;
  /** With a stand-in for the coinbase. @ordinal 1 */
  getBlock(): Promise<Uint8Array>;
  /** Satoshi by transaction, without the coinbase. @ordinal 2 */
  getTxFees(): Promise<number[]>;
  /** Signature operation cost by transaction, without the coinbase. @ordinal 3 */
  getTxSigops(): Promise<number[]>;
  /** @ordinal 4 */
  getCoinbaseTx(): Promise<CoinbaseParts>;
  /** Hashes that lead from the coinbase to the merkle root, lowest first. @ordinal 5 */
  getCoinbaseMerklePath(): Promise<Uint8Array[]>;
  /** Puts the block together and submits it; the template takes the values over. `version`, `timestamp` and `nonce` are those of the header, unsigned. @ordinal 6 @throws MalformedData */
  submitSolution(version: number, timestamp: number, nonce: number, coinbase: Uint8Array): Promise<BlockVerdictValue>;
  /**
   * A better template: when the tip has moved, or when fees are higher by the threshold. null after the timeout, where the node
   * shuts down, or after interruptWait. @ordinal 7
   */
  waitNext(options: BlockWaitOptions, signal?: AbortSignal): Promise<BlockTemplate | null>;
  /** Ends waitNext of this template. @ordinal 8 */
  interruptWait(): Promise<void>;
}
