/**
 * What an implementation of secp256k1 must do. No method throws for keys, tweaks or signatures that are not valid. Keys, tweaks, hashes and halves of signatures are 32 bytes, big-endian;
 * signatures 64 bytes. Public keys come checked for length and prefix (02, 03 with 33 bytes, 04 with 65), not for lying on the curve.
 */
export interface Secp256k1Engine {
  readonly name: string;
  /** `signature` has r and s below the order and s low. */
  ecdsaVerify(signature: Uint8Array, hash: Uint8Array, pubkey: Uint8Array): boolean;
  /** RFC 6979, with 32 bytes of extra entropy where given. */
  ecdsaSign(hash: Uint8Array, key: Uint8Array, extra?: Uint8Array): Uint8Array;
  ecdsaSignRecoverable(hash: Uint8Array, key: Uint8Array): { signature: Uint8Array; recovery: number };
  ecdsaRecover(signature: Uint8Array, recovery: number, hash: Uint8Array, compressed: boolean): Uint8Array | null;
  schnorrVerify(signature: Uint8Array, hash: Uint8Array, xonly: Uint8Array): boolean;
  schnorrSign(hash: Uint8Array, key: Uint8Array, aux: Uint8Array): Uint8Array;
  isPoint(pubkey: Uint8Array): boolean;
  pointFromScalar(key: Uint8Array, compressed: boolean): Uint8Array | null;
  /** Null where the key is no point, here and below. */
  pointConvert(pubkey: Uint8Array, compressed: boolean): Uint8Array | null;
  /** pubkey + tweak·G; null where that is the point at infinity, or the tweak is not below the order. */
  pointAddScalar(pubkey: Uint8Array, tweak: Uint8Array, compressed: boolean): Uint8Array | null;
  pointMultiply(pubkey: Uint8Array, scalar: Uint8Array, compressed: boolean): Uint8Array | null;
  pointAdd(a: Uint8Array, b: Uint8Array, compressed: boolean): Uint8Array | null;
  xonlyAddTweak(xonly: Uint8Array, tweak: Uint8Array): { parity: number; xonly: Uint8Array } | null;
  isScalar(key: Uint8Array): boolean;
  scalarAdd(key: Uint8Array, tweak: Uint8Array): Uint8Array | null;
  scalarNegate(key: Uint8Array): Uint8Array;
}
