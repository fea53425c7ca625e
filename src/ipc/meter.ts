import type { MethodFigures } from '../util/connection-figures.ts';
import type { MethodDef } from './interface-def.ts';

/** Steps within a doubling of time: a figure is right within an eighth. */
const STEP_BITS = 2;
const BUCKETS = 32 << STEP_BITS;

/** Times in buckets, four to a doubling: adding is cheap, and memory bounded. */
export class Durations {
  private readonly counts = new Uint32Array(BUCKETS);
  private total = 0;

  add(ms: number): void {
    const us = Math.min(Math.max(ms * 1000, 1), 0x7fffffff) | 0;
    const exponent = 31 - Math.clz32(us);
    const step = (exponent >= STEP_BITS ? us >> (exponent - STEP_BITS) : us << (STEP_BITS - exponent)) & ((1 << STEP_BITS) - 1);
    const at = (exponent << STEP_BITS) | step;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.total++;
  }

  /** Milliseconds that a `share` (0 to 1) of all stayed below; 0 where there are none. */
  quantile(share: number): number {
    let left = Math.ceil(this.total * share);
    for (let at = 0; at < BUCKETS; at++) {
      left -= this.counts[at] ?? 0;
      if (left <= 0 && this.total > 0) return (2 ** (at >> STEP_BITS) * (1 + ((at & ((1 << STEP_BITS) - 1)) + 0.5) / (1 << STEP_BITS))) / 1000;
    }
    return 0;
  }
}

class MethodMeter {
  calls = 0;
  errors = 0;
  bytes = 0;
  readonly durations = new Durations();
}

/** Counts the calls of one connection, by method. */
export class CallMeter {
  private readonly called = new Map<MethodDef, MethodMeter>();
  private readonly served = new Map<MethodDef, MethodMeter>();

  /** A call has been answered. @param bytes of call and answer */
  add(direction: MethodFigures['direction'], method: MethodDef, bytes: number, ms: number, failed: boolean): void {
    const meters = this[direction];
    let meter = meters.get(method);
    if (meter === undefined) meters.set(method, meter = new MethodMeter());
    meter.calls++;
    meter.bytes += bytes;
    if (failed) meter.errors++;
    meter.durations.add(ms);
  }

  /** Busiest methods first. */
  figures(): MethodFigures[] {
    const of = (direction: MethodFigures['direction']): MethodFigures[] => [...this[direction]].map(([method, meter]) => ({
      method: method.label, direction, calls: meter.calls, errors: meter.errors, bytes: meter.bytes,
      p50Ms: meter.durations.quantile(0.5), p99Ms: meter.durations.quantile(0.99),
    }));
    return [...of('called'), ...of('served')].sort((a, b) => b.calls - a.calls || (a.method < b.method ? -1 : 1));
  }
}
