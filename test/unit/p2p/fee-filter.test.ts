import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FeeFilterSchedule, NO_TRANSACTIONS_FILTER, roundFeeFilter } from '../../../src/p2p/fee-filter.ts';

const MINUTE_MS = 60_000;
const lower = (): number => 1;
const middle = (below: number): number => Math.floor(below / 2);

describe('feerates told to peers', () => {
  it('lie on a step beside the true one, a tenth apart', () => {
    fc.assert(fc.property(fc.integer({ min: 60, max: 9_000_000 }), fc.boolean(), (feerate, up) => {
      const told = roundFeeFilter(feerate, () => (up ? 0 : 1));
      expect(Math.abs(told - feerate)).toBeLessThanOrEqual(feerate * 0.1 + 1);
      if (up) expect(told).toBeGreaterThanOrEqual(feerate - 1);
      else expect(told).toBeLessThanOrEqual(feerate);
    }));
  });

  it('end at the highest step, which stands for no transactions', () => {
    expect(NO_TRANSACTIONS_FILTER).toBe(9_936_506);
    expect(roundFeeFilter(2_100_000_000_000_000)).toBe(NO_TRANSACTIONS_FILTER);
    expect(roundFeeFilter(0)).toBe(0);
  });
});

describe('the schedule of feefilter', () => {
  const state = { nowMs: 1_000, initialDownload: false, poolFeerate: 0, minRelayFeerate: 100 };

  it('tells the relay rate first, and then nothing new', () => {
    const schedule = new FeeFilterSchedule(middle);
    expect(schedule.due(state)).toBe(100);
    expect(schedule.due({ ...state, nowMs: 1_000 + 60 * MINUTE_MS })).toBeNull();
  });

  it('asks for no transactions during the first download, and for all as soon as it is over', () => {
    const schedule = new FeeFilterSchedule(middle);
    expect(schedule.due({ ...state, initialDownload: true })).toBe(NO_TRANSACTIONS_FILTER);
    expect(schedule.due({ ...state, initialDownload: true, nowMs: 1_100 })).toBeNull();
    expect(schedule.due({ ...state, nowMs: 1_200 })).toBe(100);
  });

  it('tells of a great change within five minutes, of a small one in its time', () => {
    const far = (below: number): number => (below === 2 ** 32 ? below - 1 : lower());
    const small = new FeeFilterSchedule(far);
    expect(small.due({ ...state, poolFeerate: 2_000 })).toBeGreaterThan(1_800);
    expect(small.due({ ...state, nowMs: 2_000, poolFeerate: 2_100 })).toBeNull();
    expect(small.due({ ...state, nowMs: 6 * MINUTE_MS, poolFeerate: 2_100 })).toBeNull();
    const great = new FeeFilterSchedule(far);
    great.due({ ...state, poolFeerate: 2_000 });
    expect(great.due({ ...state, nowMs: 2_000, poolFeerate: 9_000 })).toBeNull();
    expect(great.due({ ...state, nowMs: 6 * MINUTE_MS, poolFeerate: 9_000 })).toBeGreaterThan(8_000);
  });
});
