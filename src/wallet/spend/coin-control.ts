import { outPointKey, type OutPoint } from '../../primitives/outpoint.ts';
import type { TxOut } from '../../primitives/transaction.ts';
import { SigningProvider } from '../../script/signing-provider.ts';
import type { OutputType } from '../output-type.ts';

/** An input that the user wants. */
export interface ChosenInput {
  readonly outpoint: OutPoint;
  /** The output it spends, where that is not in the wallet. */
  external?: TxOut;
  /** Weight units of the signed input, where the user knows better. */
  weight?: number;
  sequence?: number;
  scriptSig?: Uint8Array;
  witness?: readonly Uint8Array[];
  position?: number;
}

export type FeeMode = 'unset' | 'economical' | 'conservative';

/** What the user decides about a transaction; the rest is for the wallet to decide. */
export class CoinControl {
  /** Script for change; null: a new one of the wallet. */
  changeScript: Uint8Array | null = null;
  changeType: OutputType | null = null;
  includeUnsafe = false;
  /** Whether the wallet may add inputs to the chosen ones. */
  allowOtherInputs = true;
  /** Do not hold the feerate against minimums. */
  overrideFeerate = false;
  /** sat/kvB */
  feerate: number | null = null;
  confirmTarget: number | null = null;
  signalRbf: boolean | null = null;
  avoidPartialSpends = false;
  avoidAddressReuse = false;
  feeMode: FeeMode = 'unset';
  minDepth = 0;
  maxDepth = 9_999_999;
  /** Keys and scripts to estimate the size of inputs that are not the wallet's. */
  readonly externalProvider = new SigningProvider();
  version = 2;
  locktime: number | null = null;
  maxTxWeight: number | null = null;
  private readonly chosen = new Map<string, ChosenInput>();
  private positions = 0;

  get hasChosen(): boolean { return this.chosen.size > 0; }
  get hasOrder(): boolean { return this.positions > 0; }
  list(): ChosenInput[] { return [...this.chosen.values()]; }
  get(key: string): ChosenInput | undefined { return this.chosen.get(key); }
  isChosen(key: string): boolean { return this.chosen.has(key); }

  private entry(outpoint: OutPoint): ChosenInput {
    const key = outPointKey(outpoint.txid, outpoint.vout);
    let entry = this.chosen.get(key);
    if (entry === undefined) {
      entry = { outpoint };
      this.chosen.set(key, entry);
    }
    return entry;
  }

  choose(outpoint: OutPoint): ChosenInput {
    const entry = this.entry(outpoint);
    entry.position = this.positions;
    this.positions += 1;
    return entry;
  }

  setWeight(outpoint: OutPoint, weight: number): void { this.entry(outpoint).weight = weight; }

  /** A copy that shares nothing that changes. */
  clone(): CoinControl {
    const copy = new CoinControl();
    const { externalProvider, chosen, ...plain } = this as unknown as Record<string, unknown> & { externalProvider: SigningProvider; chosen: Map<string, ChosenInput> };
    Object.assign(copy, plain);
    copy.externalProvider.merge(externalProvider);
    for (const [key, entry] of chosen) copy.chosen.set(key, { ...entry });
    return copy;
  }
}
