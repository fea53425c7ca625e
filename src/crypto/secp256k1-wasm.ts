import { createRequire } from 'node:module';
import type * as tinySecp256k1 from 'tiny-secp256k1';
import type { Secp256k1Engine } from './secp256k1-engine.ts';

type Tiny = typeof tinySecp256k1;

/** libsecp256k1 compiled to WebAssembly. @throws where the package or WebAssembly is not there */
export function loadWasmEngine(): Secp256k1Engine {
  // A synchronous require: the engine is chosen at the first signature, in the middle of synchronous validation.
  const tiny = createRequire(import.meta.url)('tiny-secp256k1') as Tiny;
  return {
    name: 'wasm',
    ecdsaVerify: (signature, hash, pubkey) => tiny.isPoint(pubkey) && tiny.verify(hash, pubkey, signature),
    ecdsaSign: (hash, key, extra) => tiny.sign(hash, key, extra),
    ecdsaSignRecoverable: (hash, key) => {
      const { signature, recoveryId } = tiny.signRecoverable(hash, key);
      return { signature, recovery: recoveryId };
    },
    ecdsaRecover: (signature, recovery, hash, compressed) => tiny.recover(hash, signature, recovery as 0 | 1 | 2 | 3, compressed),
    schnorrVerify: (signature, hash, xonly) => tiny.isXOnlyPoint(xonly) && tiny.verifySchnorr(hash, xonly, signature),
    schnorrSign: (hash, key, aux) => tiny.signSchnorr(hash, key, aux),
    isPoint: (pubkey) => tiny.isPoint(pubkey),
    pointFromScalar: (key, compressed) => (tiny.isPrivate(key) ? tiny.pointFromScalar(key, compressed) : null),
    pointConvert: (pubkey, compressed) => tiny.pointCompress(pubkey, compressed),
    pointAddScalar: (pubkey, tweak, compressed) => tiny.pointAddScalar(pubkey, tweak, compressed),
    pointMultiply: (pubkey, scalar, compressed) => tiny.pointMultiply(pubkey, scalar, compressed),
    pointAdd: (a, b, compressed) => tiny.pointAdd(a, b, compressed),
    xonlyAddTweak: (xonly, tweak) => {
      const out = tiny.xOnlyPointAddTweak(xonly, tweak);
      return out === null ? null : { parity: out.parity, xonly: out.xOnlyPubkey };
    },
    isScalar: (key) => tiny.isPrivate(key),
    scalarAdd: (key, tweak) => tiny.privateAdd(key, tweak),
    scalarNegate: (key) => tiny.privateNegate(key),
  };
}
