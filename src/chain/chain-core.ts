import { verdictText } from '../consensus/verdict.ts';
import type { ChainParams } from '../params/chain-params.ts';
import type { Block } from '../primitives/block.ts';
import type { Transaction } from '../primitives/transaction.ts';
import { SCRIPT_VERIFY_NONE } from '../script/verify-flags.ts';
import { toKey } from '../util/bytes.ts';
import type { Clock } from '../util/clock.ts';
import { CoinError, errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { ActiveChainImpl } from './active-chain.ts';
import { type BlockEntry, compareCandidates } from './block-index.ts';
import type { BlockStore } from './block-store.ts';
import type { BlockFileInfo, BlockTreeDb } from './block-tree-db.ts';
import { Candidates } from './candidates.ts';
import { ChainEvents } from './chain-events.ts';
import { isoTime, log2Work, tipText } from './chain-format.ts';
import { FORK_ALERT, FORK_WARNING, unknownRulesWarning } from './chain-warnings.ts';
import type { CoinsCache } from './coins-cache.ts';
import { CoinsOverlay } from './coins-view.ts';
import { connectBlock } from './connect-block.ts';
import type { DeploymentView } from './deployment-view.ts';
import { disconnectBlock } from './disconnect-block.ts';
import type { HeaderTree } from './header-tree.ts';
import type { Pruner } from './prune.ts';
import type { ValidationCaches } from './script-checks.ts';
import { chainTxData } from './tx-rate.ts';
import {
  BLOCK_HAVE_DATA, BLOCK_HAVE_UNDO, BLOCK_OPT_WITNESS, BLOCK_VALID_SCRIPTS, BLOCK_VALID_TRANSACTIONS, type BlockVerdict, type ChainMempool,
} from './types.ts';

/** Transactions of disconnected blocks that wait to return to the mempool, in bytes. */
const MAX_DISCONNECTED_BYTES = 20_000_000;
const TWO_WEEKS_SEC = 14 * 24 * 60 * 60;

/** What happens outside of the chain because of it. */
export interface ChainNotify {
  /** The program cannot go on: it tells the user and shuts down. */
  fatalError?(message: string): void;
  /** A message for the splash screen. */
  initMessage?(message: string): void;
  progress?(title: string, percent: number): void;
  /** Sets (text) or removes (null) a warning for getblockchaininfo and the GUI. */
  warning?(id: 'large-work-invalid-chain' | 'unknown-new-rules-activated', text: string | null): void;
  /** -stopatheight was reached. */
  stopRequested?(): void;
}

export interface ChainCoreOptions {
  readonly params: ChainParams;
  readonly minimumChainWork: bigint;
  /** Network order; all zero: verify everything. */
  readonly assumeValid: Uint8Array;
  readonly maxTipAgeSec: number;
  readonly dbCacheBytes: number;
  /** 0: never. */
  readonly stopAtHeight: number;
}

export interface ChainCoreModules {
  readonly log: Logger;
  readonly clock: Clock;
  readonly notify: ChainNotify;
  readonly tree: HeaderTree;
  readonly coins: CoinsCache;
  readonly blocks: BlockStore;
  readonly treeDb: BlockTreeDb;
  readonly caches: ValidationCaches;
  readonly deployments: DeploymentView;
}

/** Outcome of an attempt to connect one block: `system` where this machine failed. */
type ConnectTipResult = { readonly kind: 'connected'; readonly block: Block } | { readonly kind: 'invalid'; readonly verdict: BlockVerdict } | { readonly kind: 'system'; readonly message: string };

/** A failure of this machine that ends the program. */
export class ChainFailure extends CoinError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('chain-failure', message, options);
  }
}

/** What disconnected blocks held, oldest first, less what connected blocks have taken in again. */
export class DisconnectedTransactions {
  private txs = new Map<string, Transaction>();
  private bytes = 0;

  /** Blocks come newest first. */
  addBlock(block: Block): void {
    const older = new Map<string, Transaction>();
    for (const tx of block.txs) {
      if (tx.isCoinbase) continue;
      older.set(toKey(tx.txid), tx);
      this.bytes += tx.size;
    }
    for (const [key, tx] of this.txs) older.set(key, tx);
    this.txs = older;
    // The newest go first: they are the likeliest to depend on others.
    for (const key of [...this.txs.keys()].reverse()) {
      if (this.bytes <= MAX_DISCONNECTED_BYTES) break;
      this.bytes -= this.txs.get(key)?.size ?? 0;
      this.txs.delete(key);
    }
  }

  removeBlock(block: Block): void {
    if (this.txs.size === 0) return;
    for (const tx of block.txs) {
      const key = toKey(tx.txid);
      const known = this.txs.get(key);
      if (known === undefined) continue;
      this.bytes -= known.size;
      this.txs.delete(key);
    }
  }

  list(): Transaction[] { return [...this.txs.values()]; }
}

/** The state of the chain and the synchronous steps that change it. Who calls them keeps others away meanwhile. */
export class ChainCore {
  readonly options: ChainCoreOptions;
  readonly m: ChainCoreModules;
  readonly active = new ActiveChainImpl();
  readonly candidates = new Candidates();
  readonly events: ChainEvents;
  mempool: ChainMempool | null = null;
  /** -prune; null where everything is kept. */
  pruner: Pruner | null = null;
  /** True until the first start or a reindex has read its blocks: the initial download cannot end before. */
  loading = true;
  /** Blocks whose context-free rules were found to be kept. */
  readonly checkedBlocks = new WeakSet<Block>();
  private initialDownload = true;
  private lastScriptReason: string | null | undefined;
  private readonly txData: ReturnType<typeof chainTxData>;

  constructor(options: ChainCoreOptions, modules: ChainCoreModules) {
    this.options = options;
    this.m = modules;
    this.events = new ChainEvents(modules.log);
    this.txData = chainTxData(options.params);
  }

  get tip(): BlockEntry | null { return this.active.tip; }
  get isInitialDownload(): boolean { return this.initialDownload; }

  // -- initial download, progress, logs ---------------------------------------------------------------------------

  updateInitialDownload(): void {
    const { tip } = this;
    if (!this.initialDownload || this.loading || tip === null) return;
    if (tip.chainWork < this.options.minimumChainWork || tip.time < this.m.clock.nowSec() - this.options.maxTipAgeSec) return;
    this.m.log.info('Leaving InitialBlockDownload (latching to false)');
    this.initialDownload = false;
  }

  verificationProgress(index: BlockEntry | null): number {
    if (index === null) return 0;
    if (index.chainTxCount === 0) {
      this.m.log.debug('validation', `Block ${index.height} has unset m_chain_tx_count. Unable to estimate verification progress.`);
      return 0;
    }
    const now = this.m.clock.nowSec();
    const { timeSec, txCount, ratePerSec } = this.txData;
    const best = this.m.tree.bestHeader;
    let time = index.time;
    // Near the tip heights say more than the miners' clocks.
    if (best !== null && Math.abs(now - index.time) <= 7200 && best.height >= index.height) {
      time = now - (best.height - index.height) * this.options.params.consensus.powTargetSpacing;
    }
    const total = index.chainTxCount <= txCount ? txCount + (now - timeSec) * ratePerSec : index.chainTxCount + (now - time) * ratePerSec;
    return Math.min(index.chainTxCount / total, 1);
  }

  private logTip(tip: BlockEntry): void {
    const { coins, log } = this.m;
    let warnings = '';
    if (!this.initialDownload) {
      const unknown: string[] = [];
      for (const { bit, active } of this.m.deployments.unknownActivations(tip)) {
        const text = unknownRulesWarning(bit);
        if (active) this.m.notify.warning?.('unknown-new-rules-activated', text);
        else unknown.push(text);
      }
      if (unknown.length > 0) warnings = ` warning='${unknown.join(', ')}'`;
    }
    log.info(`UpdateTip: ${tipText(tip, this.verificationProgress(tip), coins.usage, coins.size)}${warnings}`);
  }

  checkForkWarning(): void {
    const { tree, log, notify } = this.m;
    const { tip } = this;
    if (tip === null) return;
    const work = tip.chainWork - (tip.prev?.chainWork ?? 0n);
    if (tree.bestInvalid !== null && tree.bestInvalid.chainWork > tip.chainWork + work * 6n) {
      log.warning(FORK_WARNING);
      notify.warning?.('large-work-invalid-chain', FORK_ALERT);
    } else {
      notify.warning?.('large-work-invalid-chain', null);
    }
  }

  // -- validity of entries ----------------------------------------------------------------------------------------

  invalidChainFound(entry: BlockEntry): void {
    const { tree, log } = this.m;
    tree.noteInvalid(entry);
    tree.failDescendants(entry);
    if (tree.bestHeader !== null && tree.bestHeader.ancestor(entry.height) === entry) tree.recomputeBestHeader(this.tip);
    log.info(`InvalidChainFound: invalid block=${entry.hashHex} height=${entry.height} log2_work=${log2Work(entry.chainWork)} date=${isoTime(entry.time)}`);
    const { tip } = this;
    if (tip !== null) {
      log.info(`InvalidChainFound: current best=${tip.hashHex} height=${tip.height} log2_work=${log2Work(tip.chainWork)} date=${isoTime(tip.time)}`);
    }
    this.checkForkWarning();
  }

  invalidBlockFound(entry: BlockEntry, verdict: BlockVerdict): void {
    // A mutated block says nothing about the block whose hash it carries.
    if (verdict.result === 'mutated') return;
    // The order of candidates must not change while the entry is among them.
    this.candidates.delete(entry);
    this.m.tree.fail(entry);
    this.invalidChainFound(entry);
  }

  /** Enters an entry among the candidates, unless it is worse than the tip. */
  tryCandidate(entry: BlockEntry): void {
    const { tip } = this;
    if (tip !== null && compareCandidates(entry, tip) < 0) return;
    this.candidates.add(entry);
  }

  /** The block's data is in a file and keeps the rules that need no coins. */
  receivedTransactions(block: Block, entry: BlockEntry, position: { readonly file: number; readonly pos: number }): void {
    const { tree } = this.m;
    entry.txCount = block.txs.length;
    entry.file = position.file;
    entry.dataPos = position.pos;
    entry.undoPos = 0;
    entry.status = (entry.status & ~BLOCK_HAVE_UNDO) | BLOCK_HAVE_DATA;
    if (this.m.deployments.segwitActiveAt(entry)) entry.status |= BLOCK_OPT_WITNESS;
    entry.raiseValidity(BLOCK_VALID_TRANSACTIONS);
    tree.dirty.add(entry);
    if (entry.prev === null || entry.prev.chainTxCount > 0) {
      const queue = [entry];
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        next.chainTxCount = next.txCount + (next.prev?.chainTxCount ?? 0);
        this.candidates.delete(next);
        next.sequenceId = tree.takeSequence();
        this.tryCandidate(next);
        queue.push(...tree.takeUnlinked(next));
      }
    } else if (entry.prev.isValid(2)) {
      tree.addUnlinked(entry);
    }
  }

  /** Tip of the chain with the most work that is not known to be invalid and whose data is all there. */
  findMostWork(): BlockEntry | null {
    for (;;) {
      const best = this.candidates.best;
      if (best === null) return null;
      let usable = true;
      for (let walk: BlockEntry | null = best; walk !== null && !this.active.contains(walk); walk = walk.prev) {
        const missing = !walk.haveData;
        if (!walk.failed && !missing) continue;
        if (walk.failed) this.m.tree.noteInvalid(best);
        for (let back: BlockEntry | null = best; back !== null && back !== walk; back = back.prev) {
          // Once the missing block comes, these are candidates again.
          if (missing && !walk.failed) this.m.tree.addUnlinked(back);
          this.candidates.delete(back);
        }
        this.candidates.delete(walk);
        usable = false;
        break;
      }
      if (usable) return best;
    }
  }

  // -- moving the tip ---------------------------------------------------------------------------------------------

  /** Takes the tip's block off. @throws ChainFailure */
  disconnectTip(pool: DisconnectedTransactions | null): void {
    const { log, blocks, coins } = this.m;
    const entry = this.tip;
    if (entry === null || entry.prev === null) throw new ChainFailure('Failed to disconnect block.');
    const started = this.m.clock.monotonicMs();
    const block = blocks.readBlock(entry);
    if (block === null) {
      log.error('DisconnectTip(): Failed to read block');
      throw new ChainFailure('Failed to disconnect block.');
    }
    const undo = blocks.readUndo(entry);
    const view = new CoinsOverlay(coins);
    if (undo === null) log.error('DisconnectBlock(): failure reading undo data');
    if (undo === null || disconnectBlock(block, entry, undo, view, log) !== 'ok') {
      log.error(`DisconnectTip(): DisconnectBlock ${entry.hashHex} failed`);
      throw new ChainFailure('Failed to disconnect block.');
    }
    view.applyTo(coins);
    coins.bestBlock = entry.prev.hash;
    if (log.enabled('bench')) log.debug('bench', `- Disconnect block: ${(this.m.clock.monotonicMs() - started).toFixed(2)}ms`);
    pool?.addBlock(block);
    this.active.setTip(entry.prev);
    this.updateInitialDownload();
    this.logTip(entry.prev);
    this.events.emit('blockDisconnected', block, entry);
  }

  /** Script flags, and whether scripts need checking at all (below -assumevalid they do not). */
  private scriptChecks(entry: BlockEntry): { flags: number; relativeLocks: boolean; checkScripts: boolean } {
    const { deployments, log } = this.m;
    const reason = this.scriptCheckReason(entry);
    if (reason !== this.lastScriptReason) {
      log.info(reason === null
        ? `Disabling script verification at block #${entry.height} (${entry.hashHex}).`
        : `Enabling script verification at block #${entry.height} (${entry.hashHex}): ${reason}.`);
      this.lastScriptReason = reason;
    }
    return { flags: deployments.scriptFlags(entry), relativeLocks: deployments.csvActiveAt(entry), checkScripts: reason !== null };
  }

  /** Why the scripts of a block must be verified; null where they need not. */
  private scriptCheckReason(entry: BlockEntry): string | null {
    const { assumeValid, minimumChainWork, params } = this.options;
    const { tree } = this.m;
    if (assumeValid.every((b) => b === 0)) return 'assumevalid=0 (always verify)';
    const assumed = tree.get(assumeValid);
    if (assumed === undefined) return 'assumevalid hash not in headers';
    if (assumed.ancestor(entry.height) !== entry) {
      return entry.height > assumed.height ? 'block height above assumevalid height' : 'block not in assumevalid chain';
    }
    const best = tree.bestHeader;
    if (best === null || best.ancestor(entry.height) !== entry) return 'block not in best header chain';
    if (best.chainWork < minimumChainWork) return 'best header chainwork below minimumchainwork';
    const perBlock = best.chainWork - (best.prev?.chainWork ?? 0n);
    const seconds = ((best.chainWork - entry.chainWork) * BigInt(params.consensus.powTargetSpacing)) / perBlock;
    if (seconds <= BigInt(TWO_WEEKS_SEC)) return 'block too recent relative to best header';
    return null;
  }

  /** Applies a block to `view` as connecting it would; nothing else changes. */
  tryConnect(block: Block, entry: BlockEntry, view: CoinsOverlay, justCheck: boolean): ReturnType<typeof connectBlock> {
    const genesis = entry.prev === null;
    const how = genesis ? { flags: SCRIPT_VERIFY_NONE, relativeLocks: false, checkScripts: false } : this.scriptChecks(entry);
    return connectBlock(block, entry, view, {
      ...how, params: this.options.params, justCheck, caches: this.m.caches, checked: this.checkedBlocks.has(block),
    });
  }

  private connectTip(entry: BlockEntry, given: Block | null, pool: DisconnectedTransactions): ConnectTipResult {
    const { log, blocks, coins, clock, tree } = this.m;
    const bench = log.enabled('bench');
    const started = clock.monotonicMs();
    const block = given ?? blocks.readBlock(entry);
    if (block === null) return { kind: 'system', message: 'Failed to read block.' };
    if (bench) log.debug('bench', given === null ? `  - Load block from disk: ${(clock.monotonicMs() - started).toFixed(2)}ms` : '  - Using cached block');
    const view = new CoinsOverlay(coins);
    const { verdict, undo } = this.tryConnect(block, entry, view, false);
    if (!verdict.ok && verdict.result === 'mutated') {
      return { kind: 'system', message: 'Corrupt block found indicating potential hardware failure.' };
    }
    this.events.emit('blockChecked', block, verdict);
    if (!verdict.ok) {
      log.info(`Block validation error: ${verdictText(verdict)}`);
      this.invalidBlockFound(entry, verdict);
      log.error(`ConnectTip: ConnectBlock ${entry.hashHex} failed, ${verdictText(verdict)}`);
      return { kind: 'invalid', verdict };
    }
    try {
      if (entry.prev !== null && !entry.haveUndo) {
        entry.undoPos = blocks.writeUndo(entry, undo);
        entry.status |= BLOCK_HAVE_UNDO;
        tree.dirty.add(entry);
      }
    } catch (e) {
      log.error(`Failed to write undo data of ${entry.hashHex}: ${errorText(e)}`);
      return { kind: 'system', message: 'Failed to write undo data.' };
    }
    // The first block is not connected like others: nothing of it was verified.
    if (entry.prev !== null && entry.raiseValidity(BLOCK_VALID_SCRIPTS)) tree.dirty.add(entry);
    view.applyTo(coins);
    coins.bestBlock = entry.hash;
    this.mempool?.removeForBlock(block, entry.height);
    pool.removeBlock(block);
    this.active.setTip(entry);
    this.updateInitialDownload();
    this.logTip(entry);
    if (bench) log.debug('bench', `- Connect block: ${(clock.monotonicMs() - started).toFixed(2)}ms`);
    return { kind: 'connected', block };
  }

  /**
   * Moves towards `target`: disconnects what is not below it, then connects until the chain is better than it was.
   * @param given the block of `target`, where the caller has it at hand
   * @throws ChainFailure where this machine failed
   */
  step(target: BlockEntry, given: Block | null): { connected: { block: Block; entry: BlockEntry }[]; invalid: Map<BlockEntry, BlockVerdict> } {
    const connected: { block: Block; entry: BlockEntry }[] = [];
    const invalid = new Map<BlockEntry, BlockVerdict>();
    const pool = new DisconnectedTransactions();
    const oldTip = this.tip;
    const fork = this.active.findFork(target);
    let disconnected = false;
    try {
      while (this.tip !== null && this.tip !== fork) {
        this.disconnectTip(pool);
        disconnected = true;
      }
      let height = fork?.height ?? -1;
      let going = true;
      while (going && height !== target.height) {
        const upTo = Math.min(height + 32, target.height);
        const path: BlockEntry[] = [];
        for (let walk = target.ancestor(upTo); walk !== null && walk.height !== height; walk = walk.prev) path.push(walk);
        height = upTo;
        const [top] = path;
        for (const entry of path.reverse()) {
          const result = this.connectTip(entry, entry === target ? given : null, pool);
          if (result.kind === 'system') throw new ChainFailure(result.message);
          if (result.kind === 'invalid') {
            invalid.set(entry, result.verdict);
            if (top !== undefined && top !== entry) this.invalidChainFound(top);
            going = false;
            break;
          }
          connected.push({ block: result.block, entry });
          this.candidates.prune(entry);
          if (oldTip === null || entry.chainWork > oldTip.chainWork) {
            going = false;
            break;
          }
        }
      }
    } catch (e) {
      if (disconnected) this.mempool?.afterReorg(pool.list(), false);
      throw e;
    }
    if (disconnected) this.mempool?.afterReorg(pool.list(), true);
    this.checkForkWarning();
    return { connected, invalid };
  }

  // -- disk -------------------------------------------------------------------------------------------------------

  /** Marks of blocks that the operator calls invalid are written down with the coins only, as the reference does: after a crash before that, the chain stands where the coins on disk are. */
  holdFailed = false;

  /** Bytes that the coins may take. */
  get coinsLimit(): number { return this.options.dbCacheBytes; }

  /** Writes changed index entries and file infos. Cheap unless `sync`: that waits for the disk. */
  async writeIndex(sync: boolean): Promise<void> {
    const { tree, blocks, treeDb } = this.m;
    if (tree.dirty.size === 0 && blocks.dirtyFiles.size === 0 && !sync) return;
    const entries = tree.dirty;
    tree.dirty = new Set();
    if (sync) this.holdFailed = false;
    if (this.holdFailed) {
      for (const entry of entries) {
        if (!entry.failed) continue;
        entries.delete(entry);
        tree.dirty.add(entry);
      }
    }
    const files = new Map<number, BlockFileInfo>();
    for (const file of blocks.dirtyFiles) {
      const info = blocks.files[file];
      if (info !== undefined) files.set(file, info);
    }
    blocks.dirtyFiles.clear();
    try {
      await treeDb.write(files, blocks.lastFile, entries, sync);
    } catch (e) {
      for (const entry of entries) tree.dirty.add(entry);
      for (const file of files.keys()) blocks.dirtyFiles.add(file);
      throw e;
    }
  }

  /**
   * Writes everything: block files, then the index that points into them, then the coins as of the tip.
   * @param pruned files whose content the index has forgotten: they are deleted once it is on disk
   */
  async flush(wipe: boolean, pruned: readonly number[] = []): Promise<void> {
    const { log, blocks, coins, treeDb } = this.m;
    log.debug('coindb', `Writing chainstate to disk: flush mode=${wipe ? 'FORCE_FLUSH' : 'FORCE_SYNC'}, prune=${pruned.length > 0 ? 1 : 0}, large=0, critical=0, periodic=0`);
    // A new coin takes about 48 bytes, and may be written twice.
    if (!blocks.hasRoom(4 * 48 * coins.dirty)) throw new ChainFailure('Disk space is too low!');
    try {
      blocks.sync();
    } catch (e) {
      log.warning(`FlushStateToDisk: Failed to flush block file. (${errorText(e)})`);
    }
    if (pruned.length > 0) await treeDb.setFlag('prunedblockfiles', true);
    await this.writeIndex(true);
    for (const file of pruned) blocks.removeFiles(file);
    await coins.flush(wipe);
    this.events.emit('chainStateFlushed', this.active.locator());
  }

}
