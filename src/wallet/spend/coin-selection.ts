import { shuffle } from '../../util/shuffle.ts';
import type { OutputGroup } from './output-group.ts';
import type { Random } from './random.ts';
import { SelectionResult } from './selection-result.ts';
import { failure, success, type Outcome } from './spend-result.ts';

/** Bounds of the change that is aimed at, in satoshi. */
export const CHANGE_LOWER = 50_000;
export const CHANGE_UPPER = 1_000_000;

/** Steps after which a search settles for the best found so far. */
const MAX_TRIES = 100_000;

export const TOO_HEAVY = 'The inputs size exceeds the maximum weight. Please try sending a smaller amount or manually consolidating your wallet\'s UTXOs';

function byAmountThenWaste(a: OutputGroup, b: OutputGroup): number {
  return b.amount - a.amount || (a.fee - a.longTermFee) - (b.fee - b.longTermFee);
}

function byAmountThenWeight(a: OutputGroup, b: OutputGroup): number {
  return b.amount - a.amount || a.weight - b.weight;
}

/** Sum of the amounts after each index. */
function tailSums(pool: readonly OutputGroup[]): { tails: number[]; total: number } {
  const tails = new Array<number>(pool.length).fill(0);
  let total = 0;
  for (let i = pool.length - 1; i >= 0; i--) {
    tails[i] = total;
    total += (pool[i] as OutputGroup).amount;
  }
  return { tails, total };
}

/**
 * Depth-first walk over the subsets of a pool sorted by falling amount, each group first taken, then left out.
 * `judge` is called for each new subset: `deeper` adds the next group, `skip` replaces the last one by the next,
 * `cut` gives up this branch and the one that leaves the last group out.
 */
function walkSubsets(pool: readonly OutputGroup[], judge: (chosen: readonly number[], amount: number, weight: number) => 'deeper' | 'skip' | 'cut'): void {
  const chosen: number[] = [];
  let amount = 0;
  let weight = 0;
  let next = 0;
  const drop = (): number => {
    const index = chosen.pop() as number;
    amount -= (pool[index] as OutputGroup).amount;
    weight -= (pool[index] as OutputGroup).weight;
    return index;
  };
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    amount += (pool[next] as OutputGroup).amount;
    weight += (pool[next] as OutputGroup).weight;
    chosen.push(next);
    next += 1;
    let step = judge(chosen, amount, weight);
    if (next === pool.length) step = 'cut';
    if (step === 'deeper') continue;
    if (step === 'cut') drop();
    for (let moving = true; moving;) {
      if (chosen.length === 0) return;
      next = drop() + 1;
      moving = false;
      // A group of the same amount as the one just left out gives subsets that are no better than those already seen.
      while ((pool[next - 1] as OutputGroup).amount === (pool[next] as OutputGroup).amount) {
        if (next >= pool.length - 1) {
          moving = true;
          break;
        }
        next += 1;
      }
    }
  }
}

/** Branch and bound: inputs that need no change, from `target` to `target` plus the cost of change, with the least waste. */
export function branchAndBound(groups: readonly OutputGroup[], target: number, costOfChange: number, maxWeight: number): Outcome<SelectionResult> {
  const pool = [...groups].sort(byAmountThenWaste);
  const { tails, total } = tailSums(pool);
  if (pool.length === 0 || total < target) return failure();
  const first = pool[0] as OutputGroup;
  // At high feerates each input adds waste, so that a partial set worse than the best can be dropped.
  const feerateHigh = first.fee > first.longTermFee;
  let best: number[] = [];
  let bestWaste = Number.MAX_SAFE_INTEGER;
  let tooHeavy = false;
  walkSubsets(pool, (chosen, amount, weight) => {
    const last = chosen[chosen.length - 1] as number;
    if (amount + (tails[last] as number) < target) return 'cut';
    if (weight > maxWeight) {
      tooHeavy = true;
      return 'skip';
    }
    if (amount > target + costOfChange) return 'skip';
    let inputWaste = 0;
    for (const i of chosen) inputWaste += (pool[i] as OutputGroup).fee - (pool[i] as OutputGroup).longTermFee;
    if (feerateHigh && inputWaste > bestWaste) return 'skip';
    if (amount < target) return 'deeper';
    const waste = inputWaste + amount - target;
    if (waste <= bestWaste) {
      best = [...chosen];
      bestWaste = waste;
    }
    return 'skip';
  });
  return collect(pool, best, target, 'bnb', tooHeavy);
}

/** The lightest inputs that pay `target` and leave `changeTarget`: for times when space is dear. */
export function coinGrinder(groups: readonly OutputGroup[], target: number, changeTarget: number, maxWeight: number): Outcome<SelectionResult> {
  const pool = [...groups].sort(byAmountThenWeight);
  const { tails, total } = tailSums(pool);
  const wanted = target + changeTarget;
  if (pool.length === 0 || total < wanted) return failure();
  const lightestAfter = new Array<number>(pool.length).fill(0);
  let lightest = Number.MAX_SAFE_INTEGER;
  for (let i = pool.length - 1; i >= 0; i--) {
    lightestAfter[i] = lightest;
    lightest = Math.min(lightest, (pool[i] as OutputGroup).weight);
  }
  let best: number[] = [];
  let bestWeight = maxWeight;
  let bestAmount = Number.MAX_SAFE_INTEGER;
  let tooHeavy = false;
  walkSubsets(pool, (chosen, amount, weight) => {
    const last = chosen[chosen.length - 1] as number;
    const group = pool[last] as OutputGroup;
    const after = lightestAfter[last] as number;
    if (amount + (tails[last] as number) < wanted) return 'cut';
    if (weight > bestWeight) {
      if (weight > maxWeight) tooHeavy = true;
      return group.weight <= after ? 'cut' : 'skip';
    }
    if (amount >= wanted) {
      if (weight < bestWeight || (weight === bestWeight && amount < bestAmount)) {
        best = [...chosen];
        bestWeight = weight;
        bestAmount = amount;
      }
      return 'skip';
    }
    if (best.length > 0 && weight + after * Math.ceil((wanted - amount) / group.amount) > bestWeight) {
      return group.weight <= after ? 'cut' : 'skip';
    }
    return 'deeper';
  });
  return collect(pool, best, target, 'cg', tooHeavy);
}

function collect(pool: readonly OutputGroup[], chosen: readonly number[], target: number, algorithm: 'bnb' | 'cg', tooHeavy: boolean): Outcome<SelectionResult> {
  if (chosen.length === 0) return failure(tooHeavy ? TOO_HEAVY : '');
  const result = new SelectionResult(target, algorithm);
  for (const i of chosen) result.addGroup(pool[i] as OutputGroup);
  return success(result);
}

/** Groups in random order until there is enough for the target and some change; the least valuable leave where it gets too heavy. */
export function singleRandomDraw(groups: readonly OutputGroup[], target: number, changeFee: number, random: Random, maxWeight: number): Outcome<SelectionResult> {
  const wanted = target + CHANGE_LOWER + changeFee;
  // Kept sorted, least valuable last.
  const drawn: OutputGroup[] = [];
  let amount = 0;
  let weight = 0;
  let tooHeavy = false;
  for (const group of shuffle([...groups], (n) => random.below(n))) {
    let at = drawn.length;
    while (at > 0 && byAmountThenWeight(group, drawn[at - 1] as OutputGroup) < 0) at -= 1;
    drawn.splice(at, 0, group);
    amount += group.amount;
    weight += group.weight;
    while (weight > maxWeight && drawn.length > 0) {
      tooHeavy = true;
      const least = drawn.pop() as OutputGroup;
      amount -= least.amount;
      weight -= least.weight;
    }
    if (amount >= wanted) {
      const result = new SelectionResult(target, 'srd');
      for (const g of drawn) result.addGroup(g);
      return success(result);
    }
  }
  return failure(tooHeavy ? TOO_HEAVY : '');
}

/** Random subsets of `groups`: the one whose sum is least at or above `target`, all of them where none is better. */
function bestRandomSubset(random: Random, groups: readonly OutputGroup[], total: number, target: number, maxWeight: number, rounds = 1000): { best: boolean[]; sum: number } {
  let best = groups.map(() => true);
  let bestSum = total;
  for (let round = 0; round < rounds && bestSum !== target; round++) {
    const included = groups.map(() => false);
    let sum = 0;
    let weight = 0;
    let reached = false;
    for (let pass = 0; pass < 2 && !reached; pass++) {
      for (let i = 0; i < groups.length; i++) {
        if (pass === 0 ? !random.bool() : included[i] === true) continue;
        const group = groups[i] as OutputGroup;
        sum += group.amount;
        weight += group.weight;
        included[i] = true;
        if (sum >= target && weight <= maxWeight) {
          reached = true;
          if (sum < bestSum) {
            bestSum = sum;
            best = [...included];
          }
          sum -= group.amount;
          weight -= group.weight;
          included[i] = false;
        }
      }
    }
  }
  return { best, sum: bestSum };
}

/** The oldest method: an exact match, or the best of many random subsets, or the smallest coin that is large enough. */
export function knapsack(groups: readonly OutputGroup[], target: number, changeTarget: number, random: Random, maxWeight: number): Outcome<SelectionResult> {
  const result = new SelectionResult(target, 'knapsack');
  let tooHeavy = false;
  let lowestLarger: OutputGroup | null = null;
  const smaller: OutputGroup[] = [];
  let total = 0;
  for (const group of shuffle([...groups], (n) => random.below(n))) {
    if (group.weight > maxWeight) {
      tooHeavy = true;
    } else if (group.amount === target) {
      return success(result.addGroup(group));
    } else if (group.amount < target + changeTarget) {
      smaller.push(group);
      total += group.amount;
    } else if (lowestLarger === null || group.amount < lowestLarger.amount) {
      lowestLarger = group;
    }
  }
  if (total === target) {
    for (const group of smaller) result.addGroup(group);
    if (result.size > 0 && result.weight <= maxWeight) return success(result);
    tooHeavy ||= result.size > 0;
    result.clear();
  }
  if (total < target) {
    if (lowestLarger === null) return failure(tooHeavy ? TOO_HEAVY : '');
    return success(result.addGroup(lowestLarger));
  }
  smaller.sort(byAmountThenWaste);
  let { best, sum } = bestRandomSubset(random, smaller, total, target, maxWeight);
  if (sum !== target && total >= target + changeTarget) {
    ({ best, sum } = bestRandomSubset(random, smaller, total, target + changeTarget, maxWeight));
  }
  if (lowestLarger !== null && ((sum !== target && sum < target + changeTarget) || lowestLarger.amount <= sum)) {
    return success(result.addGroup(lowestLarger));
  }
  smaller.forEach((group, i) => {
    if (best[i] === true) result.addGroup(group);
  });
  if (result.weight > maxWeight) {
    if (lowestLarger === null) return failure(TOO_HEAVY);
    result.clear();
    result.addGroup(lowestLarger);
  }
  return success(result);
}

/**
 * The most valuable groups until there is enough, then the lightest set there is: with these, nobody hears "insufficient funds"
 * only because the other methods want change, count coins that cost more than they are worth, or drew badly.
 */
export function lastResort(groups: readonly OutputGroup[], target: number, maxWeight: number): Outcome<SelectionResult> {
  const result = new SelectionResult(target, 'knapsack');
  let amount = 0;
  for (const group of [...groups].sort(byAmountThenWeight)) {
    if (amount >= target && result.size > 0) break;
    amount += group.amount;
    result.addGroup(group);
  }
  if (amount < target || result.size === 0) return failure();
  if (result.weight <= maxWeight) return success(result);
  return coinGrinder(groups, target, 0, maxWeight);
}

/** How much change to aim at: random, so that it does not give the wallet away. */
export function changeTarget(paymentValue: number, changeFee: number, random: Random): number {
  if (paymentValue <= CHANGE_LOWER / 2) return changeFee + CHANGE_LOWER;
  const upper = Math.min(paymentValue * 2, CHANGE_UPPER);
  return changeFee + random.below(upper - CHANGE_LOWER) + CHANGE_LOWER;
}
