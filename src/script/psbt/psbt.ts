import { NO_WITNESS, SEQUENCE_FINAL, Transaction, type TxOut } from '../../primitives/transaction.ts';
import type { OutPoint } from '../../primitives/outpoint.ts';
import { equalBytes, isAllZero } from '../../util/bytes.ts';
import { CoinError } from '../../util/errors.ts';
import type { KeyedSignature, KeyWithOrigin, LeafSignature, LeafSpend, ParticipantValues, PreimageKind, TaprootKeyOrigin } from '../signature-data.ts';
import type { KeyOrigin } from '../signing-provider.ts';
import type { TapLeaf } from '../taproot.ts';

/** Bytes that are no PSBT; the message is the reference's. */
export class PsbtError extends CoinError {
  constructor(message: string) { super('psbt', message); }
}

/** Version 0 (BIP 174) holds the unsigned transaction; version 2 (BIP 370) its parts. */
export type PsbtVersion = 0 | 2;

/** A record of somebody's own; `key` is the whole key with type and identifier. */
export interface ProprietaryRecord {
  readonly identifier: Uint8Array;
  readonly subtype: number;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Records that we do not know, and proprietary ones, by `toKey` of the whole key. */
export class OtherRecords {
  readonly unknown = new Map<string, Uint8Array>();
  readonly proprietary = new Map<string, ProprietaryRecord>();

  merge(other: OtherRecords): void {
    addMissing(this.unknown, other.unknown);
    addMissing(this.proprietary, other.proprietary);
  }
}

/** Puts in what is not there yet. */
export function addMissing<K, V>(into: Map<K, V>, from: ReadonlyMap<K, V>): void {
  for (const [key, value] of from) if (!into.has(key)) into.set(key, value);
}

const EMPTY = new Uint8Array(0);

export type Participants = Map<string, { readonly aggregate: Uint8Array; readonly pubkeys: readonly Uint8Array[] }>;

/** What is known about one input. Maps are keyed by `toKey` of what they are about; empty bytes mean absent. */
export class PsbtInput {
  prevTxid: Uint8Array;
  prevOut: number;
  sequence: number | null;
  timeLocktime: number | null = null;
  heightLocktime: number | null = null;
  nonWitnessUtxo: Transaction | null = null;
  witnessUtxo: TxOut | null = null;
  redeemScript: Uint8Array = EMPTY;
  witnessScript: Uint8Array = EMPTY;
  finalScriptSig: Uint8Array = EMPTY;
  finalScriptWitness: readonly Uint8Array[] = NO_WITNESS;
  sighashType: number | null = null;
  /** By public key. */
  readonly keyPaths = new Map<string, KeyWithOrigin>();
  /** By hash160 of the public key. */
  readonly partialSignatures = new Map<string, KeyedSignature>();
  readonly preimages: Readonly<Record<PreimageKind, Map<string, Uint8Array>>> = { ripemd160: new Map(), sha256: new Map(), hash160: new Map(), hash256: new Map() };
  tapKeySignature: Uint8Array = EMPTY;
  readonly tapScriptSignatures = new Map<string, LeafSignature>();
  readonly tapScripts = new Map<string, LeafSpend>();
  readonly tapKeyPaths = new Map<string, TaprootKeyOrigin>();
  tapInternalKey: Uint8Array | null = null;
  tapMerkleRoot: Uint8Array | null = null;
  readonly participants: Participants = new Map();
  readonly nonces = new Map<string, ParticipantValues>();
  readonly musigPartialSignatures = new Map<string, ParticipantValues>();
  readonly others = new OtherRecords();

  constructor(prevTxid: Uint8Array, prevOut: number, sequence: number | null) {
    this.prevTxid = prevTxid;
    this.prevOut = prevOut;
    this.sequence = sequence;
  }

  get prevout(): OutPoint { return { txid: this.prevTxid, vout: this.prevOut }; }

  /** It has its final script, whether that is good or not. */
  get isFinal(): boolean { return this.finalScriptSig.length > 0 || this.finalScriptWitness.length > 0; }

  /** The output that it spends; the whole transaction counts only where it is the one that is named. */
  get utxo(): TxOut | null {
    if (this.nonWitnessUtxo !== null) {
      return equalBytes(this.nonWitnessUtxo.txid, this.prevTxid) ? this.nonWitnessUtxo.outputs[this.prevOut] ?? null : null;
    }
    return this.witnessUtxo;
  }

  merge(other: PsbtInput): void {
    this.nonWitnessUtxo ??= other.nonWitnessUtxo;
    this.witnessUtxo ??= other.witnessUtxo;
    addMissing(this.partialSignatures, other.partialSignatures);
    for (const kind of ['ripemd160', 'sha256', 'hash160', 'hash256'] as const) addMissing(this.preimages[kind], other.preimages[kind]);
    addMissing(this.keyPaths, other.keyPaths);
    this.others.merge(other.others);
    addMissing(this.tapScriptSignatures, other.tapScriptSignatures);
    addMissing(this.tapScripts, other.tapScripts);
    addMissing(this.tapKeyPaths, other.tapKeyPaths);
    if (this.redeemScript.length === 0) this.redeemScript = other.redeemScript;
    if (this.witnessScript.length === 0) this.witnessScript = other.witnessScript;
    if (this.finalScriptSig.length === 0) this.finalScriptSig = other.finalScriptSig;
    if (this.finalScriptWitness.length === 0) this.finalScriptWitness = other.finalScriptWitness;
    if (this.tapKeySignature.length === 0) this.tapKeySignature = other.tapKeySignature;
    this.tapInternalKey ??= other.tapInternalKey;
    this.tapMerkleRoot ??= other.tapMerkleRoot;
    addMissing(this.participants, other.participants);
    mergeParticipantValues(this.nonces, other.nonces);
    mergeParticipantValues(this.musigPartialSignatures, other.musigPartialSignatures);
    this.sequence ??= other.sequence;
    this.timeLocktime ??= other.timeLocktime;
    this.heightLocktime ??= other.heightLocktime;
  }
}

/** Adds values of participants that are not there yet. */
export function mergeParticipantValues(into: Map<string, ParticipantValues>, from: ReadonlyMap<string, ParticipantValues>): void {
  for (const [id, { aggregate, leafHash, values }] of from) {
    let own = into.get(id);
    if (own === undefined) {
      own = { aggregate, leafHash, values: new Map() };
      into.set(id, own);
    }
    addMissing(own.values, values);
  }
}

/** What is known about one output. */
export class PsbtOutput {
  /** Satoshi. */
  amount: number;
  script: Uint8Array;
  redeemScript: Uint8Array = EMPTY;
  witnessScript: Uint8Array = EMPTY;
  readonly keyPaths = new Map<string, KeyWithOrigin>();
  tapInternalKey: Uint8Array | null = null;
  /** Leaves in depth-first order. */
  tapTree: readonly TapLeaf[] = [];
  readonly tapKeyPaths = new Map<string, TaprootKeyOrigin>();
  readonly participants: Participants = new Map();
  readonly others = new OtherRecords();

  constructor(amount: number, script: Uint8Array) {
    this.amount = amount;
    this.script = script;
  }

  merge(other: PsbtOutput): void {
    addMissing(this.keyPaths, other.keyPaths);
    this.others.merge(other.others);
    addMissing(this.tapKeyPaths, other.tapKeyPaths);
    if (this.redeemScript.length === 0) this.redeemScript = other.redeemScript;
    if (this.witnessScript.length === 0) this.witnessScript = other.witnessScript;
    this.tapInternalKey ??= other.tapInternalKey;
    if (this.tapTree.length === 0) this.tapTree = other.tapTree;
    addMissing(this.participants, other.participants);
  }
}

/** An extended public key of a PSBT (78 bytes, with version), and where it comes from. */
export interface GlobalXpub {
  readonly xpub: Uint8Array;
  readonly origin: KeyOrigin;
}

/** Bits of the modifiable flags (BIP 370). */
export const INPUTS_MODIFIABLE = 1;
export const OUTPUTS_MODIFIABLE = 2;
export const HAS_SIGHASH_SINGLE = 4;

/** A partially signed transaction. */
export class Psbt {
  readonly version: PsbtVersion;
  txVersion: number;
  fallbackLocktime: number | null;
  modifiable: number | null = null;
  /** By `toKey` of the extended key. */
  readonly xpubs = new Map<string, GlobalXpub>();
  inputs: PsbtInput[] = [];
  outputs: PsbtOutput[] = [];
  readonly others = new OtherRecords();

  constructor(version: PsbtVersion, txVersion: number, fallbackLocktime: number | null) {
    this.version = version;
    this.txVersion = txVersion;
    this.fallbackLocktime = fallbackLocktime;
  }

  /** Of a transaction; its signatures are left out. */
  static fromTransaction(tx: Transaction, version: PsbtVersion = 2): Psbt {
    const psbt = new Psbt(version, tx.version, tx.locktime);
    psbt.inputs = tx.inputs.map((input) => new PsbtInput(input.prevout.txid, input.prevout.vout, input.sequence));
    psbt.outputs = tx.outputs.map((output) => new PsbtOutput(output.value, output.scriptPubKey));
    return psbt;
  }

  /** Lock time of the transaction (BIP 370); null where the inputs' demands go against each other. */
  locktime(): number | null {
    if (this.version < 2) return this.fallbackLocktime ?? 0;
    let time: number | null = 0;
    let height: number | null = 0;
    for (const { timeLocktime, heightLocktime } of this.inputs) {
      if (timeLocktime !== null && heightLocktime === null) {
        height = null;
        if (time === null) return null;
      } else if (timeLocktime === null && heightLocktime !== null) {
        time = null;
        if (height === null) return null;
      }
      if (timeLocktime !== null && time !== null) time = Math.max(time, timeLocktime);
      if (heightLocktime !== null && height !== null) height = Math.max(height, heightLocktime);
    }
    if (height !== null && height > 0) return height;
    if (time !== null && time > 0) return time;
    return this.fallbackLocktime ?? 0;
  }

  /** The transaction without signatures; null where there is no lock time that suits all inputs. */
  unsignedTransaction(): Transaction | null {
    return this.transaction((input) => input.sequence ?? SEQUENCE_FINAL);
  }

  private transaction(sequence: (input: PsbtInput) => number): Transaction | null {
    const locktime = this.locktime();
    if (locktime === null) return null;
    return new Transaction({
      version: this.txVersion, locktime,
      inputs: this.inputs.map((input) => ({ prevout: input.prevout, scriptSig: EMPTY, sequence: sequence(input), witness: NO_WITNESS })),
      outputs: this.outputs.map((output) => ({ value: output.amount, scriptPubKey: output.script })),
    });
  }

  /** What tells PSBTs of different transactions apart: sequence numbers may still change in version 2. */
  private uniqueId(): Uint8Array | null {
    return (this.version >= 2 ? this.transaction(() => 0) : this.unsignedTransaction())?.txid ?? null;
  }

  /** Takes over what another PSBT of the same transaction knows; false where it is of another one. */
  merge(other: Psbt): boolean {
    const id = this.uniqueId();
    const otherId = other.uniqueId();
    if (id === null || otherId === null || !equalBytes(id, otherId) || this.version !== other.version) return false;
    this.inputs.forEach((input, i) => { input.merge(other.inputs[i] as PsbtInput); });
    this.outputs.forEach((output, i) => { output.merge(other.outputs[i] as PsbtOutput); });
    addMissing(this.xpubs, other.xpubs);
    this.fallbackLocktime ??= other.fallbackLocktime;
    if (this.modifiable !== null || other.modifiable !== null) {
      const a = this.modifiable ?? 0;
      const b = other.modifiable ?? 0;
      // All flags need both, but a SIGHASH_SINGLE signature anywhere counts.
      this.modifiable = (a & b & ~HAS_SIGHASH_SINGLE) | ((a | b) & HAS_SIGHASH_SINGLE);
    }
    this.others.merge(other.others);
    return true;
  }

  /** Adds an input to a version 0 PSBT, without its signatures; false where the output is spent already. */
  addInput(input: PsbtInput): boolean {
    if (this.inputs.some((own) => own.prevOut === input.prevOut && equalBytes(own.prevTxid, input.prevTxid))) return false;
    const copy = new PsbtInput(input.prevTxid, input.prevOut, input.sequence);
    copy.merge(input);
    copy.sighashType = input.sighashType;
    copy.partialSignatures.clear();
    copy.finalScriptSig = EMPTY;
    copy.finalScriptWitness = NO_WITNESS;
    this.inputs.push(copy);
    return true;
  }
}

/** The first with all that the others know; null where they are not of one transaction. */
export function combinePsbts(psbts: readonly Psbt[]): Psbt | null {
  const [first, ...rest] = psbts;
  if (first === undefined) return null;
  for (const other of rest) if (!first.merge(other)) return null;
  return first;
}

/** All-zero keys and hashes stand for none. */
export function notZero(bytes: Uint8Array): Uint8Array | null {
  return isAllZero(bytes) ? null : bytes;
}
