import type { Handler } from './handler.ts';
import type {
  BlockInfo, BroadcastResult, CoinValue, FeeEstimate, Float, FoundBlock, FoundBlockRequest, JsonText, OutPointValue,
  RemovalReasonValue, RpcCall, RpcCommand, TransactionAncestry,
} from './types.ts';

/** What the wallet may ask of the node. Hashes are 32 bytes in network order; transactions and blocks are serialized. */
export interface Chain {
  /** Height of the tip; null while there is no chain. */
  getHeight(): Promise<number | null>;
  /** Hash at a height of the active chain; null above it. */
  getBlockHash(height: number): Promise<Uint8Array | null>;
  /** Whether the block at `height` has its data on disk. */
  haveBlockOnDisk(height: number): Promise<boolean>;
  /** Height of the newest block of the active chain that the locator names. */
  findLocatorFork(locator: readonly Uint8Array[]): Promise<number | null>;
  findBlock(hash: Uint8Array, want: FoundBlockRequest): Promise<FoundBlock | null>;
  /** First block of the active chain at or after both bounds. */
  findFirstBlockWithTimeAndHeight(minTime: number, minHeight: number, want: FoundBlockRequest): Promise<FoundBlock | null>;
  findAncestorByHeight(hash: Uint8Array, height: number, want: FoundBlockRequest): Promise<FoundBlock | null>;
  /** The ancestor, where `ancestor` is one of `hash`. */
  findAncestorByHash(hash: Uint8Array, ancestor: Uint8Array, want: FoundBlockRequest): Promise<FoundBlock | null>;
  /** Newest block that both branches share. */
  findCommonAncestor(first: Uint8Array, second: Uint8Array, want: FoundBlockRequest): Promise<FoundBlock | null>;
  /** Unspent outputs of mempool and chain, in the order asked; null where spent or unknown. */
  findCoins(outpoints: readonly OutPointValue[]): Promise<(CoinValue | null)[]>;
  guessVerificationProgress(hash: Uint8Array): Promise<Float>;
  /** Whether all blocks from `minHeight` to `maxHeight` (null: to `hash`) on the branch of `hash` are on disk. */
  hasBlocks(hash: Uint8Array, minHeight: number, maxHeight: number | null): Promise<boolean>;
  isInMempool(txid: Uint8Array): Promise<boolean>;
  hasDescendantsInMempool(txid: Uint8Array): Promise<boolean>;
  /** Hands a transaction to mempool and relay. `maxFee` in satoshi, 0 for no limit. */
  broadcastTransaction(tx: Uint8Array, maxFee: number, relay: boolean): Promise<BroadcastResult>;
  getTransactionAncestry(txid: Uint8Array): Promise<TransactionAncestry>;
  /** For each outpoint the satoshi that lift its unconfirmed ancestors to `feerate` (sat/kvB). */
  calculateIndividualBumpFees(outpoints: readonly OutPointValue[], feerate: number): Promise<number[]>;
  /** The same for all together; null where it cannot be told. */
  calculateCombinedBumpFee(outpoints: readonly OutPointValue[], feerate: number): Promise<number | null>;
  getPackageLimits(): Promise<{ readonly ancestors: number; readonly descendants: number }>;
  /** The reason why the mempool's chain limits would refuse the transaction; null where they would not. */
  checkChainLimits(tx: Uint8Array): Promise<string | null>;
  getFeeRateEstimate(blocks: number, conservative: boolean): Promise<FeeEstimate>;
  maximumFeeEstimationTargetBlocks(): Promise<number>;
  /** sat/kvB, as are the next three. */
  mempoolMinFee(): Promise<number>;
  relayMinFee(): Promise<number>;
  relayIncrementalFee(): Promise<number>;
  relayDustFee(): Promise<number>;
  havePruned(): Promise<boolean>;
  getPruneHeight(): Promise<number | null>;
  isReadyToBroadcast(): Promise<boolean>;
  isInitialBlockDownload(): Promise<boolean>;
  shutdownRequested(): Promise<boolean>;
  initMessage(message: string): Promise<void>;
  initWarning(message: string): Promise<void>;
  initError(message: string): Promise<void>;
  /** Subscribes to the chain's events; they come in order, one after the other. */
  handleNotifications(notifications: ChainNotifications): Promise<Handler>;
  /** Resolves when every event up to now has been handled, or at once where the tip is still `oldTip`. */
  waitForNotificationsIfTipChanged(oldTip: Uint8Array): Promise<void>;
  waitForNotifications(): Promise<void>;
  /** Adds a method to the node's RPC table; `actor` answers with the result as JSON text. */
  handleRpc(command: RpcCommand, actor: (call: RpcCall) => Promise<JsonText>): Promise<Handler>;
  /** Whether -deprecatedrpc names the method. */
  rpcEnableDeprecated(method: string): Promise<boolean>;
  /** All values of a setting, as JSON texts. */
  getSettingsList(name: string): Promise<JsonText[]>;
  /** A value of settings.json; null where absent. */
  getRwSetting(name: string): Promise<JsonText | null>;
  /** Changes a value of settings.json in one step: the callback gets the old value (null: absent) and returns the new one (null: no change). */
  updateRwSetting(name: string, update: (value: JsonText | null) => Promise<JsonText | null>): Promise<boolean>;
  /** Replays the whole mempool into `notifications`; resolves after the last. */
  requestMempoolTransactions(notifications: ChainNotifications): Promise<void>;
  hasAssumedValidChain(): Promise<boolean>;
}

/** What the node tells the wallet. */
export interface ChainNotifications {
  transactionAddedToMempool(tx: Uint8Array): Promise<void>;
  transactionRemovedFromMempool(tx: Uint8Array, reason: RemovalReasonValue): Promise<void>;
  blockConnected(block: BlockInfo): Promise<void>;
  blockDisconnected(block: BlockInfo): Promise<void>;
  updatedBlockTip(): Promise<void>;
  /** The node has flushed up to this locator: the wallet may write its own best block. */
  chainStateFlushed(locator: readonly Uint8Array[]): Promise<void>;
}
