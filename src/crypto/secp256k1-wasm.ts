import { isScalarRange } from './ecdsa-der.ts';
import type { Secp256k1Engine } from './secp256k1-engine.ts';
import { NOBLE_ENGINE } from './secp256k1-noble.ts';
import { requireTinySecp256k1 } from './tiny-secp256k1.ts';

/**
 * libsecp256k1 compiled to WebAssembly. @throws where the package or WebAssembly is not there
 *
 * A key that is no point must never reach its functions: they throw from inside, and each such exception keeps a piece
 * of the module's stack for good. A few thousand of them, and every call fails. So points are asked for first.
 */
export function loadWasmEngine(): Secp256k1Engine {
  const tiny = requireTinySecp256k1();
  return {
    name: 'wasm',
    ecdsaVerify: (signature, hash, pubkey) =>
      isScalarRange(signature.subarray(0, 32)) && isScalarRange(signature.subarray(32)) && tiny.isPoint(pubkey) && tiny.verify(hash, pubkey, signature),
    ecdsaSign: (hash, key, extra) => tiny.sign(hash, key, extra),
    ecdsaSignRecoverable: (hash, key) => {
      const { signature, recoveryId } = tiny.signRecoverable(hash, key);
      return { signature, recovery: recoveryId };
    },
    ecdsaRecover: (signature, recovery, hash, compressed) => tiny.recover(hash, signature, recovery as 0 | 1 | 2 | 3, compressed),
    schnorrVerify: (signature, hash, xonly) => {
      if (!tiny.isXOnlyPoint(xonly)) return false;
      // The package refuses an r from the group's order up to the field's: BIP 340 allows it.
      if (!isScalarRange(signature.subarray(0, 32))) return NOBLE_ENGINE.schnorrVerify(signature, hash, xonly);
      return isScalarRange(signature.subarray(32)) && tiny.verifySchnorr(hash, xonly, signature);
    },
    schnorrSign: (hash, key, aux) => tiny.signSchnorr(hash, key, aux),
    isPoint: (pubkey) => tiny.isPoint(pubkey),
    pointFromScalar: (key, compressed) => (tiny.isPrivate(key) ? tiny.pointFromScalar(key, compressed) : null),
    pointConvert: (pubkey, compressed) => (tiny.isPoint(pubkey) ? tiny.pointCompress(pubkey, compressed) : null),
    pointAddScalar: (pubkey, tweak, compressed) => (isScalarRange(tweak) && tiny.isPoint(pubkey) ? tiny.pointAddScalar(pubkey, tweak, compressed) : null),
    pointMultiply: (pubkey, scalar, compressed) => (isScalarRange(scalar) && tiny.isPoint(pubkey) ? tiny.pointMultiply(pubkey, scalar, compressed) : null),
    pointAdd: (a, b, compressed) => (tiny.isPoint(a) && tiny.isPoint(b) ? tiny.pointAdd(a, b, compressed) : null),
    xonlyAddTweak: (xonly, tweak) => {
      const out = isScalarRange(tweak) && tiny.isXOnlyPoint(xonly) ? tiny.xOnlyPointAddTweak(xonly, tweak) : null;
      return out === null ? null : { parity: out.parity, xonly: out.xOnlyPubkey };
    },
    isScalar: (key) => tiny.isPrivate(key),
    scalarAdd: (key, tweak) => (isScalarRange(tweak) ? tiny.privateAdd(key, tweak) : null),
    scalarNegate: (key) => tiny.privateNegate(key),
  };
}
