import { concatBytes, equalBytes, isAllZero, toHex } from '../util/bytes.ts';
import { TweakAdder } from './add-tweaks.ts';
import { encodeDer, isLowS, normalizeS, parseDerLax } from './ecdsa-der.ts';
import { sha256 } from './hash.ts';
import type { Secp256k1Engine } from './secp256k1-engine.ts';
import { NOBLE_ENGINE } from './secp256k1-noble.ts';
import { loadWasmEngine } from './secp256k1-wasm.ts';

/**
 * The one door to secp256k1. Private keys 32 bytes; public keys 33 or 65 (06/07 hybrids too, which old scripts contain);
 * x-only keys 32; signatures 64 bytes, or DER where the name says so.
 */

let engine: Secp256k1Engine | undefined;

/** Loads the fastest engine that works here; noble where the others do not. */
function current(): Secp256k1Engine {
  if (engine !== undefined) return engine;
  try {
    const wasm = loadWasmEngine();
    engine = selfCheck(wasm) ? wasm : NOBLE_ENGINE;
  } catch {
    engine = NOBLE_ENGINE;
  }
  return engine;
}

/** A key, and what every engine must make of it (RFC 6979 leaves no choice): asking noble at each start would take longer than the start itself. */
const CHECK_KEY = sha256(new TextEncoder().encode('self check'));
const CHECK_PUBKEY = '035d2e2363c56bbe7671fb96895af88ffcdc431e34248be6324496d9b0a2f98ab5';
const CHECK_SIGNATURE = 'e743bfe31b60bf7b8833364740517d34659ff9c31c08ef16516d140da41eb2605e2ebba144c81858381e4a54131b04fc521bec1a39e216c0a37bc31bdf48e255';

function selfCheck(candidate: Secp256k1Engine): boolean {
  const hash = sha256(CHECK_KEY);
  const pubkey = candidate.pointFromScalar(CHECK_KEY, true);
  if (pubkey === null || toHex(pubkey) !== CHECK_PUBKEY) return false;
  const ecdsa = candidate.ecdsaSign(hash, CHECK_KEY);
  const broken = ecdsa.slice();
  broken[40] = (broken[40] as number) ^ 1;
  return toHex(ecdsa) === CHECK_SIGNATURE && candidate.ecdsaVerify(ecdsa, hash, pubkey) && !candidate.ecdsaVerify(broken, hash, pubkey);
}

/** Name of the engine in use (`wasm` or `noble`), for the start-up log. */
export function secp256k1EngineName(): string {
  return current().name;
}

/** All engines that load here, for tests and benchmarks. */
export function allSecp256k1Engines(): Secp256k1Engine[] {
  const engines = [NOBLE_ENGINE];
  try {
    engines.unshift(loadWasmEngine());
  } catch {
    // Only noble here.
  }
  return engines;
}

/** The key as engines take it; null where length or prefix cannot be a public key. */
function plainKey(pubkey: Uint8Array): Uint8Array | null {
  const prefix = pubkey[0];
  if (pubkey.length === 33) return prefix === 2 || prefix === 3 ? pubkey : null;
  if (pubkey.length !== 65) return null;
  if (prefix === 4) return pubkey;
  if (prefix !== 6 && prefix !== 7) return null;
  if (((pubkey[64] as number) & 1) !== (prefix & 1)) return null;
  const plain = pubkey.slice();
  plain[0] = 4;
  return plain;
}

/** Whether the first byte and the length are those of a public key, be it on the curve or not. */
export function hasPubkeyForm(pubkey: Uint8Array): boolean {
  const prefix = pubkey[0] ?? 0;
  return pubkey.length === 33 ? prefix === 2 || prefix === 3 : pubkey.length === 65 && (prefix === 4 || prefix === 6 || prefix === 7);
}

/** Verifies a 64-byte signature; a high s is as good as a low one here. */
export function ecdsaVerify(signature: Uint8Array, hash: Uint8Array, pubkey: Uint8Array): boolean {
  const key = plainKey(pubkey);
  if (key === null || isAllZero(signature.subarray(0, 32)) || isAllZero(signature.subarray(32))) return false;
  return current().ecdsaVerify(normalizeS(signature), hash, key);
}

/** Verifies a DER signature (without hash type), read laxly. */
export function ecdsaVerifyDer(der: Uint8Array, hash: Uint8Array, pubkey: Uint8Array): boolean {
  const signature = parseDerLax(der);
  return signature !== null && ecdsaVerify(signature, hash, pubkey);
}

/** Whether a DER signature's s is low. */
export function isLowDer(der: Uint8Array): boolean {
  const signature = parseDerLax(der);
  return signature !== null && isLowS(signature);
}

/** Signs (RFC 6979) and grinds for a first half below 2^255, so that the DER form is at most 70 bytes (71 with the hash type). */
export function ecdsaSign(hash: Uint8Array, key: Uint8Array, grind = true): Uint8Array {
  let signature = current().ecdsaSign(hash, key);
  const extra = new Uint8Array(32);
  for (let counter = 1; grind && ((signature[0] as number) & 0x80) !== 0; counter++) {
    new DataView(extra.buffer).setUint32(0, counter, true);
    signature = current().ecdsaSign(hash, key, extra);
  }
  return encodeDer(signature);
}

/** Compact recoverable signature (65 bytes): header 27 + recovery id, + 4 where the key is compressed. */
export function signCompact(hash: Uint8Array, key: Uint8Array, compressed: boolean): Uint8Array {
  const { signature, recovery } = current().ecdsaSignRecoverable(hash, key);
  const out = new Uint8Array(65);
  out[0] = 27 + recovery + (compressed ? 4 : 0);
  out.set(signature, 1);
  return out;
}

/** The public key behind a compact signature; null where there is none. */
export function recoverCompact(compact: Uint8Array, hash: Uint8Array): Uint8Array | null {
  if (compact.length !== 65) return null;
  const header = ((compact[0] as number) - 27) & 0xff;
  try {
    return current().ecdsaRecover(compact.slice(1), header & 3, hash, (header & 4) !== 0);
  } catch {
    // An r or s out of range: no key.
    return null;
  }
}

/** BIP 340. */
export function schnorrVerify(signature: Uint8Array, hash: Uint8Array, xonly: Uint8Array): boolean {
  if (signature.length !== 64 || xonly.length !== 32) return false;
  try {
    return current().schnorrVerify(signature, hash, xonly);
  } catch {
    // The engine refuses an r or s out of range by throwing.
    return false;
  }
}

/** BIP 340, with 32 bytes of auxiliary randomness. */
export function schnorrSign(hash: Uint8Array, key: Uint8Array, aux: Uint8Array): Uint8Array {
  return current().schnorrSign(hash, key, aux);
}

/** Whether the bytes are a public key on the curve. */
export function isValidPubkey(pubkey: Uint8Array): boolean {
  const key = plainKey(pubkey);
  return key !== null && current().isPoint(key);
}

export function isValidXonly(xonly: Uint8Array): boolean {
  if (xonly.length !== 32) return false;
  const key = new Uint8Array(33);
  key[0] = 2;
  key.set(xonly, 1);
  return current().isPoint(key);
}

export function isValidPrivkey(key: Uint8Array): boolean {
  return key.length === 32 && current().isScalar(key);
}

/** Public key of a private key. @throws RangeError where the key is not one */
export function publicKey(key: Uint8Array, compressed = true): Uint8Array {
  const out = key.length === 32 ? current().pointFromScalar(key, compressed) : null;
  if (out === null) throw new RangeError('publicKey: not a private key');
  return out;
}

/** The same key in the other form; null where it is none. */
export function convertPubkey(pubkey: Uint8Array, compressed: boolean): Uint8Array | null {
  const key = plainKey(pubkey);
  return key === null ? null : current().pointConvert(key, compressed);
}

/** pubkey + tweak·G, compressed; null where that is no key. */
export function pubkeyAddTweak(pubkey: Uint8Array, tweak: Uint8Array): Uint8Array | null {
  const key = plainKey(pubkey);
  if (key === null) return null;
  try {
    return current().pointAddScalar(key, tweak, true);
  } catch {
    // Tweak at or above the order.
    return null;
  }
}

/** Fewer keys than this are done before the table for many is there. */
const WORTH_A_TABLE = 300;
/** Undefined before it was needed, null where it does not work. */
let adder: TweakAdder | null | undefined;

function tweakAdder(): TweakAdder | null {
  if (adder !== undefined) return adder;
  adder = null;
  try {
    const made = new TweakAdder((scalar) => publicKey(scalar, false));
    const key = publicKey(sha256(Uint8Array.of(1)));
    const tweak = sha256(Uint8Array.of(2));
    const [sum = null] = made.add([convertPubkey(key, false) ?? key], [tweak]);
    if (sum !== null && equalBytes(sum, pubkeyAddTweak(key, tweak) ?? key)) adder = made;
  } catch {
    // No WebAssembly: one key at a time.
  }
  return adder;
}

/** As {@link pubkeyAddTweak} for each pair of `pubkeys` and `tweaks`; many at once take an eighth of the time. */
export function pubkeysAddTweaks(pubkeys: readonly Uint8Array[], tweaks: readonly Uint8Array[]): (Uint8Array | null)[] {
  const many = pubkeys.length < WORTH_A_TABLE ? null : tweakAdder();
  const single = (i: number): Uint8Array | null => pubkeyAddTweak(pubkeys[i] as Uint8Array, tweaks[i] as Uint8Array);
  const plain: Uint8Array[] = [];
  for (const pubkey of many === null ? [] : pubkeys) {
    const before = plain.length - 1;
    const point = before >= 0 && pubkeys[before] === pubkey ? plain[before] : convertPubkey(pubkey, false);
    // One that is no key: all go the slow way, which knows what to say.
    if (point === undefined || point === null) break;
    plain.push(point);
  }
  if (many === null || plain.length < pubkeys.length || tweaks.some((tweak) => tweak.length !== 32)) return pubkeys.map((_, i) => single(i));
  return many.add(plain, tweaks).map((sum, i) => sum ?? single(i));
}

/** Sum of public keys, compressed; null where there is none or the sum is infinity. */
export function pubkeyCombine(pubkeys: readonly Uint8Array[]): Uint8Array | null {
  let sum: Uint8Array | null = null;
  for (const pubkey of pubkeys) {
    const key = plainKey(pubkey);
    if (key === null) return null;
    sum = sum === null ? current().pointConvert(key, true) : current().pointAdd(sum, key, true);
    if (sum === null) return null;
  }
  return sum;
}

/** pubkey times scalar, compressed; null where that is no key. */
export function pubkeyMultiply(pubkey: Uint8Array, scalar: Uint8Array): Uint8Array | null {
  const key = plainKey(pubkey);
  return key === null ? null : current().pointMultiply(key, scalar, true);
}

/** key + tweak modulo the order; null where that is no key. */
export function privkeyAddTweak(key: Uint8Array, tweak: Uint8Array): Uint8Array | null {
  try {
    return current().scalarAdd(key, tweak);
  } catch {
    // Tweak at or above the order.
    return null;
  }
}

export function privkeyNegate(key: Uint8Array): Uint8Array {
  return current().scalarNegate(key);
}

/** x-only key plus tweak·G with the parity of the result's y (BIP 341); null where that is no key. */
export function xonlyAddTweak(xonly: Uint8Array, tweak: Uint8Array): { parity: number; xonly: Uint8Array } | null {
  try {
    return isValidXonly(xonly) ? current().xonlyAddTweak(xonly, tweak) : null;
  } catch {
    // Tweak at or above the order.
    return null;
  }
}

/** As {@link xonlyAddTweak} for each pair. */
export function xonlysAddTweaks(xonlys: readonly Uint8Array[], tweaks: readonly Uint8Array[]): ({ parity: number; xonly: Uint8Array } | null)[] {
  const even = Uint8Array.of(2);
  return pubkeysAddTweaks(xonlys.map((xonly) => concatBytes(even, xonly)), tweaks).map((sum) => (sum === null ? null : { parity: (sum[0] as number) & 1, xonly: sum.subarray(1) }));
}

