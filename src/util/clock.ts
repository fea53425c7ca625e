/** How far the two clocks behind `systemMicros` may be apart. */
const MOST_DRIFT_MS = 2;

/**
 * Time behind one door, so that -mocktime and setmocktime reach everything that asks for it.
 * Durations that only measure (benchmarks, log figures) use `monotonicMs`.
 */
export class Clock {
  private mockSec = 0;
  private fineStartMs = performance.timeOrigin;
  private lastMicros = 0;

  /** Unix time in seconds, or the mock time where one is set. */
  nowSec(): number { return this.mockSec !== 0 ? this.mockSec : Math.floor(Date.now() / 1000); }
  /** Unix time in milliseconds, or the mock time where one is set. */
  nowMs(): number { return this.mockSec !== 0 ? this.mockSec * 1000 : Date.now(); }
  /** Sets the mock time in seconds; 0 returns to the system's clock. */
  setMockTime(sec: number): void { this.mockSec = sec; }
  /** The mock time in seconds, or 0. */
  get mockTime(): number { return this.mockSec; }
  /** System time, whatever the mock time is. */
  systemMs(): number { return Date.now(); }
  /** System time in microseconds: never back, unless the system's clock is set back. */
  systemMicros(): number {
    const ms = Date.now();
    const elapsed = performance.now();
    // The fine clock counts from a start of its own: where it has drifted away, or the other was set, it starts anew.
    if (Math.abs(this.fineStartMs + elapsed - ms) > MOST_DRIFT_MS) this.fineStartMs = ms - elapsed;
    const micros = Math.floor(Math.min(Math.max((this.fineStartMs + elapsed - ms) * 1000, 0), 999)) + ms * 1000;
    this.lastMicros = Math.floor(this.lastMicros / 1000) === ms ? Math.max(micros, this.lastMicros) : micros;
    return this.lastMicros;
  }
  monotonicMs(): number { return performance.now(); }
}
