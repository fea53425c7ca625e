import { checkBlockInContext, checkHeaderInContext, checkBlock } from '../consensus/block-check.ts';
import { badBlock, BLOCK_OK, verdictText } from '../consensus/verdict.ts';
import type { ChainParams } from '../params/chain-params.ts';
import { isExtended } from '../primitives/auxpow.ts';
import type { Block, BlockHeader } from '../primitives/block.ts';
import { equalBytes } from '../util/bytes.ts';
import { errorText } from '../util/errors.ts';
import { acceptBlock, acceptHeader, checkBlockOnce } from './accept-block.ts';
import { BlockEntry, compareCandidates } from './block-index.ts';
import { type ChainCore, ChainFailure, DisconnectedTransactions } from './chain-core.ts';
import type { CoinsSnapshot } from './coin-stats.ts';
import { CoinsOverlay } from './coins-view.ts';
import type { CoinsDb } from './coins-db.ts';
import type { DeploymentView } from './deployment-view.ts';
import { prunedHeight, type Pruner } from './prune.ts';
import type { ValidationCaches } from './script-checks.ts';
import {
  type ActiveChain, BLOCK_VALID_TRANSACTIONS, type BlockIndex, type BlockUndo, type BlockVerdict, type ChainListener, type ChainMempool,
  type ChainState, type CoinsReader, type ProcessBlockResult,
} from './types.ts';
import { type VerifyResult, verifyChain } from './verify-chain.ts';
import { BlockImporter } from './import-blocks.ts';
import { storeGenesis } from './genesis.ts';
import { nextTurn, WorkQueue } from './work-queue.ts';

/** After this much work in one go, others get their turn. */
const TURN_MS = 20;
/** Changed state goes to disk this often, a random time between. */
const WRITE_INTERVAL_MIN_MS = 50 * 60_000;
const WRITE_INTERVAL_MAX_MS = 70 * 60_000;
/** Deeper invalidations do not try to bring transactions back to the mempool. */
const MAX_READD_DEPTH = 10;

export interface ChainStateModules {
  readonly core: ChainCore;
  readonly coinsDb: CoinsDb;
}

/** The chain state over its data directory. Made by `openChainState`. */
export class ChainStateImpl implements ChainState {
  private readonly core: ChainCore;
  private readonly coinsDb: CoinsDb;
  private readonly queue = new WorkQueue();
  private lastHeaderTip: BlockEntry | null = null;
  private nextWriteMs = 0;
  private turnStarted = 0;
  private failure: ChainFailure | null = null;
  private closing = false;
  private closed = false;
  /** Sequence ids that preciousblock hands out: ever lower, so that the last one wins. */
  private preciousSequence = -1;
  private preciousWork = 0n;

  constructor(modules: ChainStateModules) {
    this.core = modules.core;
    this.coinsDb = modules.coinsDb;
    this.lastHeaderTip = this.core.m.tree.bestHeader;
    this.scheduleWrite();
  }

  // -- reading ----------------------------------------------------------------------------------------------------

  get params(): ChainParams { return this.core.options.params; }
  get active(): ActiveChain { return this.core.active; }
  get bestHeader(): BlockIndex | null { return this.core.m.tree.bestHeader; }
  get coins(): CoinsReader { return this.core.m.coins; }
  /** What was verified before, for the mempool to fill and blocks to profit from. */
  get validationCaches(): ValidationCaches { return this.core.m.caches; }
  /** Which rules hold where. */
  get deployments(): DeploymentView { return this.core.m.deployments; }
  get minimumChainWork(): bigint { return this.core.options.minimumChainWork; }
  /** Bytes and outpoints of the coins in memory. */
  get coinsCacheUsage(): { bytes: number; count: number; limit: number } {
    const { coins } = this.core.m;
    return { bytes: coins.usage, count: coins.size, limit: this.core.coinsLimit };
  }
  /** Bytes of block and undo files. */
  get sizeOnDisk(): number { return this.core.m.blocks.diskUsage(); }
  /** True while blocks are read from files (reindex, import): the initial download does not end before. */
  get loading(): boolean { return this.core.loading; }
  /** Changes under way and waiting. */
  get queueDepth(): number { return this.queue.depth; }

  lookup(hash: Uint8Array): BlockIndex | undefined { return this.core.m.tree.get(hash); }
  entries(): IterableIterator<BlockIndex> { return this.core.m.tree.values(); }

  tips(): BlockIndex[] {
    const { active } = this.core;
    const tips: BlockIndex[] = [];
    for (const leaf of this.core.m.tree.leaves()) if (!active.contains(leaf)) tips.push(leaf);
    if (active.tip !== null) tips.push(active.tip);
    return tips;
  }

  readBlock(index: BlockIndex): Block | null {
    const entry = this.entry(index);
    return entry.haveData ? this.core.m.blocks.readBlock(entry) : null;
  }

  readBlockRaw(index: BlockIndex): Uint8Array | null {
    const entry = this.entry(index);
    return entry.haveData ? this.core.m.blocks.readRaw(entry) : null;
  }

  fullHeader(index: BlockIndex): BlockHeader {
    const header = index.header();
    return isExtended(header.version) ? this.readBlock(index)?.header ?? header : header;
  }

  readUndo(index: BlockIndex): BlockUndo | null {
    const entry = this.entry(index);
    if (entry.prev === null) return [];
    return entry.haveUndo ? this.core.m.blocks.readUndo(entry) : null;
  }

  private entry(index: BlockIndex): BlockEntry {
    const entry = index instanceof BlockEntry ? index : this.core.m.tree.get(index.hash);
    if (entry === undefined) throw new RangeError(`no such block: ${index.hashHex}`);
    return entry;
  }

  isInitialDownload(): boolean { return this.core.isInitialDownload; }

  verificationProgress(index: BlockIndex | null): number {
    return this.core.verificationProgress(index === null ? null : this.entry(index));
  }

  /** The block whose data lies at this place; undefined where none does. Looks through all: for what is rare. */
  blockAt(file: number, position: number): BlockIndex | undefined {
    for (const entry of this.core.m.tree.values()) if (entry.haveData && entry.file === file && entry.dataPos === position) return entry;
    return undefined;
  }

  /** Whether a block that was stored once has been pruned. */
  isPruned(index: BlockIndex): boolean {
    return !index.haveData && index.txCount > 0;
  }

  addListener(listener: ChainListener): () => void { return this.core.events.add(listener); }
  setMempool(mempool: ChainMempool): void { this.core.mempool = mempool; }

  // -- changes ----------------------------------------------------------------------------------------------------

  exclusive<T>(work: () => T | Promise<T>): Promise<T> { return this.queue.run(work); }

  /** Runs a change; a failure of this machine ends the program, and all later changes fail the same way. */
  private change<T>(work: () => Promise<T>): Promise<T> {
    return this.queue.run(async () => {
      if (this.failure !== null) throw this.failure;
      if (this.closed) throw new ChainFailure('the chain state is closed');
      this.turnStarted = this.core.m.clock.monotonicMs();
      try {
        const result = await work();
        await this.core.writeIndex(false);
        return result;
      } catch (e) {
        throw this.fail(e);
      }
    });
  }

  private fail(e: unknown): ChainFailure {
    if (this.failure !== null) return this.failure;
    const failure = e instanceof ChainFailure ? e : new ChainFailure(`System error while flushing: ${errorText(e)}`, { cause: e });
    this.failure = failure;
    this.core.m.log.error(failure.message);
    this.core.m.notify.fatalError?.(failure.message);
    return failure;
  }

  private async breathe(): Promise<void> {
    if (this.core.m.clock.monotonicMs() - this.turnStarted < TURN_MS) return;
    await nextTurn();
    this.turnStarted = this.core.m.clock.monotonicMs();
  }

  processNewHeaders(headers: readonly BlockHeader[], minPowChecked: boolean): { verdict: BlockVerdict; last: BlockIndex | null } {
    let last: BlockEntry | null = null;
    let verdict: BlockVerdict = BLOCK_OK;
    for (const header of headers) {
      const accepted = acceptHeader(this.core, header, minPowChecked);
      verdict = accepted.verdict;
      if (verdict.result === 'unbuilt' && last !== null) {
        // What comes before can be followed.
        verdict = BLOCK_OK;
        break;
      }
      if (!verdict.ok) break;
      last = accepted.entry;
    }
    if (verdict.ok && this.notifyHeaderTip() && this.core.isInitialDownload && last !== null) {
      const { clock, log } = this.core.m;
      const left = Math.max(0, Math.floor((clock.nowSec() - last.time) / this.params.consensus.powTargetSpacing));
      const percent = last.height + left === 0 ? 0 : (100 * last.height) / (last.height + left);
      log.info(`Synchronizing blockheaders, height: ${last.height} (~${percent.toFixed(2)}%)`);
    }
    return { verdict, last };
  }

  private notifyHeaderTip(): boolean {
    const best = this.core.m.tree.bestHeader;
    if (best === null || best === this.lastHeaderTip) return false;
    this.lastHeaderTip = best;
    this.core.events.emit('headerTip', best, this.core.isInitialDownload);
    return true;
  }

  processNewBlock(block: Block, options: { force?: boolean; minPowChecked?: boolean } = {}): Promise<ProcessBlockResult> {
    return this.change(async () => {
      const { core } = this;
      let verdict = checkBlockOnce(core, block);
      let isNew = false;
      let entry: BlockEntry | null = null;
      if (verdict.ok) {
        ({ verdict, isNew, entry } = acceptBlock(core, block, { requested: options.force === true, minPowChecked: options.minPowChecked ?? true }));
      }
      if (!verdict.ok) {
        core.events.emit('blockChecked', block, verdict);
        core.m.log.error(`ProcessNewBlock: AcceptBlock FAILED (${verdictText(verdict)})`);
        return { accepted: false, isNew, verdict };
      }
      this.notifyHeaderTip();
      const invalid = await this.activate(block);
      const own = entry === null ? undefined : invalid.get(entry);
      return own === undefined ? { accepted: true, isNew, verdict } : { accepted: false, isNew, verdict: own };
    });
  }

  async activateBestChain(): Promise<BlockVerdict> {
    try {
      await this.change(() => this.activate(null));
      return BLOCK_OK;
    } catch (e) {
      return { ok: false, result: '', reason: errorText(e), debug: '' };
    }
  }

  /** Moves to the best chain. Gives what was found to be invalid on the way. */
  private async activate(given: Block | null): Promise<Map<BlockEntry, BlockVerdict>> {
    const { core } = this;
    const invalid = new Map<BlockEntry, BlockVerdict>();
    let target: BlockEntry | null = null;
    let newTip: BlockEntry | null = null;
    do {
      const startingTip = core.tip;
      let moved = false;
      do {
        target ??= core.findMostWork();
        if (target === null || target === core.tip) break;
        const result = core.step(target, given !== null && equalBytes(given.hash, target.hash) ? given : null);
        moved = true;
        for (const [entry, verdict] of result.invalid) invalid.set(entry, verdict);
        // Another branch may be wanted now.
        if (result.invalid.size > 0) target = null;
        newTip = core.tip;
        for (const { block, entry } of result.connected) core.events.emit('blockConnected', block, entry);
      } while (core.tip === null || (startingTip !== null && compareCandidates(core.tip, startingTip) < 0));
      if (!moved) break;
      const fork = startingTip === null ? null : core.active.findFork(startingTip);
      if (newTip !== null && fork !== newTip) {
        core.events.emit('updatedBlockTip', newTip, fork, core.isInitialDownload);
        const { stopAtHeight } = core.options;
        if (stopAtHeight > 0 && newTip.height >= stopAtHeight) {
          core.m.notify.stopRequested?.();
          this.closing = true;
        }
      }
      await this.writeWhenDue();
      await this.breathe();
    } while (newTip !== target && !this.closing);
    return invalid;
  }

  private scheduleWrite(): void {
    const spread = WRITE_INTERVAL_MAX_MS - WRITE_INTERVAL_MIN_MS;
    this.nextWriteMs = this.core.m.clock.nowMs() + WRITE_INTERVAL_MIN_MS + Math.floor(Math.random() * spread);
  }

  /** Memory over its limit: everything goes to disk and is forgotten. Long since the last time: to disk alone. */
  private async writeWhenDue(): Promise<void> {
    const { core } = this;
    const { usage } = core.m.coins;
    const limit = core.coinsLimit;
    const critical = usage > limit;
    if (critical) core.m.log.info(`Cache size (${usage}) exceeds total space (${limit})`);
    const large = usage > Math.max(Math.floor((9 * limit) / 10), limit - 10 * 1024 * 1024);
    const pruned = core.pruner === null || core.loading ? [] : core.pruner.findByTarget();
    if (!critical && !large && pruned.length === 0 && core.m.clock.nowMs() < this.nextWriteMs) return;
    await core.flush(critical || large, pruned);
    this.scheduleWrite();
  }

  // -- by request of the user -------------------------------------------------------------------------------------

  invalidateBlock(index: BlockIndex): Promise<void> {
    if (index.height === 0) return Promise.resolve();
    return this.change(async () => {
      const { core } = this;
      const { tree, log } = core.m;
      const entry = this.entry(index);
      // Found once: those outside of the chain that may become the best as blocks are taken off.
      const others = [...tree.values()].filter((other) => !core.active.contains(other) && !other.failed
        && (entry.prev === null || compareCandidates(other, entry.prev) >= 0));
      let lastOff = entry;
      let wasActive = false;
      let depth = 0;
      while (core.active.contains(entry)) {
        const off = core.tip as BlockEntry;
        const pool = new DisconnectedTransactions();
        try {
          core.disconnectTip(pool);
        } catch (e) {
          core.mempool?.afterReorg(pool.list(), false);
          throw e;
        }
        wasActive = true;
        depth += 1;
        core.mempool?.afterReorg(pool.list(), depth <= MAX_READD_DEPTH);
        const tip = core.tip as BlockEntry;
        core.candidates.delete(off);
        tree.fail(off);
        core.candidates.add(tip);
        const bestGone = tree.bestHeader !== null && tree.bestHeader.ancestor(off.height) === off;
        if (bestGone) tree.bestHeader = tip;
        for (const other of others) {
          if (other.failed || other.chainWork < tip.chainWork) continue;
          if (other.ancestor(off.height) === off) {
            core.candidates.delete(other);
            tree.fail(other);
            continue;
          }
          if (compareCandidates(other, tip) >= 0 && other.isValid(BLOCK_VALID_TRANSACTIONS) && other.chainTxCount > 0) core.candidates.add(other);
          if (bestGone && tree.bestHeader !== null && tree.bestHeader.chainWork < other.chainWork) tree.bestHeader = other;
        }
        lastOff = off;
        await this.breathe();
      }
      if (!wasActive && !entry.failed) {
        core.candidates.delete(entry);
        tree.fail(entry);
      }
      const { tip } = core;
      // Headers that came while we were at it.
      for (const other of tree.values()) {
        if (tip !== null && other.isValid(BLOCK_VALID_TRANSACTIONS) && other.chainTxCount > 0 && compareCandidates(other, tip) >= 0) core.candidates.add(other);
      }
      core.invalidChainFound(lastOff);
      if (wasActive && tip !== null) core.events.emit('updatedBlockTip', tip, tip, core.isInitialDownload);
      log.debug('validation', `invalidateblock: ${depth} blocks disconnected`);
      core.holdFailed = true;
    });
  }

  reconsiderBlock(index: BlockIndex): Promise<void> {
    return this.change(async () => {
      const { core } = this;
      const { tree } = core.m;
      const entry = this.entry(index);
      for (const other of tree.values()) {
        if (!other.failed || (other.ancestor(entry.height) !== entry && entry.ancestor(other.height) !== other)) continue;
        other.status &= ~FAILED_BITS;
        tree.dirty.add(other);
        if (other.isValid(BLOCK_VALID_TRANSACTIONS) && other.chainTxCount > 0 && (core.tip === null || compareCandidates(core.tip, other) < 0)) {
          core.candidates.add(other);
        }
        if (other === tree.bestInvalid) tree.bestInvalid = null;
      }
      tree.recomputeBestHeader(core.tip);
      await this.activate(null);
    });
  }

  preciousBlock(index: BlockIndex): Promise<void> {
    return this.change(async () => {
      const { core } = this;
      const entry = this.entry(index);
      const { tip } = core;
      if (tip === null || entry.chainWork < tip.chainWork) return;
      // The chain has grown since the last call: start over.
      if (tip.chainWork > this.preciousWork) this.preciousSequence = -1;
      this.preciousWork = tip.chainWork;
      core.candidates.delete(entry);
      entry.sequenceId = this.preciousSequence;
      if (this.preciousSequence > -0x80000000) this.preciousSequence -= 1;
      if (entry.isValid(BLOCK_VALID_TRANSACTIONS) && entry.chainTxCount > 0) {
        core.candidates.add(entry);
        core.candidates.prune(tip);
      }
      await this.activate(null);
    });
  }

  testBlockValidity(block: Block, options: { checkPow: boolean; checkMerkleRoot: boolean }): BlockVerdict {
    const { core } = this;
    const { consensus } = this.params;
    const { tip } = core;
    if (tip === null || !equalBytes(block.header.prevHash, tip.hash)) return badBlock('missing-prev', 'inconclusive-not-best-prevblk');
    const sane = checkBlock(block, consensus, { checkPow: options.checkPow, checkMerkle: options.checkMerkleRoot });
    if (!sane.ok) return sane;
    const header = checkHeaderInContext(block.header, tip, consensus, core.m.clock.nowSec());
    if (!header.ok) return header;
    const body = checkBlockInContext(block, tip, consensus);
    if (!body.ok) return body;
    const entry = new BlockEntry(block.hash, block.header, tip, 0n);
    return core.tryConnect(block, entry, new CoinsOverlay(core.m.coins), true).verdict;
  }

  /** Checks the last blocks again: `depth` of them, as far as `level` says (0 to 4). */
  verifyChain(level: number, depth: number): Promise<VerifyResult> {
    return this.queue.run(() => verifyChain(this.core, { level, depth, interrupted: () => this.closing }));
  }

  // -- disk -------------------------------------------------------------------------------------------------------

  flush(): Promise<void> {
    return this.change(() => this.core.flush(false));
  }

  /**
   * Reads what waits in files: the block files themselves after a -reindex, then `paths` (-loadblock), and connects it.
   * Cheap where there is nothing to do. Run it once at start, beside everything else.
   */
  importBlocks(paths: readonly string[] = []): Promise<void> {
    return this.change(async () => {
      const { core } = this;
      const { log, treeDb } = core.m;
      core.loading = true;
      try {
        const importer = new BlockImporter(core, {
          interrupted: () => this.closing,
          onGenesis: async () => {
            await this.activate(null);
          },
        });
        if (treeDb.reindexing) {
          if (!await importer.reindex()) return;
          await core.writeIndex(true);
          await treeDb.setReindexing(false);
          log.info('Reindexing finished');
          storeGenesis(core);
        }
        for (const path of paths) {
          await importer.importFile(path);
          if (this.closing) {
            log.info('Interrupt requested. Exit block importing.');
            return;
          }
        }
        await this.activate(null);
      } finally {
        core.loading = treeDb.reindexing;
      }
      core.updateInitialDownload();
      this.notifyHeaderTip();
    });
  }

  /** -prune; null where everything is kept. */
  get pruning(): Pruner | null { return this.core.pruner; }

  /** Last height whose block was pruned, or null. */
  get prunedHeight(): number | null { return prunedHeight(this.core.tip); }

  /** Deletes the files that hold no block above `height`, as far as the rules for pruning let them go. */
  pruneByHeight(height: number): Promise<void> {
    return this.change(async () => {
      const { core } = this;
      if (core.pruner !== null) await core.flush(false, core.pruner.findByHeight(height));
    });
  }

  /** Writes everything to disk and gives the whole set of coins as of that moment. */
  coinsSnapshot(): Promise<CoinsSnapshot> {
    return this.change(async () => {
      await this.core.flush(false);
      const { tip } = this.core;
      if (tip === null) throw new ChainFailure('no blocks');
      return { block: tip, coins: this.coinsDb.coins(), diskSize: () => this.coinsDb.diskSize() };
    });
  }

  /** Asks long work to stop soon; nothing is lost by it. */
  interrupt(): void {
    this.closing = true;
  }

  /** Waits for changes under way, writes everything and closes all files. */
  async close(): Promise<void> {
    this.closing = true;
    await this.queue.run(async () => {
      if (this.closed) return;
      this.closed = true;
      try {
        if (this.failure === null && this.core.m.coins.bestBlock !== null) await this.core.flush(true);
      } finally {
        await this.coinsDb.close();
        await this.core.m.treeDb.close();
        this.core.m.blocks.close();
      }
    });
  }
}

/** Both marks of an invalid block: ours, and that of old versions for descendants. */
const FAILED_BITS = 32 | 64;
