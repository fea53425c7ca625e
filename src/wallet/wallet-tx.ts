import { Transaction } from '../primitives/transaction.ts';
import { equalBytes, hashToHex, isAllZero, toKey, ZERO_32 } from '../util/bytes.ts';
import { MalformedData } from '../util/errors.ts';
import { isOneHash, ONE_HASH, txidFromText, txidText, type TxRecord } from './records.ts';

/** Where a wallet's transaction stands. Heights are -1 while the chain has not been asked. */
export type TxState =
  | { readonly kind: 'confirmed'; readonly blockHash: Uint8Array; readonly height: number; readonly position: number }
  | { readonly kind: 'mempool' }
  /** A block contains a transaction that spends the same or an ancestor's input. */
  | { readonly kind: 'conflicted'; readonly blockHash: Uint8Array; readonly height: number }
  | { readonly kind: 'inactive'; readonly abandoned: boolean }
  /** Stored by software that knows more states than we do; kept as it is. */
  | { readonly kind: 'unrecognized'; readonly blockHash: Uint8Array; readonly index: number };

export const IN_MEMPOOL: TxState = { kind: 'mempool' };
export const INACTIVE: TxState = { kind: 'inactive', abandoned: false };
export const ABANDONED: TxState = { kind: 'inactive', abandoned: true };

/** The state as the log prints it. */
export function stateText(state: TxState): string {
  switch (state.kind) {
    case 'confirmed': return `Confirmed (block=${hashToHex(state.blockHash)}, height=${state.height}, index=${state.position})`;
    case 'mempool': return 'InMempool';
    case 'conflicted': return `BlockConflicted (block=${hashToHex(state.blockHash)}, height=${state.height})`;
    case 'inactive': return `Inactive (abandoned=${state.abandoned ? 1 : 0})`;
    case 'unrecognized': return `Unrecognized (block=${hashToHex(state.blockHash)}, index=${state.index})`;
  }
}

function storedState(state: TxState): { blockHash: Uint8Array; index: number } {
  switch (state.kind) {
    case 'confirmed': return { blockHash: state.blockHash, index: state.position };
    case 'mempool': return { blockHash: ZERO_32, index: 0 };
    case 'conflicted': return { blockHash: state.blockHash, index: -1 };
    case 'inactive': return state.abandoned ? { blockHash: ONE_HASH, index: -1 } : { blockHash: ZERO_32, index: 0 };
    case 'unrecognized': return { blockHash: state.blockHash, index: state.index };
  }
}

function stateFromStored(blockHash: Uint8Array, index: number): TxState {
  if (isAllZero(blockHash)) {
    if (index === 0) return INACTIVE;
  } else if (isOneHash(blockHash)) {
    if (index === -1) return ABANDONED;
  } else if (index >= 0) {
    return { kind: 'confirmed', blockHash, height: -1, position: index };
  } else if (index === -1) {
    return { kind: 'conflicted', blockHash, height: -1 };
  }
  return { kind: 'unrecognized', blockHash, index };
}

/** A transaction of the wallet with its history and what the user said about it. */
export class WalletTx {
  readonly txid: Uint8Array;
  /** Map key of `txid`. */
  readonly key: string;
  state: TxState;
  from: string | undefined;
  message: string | undefined;
  comment: string | undefined;
  commentTo: string | undefined;
  replaces: Uint8Array | undefined;
  replacedBy: Uint8Array | undefined;
  messages: string[] = [];
  paymentRequests: string[] = [];
  /** Unix seconds, as is timeSmart; 0 where unknown. */
  timeReceived = 0;
  /** Stable time for display: of the block, or of arrival, never before transactions that came earlier. */
  timeSmart = 0;
  /** Order in which transactions came to the wallet; -1 where very old software did not store it. */
  orderPos = -1;
  /** Keys of mempool transactions that spend the same, or an ancestor's, input. Not stored. */
  readonly mempoolConflicts = new Map<string, Uint8Array>();
  /** The one child that a version 3 transaction has in the mempool. Not stored. */
  trucChild: Uint8Array | undefined;
  /** Whether it spends outputs of the wallet; undefined where it must be worked out again. */
  cachedFromMe: boolean | undefined;
  cachedDebit: number | undefined;
  cachedCredit: number | undefined;

  /** Same transaction with other witnesses, by key of the wtxid; the canonical one is among them. */
  private readonly variants = new Map<string, Transaction>();
  private canonical: Transaction;

  constructor(tx: Transaction, state: TxState) {
    this.canonical = tx;
    this.txid = tx.txid;
    this.key = toKey(tx.txid);
    this.variants.set(toKey(tx.wtxid), tx);
    this.state = state;
  }

  /** Transaction as confirmed, or else the lightest that has witnesses. */
  get tx(): Transaction { return this.canonical; }
  get isCoinbase(): boolean { return this.canonical.isCoinbase; }
  get isAbandoned(): boolean { return this.state.kind === 'inactive' && this.state.abandoned; }
  get isInactive(): boolean { return this.state.kind === 'inactive'; }
  get isConfirmed(): boolean { return this.state.kind === 'confirmed'; }
  get isBlockConflicted(): boolean { return this.state.kind === 'conflicted'; }
  get isMempoolConflicted(): boolean { return this.mempoolConflicts.size > 0; }
  get inMempool(): boolean { return this.state.kind === 'mempool'; }
  get isUnconfirmed(): boolean {
    return !this.isAbandoned && !this.isBlockConflicted && !this.isMempoolConflicted && !this.isConfirmed;
  }
  get time(): number { return this.timeSmart !== 0 ? this.timeSmart : this.timeReceived; }
  get allVariants(): readonly Transaction[] { return [...this.variants.values()]; }

  /** Forgets what was computed from other transactions. */
  markDirty(): void {
    this.cachedFromMe = undefined;
    this.cachedDebit = undefined;
    this.cachedCredit = undefined;
  }

  addVariant(tx: Transaction): boolean {
    const key = toKey(tx.wtxid);
    if (this.variants.has(key)) return false;
    this.variants.set(key, tx);
    return true;
  }

  /** Takes over a newly seen form of the transaction and its state; true where anything changed. */
  update(tx: Transaction, state: TxState): boolean {
    let changed = this.addVariant(tx);
    if (!sameKind(this.state, state)) {
      this.state = state;
      if (state.kind === 'confirmed') this.canonical = this.variants.get(toKey(tx.wtxid)) ?? tx;
      changed = true;
    }
    if (!this.isConfirmed) {
      const before = this.canonical;
      this.chooseCanonical();
      if (this.canonical !== before) changed = true;
    }
    return changed;
  }

  /** While unconfirmed any form may end in a block: prefer one with witnesses, then the lightest. */
  chooseCanonical(): void {
    for (const tx of this.variants.values()) {
      if (tx === this.canonical) continue;
      if (tx.hasWitness !== this.canonical.hasWitness ? tx.hasWitness : tx.weight < this.canonical.weight) this.canonical = tx;
    }
  }

  /** True where only signatures differ. */
  isEquivalentTo(other: WalletTx): boolean {
    return equalBytes(unsigned(this.tx), unsigned(other.tx));
  }

  /** Copies what the user said about an equivalent transaction. Times of arrival and order stay. */
  copyDetailsFrom(other: WalletTx): void {
    this.from = other.from;
    this.message = other.message;
    this.comment = other.comment;
    this.commentTo = other.commentTo;
    this.replaces = other.replaces;
    this.replacedBy = other.replacedBy;
    this.messages = [...other.messages];
    this.paymentRequests = [...other.paymentRequests];
    this.timeSmart = other.timeSmart;
  }

  toRecord(): TxRecord {
    const values = new Map<string, string>([['fromaccount', '']]);
    const put = (key: string, value: string | undefined): void => {
      if (value !== undefined) values.set(key, value);
    };
    put('from', this.from);
    put('message', this.message);
    put('comment', this.comment);
    put('to', this.commentTo);
    put('replaces_txid', this.replaces === undefined ? undefined : txidText(this.replaces));
    put('replaced_by_txid', this.replacedBy === undefined ? undefined : txidText(this.replacedBy));
    if (this.orderPos !== -1) values.set('n', String(this.orderPos));
    if (this.timeSmart !== 0) values.set('timesmart', String(this.timeSmart));
    const forms: [string, string][] = [
      ...this.messages.map((text): [string, string] => ['Message', text]),
      ...this.paymentRequests.map((text): [string, string] => ['PaymentRequest', text]),
    ];
    return { tx: this.tx, ...storedState(this.state), values, forms, timeReceived: this.timeReceived };
  }

  /** @throws MalformedData for values that this format does not have */
  static fromRecord(record: TxRecord): WalletTx {
    const wtx = new WalletTx(record.tx, stateFromStored(record.blockHash, record.index));
    wtx.timeReceived = record.timeReceived;
    for (const [key, value] of record.values) {
      switch (key) {
        case 'fromaccount':
        case 'spent': break;
        case 'n': wtx.orderPos = Number.parseInt(value, 10) || 0; break;
        case 'timesmart': wtx.timeSmart = Number.parseInt(value, 10) || 0; break;
        case 'from': wtx.from = value; break;
        case 'message': wtx.message = value; break;
        case 'comment': wtx.comment = value; break;
        case 'to': wtx.commentTo = value; break;
        case 'replaces_txid': wtx.replaces = txidFromText(value) ?? undefined; break;
        case 'replaced_by_txid': wtx.replacedBy = txidFromText(value) ?? undefined; break;
        default: throw new MalformedData('Unexpected value in CWalletTx strings value map');
      }
    }
    for (const [kind, text] of record.forms) {
      if (kind === 'Message') wtx.messages.push(text);
      else if (kind === 'PaymentRequest') wtx.paymentRequests.push(text);
      else throw new MalformedData('Unknown type in CWalletTx messages and requests vector');
    }
    return wtx;
  }
}

function sameKind(a: TxState, b: TxState): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === 'inactive' && b.kind === 'inactive') return a.abandoned === b.abandoned || !b.abandoned;
  if (a.kind === 'confirmed' && b.kind === 'confirmed') return equalBytes(a.blockHash, b.blockHash);
  return true;
}

/** Serialization with empty input scripts and no witnesses. */
function unsigned(tx: Transaction): Uint8Array {
  const bare = tx.inputs.map((input) => ({ ...input, scriptSig: new Uint8Array(), witness: [] }));
  const copy = new Transaction({ version: tx.version, inputs: bare, outputs: tx.outputs, locktime: tx.locktime });
  return copy.serialize(false);
}
