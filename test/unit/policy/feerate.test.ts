import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareChunks, compareFeerate, feeAtRate, feeFor, feerateText, perKilo } from '../../../src/policy/feerate.ts';

describe('feerate', () => {
  it('rounds fees up and rates down', () => {
    expect(feeAtRate(1000, 1)).toBe(1);
    expect(feeAtRate(100, 141)).toBe(15);
    expect(feeAtRate(0, 141)).toBe(0);
    expect(feeAtRate(-1000, 9)).toBe(-9);
    expect(feeAtRate(-1, 1)).toBe(-1);
    expect(perKilo({ fee: 10, size: 3 })).toBe(3333);
    expect(perKilo({ fee: 10, size: 0 })).toBe(0);
    expect(feerateText(12345)).toBe('0.00012345 BTC/kvB');
  });

  const frac = fc.record({ fee: fc.integer({ min: -2_100_000_000_000_000, max: 2_100_000_000_000_000 }), size: fc.integer({ min: 1, max: 4_000_000 }) });

  it('compares exactly where doubles would not', () => {
    fc.assert(fc.property(frac, frac, (a, b) => {
      const exact = BigInt(a.fee) * BigInt(b.size) - BigInt(b.fee) * BigInt(a.size);
      expect(Math.sign(compareFeerate(a, b))).toBe(exact > 0n ? 1 : exact < 0n ? -1 : 0);
    }));
    expect(compareFeerate({ fee: 2_099_999_999_999_999, size: 3_999_999 }, { fee: 2_100_000_000_000_000, size: 4_000_000 })).toBeGreaterThan(0);
  });

  it('gives the ceiling of every division', () => {
    fc.assert(fc.property(frac, fc.integer({ min: 1, max: 400_000 }), (rate, vsize) => {
      const exact = BigInt(rate.fee) * BigInt(vsize);
      const size = BigInt(rate.size);
      const up = exact > 0n ? (exact + size - 1n) / size : exact / size;
      const expected = up === 0n && rate.fee < 0 ? -1n : up;
      fc.pre(expected <= 2n ** 53n && expected >= -(2n ** 53n));
      expect(BigInt(feeFor(rate, vsize))).toBe(expected);
    }));
  });

  it('compares diagrams', () => {
    expect(compareChunks([{ fee: 10, size: 10 }], [{ fee: 10, size: 10 }])).toBe('equal');
    expect(compareChunks([{ fee: 11, size: 10 }], [{ fee: 10, size: 10 }])).toBe('better');
    expect(compareChunks([{ fee: 10, size: 11 }], [{ fee: 10, size: 10 }])).toBe('worse');
    expect(compareChunks([{ fee: 20, size: 30 }], [{ fee: 10, size: 10 }])).toBe('unordered');
    expect(compareChunks([{ fee: 10, size: 5 }, { fee: 5, size: 5 }], [{ fee: 15, size: 10 }])).toBe('better');
    expect(compareChunks([{ fee: 1, size: 10 }], [])).toBe('better');
  });
});
