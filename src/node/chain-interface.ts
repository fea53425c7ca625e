import type { BlockIndex, ChainState } from '../chain/types.ts';
import type { Chain, ChainNotifications } from '../../ipc-spec/chain.ts';
import type { Handler } from '../../ipc-spec/handler.ts';
import type {
  BlockInfo, BroadcastResult, CoinValue, FeeEstimate, FoundBlock, FoundBlockRequest, JsonText, OutPointValue, RpcCall, RpcCommand,
  TransactionAncestry,
} from '../../ipc-spec/types.ts';
import type { Mempool } from '../mempool/types.ts';
import type { Block } from '../primitives/block.ts';
import { Transaction } from '../primitives/transaction.ts';
import { equalBytes } from '../util/bytes.ts';
import { errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { subscription } from '../util/subscribers.ts';
import { bumpFees } from './bump-fees.ts';
import { clusterLimitReason, clusterOf } from './cluster.ts';
import { NotificationQueue } from './notification-queue.ts';

/** The node's settings as the wallet may read and change them; values are JSON texts. */
export interface SettingsDoor {
  list(name: string): JsonText[];
  getRw(name: string): JsonText | null;
  /** Writes settings.json; null erases. False where it could not be written. */
  setRw(name: string, value: JsonText | null): boolean;
}

export interface ChainInterfaceModules {
  readonly chain: ChainState;
  readonly mempool: Mempool;
  readonly log: Logger;
  readonly settings: SettingsDoor;
  readonly estimateFee: (blocks: number, conservative: boolean) => FeeEstimate;
  readonly maxEstimateTarget: () => number;
  readonly broadcast: (tx: Transaction, maxFeeSat: number, relay: boolean) => BroadcastResult;
  /** Adds a forwarded method to the RPC table; the function returned removes it. */
  readonly registerRpc: (command: RpcCommand, actor: (call: RpcCall) => Promise<JsonText>) => () => void;
  readonly rpcDeprecated: (method: string) => boolean;
  readonly shutdownRequested: () => boolean;
  readonly initError: (message: string) => void;
  readonly initWarning: (message: string) => void;
  readonly initMessage: (message: string) => void;
}

/** The node's side of the Chain interface: what wallets may ask, answered from chain state and mempool. */
export class NodeChain implements Chain {
  private readonly m: ChainInterfaceModules;
  private readonly subscribers = new Set<Subscriber>();
  private readonly unlisten: (() => void)[];

  constructor(modules: ChainInterfaceModules) {
    this.m = modules;
    this.unlisten = [
      modules.chain.addListener({
        blockConnected: (block, index) => this.each((s) => s.block(block, index, true)),
        blockDisconnected: (block, index) => this.each((s) => s.block(block, index, false)),
        updatedBlockTip: () => this.each((s) => s.push((n) => n.updatedBlockTip())),
        chainStateFlushed: (locator) => this.each((s) => s.push((n) => n.chainStateFlushed(locator))),
      }),
      modules.mempool.addListener({
        transactionAdded: (tx) => this.each((s) => s.push((n) => n.transactionAddedToMempool(tx.raw))),
        transactionRemoved: (tx, reason) => this.each((s) => s.push((n) => n.transactionRemovedFromMempool(tx.raw, reason))),
      }),
    ];
  }

  /** Resolves when every subscriber has handled every event up to now. */
  async drained(): Promise<void> {
    await Promise.all([...this.subscribers].map((s) => s.drained(this.m.log)));
  }

  /** Ends all subscriptions. */
  close(): void {
    for (const stop of this.unlisten) stop();
    for (const s of this.subscribers) s.queue.close();
    this.subscribers.clear();
  }

  private each(tell: (s: Subscriber) => void): void {
    for (const s of this.subscribers) tell(s);
  }

  // -- blocks ---------------------------------------------------------------------------------------------------

  getHeight(): Promise<number | null> {
    const { height } = this.m.chain.active;
    return Promise.resolve(height < 0 ? null : height);
  }

  getBlockHash(height: number): Promise<Uint8Array | null> {
    return Promise.resolve(this.m.chain.active.at(height)?.hash ?? null);
  }

  haveBlockOnDisk(height: number): Promise<boolean> {
    const index = this.m.chain.active.at(height);
    return Promise.resolve(index !== null && index.haveData && index.txCount > 0);
  }

  findLocatorFork(locator: readonly Uint8Array[]): Promise<number | null> {
    const { chain } = this.m;
    for (const hash of locator) {
      const index = chain.lookup(hash);
      if (index === undefined) continue;
      if (chain.active.contains(index)) return Promise.resolve(index.height);
      const tip = chain.active.tip;
      if (tip !== null && index.ancestor(tip.height) === tip) return Promise.resolve(tip.height);
    }
    return Promise.resolve(chain.active.height < 0 ? null : 0);
  }

  findBlock(hash: Uint8Array, want: FoundBlockRequest): Promise<FoundBlock | null> {
    const index = this.m.chain.lookup(hash);
    return Promise.resolve(index === undefined ? null : this.found(index, want));
  }

  findFirstBlockWithTimeAndHeight(minTime: number, minHeight: number, want: FoundBlockRequest): Promise<FoundBlock | null> {
    const { active } = this.m.chain;
    // timeMax never falls along a chain, so the first block that reaches both bounds is found by halving.
    let low = Math.max(0, minHeight);
    let high = active.height + 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const index = active.at(middle);
      if (index !== null && index.timeMax < minTime) low = middle + 1;
      else high = middle;
    }
    const index = active.at(low);
    return Promise.resolve(index === null ? null : this.found(index, want));
  }

  findAncestorByHeight(hash: Uint8Array, height: number, want: FoundBlockRequest): Promise<FoundBlock | null> {
    const ancestor = this.m.chain.lookup(hash)?.ancestor(height) ?? null;
    return Promise.resolve(ancestor === null ? null : this.found(ancestor, want));
  }

  findAncestorByHash(hash: Uint8Array, ancestor: Uint8Array, want: FoundBlockRequest): Promise<FoundBlock | null> {
    const block = this.m.chain.lookup(hash);
    const above = this.m.chain.lookup(ancestor);
    if (block === undefined || above === undefined || block.ancestor(above.height) !== above) return Promise.resolve(null);
    return Promise.resolve(this.found(above, want));
  }

  findCommonAncestor(first: Uint8Array, second: Uint8Array, want: FoundBlockRequest): Promise<FoundBlock | null> {
    let a: BlockIndex | null = this.m.chain.lookup(first) ?? null;
    let b: BlockIndex | null = this.m.chain.lookup(second) ?? null;
    if (a === null || b === null) return Promise.resolve(null);
    const height = Math.min(a.height, b.height);
    a = a.ancestor(height);
    b = b.ancestor(height);
    while (a !== b && a !== null && b !== null) {
      a = a.prev;
      b = b.prev;
    }
    return Promise.resolve(a === null || b === null ? null : this.found(a, want));
  }

  private found(index: BlockIndex, want: FoundBlockRequest): FoundBlock {
    const { chain } = this.m;
    const inActiveChain = chain.active.contains(index);
    const next = want.nextBlock === true && inActiveChain ? chain.active.next(index) : null;
    const data = want.data === true ? chain.readBlockRaw(index) : null;
    return {
      hash: index.hash,
      height: index.height,
      time: index.time,
      inActiveChain,
      ...(want.mtpTime === true ? { mtpTime: index.medianTimePast } : {}),
      ...(want.maxTime === true ? { maxTime: index.timeMax } : {}),
      ...(want.locator === true ? { locator: chain.active.locator(index) } : {}),
      ...(next === null ? {} : { nextBlock: next.hash }),
      ...(data === null ? {} : { data }),
    };
  }

  guessVerificationProgress(hash: Uint8Array): Promise<number> {
    return Promise.resolve(this.m.chain.verificationProgress(this.m.chain.lookup(hash) ?? null));
  }

  hasBlocks(hash: Uint8Array, minHeight: number, maxHeight: number | null): Promise<boolean> {
    const block = this.m.chain.lookup(hash);
    if (block === undefined) return Promise.resolve(false);
    let index = maxHeight !== null && block.height >= maxHeight ? block.ancestor(maxHeight) : block;
    for (; index !== null && index.height >= minHeight && index.haveData; index = index.prev) {
      if (index.height === 0 || index.height === minHeight) return Promise.resolve(true);
    }
    return Promise.resolve(false);
  }

  havePruned(): Promise<boolean> {
    return Promise.resolve(this.pruneHeight() !== null);
  }

  getPruneHeight(): Promise<number | null> {
    return Promise.resolve(this.pruneHeight());
  }

  private pruneHeight(): number | null {
    // Pruning removes the oldest blocks first: the block after genesis tells whether there was any.
    const { active } = this.m.chain;
    if (active.height < 1 || active.at(1)?.haveData !== false) return null;
    let height = 1;
    while (height < active.height && active.at(height)?.haveData === false) height += 1;
    return height - 1;
  }

  isInitialBlockDownload(): Promise<boolean> {
    return Promise.resolve(this.m.chain.isInitialDownload());
  }

  hasAssumedValidChain(): Promise<boolean> {
    return Promise.resolve(false);
  }

  // -- coins and mempool ----------------------------------------------------------------------------------------

  findCoins(outpoints: readonly OutPointValue[]): Promise<(CoinValue | null)[]> {
    const { coins } = this.m.mempool;
    return Promise.resolve(outpoints.map(({ txid, vout }) => {
      const coin = coins.getCoin(txid, vout);
      return coin === undefined ? null : { value: coin.value, scriptPubKey: coin.scriptPubKey, height: coin.height, coinbase: coin.coinbase };
    }));
  }

  isInMempool(txid: Uint8Array): Promise<boolean> {
    return Promise.resolve(this.m.mempool.has(txid));
  }

  hasDescendantsInMempool(txid: Uint8Array): Promise<boolean> {
    return Promise.resolve((this.m.mempool.get(txid)?.descendantCount ?? 0) > 1);
  }

  broadcastTransaction(tx: Uint8Array, maxFee: number, relay: boolean): Promise<BroadcastResult> {
    return Promise.resolve(this.m.broadcast(Transaction.fromBytes(tx), maxFee, relay));
  }

  getTransactionAncestry(txid: Uint8Array): Promise<TransactionAncestry> {
    const entry = this.m.mempool.get(txid);
    if (entry === undefined) return Promise.resolve({ ancestors: 0, clusterCount: 0, ancestorSize: 0, ancestorFees: 0 });
    return Promise.resolve({
      ancestors: entry.ancestorCount,
      clusterCount: clusterOf(this.m.mempool, [txid]).size,
      ancestorSize: entry.ancestorVsize,
      ancestorFees: entry.ancestorFees,
    });
  }

  calculateIndividualBumpFees(outpoints: readonly OutPointValue[], feerate: number): Promise<number[]> {
    return Promise.resolve(bumpFees(this.m.mempool, outpoints, feerate).individual);
  }

  calculateCombinedBumpFee(outpoints: readonly OutPointValue[], feerate: number): Promise<number | null> {
    return Promise.resolve(bumpFees(this.m.mempool, outpoints, feerate).combined);
  }

  getPackageLimits(): Promise<{ ancestors: number; descendants: number }> {
    const { limits } = this.m.mempool;
    return Promise.resolve({ ancestors: limits.ancestorCount, descendants: limits.descendantCount });
  }

  checkChainLimits(tx: Uint8Array): Promise<string | null> {
    return Promise.resolve(clusterLimitReason(this.m.mempool, Transaction.fromBytes(tx)));
  }

  getFeeRateEstimate(blocks: number, conservative: boolean): Promise<FeeEstimate> {
    return Promise.resolve(this.m.estimateFee(blocks, conservative));
  }

  maximumFeeEstimationTargetBlocks(): Promise<number> {
    return Promise.resolve(this.m.maxEstimateTarget());
  }

  mempoolMinFee(): Promise<number> { return Promise.resolve(this.m.mempool.rollingFeerate()); }
  relayMinFee(): Promise<number> { return Promise.resolve(this.m.mempool.minRelayFeerate); }
  relayIncrementalFee(): Promise<number> { return Promise.resolve(this.m.mempool.incrementalFeerate); }
  relayDustFee(): Promise<number> { return Promise.resolve(this.m.mempool.dustFeerate); }

  // -- node state -----------------------------------------------------------------------------------------------

  isReadyToBroadcast(): Promise<boolean> {
    return Promise.resolve(!this.m.chain.isInitialDownload());
  }

  shutdownRequested(): Promise<boolean> {
    return Promise.resolve(this.m.shutdownRequested());
  }

  initMessage(message: string): Promise<void> {
    this.m.initMessage(message);
    return Promise.resolve();
  }

  initWarning(message: string): Promise<void> {
    this.m.initWarning(message);
    return Promise.resolve();
  }

  initError(message: string): Promise<void> {
    this.m.initError(message);
    return Promise.resolve();
  }

  // -- subscriptions --------------------------------------------------------------------------------------------

  handleNotifications(notifications: ChainNotifications): Promise<Handler> {
    const subscriber = new Subscriber(notifications, new NotificationQueue({ log: this.m.log }));
    this.subscribers.add(subscriber);
    return Promise.resolve(
      subscription(() => {
        this.subscribers.delete(subscriber);
        subscriber.queue.close();
      }),
    );
  }

  async waitForNotificationsIfTipChanged(oldTip: Uint8Array): Promise<void> {
    const { tip } = this.m.chain.active;
    if (tip !== null && equalBytes(tip.hash, oldTip)) return;
    await this.drained();
  }

  async waitForNotifications(): Promise<void> {
    await this.drained();
  }

  async requestMempoolTransactions(notifications: ChainNotifications): Promise<void> {
    // Parents first: whether a child is the wallet's may depend on them.
    for (const { tx } of this.m.mempool.sorted()) await notifications.transactionAddedToMempool(tx.raw);
    await notifications.drained();
  }

  // -- RPC and settings -----------------------------------------------------------------------------------------

  handleRpc(command: RpcCommand, actor: (call: RpcCall) => Promise<JsonText>): Promise<Handler> {
    const remove = this.m.registerRpc(command, actor);
    return Promise.resolve({
      disconnect: () => {
        remove();
        return Promise.resolve();
      },
    });
  }

  rpcEnableDeprecated(method: string): Promise<boolean> {
    return Promise.resolve(this.m.rpcDeprecated(method));
  }

  getSettingsList(name: string): Promise<JsonText[]> {
    return Promise.resolve(this.m.settings.list(name));
  }

  getRwSetting(name: string): Promise<JsonText | null> {
    return Promise.resolve(this.m.settings.getRw(name));
  }

  /** Updates run one after the other, so that a callback never sees a value that another one is about to replace. */
  private updates: Promise<unknown> = Promise.resolve();

  updateRwSetting(name: string, update: (value: JsonText | null) => Promise<JsonText | null>): Promise<boolean> {
    const step = this.updates.then(async () => {
      const next = await update(this.m.settings.getRw(name));
      return next === null || this.m.settings.setRw(name, next);
    });
    this.updates = step.catch(() => undefined);
    return step;
  }
}

/** One subscriber with its queue. Transactions and blocks are serialized when the event happens: later they may be gone. */
class Subscriber {
  private readonly notifications: ChainNotifications;
  readonly queue: NotificationQueue;

  constructor(notifications: ChainNotifications, queue: NotificationQueue) {
    this.notifications = notifications;
    this.queue = queue;
  }

  /** Resolves when the subscriber has taken in every event up to now, or is gone. */
  async drained(log: Logger): Promise<void> {
    await this.queue.drained();
    await this.notifications.drained().catch((e: unknown) => log.debug('ipc', `notification failed: ${errorText(e)}`));
  }

  push(tell: (n: ChainNotifications) => Promise<void>): void {
    this.queue.push(() => tell(this.notifications));
  }

  block(block: Block, index: BlockIndex, connected: boolean): void {
    const info: BlockInfo = {
      hash: index.hash,
      prevHash: index.prev?.hash ?? new Uint8Array(32),
      height: index.height,
      data: block.raw,
      chainTimeMax: index.timeMax,
    };
    this.push((n) => (connected ? n.blockConnected(info) : n.blockDisconnected(info)));
  }
}
