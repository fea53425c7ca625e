import type { WalletDb } from './wallet-db.ts';

/** An end of a transaction: one of its inputs or outputs. */
export type TxEnd = 'input' | 'output';

/** A label of one input or output. */
export interface CoinLabel {
  readonly end: TxEnd;
  /** Network order. */
  readonly txid: Uint8Array;
  readonly index: number;
  readonly label: string;
}

/** Labels of inputs and outputs. They lie in records that the reference does not know and leaves alone. */
export class CoinLabels {
  private readonly db: WalletDb;
  private readonly byEnd: Readonly<Record<TxEnd, Map<string, CoinLabel>>> = { input: new Map(), output: new Map() };

  constructor(db: WalletDb) {
    this.db = db;
  }

  /** @param key see outPointKey */
  find(end: TxEnd, key: string): string | undefined { return this.byEnd[end].get(key)?.label; }

  *all(): IterableIterator<CoinLabel> {
    for (const labels of Object.values(this.byEnd)) yield* labels.values();
  }

  /** Fills in one from the file. */
  loaded(key: string, label: CoinLabel): void { this.byEnd[label.end].set(key, label); }

  /** An empty label removes it. */
  set(key: string, label: CoinLabel): void {
    if (label.label === '') {
      this.byEnd[label.end].delete(key);
      this.db.eraseCoinLabel(label.end, label.txid, label.index);
    } else {
      this.byEnd[label.end].set(key, label);
      this.db.writeCoinLabel(label.end, label.txid, label.index, label.label);
    }
  }
}
