import { hash160 } from '../crypto/hash.ts';
import { isValidPubkey } from '../crypto/secp256k1.ts';
import { TX_MAX_STANDARD_VERSION, TX_MIN_STANDARD_VERSION } from '../policy/limits.ts';
import { MAX_BIP125_RBF_SEQUENCE, NO_WITNESS, SEQUENCE_FINAL, Transaction, type TxFields, type TxOut } from '../primitives/transaction.ts';
import { type AddressParams, decodeDestination } from '../script/key-io.ts';
import { OP } from '../script/opcodes.ts';
import { parseScript } from '../script/parse-script.ts';
import { MAX_PUBKEYS_PER_MULTISIG, MAX_SCRIPT_ELEMENT_SIZE, MAX_SCRIPT_SIZE, pushData } from '../script/script.ts';
import { isCompressedPubkey, multisigScript, p2pkScript, p2shScript, p2wshScript, scriptForDestination } from '../script/standard.ts';
import { parseMoney } from '../util/amount.ts';
import { concatBytes, fromHex, hashFromHex, isHex } from '../util/bytes.ts';
import { CoinError } from '../util/errors.ts';

/** A command that does not fit; the text is the reference's. */
export class TxEditError extends CoinError {
  constructor(message: string, options?: ErrorOptions) { super('tx', message, options); }
}

/** No block has room for more outputs. */
const MAX_VOUT = Math.floor(4_000_000 / (4 * 9));
const MAX_UINT32 = 0xffffffff;

/** An unsigned 32-bit number in plain digits; null for anything else. */
function uint32(text: string): number | null {
  const n = /^[0-9]+$/.test(text) ? Number(text) : NaN;
  return n <= MAX_UINT32 ? n : null;
}

function trimmed(text: string, complaint: string): number {
  const n = uint32(text.trim());
  if (n === null) throw new TxEditError(`${complaint} '${text}'`);
  return n;
}

function amount(text: string): number {
  const sat = parseMoney(text);
  if (sat === null) throw new TxEditError('invalid TX output value');
  return sat;
}

function pubkey(text: string): Uint8Array {
  const bytes = isHex(text) ? fromHex(text) : new Uint8Array(0);
  if (!isValidPubkey(bytes)) throw new TxEditError('invalid TX output pubkey');
  return bytes;
}

/** The flags behind an output: W for a witness program, S for a script hash around it. */
function flagsOf(text: string | undefined): { readonly witness: boolean; readonly scriptHash: boolean } {
  return { witness: text?.includes('W') === true, scriptHash: text?.includes('S') === true };
}

function compressedOnly(keys: readonly Uint8Array[]): void {
  if (!keys.every(isCompressedPubkey)) throw new TxEditError('Uncompressed pubkeys are not useable for SegWit outputs');
}

function wrapped(script: Uint8Array): Uint8Array {
  if (script.length > MAX_SCRIPT_ELEMENT_SIZE) throw new TxEditError(`redeemScript exceeds size limit: ${script.length} > ${MAX_SCRIPT_ELEMENT_SIZE}`);
  return p2shScript(script);
}

const withOutput = (tx: TxFields, output: TxOut): TxFields => ({ ...tx, outputs: [...tx.outputs, output] });

function addInput(tx: TxFields, text: string): TxFields {
  const [txid = '', vout, sequence] = text.split(':');
  if (vout === undefined) throw new TxEditError('TX input missing separator');
  if (!/^[0-9a-f]{64}$/i.test(txid)) throw new TxEditError('invalid TX input txid');
  const index = uint32(vout);
  if (index === null || index > MAX_VOUT) throw new TxEditError(`invalid TX input vout '${vout}'`);
  const input = {
    prevout: { txid: hashFromHex(txid), vout: index }, scriptSig: new Uint8Array(0), witness: NO_WITNESS,
    sequence: sequence === undefined ? SEQUENCE_FINAL : trimmed(sequence, 'invalid TX sequence id'),
  };
  return { ...tx, inputs: [...tx.inputs, input] };
}

function addAddress(tx: TxFields, text: string, params: AddressParams): TxFields {
  const [value = '', address, ...more] = text.split(':');
  if (address === undefined || more.length > 0) throw new TxEditError('TX output missing or too many separators');
  const sat = amount(value);
  const decoded = decodeDestination(address, params);
  if (!decoded.ok) throw new TxEditError('invalid TX output address');
  return withOutput(tx, { value: sat, scriptPubKey: scriptForDestination(decoded.destination) });
}

function addPubkey(tx: TxFields, text: string): TxFields {
  const [value = '', key, flagText, ...more] = text.split(':');
  if (key === undefined || more.length > 0) throw new TxEditError('TX output missing or too many separators');
  const sat = amount(value);
  const bytes = pubkey(key);
  const flags = flagsOf(flagText);
  let script = p2pkScript(bytes);
  if (flags.witness) {
    compressedOnly([bytes]);
    script = scriptForDestination({ type: 'wpkh', hash: hash160(bytes) });
  }
  return withOutput(tx, { value: sat, scriptPubKey: flags.scriptHash ? p2shScript(script) : script });
}

function addMultisig(tx: TxFields, text: string): TxFields {
  const [value = '', requiredText, totalText, ...rest] = text.split(':');
  if (requiredText === undefined || totalText === undefined) throw new TxEditError('Not enough multisig parameters');
  const sat = amount(value);
  const required = trimmed(requiredText, 'invalid multisig required number');
  const total = trimmed(totalText, 'invalid multisig total number');
  if (rest.length < total) throw new TxEditError('incorrect number of multisig pubkeys');
  if (required < 1 || required > MAX_PUBKEYS_PER_MULTISIG || total < 1 || total > MAX_PUBKEYS_PER_MULTISIG || total < required) {
    throw new TxEditError(`multisig parameter mismatch. Required ${required} of ${total}signatures.`);
  }
  const keys = rest.slice(0, total).map(pubkey);
  if (rest.length > total + 1) throw new TxEditError('Too many parameters');
  const flags = flagsOf(rest[total]);
  let script = multisigScript(required, keys);
  if (flags.witness) {
    compressedOnly(keys);
    script = p2wshScript(script);
  }
  return withOutput(tx, { value: sat, scriptPubKey: flags.scriptHash ? wrapped(script) : script });
}

function addData(tx: TxFields, text: string): TxFields {
  const at = text.indexOf(':');
  if (at === 0) throw new TxEditError('TX output value not specified');
  const sat = at < 0 ? 0 : amount(text.slice(0, at));
  const hex = text.slice(at + 1);
  if (hex === '' || !isHex(hex)) throw new TxEditError('invalid TX output data');
  return withOutput(tx, { value: sat, scriptPubKey: concatBytes(Uint8Array.of(OP.OP_RETURN), pushData(fromHex(hex))) });
}

function addScript(tx: TxFields, text: string): TxFields {
  const [value = '', scriptText, ...more] = text.split(':');
  if (scriptText === undefined) throw new TxEditError('TX output missing separator');
  const sat = amount(value);
  let script = parseScript(scriptText);
  const flags = flagsOf(more.length === 1 ? more[0] : undefined);
  if (script.length > MAX_SCRIPT_SIZE) throw new TxEditError(`script exceeds size limit: ${script.length} > ${MAX_SCRIPT_SIZE}`);
  if (flags.witness) script = p2wshScript(script);
  return withOutput(tx, { value: sat, scriptPubKey: flags.scriptHash ? wrapped(script) : script });
}

function place(text: string, list: readonly unknown[], what: 'input' | 'output'): number {
  const n = uint32(text);
  if (n === null || n >= list.length) throw new TxEditError(`Invalid TX ${what} index '${text}'`);
  return n;
}

function replaceable(tx: TxFields, text: string): TxFields {
  const only = text === '' ? null : place(text, tx.inputs, 'input');
  return { ...tx, inputs: tx.inputs.map((input, i) => (only === null || i === only ? { ...input, sequence: Math.min(input.sequence, MAX_BIP125_RBF_SEQUENCE) } : input)) };
}

function version(tx: TxFields, text: string): TxFields {
  const n = uint32(text);
  if (n === null || n < TX_MIN_STANDARD_VERSION || n > TX_MAX_STANDARD_VERSION) throw new TxEditError(`Invalid TX version requested: '${text}'`);
  return { ...tx, version: n };
}

function locktime(tx: TxFields, text: string): TxFields {
  const n = uint32(text);
  if (n === null) throw new TxEditError(`Invalid TX locktime requested: '${text}'`);
  return { ...tx, locktime: n };
}

const EDITS: Readonly<Record<string, (tx: TxFields, value: string, params: AddressParams) => TxFields>> = {
  nversion: version, locktime, replaceable, in: addInput,
  delin: (tx, text) => ({ ...tx, inputs: tx.inputs.toSpliced(place(text, tx.inputs, 'input'), 1) }),
  delout: (tx, text) => ({ ...tx, outputs: tx.outputs.toSpliced(place(text, tx.outputs, 'output'), 1) }),
  outaddr: addAddress, outpubkey: addPubkey, outmultisig: addMultisig, outscript: addScript, outdata: addData,
};

/**
 * A transaction after one command of coin-tx that needs nothing but the transaction. Null for a command of another kind.
 * Facts: bitcoin-tx of the reference. @throws TxEditError, MalformedData
 */
export function editTransaction(tx: Transaction, command: string, value: string, params: AddressParams): Transaction | null {
  const edit = Object.hasOwn(EDITS, command) ? EDITS[command] : undefined;
  return edit === undefined ? null : new Transaction(edit(tx, value, params));
}
