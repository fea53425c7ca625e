import { describe, expect, it } from '@jest/globals';
import { BlockPolicyEstimator } from '../../../src/policy/fee-estimator.ts';

/** Every block: transactions at three feerates; the highest confirms in the next block, the others two and ten later. */
function taught(blocks: number): BlockPolicyEstimator {
  const estimator = new BlockPolicyEstimator();
  const waiting: { key: string; height: number; feerate: number; due: number }[] = [];
  let n = 0;
  for (let height = 1; height <= blocks; height++) {
    const due = waiting.filter((tx) => tx.due <= height);
    estimator.processBlock(height, due);
    for (const tx of due) waiting.splice(waiting.indexOf(tx), 1);
    for (const [feerate, delay] of [[50_000, 1], [10_000, 2], [1000, 10]] as const) {
      for (let i = 0; i < 4; i++) {
        const tx = { key: `tx${n++}`, height, feerate, due: height + delay };
        waiting.push(tx);
        estimator.added(tx.key, height, feerate);
      }
    }
  }
  return estimator;
}

describe('block policy estimator', () => {
  it('knows nothing at first', () => {
    const estimator = new BlockPolicyEstimator();
    expect(estimator.smart(6, false)).toEqual({ feerate: 0, target: 0 });
    expect(estimator.maxTarget()).toBe(1008);
    expect(estimator.maxTarget('short')).toBe(12);
    expect(estimator.maxTarget('medium')).toBe(48);
  });

  it('learns which feerate confirms when, and asks less for more patience', () => {
    const estimator = taught(300);
    expect(estimator.smart(2, true).feerate).toBeGreaterThanOrEqual(10_000);
    expect(estimator.smart(2, true).feerate).toBeLessThanOrEqual(50_000);
    expect(estimator.smart(40, false)).toEqual({ feerate: 1000, target: 40 });
    let last = Infinity;
    for (let target = 2; target < 60; target++) {
      const { feerate } = estimator.smart(target, false);
      expect(feerate).toBeLessThanOrEqual(last);
      last = feerate;
    }
  });

  it('reads what it wrote', () => {
    const estimator = taught(200);
    const data = estimator.encode();
    const again = new BlockPolicyEstimator();
    again.restore(data);
    expect(again.encode()).toEqual(data);
    expect(again.bestHeight).toBe(200);
    expect(() => again.restore(data.slice(0, 100))).toThrow('end of data');
    const old = data.slice();
    new DataView(old.buffer).setInt32(0, 149_900, true);
    expect(() => again.restore(old)).toThrow('File version (149900) incompatible: Too old to be read');
    expect(new DataView(data.buffer).getInt32(0, true)).toBe(309_900);
    expect(data[16]).toBe(237);
  });
});
