import { join } from 'node:path';
import { checkBlock } from '../consensus/block-check.ts';
import { blockWork } from '../consensus/pow.ts';
import { checkHeaderWork } from '../consensus/work.ts';
import { isExtended } from '../primitives/auxpow.ts';
import { MAX_FUTURE_BLOCK_TIME } from '../consensus/limits.ts';
import type { ChainParams } from '../params/chain-params.ts';
import type { FaultHook } from '../store/errors.ts';
import { LevelDb } from '../store/leveldb.ts';
import { equalBytes, hashToHex, isAllZero } from '../util/bytes.ts';
import type { Clock } from '../util/clock.ts';
import { CoinError, errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { type BlockEntry, SEQUENCE_BEST_CHAIN_FROM_DISK } from './block-index.ts';
import { BlockStore, fileInfoText } from './block-store.ts';
import { type BlockFileInfo, type BlockRecord, BlockTreeDb, emptyFileInfo } from './block-tree-db.ts';
import { ChainCore, type ChainNotify } from './chain-core.ts';
import { isoTime } from './chain-format.ts';
import { ChainStateImpl } from './chain-state.ts';
import { CoinsCache } from './coins-cache.ts';
import { CoinsDb } from './coins-db.ts';
import { DeploymentView } from './deployment-view.ts';
import { storeGenesis } from './genesis.ts';
import { HeaderTree } from './header-tree.ts';
import { type PruneMode, Pruner } from './prune.ts';
import { replayBlocks } from './replay-blocks.ts';
import { ValidationCaches } from './script-checks.ts';
import { BLOCK_FAILED_VALID, BLOCK_HAVE_UNDO, BLOCK_OPT_WITNESS, BLOCK_VALID_TRANSACTIONS } from './types.ts';
import { verifyChain } from './verify-chain.ts';

const MIB = 1024 * 1024;
const BLOCK_FAILED_CHILD = 64;

export interface ChainStateOptions {
  readonly params: ChainParams;
  /** Data directory of the network. */
  readonly netDir: string;
  /** Directory of blk and rev files: `<netDir>/blocks`, unless -blocksdir says otherwise. */
  readonly blocksDir: string;
  /** -dbcache in bytes, less what the indexes take. */
  readonly dbCacheBytes: number;
  /** Make the block index anew from the block files: done by {@link ChainStateImpl.importBlocks}. */
  readonly reindex: boolean;
  /** Make the coins anew from the blocks. */
  readonly reindexChainstate: boolean;
  /** -checkblocks, 0 for all; -checklevel. */
  readonly checkBlocks: number;
  readonly checkLevel: number;
  /** A verification that runs out of memory is an error (the user asked for it expressly). */
  readonly requireFullVerification: boolean;
  /** Network order; all zero verifies every script. */
  readonly assumeValid: Uint8Array;
  readonly minimumChainWork: bigint;
  readonly blocksXor: boolean;
  readonly fastPrune: boolean;
  /** -prune; null keeps everything. */
  readonly prune: PruneMode | null;
  readonly maxTipAgeSec: number;
  /** 0: never. */
  readonly stopAtHeight: number;
  /** -maxsigcachesize in bytes. */
  readonly sigCacheBytes: number;
  /** -dbbatchsize in bytes. */
  readonly dbBatchBytes?: number;
  readonly fault?: FaultHook;
}

export interface OpenChainModules {
  readonly log: Logger;
  readonly clock: Clock;
  readonly notify?: ChainNotify;
  /** True once the program shall end: long work stops soon. */
  readonly interrupted?: () => boolean;
}

/** The chain state could not be opened. `message` is for the user. */
export class ChainLoadError extends CoinError {
  /** `failure` may be cured by -reindex, `incompatible` and `fatal` not, `interrupted` is no error. */
  readonly kind: 'failure' | 'incompatible' | 'interrupted' | 'fatal';

  constructor(kind: ChainLoadError['kind'], message: string, options?: { cause?: unknown }) {
    super('chain-load', message, options);
    this.kind = kind;
  }
}

/** What `dbCacheBytes` goes to, as the reference divides it. */
export function cacheSizes(totalBytes: number): { blockTree: number; coinsDb: number; coins: number } {
  const blockTree = Math.min(Math.floor(totalBytes / 8), 2 * MIB);
  const coinsDb = Math.min(Math.floor((totalBytes - blockTree) / 2), 8 * MIB);
  return { blockTree, coinsDb, coins: totalBytes - blockTree - coinsDb };
}

/**
 * Opens (or makes) block files, block index and coins, repairs what a crash left behind, verifies the newest blocks and
 * connects what is on disk beyond the coins. Blocks that are only in files (reindex) wait for `importBlocks`.
 * @throws ChainLoadError
 */
export async function openChainState(options: ChainStateOptions, modules: OpenChainModules): Promise<ChainStateImpl> {
  const open: { close(): Promise<void> | void }[] = [];
  try {
    return await load(options, modules, open);
  } catch (e) {
    for (const one of open.reverse()) await one.close();
    if (e instanceof ChainLoadError) throw e;
    modules.log.error(errorText(e));
    throw new ChainLoadError('failure', 'Error loading databases', { cause: e });
  }
}

async function load(options: ChainStateOptions, modules: OpenChainModules, open: { close(): Promise<void> | void }[]): Promise<ChainStateImpl> {
  const { log, clock } = modules;
  const notify = modules.notify ?? {};
  const interrupted = modules.interrupted ?? ((): boolean => false);
  const { params } = options;
  const { consensus } = params;
  const sizes = cacheSizes(options.dbCacheBytes);
  const fault = options.fault === undefined ? {} : { fault: options.fault };
  const stop = (): void => {
    if (interrupted()) throw new ChainLoadError('interrupted', '');
  };

  const caches = new ValidationCaches({ bytes: options.sigCacheBytes }, { log });
  let blocks: BlockStore;
  try {
    blocks = new BlockStore({ dir: options.blocksDir, messageStart: params.messageStart, xor: options.blocksXor, fastPrune: options.fastPrune, ...fault }, { log });
  } catch (e) {
    throw new ChainLoadError('fatal', errorText(e), { cause: e });
  }
  open.push(blocks);
  const treeDb = await openDatabase(join(options.netDir, 'blocks', 'index'), 'block-index', sizes.blockTree, options.reindex, false, 'Error opening block database', modules, fault);
  open.push(treeDb);
  const blockTree = new BlockTreeDb(treeDb);
  if (options.reindex) {
    await blockTree.setReindexing(true);
    if (options.prune !== null) {
      // Files behind a gap would never be read, and undo files are made anew.
      log.info('Removing unusable blk?????.dat and rev?????.dat files for -reindex with -prune');
      blocks.removeUnusableFiles();
    }
  }
  notify.initMessage?.('Loading block index…');

  log.info(isAllZero(options.assumeValid) ? 'Validating signatures for all blocks.' : `Assuming ancestors of block ${hashToHex(options.assumeValid)} have valid signatures.`);
  log.info(`Setting nMinimumChainWork=${workHex(options.minimumChainWork)}`);
  if (options.minimumChainWork < consensus.minimumChainWork) {
    log.warning(`nMinimumChainWork set below default value of ${workHex(consensus.minimumChainWork)}`);
  }

  const tree = new HeaderTree(blockWork);
  const reindexing = blockTree.reindexing;
  // One that was begun in an earlier run goes on from what that has found: the coins build on it.
  if (!options.reindex) {
    await loadTree(tree, blockTree, params, modules, stop);
    loadFiles(blocks, blockTree, tree, log);
  }
  if (tree.size > 0 && tree.get(consensus.genesisHash) === undefined) {
    throw new ChainLoadError('incompatible', 'Incorrect or no genesis block found. Wrong datadir for network?');
  }

  if (options.prune === null && blockTree.flag('prunedblockfiles')) {
    throw new ChainLoadError('failure', 'You need to rebuild the database using -reindex to go back to unpruned mode.  This will redownload the entire blockchain');
  }
  if (options.prune?.kind === 'manual') log.info('Block pruning enabled. Use RPC call pruneblockchain(height) to manually prune block and undo files.');
  else if (options.prune !== null) log.info(`Prune configured to target ${Math.trunc(options.prune.bytes / MIB)} MiB on disk for block and undo files.`);

  log.info('Initializing chainstate Chainstate [ibd] @ height -1 (null)');
  const coinsLevel = await openDatabase(join(options.netDir, 'chainstate'), 'chainstate', sizes.coinsDb, options.reindex || options.reindexChainstate, true, 'Error opening coins database', modules, fault);
  open.push(coinsLevel);
  const coinsDb = new CoinsDb(coinsLevel, options.dbBatchBytes === undefined ? {} : { batchBytes: options.dbBatchBytes });
  if (await coinsDb.needsUpgrade()) {
    throw new ChainLoadError('incompatible', 'Unsupported chainstate database format found. Please restart with -reindex-chainstate. This will rebuild the chainstate database.');
  }
  if (!await replayBlocks({ coinsDb, tree, blocks, log, progress: (percent) => notify.progress?.('Replaying blocks…', percent) })) {
    throw new ChainLoadError('failure', 'Unable to replay blocks. You will need to rebuild the database using -reindex-chainstate.');
  }

  const coins = new CoinsCache(coinsDb);
  const core = new ChainCore({
    params, minimumChainWork: options.minimumChainWork, assumeValid: options.assumeValid, maxTipAgeSec: options.maxTipAgeSec,
    dbCacheBytes: sizes.coins, stopAtHeight: options.stopAtHeight,
  }, { log, clock, notify, tree, coins, blocks, treeDb: blockTree, caches, deployments: new DeploymentView(params) });
  core.loading = reindexing;
  if (options.prune !== null) core.pruner = new Pruner(core, options.prune, options.fastPrune);

  try {
    if (!reindexing) storeGenesis(core);
  } catch (e) {
    throw new ChainLoadError('failure', 'Error initializing block database', { cause: e });
  }
  if (coins.bestBlock !== null) {
    const tip = tree.get(coins.bestBlock);
    if (tip === undefined) throw new ChainLoadError('failure', 'Error initializing block database');
    setLoadedTip(core, tip);
  }
  dropLostBlocks(core);
  for (const entry of tree.values()) {
    if (entry.isValid(BLOCK_VALID_TRANSACTIONS) && entry.chainTxCount > 0) core.tryCandidate(entry);
  }
  if (needsRedownload(core)) {
    throw new ChainLoadError('failure', `Witness data for blocks after height ${consensus.segwitHeight} requires validation. Please restart with -reindex.`);
  }

  notify.initMessage?.('Verifying blocks…');
  if (core.tip !== null) {
    if (core.tip.time > clock.nowSec() + MAX_FUTURE_BLOCK_TIME) {
      throw new ChainLoadError('failure', 'The block database contains a block which appears to be from the future. '
        + "This may be due to your computer's date and time being set incorrectly. "
        + "Only rebuild the block database if you are sure that your computer's date and time are correct");
    }
    const result = await verifyChain(core, { level: options.checkLevel, depth: options.checkBlocks, interrupted });
    if (result === 'interrupted') throw new ChainLoadError('interrupted', 'Block verification was interrupted');
    if (result === 'corrupted') throw new ChainLoadError('failure', 'Corrupted block database detected');
    if (result === 'skipped-level3' && options.requireFullVerification) {
      throw new ChainLoadError('fatal', 'Insufficient dbcache for block verification');
    }
  }
  // A crash between an invalidation and the next flush of the coins leaves them on a branch that is known to be bad.
  while (core.tip?.failed === true) {
    core.disconnectTip(null);
    if (core.tip !== null) core.candidates.add(core.tip);
  }
  log.info('Block index and chainstate loaded');
  const state = new ChainStateImpl({ core, coinsDb });
  if (!reindexing) {
    const verdict = await state.activateBestChain();
    if (!verdict.ok) throw new ChainLoadError('failure', verdict.reason);
    core.updateInitialDownload();
  }
  return state;
}

async function openDatabase(
  path: string, name: string, cacheBytes: number, wipe: boolean, obfuscate: boolean, failure: string, modules: OpenChainModules, fault: { fault?: FaultHook },
): Promise<LevelDb> {
  if (wipe) modules.log.info(`Wiping LevelDB in ${path}`);
  modules.log.info(`Opening LevelDB in ${path}`);
  try {
    const db = await LevelDb.open({ path, name, cacheBytes, wipe, obfuscate, ...fault });
    modules.log.info('Opened LevelDB successfully');
    modules.log.info(`Using obfuscation key for ${path}: ${Buffer.from(db.obfuscationKey).toString('hex')}`);
    return db;
  } catch (e) {
    modules.log.error(errorText(e));
    throw new ChainLoadError('failure', failure, { cause: e });
  }
}

function workHex(work: bigint): string {
  return work.toString(16).padStart(64, '0');
}

/** Reads the block index. @throws ChainLoadError */
async function loadTree(tree: HeaderTree, db: BlockTreeDb, params: ChainParams, modules: OpenChainModules, stop: () => void): Promise<void> {
  const { log } = modules;
  const failure = (): ChainLoadError => new ChainLoadError('failure', 'Error loading block database');
  const records: BlockRecord[] = [];
  try {
    for await (const some of db.blocks()) {
      stop();
      for (const record of some) records.push(record);
    }
  } catch (e) {
    if (e instanceof ChainLoadError) throw e;
    log.error(`LoadBlockIndexGuts: failed to read value (${errorText(e)})`);
    throw failure();
  }
  records.sort((a, b) => a.height - b.height);
  let height = -1;
  for (const record of records) {
    const { hash, header } = record;
    if (record.height > height + 1) {
      log.error(`LoadBlockIndex: block index is non-contiguous, index of height ${height + 1} missing`);
      throw failure();
    }
    height = record.height;
    // A coin may have a first block that breaks its own rule: it is known by its hash.
    // Work done for another chain's block is in the block files alone.
    const proven = record.height === 0 ? equalBytes(hash, params.consensus.genesisHash) : isExtended(header.version) || checkHeaderWork(header, params.consensus);
    if (!equalBytes(header.hash, hash) || !proven) {
      log.error(`LoadBlockIndexGuts: CheckProofOfWork failed: CBlockIndex(nHeight=${record.height}, hashBlock=${hashToHex(hash)})`);
      throw failure();
    }
    const prev = tree.get(header.prevHash) ?? null;
    if (record.height !== (prev === null ? 0 : prev.height + 1)) {
      log.error(`LoadBlockIndex: block ${hashToHex(hash)} at height ${record.height} has no parent`);
      throw failure();
    }
    const entry = tree.insert(hash, header, prev);
    entry.status = record.status;
    entry.txCount = record.txCount;
    entry.file = record.file;
    entry.dataPos = record.dataPos;
    entry.undoPos = record.undoPos;
    if (entry.txCount > 0) {
      if (prev === null) entry.chainTxCount = entry.txCount;
      else if (prev.chainTxCount > 0) entry.chainTxCount = prev.chainTxCount + entry.txCount;
      else if (entry.haveData) tree.addUnlinked(entry);
    }
    if ((entry.status & BLOCK_FAILED_CHILD) !== 0) {
      entry.status = (entry.status & ~BLOCK_FAILED_CHILD) | BLOCK_FAILED_VALID;
      tree.dirty.add(entry);
    }
    if (!entry.failed && prev?.failed === true) tree.fail(entry);
  }
  tree.chooseBestHeader();
}

function loadFiles(blocks: BlockStore, db: BlockTreeDb, tree: HeaderTree, log: Logger): void {
  const last = db.lastFile();
  const files: BlockFileInfo[] = [];
  log.info(`Loading block index db: last block file = ${last}`);
  for (let file = 0; ; file++) {
    const info = db.fileInfo(file);
    if (info === null && file > last) break;
    files.push(info ?? emptyFileInfo());
  }
  log.info(`Loading block index db: last block file info: ${fileInfoText(files[last] ?? emptyFileInfo())}`);
  log.info('Checking all blk files are present...');
  const needed = new Set<number>();
  for (const entry of tree.values()) if (entry.haveData) needed.add(entry.file);
  for (const file of needed) {
    if (!blocks.hasBlockFile(file)) throw new ChainLoadError('failure', 'Error loading block database');
  }
  if (tree.size > 0) blocks.load(files);
  if (!db.flag('prunedblockfiles')) return;
  log.info('Loading block index db: Block files have previously been pruned');
  // A crash may have come between the index and the deletion.
  files.slice(0, last).forEach((info, file) => {
    if (info.size === 0) blocks.removeFiles(file);
  });
}

function setLoadedTip(core: ChainCore, tip: BlockEntry): void {
  core.active.setTip(tip);
  // The chain of the last stop wins ties against all others.
  for (let walk: BlockEntry | null = tip; walk !== null; walk = walk.prev) walk.sequenceId = SEQUENCE_BEST_CHAIN_FROM_DISK;
  core.m.log.info(`Loaded best chain: hashBestChain=${tip.hashHex} height=${tip.height} date=${isoTime(tip.time)} progress=${core.verificationProgress(tip).toFixed(6)}`);
  core.updateInitialDownload();
  core.checkForkWarning();
}

/**
 * After a power failure the index may know of blocks whose data never reached the disk: it is written without waiting.
 * Only what is not below the coins can be so, because the coins are written after the files are on disk.
 */
function dropLostBlocks(core: ChainCore): void {
  const { tree, blocks, log } = core.m;
  const { tip } = core;
  const suspects = [...tree.values()].filter((entry) => entry.haveData && !core.active.contains(entry) && (tip === null || entry.chainWork > tip.chainWork));
  // With no coins at all (a rebuild) every block is read soon anyway.
  if (tip === null) return;
  suspects.sort((a, b) => a.height - b.height);
  for (const entry of suspects) {
    const block = blocks.readBlock(entry);
    const whole = block !== null && checkBlock(block, core.options.params.consensus, { checkPow: false }).ok;
    if (!whole) {
      log.warning(`Block ${entry.hashHex} at height ${entry.height} is not in its file: it will be downloaded again`);
      tree.forgetBlock(entry);
      for (const other of tree.values()) {
        if (other !== entry && other.height > entry.height && other.chainTxCount > 0 && other.ancestor(entry.height) === entry) {
          other.chainTxCount = 0;
          if (other.prev === entry && other.haveData) tree.addUnlinked(other);
        }
      }
    } else if (entry.haveUndo && blocks.readUndo(entry) === null) {
      entry.status &= ~BLOCK_HAVE_UNDO;
      entry.undoPos = 0;
      tree.dirty.add(entry);
    }
  }
}

/** True where blocks of a version before segwit lack their witnesses. */
function needsRedownload(core: ChainCore): boolean {
  const { segwitHeight } = core.options.params.consensus;
  for (let walk = core.tip; walk !== null && walk.height >= segwitHeight; walk = walk.prev) {
    if ((walk.status & BLOCK_OPT_WITNESS) === 0) return true;
  }
  return false;
}
