import type { Network } from '../params/chain-params.ts';
import { MIN_BLOCKS_TO_KEEP } from './accept-block.ts';
import type { ChainCore } from './chain-core.ts';
import type { BlockIndex } from './types.ts';

const MIB = 1024 * 1024;
/** No target may be lower than this. */
export const MIN_PRUNE_TARGET_BYTES = 550 * MIB;
/** Room that the next allocation of a block and an undo file may take. */
const ALLOCATION_BYTES = 17 * MIB;
/** Blocks between what an index has read and what may go. */
const LOCK_BUFFER = 10;
const AVERAGE_BLOCK_BYTES = 1_000_000;

/** -prune: by hand (`pruneblockchain`) or down to a target in bytes; null keeps everything. */
export type PruneMode = { readonly kind: 'manual' } | { readonly kind: 'target'; readonly bytes: number };

/** Chains shorter than this are not pruned. */
export function pruneAfterHeight(network: Network, fastPrune: boolean): number {
  if (network === 'main') return 100_000;
  return network === 'regtest' && fastPrune ? 100 : 1000;
}

/** Last height that was pruned, or null where nothing was. */
export function prunedHeight(tip: BlockIndex | null): number | null {
  if (tip === null || tip.height < 1) return null;
  if (!tip.haveData || !tip.haveUndo) return tip.height;
  let walk: BlockIndex = tip;
  while (walk.prev !== null && walk.prev.height > 0 && walk.prev.haveData && walk.prev.haveUndo) walk = walk.prev;
  return walk.height <= 1 ? null : walk.height - 1;
}

/** Decides which pairs of files go, and forgets what they hold. Their bytes go later, once the index says so on disk. */
export class Pruner {
  readonly mode: PruneMode;
  private readonly core: ChainCore;
  private readonly afterHeight: number;
  /** First height that somebody still needs, by name. */
  private readonly locks = new Map<string, number>();

  constructor(core: ChainCore, mode: PruneMode, fastPrune: boolean) {
    this.core = core;
    this.mode = mode;
    this.afterHeight = pruneAfterHeight(core.options.params.network, fastPrune);
  }

  get minimumHeight(): number { return this.afterHeight; }

  /** Keeps blocks from `height` on until somebody says otherwise; null lets them go. */
  setLock(name: string, height: number | null): void {
    if (height === null) this.locks.delete(name);
    else this.locks.set(name, height);
  }

  private lastPrunable(wanted: number): number {
    let last = wanted;
    for (const [name, height] of this.locks) {
      const limit = height - LOCK_BUFFER - 1;
      if (limit >= last) continue;
      last = Math.max(1, limit);
      this.core.m.log.debug('prune', `${name} limited pruning to height ${last}`);
    }
    return Math.min(last, Math.max(0, this.core.active.height - MIN_BLOCKS_TO_KEEP));
  }

  /** Files that exceed the target. */
  findByTarget(): number[] {
    if (this.mode.kind !== 'target') return [];
    const { blocks, tree, log } = this.core.m;
    const { height } = this.core.active;
    const target = Math.max(this.mode.bytes, MIN_PRUNE_TARGET_BYTES);
    if (height <= this.afterHeight) return [];
    let usage = blocks.diskUsage();
    let buffer = ALLOCATION_BYTES;
    if (usage + buffer < target) return [];
    const last = this.lastPrunable(height);
    const ahead = (tree.bestHeader?.height ?? height) - height;
    // While blocks pour in, every flush costs: make room for more at once.
    if (this.core.isInitialDownload && ahead > 0) buffer += AVERAGE_BLOCK_BYTES * ahead;
    const found: number[] = [];
    for (let file = 0; file < blocks.lastFile && usage + buffer >= target; file++) {
      const info = blocks.files[file];
      if (info === undefined || info.size === 0 || info.heightLast > last) continue;
      usage -= info.size + info.undoSize;
      found.push(file);
    }
    this.forget(found);
    log.debug('prune', `target=${Math.trunc(target / MIB)}MiB actual=${Math.trunc(usage / MIB)}MiB diff=${Math.trunc((target - usage) / MIB)}MiB `
      + `min_height=0 max_prune_height=${last} removed ${found.length} blk/rev pairs`);
    return found;
  }

  /** Files with no block above `height`. */
  findByHeight(height: number): number[] {
    const { blocks, log } = this.core.m;
    const last = this.lastPrunable(Math.min(height, this.core.active.height));
    const found: number[] = [];
    for (let file = 0; file < blocks.lastFile; file++) {
      const info = blocks.files[file];
      if (info !== undefined && info.size > 0 && info.heightLast <= last) found.push(file);
    }
    this.forget(found);
    log.info(`[fully validated] Prune (Manual): prune_height=${last} removed ${found.length} blk/rev pairs`);
    return found;
  }

  private forget(files: readonly number[]): void {
    if (files.length === 0) return;
    const { tree, blocks } = this.core.m;
    const gone = new Set(files);
    for (const entry of tree.values()) {
      if ((entry.haveData || entry.haveUndo) && gone.has(entry.file)) tree.dropData(entry);
    }
    for (const file of files) blocks.forgetFile(file);
  }
}
