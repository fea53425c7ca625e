import { hash256 } from '../crypto/hash.ts';
import { concatBytes, hashToHex, isAllZero } from '../util/bytes.ts';
import { MalformedData } from '../util/errors.ts';
import { Reader } from '../util/reader.ts';
import { compactSizeLength, Writer } from '../util/writer.ts';
import { NULL_VOUT, type OutPoint } from './outpoint.ts';

export interface TxIn {
  readonly prevout: OutPoint;
  readonly scriptSig: Uint8Array;
  /** Unsigned 32-bit. */
  readonly sequence: number;
  /** Witness stack, bottom first; empty where the input has none. */
  readonly witness: readonly Uint8Array[];
}

export interface TxOut {
  /** Satoshi, a safe integer; may be out of the money range or negative where it came from outside. */
  readonly value: number;
  readonly scriptPubKey: Uint8Array;
}

/** The fields of a transaction, to build one from. */
export interface TxFields {
  /** Unsigned 32-bit, as the reference holds it. */
  readonly version: number;
  readonly inputs: readonly TxIn[];
  readonly outputs: readonly TxOut[];
  /** Unsigned 32-bit. */
  readonly locktime: number;
}

export const SEQUENCE_FINAL = 0xffffffff;
/** Signals BIP 125 replaceability and leaves locktime in force. */
export const MAX_BIP125_RBF_SEQUENCE = 0xfffffffd;
export const WITNESS_SCALE_FACTOR = 4;

/** Immutable transaction; identifiers and sizes are computed once, when first asked for. Hashes are in network order. */
export class Transaction implements TxFields {
  readonly version: number;
  readonly inputs: readonly TxIn[];
  readonly outputs: readonly TxOut[];
  readonly locktime: number;
  private cachedTxid: Uint8Array | undefined;
  private cachedWtxid: Uint8Array | undefined;
  private cachedRaw: Uint8Array | undefined;
  private cachedBaseSize = -1;
  /** Where the witnesses begin in `cachedRaw`; 0 where that is not known. */
  private witnessAt = 0;

  constructor(fields: TxFields) {
    this.version = fields.version;
    this.inputs = fields.inputs;
    this.outputs = fields.outputs;
    this.locktime = fields.locktime;
  }

  get hasWitness(): boolean {
    for (const input of this.inputs) if (input.witness.length > 0) return true;
    return false;
  }

  get isCoinbase(): boolean {
    const first = this.inputs[0];
    return this.inputs.length === 1 && first !== undefined && first.prevout.vout === NULL_VOUT && isAllZero(first.prevout.txid);
  }

  /** Hash of the serialization without witnesses. */
  get txid(): Uint8Array {
    return (this.cachedTxid ??= hash256(this.hasWitness ? this.base() : this.raw));
  }

  /** The serialization without witnesses: cut out of what was read, so that even an amount beyond 2^53 keeps its bytes. */
  private base(): Uint8Array {
    const raw = this.cachedRaw;
    if (raw === undefined || this.witnessAt === 0) return this.serialize(false);
    return concatBytes(raw.subarray(0, 4), raw.subarray(6, this.witnessAt), raw.subarray(raw.length - 4));
  }

  /** Hash of the serialization with witnesses (for a coinbase too: the all-zero stand-in is the commitment's business). */
  get wtxid(): Uint8Array {
    return (this.cachedWtxid ??= this.hasWitness ? hash256(this.raw) : this.txid);
  }

  get txidHex(): string { return hashToHex(this.txid); }
  get wtxidHex(): string { return hashToHex(this.wtxid); }

  /** The full serialization (BIP 144), cached: do not write to it. */
  get raw(): Uint8Array { return (this.cachedRaw ??= this.serialize(true)); }

  /** Bytes of the full serialization. */
  get size(): number { return this.raw.length; }

  /** Bytes without witness data. */
  get baseSize(): number {
    if (this.cachedBaseSize < 0) {
      let n = 8 + compactSizeLength(this.inputs.length) + compactSizeLength(this.outputs.length);
      for (const input of this.inputs) n += 40 + compactSizeLength(input.scriptSig.length) + input.scriptSig.length;
      for (const output of this.outputs) n += 8 + compactSizeLength(output.scriptPubKey.length) + output.scriptPubKey.length;
      this.cachedBaseSize = n;
    }
    return this.cachedBaseSize;
  }

  /** Weight units (BIP 141). */
  get weight(): number { return this.baseSize * 3 + this.size; }

  /** Virtual bytes, rounded up. */
  get vsize(): number { return Math.ceil(this.weight / 4); }

  get totalOut(): number {
    let sum = 0;
    for (const output of this.outputs) sum += output.value;
    return sum;
  }

  serialize(withWitness = true): Uint8Array {
    const w = new Writer(512);
    writeTransaction(w, this, withWitness);
    return w.finish();
  }

  /** @throws MalformedData where `bytes` is not exactly one transaction */
  static fromBytes(bytes: Uint8Array, allowWitness = true): Transaction {
    const r = new Reader(bytes);
    const tx = Transaction.read(r, allowWitness);
    r.expectEnd();
    return tx;
  }

  /** Reads one transaction as the network encodes it. Scripts and witnesses are copies. @throws MalformedData */
  static read(r: Reader, allowWitness = true): Transaction {
    const start = r.offset;
    const version = r.u32();
    let inputs = readInputs(r);
    let outputs: TxOut[];
    let flags = 0;
    if (inputs.length === 0 && allowWitness) {
      flags = r.u8();
      if (flags !== 0) {
        inputs = readInputs(r);
        outputs = readOutputs(r);
      } else {
        outputs = [];
      }
    } else {
      outputs = readOutputs(r);
    }
    let witnessAt = 0;
    if ((flags & 1) !== 0 && allowWitness) {
      flags ^= 1;
      witnessAt = r.offset - start;
      let any = false;
      inputs = inputs.map((input) => {
        const witness: Uint8Array[] = [];
        for (let n = r.compactSize(); n > 0; n--) witness.push(r.varBytes().slice());
        if (witness.length > 0) any = true;
        return { ...input, witness };
      });
      if (!any) throw new MalformedData('Superfluous witness record');
    }
    if (flags !== 0) throw new MalformedData('Unknown transaction optional data');
    const locktime = r.u32();
    const tx = new Transaction({ version, inputs, outputs, locktime });
    tx.cachedRaw = r.data.slice(start, r.offset);
    tx.witnessAt = witnessAt;
    return tx;
  }
}

function readInputs(r: Reader): TxIn[] {
  const count = r.compactSize();
  const inputs: TxIn[] = [];
  for (let i = 0; i < count; i++) {
    const txid = r.hash();
    const vout = r.u32();
    const scriptSig = r.varBytes().slice();
    const sequence = r.u32();
    inputs.push({ prevout: { txid, vout }, scriptSig, sequence, witness: NO_WITNESS });
  }
  return inputs;
}

function readOutputs(r: Reader): TxOut[] {
  const count = r.compactSize();
  const outputs: TxOut[] = [];
  for (let i = 0; i < count; i++) {
    const value = r.i64n();
    outputs.push({ value, scriptPubKey: r.varBytes().slice() });
  }
  return outputs;
}

export const NO_WITNESS: readonly Uint8Array[] = Object.freeze([]);

/** Writes a transaction as the network encodes it (BIP 144 where `withWitness` and it has one). */
export function writeTransaction(w: Writer, tx: TxFields, withWitness = true): void {
  const extended = withWitness && tx.inputs.some((input) => input.witness.length > 0);
  w.u32(tx.version);
  if (extended) w.u8(0).u8(1);
  w.compactSize(tx.inputs.length);
  for (const input of tx.inputs) {
    w.bytes(input.prevout.txid).u32(input.prevout.vout).varBytes(input.scriptSig).u32(input.sequence);
  }
  w.compactSize(tx.outputs.length);
  for (const output of tx.outputs) w.i64n(output.value).varBytes(output.scriptPubKey);
  if (extended) {
    for (const input of tx.inputs) {
      w.compactSize(input.witness.length);
      for (const item of input.witness) w.varBytes(item);
    }
  }
  w.u32(tx.locktime);
}
