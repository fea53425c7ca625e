/** Grants no more than so many of something within a time. */
export class RateLimit {
  private readonly most: number;
  private readonly spanMs: number;
  private readonly granted: number[] = [];

  constructor(most: number, spanMs: number) {
    this.most = most;
    this.spanMs = spanMs;
  }

  /** Whether one more is granted now. @param nowMs of a clock that is never set */
  take(nowMs: number): boolean {
    while ((this.granted[0] ?? nowMs) < nowMs - this.spanMs) this.granted.shift();
    if (this.granted.length >= this.most) return false;
    this.granted.push(nowMs);
    return true;
  }
}
