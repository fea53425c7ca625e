import { ecdsaSign, privkeyAddTweak, privkeyNegate, publicKey, schnorrSign } from '../crypto/secp256k1.ts';
import type { TxFields } from '../primitives/transaction.ts';
import { concatBytes } from '../util/bytes.ts';
import { type SignatureChecker, TransactionSignatureChecker } from './interpreter/checker.ts';
import { tapTweakHash } from './interpreter/verify-script.ts';
import { legacySigHash, type PrecomputedTxData, SIGHASH_ALL, SIGHASH_DEFAULT, taprootSigHash, witnessV0SigHash } from './sighash.ts';
import type { SigningProvider } from './signing-provider.ts';

/** What a key path signature is tweaked with: the root of the tree (null: no tree), or `none` for an output key as it is. */
export type KeyPathTweak = { readonly merkleRoot: Uint8Array | null } | 'none';

/** Makes signatures for one input of one transaction, or stands in for that. */
export interface SignatureCreator {
  /** Judges what was made. */
  readonly checker: SignatureChecker;
  /** Signature with hash type; null where the key is not there. `keyId` is the key's hash160. */
  ecdsa(keys: SigningProvider, keyId: Uint8Array, scriptCode: Uint8Array, witnessV0: boolean): Uint8Array | null;
  schnorrKeyPath(keys: SigningProvider, xonly: Uint8Array, tweak: KeyPathTweak): Uint8Array | null;
  schnorrLeaf(keys: SigningProvider, xonly: Uint8Array, leafHash: Uint8Array): Uint8Array | null;
  /** Hash that a taproot signature signs (null `leafHash`: on the key path); null where the spent outputs are not known. */
  schnorrHash?(leafHash: Uint8Array | null): Uint8Array | null;
  /** Byte behind a taproot signature; none for the default hash type. */
  readonly schnorrSuffix?: Uint8Array;
}

const MAX_MONEY = 2_100_000_000_000_000;

/** Signs with the private keys of the provider. */
export class TransactionSignatureCreator implements SignatureCreator {
  readonly checker: SignatureChecker;
  private readonly tx: TxFields;
  private readonly index: number;
  private readonly amount: number;
  private readonly data: PrecomputedTxData;
  private readonly hashType: number;

  /** @param amount value of the spent output in satoshi */
  constructor(tx: TxFields, index: number, amount: number, data: PrecomputedTxData, hashType: number) {
    this.tx = tx;
    this.index = index;
    this.amount = amount;
    this.data = data;
    this.hashType = hashType;
    this.checker = new TransactionSignatureChecker(tx, index, amount, data);
  }

  ecdsa(keys: SigningProvider, keyId: Uint8Array, scriptCode: Uint8Array, witnessV0: boolean): Uint8Array | null {
    const key = keys.key(keyId);
    if (key === undefined || (witnessV0 && (!key.compressed || this.amount < 0 || this.amount > MAX_MONEY))) return null;
    const type = this.hashType === SIGHASH_DEFAULT ? SIGHASH_ALL : this.hashType;
    const hash = witnessV0
      ? witnessV0SigHash(this.tx, this.index, scriptCode, this.amount, type, this.data)
      : legacySigHash(this.tx, this.index, scriptCode, type);
    return concatBytes(ecdsaSign(hash, key.key), Uint8Array.of(type & 0xff));
  }

  schnorrHash(leafHash: Uint8Array | null): Uint8Array | null {
    if (this.data.spentOutputs === null) return null;
    const tapscript = leafHash === null ? null : { leafHash, codeSeparatorPosition: 0xffffffff };
    return taprootSigHash(this.index, this.hashType, this.data, null, tapscript);
  }

  get schnorrSuffix(): Uint8Array { return this.hashType === SIGHASH_DEFAULT ? new Uint8Array(0) : Uint8Array.of(this.hashType); }

  private schnorr(key: Uint8Array, leafHash: Uint8Array | null): Uint8Array | null {
    const hash = this.schnorrHash(leafHash);
    return hash === null ? null : concatBytes(schnorrSign(hash, key, new Uint8Array(32)), this.schnorrSuffix);
  }

  schnorrKeyPath(keys: SigningProvider, xonly: Uint8Array, tweak: KeyPathTweak): Uint8Array | null {
    const key = keys.keyByXonly(xonly)?.key;
    if (key === undefined) return null;
    if (tweak === 'none') return this.schnorr(key, null);
    // The tweak adds to the point with even y.
    const even = publicKey(key)[0] === 3 ? privkeyNegate(key) : key;
    const tweaked = privkeyAddTweak(even, tapTweakHash(xonly, tweak.merkleRoot));
    return tweaked === null ? null : this.schnorr(tweaked, null);
  }

  schnorrLeaf(keys: SigningProvider, xonly: Uint8Array, leafHash: Uint8Array): Uint8Array | null {
    const key = keys.keyByXonly(xonly)?.key;
    return key === undefined ? null : this.schnorr(key, leafHash);
  }
}

/** Takes every signature that is not empty, and every lock. */
const ACCEPTING_CHECKER: SignatureChecker = {
  checkEcdsa: (signature) => signature.length !== 0,
  checkSchnorr: (signature) => (signature.length !== 0 ? null : 'SCHNORR_SIG'),
  checkLocktime: () => true,
  checkSequence: () => true,
};

/** A well-formed DER signature of the given size of its first half. */
function dummyDer(rLength: number): Uint8Array {
  const signature = new Uint8Array(rLength + 32 + 7);
  signature.set([0x30, rLength + 32 + 4, 2, rLength, 1]);
  signature[4 + rLength] = 2;
  signature[5 + rLength] = 32;
  signature[6 + rLength] = 1;
  signature[6 + rLength + 32] = SIGHASH_ALL;
  return signature;
}

function dummyCreator(ecdsa: Uint8Array): SignatureCreator {
  const schnorr = new Uint8Array(64);
  return { checker: ACCEPTING_CHECKER, ecdsa: () => ecdsa, schnorrKeyPath: () => schnorr, schnorrLeaf: () => schnorr };
}

/** Knows sizes, not keys: for the weight of a transaction before it is signed. Signatures are as small as we make them. */
export const DUMMY_CREATOR: SignatureCreator = dummyCreator(dummyDer(32));
/** The same with signatures as large as others make them. */
export const DUMMY_MAX_CREATOR: SignatureCreator = dummyCreator(dummyDer(33));
