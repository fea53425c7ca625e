import type { OutPointValue } from '../../../ipc-spec/types.ts';
import type { SpendControl, TxDetails, TxInputDetails, TxOutputDetails } from '../../../ipc-spec/wallet-types.ts';
import { fromHex, hashFromHex, hashToHex, isHashHex, isHex, toHex } from '../../util/bytes.ts';
import type { SpendChoice, TransactionView, TxParty } from '../api.ts';
import { BadRequest, flag, integer, list, optional, record, type Shape, text } from '../shape.ts';

const MAX_SAT = 21_000_000 * 100_000_000;
export const amount = integer(0, MAX_SAT);
export const walletName = text(1024);
export const passphrase = text(1024);

/** Hex of at most so many bytes. */
export function hex(maxBytes: number): Shape<Uint8Array> {
  const plain = text(maxBytes * 2);
  return (value, path) => {
    const digits = plain(value, path);
    if (!isHex(digits)) throw new BadRequest(`${path}: expected hex`);
    return fromHex(digits);
  };
}

/** A hash as people write it, left as it is. */
export const hashText: Shape<string> = (value, path) => {
  if (typeof value !== 'string' || !isHashHex(value)) throw new BadRequest(`${path}: expected a hash`);
  return value;
};

/** A hash as people write it. */
export const hash: Shape<Uint8Array> = (value, path) => hashFromHex(hashText(value, path));

/** `txid:n` */
export const outpoint: Shape<OutPointValue> = (value, path) => {
  const [, txid, vout] = (typeof value === 'string' ? /^([0-9a-f]{64}):(\d{1,10})$/.exec(value) : null) ?? [];
  if (txid === undefined || vout === undefined) throw new BadRequest(`${path}: expected txid:n`);
  return { txid: hashFromHex(txid), vout: Number(vout) };
};

export function outpointText({ txid, vout }: OutPointValue): string {
  return `${hashToHex(txid)}:${vout}`;
}

const MAX_INPUTS = 2000;
const MAX_FEERATE = 100_000_000;

const choice = record<{ inputs: OutPointValue[]; feerate: number | null; confirmTarget: number | null; changeAddress: string | null; replaceable: boolean | null }>({
  inputs: list(outpoint, MAX_INPUTS), feerate: optional(integer(0, MAX_FEERATE)), confirmTarget: optional(integer(1, 1008)), changeAddress: optional(text(200)),
  replaceable: optional(flag),
} satisfies { readonly [K in keyof SpendChoice]: unknown });

/** What the user decides about a payment. */
export const spendControl: Shape<SpendControl> = choice;

function party(value: Pick<TxInputDetails, 'amount' | 'address' | 'label' | 'mine'> & Partial<Pick<TxInputDetails, 'outpoint'> & Pick<TxOutputDetails, 'change' | 'spent'>>): TxParty {
  return {
    amount: value.amount, address: value.address, label: value.label, mine: value.mine,
    outpoint: value.outpoint === undefined ? '' : outpointText(value.outpoint), change: value.change ?? false, spent: value.spent ?? false,
  };
}

/** A transaction as the page shows it. */
export function transactionView(d: TxDetails): TransactionView {
  const hex_ = (bytes: Uint8Array | null): string | null => (bytes === null ? null : hashToHex(bytes));
  return {
    txid: hashToHex(d.txid), wtxid: hashToHex(d.wtxid), raw: toHex(d.raw), status: d.status, depth: d.depth, inMempool: d.inMempool, blockHash: hex_(d.blockHash), height: d.height,
    time: d.time, vsize: d.vsize, weight: d.weight, debit: d.debit, credit: d.credit, fee: d.fee, comment: d.comment, commentTo: d.commentTo, messages: d.messages,
    replaces: hex_(d.replaces), replacedBy: hex_(d.replacedBy), conflicts: d.conflicts.map((c) => hashToHex(c)), inputs: d.inputs.map((i) => party(i)), outputs: d.outputs.map((o) => party(o)),
    canAbandon: d.canAbandon, canBump: d.canBump,
  };
}
