import { WITNESS_SCALE_FACTOR } from '../../primitives/transaction.ts';
import { shuffle } from '../../util/shuffle.ts';
import type { OutputGroup, SpendableCoin } from './output-group.ts';
import type { Random } from './random.ts';

export type SelectionAlgorithm = 'bnb' | 'knapsack' | 'srd' | 'cg' | 'manual';

/** A set of inputs that pays for a target, and how wasteful it is. */
export class SelectionResult {
  private readonly selected = new Map<string, SpendableCoin>();
  target: number;
  algorithm: SelectionAlgorithm;
  /** Weight units of the inputs. */
  weight = 0;
  waste = Number.MAX_SAFE_INTEGER;
  private useEffective = false;
  /** What shared ancestors make the bump fees smaller than their sum. */
  private bumpDiscount = 0;

  constructor(target: number, algorithm: SelectionAlgorithm) {
    this.target = target;
    this.algorithm = algorithm;
  }

  addGroup(group: OutputGroup): this {
    for (const coin of group.coins) this.selected.set(coin.key, coin);
    this.useEffective = !group.subtractFee;
    this.weight += group.weight;
    return this;
  }

  addCoins(coins: readonly SpendableCoin[], subtractFee: boolean): this {
    for (const coin of coins) {
      this.selected.set(coin.key, coin);
      this.weight += Math.max(coin.inputVb, 0) * WITNESS_SCALE_FACTOR;
    }
    this.useEffective = !subtractFee;
    return this;
  }

  clear(): void {
    this.selected.clear();
    this.weight = 0;
  }

  merge(other: SelectionResult): void {
    for (const [key, coin] of other.selected) this.selected.set(key, coin);
    this.target += other.target;
    this.useEffective ||= other.useEffective;
    if (this.algorithm === 'manual') this.algorithm = other.algorithm;
    this.weight += other.weight;
  }

  get coins(): readonly SpendableCoin[] { return [...this.selected.values()]; }
  get size(): number { return this.selected.size; }

  get value(): number {
    let sum = 0;
    for (const coin of this.selected.values()) sum += coin.value;
    return sum;
  }

  get effectiveValue(): number {
    let sum = this.bumpDiscount;
    for (const coin of this.selected.values()) sum += coin.effectiveValue;
    return sum;
  }

  get totalBumpFees(): number {
    let sum = -this.bumpDiscount;
    for (const coin of this.selected.values()) sum += coin.bumpFee;
    return sum;
  }

  setBumpDiscount(discount: number): void {
    this.bumpDiscount = discount;
  }

  /**
   * Waste: what spending these inputs now costs more than in quiet times, with the price of change,
   * or without change the excess that goes to fees.
   */
  computeWaste(params: { readonly minViableChange: number; readonly costOfChange: number; readonly changeFee: number }): void {
    let waste = -this.bumpDiscount;
    for (const coin of this.selected.values()) waste += coin.fee - coin.longTermFee;
    if (this.change(params.minViableChange, params.changeFee) > 0) waste += params.costOfChange;
    else waste += (this.useEffective ? this.effectiveValue : this.value) - this.target;
    this.waste = waste;
  }

  /** The change that is left, 0 where it would be less than `minViableChange`. */
  change(minViableChange: number, changeFee: number): number {
    const change = this.useEffective ? this.effectiveValue - this.target - changeFee : this.value - this.target;
    return change < minViableChange ? 0 : change;
  }

  shuffled(random: Random): SpendableCoin[] {
    return shuffle([...this.selected.values()], (n) => random.below(n));
  }

  /** Less waste first; with equal waste, more inputs. */
  static compare(a: SelectionResult, b: SelectionResult): number {
    return a.waste - b.waste || b.size - a.size;
  }
}
