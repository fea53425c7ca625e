/**
 * Time behind one door, so that -mocktime and setmocktime reach everything that asks for it.
 * Durations that only measure (benchmarks, log figures) use `monotonicMs`.
 */
export class Clock {
  private mockSec = 0;

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
  monotonicMs(): number { return performance.now(); }
}
