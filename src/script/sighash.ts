import { hash256, Hash256Prefix, sha256 } from '../crypto/hash.ts';
import { taggedHash } from '../crypto/tagged-hash.ts';
import type { TxFields, TxOut } from '../primitives/transaction.ts';
import { concatBytes, equalBytes } from '../util/bytes.ts';
import { Writer } from '../util/writer.ts';
import { OP } from './opcodes.ts';
import { readInstruction } from './script.ts';

export const SIGHASH_DEFAULT = 0;
export const SIGHASH_ALL = 1;
export const SIGHASH_NONE = 2;
export const SIGHASH_SINGLE = 3;
export const SIGHASH_ANYONECANPAY = 0x80;

/** Hash types by their names. */
export const HASH_TYPES: ReadonlyMap<string, number> = new Map([
  ['DEFAULT', SIGHASH_DEFAULT], ['ALL', SIGHASH_ALL], ['ALL|ANYONECANPAY', SIGHASH_ALL | SIGHASH_ANYONECANPAY], ['NONE', SIGHASH_NONE],
  ['NONE|ANYONECANPAY', SIGHASH_NONE | SIGHASH_ANYONECANPAY], ['SINGLE', SIGHASH_SINGLE], ['SINGLE|ANYONECANPAY', SIGHASH_SINGLE | SIGHASH_ANYONECANPAY],
]);

/** Name of a hash type of a signature that tells it; '' where it has none. */
export function hashTypeName(type: number): string {
  if (type === SIGHASH_DEFAULT) return '';
  for (const [name, value] of HASH_TYPES) if (value === type) return name;
  return '';
}

/** The number 1 as a hash: what a legacy SIGHASH_SINGLE without its output signs. */
const ONE = new Uint8Array(32);
ONE[0] = 1;

/**
 * Hashes over a whole transaction that its signature hashes share, computed when first needed.
 * `spentOutputs`, one an input, are needed for taproot.
 */
export class PrecomputedTxData {
  readonly tx: TxFields;
  readonly spentOutputs: readonly TxOut[] | null;
  private readonly cache = new Map<string, Uint8Array>();
  private annex: Uint8Array | null = null;
  private annexHashed: Uint8Array = ONE;
  private readonly singleOutputs = new Map<number, Uint8Array>();

  constructor(tx: TxFields, spentOutputs: readonly TxOut[] | null) {
    this.tx = tx;
    this.spentOutputs = spentOutputs !== null && spentOutputs.length === tx.inputs.length ? spentOutputs : null;
  }

  private cached(key: string, write: (w: Writer) => void): Uint8Array {
    let hash = this.cache.get(key);
    if (hash === undefined) {
      const w = new Writer(1024);
      write(w);
      hash = sha256(w.finish());
      this.cache.set(key, hash);
    }
    return hash;
  }

  private doubled(key: string, single: Uint8Array): Uint8Array {
    let hash = this.cache.get(key);
    if (hash === undefined) {
      hash = sha256(single);
      this.cache.set(key, hash);
    }
    return hash;
  }

  get prevoutsSingle(): Uint8Array {
    return this.cached('prevouts', (w) => { for (const { prevout } of this.tx.inputs) w.bytes(prevout.txid).u32(prevout.vout); });
  }
  get sequencesSingle(): Uint8Array {
    return this.cached('sequences', (w) => { for (const { sequence } of this.tx.inputs) w.u32(sequence); });
  }
  get outputsSingle(): Uint8Array {
    return this.cached('outputs', (w) => { for (const { value, scriptPubKey } of this.tx.outputs) w.i64n(value).varBytes(scriptPubKey); });
  }
  get amountsSingle(): Uint8Array {
    return this.cached('amounts', (w) => { for (const { value } of this.spentOutputs ?? []) w.i64n(value); });
  }
  get scriptsSingle(): Uint8Array {
    return this.cached('scripts', (w) => { for (const { scriptPubKey } of this.spentOutputs ?? []) w.varBytes(scriptPubKey); });
  }
  /** Hash of one output; null where there is none with this number. A script may ask for it as often as it checks signatures. */
  outputSingle(index: number): Uint8Array | null {
    const output = this.tx.outputs[index];
    if (output === undefined) return null;
    let hash = this.singleOutputs.get(index);
    if (hash === undefined) {
      hash = sha256(new Writer(output.scriptPubKey.length + 16).i64n(output.value).varBytes(output.scriptPubKey).finish());
      this.singleOutputs.set(index, hash);
    }
    return hash;
  }

  /** Hash of an annex; the last one asked for is kept. */
  annexHash(annex: Uint8Array): Uint8Array {
    if (this.annex !== annex) {
      this.annexHashed = sha256(new Writer(annex.length + 8).varBytes(annex).finish());
      this.annex = annex;
    }
    return this.annexHashed;
  }

  get prevoutsDouble(): Uint8Array { return this.doubled('prevouts2', this.prevoutsSingle); }
  get sequencesDouble(): Uint8Array { return this.doubled('sequences2', this.sequencesSingle); }
  get outputsDouble(): Uint8Array { return this.doubled('outputs2', this.outputsSingle); }
}

/** The script without its OP_CODESEPARATORs, as legacy signature hashes see it. */
function withoutCodeSeparators(script: Uint8Array): Uint8Array {
  if (!script.includes(OP.OP_CODESEPARATOR)) return script;
  const parts: Uint8Array[] = [];
  let from = 0;
  for (let at = 0; at < script.length;) {
    const one = readInstruction(script, at);
    if (one === null) break;
    if (one.opcode === OP.OP_CODESEPARATOR) {
      parts.push(script.subarray(from, at));
      from = one.next;
    }
    at = one.next;
  }
  parts.push(script.subarray(from));
  return Uint8Array.from(Buffer.concat(parts));
}

/** What a legacy signature hash is made of, without the hash type behind it; null where the hash is the number 1. */
function legacyPreimage(tx: TxFields, index: number, scriptCode: Uint8Array, hashType: number): Uint8Array | null {
  const base = hashType & 0x1f;
  const anyone = (hashType & SIGHASH_ANYONECANPAY) !== 0;
  if (base === SIGHASH_SINGLE && index >= tx.outputs.length) return null;
  const script = withoutCodeSeparators(scriptCode);
  const w = new Writer(script.length + (anyone ? 64 : tx.inputs.length * 41) + tx.outputs.length * 34 + 64);
  w.u32(tx.version);
  w.compactSize(anyone ? 1 : tx.inputs.length);
  tx.inputs.forEach((input, i) => {
    if (anyone && i !== index) return;
    w.bytes(input.prevout.txid).u32(input.prevout.vout);
    if (i === index) w.varBytes(script).u32(input.sequence);
    else w.u8(0).u32(base === SIGHASH_SINGLE || base === SIGHASH_NONE ? 0 : input.sequence);
  });
  const outputs = base === SIGHASH_NONE ? 0 : base === SIGHASH_SINGLE ? index + 1 : tx.outputs.length;
  w.compactSize(outputs);
  for (let i = 0; i < outputs; i++) {
    const output = tx.outputs[i];
    if (base === SIGHASH_SINGLE && i !== index) w.i64(-1n).u8(0);
    else if (output !== undefined) w.i64n(output.value).varBytes(output.scriptPubKey);
  }
  w.u32(tx.locktime);
  return w.finish();
}

/** Hash that a legacy signature of input `index` signs. `hashType` is the whole 32-bit number (tests use any). */
export function legacySigHash(tx: TxFields, index: number, scriptCode: Uint8Array, hashType: number): Uint8Array {
  const preimage = legacyPreimage(tx, index, scriptCode, hashType);
  return preimage === null ? ONE.slice() : hash256(concatBytes(preimage, typeBytes(hashType)));
}

function typeBytes(hashType: number): Uint8Array {
  return Uint8Array.of(hashType & 0xff, (hashType >>> 8) & 0xff, (hashType >>> 16) & 0xff, hashType >>> 24);
}

/** Hash that a version 0 witness signature signs (BIP 143). `amount` is the spent output's, in satoshi. */
export function witnessV0SigHash(tx: TxFields, index: number, scriptCode: Uint8Array, amount: number, hashType: number, data: PrecomputedTxData): Uint8Array {
  return hash256(concatBytes(witnessV0Preimage(tx, index, scriptCode, amount, hashType, data), typeBytes(hashType)));
}

function witnessV0Preimage(tx: TxFields, index: number, scriptCode: Uint8Array, amount: number, hashType: number, data: PrecomputedTxData): Uint8Array {
  const base = hashType & 0x1f;
  const anyone = (hashType & SIGHASH_ANYONECANPAY) !== 0;
  const input = tx.inputs[index];
  if (input === undefined) throw new RangeError(`witnessV0SigHash: no input ${index}`);
  const zero = new Uint8Array(32);
  const allOutputs = base !== SIGHASH_SINGLE && base !== SIGHASH_NONE;
  const w = new Writer(scriptCode.length + 200);
  w.u32(tx.version);
  w.bytes(anyone ? zero : data.prevoutsDouble);
  w.bytes(!anyone && allOutputs ? data.sequencesDouble : zero);
  w.bytes(input.prevout.txid).u32(input.prevout.vout).varBytes(scriptCode).i64n(amount).u32(input.sequence);
  const own = base === SIGHASH_SINGLE ? data.outputSingle(index) : null;
  if (allOutputs) w.bytes(data.outputsDouble);
  else w.bytes(own === null ? zero : sha256(own));
  w.u32(tx.locktime);
  return w.finish();
}

interface MemoEntry {
  readonly scriptCode: Uint8Array;
  /** Null: the hash is the number 1. */
  readonly preimage: Uint8Array | null;
  hasher: Hash256Prefix | null;
}

/**
 * ECDSA signature hashes of one input. One script may check many signatures over one script code; each would hash the
 * whole transaction again. What was hashed last is kept for each of the six ways in which hash types treat a transaction.
 */
export class SigHashMemo {
  private readonly entries: (MemoEntry | undefined)[] = [];
  private version: 'base' | 'witness-v0' = 'base';

  hash(version: 'base' | 'witness-v0', tx: TxFields, index: number, scriptCode: Uint8Array, amount: number, hashType: number, data: PrecomputedTxData): Uint8Array {
    if (version !== this.version) {
      this.entries.length = 0;
      this.version = version;
    }
    const base = hashType & 0x1f;
    const slot = (base === SIGHASH_NONE || base === SIGHASH_SINGLE ? base - 1 : 0) * 2 + ((hashType & SIGHASH_ANYONECANPAY) === 0 ? 0 : 1);
    let entry = this.entries[slot];
    if (entry === undefined || (entry.scriptCode !== scriptCode && !equalBytes(entry.scriptCode, scriptCode))) {
      const preimage = version === 'base' ? legacyPreimage(tx, index, scriptCode, hashType) : witnessV0Preimage(tx, index, scriptCode, amount, hashType, data);
      entry = { scriptCode, preimage, hasher: null };
      this.entries[slot] = entry;
      return preimage === null ? ONE.slice() : hash256(concatBytes(preimage, typeBytes(hashType)));
    }
    if (entry.preimage === null) return ONE.slice();
    entry.hasher ??= new Hash256Prefix(entry.preimage);
    return entry.hasher.digest(typeBytes(hashType));
  }
}

/** What a tapscript signature commits to beyond a key path one (BIP 342). */
export interface TapscriptContext {
  readonly leafHash: Uint8Array;
  /** Number of the last OP_CODESEPARATOR that ran, 0xffffffff where none did. */
  readonly codeSeparatorPosition: number;
}

/**
 * Hash that a taproot signature signs (BIP 341, BIP 342). `annex` is the whole annex with its prefix.
 * Null for a hash type that is not allowed, for SIGHASH_SINGLE without its output, or where the spent outputs are unknown.
 */
export function taprootSigHash(
  index: number, hashType: number, data: PrecomputedTxData, annex: Uint8Array | null, tapscript: TapscriptContext | null,
): Uint8Array | null {
  const { tx, spentOutputs } = data;
  const input = tx.inputs[index];
  const spent = spentOutputs?.[index];
  if (input === undefined || spent === undefined) return null;
  if (!(hashType <= 3 || (hashType >= 0x81 && hashType <= 0x83))) return null;
  const outputType = hashType === SIGHASH_DEFAULT ? SIGHASH_ALL : hashType & 3;
  const anyone = (hashType & SIGHASH_ANYONECANPAY) !== 0;
  const w = new Writer(256);
  w.u8(0).u8(hashType).u32(tx.version).u32(tx.locktime);
  if (!anyone) w.bytes(data.prevoutsSingle).bytes(data.amountsSingle).bytes(data.scriptsSingle).bytes(data.sequencesSingle);
  if (outputType === SIGHASH_ALL) w.bytes(data.outputsSingle);
  w.u8((tapscript === null ? 0 : 2) + (annex === null ? 0 : 1));
  if (anyone) w.bytes(input.prevout.txid).u32(input.prevout.vout).i64n(spent.value).varBytes(spent.scriptPubKey).u32(input.sequence);
  else w.u32(index);
  if (annex !== null) w.bytes(data.annexHash(annex));
  if (outputType === SIGHASH_SINGLE) {
    const own = data.outputSingle(index);
    if (own === null) return null;
    w.bytes(own);
  }
  if (tapscript !== null) w.bytes(tapscript.leafHash).u8(0).u32(tapscript.codeSeparatorPosition);
  return taggedHash('TapSighash', w.finish());
}
