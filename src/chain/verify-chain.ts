import { checkBlock } from '../consensus/block-check.ts';
import { verdictText } from '../consensus/verdict.ts';
import type { BlockEntry } from './block-index.ts';
import type { ChainCore } from './chain-core.ts';
import { CoinsOverlay } from './coins-view.ts';
import { disconnectBlock } from './disconnect-block.ts';
import { nextTurn } from './work-queue.ts';

export type VerifyResult = 'success' | 'corrupted' | 'interrupted' | 'skipped-level3' | 'skipped-missing-blocks';

export interface VerifyOptions {
  /** 0 reads, 1 checks each block by itself, 2 reads undo data, 3 disconnects in memory, 4 connects again. */
  readonly level: number;
  /** Number of blocks; 0 means all. */
  readonly depth: number;
  readonly interrupted: () => boolean;
}

/** Verifies the newest blocks of the active chain. Nothing changes: coins are moved in memory only. */
export async function verifyChain(core: ChainCore, options: VerifyOptions): Promise<VerifyResult> {
  const { log, blocks, coins, notify } = core.m;
  const { active, tip } = core;
  if (tip === null || tip.prev === null) return 'success';
  const depth = options.depth <= 0 || options.depth > active.height ? active.height : options.depth;
  const level = Math.max(0, Math.min(4, options.level));
  log.info(`Verifying last ${depth} blocks at level ${level}`);
  const view = new CoinsOverlay(coins);
  let failedAt: BlockEntry | null = null;
  let good = 0;
  let reported = 0;
  let skippedData = false;
  let skippedLevel3 = false;
  log.info('Verification progress: 0%');
  const report = (percent: number): void => {
    const bounded = Math.max(1, Math.min(99, Math.trunc(percent)));
    if (reported < Math.trunc(bounded / 10)) {
      log.info(`Verification progress: ${bounded}%`);
      reported = Math.trunc(bounded / 10);
    }
    notify.progress?.('Verifying blocks…', bounded);
  };
  let entry: BlockEntry = tip;
  for (; entry.prev !== null; entry = entry.prev) {
    report(((active.height - entry.height) / depth) * (level >= 4 ? 50 : 100));
    if (entry.height <= active.height - depth) break;
    if (!entry.haveData && entry.txCount > 0) {
      log.info(`Block verification stopping at height ${entry.height} (no data). This could be due to pruning or use of an assumeutxo snapshot.`);
      skippedData = true;
      break;
    }
    const block = blocks.readBlock(entry);
    if (block === null) {
      log.error(`Verification error: ReadBlock failed at ${entry.height}, hash=${entry.hashHex}`);
      return 'corrupted';
    }
    if (level >= 1) {
      const verdict = checkBlock(block, core.options.params.consensus);
      if (!verdict.ok) {
        log.error(`Verification error: found bad block at ${entry.height}, hash=${entry.hashHex} (${verdictText(verdict)})`);
        return 'corrupted';
      }
    }
    const undo = level >= 2 && entry.haveUndo ? blocks.readUndo(entry) : null;
    if (level >= 2 && entry.haveUndo && undo === null) {
      log.error(`Verification error: found bad undo data at ${entry.height}, hash=${entry.hashHex}`);
      return 'corrupted';
    }
    if (level >= 3) {
      if (view.usage + coins.usage > core.coinsLimit) skippedLevel3 = true;
      else {
        const result = undo === null ? 'failed' : disconnectBlock(block, entry, undo, view, log);
        if (result === 'failed') {
          log.error(`Verification error: irrecoverable inconsistency in block data at ${entry.height}, hash=${entry.hashHex}`);
          return 'corrupted';
        }
        if (result === 'unclean') {
          good = 0;
          failedAt = entry;
        } else {
          good += block.txs.length;
        }
      }
    }
    if (options.interrupted()) return 'interrupted';
    await nextTurn();
  }
  if (failedAt !== null) {
    log.error(`Verification error: coin database inconsistencies found (last ${active.height - failedAt.height + 1} blocks, ${good} good transactions before that)`);
    return 'corrupted';
  }
  if (skippedLevel3) log.warning('Skipped verification of level >=3 (insufficient database cache size). Consider increasing -dbcache.');
  const count = active.height - entry.height;
  if (level >= 4 && !skippedLevel3) {
    while (entry !== tip) {
      report(100 - ((active.height - entry.height) / depth) * 50);
      const next = active.next(entry);
      if (next === null) break;
      entry = next;
      const block = blocks.readBlock(entry);
      if (block === null) {
        log.error(`Verification error: ReadBlock failed at ${entry.height}, hash=${entry.hashHex}`);
        return 'corrupted';
      }
      const { verdict } = core.tryConnect(block, entry, view, false);
      if (!verdict.ok) {
        log.error(`Verification error: found unconnectable block at ${entry.height}, hash=${entry.hashHex} (${verdictText(verdict)})`);
        return 'corrupted';
      }
      if (options.interrupted()) return 'interrupted';
      await nextTurn();
    }
  }
  log.info(`Verification: checked last ${count} blocks at level ${level}`);
  if (level >= 3 && !skippedLevel3) log.info(`Verification: no coin database inconsistencies (${good} transactions)`);
  return skippedLevel3 ? 'skipped-level3' : skippedData ? 'skipped-missing-blocks' : 'success';
}
