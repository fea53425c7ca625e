import type { Handler } from './handler.ts';
import type {
  BlockInfo, BroadcastResult, CoinValue, FeeEstimate, Float, FoundBlock, FoundBlockRequest, JsonText, OutPointValue,
  RemovalReasonValue, RpcCall, RpcCommand, TransactionAncestry,
} from './types.ts';

/** What the wallet may ask of the node. Hashes are 32 bytes in network order; transactions and blocks are serialized. */
export interface Chain {
  /** Height of the tip; null while there is no chain. @ordinal 0 */
  getHeight(): Promise<number | null>;
  /** Hash at a height of the active chain; null above it. @ordinal 1 */
  getBlockHash(height: number): Promise<Uint8Array | null>;
  /** Whether the block at `height` has its data on disk. @ordinal 2 */
  haveBlockOnDisk(height: number): Promise<boolean>;
  /** Height of the newest block of the active chain that the locator names. @ordinal 3 */
  findLocatorFork(locator: readonly Uint8Array[]): Promise<number | null>;
  /** @ordinal 4 */
  findBlock(hash: Uint8Array, want: FoundBlockRequest): Promise<FoundBlock | null>;
  /** First block of the active chain at or after both bounds. @ordinal 5 */
  findFirstBlockWithTimeAndHeight(minTime: number, minHeight: number, want: FoundBlockRequest): Promise<FoundBlock | null>;
  /** @ordinal 6 */
  findAncestorByHeight(hash: Uint8Array, height: number, want: FoundBlockRequest): Promise<FoundBlock | null>;
  /** The ancestor, where `ancestor` is one of `hash`. @ordinal 7 */
  findAncestorByHash(hash: Uint8Array, ancestor: Uint8Array, want: FoundBlockRequest): Promise<FoundBlock | null>;
  /** Newest block that both branches share. @ordinal 8 */
  findCommonAncestor(first: Uint8Array, second: Uint8Array, want: FoundBlockRequest): Promise<FoundBlock | null>;
  /** Unspent outputs of mempool and chain, in the order asked; null where spent or unknown. @ordinal 9 */
  findCoins(outpoints: readonly OutPointValue[]): Promise<(CoinValue | null)[]>;
  /** @ordinal 10 */
  guessVerificationProgress(hash: Uint8Array): Promise<Float>;
  /** Whether all blocks from `minHeight` to `maxHeight` (null: to `hash`) on the branch of `hash` are on disk. @ordinal 11 */
  hasBlocks(hash: Uint8Array, minHeight: number, maxHeight: number | null): Promise<boolean>;
  /** @ordinal 12 */
  isInMempool(txid: Uint8Array): Promise<boolean>;
  /** @ordinal 13 */
  hasDescendantsInMempool(txid: Uint8Array): Promise<boolean>;
  /** Hands a transaction to mempool and relay. `maxFee` in satoshi, 0 for no limit. @ordinal 14 */
  broadcastTransaction(tx: Uint8Array, maxFee: number, relay: boolean): Promise<BroadcastResult>;
  /** @ordinal 15 */
  getTransactionAncestry(txid: Uint8Array): Promise<TransactionAncestry>;
  /** For each outpoint the satoshi that lift its unconfirmed ancestors to `feerate` (sat/kvB). @ordinal 16 */
  calculateIndividualBumpFees(outpoints: readonly OutPointValue[], feerate: number): Promise<number[]>;
  /** The same for all together; null where it cannot be told. @ordinal 17 */
  calculateCombinedBumpFee(outpoints: readonly OutPointValue[], feerate: number): Promise<number | null>;
  /** @ordinal 18 */
  getPackageLimits(): Promise<{ readonly ancestors: number; readonly descendants: number }>;
  /** The reason why the mempool's chain limits would refuse the transaction; null where they would not. @ordinal 19 */
  checkChainLimits(tx: Uint8Array): Promise<string | null>;
  /** @ordinal 20 */
  getFeeRateEstimate(blocks: number, conservative: boolean): Promise<FeeEstimate>;
  /** @ordinal 21 */
  maximumFeeEstimationTargetBlocks(): Promise<number>;
  /** sat/kvB, as are the next three. @ordinal 22 */
  mempoolMinFee(): Promise<number>;
  /** @ordinal 23 */
  relayMinFee(): Promise<number>;
  /** @ordinal 24 */
  relayIncrementalFee(): Promise<number>;
  /** @ordinal 25 */
  relayDustFee(): Promise<number>;
  /** @ordinal 26 */
  havePruned(): Promise<boolean>;
  /** @ordinal 27 */
  getPruneHeight(): Promise<number | null>;
  /** @ordinal 28 */
  isReadyToBroadcast(): Promise<boolean>;
  /** @ordinal 29 */
  isInitialBlockDownload(): Promise<boolean>;
  /** @ordinal 30 */
  shutdownRequested(): Promise<boolean>;
  /** @ordinal 31 */
  initMessage(message: string): Promise<void>;
  /** @ordinal 32 */
  initWarning(message: string): Promise<void>;
  /** @ordinal 33 */
  initError(message: string): Promise<void>;
  /** Subscribes to the chain's events; they come in order, one after the other. @ordinal 34 */
  handleNotifications(notifications: ChainNotifications): Promise<Handler>;
  /** Resolves when every event up to now has been handled, or at once where the tip is still `oldTip`. @ordinal 35 @waits */
  waitForNotificationsIfTipChanged(oldTip: Uint8Array): Promise<void>;
  /** @ordinal 36 @waits */
  waitForNotifications(): Promise<void>;
  /** Adds a method to the node's RPC table; `actor` answers with the result as JSON text. @ordinal 37 @secret actor.return */
  handleRpc(command: RpcCommand, actor: (call: RpcCall) => Promise<JsonText>): Promise<Handler>;
  /** Whether -deprecatedrpc names the method. @ordinal 38 */
  rpcEnableDeprecated(method: string): Promise<boolean>;
  /** All values of a setting, as JSON texts. @ordinal 39 */
  getSettingsList(name: string): Promise<JsonText[]>;
  /** A value of settings.json; null where absent. @ordinal 40 */
  getRwSetting(name: string): Promise<JsonText | null>;
  /** Changes a value of settings.json in one step: the callback gets the old value (null: absent) and returns the new one (null: no change). @ordinal 41 */
  updateRwSetting(name: string, update: (value: JsonText | null) => Promise<JsonText | null>): Promise<boolean>;
  /** Replays the whole mempool into `notifications`; resolves after the last. @ordinal 42 @waits */
  requestMempoolTransactions(notifications: ChainNotifications): Promise<void>;
  /** @ordinal 43 */
  hasAssumedValidChain(): Promise<boolean>;
}

/** What the node tells the wallet: a stream, one event after the other. */
export interface ChainNotifications {
  /** @ordinal 0 @stream */
  transactionAddedToMempool(tx: Uint8Array): Promise<void>;
  /** @ordinal 1 @stream */
  transactionRemovedFromMempool(tx: Uint8Array, reason: RemovalReasonValue): Promise<void>;
  /** @ordinal 2 @stream */
  blockConnected(block: BlockInfo): Promise<void>;
  /** @ordinal 3 @stream */
  blockDisconnected(block: BlockInfo): Promise<void>;
  /** @ordinal 4 @stream */
  updatedBlockTip(): Promise<void>;
  /** The node has flushed up to this locator: the wallet may write its own best block. @ordinal 5 @stream */
  chainStateFlushed(locator: readonly Uint8Array[]): Promise<void>;
  /** Resolves when all that was told before is taken in. @ordinal 6 @barrier */
  drained(): Promise<void>;
}
