export interface BackOffOptions {
  /** Milliseconds before the second new attempt; the first is made at once. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** Whoever lived this long failed for a new reason: the delays begin anew. */
  readonly calmMs: number;
}

/** How long to wait before something that has failed is tried again: not at all, then twice as long each time, up to a bound. */
export class BackOff {
  private readonly options: BackOffOptions;
  private delayMs: number;

  constructor(options: BackOffOptions) {
    this.options = options;
    this.delayMs = 0;
  }

  /** Milliseconds to wait. @param livedMs how long the attempt lasted that has just failed */
  next(livedMs: number): number {
    const { firstMs, longestMs, calmMs } = this.options;
    if (livedMs >= calmMs) this.delayMs = 0;
    const delay = this.delayMs;
    this.delayMs = Math.min(Math.max(delay * 2, firstMs), longestMs);
    return delay;
  }
}
