import type { LabelImport, LabelVerdict } from '../../ipc-spec/wallet-types.ts';
import { outPointKey } from '../primitives/outpoint.ts';
import { RPC } from '../rpc/errors.ts';
import { hashFromHex, hashToHex, isHex, utf8 } from '../util/bytes.ts';
import { errorText, RpcError } from '../util/errors.ts';
import { isJsonObject, type JsonObject, parseJson } from '../util/json.ts';
import type { TxEnd } from './coin-labels.ts';
import type { Wallet } from './wallet.ts';

// BIP 329: a JSON object a line, with what it is about (`type`, `ref`) and its label.

/** A verdict for each must fit into one answer. */
const MAX_LINES = 50_000;
const MAX_LINE_CHARS = 16_384;
const MAX_LABEL_CHARS = 2_000;
/** How long others wait while labels are taken over. */
const TURN_MS = 20;

/** A line that is not taken over, and why. */
class Refused extends Error {}

/** Labels of addresses, transactions, inputs and outputs, and which outputs must not be spent, as BIP 329 writes them. */
export function exportLabels(wallet: Wallet): Uint8Array {
  const lines: string[] = [];
  const put = (type: string, ref: string, label: string, spendable?: boolean): void => {
    lines.push(JSON.stringify({ type, ref, ...(label === '' ? {} : { label }), ...(spendable === undefined ? {} : { spendable }) }));
  };
  for (const wtx of wallet.txs.inOrder()) if (wtx.comment !== undefined && wtx.comment !== '') put('tx', hashToHex(wtx.txid), wtx.comment);
  for (const { address, label } of wallet.book.labelled()) if (label !== '') put('addr', address, label);
  const { locked } = wallet.txs;
  const told = new Set<string>();
  for (const { end, txid, index, label } of wallet.coinLabels.all()) {
    const key = outPointKey(txid, index);
    const unspent = end === 'output' && wallet.txs.own.has(key) && !wallet.txs.isSpent(key);
    put(end, `${hashToHex(txid)}:${index}`, label, unspent ? !locked.has(key) : undefined);
    if (end === 'output') told.add(key);
  }
  for (const [key, { txid, vout }] of locked) if (!told.has(key)) put('output', `${hashToHex(txid)}:${vout}`, '', false);
  return utf8(lines.map((line) => `${line}\n`).join(''));
}

/** Takes over the labels of a BIP 329 file line by line. @throws RpcError -22, -8 where it is no such file; then nothing has changed */
export async function importLabels(wallet: Wallet, file: Uint8Array): Promise<LabelImport> {
  const lines = linesOf(file);
  const verdicts: LabelVerdict[] = [];
  // A file may have thousands of lines: one write for many, and in between others have their turn.
  while (verdicts.length < lines.length) {
    if (verdicts.length > 0) await new Promise((resolve) => { setImmediate(resolve); });
    const untilMs = wallet.clock.monotonicMs() + TURN_MS;
    wallet.db.transaction(() => {
      for (let line = lines[verdicts.length]; line !== undefined; line = lines[verdicts.length]) {
        verdicts.push(verdictOn(wallet, line));
        if (wallet.clock.monotonicMs() > untilMs) break;
      }
    });
  }
  return { taken: verdicts.filter((verdict) => verdict.taken).length, verdicts };
}

function verdictOn(wallet: Wallet, { number, text }: Line): LabelVerdict {
  try {
    return { line: number, taken: true, reason: takeLine(wallet, text) };
  } catch (e) {
    if (!(e instanceof Refused)) throw e;
    return { line: number, taken: false, reason: e.message };
  }
}

interface Line { readonly number: number; readonly text: string }

function linesOf(file: Uint8Array): Line[] {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(file);
  } catch (e) {
    throw new RpcError(RPC.DESERIALIZATION_ERROR, 'The file is not text in UTF-8', { cause: e });
  }
  const lines = text.split('\n').map((line, i) => ({ number: i + 1, text: line.trim() })).filter((line) => line.text !== '');
  if (lines.length > MAX_LINES) throw new RpcError(RPC.INVALID_PARAMETER, `The file has more than ${MAX_LINES} lines; import it in parts`);
  return lines;
}

function recordOf(text: string): JsonObject {
  if (text.length > MAX_LINE_CHARS) throw new Refused('the line is too long');
  let value;
  try {
    value = parseJson(text);
  } catch (e) {
    throw new Refused(`not JSON: ${errorText(e)}`);
  }
  if (!isJsonObject(value)) throw new Refused('not a JSON object');
  return value;
}

/** What there is to say of a line that was taken; empty where all is well. @throws Refused */
function takeLine(wallet: Wallet, text: string): string {
  const record = recordOf(text);
  const { type, ref, label, spendable } = record;
  if (typeof type !== 'string' || typeof ref !== 'string') throw new Refused('type or ref is missing');
  if (label !== undefined && typeof label !== 'string') throw new Refused('the label is not text');
  if (label !== undefined && label.length > MAX_LABEL_CHARS) throw new Refused(`the label is longer than ${MAX_LABEL_CHARS} characters`);
  switch (type) {
    case 'addr': return takeAddress(wallet, ref, needed(label));
    case 'tx': return takeTransaction(wallet, ref, needed(label));
    case 'input': return takeInput(wallet, ref, needed(label));
    case 'output': return takeOutput(wallet, ref, label, spendable);
    case 'pubkey':
    case 'xpub': throw new Refused(`the wallet keeps no labels of type ${type}`);
    default: throw new Refused(`unknown type '${type.slice(0, 40)}'`);
  }
}

function needed(label: string | undefined): string {
  if (label === undefined) throw new Refused('there is no label');
  return label;
}

function takeAddress(wallet: Wallet, ref: string, label: string): string {
  const destination = wallet.addresses.destination(ref);
  if (destination === null) throw new Refused('not an address of this network');
  const address = wallet.addresses.encode(destination);
  const script = wallet.addresses.scriptOf(address);
  const known = wallet.book.find(address)?.purpose;
  wallet.book.set(address, label, known ?? (script !== null && wallet.isMine(script) ? 'receive' : 'send'));
  return '';
}

function takeTransaction(wallet: Wallet, ref: string, label: string): string {
  const wtx = isHash(ref) ? wallet.txs.get(hashFromHex(ref)) : undefined;
  if (wtx === undefined) throw new Refused(isHash(ref) ? 'the transaction is not in the wallet' : 'ref is not a transaction id');
  wtx.comment = label === '' ? undefined : label;
  wallet.db.writeTx(wtx);
  wallet.events.transaction.emit(wtx.txid);
  return '';
}

function isHash(text: string): boolean { return text.length === 64 && isHex(text); }

/** `txid:n`, of a transaction that the wallet has. @throws Refused */
function endOf(wallet: Wallet, ref: string, end: TxEnd): { txid: Uint8Array; index: number; key: string } {
  const [id = '', n = ''] = ref.split(':');
  if (!isHash(id) || !/^\d{1,9}$/.test(n) || ref.length !== id.length + 1 + n.length) throw new Refused('ref is not a transaction id with a number');
  const txid = hashFromHex(id);
  const index = Number(n);
  const tx = wallet.txs.get(txid)?.tx;
  if (tx === undefined) throw new Refused('the transaction is not in the wallet');
  if (index >= (end === 'input' ? tx.inputs : tx.outputs).length) throw new Refused(`the transaction has no ${end} ${index}`);
  return { txid, index, key: outPointKey(txid, index) };
}

function takeInput(wallet: Wallet, ref: string, label: string): string {
  const { txid, index, key } = endOf(wallet, ref, 'input');
  wallet.coinLabels.set(key, { end: 'input', txid, index, label });
  wallet.events.transaction.emit(txid);
  return '';
}

function takeOutput(wallet: Wallet, ref: string, label: string | undefined, spendable: JsonObject['spendable']): string {
  // Files of older programs have it as text.
  const may = spendable === 'true' ? true : spendable === 'false' ? false : spendable;
  if (may !== undefined && typeof may !== 'boolean') throw new Refused('spendable is neither true nor false');
  if (label === undefined && may === undefined) throw new Refused('there is neither a label nor spendable');
  const { txid, index, key } = endOf(wallet, ref, 'output');
  const { txs } = wallet;
  const coin = txs.own.has(key) && !txs.isSpent(key);
  if (label === undefined && !coin) throw new Refused('the output is spent or not of the wallet');
  if (label !== undefined) wallet.coinLabels.set(key, { end: 'output', txid, index, label });
  if (coin && may === false) txs.lockCoin(txid, index, true);
  else if (coin && may === true) txs.unlockCoin(txid, index);
  wallet.events.transaction.emit(txid);
  return may !== undefined && !coin ? 'spendable does not matter: the output is spent or not of the wallet' : '';
}
