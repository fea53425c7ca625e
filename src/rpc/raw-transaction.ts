import { TX_MAX_STANDARD_VERSION, TX_MIN_STANDARD_VERSION } from '../policy/limits.ts';
import { MAX_BIP125_RBF_SEQUENCE, NO_WITNESS, SEQUENCE_FINAL, Transaction, type TxIn, type TxOut } from '../primitives/transaction.ts';
import { outPointKey } from '../primitives/outpoint.ts';
import { scriptToAsm } from '../script/asm.ts';
import { type AddressParams, decodeDestination } from '../script/key-io.ts';
import { OP } from '../script/opcodes.ts';
import { hasValidOps, isPayToScriptHash, isPayToWitnessScriptHash, MAX_SCRIPT_SIZE, pushData } from '../script/script.ts';
import { HASH_TYPES } from '../script/sighash.ts';
import { type SignedTransaction, UNKNOWN_AMOUNT } from '../script/sign.ts';
import type { SigningProvider } from '../script/signing-provider.ts';
import { p2shScript, p2wshScript, scriptForDestination } from '../script/standard.ts';
import { formatAmount, parseAmount } from '../util/amount.ts';
import { concatBytes, equalBytes, fromHex, hashToHex, isHex, toHex, toKey } from '../util/bytes.ts';
import { MalformedData, RpcError } from '../util/errors.ts';
import { isJsonObject, type Json, jsonEntries, JsonNumber, type JsonObject, jsonTypeName } from '../util/json.ts';
import { arrayArg, hashArg, hexArg, intArg, objectArg, stringArg, uint32Arg } from './arguments.ts';
import { RPC } from './errors.ts';
import type { ArgSpec } from './method.ts';

export const DEFAULT_RAWTX_VERSION = 2;
const NULL_DATA_KEY = 'data';

function invalid(text: string): RpcError {
  return new RpcError(RPC.INVALID_PARAMETER, text);
}

// -- Transactions from hex ----------------------------------------------------------------------------------------

function attempt(bytes: Uint8Array, allowWitness: boolean): Transaction | null {
  try {
    return Transaction.fromBytes(bytes, allowWitness);
  } catch (e) {
    if (e instanceof MalformedData) return null;
    throw e;
  }
}

/** Scripts of a transaction that was read the right way run; those of one read the wrong way mostly do not. */
function hasSaneScripts(tx: Transaction): boolean {
  const sane = (script: Uint8Array): boolean => script.length <= MAX_SCRIPT_SIZE && hasValidOps(script);
  return (tx.isCoinbase || tx.inputs.every((input) => sane(input.scriptSig))) && tx.outputs.every((output) => sane(output.scriptPubKey));
}

/**
 * A transaction from hex. Without inputs the form with witnesses and the one without look alike: the one whose
 * scripts make sense is taken. Null where it is none.
 */
export function decodeHexTransaction(hex: string, tryWithout = false, tryWitness = true): Transaction | null {
  if (!isHex(hex)) return null;
  const bytes = fromHex(hex);
  const extended = tryWitness ? attempt(bytes, true) : null;
  if (extended !== null && hasSaneScripts(extended)) return extended;
  const legacy = tryWithout ? attempt(bytes, false) : null;
  if (legacy !== null && hasSaneScripts(legacy)) return legacy;
  return extended ?? legacy;
}

// -- Building transactions ----------------------------------------------------------------------------------------

/** One output as a client asks for it; `name` is the address, or `data`. */
export interface RequestedOutput {
  readonly name: string;
  readonly scriptPubKey: Uint8Array;
  /** Satoshi. */
  readonly amount: number;
}

/** Key and value of each output, from a dictionary or a list of dictionaries with one member each. @throws RpcError -8 */
export function outputPairs(value: Json | undefined): [string, Json][] {
  if (value === undefined || value === null) throw invalid('Invalid parameter, output argument must be non-null');
  if (isJsonObject(value)) return jsonEntries(value);
  return arrayArg(value).map((item) => {
    if (!isJsonObject(item)) throw invalid('Invalid parameter, key-value pair not an object as expected');
    const entries = jsonEntries(item);
    const [only] = entries;
    if (only === undefined || entries.length !== 1) throw invalid('Invalid parameter, key-value pair must contain exactly one key');
    return only;
  });
}

/** Text of a number or string; what a hex argument is read from. */
function valueText(value: Json): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return value instanceof JsonNumber ? value.text : value === true ? '1' : '';
}

/** Outputs of `address: amount` and `data: hex`. @throws RpcError -3, -5, -8 */
export function parseOutputs(pairs: readonly (readonly [string, Json])[], params: AddressParams): RequestedOutput[] {
  const seen = new Set<string>();
  let hasData = false;
  return pairs.map(([name, value]) => {
    if (name === NULL_DATA_KEY) {
      if (hasData) throw invalid('Invalid parameter, duplicate key: data');
      hasData = true;
      return { name, scriptPubKey: concatBytes(Uint8Array.of(OP.OP_RETURN), pushData(hexArg(valueText(value), 'Data'))), amount: 0 };
    }
    const decoded = decodeDestination(name, params);
    const amount = parseAmount(value);
    if (!decoded.ok) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, `Invalid Bitcoin address: ${name}`);
    const scriptPubKey = scriptForDestination(decoded.destination);
    const key = toKey(scriptPubKey);
    if (seen.has(key)) throw invalid(`Invalid parameter, duplicated address: ${name}`);
    seen.add(key);
    return { name, scriptPubKey, amount };
  });
}

/** Inputs of `txid`, `vout` and perhaps `sequence`. @throws RpcError -3, -8 */
export function parseInputs(value: Json | undefined, locktime: number, rbf: boolean | undefined): TxIn[] {
  if (value === undefined || value === null) return [];
  return arrayArg(value).map((item) => {
    const input = objectArg(item);
    const txid = hashArg(input['txid'], 'txid');
    if (jsonTypeName(input['vout']) !== 'number') throw invalid('Invalid parameter, missing vout key');
    const vout = intArg(input['vout']);
    if (vout < 0) throw invalid('Invalid parameter, vout cannot be negative');
    let sequence = rbf ?? true ? MAX_BIP125_RBF_SEQUENCE : locktime !== 0 ? SEQUENCE_FINAL - 1 : SEQUENCE_FINAL;
    if (jsonTypeName(input['sequence']) === 'number') {
      sequence = intArg(input['sequence']);
      if (sequence < 0 || sequence > SEQUENCE_FINAL) throw invalid('Invalid parameter, sequence number is out of range');
    }
    return { prevout: { txid, vout }, scriptSig: new Uint8Array(0), sequence, witness: NO_WITNESS };
  });
}

/**
 * The unsigned transaction that a client describes.
 * @param rbf undefined: replaceable unless the inputs say otherwise
 * @throws RpcError -3, -5, -8
 */
export function constructTransaction(
  inputs: Json | undefined, outputs: Json | undefined, locktime: Json | undefined, rbf: boolean | undefined, params: AddressParams, version: Json | undefined = DEFAULT_RAWTX_VERSION,
): Transaction {
  const lock = locktime === undefined || locktime === null ? 0 : intArg(locktime);
  if (lock < 0 || lock > 0xffffffff) throw invalid('Invalid parameter, locktime out of range');
  const number = uint32Arg(version ?? undefined, DEFAULT_RAWTX_VERSION);
  if (number < TX_MIN_STANDARD_VERSION || number > TX_MAX_STANDARD_VERSION) {
    throw invalid(`Invalid parameter, version out of range(${TX_MIN_STANDARD_VERSION}~${TX_MAX_STANDARD_VERSION})`);
  }
  const vin = parseInputs(inputs, lock, rbf);
  const vout = parseOutputs(outputPairs(outputs), params).map(({ scriptPubKey, amount }) => ({ scriptPubKey, value: amount }));
  if (rbf === true && vin.length > 0 && vin.every((input) => input.sequence > MAX_BIP125_RBF_SEQUENCE)) {
    throw invalid('Invalid parameter combination: Sequence number(s) contradict replaceable option');
  }
  return new Transaction({ version: number, inputs: vin, outputs: vout, locktime: lock });
}

/** Arguments of the methods that build a transaction. */
export const CREATE_ARGS: readonly ArgSpec[] = [
  { name: 'inputs', type: 'array', help: 'What it spends', fields: [{ name: '', type: 'object', optional: true, help: '', fields: [
    { name: 'txid', type: 'hex', help: 'Transaction' }, { name: 'vout', type: 'numeric', help: 'Output number' },
    { name: 'sequence', type: 'numeric', defaultHint: "depends on the value of the 'replaceable' and 'locktime' arguments", help: 'Sequence number' },
  ] }] },
  {
    name: 'outputs', type: 'array', skipTypeCheck: true,
    help: 'What it pays, as pairs of key and value, at least one. An address, and "data", may come only once. One dictionary with all pairs will do, too.',
    fields: [
      { name: '', type: 'object-user-keys', optional: true, help: '', fields: [{ name: 'address', type: 'amount', help: 'Amount in coins, under the address' }] },
      { name: '', type: 'object', optional: true, help: '', fields: [{ name: 'data', type: 'hex', help: 'Bytes for an OP_RETURN output, under the key "data"' }] },
    ],
  },
  { name: 'locktime', type: 'numeric', default: 0, help: 'Lock time; where it is not 0 it makes the sequence numbers so that it holds' },
  { name: 'replaceable', type: 'boolean', default: true, help: 'Whether it signals replaceability (BIP 125). Sequence numbers that say otherwise are an error where this is given.' },
  { name: 'version', type: 'numeric', default: DEFAULT_RAWTX_VERSION, help: 'Version of the transaction' },
];

// -- Signing ------------------------------------------------------------------------------------------------------

/** Hash type by its name; undefined where none is given. @throws RpcError -8 */
export function hashTypeArg(value: Json | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  const type = HASH_TYPES.get(stringArg(value));
  if (type === undefined) throw invalid(`'${stringArg(value)}' is not a valid sighash parameter.`);
  return type;
}

/** Argument of the methods that sign. */
export const HASH_TYPE_ARG: ArgSpec = {
  name: 'sighashtype', type: 'string', default: 'DEFAULT for Taproot, ALL otherwise', help: `What signatures cover: ${[...HASH_TYPES.keys()].join(', ')}`,
};

export const PREVTXS_ARG: ArgSpec = {
  name: 'prevtxs', type: 'array', optional: true, help: 'Outputs that it spends and that may not be in the chain yet',
  fields: [{ name: '', type: 'object', optional: true, help: '', fields: [
    { name: 'txid', type: 'hex', help: 'Transaction' }, { name: 'vout', type: 'numeric', help: 'Output number' }, { name: 'scriptPubKey', type: 'hex', help: 'Output script' },
    { name: 'redeemScript', type: 'hex', optional: true, help: 'Script behind P2SH' }, { name: 'witnessScript', type: 'hex', optional: true, help: 'Script behind P2WSH' },
    { name: 'amount', type: 'amount', optional: true, help: 'Value; needed for witness inputs' },
  ] }],
};

function checkMembers(object: JsonObject, names: readonly string[], type: 'string' | 'number', allowMissing: boolean): void {
  for (const name of names) {
    const value = object[name];
    if (value === undefined || (allowMissing && value === null)) {
      if (allowMissing) continue;
      throw new RpcError(RPC.TYPE_ERROR, `Missing ${name}`);
    }
    const got = jsonTypeName(value);
    if (got !== type) throw new RpcError(RPC.TYPE_ERROR, `JSON value of type ${got} for field ${name} is not of expected type ${type}`);
  }
}

/**
 * Reads the outputs that a client says exist into `coins` (by outpoint key), and scripts behind them into `keys`.
 * @param keys null where the signer knows its scripts itself
 * @throws RpcError -3, -8, -22
 */
export function parsePrevouts(value: Json | undefined, keys: SigningProvider | null, coins: Map<string, TxOut>): void {
  for (const item of value === undefined || value === null ? [] : arrayArg(value)) {
    if (!isJsonObject(item)) throw new RpcError(RPC.DESERIALIZATION_ERROR, 'expected object with {"txid\'","vout","scriptPubKey"}');
    checkMembers(item, ['scriptPubKey', 'txid'], 'string', false);
    checkMembers(item, ['vout'], 'number', false);
    const txid = hashArg(item['txid'], 'txid');
    const vout = intArg(item['vout']);
    if (vout < 0) throw new RpcError(RPC.DESERIALIZATION_ERROR, 'vout cannot be negative');
    const scriptPubKey = hexArg(item['scriptPubKey'], 'scriptPubKey');
    const id = outPointKey(txid, vout);
    const known = coins.get(id);
    if (known !== undefined && !equalBytes(known.scriptPubKey, scriptPubKey)) {
      throw new RpcError(RPC.DESERIALIZATION_ERROR, `Previous output scriptPubKey mismatch:\n${scriptToAsm(known.scriptPubKey)}\nvs:\n${scriptToAsm(scriptPubKey)}`);
    }
    coins.set(id, { scriptPubKey, value: item['amount'] === undefined ? UNKNOWN_AMOUNT : parseAmount(item['amount']) });
    if (keys !== null) addPrevoutScripts(item, scriptPubKey, keys);
  }
}

function addPrevoutScripts(item: JsonObject, scriptPubKey: Uint8Array, keys: SigningProvider): void {
  const isP2sh = isPayToScriptHash(scriptPubKey);
  if (!isP2sh && !isPayToWitnessScriptHash(scriptPubKey)) return;
  checkMembers(item, ['redeemScript', 'witnessScript'], 'string', true);
  const redeemHex = item['redeemScript'] ?? undefined;
  const witnessHex = item['witnessScript'] ?? undefined;
  if (redeemHex === undefined && witnessHex === undefined) throw invalid('Missing redeemScript/witnessScript');
  const script = witnessHex !== undefined ? hexArg(witnessHex, 'witnessScript') : hexArg(redeemHex, 'redeemScript');
  // A P2WSH wrapped in P2SH may be given by its witness script alone, even under the name of the redeem script.
  const wrapped = p2wshScript(script);
  keys.addScript(script);
  keys.addScript(wrapped);
  if (witnessHex !== undefined && redeemHex !== undefined && witnessHex !== redeemHex && !equalBytes(hexArg(redeemHex, 'redeemScript'), wrapped)) {
    throw invalid('redeemScript does not correspond to witnessScript');
  }
  const fits = isP2sh ? equalBytes(scriptPubKey, p2shScript(script)) || equalBytes(scriptPubKey, p2shScript(wrapped)) : equalBytes(scriptPubKey, wrapped);
  if (!fits) throw invalid('redeemScript/witnessScript does not match scriptPubKey');
}

/** `CTxOut(…)`, as messages show an output. */
function outputText({ value, scriptPubKey }: TxOut): string {
  return `CTxOut(nValue=${formatAmount(value)}, scriptPubKey=${toHex(scriptPubKey).slice(0, 30)})`;
}

/** Outcome of signing, as the methods that sign answer. @throws RpcError -3 where an amount is missing */
export function signedToJson(signed: SignedTransaction, coins: readonly (TxOut | undefined)[]): JsonObject {
  const errors: JsonObject[] = [];
  for (const [i, text] of [...signed.errors].sort(([a], [b]) => a - b)) {
    const input = signed.tx.inputs[i];
    if (input === undefined) continue;
    if (text === 'Missing amount') throw new RpcError(RPC.TYPE_ERROR, `Missing amount for ${outputText(coins[i] ?? { value: 0, scriptPubKey: new Uint8Array(0) })}`);
    errors.push({
      txid: hashToHex(input.prevout.txid), vout: input.prevout.vout, witness: input.witness.map(toHex), scriptSig: toHex(input.scriptSig),
      sequence: input.sequence, error: text,
    });
  }
  return { hex: toHex(signed.tx.raw), complete: signed.complete, ...(errors.length === 0 ? {} : { errors }) };
}
