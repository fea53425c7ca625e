import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ChainState } from '../chain/types.ts';
import { BlockPolicyEstimator, type FeeHorizon } from '../policy/fee-estimator.ts';
import { perKilo } from '../policy/feerate.ts';
import { readFileIfExists } from '../store/atomic-file.ts';
import { toKey } from '../util/bytes.ts';
import type { Clock } from '../util/clock.ts';
import { errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { MEMPOOL_ESTIMATE_TARGET, MempoolFeeEstimator, type MinedBlockStats } from './mempool-fee-estimator.ts';
import type { Mempool, MempoolEntry } from './types.ts';

/** Older files than this teach nothing about today. */
const MAX_FILE_AGE_HOURS = 60;
const HOUR_MS = 3_600_000;

export type EstimatorName = 'none' | 'block_policy' | 'mempool_policy';

export interface FeeEstimation {
  readonly estimator: EstimatorName;
  /** sat/kvB; 0 where there is none, and `error` says why. */
  readonly feerate: number;
  readonly target: number;
  readonly error?: string;
}

export interface FeeEstimationOptions {
  /** Full paths of fees/block_policy_estimates.dat and fees/mempool_policy_estimator.dat; null: nothing is kept. */
  readonly blockPolicyPath: string | null;
  readonly mempoolPolicyPath: string | null;
  /** -acceptstalefeeestimates. */
  readonly acceptStale?: boolean;
}

/** Both estimators, fed by the pool, with their files. Flush it every hour and at the end. */
export class FeeEstimators {
  private readonly options: FeeEstimationOptions;
  private readonly m: { readonly mempool: Mempool; readonly chain: ChainState; readonly log: Logger; readonly clock: Clock };
  private readonly blockPolicy = new BlockPolicyEstimator();
  private readonly mempoolPolicy: MempoolFeeEstimator;
  private remove: (() => void) | null = null;

  constructor(options: FeeEstimationOptions, modules: { readonly mempool: Mempool; readonly chain: ChainState; readonly log: Logger; readonly clock: Clock }) {
    this.options = options;
    this.m = modules;
    this.mempoolPolicy = new MempoolFeeEstimator(modules);
  }

  /** Reads the files and listens to the pool. */
  start(): void {
    this.readBlockPolicy();
    this.readMempoolPolicy();
    this.remove = this.m.mempool.addListener({
      transactionAdded: (_tx, _sequence, { entry, bypassLimits, packageSubmission, chainCurrent, noParents }) => {
        if (!bypassLimits && !packageSubmission && chainCurrent && noParents) this.blockPolicy.added(toKey(entry.tx.txid), entry.height, rateOf(entry));
      },
      transactionRemoved: (tx) => { this.blockPolicy.removed(toKey(tx.txid)); },
      removedForBlock: (entries, height, block) => {
        this.blockPolicy.processBlock(height, entries.map((entry) => ({ key: toKey(entry.tx.txid), height: entry.height, feerate: rateOf(entry) })));
        const weight = block.txs.slice(1).reduce((sum, tx) => sum + tx.weight, 0);
        this.mempoolPolicy.processBlock({ height, removedWeight: entries.reduce((sum, entry) => sum + entry.weight, 0), blockWeight: weight }, block.hash);
      },
    });
  }

  /** Saves all and stops listening. */
  stop(): void {
    this.remove?.();
    this.remove = null;
    const start = this.m.clock.monotonicMs();
    const count = this.blockPolicy.flushUnconfirmed();
    this.m.log.debug('estimatefee', `Recorded ${count} unconfirmed txs from mempool in ${((this.m.clock.monotonicMs() - start) / 1000).toFixed(3)}s`);
    this.flush();
  }

  /** Saves the files as they stand. */
  flush(): void {
    const { log } = this.m;
    const { blockPolicyPath, mempoolPolicyPath } = this.options;
    if (blockPolicyPath !== null) {
      try {
        save(blockPolicyPath, this.blockPolicy.encode());
        log.debug('estimatefee', `Flushed fee estimates to ${blockPolicyPath}.`);
      } catch {
        log.warning(`Failed to write fee estimates to ${blockPolicyPath}. Continue anyway.`);
      }
    }
    if (mempoolPolicyPath !== null) {
      try {
        save(mempoolPolicyPath, this.mempoolPolicy.encode());
        log.debug('estimatefee', `mempool_policy: mined-block stats flushed to ${mempoolPolicyPath}.`);
      } catch {
        log.warning(`mempool_policy: unable to open ${mempoolPolicyPath} for writing. Continuing anyway`);
      }
    }
  }

  private readBlockPolicy(): void {
    const { log } = this.m;
    const path = this.options.blockPolicyPath;
    if (path === null) return;
    try {
      const data = readFileIfExists(path);
      if (data === null) {
        log.info(`${path} is not found. Continue anyway.`);
        return;
      }
      const age = Math.floor((this.m.clock.systemMs() - statSync(path).mtimeMs) / HOUR_MS);
      if (age > MAX_FILE_AGE_HOURS && this.options.acceptStale !== true) {
        log.warning(`Fee estimation file ${path} too old (age=${age} > ${MAX_FILE_AGE_HOURS} hours) and will not be used to avoid serving stale estimates.`);
        return;
      }
      this.blockPolicy.restore(data);
    } catch (e) {
      log.warning(`Unable to read policy estimator data (non-fatal): ${errorText(e)}`);
      log.warning(`Failed to read fee estimates from ${path}. Continue anyway.`);
    }
  }

  private readMempoolPolicy(): void {
    const { log } = this.m;
    const path = this.options.mempoolPolicyPath;
    if (path === null) return;
    try {
      const data = readFileIfExists(path);
      if (data === null) {
        log.debug('estimatefee', `mempool_policy: ${path} does not exist. Continuing anyway`);
        return;
      }
      this.mempoolPolicy.restore(data);
      log.debug('estimatefee', `mempool_policy: mined-block stats successfully read from ${path}.`);
    } catch (e) {
      log.warning(errorText(e));
    }
  }

  maxTarget(): number {
    return Math.max(this.blockPolicy.maxTarget(), MEMPOOL_ESTIMATE_TARGET);
  }

  maxTargetOf(horizon: FeeHorizon): number {
    return this.blockPolicy.maxTarget(horizon);
  }

  raw(target: number, threshold: number, horizon: FeeHorizon): ReturnType<BlockPolicyEstimator['raw']> {
    return this.blockPolicy.raw(target, threshold, horizon);
  }

  /** The last blocks as the pool saw them, oldest first. */
  minedBlocks(): readonly MinedBlockStats[] {
    return this.mempoolPolicy.blocks;
  }

  /** `none`: the lower of both estimators' answers. */
  estimate(estimator: EstimatorName, target: number, conservative: boolean): FeeEstimation {
    if (estimator === 'mempool_policy') return this.fromMempool(conservative);
    const smart = this.blockPolicy.smart(target, conservative);
    const block: FeeEstimation = { estimator: 'block_policy', ...smart, ...(smart.feerate === 0 ? { error: 'Insufficient data or no feerate found' } : {}) };
    if (estimator === 'block_policy') return block;
    const mempool = block.error === undefined ? this.fromMempool(conservative) : block;
    if (mempool.error !== undefined) {
      this.m.log.debug('estimatefee', mempool.error);
      return mempool;
    }
    const chosen = mempool.feerate < block.feerate ? mempool : block;
    this.m.log.debug('estimatefee', `Fee rate estimated using ${chosen.estimator}: target=${chosen.target} feerate=${chosen.feerate} sat/kvB.`);
    return chosen;
  }

  private fromMempool(conservative: boolean): FeeEstimation {
    const answer = this.mempoolPolicy.estimate(conservative);
    const base = { estimator: 'mempool_policy', target: MEMPOOL_ESTIMATE_TARGET } as const;
    return 'error' in answer ? { ...base, feerate: 0, error: answer.error } : { ...base, feerate: answer.feerate };
  }
}

function rateOf(entry: MempoolEntry): number {
  return perKilo({ fee: entry.fee, size: entry.vsize });
}

function save(path: string, data: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, data);
}
