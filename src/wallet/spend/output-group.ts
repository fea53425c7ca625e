import type { OutPoint } from '../../primitives/outpoint.ts';
import { WITNESS_SCALE_FACTOR } from '../../primitives/transaction.ts';
import { feeFor } from './fee-rate.ts';

/** An unspent output that may become an input. Amounts in satoshi. */
export interface SpendableCoin {
  readonly outpoint: OutPoint;
  /** Map key of the outpoint. */
  readonly key: string;
  readonly value: number;
  readonly scriptPubKey: Uint8Array;
  /** Confirmations; 0 where unconfirmed. */
  readonly depth: number;
  /** Virtual bytes of the signed input; -1 where that cannot be told. */
  readonly inputVb: number;
  readonly solvable: boolean;
  /** Neither from strangers and unconfirmed, nor part of a replacement. */
  readonly safe: boolean;
  readonly time: number;
  readonly fromMe: boolean;
  /** To spend it at the feerate in question, with what lifts its unconfirmed ancestors; 0 where no feerate was given. */
  fee: number;
  /** `value` less `fee`. */
  effectiveValue: number;
  /** To spend it at the feerate of quiet times. */
  longTermFee: number;
  /** The part of `fee` that lifts its ancestors. */
  bumpFee: number;
}

export function makeCoin(fields: Omit<SpendableCoin, 'fee' | 'effectiveValue' | 'longTermFee' | 'bumpFee'>, feerate: number | null): SpendableCoin {
  const fee = feerate === null || fields.inputVb < 0 ? 0 : feeFor(feerate, fields.inputVb);
  return { ...fields, fee, effectiveValue: fields.value - fee, longTermFee: 0, bumpFee: 0 };
}

export function applyBumpFee(coin: SpendableCoin, bumpFee: number): void {
  coin.bumpFee = bumpFee;
  coin.fee += bumpFee;
  coin.effectiveValue = coin.value - coin.fee;
}

/** How old and how unentangled coins must be to be considered. */
export interface EligibilityFilter {
  /** Confirmations of what came from ourselves, and from others. */
  readonly confMine: number;
  readonly confTheirs: number;
  readonly maxAncestors: number;
  readonly maxClusterCount: number;
  /** Whether a group that was cut off at its maximum size may be used when there are full ones. */
  readonly includePartialGroups: boolean;
}

/** Coins that are spent together or not at all (all of one address, or a single one). */
export class OutputGroup {
  readonly coins: SpendableCoin[] = [];
  fromMe = true;
  value = 0;
  depth = 999;
  ancestors = 0;
  maxClusterCount = 0;
  effectiveValue = 0;
  fee = 0;
  longTermFee = 0;
  /** Weight units of the inputs. */
  weight = 0;
  readonly subtractFee: boolean;
  private readonly longTermFeerate: number;

  constructor(params: { readonly subtractFee: boolean; readonly longTermFeerate: number }) {
    this.subtractFee = params.subtractFee;
    this.longTermFeerate = params.longTermFeerate;
  }

  add(coin: SpendableCoin, ancestors: number, clusterCount: number): void {
    this.coins.push(coin);
    coin.longTermFee = coin.inputVb < 0 ? 0 : feeFor(this.longTermFeerate, coin.inputVb);
    this.fee += coin.fee;
    this.longTermFee += coin.longTermFee;
    this.effectiveValue += coin.effectiveValue;
    this.fromMe &&= coin.fromMe;
    this.value += coin.value;
    this.depth = Math.min(this.depth, coin.depth);
    // The sum overestimates where ancestors are shared; the safe side.
    this.ancestors += ancestors;
    this.maxClusterCount = Math.max(this.maxClusterCount, clusterCount);
    if (coin.inputVb > 0) this.weight += coin.inputVb * WITNESS_SCALE_FACTOR;
  }

  eligible(filter: EligibilityFilter): boolean {
    return this.depth >= (this.fromMe ? filter.confMine : filter.confTheirs)
      && this.ancestors <= filter.maxAncestors
      && this.maxClusterCount <= filter.maxClusterCount;
  }

  /** What the group contributes: its whole value where recipients pay the fee, else what is left after its own fee. */
  get amount(): number {
    return this.subtractFee ? this.value : this.effectiveValue;
  }
}
