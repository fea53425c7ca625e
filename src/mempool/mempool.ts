import { formatMoney } from '../consensus/tx-verify.ts';
import type { Block } from '../primitives/block.ts';
import { outPointKey } from '../primitives/outpoint.ts';
import type { Transaction } from '../primitives/transaction.ts';
import type { ValidationCaches } from '../chain/script-checks.ts';
import { type ChainMempool, type ChainState, type Coin, type CoinsReader, MEMPOOL_HEIGHT } from '../chain/types.ts';
import type { ChainParams } from '../params/chain-params.ts';
import { feerateText, perKilo } from '../policy/feerate.ts';
import { fromKey, hashToHex, toKey } from '../util/bytes.ts';
import type { Clock } from '../util/clock.ts';
import { errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { Acceptance } from './accept.ts';
import { acceptPackage } from './accept-package.ts';
import { ClusterGraph } from './cluster-graph.ts';
import { type Entry, reach } from './entry.ts';
import { isStillMinable } from './reorg-filter.ts';
import type {
  AcceptResult, AddedInfo, Mempool, MempoolChunk, MempoolEntry, MempoolListener, PackageResult, RemovalReason,
} from './types.ts';

/** Seconds in which the floor of a full pool halves once blocks make room. */
const ROLLING_FEE_HALFLIFE_SEC = 12 * 60 * 60;

export interface MempoolOptions {
  readonly params: ChainParams;
  readonly maxBytes: number;
  readonly expirySec: number;
  /** Feerates in sat/kvB. */
  readonly minRelayFeerate: number;
  readonly incrementalFeerate: number;
  readonly dustFeerate: number;
  readonly permitBareMultisig: boolean;
  /** Null: data outputs are not relayed. */
  readonly maxDatacarrierBytes: number | null;
  readonly requireStandard: boolean;
  /** -bytespersigop. */
  readonly bytesPerSigop?: number;
  readonly limits: { readonly clusterCount: number; readonly clusterVsize: number; readonly ancestorCount: number; readonly descendantCount: number };
}

export interface MempoolModules {
  readonly chain: ChainState;
  readonly log: Logger;
  readonly clock: Clock;
  /** Shared with the chain, so that a block of known transactions needs no script run; null: none. */
  readonly caches?: ValidationCaches | null;
}

/** The pool: entries, their clusters, deltas, the rolling minimum fee, and what the chain asks of it. */
export class TxMempool implements Mempool, ChainMempool {
  readonly options: MempoolOptions;
  readonly modules: MempoolModules;
  readonly graph: ClusterGraph;
  loaded = false;
  transactionsUpdated = 0;
  private readonly byTxid = new Map<string, Entry>();
  private readonly byWtxid = new Map<string, Entry>();
  private readonly spenders = new Map<string, Entry>();
  private readonly feeDeltas = new Map<string, number>();
  private readonly unbroadcastKeys = new Set<string>();
  private readonly listeners = new Set<MempoolListener>();
  private nextSequence = 1;
  private memory = 0;
  private vsizeSum = 0;
  private feeSum = 0;
  private rollingFeerateValue = 0;
  private rollingSince: number;
  private blockSinceBump = false;
  /** No entry is older than this: spares a look at all of them at every acceptance. */
  private oldestSec = Infinity;

  constructor(options: MempoolOptions, modules: MempoolModules) {
    this.options = options;
    this.modules = modules;
    this.graph = new ClusterGraph({ count: options.limits.clusterCount, weight: options.limits.clusterVsize * 4 });
    this.rollingSince = modules.clock.nowSec();
  }

  get size(): number { return this.byTxid.size; }
  get sequence(): number { return this.nextSequence; }
  get minRelayFeerate(): number { return this.options.minRelayFeerate; }
  get incrementalFeerate(): number { return this.options.incrementalFeerate; }
  get dustFeerate(): number { return this.options.dustFeerate; }
  get maxBytes(): number { return this.options.maxBytes; }
  get permitBareMultisig(): boolean { return this.options.permitBareMultisig; }
  get maxDatacarrierBytes(): number | null { return this.options.maxDatacarrierBytes; }
  get limits(): MempoolOptions['limits'] { return this.options.limits; }
  get optimal(): boolean { return true; }
  get usage(): number { return this.memory + this.feeDeltas.size * 96; }
  get totalVsize(): number { return this.vsizeSum; }
  get totalFee(): number { return this.feeSum; }

  // -- look-up ----------------------------------------------------------------------------------------------------

  get(txid: Uint8Array): Entry | undefined { return this.byTxid.get(toKey(txid)); }
  getByWtxid(wtxid: Uint8Array): Entry | undefined { return this.byWtxid.get(toKey(wtxid)); }
  has(txid: Uint8Array): boolean { return this.byTxid.has(toKey(txid)); }
  spender(txid: Uint8Array, vout: number): Transaction | undefined { return this.spenderEntry(txid, vout)?.tx; }
  spenderEntry(txid: Uint8Array, vout: number): Entry | undefined { return this.spenders.get(outPointKey(txid, vout)); }
  entries(): IterableIterator<Entry> { return this.byTxid.values(); }
  ancestors(txid: Uint8Array): Entry[] { return this.reachable(txid, 'parents'); }
  descendants(txid: Uint8Array): Entry[] { return this.reachable(txid, 'children'); }
  parents(txid: Uint8Array): Entry[] { return [...(this.get(txid)?.parents ?? [])]; }
  children(txid: Uint8Array): Entry[] { return [...(this.get(txid)?.children ?? [])]; }
  sorted(): MempoolEntry[] { return this.graph.chunks().flatMap((chunk) => chunk.entries); }
  chunks(): readonly MempoolChunk[] { return this.graph.chunks(); }
  clusterChunks(txid: Uint8Array): readonly MempoolChunk[] { return this.get(txid)?.cluster?.chunks ?? []; }

  private reachable(txid: Uint8Array, way: 'parents' | 'children'): Entry[] {
    const entry = this.get(txid);
    return entry === undefined ? [] : [...reach(entry, way)];
  }

  readonly coins: CoinsReader = { getCoin: (txid, vout) => this.coin(txid, vout) };

  /** An output of the pool, or else of the chain. */
  coin(txid: Uint8Array, vout: number): Coin | undefined {
    const entry = this.get(txid);
    if (entry === undefined) return this.modules.chain.coins.getCoin(txid, vout);
    const output = entry.tx.outputs[vout];
    return output === undefined ? undefined : { value: output.value, scriptPubKey: output.scriptPubKey, height: MEMPOOL_HEIGHT, coinbase: false };
  }

  // -- coming and going -------------------------------------------------------------------------------------------

  accept(tx: Transaction, options: { testOnly?: boolean; bypassLimits?: boolean; timeSec?: number } = {}): AcceptResult {
    return new Acceptance(this, { ...options, allowReplacement: true, allowSiblingEviction: true }).single(tx);
  }

  acceptPackage(txs: readonly Transaction[], options: { testOnly?: boolean; maxFeerate?: number } = {}): PackageResult {
    return acceptPackage(this, txs, options);
  }

  /** Puts an accepted entry in; the caller tells the listeners. */
  insert(entry: Entry): void {
    this.byTxid.set(entry.key, entry);
    this.byWtxid.set(toKey(entry.tx.wtxid), entry);
    this.oldestSec = Math.min(this.oldestSec, entry.time);
    const parents = new Set<Entry>();
    for (const { prevout } of entry.tx.inputs) {
      this.spenders.set(outPointKey(prevout.txid, prevout.vout), entry);
      const parent = this.get(prevout.txid);
      if (parent !== undefined) parents.add(parent);
    }
    this.graph.add(entry, parents);
    this.memory += entry.memory;
    this.vsizeSum += entry.vsize;
    this.feeSum += entry.fee;
    this.transactionsUpdated += 1;
  }

  tellAdded(entry: Entry, how: { readonly bypassLimits: boolean; readonly packageSubmission: boolean }): void {
    const sequence = this.nextSequence++;
    const info: AddedInfo = { entry, ...how, chainCurrent: this.chainIsCurrent(), noParents: entry.parents.size === 0 };
    this.tell((listener) => listener.transactionAdded?.(entry.tx, sequence, info));
  }

  private tell(what: (listener: MempoolListener) => void): void {
    for (const listener of [...this.listeners]) {
      try {
        what(listener);
      } catch (e) {
        this.modules.log.error(`Mempool listener failed: ${errorText(e)}`);
      }
    }
  }

  private chainIsCurrent(): boolean {
    const { chain, clock } = this.modules;
    const { tip } = chain.active;
    if (tip === null || chain.isInitialDownload() || tip.time < clock.nowSec() - 3 * 60 * 60) return false;
    return tip.height >= (chain.bestHeader?.height ?? 0) - 1;
  }

  /** Takes exactly these out: nothing that stays may spend from them, but for a block. */
  removeEntries(removed: ReadonlySet<Entry>, reason: RemovalReason): void {
    if (removed.size === 0) return;
    for (const entry of removed) {
      const sequence = this.nextSequence++;
      if (reason !== 'block') this.tell((listener) => listener.transactionRemoved?.(entry.tx, reason, sequence));
      for (const { prevout } of entry.tx.inputs) {
        const key = outPointKey(prevout.txid, prevout.vout);
        if (this.spenders.get(key) === entry) this.spenders.delete(key);
      }
      this.dropUnbroadcast(entry.tx.txid, true);
      this.memory -= entry.memory;
      this.vsizeSum -= entry.vsize;
      this.feeSum -= entry.fee;
      this.byTxid.delete(entry.key);
      this.byWtxid.delete(toKey(entry.tx.wtxid));
      this.transactionsUpdated += 1;
    }
    this.graph.remove(removed);
  }

  remove(txid: Uint8Array, reason: RemovalReason): void {
    const entry = this.get(txid);
    if (entry !== undefined) this.removeEntries(reach(entry, 'children').add(entry), reason);
  }

  private removeWithDescendants(roots: Iterable<Entry>, reason: RemovalReason): number {
    const all = new Set<Entry>();
    for (const root of roots) {
      all.add(root);
      for (const descendant of reach(root, 'children')) all.add(descendant);
    }
    this.removeEntries(all, reason);
    return all.size;
  }

  removeForBlock(block: Block, height: number): void {
    const confirmed: Entry[] = [];
    if (this.byTxid.size > 0 || this.feeDeltas.size > 0) {
      for (const tx of block.txs) {
        const entry = this.get(tx.txid);
        if (entry !== undefined) {
          confirmed.push(entry);
          this.removeEntries(new Set([entry]), 'block');
        }
        for (const { prevout } of tx.inputs) {
          const conflict = this.spenderEntry(prevout.txid, prevout.vout);
          if (conflict === undefined) continue;
          this.feeDeltas.delete(conflict.key);
          this.removeWithDescendants([conflict], 'conflict');
        }
        this.feeDeltas.delete(toKey(tx.txid));
      }
    }
    this.transactionsUpdated += 1;
    this.rollingSince = this.modules.clock.nowSec();
    this.blockSinceBump = true;
    this.tell((listener) => listener.removedForBlock?.(confirmed, height, block));
  }

  afterReorg(disconnected: readonly Transaction[], readd: boolean): void {
    this.transactionsUpdated += 1;
    const back: Entry[] = [];
    for (const tx of disconnected) {
      const accepted = readd && !tx.isCoinbase && this.accept(tx, { bypassLimits: true }).ok;
      const entry = accepted ? this.get(tx.txid) : undefined;
      if (entry !== undefined) back.push(entry);
      if (!accepted) this.removeSpendersOf(tx);
    }
    for (const entry of back) {
      entry.tx.outputs.forEach((_, vout) => {
        const child = this.spenderEntry(entry.tx.txid, vout);
        if (child !== undefined) this.graph.link(entry, child);
      });
    }
    for (const entry of back) this.removeEntries(this.graph.excess(entry), 'sizelimit');
    const gone = [...this.byTxid.values()].filter((entry) => !isStillMinable(this, entry));
    this.removeWithDescendants(gone, 'reorg');
    this.limitSize();
  }

  private removeSpendersOf(tx: Transaction): void {
    const entry = this.get(tx.txid);
    if (entry !== undefined) {
      this.removeWithDescendants([entry], 'reorg');
      return;
    }
    const spenders = tx.outputs.map((_, vout) => this.spenderEntry(tx.txid, vout)).filter((e) => e !== undefined);
    this.removeWithDescendants(spenders, 'reorg');
  }

  /** Lets go of what is too old, and of the worst chunks while the pool is too large. */
  limitSize(): void {
    const { log } = this.modules;
    this.expire();
    let removedCount = 0;
    let highest = 0;
    while (this.byTxid.size > 0 && this.usage > this.maxBytes) {
      const worst = this.graph.worst();
      if (worst === null) break;
      const feerate = perKilo({ fee: worst.fee, size: Math.ceil(worst.size / 4) }) + this.incrementalFeerate;
      if (feerate > this.rollingFeerateValue) {
        this.rollingFeerateValue = feerate;
        this.blockSinceBump = false;
      }
      highest = Math.max(highest, feerate);
      removedCount += worst.entries.length;
      this.removeEntries(new Set(worst.entries as readonly Entry[]), 'sizelimit');
    }
    if (highest > 0) log.debug('mempool', `Removed ${removedCount} txn, rolling minimum fee bumped to ${feerateText(highest, this.options.params.coin.currencyUnit)}`);
  }

  private expire(): void {
    const before = this.modules.clock.nowSec() - this.options.expirySec;
    if (this.oldestSec >= before) return;
    const expired = this.removeWithDescendants([...this.byTxid.values()].filter((entry) => entry.time < before), 'expiry');
    if (expired > 0) this.modules.log.debug('mempool', `Expired ${expired} transactions from the memory pool`);
    this.oldestSec = Infinity;
    for (const entry of this.byTxid.values()) this.oldestSec = Math.min(this.oldestSec, entry.time);
  }

  // -- fees -------------------------------------------------------------------------------------------------------

  /** What a full pool asks (sat/kvB): 0 where it was not full of late. */
  rollingFeerate(): number {
    if (!this.blockSinceBump || this.rollingFeerateValue === 0) return Math.round(this.rollingFeerateValue);
    const now = this.modules.clock.nowSec();
    if (now > this.rollingSince + 10) {
      let halflife = ROLLING_FEE_HALFLIFE_SEC;
      if (this.usage < this.maxBytes / 4) halflife /= 4;
      else if (this.usage < this.maxBytes / 2) halflife /= 2;
      this.rollingFeerateValue /= 2 ** ((now - this.rollingSince) / halflife);
      this.rollingSince = now;
      if (this.rollingFeerateValue < this.incrementalFeerate / 2) {
        this.rollingFeerateValue = 0;
        return 0;
      }
    }
    return Math.max(Math.round(this.rollingFeerateValue), this.incrementalFeerate);
  }

  minFeerate(): number {
    return Math.max(this.rollingFeerate(), this.minRelayFeerate);
  }

  delta(txid: Uint8Array): number { return this.feeDeltas.get(toKey(txid)) ?? 0; }
  deltas(): ReadonlyMap<string, number> { return this.feeDeltas; }

  prioritise(txid: Uint8Array, deltaSat: number): void {
    const key = toKey(txid);
    const delta = (this.feeDeltas.get(key) ?? 0) + deltaSat;
    const entry = this.byTxid.get(key);
    if (entry !== undefined) {
      entry.modifiedFee += deltaSat;
      this.graph.feeChanged(entry);
      this.transactionsUpdated += 1;
    }
    const where = `${hashToHex(txid)} (${entry === undefined ? 'not ' : ''}in mempool)`;
    if (delta === 0) {
      this.feeDeltas.delete(key);
      this.modules.log.info(`PrioritiseTransaction: ${where} delta cleared`);
    } else {
      this.feeDeltas.set(key, delta);
      this.modules.log.info(`PrioritiseTransaction: ${where} fee += ${formatMoney(deltaSat)}, new delta=${formatMoney(delta)}`);
    }
  }

  // -- what nobody has been sent ----------------------------------------------------------------------------------

  markUnbroadcast(txid: Uint8Array): void {
    const entry = this.get(txid);
    if (entry === undefined) return;
    entry.unbroadcast = true;
    this.unbroadcastKeys.add(entry.key);
  }

  clearUnbroadcast(txid: Uint8Array): void { this.dropUnbroadcast(txid, false); }

  private dropUnbroadcast(txid: Uint8Array, unchecked: boolean): void {
    const key = toKey(txid);
    if (!this.unbroadcastKeys.delete(key)) return;
    const entry = this.byTxid.get(key);
    if (entry !== undefined) entry.unbroadcast = false;
    this.modules.log.debug('mempool', `Removed ${hashToHex(txid)} from set of unbroadcast txns${unchecked ? ' before confirmation that txn was sent out' : ''}`);
  }

  unbroadcast(): Uint8Array[] { return [...this.unbroadcastKeys].map(fromKey); }

  addListener(listener: MempoolListener): () => void {
    this.listeners.add(listener);
    return () => { this.listeners.delete(listener); };
  }
}
