import { MalformedData } from '../util/errors.ts';
import type { Reader } from '../util/reader.ts';
import type { Writer } from '../util/writer.ts';

/** A range of feerates (sat/kvB) and what became of its transactions. */
export interface EstimatorBucket {
  readonly start: number;
  readonly end: number;
  readonly withinTarget: number;
  readonly totalConfirmed: number;
  readonly inMempool: number;
  readonly leftMempool: number;
}

export interface MedianResult {
  /** sat/kvB; -1 where there is no answer. */
  readonly median: number;
  readonly pass: EstimatorBucket;
  readonly fail: EstimatorBucket;
}

const NO_BUCKET: EstimatorBucket = { start: -1, end: -1, withinTarget: 0, totalConfirmed: 0, inMempool: 0, leftMempool: 0 };
/** One week of blocks: the longest that anybody keeps count of. */
const MAX_CONFIRMS = 1008;

function table(rows: number, columns: number): Float64Array[] {
  return Array.from({ length: rows }, () => new Float64Array(columns));
}

function readDouble(r: Reader): number {
  return new DataView(r.bytes(8).slice().buffer).getFloat64(0, true);
}

function writeDouble(w: Writer, value: number): void {
  w.bytes(new Uint8Array(new Float64Array([value]).buffer));
}

export function readDoubles(r: Reader, limit: number): Float64Array {
  const values = new Float64Array(r.compactSize(limit));
  for (let i = 0; i < values.length; i++) values[i] = readDouble(r);
  return values;
}

export function writeDoubles(w: Writer, values: ArrayLike<number>): void {
  w.compactSize(values.length);
  for (let i = 0; i < values.length; i++) writeDouble(w, values[i] as number);
}

/** For each range of feerates: how many blocks its transactions took to confirm, as averages that fade block by block. */
export class ConfirmStats {
  readonly decay: number;
  /** Blocks to a period. */
  readonly scale: number;
  private readonly buckets: Float64Array;
  private readonly confirmed: Float64Array[];
  private readonly failed: Float64Array[];
  private readonly counts: Float64Array;
  private readonly feerates: Float64Array;
  /** Still unconfirmed, by height of entry (a ring) and bucket; and those that left the ring. */
  private readonly waiting: Float64Array[];
  private readonly waitingLonger: Float64Array;

  constructor(
    buckets: Float64Array, shape: { readonly periods: number; readonly decay: number; readonly scale: number },
    saved?: { readonly confirmed: Float64Array[]; readonly failed: Float64Array[]; readonly counts: Float64Array; readonly feerates: Float64Array },
  ) {
    const n = buckets.length;
    this.buckets = buckets;
    this.decay = shape.decay;
    this.scale = shape.scale;
    this.confirmed = saved?.confirmed ?? table(shape.periods, n);
    this.failed = saved?.failed ?? table(shape.periods, n);
    this.counts = saved?.counts ?? new Float64Array(n);
    this.feerates = saved?.feerates ?? new Float64Array(n);
    this.waiting = table(this.maxConfirms, n);
    this.waitingLonger = new Float64Array(n);
  }

  get maxConfirms(): number { return this.scale * this.confirmed.length; }

  private ring(height: number): Float64Array {
    const n = this.waiting.length;
    return this.waiting[((height % n) + n) % n] as Float64Array;
  }

  /** A block came: what entered a whole ring ago has waited longer than we count, and old figures fade. */
  beginBlock(height: number): void {
    const row = this.ring(height);
    for (let j = 0; j < row.length; j++) {
      this.waitingLonger[j] = (this.waitingLonger[j] as number) + (row[j] as number);
      row[j] = 0;
    }
    for (const values of [...this.confirmed, ...this.failed, this.feerates, this.counts]) {
      for (let j = 0; j < values.length; j++) values[j] = (values[j] as number) * this.decay;
    }
  }

  record(blocks: number, bucket: number, feerate: number): void {
    if (blocks < 1) return;
    for (let period = Math.ceil(blocks / this.scale); period <= this.confirmed.length; period++) {
      const row = this.confirmed[period - 1] as Float64Array;
      row[bucket] = (row[bucket] as number) + 1;
    }
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.feerates[bucket] = (this.feerates[bucket] as number) + feerate;
  }

  enter(height: number, bucket: number): void {
    const row = this.ring(height);
    row[bucket] = (row[bucket] as number) + 1;
  }

  leave(height: number, bestHeight: number, bucket: number, inBlock: boolean): void {
    const blocksAgo = bestHeight === 0 ? 0 : bestHeight - height;
    if (blocksAgo < 0) return;
    const row = blocksAgo >= this.waiting.length ? this.waitingLonger : this.ring(height);
    if ((row[bucket] as number) > 0) row[bucket] = (row[bucket] as number) - 1;
    if (inBlock || blocksAgo < this.scale) return;
    const periods = Math.min(Math.floor(blocksAgo / this.scale), this.failed.length);
    for (let i = 0; i < periods; i++) {
      const failed = this.failed[i] as Float64Array;
      failed[bucket] = (failed[bucket] as number) + 1;
    }
  }

  /**
   * Lowest range of feerates that still confirmed within `target` blocks with a probability of `success`, ranges being joined
   * until they hold `sufficient` transactions a block.
   */
  median(target: number, sufficient: number, success: number, height: number): MedianResult {
    const period = Math.ceil(target / this.scale) - 1;
    const last = this.buckets.length - 1;
    let within = 0;
    let total = 0;
    let inMempool = 0;
    let left = 0;
    let partial = 0;
    let near = last;
    let far = last;
    let best: readonly [number, number] = [last, last];
    let found = false;
    let fresh = true;
    let passing = true;
    let pass = NO_BUCKET;
    let fail = NO_BUCKET;
    const range = (): EstimatorBucket => ({ ...this.range(far, near), withinTarget: within, totalConfirmed: total, inMempool, leftMempool: left });
    for (let bucket = last; bucket >= 0; bucket--) {
      if (fresh) {
        near = bucket;
        fresh = false;
      }
      far = bucket;
      const count = this.counts[bucket] as number;
      within += this.confirmed[period]?.[bucket] ?? 0;
      left += this.failed[period]?.[bucket] ?? 0;
      partial += count;
      total += count;
      for (let blocks = target; blocks < this.maxConfirms; blocks++) inMempool += this.ring(height - blocks)[bucket] as number;
      inMempool += this.waitingLonger[bucket] as number;
      if (partial < sufficient / (1 - this.decay)) continue;
      partial = 0;
      if (within / (total + left + inMempool) < success) {
        if (passing) fail = range();
        passing = false;
        continue;
      }
      fail = NO_BUCKET;
      found = true;
      passing = true;
      pass = { ...NO_BUCKET, withinTarget: within, totalConfirmed: total, inMempool, leftMempool: left };
      within = 0;
      total = 0;
      inMempool = 0;
      left = 0;
      best = [far, near];
      fresh = true;
    }
    const median = found ? this.medianOf(best[0], best[1]) : null;
    if (median !== null) pass = { ...pass, ...this.range(best[0], best[1]) };
    if (passing && !fresh) fail = range();
    return { median: median ?? -1, pass, fail };
  }

  private range(low: number, high: number): { start: number; end: number } {
    return { start: low > 0 ? this.buckets[low - 1] as number : 0, end: this.buckets[high] as number };
  }

  /** Average feerate of the bucket that holds the middle transaction; null where there is none. */
  private medianOf(low: number, high: number): number | null {
    let half = 0;
    for (let j = low; j <= high; j++) half += this.counts[j] as number;
    if (half === 0) return null;
    half /= 2;
    for (let j = low; j <= high; j++) {
      const count = this.counts[j] as number;
      if (count >= half) return (this.feerates[j] as number) / count;
      half -= count;
    }
    return -1;
  }

  write(w: Writer): void {
    writeDouble(w, this.decay);
    w.u32(this.scale);
    writeDoubles(w, this.feerates);
    writeDoubles(w, this.counts);
    for (const rows of [this.confirmed, this.failed]) {
      w.compactSize(rows.length);
      for (const row of rows) writeDoubles(w, row);
    }
  }

  /** @throws MalformedData with the reference's text */
  static read(r: Reader, buckets: Float64Array): ConfirmStats {
    const n = buckets.length;
    const decay = readDouble(r);
    if (!(decay > 0 && decay < 1)) throw new MalformedData('Corrupt estimates file. Decay must be between 0 and 1 (non-inclusive)');
    const scale = r.u32();
    if (scale === 0) throw new MalformedData('Corrupt estimates file. Scale must be non-zero');
    const feerates = readDoubles(r, MAX_CONFIRMS);
    if (feerates.length !== n) throw new MalformedData('Corrupt estimates file. Mismatch in feerate average bucket count');
    const counts = readDoubles(r, MAX_CONFIRMS);
    if (counts.length !== n) throw new MalformedData('Corrupt estimates file. Mismatch in tx count bucket count');
    const rows = (): Float64Array[] => Array.from({ length: r.compactSize(MAX_CONFIRMS) }, () => readDoubles(r, MAX_CONFIRMS));
    const confirmed = rows();
    const periods = confirmed.length;
    if (scale * periods <= 0 || scale * periods > MAX_CONFIRMS) {
      throw new MalformedData('Corrupt estimates file.  Must maintain estimates for between 1 and 1008 (one week) confirms');
    }
    if (confirmed.some((row) => row.length !== n)) throw new MalformedData('Corrupt estimates file. Mismatch in feerate conf average bucket count');
    const failed = rows();
    if (failed.length !== periods) throw new MalformedData('Corrupt estimates file. Mismatch in confirms tracked for failures');
    if (failed.some((row) => row.length !== n)) throw new MalformedData('Corrupt estimates file. Mismatch in one of failure average bucket counts');
    return new ConfirmStats(buckets, { periods, decay, scale }, { confirmed, failed, counts, feerates });
  }
}
