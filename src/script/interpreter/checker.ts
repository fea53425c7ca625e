import { ecdsaVerifyDer, hasPubkeyForm, schnorrVerify } from '../../crypto/secp256k1.ts';
import type { TxFields } from '../../primitives/transaction.ts';
import { LOCKTIME_THRESHOLD } from '../script.ts';
import { type PrecomputedTxData, SIGHASH_DEFAULT, SigHashMemo, taprootSigHash } from '../sighash.ts';
import type { ScriptError } from './script-error.ts';

export type SigVersion = 'base' | 'witness-v0' | 'taproot' | 'tapscript';

/** State of one taproot spend while its scripts run. */
export interface ExecutionData {
  /** Whole annex with its prefix; null where there is none. */
  annex: Uint8Array | null;
  leafHash: Uint8Array;
  codeSeparatorPosition: number;
  /** Weight left for signature checks of a tapscript (BIP 342). */
  validationWeightLeft: number;
}

/** What a running script asks about the transaction that spends it. */
export interface SignatureChecker {
  checkEcdsa(signature: Uint8Array, pubkey: Uint8Array, scriptCode: Uint8Array, version: SigVersion): boolean;
  /** Null where the signature is good. `signature` is 64 or 65 bytes or of a wrong size. */
  checkSchnorr(signature: Uint8Array, pubkey: Uint8Array, version: SigVersion, exec: ExecutionData): ScriptError | null;
  checkLocktime(locktime: number): boolean;
  checkSequence(sequence: number): boolean;
}

/** Remembers signatures that were good, so that a transaction seen in the mempool costs nothing in its block. */
export interface SignatureCache {
  has(hash: Uint8Array, pubkey: Uint8Array, signature: Uint8Array): boolean;
  add(hash: Uint8Array, pubkey: Uint8Array, signature: Uint8Array): void;
}

const SEQUENCE_LOCKTIME_DISABLE = 0x80000000;
const SEQUENCE_LOCKTIME_TYPE = 1 << 22;
const SEQUENCE_LOCKTIME_MASK = 0xffff;

/** Checks signatures and locks of one input of a transaction. */
export class TransactionSignatureChecker implements SignatureChecker {
  private readonly tx: TxFields;
  private readonly index: number;
  private readonly amount: number;
  private readonly data: PrecomputedTxData;
  private readonly cache: SignatureCache | null;
  private readonly memo = new SigHashMemo();

  /** @param amount value of the spent output in satoshi */
  constructor(tx: TxFields, index: number, amount: number, data: PrecomputedTxData, cache: SignatureCache | null = null) {
    this.tx = tx;
    this.index = index;
    this.amount = amount;
    this.data = data;
    this.cache = cache;
  }

  checkEcdsa(signature: Uint8Array, pubkey: Uint8Array, scriptCode: Uint8Array, version: SigVersion): boolean {
    if (signature.length === 0 || !hasPubkeyForm(pubkey)) return false;
    const hashType = signature[signature.length - 1] as number;
    const der = signature.subarray(0, signature.length - 1);
    const hash = this.memo.hash(version === 'witness-v0' ? 'witness-v0' : 'base', this.tx, this.index, scriptCode, this.amount, hashType, this.data);
    if (this.cache?.has(hash, pubkey, der) === true) return true;
    if (!ecdsaVerifyDer(der, hash, pubkey)) return false;
    this.cache?.add(hash, pubkey, der);
    return true;
  }

  checkSchnorr(signature: Uint8Array, pubkey: Uint8Array, version: SigVersion, exec: ExecutionData): ScriptError | null {
    if (signature.length !== 64 && signature.length !== 65) return 'SCHNORR_SIG_SIZE';
    let hashType = SIGHASH_DEFAULT;
    if (signature.length === 65) {
      hashType = signature[64] as number;
      if (hashType === SIGHASH_DEFAULT) return 'SCHNORR_SIG_HASHTYPE';
    }
    const tapscript = version === 'tapscript' ? { leafHash: exec.leafHash, codeSeparatorPosition: exec.codeSeparatorPosition } : null;
    const hash = taprootSigHash(this.index, hashType, this.data, exec.annex, tapscript);
    if (hash === null) return 'SCHNORR_SIG_HASHTYPE';
    const plain = signature.subarray(0, 64);
    if (this.cache?.has(hash, pubkey, plain) === true) return null;
    if (!schnorrVerify(plain, hash, pubkey)) return 'SCHNORR_SIG';
    this.cache?.add(hash, pubkey, plain);
    return null;
  }

  /** BIP 65. */
  checkLocktime(locktime: number): boolean {
    const own = this.tx.locktime;
    if ((own < LOCKTIME_THRESHOLD) !== (locktime < LOCKTIME_THRESHOLD)) return false;
    return locktime <= own && this.tx.inputs[this.index]?.sequence !== 0xffffffff;
  }

  /** BIP 112. */
  checkSequence(sequence: number): boolean {
    const own = this.tx.inputs[this.index]?.sequence ?? SEQUENCE_LOCKTIME_DISABLE;
    if (this.tx.version < 2 || own >= SEQUENCE_LOCKTIME_DISABLE) return false;
    const mask = SEQUENCE_LOCKTIME_TYPE | SEQUENCE_LOCKTIME_MASK;
    const mine = own & mask;
    // `sequence` has up to 40 bits: only the low 32 count, and of these the masked ones.
    const wanted = (sequence % 0x100000000) & mask;
    return (mine < SEQUENCE_LOCKTIME_TYPE) === (wanted < SEQUENCE_LOCKTIME_TYPE) && wanted <= mine;
  }
}
