import { outPointKey } from '../primitives/outpoint.ts';
import type { Transaction, TxOut } from '../primitives/transaction.ts';
import { hashToHex, toKey } from '../util/bytes.ts';
import type { KeyRing } from './key-ring.ts';
import type { WalletDb } from './wallet-db.ts';
import { ABANDONED, IN_MEMPOOL, INACTIVE, stateText, WalletTx, type TxState } from './wallet-tx.ts';

/** What the store of transactions asks of the wallet around it. */
export interface TxStoreHost {
  readonly db: WalletDb;
  readonly keys: KeyRing;
  readonly avoidReuse: boolean;
  nowSec(): number;
  log(message: string): void;
  /** A transaction's time: keys are at least that old. */
  keysSince(time: number): void;
  isSpentBefore(script: Uint8Array): boolean;
  markSpentBefore(script: Uint8Array): void;
  transactionChanged(wtx: WalletTx): void;
}

/** A block's own time and the largest up to it; for the time that a transaction is shown with. */
export interface BlockTimes {
  readonly time: number;
  readonly maxTime: number;
}

/** An output that is ours. */
export interface OwnOutput {
  readonly wtx: WalletTx;
  readonly vout: number;
  readonly output: TxOut;
}

/** Largest difference between the clock and a time that still counts, when transactions are put in order. */
const TIME_TOLERANCE_SEC = 300;
const COINBASE_MATURITY = 100;

type Change = 'unchanged' | 'changed' | 'notify';

/** The wallet's transactions: who spends what, which outputs are ours, and in which state each one is. Nothing here waits. */
export class TxStore {
  private readonly host: TxStoreHost;
  readonly byKey = new Map<string, WalletTx>();
  /** Outpoint to the keys of the transactions that spend it. */
  private readonly spends = new Map<string, string[]>();
  readonly own = new Map<string, OwnOutput>();
  /** Oldest first. */
  private ordered: WalletTx[] = [];
  orderPosNext = 0;
  /** Height of the newest block that has been processed; -1 before the first. */
  tipHeight = -1;
  readonly locked = new Map<string, { readonly txid: Uint8Array; readonly vout: number; readonly persistent: boolean }>();

  constructor(host: TxStoreHost) {
    this.host = host;
  }

  get size(): number { return this.byKey.size; }
  all(): IterableIterator<WalletTx> { return this.byKey.values(); }
  inOrder(): readonly WalletTx[] { return this.ordered; }
  get(txid: Uint8Array): WalletTx | undefined { return this.byKey.get(toKey(txid)); }

  // -- facts --------------------------------------------------------------------------------------------------------

  /** Confirmations; 0 while unconfirmed, negative where a block conflicts. */
  depth(wtx: WalletTx): number {
    const { state } = wtx;
    if (state.kind === 'confirmed') return this.tipHeight - state.height + 1;
    if (state.kind === 'conflicted') return -(this.tipHeight - state.height + 1);
    return 0;
  }

  isImmatureCoinbase(wtx: WalletTx): boolean {
    return wtx.isCoinbase && COINBASE_MATURITY + 1 - this.depth(wtx) > 0;
  }

  isSpent(outpointKey: string): boolean {
    for (const key of this.spends.get(outpointKey) ?? []) {
      const wtx = this.byKey.get(key);
      if (wtx !== undefined && !wtx.isAbandoned && !wtx.isBlockConflicted && !wtx.isMempoolConflicted) return true;
    }
    return false;
  }

  howSpent(outpointKey: string): 'unspent' | 'confirmed' | 'mempool' | 'nonmempool' {
    let how: 'unspent' | 'mempool' | 'nonmempool' = 'unspent';
    for (const key of this.spends.get(outpointKey) ?? []) {
      const wtx = this.byKey.get(key);
      if (wtx === undefined) continue;
      if (wtx.isConfirmed) return 'confirmed';
      if (wtx.inMempool) how = 'mempool';
      else if (!wtx.isAbandoned && !wtx.isBlockConflicted && !wtx.isMempoolConflicted && how === 'unspent') how = 'nonmempool';
    }
    return how;
  }

  /** Whether another transaction of the wallet spends an output of `tx`. */
  hasSpend(tx: Transaction): boolean {
    return tx.outputs.some((_, vout) => this.isSpent(outPointKey(tx.txid, vout)));
  }

  /** Other transactions of the wallet that spend the same. */
  conflicts(wtx: WalletTx): Uint8Array[] {
    const found = new Map<string, Uint8Array>();
    for (const { prevout } of wtx.tx.inputs) {
      const spenders = this.spends.get(outPointKey(prevout.txid, prevout.vout)) ?? [];
      if (spenders.length <= 1) continue;
      for (const key of spenders) {
        const other = this.byKey.get(key);
        if (other !== undefined && other !== wtx) found.set(key, other.txid);
      }
    }
    return [...found.values()];
  }

  /** The output that an outpoint names, where its transaction is in the wallet. */
  output(txid: Uint8Array, vout: number): TxOut | undefined {
    return this.get(txid)?.tx.outputs[vout];
  }

  paysMe(tx: Transaction): boolean {
    for (const output of tx.outputs) if (this.host.keys.isMine(output.scriptPubKey)) return true;
    return false;
  }

  isFromMe(tx: Transaction): boolean {
    if (this.own.size === 0) return false;
    for (const { prevout } of tx.inputs) if (this.own.has(outPointKey(prevout.txid, prevout.vout))) return true;
    return false;
  }

  fromMe(wtx: WalletTx): boolean {
    return (wtx.cachedFromMe ??= this.isFromMe(wtx.tx));
  }

  /** Satoshi of ours that it spends. */
  debit(wtx: WalletTx): number {
    if (wtx.cachedDebit === undefined) {
      let sum = 0;
      for (const { prevout } of wtx.tx.inputs) sum += this.own.get(outPointKey(prevout.txid, prevout.vout))?.output.value ?? 0;
      wtx.cachedDebit = sum;
    }
    return wtx.cachedDebit;
  }

  /** Satoshi that it pays us; 0 while a coinbase is immature. */
  credit(wtx: WalletTx): number {
    if (this.isImmatureCoinbase(wtx)) return 0;
    if (wtx.cachedCredit === undefined) {
      let sum = 0;
      for (const output of wtx.tx.outputs) if (this.host.keys.isMine(output.scriptPubKey)) sum += output.value;
      wtx.cachedCredit = sum;
    }
    return wtx.cachedCredit;
  }

  // -- adding -------------------------------------------------------------------------------------------------------

  /** A transaction from the file, its state already checked against the chain. */
  addLoaded(wtx: WalletTx): boolean {
    if (this.byKey.has(wtx.key)) return false;
    this.byKey.set(wtx.key, wtx);
    this.insertOrdered(wtx);
    this.noteSpends(wtx);
    for (const { prevout } of wtx.tx.inputs) {
      const parent = this.get(prevout.txid);
      if (parent?.state.kind === 'conflicted') this.markConflicted(parent.state.blockHash, parent.state.height, wtx.key);
    }
    this.host.keysSince(wtx.time);
    this.noteOwnOutputs(wtx);
    return true;
  }

  private insertOrdered(wtx: WalletTx): void {
    let at = this.ordered.length;
    while (at > 0 && (this.ordered[at - 1] as WalletTx).orderPos > wtx.orderPos) at -= 1;
    if (at === this.ordered.length) this.ordered.push(wtx);
    else this.ordered.splice(at, 0, wtx);
  }

  private noteSpends(wtx: WalletTx): void {
    if (wtx.isCoinbase) return;
    for (const { prevout } of wtx.tx.inputs) {
      const key = outPointKey(prevout.txid, prevout.vout);
      const spenders = this.spends.get(key);
      if (spenders === undefined) this.spends.set(key, [wtx.key]);
      else if (!spenders.includes(wtx.key)) {
        spenders.push(wtx.key);
        this.shareDetails(spenders);
      }
      this.unlockCoin(prevout.txid, prevout.vout);
    }
  }

  /** Transactions that differ in signatures only are one payment to the user: the oldest one's details go to all. */
  private shareDetails(keys: readonly string[]): void {
    let oldest: WalletTx | undefined;
    for (const key of keys) {
      const wtx = this.byKey.get(key);
      if (wtx !== undefined && (oldest === undefined || wtx.orderPos < oldest.orderPos)) oldest = wtx;
    }
    if (oldest === undefined) return;
    for (const key of keys) {
      const wtx = this.byKey.get(key);
      if (wtx !== undefined && wtx !== oldest && oldest.isEquivalentTo(wtx)) wtx.copyDetailsFrom(oldest);
    }
  }

  private noteOwnOutputs(wtx: WalletTx): void {
    wtx.tx.outputs.forEach((output, vout) => {
      if (!this.host.keys.isMine(output.scriptPubKey)) return;
      const key = outPointKey(wtx.txid, vout);
      if (!this.own.has(key)) this.own.set(key, { wtx, vout, output });
    });
  }

  /** After new scripts became ours: outputs of known transactions may be ours now. */
  refreshOwnOutputs(): void {
    for (const wtx of this.byKey.values()) {
      this.noteOwnOutputs(wtx);
      wtx.markDirty();
    }
  }

  /**
   * Adds or updates a transaction and writes it. `touch` may change its details; true where it did.
   * @param times of its block, where it is in one
   */
  add(tx: Transaction, state: TxState, options: { readonly touch?: (wtx: WalletTx) => boolean; readonly times?: BlockTimes | undefined; readonly rescanning?: boolean } = {}): WalletTx {
    const { db } = this.host;
    return db.transaction(() => {
      if (this.host.avoidReuse) this.markSpentAddresses(tx);
      const key = toKey(tx.txid);
      let wtx = this.byKey.get(key);
      const isNew = wtx === undefined;
      if (wtx === undefined) {
        wtx = new WalletTx(tx, state);
        this.byKey.set(key, wtx);
      }
      let updated = options.touch?.(wtx) ?? false;
      if (isNew) {
        wtx.timeReceived = this.host.nowSec();
        wtx.orderPos = this.orderPosNext;
        this.orderPosNext += 1;
        db.writeOrderPosNext(this.orderPosNext);
        wtx.timeSmart = this.smartTime(wtx, options.times, options.rescanning ?? false);
        this.insertOrdered(wtx);
        this.noteSpends(wtx);
        this.host.keysSince(wtx.time);
      } else if (wtx.update(tx, state)) {
        updated = true;
      }
      if (wtx.isCoinbase && wtx.isInactive) this.abandonWithDescendants(wtx);
      const what = isNew ? (updated ? 'new, update' : 'new') : updated ? 'update' : 'no-change';
      this.host.log(`AddToWallet ${hashToHex(wtx.txid)} ${what} ${stateText(state)}`);
      if (isNew || updated) db.writeTx(wtx);
      wtx.markDirty();
      this.noteOwnOutputs(wtx);
      this.host.transactionChanged(wtx);
      return wtx;
    });
  }

  private markSpentAddresses(tx: Transaction): void {
    for (const { prevout } of tx.inputs) {
      const output = this.output(prevout.txid, prevout.vout);
      if (output === undefined || !this.host.keys.isMine(output.scriptPubKey) || this.host.isSpentBefore(output.scriptPubKey)) continue;
      this.host.markSpentBefore(output.scriptPubKey);
    }
  }

  private abandonWithDescendants(first: WalletTx): void {
    for (const stack = [first]; stack.length > 0;) {
      const wtx = stack.pop() as WalletTx;
      wtx.state = ABANDONED;
      wtx.markDirty();
      this.host.db.writeTx(wtx);
      this.markInputsDirty(wtx.tx);
      stack.push(...this.children(wtx).filter((child) => !child.isAbandoned));
    }
  }

  private children(wtx: WalletTx): WalletTx[] {
    const found = new Set<WalletTx>();
    wtx.tx.outputs.forEach((_, vout) => {
      for (const key of this.spends.get(outPointKey(wtx.txid, vout)) ?? []) {
        const child = this.byKey.get(key);
        if (child !== undefined) found.add(child);
      }
    });
    return [...found];
  }

  private markInputsDirty(tx: Transaction): void {
    for (const { prevout } of tx.inputs) this.get(prevout.txid)?.markDirty();
  }

  /**
   * Time to show. In a rescan the block's; otherwise the block's or now, whichever is earlier,
   * but not before the last transaction that came in.
   */
  private smartTime(wtx: WalletTx, times: BlockTimes | undefined, rescanning: boolean): number {
    if (times === undefined) return wtx.timeReceived;
    if (rescanning) return times.maxTime;
    let latestNow = wtx.timeReceived;
    let latestEntry = 0;
    const tolerated = latestNow + TIME_TOLERANCE_SEC;
    for (let i = this.ordered.length - 1; i >= 0; i--) {
      const other = this.ordered[i] as WalletTx;
      if (other === wtx || other.time > tolerated) continue;
      latestEntry = other.time;
      latestNow = Math.max(latestNow, latestEntry);
      break;
    }
    return Math.max(latestEntry, Math.min(times.time, latestNow));
  }

  // -- what chain and mempool say -----------------------------------------------------------------------------------

  /** Takes a transaction in where it concerns the wallet. `used` is told of scripts of ours that it pays. */
  sync(tx: Transaction, state: TxState, used: (script: Uint8Array) => void, times?: BlockTimes, rescanning = false): boolean {
    if (state.kind === 'confirmed') {
      for (const { prevout } of tx.inputs) {
        const spenders = this.spends.get(outPointKey(prevout.txid, prevout.vout));
        if (spenders === undefined) continue;
        const key = toKey(tx.txid);
        for (const spender of spenders) {
          if (spender === key) continue;
          const other = this.byKey.get(spender);
          if (other === undefined) continue;
          this.host.log(`Transaction ${tx.txidHex} (in block ${hashToHex(state.blockHash)}) conflicts with wallet transaction ${hashToHex(other.txid)} (both spend ${hashToHex(prevout.txid)}:${prevout.vout})`);
          this.markConflicted(state.blockHash, state.height, spender);
        }
      }
    }
    const known = this.byKey.size > 0 && this.byKey.has(toKey(tx.txid));
    if (!known && !this.paysMe(tx) && !this.isFromMe(tx)) return false;
    for (const output of tx.outputs) if (this.host.keys.isMine(output.scriptPubKey)) used(output.scriptPubKey);
    this.add(tx, state, { times, rescanning });
    this.markInputsDirty(tx);
    return true;
  }

  /** Marks a transaction, and what spends its outputs, as in conflict with a block. */
  markConflicted(blockHash: Uint8Array, height: number, key: string): void {
    if (this.tipHeight < 0 || height < 0) return;
    const depth = -(this.tipHeight - height + 1);
    if (depth >= 0) return;
    this.updateRecursively(key, (wtx) => {
      if (depth >= this.depth(wtx)) return 'unchanged';
      wtx.state = { kind: 'conflicted', blockHash, height };
      return 'changed';
    });
  }

  private updateRecursively(firstKey: string, change: (wtx: WalletTx) => Change, write = true): void {
    const todo = [firstKey];
    const done = new Set<string>();
    while (todo.length > 0) {
      const key = todo.pop() as string;
      if (done.has(key)) continue;
      done.add(key);
      const wtx = this.byKey.get(key);
      if (wtx === undefined) continue;
      const result = change(wtx);
      if (result === 'unchanged') continue;
      wtx.markDirty();
      if (write) this.host.db.writeTx(wtx);
      for (const child of this.children(wtx)) if (!done.has(child.key)) todo.push(child.key);
      if (result === 'notify') this.host.transactionChanged(wtx);
      this.markInputsDirty(wtx.tx);
    }
  }

  /** False where the transaction is in a block or the mempool. */
  abandon(wtx: WalletTx): boolean {
    if (this.depth(wtx) !== 0 || wtx.inMempool) return false;
    this.host.db.transaction(() => {
      this.updateRecursively(wtx.key, (one) => {
        if (one.isBlockConflicted || one.isAbandoned || one.isConfirmed || one.inMempool) return 'unchanged';
        one.state = ABANDONED;
        return 'notify';
      });
    });
    return true;
  }

  /** Whether the mempool has it, as the node has just said. */
  noteMempool(wtx: WalletTx, present: boolean): void {
    if (present) {
      if (!wtx.isConfirmed) wtx.state = IN_MEMPOOL;
    } else if (wtx.inMempool) {
      wtx.state = INACTIVE;
    }
  }

  /** Other spenders of the same outputs cannot get into the mempool while `tx` is there. */
  noteMempoolConflicts(tx: Transaction, present: boolean): void {
    const txKey = toKey(tx.txid);
    const flip = (wtx: WalletTx): Change => {
      if (present) {
        if (wtx.mempoolConflicts.has(txKey)) return 'unchanged';
        wtx.mempoolConflicts.set(txKey, tx.txid);
        return 'changed';
      }
      return wtx.mempoolConflicts.delete(txKey) ? 'changed' : 'unchanged';
    };
    for (const { prevout } of tx.inputs) {
      for (const key of this.spends.get(outPointKey(prevout.txid, prevout.vout)) ?? []) {
        if (present && key === txKey) continue;
        this.updateRecursively(key, flip, false);
      }
    }
    if (tx.version !== 3) return;
    // A version 3 transaction may have one child in the mempool: siblings wait.
    for (const { prevout } of tx.inputs) {
      const parent = this.get(prevout.txid);
      if (parent === undefined) continue;
      if (present ? !parent.isUnconfirmed : parent.trucChild === undefined || toKey(parent.trucChild) !== txKey) continue;
      parent.trucChild = present ? tx.txid : undefined;
      for (const child of this.children(parent)) if (child.key !== txKey) this.updateRecursively(child.key, flip, false);
    }
  }

  /** A disconnected block no longer conflicts with anything. @returns whether anything has changed */
  clearConflictsFrom(tx: Transaction, height: number): boolean {
    let changed = false;
    for (const { prevout } of tx.inputs) {
      for (const key of this.spends.get(outPointKey(prevout.txid, prevout.vout)) ?? []) {
        if (this.byKey.get(key)?.isBlockConflicted !== true) continue;
        this.updateRecursively(key, (wtx) => {
          if (wtx.state.kind !== 'conflicted' || wtx.state.height < height) return 'unchanged';
          wtx.state = INACTIVE;
          changed = true;
          return 'changed';
        });
      }
    }
    return changed;
  }

  /** Takes transactions out of the wallet altogether. */
  remove(wtxs: readonly WalletTx[]): void {
    this.host.db.transaction(() => {
      for (const wtx of wtxs) this.host.db.eraseTx(wtx.txid);
    });
    for (const wtx of wtxs) {
      this.byKey.delete(wtx.key);
      this.ordered = this.ordered.filter((other) => other !== wtx);
      for (const { prevout } of wtx.tx.inputs) {
        const key = outPointKey(prevout.txid, prevout.vout);
        const left = (this.spends.get(key) ?? []).filter((spender) => spender !== wtx.key);
        if (left.length === 0) this.spends.delete(key);
        else this.spends.set(key, left);
      }
      wtx.tx.outputs.forEach((_, vout) => this.own.delete(outPointKey(wtx.txid, vout)));
    }
    for (const wtx of this.byKey.values()) wtx.markDirty();
  }

  // -- locked coins -------------------------------------------------------------------------------------------------

  lockCoin(txid: Uint8Array, vout: number, persistent: boolean, write = true): void {
    const key = outPointKey(txid, vout);
    if (!this.locked.has(key)) this.locked.set(key, { txid, vout, persistent });
    if (persistent && write) {
      this.locked.set(key, { txid, vout, persistent });
      this.host.db.writeLockedCoin(txid, vout);
    }
  }

  unlockCoin(txid: Uint8Array, vout: number): void {
    const key = outPointKey(txid, vout);
    const entry = this.locked.get(key);
    if (entry === undefined) return;
    this.locked.delete(key);
    if (entry.persistent) this.host.db.eraseLockedCoin(txid, vout);
  }

  unlockAll(): void {
    this.host.db.transaction(() => {
      for (const { txid, vout, persistent } of this.locked.values()) if (persistent) this.host.db.eraseLockedCoin(txid, vout);
    });
    this.locked.clear();
  }
}
