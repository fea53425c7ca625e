import type { Logger } from '../util/logger.ts';
import { type BlockEntry, lastCommonAncestor } from './block-index.ts';
import type { BlockStore } from './block-store.ts';
import { CoinsCache } from './coins-cache.ts';
import type { CoinsDb } from './coins-db.ts';
import { CoinsOverlay } from './coins-view.ts';
import { disconnectBlock } from './disconnect-block.ts';
import type { HeaderTree } from './header-tree.ts';

export interface ReplayModules {
  readonly coinsDb: CoinsDb;
  readonly tree: HeaderTree;
  readonly blocks: BlockStore;
  readonly log: Logger;
  readonly progress: (percent: number) => void;
}

/**
 * Completes a flush of the coins that was interrupted: takes back the blocks that only the old tip has, then applies
 * those up to the new tip. Both may have been done in part before; doing them again changes nothing.
 * False, with a line in the log, where it cannot be done.
 */
export async function replayBlocks(modules: ReplayModules): Promise<boolean> {
  const { coinsDb, tree, blocks, log } = modules;
  const heads = coinsDb.headBlocks();
  if (heads === null) return true;
  modules.progress(0);
  log.info('Replaying blocks');
  const to = tree.get(heads.to);
  if (to === undefined) {
    log.error('ReplayBlocks(): reorganization to unknown block requested');
    return false;
  }
  let from: BlockEntry | null = null;
  let fork: BlockEntry | null = null;
  if (heads.from !== null) {
    from = tree.get(heads.from) ?? null;
    if (from === null) {
      log.error('ReplayBlocks(): reorganization from unknown block requested');
      return false;
    }
    fork = lastCommonAncestor(from, to);
  }
  const cache = new CoinsCache(coinsDb);
  if (from !== null && fork !== null && from !== fork) {
    log.info(`Rolling back from ${from.hashHex} (${from.height} to ${fork.height})`);
    for (let entry: BlockEntry | null = from; entry !== null && entry !== fork && entry.height > 0; entry = entry.prev) {
      const block = blocks.readBlock(entry);
      if (block === null) {
        log.error(`RollbackBlock(): ReadBlock() failed at ${entry.height}, hash=${entry.hashHex}`);
        return false;
      }
      const undo = blocks.readUndo(entry);
      const view = new CoinsOverlay(cache);
      if (undo === null || disconnectBlock(block, entry, undo, view, log) === 'failed') {
        log.error(`RollbackBlock(): DisconnectBlock failed at ${entry.height}, hash=${entry.hashHex}`);
        return false;
      }
      view.applyTo(cache);
    }
    log.info(`Rolled back to ${fork.hashHex}`);
  }
  const forkHeight = fork?.height ?? 0;
  if (forkHeight < to.height) {
    log.info(`Rolling forward to ${to.hashHex} (${forkHeight} to ${to.height})`);
    for (let height = forkHeight + 1; height <= to.height; height++) {
      const entry = to.ancestor(height);
      const block = entry === null ? null : blocks.readBlock(entry);
      if (entry === null || block === null) {
        log.error(`ReplayBlock(): ReadBlock failed at ${height}, hash=${entry?.hashHex ?? ''}`);
        return false;
      }
      if (height % 10_000 === 0) log.info(`Rolling forward ${entry.hashHex} (${height})`);
      modules.progress(Math.trunc(((height - forkHeight) * 100) / (to.height - forkHeight)));
      const view = new CoinsOverlay(cache);
      for (const tx of block.txs) {
        if (!tx.isCoinbase) for (const { prevout } of tx.inputs) view.spend(prevout.txid, prevout.vout);
        view.addOutputs(tx, height, true);
      }
      view.applyTo(cache);
    }
    log.info(`Rolled forward to ${to.hashHex}`);
  }
  cache.bestBlock = to.hash;
  await cache.flush(true);
  modules.progress(100);
  return true;
}
