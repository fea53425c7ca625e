import { MalformedData } from '../util/errors.ts';
import { Reader } from '../util/reader.ts';
import { Writer } from '../util/writer.ts';
import { ConfirmStats, type MedianResult, readDoubles, writeDoubles } from './confirm-stats.ts';

export const FEE_HORIZONS = ['short', 'medium', 'long'] as const;
export type FeeHorizon = (typeof FEE_HORIZONS)[number];

/** How far each horizon looks and how fast it forgets. */
const SHAPES: Readonly<Record<FeeHorizon, { readonly periods: number; readonly scale: number; readonly decay: number; readonly sufficient: number }>> = {
  short: { periods: 12, scale: 1, decay: 0.962, sufficient: 0.5 },
  medium: { periods: 24, scale: 2, decay: 0.9952, sufficient: 0.1 },
  long: { periods: 42, scale: 24, decay: 0.99931, sufficient: 0.1 },
};
const HALF_SUCCESS = 0.6;
const SUCCESS = 0.85;
const DOUBLE_SUCCESS = 0.95;
const OLDEST_HISTORY = 6 * 1008;
const FILE_VERSION = 309900;
/** Feerates in sat/kvB; each bucket reaches 5% further than the one before. */
const MIN_BUCKET = 100;
const MAX_BUCKET = 1e7;
const SPACING = 1.05;
const INFINITE_FEERATE = 1e99;

function defaultBuckets(): Float64Array {
  const list: number[] = [];
  for (let bound = MIN_BUCKET; bound <= MAX_BUCKET; bound *= SPACING) list.push(bound);
  list.push(INFINITE_FEERATE);
  return Float64Array.from(list);
}

interface Tracked {
  readonly height: number;
  readonly bucket: number;
}

export interface SmartEstimate {
  /** sat/kvB; 0 where there is no answer. */
  readonly feerate: number;
  /** Target that the answer is for. */
  readonly target: number;
}

/**
 * Learns from how long transactions of the pool took to confirm which feerate confirms within how many blocks
 * (reference: policy/fees/block_policy_estimator.cpp). Transactions are named by their txid keys.
 */
export class BlockPolicyEstimator {
  private buckets = defaultBuckets();
  private stats: Record<FeeHorizon, ConfirmStats>;
  private readonly tracked = new Map<string, Tracked>();
  private best = 0;
  private firstRecorded = 0;
  private historicalFirst = 0;
  private historicalBest = 0;

  constructor() {
    this.stats = {
      short: new ConfirmStats(this.buckets, SHAPES.short), medium: new ConfirmStats(this.buckets, SHAPES.medium), long: new ConfirmStats(this.buckets, SHAPES.long),
    };
  }

  get bestHeight(): number { return this.best; }
  get trackedCount(): number { return this.tracked.size; }

  private all(): ConfirmStats[] { return [this.stats.short, this.stats.medium, this.stats.long]; }

  private bucketOf(feerate: number): number {
    let low = 0;
    let high = this.buckets.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.buckets[middle] as number) < feerate) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A transaction entered the pool at `height` with nothing about it that would mislead. @param feerate sat/kvB */
  added(key: string, height: number, feerate: number): void {
    if (this.tracked.has(key) || height !== this.best) return;
    const bucket = this.bucketOf(feerate);
    this.tracked.set(key, { height, bucket });
    for (const stats of this.all()) stats.enter(height, bucket);
  }

  /** A transaction left the pool without a block. */
  removed(key: string): void {
    this.untrack(key, false);
  }

  private untrack(key: string, inBlock: boolean): boolean {
    const found = this.tracked.get(key);
    if (found === undefined) return false;
    for (const stats of this.all()) stats.leave(found.height, this.best, found.bucket, inBlock);
    this.tracked.delete(key);
    return true;
  }

  /** A block confirmed these. */
  processBlock(height: number, confirmed: readonly { readonly key: string; readonly height: number; readonly feerate: number }[]): void {
    // Blocks that come again after a reorganisation teach nothing new.
    if (height <= this.best) return;
    this.best = height;
    for (const stats of this.all()) stats.beginBlock(height);
    let counted = 0;
    for (const tx of confirmed) {
      if (!this.untrack(tx.key, true) || height - tx.height <= 0) continue;
      const bucket = this.bucketOf(tx.feerate);
      for (const stats of this.all()) stats.record(height - tx.height, bucket, tx.feerate);
      counted += 1;
    }
    if (this.firstRecorded === 0 && counted > 0) this.firstRecorded = this.best;
  }

  /** All that is still in the pool counts as not confirmed: before the figures are saved for the last time. */
  flushUnconfirmed(): number {
    const count = this.tracked.size;
    for (const key of [...this.tracked.keys()]) this.untrack(key, false);
    return count;
  }

  maxTarget(horizon: FeeHorizon = 'long'): number { return this.stats[horizon].maxConfirms; }

  private get span(): number { return this.firstRecorded === 0 ? 0 : this.best - this.firstRecorded; }

  private get historicalSpan(): number {
    if (this.historicalFirst === 0 || this.best - this.historicalBest > OLDEST_HISTORY) return 0;
    return this.historicalBest - this.historicalFirst;
  }

  private get maxUsableTarget(): number {
    return Math.min(this.stats.long.maxConfirms, Math.floor(Math.max(this.span, this.historicalSpan) / 2));
  }

  /** One horizon's answer, for estimaterawfee. `feerate` 0 where there is none. */
  raw(target: number, success: number, horizon: FeeHorizon): MedianResult & { readonly feerate: number; readonly decay: number; readonly scale: number } {
    const stats = this.stats[horizon];
    const result = stats.median(target, SHAPES[horizon].sufficient, success, this.best);
    return { ...result, feerate: result.median < 0 ? 0 : Math.round(result.median), decay: stats.decay, scale: stats.scale };
  }

  private median(horizon: FeeHorizon, target: number, success: number): number {
    return this.stats[horizon].median(target, SHAPES[horizon].sufficient, success, this.best).median;
  }

  private combined(target: number, success: number, shorterToo: boolean): number {
    const { short, medium, long } = this.stats;
    if (target < 1 || target > long.maxConfirms) return -1;
    const own: FeeHorizon = target <= short.maxConfirms ? 'short' : target <= medium.maxConfirms ? 'medium' : 'long';
    let estimate = this.median(own, target, success);
    if (!shorterToo) return estimate;
    for (const horizon of ['medium', 'short'] as const) {
      const reach = this.stats[horizon].maxConfirms;
      if (target <= reach) continue;
      const shorter = this.median(horizon, reach, success);
      if (shorter > 0 && (estimate === -1 || shorter < estimate)) estimate = shorter;
    }
    return estimate;
  }

  private conservative(doubleTarget: number): number {
    let estimate = -1;
    if (doubleTarget <= this.stats.short.maxConfirms) estimate = this.median('medium', doubleTarget, DOUBLE_SUCCESS);
    if (doubleTarget <= this.stats.medium.maxConfirms) estimate = Math.max(estimate, this.median('long', doubleTarget, DOUBLE_SUCCESS));
    return estimate;
  }

  /** Feerate for `wanted` blocks: the highest that half, whole and double the target ask with rising certainty. */
  smart(wanted: number, conservative: boolean): SmartEstimate {
    if (wanted <= 0 || wanted > this.stats.long.maxConfirms) return { feerate: 0, target: wanted };
    const target = Math.min(Math.max(wanted, 2), this.maxUsableTarget);
    if (target <= 1) return { feerate: 0, target };
    let median = Math.max(
      this.combined(Math.floor(target / 2), HALF_SUCCESS, true),
      this.combined(target, SUCCESS, true),
      this.combined(2 * target, DOUBLE_SUCCESS, !conservative),
    );
    if (conservative || median === -1) median = Math.max(median, this.conservative(2 * target));
    return { feerate: median < 0 ? 0 : Math.round(median), target };
  }

  /** Bytes of block_policy_estimates.dat. */
  encode(): Uint8Array {
    const w = new Writer(1 << 18);
    w.i32(FILE_VERSION).u32(this.best);
    if (this.span > this.historicalSpan / 2) w.u32(this.firstRecorded).u32(this.best);
    else w.u32(this.historicalFirst).u32(this.historicalBest);
    writeDoubles(w, this.buckets);
    this.stats.medium.write(w);
    this.stats.short.write(w);
    this.stats.long.write(w);
    return w.finish();
  }

  /** Takes over what a file says. @throws MalformedData with the reference's text; nothing has changed then */
  restore(data: Uint8Array): void {
    const r = new Reader(data);
    const version = r.i32();
    if (version > FILE_VERSION) throw new MalformedData(`File version (${version}) too high to be read.`);
    if (version < FILE_VERSION) throw new MalformedData(`File version (${version}) incompatible: Too old to be read`);
    const best = r.u32();
    const first = r.u32();
    const last = r.u32();
    if (first > last || last > best) throw new MalformedData('Corrupt estimates file. Historical block range for estimates is invalid');
    const buckets = readDoubles(r, 1 << 20);
    if (buckets.length <= 1 || buckets.length > 1000) throw new MalformedData('Corrupt estimates file. Must have between 2 and 1000 feerate buckets');
    const medium = ConfirmStats.read(r, buckets);
    const short = ConfirmStats.read(r, buckets);
    const long = ConfirmStats.read(r, buckets);
    this.buckets = buckets;
    this.stats = { short, medium, long };
    this.best = best;
    this.historicalFirst = first;
    this.historicalBest = last;
  }
}
