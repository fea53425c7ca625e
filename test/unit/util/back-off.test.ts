import { describe, expect, it } from '@jest/globals';
import { BackOff } from '../../../src/util/back-off.ts';

describe('delays between attempts', () => {
  const make = (): BackOff => new BackOff({ firstMs: 1_000, longestMs: 60_000, calmMs: 120_000 });

  it('double from the second attempt on, up to the bound', () => {
    const backOff = make();
    expect(Array.from({ length: 9 }, () => backOff.next(10))).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('begin anew after a long life', () => {
    const backOff = make();
    for (let i = 0; i < 5; i++) backOff.next(10);
    expect(backOff.next(120_000)).toBe(0);
    expect(backOff.next(119_999)).toBe(1_000);
  });
});
