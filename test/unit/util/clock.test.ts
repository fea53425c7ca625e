import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Clock } from '../../../src/util/clock.ts';

describe('the clock', () => {
  afterEach(() => { jest.restoreAllMocks(); });

  it('counts microseconds that never go back, within the millisecond of the system', () => {
    const clock = new Clock();
    let last = 0;
    const fractions = new Set<number>();
    const begin = Date.now();
    // A busy machine may not let us look often: then longer.
    while (Date.now() < begin + (fractions.size > 10 ? 50 : 5_000)) {
      const before = Date.now();
      const micros = clock.systemMicros();
      const after = Date.now();
      expect(micros).toBeGreaterThanOrEqual(Math.max(last, before * 1000));
      expect(micros).toBeLessThan((after + 1) * 1000);
      last = micros;
      fractions.add(micros % 1000);
    }
    expect(fractions.size).toBeGreaterThan(10);
  });

  it('follows the system when that is set', () => {
    const clock = new Clock();
    const now = clock.systemMicros();
    const hour = 3_600_000;
    const real = Date.now();
    const system = jest.spyOn(Date, 'now').mockReturnValue(real + hour);
    expect(clock.systemMicros() - now).toBeGreaterThanOrEqual(hour * 1000 - 1000);
    system.mockReturnValue(real - hour);
    expect(Math.floor(clock.systemMicros() / 1000)).toBe(real - hour);
  });
});
