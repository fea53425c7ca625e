/** How the node catches up. */
export interface SyncPace {
  /** Share of the whole that an hour adds, 0…1. */
  readonly perHour: number;
  /** Seconds until it is done, as it goes now. */
  readonly leftSec: number;
}

/** Only the last while counts: blocks differ much in what they take. */
const SPAN_SEC = 500;
const MAX_SAMPLES = 5_000;

/** How fast the node has caught up lately, from what was seen of it. */
export class SyncEstimate {
  private samples: { readonly time: number; readonly progress: number }[] = [];

  /** @param time unix seconds @param progress 0…1 */
  add(time: number, progress: number): void {
    const last = this.samples.at(-1);
    // What goes back begins anew: another chain, another clock.
    if (last !== undefined && (progress < last.progress || time < last.time)) this.samples = [];
    if (last === undefined || time > last.time || this.samples.length === 0) this.samples.push({ time, progress });
    const from = this.samples.findIndex((sample) => sample.time >= time - SPAN_SEC);
    this.samples = this.samples.slice(from).slice(-MAX_SAMPLES);
  }

  /** Null while it cannot be told: too little was seen, or nothing moves. */
  get pace(): SyncPace | null {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    if (first === undefined || last === undefined || last.progress <= first.progress) return null;
    const perSec = (last.progress - first.progress) / (last.time - first.time);
    return { perHour: perSec * 3600, leftSec: (1 - last.progress) / perSec };
  }
}
