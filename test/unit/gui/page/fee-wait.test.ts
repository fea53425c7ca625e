import { describe, expect, it } from '@jest/globals';
import { blocksToWait, fromScale, toScale, vsizeAhead } from '../../../../src/gui/page/fee-wait.ts';

const block = (vsize: number, minFeerate: number): { count: number; vsize: number; fees: number; minFeerate: number; medianFeerate: number; maxFeerate: number } =>
  ({ count: 1, vsize, fees: 0, minFeerate, medianFeerate: minFeerate, maxFeerate: minFeerate });
/** Two full blocks, a third that is half full, and a pool that takes from 1 sat/vB on. */
const POOL = {
  minFeerate: 1000, bands: [{ feerate: 0, count: 0, vsize: 0 }, { feerate: 1000, count: 1, vsize: 500_000 }, { feerate: 5000, count: 1, vsize: 1_000_000 }, { feerate: 20_000, count: 1, vsize: 1_000_000 }],
  blocks: [block(1_000_000, 20_000), block(1_000_000, 5000), block(500_000, 1000)],
};

describe('what a feerate waits for', () => {
  it('is what pays as much or more', () => {
    expect(vsizeAhead(POOL, 1000)).toBe(2_500_000);
    expect(vsizeAhead(POOL, 5001)).toBe(1_000_000);
    expect(vsizeAhead(POOL, 20_001)).toBe(0);
  });

  it('is a number of blocks', () => {
    expect(blocksToWait(POOL, 30_000)).toBe(1);
    expect(blocksToWait(POOL, 20_000)).toBe(2);
    expect(blocksToWait(POOL, 6000)).toBe(2);
    expect(blocksToWait(POOL, 5000)).toBe(3);
    expect(blocksToWait(POOL, 1000)).toBe(3);
    expect(blocksToWait(POOL, 999)).toBeNull();
    expect(blocksToWait({ ...POOL, blocks: [] }, 1000)).toBe(3);
    expect(blocksToWait({ minFeerate: 100, bands: [], blocks: [] }, 100)).toBe(1);
  });

  it('goes behind all projected blocks where it pays less than they', () => {
    expect(blocksToWait({ ...POOL, blocks: POOL.blocks.slice(0, 2), bands: [{ feerate: 1000, count: 1, vsize: 9_000_000 }] }, 1000)).toBe(9);
  });
});

describe('a logarithmic scale', () => {
  it('goes there and back', () => {
    expect(toScale(100, 100, 100_000)).toBe(0);
    expect(toScale(100_000, 100, 100_000)).toBe(1);
    expect(toScale(1, 100, 100_000)).toBe(0);
    expect(toScale(1e9, 100, 100_000)).toBe(1);
    for (const feerate of [100, 317, 1000, 4560, 12_300, 100_000]) expect(fromScale(toScale(feerate, 100, 100_000), 100, 100_000)).toBe(feerate);
    expect(fromScale(2, 100, 100_000)).toBe(100_000);
  });
});
