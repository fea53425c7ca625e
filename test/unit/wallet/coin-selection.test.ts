import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { branchAndBound, coinGrinder, CHANGE_LOWER, knapsack, lastResort, singleRandomDraw } from '../../../src/wallet/spend/coin-selection.ts';
import { makeCoin, OutputGroup } from '../../../src/wallet/spend/output-group.ts';
import { FastRandom } from '../../../src/wallet/spend/random.ts';

const FEERATE = 5000;
const MAX_WEIGHT = 400_000;
const random = (): FastRandom => new FastRandom(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16));

function group(value: number, inputVb = 68, feerate = FEERATE, longTerm = 10_000): OutputGroup {
  const g = new OutputGroup({ subtractFee: false, longTermFeerate: longTerm });
  const key = `${value}:${inputVb}:${Math.random()}`;
  g.add(makeCoin({
    outpoint: { txid: new Uint8Array(32), vout: 0 }, key, value, scriptPubKey: new Uint8Array(22), depth: 6, inputVb, solvable: true, safe: true, time: 0, fromMe: false,
  }, feerate), 0, 0);
  return g;
}

const pool = fc.array(fc.tuple(fc.integer({ min: 600, max: 5_000_000 }), fc.constantFrom(58, 68, 91, 148)), { minLength: 1, maxLength: 12 })
  .map((coins) => coins.map(([value, size]) => group(value, size)).filter((g) => g.amount > 0));

describe('coin selection', () => {
  it('never fails where all positive coins together suffice', () => {
    fc.assert(fc.property(pool, fc.double({ min: 0.01, max: 1, noNaN: true }), (groups, share) => {
      const total = groups.reduce((sum, g) => sum + g.amount, 0);
      const target = Math.max(1, Math.floor(total * share));
      if (total < target) return;
      const result = lastResort(groups, target, MAX_WEIGHT);
      expect(result.ok).toBe(true);
      if (result.ok) expect(result.value.effectiveValue).toBeGreaterThanOrEqual(target);
    }));
  });

  it('finds a set within the weight limit where there is one', () => {
    fc.assert(fc.property(pool, fc.double({ min: 0.01, max: 1, noNaN: true }), fc.integer({ min: 232, max: 4000 }), (groups, share, maxWeight) => {
      const total = groups.reduce((sum, g) => sum + g.amount, 0);
      const target = Math.max(1, Math.floor(total * share));
      let solvable = false;
      for (let mask = 1; mask < 1 << groups.length && !solvable; mask++) {
        let amount = 0;
        let weight = 0;
        groups.forEach((g, i) => { if ((mask >> i) & 1) { amount += g.amount; weight += g.weight; } });
        solvable = amount >= target && weight <= maxWeight;
      }
      expect(lastResort(groups, target, maxWeight).ok).toBe(solvable);
    }), { numRuns: 60 });
  });

  it('keeps target and weight whatever the method', () => {
    fc.assert(fc.property(pool, fc.double({ min: 0.01, max: 1.2, noNaN: true }), (groups, share) => {
      const total = groups.reduce((sum, g) => sum + g.amount, 0);
      const target = Math.max(1, Math.floor(total * share));
      for (const outcome of [
        branchAndBound(groups, target, 500, MAX_WEIGHT), coinGrinder(groups, target, CHANGE_LOWER, MAX_WEIGHT),
        knapsack(groups, target, CHANGE_LOWER, random(), MAX_WEIGHT), singleRandomDraw(groups, target, 100, random(), MAX_WEIGHT),
      ]) {
        if (!outcome.ok) continue;
        expect(outcome.value.effectiveValue).toBeGreaterThanOrEqual(target);
        expect(outcome.value.weight).toBeLessThanOrEqual(MAX_WEIGHT);
        if (outcome.value.algorithm === 'bnb') expect(outcome.value.effectiveValue).toBeLessThanOrEqual(target + 500);
      }
    }));
  });

  it('branch and bound finds an exact match among many', () => {
    const groups = [1, 2, 3, 4, 5, 6, 7].map((n) => group(n * 100_000, 68));
    const wanted = [groups[1], groups[3], groups[6]].reduce((sum, g) => sum + (g?.amount ?? 0), 0);
    const result = branchAndBound(groups, wanted, 10, MAX_WEIGHT);
    expect(result.ok && result.value.effectiveValue).toBe(wanted);
  });

  it('coin grinder takes the lightest set', () => {
    const groups = [group(100_000, 300), group(60_000, 68), group(60_000, 68)];
    const result = coinGrinder(groups, 90_000, 0, MAX_WEIGHT);
    expect(result.ok && result.value.weight).toBe(2 * 68 * 4);
  });

  it('says when the inputs are too heavy', () => {
    expect(knapsack([group(10_000, 68)], 5_000, 100, random(), 100)).toEqual({ ok: false, error: expect.stringContaining('The inputs size exceeds the maximum weight') });
  });
});
