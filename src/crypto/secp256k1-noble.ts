import { hashes, Point, recoverPublicKey, schnorr, sign, verify } from '@noble/secp256k1';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, toHex } from '../util/bytes.ts';
import type { Secp256k1Engine } from './secp256k1-engine.ts';

hashes.sha256 = sha256;
hashes.hmacSha256 = (key, msg) => hmac(sha256, key, msg);

const N = Point.CURVE().n;
const scalar = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes)}`);
const bytes32 = (n: bigint): Uint8Array => new Uint8Array(Buffer.from(n.toString(16).padStart(64, '0'), 'hex'));
const point = (pubkey: Uint8Array): Point => Point.fromBytes(pubkey);
const encode = (p: Point, compressed: boolean): Uint8Array | null => (p.is0() ? null : p.toBytes(compressed));
const timesG = (k: bigint): Point => (k === 0n ? Point.ZERO : Point.BASE.multiply(k));

function tryOr<T>(fallback: T, work: () => T): T {
  try {
    return work();
  } catch {
    // noble throws for bytes that are no point or no signature: here that is an answer, not an error.
    return fallback;
  }
}

/** The engine that always loads: pure JavaScript, and the oracle for the others. */
export const NOBLE_ENGINE: Secp256k1Engine = {
  name: 'noble',
  ecdsaVerify: (signature, hash, pubkey) => tryOr(false, () => verify(signature, hash, pubkey, { prehash: false, lowS: false })),
  ecdsaSign: (hash, key, extra) => sign(hash, key, { prehash: false, lowS: true, ...(extra === undefined ? {} : { extraEntropy: extra }) }),
  ecdsaSignRecoverable: (hash, key) => {
    const out = sign(hash, key, { prehash: false, lowS: true, format: 'recovered' });
    return { signature: out.slice(1), recovery: out[0] as number };
  },
  ecdsaRecover: (signature, recovery, hash, compressed) =>
    tryOr(null, () => point(recoverPublicKey(concatBytes(Uint8Array.of(recovery), signature), hash, { prehash: false })).toBytes(compressed)),
  schnorrVerify: (signature, hash, xonly) => tryOr(false, () => schnorr.verify(signature, hash, xonly)),
  schnorrSign: (hash, key, aux) => schnorr.sign(hash, key, aux),
  isPoint: (pubkey) => tryOr(false, () => (point(pubkey), true)),
  pointFromScalar: (key, compressed) => {
    const k = scalar(key);
    return k === 0n || k >= N ? null : timesG(k).toBytes(compressed);
  },
  pointConvert: (pubkey, compressed) => tryOr(null, () => point(pubkey).toBytes(compressed)),
  pointAddScalar: (pubkey, tweak, compressed) => tryOr(null, () => encode(point(pubkey).add(timesG(scalar(tweak))), compressed)),
  pointMultiply: (pubkey, k, compressed) => tryOr(null, () => encode(point(pubkey).multiply(scalar(k)), compressed)),
  pointAdd: (a, b, compressed) => tryOr(null, () => encode(point(a).add(point(b)), compressed)),
  xonlyAddTweak: (xonly, tweak) => {
    const t = scalar(tweak);
    if (t >= N) return null;
    const out = tryOr(null, () => encode(point(concatBytes(Uint8Array.of(2), xonly)).add(timesG(t)), true));
    return out === null ? null : { parity: (out[0] as number) & 1, xonly: out.slice(1) };
  },
  isScalar: (key) => {
    const k = scalar(key);
    return k > 0n && k < N;
  },
  scalarAdd: (key, tweak) => {
    const t = scalar(tweak);
    const sum = (scalar(key) + t) % N;
    return t >= N || sum === 0n ? null : bytes32(sum);
  },
  scalarNegate: (key) => bytes32((N - scalar(key)) % N),
};
