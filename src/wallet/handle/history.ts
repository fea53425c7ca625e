import type { TxKind, TxPage, TxQuery, TxRow, TxStatus } from '../../../ipc-spec/wallet-types.ts';
import { txAmounts } from '../receive.ts';
import type { Wallet } from '../wallet.ts';
import type { WalletTx } from '../wallet-tx.ts';

/** Confirmations from which a payment counts as settled. */
const SETTLED_DEPTH = 6;
/** Lines that one answer carries. */
const MAX_ROWS = 1000;

/** What of a line does not change while the wallet's keys and address book stay. */
interface FixedRow { readonly vout: number; readonly kind: TxKind; readonly amount: number; readonly address: string | null }

/** Where a transaction stands, as a person would say it. */
export function txStatus(wallet: Wallet, wtx: WalletTx): TxStatus {
  const depth = wallet.txs.depth(wtx);
  if (wtx.isAbandoned) return wtx.isCoinbase ? 'orphan' : 'abandoned';
  if (depth < 0 || wtx.isMempoolConflicted) return 'conflicted';
  if (wtx.isCoinbase) return depth < 1 ? 'orphan' : wallet.txs.isImmatureCoinbase(wtx) ? 'immature' : 'confirmed';
  return depth === 0 ? 'unconfirmed' : depth < SETTLED_DEPTH ? 'confirming' : 'confirmed';
}

/** The label of an address; empty where it has none. */
export function labelOf(wallet: Wallet, address: string | null): string {
  return address === null ? '' : wallet.book.find(address)?.label ?? '';
}

/** The history in lines. What was worked out is kept until `forget`. */
export class WalletHistory {
  private readonly wallet: Wallet;
  private fixed = new WeakMap<WalletTx, readonly FixedRow[]>();
  private readonly ids = new WeakMap<WalletTx, string>();

  constructor(wallet: Wallet) {
    this.wallet = wallet;
  }

  /** After a change of what is ours or what is change. */
  forget(): void {
    this.fixed = new WeakMap();
  }

  private rowsOf(wtx: WalletTx): readonly FixedRow[] {
    let rows = this.fixed.get(wtx);
    if (rows === undefined) {
      rows = this.decompose(wtx);
      this.fixed.set(wtx, rows);
    }
    return rows;
  }

  private decompose(wtx: WalletTx): readonly FixedRow[] {
    const { received, sent, feeSat } = txAmounts(this.wallet, wtx, false);
    const rows: FixedRow[] = sent.map(({ address, amount, vout }, i) => ({ vout, kind: 'sent', amount: -amount - (i === 0 ? feeSat : 0), address }));
    for (const { address, amount, vout } of received) rows.push({ vout, kind: wtx.isCoinbase ? 'mined' : 'received', amount, address });
    // Nothing but change, or inputs of several owners: the whole is one line.
    if (rows.length === 0) rows.push({ vout: -1, kind: 'other', amount: this.wallet.txs.credit(wtx) - this.wallet.txs.debit(wtx), address: null });
    return rows;
  }

  /** Whether a line has a text in its id, address or label. What is true of an address is worked out once for all of its lines. */
  private matcher(text: string): (wtx: WalletTx, row: FixedRow) => boolean {
    // Most words are no part of any id.
    const mayBeId = /^[0-9a-f]{1,64}$/.test(text);
    const addresses = new Map<string, boolean>();
    const inAddress = (address: string): boolean => {
      let found = addresses.get(address);
      if (found === undefined) {
        found = address.toLowerCase().includes(text) || labelOf(this.wallet, address).toLowerCase().includes(text);
        addresses.set(address, found);
      }
      return found;
    };
    return (wtx, row) => (row.address !== null && inAddress(row.address)) || (mayBeId && this.idOf(wtx).includes(text));
  }

  private idOf(wtx: WalletTx): string {
    let id = this.ids.get(wtx);
    if (id === undefined) {
      id = wtx.tx.txidHex;
      this.ids.set(wtx, id);
    }
    return id;
  }

  /** Lines that fit, newest first, from `offset` on. */
  query(query: TxQuery, offset: number, limit: number): TxPage {
    const { wallet } = this;
    const text = query.text.trim().toLowerCase();
    const matches = text === '' ? null : this.matcher(text);
    const ordered = wallet.txs.inOrder();
    const rows: TxRow[] = [];
    const last = offset + Math.min(limit, MAX_ROWS);
    let total = 0;
    for (let i = ordered.length - 1; i >= 0; i--) {
      const wtx = ordered[i];
      if (wtx === undefined || wtx.time < query.since || wtx.time > query.until) continue;
      for (const row of this.rowsOf(wtx)) {
        if (query.kind !== null && row.kind !== query.kind) continue;
        if (Math.abs(row.amount) < query.minAmount) continue;
        if (matches !== null && !matches(wtx, row)) continue;
        if (total >= offset && total < last) {
          rows.push({ ...row, txid: wtx.txid, status: txStatus(wallet, wtx), depth: wallet.txs.depth(wtx), time: wtx.time, label: labelOf(wallet, row.address) });
        }
        total += 1;
      }
    }
    return { total, rows };
  }
}
