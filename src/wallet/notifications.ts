import type { ChainNotifications } from '../../ipc-spec/chain.ts';
import type { BlockInfo, RemovalReasonValue } from '../../ipc-spec/types.ts';
import { Block } from '../primitives/block.ts';
import { Transaction } from '../primitives/transaction.ts';
import type { Wallet } from './wallet.ts';
import { IN_MEMPOOL, INACTIVE, ABANDONED } from './wallet-tx.ts';

/** Seconds by which a block's time may miss the truth. */
export const TIMESTAMP_WINDOW = 7200;
/** Every so many blocks the position is written even when nothing concerned the wallet. */
const BEST_BLOCK_INTERVAL = 144;

/** What the node tells, taken into the wallet. Events wait until the wallet has caught up with the chain. */
export class WalletNotifications implements ChainNotifications {
  private readonly wallet: Wallet;
  private readonly ready: Promise<void>;
  private readonly replay: boolean;
  private readonly failed: (why: unknown) => void;
  /** A block could not be taken in: none after it may be, or its transactions would be missed for ever. */
  private isBehind = false;

  /** @param options.failed a block could not be taken in (the disk is full): the wallet stays where it was until it is opened anew */
  constructor(wallet: Wallet, options: { readonly ready?: Promise<void>; readonly replay?: boolean; readonly failed?: (why: unknown) => void } = {}) {
    this.wallet = wallet;
    this.ready = options.ready ?? Promise.resolve();
    this.replay = options.replay ?? false;
    this.failed = options.failed ?? ((why): never => { throw why; });
  }

  /** For what the pool holds at the moment. It comes beside the stream of events, and may be overtaken by the block that takes a transaction out of the pool. */
  static replay(wallet: Wallet): WalletNotifications { return new WalletNotifications(wallet, { replay: true }); }

  async transactionAddedToMempool(raw: Uint8Array): Promise<void> {
    await this.ready;
    const { wallet } = this;
    const tx = Transaction.fromBytes(raw);
    if (this.replay && wallet.txs.get(tx.txid)?.state.kind === 'confirmed') return;
    wallet.txs.sync(tx, IN_MEMPOOL, (script) => wallet.scriptUsed(script));
    const wtx = wallet.txs.get(tx.txid);
    if (wtx !== undefined) wallet.txs.noteMempool(wtx, await wallet.chain.isInMempool(tx.txid));
    wallet.txs.noteMempoolConflicts(tx, true);
  }

  async transactionRemovedFromMempool(raw: Uint8Array, reason: RemovalReasonValue): Promise<void> {
    await this.ready;
    const { wallet } = this;
    const tx = Transaction.fromBytes(raw);
    const wtx = wallet.txs.get(tx.txid);
    if (wtx !== undefined) wallet.txs.noteMempool(wtx, await wallet.chain.isInMempool(tx.txid));
    // A block took an input away. Which block is told with it; until then the transaction is merely unconfirmed.
    if (reason === 'conflict') wallet.txs.sync(tx, INACTIVE, (script) => wallet.scriptUsed(script));
    wallet.txs.noteMempoolConflicts(tx, false);
  }

  /** Takes a block in, or leaves the wallet where it was before. */
  private async step(work: () => Promise<void>): Promise<void> {
    await this.ready;
    if (this.isBehind) return;
    const { wallet } = this;
    const before = { height: wallet.lastBlockHeight, hash: wallet.lastBlockHash };
    try {
      await work();
    } catch (e) {
      this.isBehind = true;
      wallet.setLastBlock(before.height, before.hash);
      this.failed(e);
    }
  }

  blockConnected(info: BlockInfo): Promise<void> { return this.step(() => this.connect(info)); }

  private async connect(info: BlockInfo): Promise<void> {
    const { wallet } = this;
    wallet.setLastBlock(info.height, info.hash);
    let updated = false;
    if (info.chainTimeMax >= wallet.birthTime - 2 * TIMESTAMP_WINDOW) {
      const block = Block.fromBytes(info.data);
      const times = { time: block.header.time, maxTime: info.chainTimeMax };
      wallet.db.transaction(() => {
        block.txs.forEach((tx, position) => {
          const state = { kind: 'confirmed', blockHash: info.hash, height: info.height, position } as const;
          if (wallet.txs.sync(tx, state, (script) => wallet.scriptUsed(script), times)) updated = true;
          wallet.txs.noteMempoolConflicts(tx, false);
        });
      });
    }
    if (updated || info.height % BEST_BLOCK_INTERVAL === 0) await wallet.writeBestBlock();
  }

  blockDisconnected(info: BlockInfo): Promise<void> { return this.step(() => this.disconnect(info)); }

  private async disconnect(info: BlockInfo): Promise<void> {
    const { wallet } = this;
    const block = Block.fromBytes(info.data);
    let updated = false;
    wallet.db.transaction(() => {
      block.txs.forEach((tx, position) => {
        if (wallet.txs.sync(tx, position === 0 ? ABANDONED : INACTIVE, (script) => wallet.scriptUsed(script))) updated = true;
        if (wallet.txs.clearConflictsFrom(tx, info.height)) updated = true;
      });
    });
    wallet.setLastBlock(info.height - 1, info.prevHash);
    // Where nothing has changed, an older position is as good: the next start goes from where the two chains part.
    if (updated || info.height % BEST_BLOCK_INTERVAL === 0) await wallet.writeBestBlock();
  }

  async updatedBlockTip(): Promise<void> {
    await this.ready;
    this.wallet.bestBlockTime = this.wallet.nowSec();
  }

  /** Positions are written with the transactions that they belong to; nothing to do here. */
  chainStateFlushed(): Promise<void> {
    return Promise.resolve();
  }

  /** Its turn comes when the events before it are done. */
  drained(): Promise<void> {
    return Promise.resolve();
  }
}
