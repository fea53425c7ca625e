import { isValidPubkey, publicKey, pubkeyCombine, pubkeyMultiply } from '../crypto/secp256k1.ts';
import { taggedHash } from '../crypto/tagged-hash.ts';
import { concatBytes, equalBytes, fromHex, toHex } from '../util/bytes.ts';
import { Writer } from '../util/writer.ts';

/** Order of the group. */
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const GENERATOR = fromHex('0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798');
/** How an aggregate nonce writes a half that is the point at infinity. */
const INFINITY_BYTES = new Uint8Array(33);
const KEY_SIZE = 33;
const PUBNONCE_SIZE = 66;
const SECNONCE_SIZE = 97;

/** A point as its compressed key; null is the one at infinity. */
type Point = Uint8Array | null;

/** A tweak of an aggregate key: of a child (plain), or of a taproot output (x-only). */
export interface MusigTweak {
  readonly tweak: Uint8Array;
  readonly xonly: boolean;
}

function scalarBytes(n: bigint): Uint8Array {
  return new Uint8Array(Buffer.from(n.toString(16).padStart(64, '0'), 'hex'));
}

const scalar = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes)}`);
const mod = (n: bigint): bigint => ((n % N) + N) % N;
const isOdd = (point: Uint8Array): boolean => point[0] === 3;
const xOf = (point: Uint8Array): Uint8Array => point.slice(1, KEY_SIZE);
/** Keys and halves of nonces from outside: a compressed key on the curve, and never the point at infinity. */
const isCompressedPoint = (bytes: Uint8Array): boolean => bytes.length === KEY_SIZE && isValidPubkey(bytes);

function negate(point: Point): Point {
  if (point === null) return null;
  const out = point.slice();
  out[0] = isOdd(point) ? 2 : 3;
  return out;
}

function add(a: Point, b: Point): Point {
  if (a === null) return b;
  return b === null ? a : pubkeyCombine([a, b]);
}

function multiply(point: Point, by: bigint): Point {
  const n = mod(by);
  return point === null || n === 0n ? null : pubkeyMultiply(point, scalarBytes(n));
}

function timesGenerator(n: bigint): Point {
  return n === 0n ? null : publicKey(scalarBytes(n));
}

/** An aggregate key with its tweaks (BIP 327). */
interface KeyContext {
  readonly q: Uint8Array;
  readonly gacc: bigint;
  readonly tacc: bigint;
  readonly coefficient: (key: Uint8Array) => bigint;
}

function aggregateKeys(pubkeys: readonly Uint8Array[]): KeyContext | null {
  const [first] = pubkeys;
  if (first === undefined || !pubkeys.every(isCompressedPoint)) return null;
  const second = pubkeys.find((key) => !equalBytes(key, first));
  const list = taggedHash('KeyAgg list', concatBytes(...pubkeys));
  const coefficient = (key: Uint8Array): bigint =>
    // The second distinct key has coefficient 1: one multiplication less.
    (second !== undefined && equalBytes(key, second) ? 1n : mod(scalar(taggedHash('KeyAgg coefficient', concatBytes(list, key)))));
  let q: Point = null;
  for (const key of pubkeys) q = add(q, multiply(key, coefficient(key)));
  return q === null ? null : { q, gacc: 1n, tacc: 0n, coefficient };
}

function tweaked(context: KeyContext, { tweak, xonly }: MusigTweak): KeyContext | null {
  const t = scalar(tweak);
  if (t >= N) return null;
  const g = xonly && isOdd(context.q) ? -1n : 1n;
  const q = add(g === 1n ? context.q : negate(context.q), timesGenerator(t));
  return q === null ? null : { ...context, q, gacc: mod(g * context.gacc), tacc: mod(t + g * context.tacc) };
}

/** Aggregate of compressed public keys (BIP 327), compressed; null where one is no key, or the sum is none. Their order counts. */
export function aggregatePubkeys(pubkeys: readonly Uint8Array[]): Uint8Array | null {
  return aggregateKeys(pubkeys)?.q ?? null;
}

/** A nonce of one signer for one message. */
export interface MusigNonce {
  /** 97 bytes: to be used once, and never to leave the process. */
  readonly secret: Uint8Array;
  /** 66 bytes. */
  readonly public: Uint8Array;
}

export interface NonceInputs {
  /** Private key of the signer. */
  readonly key: Uint8Array;
  /** Aggregate key, x-only. */
  readonly aggregate: Uint8Array;
  readonly message: Uint8Array;
  /** 32 bytes that nobody can guess and that are never used again. */
  readonly random: Uint8Array;
  /** Whatever else differs from one nonce to the next. */
  readonly extra: Uint8Array;
}

/** BIP 327's NonceGen. */
export function generateNonce({ key, aggregate, message, random, extra }: NonceInputs): MusigNonce {
  const pubkey = publicKey(key);
  const masked = taggedHash('MuSig/aux', random).map((byte, i) => byte ^ (key[i] as number));
  const half = (i: number): Uint8Array => {
    const w = new Writer(256).bytes(masked).u8(KEY_SIZE).bytes(pubkey).u8(aggregate.length).bytes(aggregate);
    w.u8(1).u32be(0).u32be(message.length).bytes(message).u32be(extra.length).bytes(extra).u8(i);
    return scalarBytes(mod(scalar(taggedHash('MuSig/nonce', w.finish()))));
  };
  const first = half(0);
  const second = half(1);
  masked.fill(0);
  return { secret: concatBytes(first, second, pubkey), public: concatBytes(publicKey(first), publicKey(second)) };
}

/** Sum of public nonces (BIP 327's NonceAgg), 66 bytes; null where one is none. */
export function aggregateNonces(nonces: readonly Uint8Array[]): Uint8Array | null {
  const valid = (nonce: Uint8Array): boolean =>
    nonce.length === PUBNONCE_SIZE && isCompressedPoint(nonce.slice(0, KEY_SIZE)) && isCompressedPoint(nonce.slice(KEY_SIZE));
  if (!nonces.every(valid)) return null;
  const sum = (from: number): Uint8Array =>
    nonces.reduce<Point>((total, nonce) => add(total, nonce.slice(from, from + KEY_SIZE)), null) ?? INFINITY_BYTES;
  return concatBytes(sum(0), sum(KEY_SIZE));
}

/** One signing session (BIP 327): keys, tweaks, nonces and message of all. */
export class MusigSession {
  private readonly context: KeyContext;
  private readonly nonces: readonly Uint8Array[];
  private readonly pubkeys: readonly Uint8Array[];
  private readonly b: bigint;
  private readonly r: Uint8Array;
  private readonly e: bigint;

  private constructor(context: KeyContext, pubkeys: readonly Uint8Array[], nonces: readonly Uint8Array[], aggregate: Uint8Array, message: Uint8Array) {
    this.context = context;
    this.pubkeys = pubkeys;
    this.nonces = nonces;
    const point = (from: number): Point => {
      const bytes = aggregate.slice(from, from + KEY_SIZE);
      return equalBytes(bytes, INFINITY_BYTES) ? null : bytes;
    };
    this.b = mod(scalar(taggedHash('MuSig/noncecoef', concatBytes(aggregate, xOf(context.q), message))));
    this.r = add(point(0), multiply(point(KEY_SIZE), this.b)) ?? GENERATOR;
    this.e = mod(scalar(taggedHash('BIP0340/challenge', concatBytes(xOf(this.r), xOf(context.q), message))));
  }

  /** @param nonces public nonce of each key. Null where a key, a tweak or a nonce is none. */
  static create(pubkeys: readonly Uint8Array[], nonces: readonly Uint8Array[], tweaks: readonly MusigTweak[], message: Uint8Array): MusigSession | null {
    let context = aggregateKeys(pubkeys);
    for (const tweak of tweaks) context = context === null ? null : tweaked(context, tweak);
    const aggregate = nonces.length === pubkeys.length ? aggregateNonces(nonces) : null;
    return context === null || aggregate === null ? null : new MusigSession(context, pubkeys, nonces, aggregate, message);
  }

  private get sign(): bigint { return isOdd(this.context.q) ? -1n : 1n; }

  /**
   * Partial signature (32 bytes) of one signer. The caller must forget `secretNonce`, whatever comes of it.
   * @returns null where the key does not take part, or the secret nonce is not the one behind its public nonce
   */
  partialSign(key: Uint8Array, secretNonce: Uint8Array): Uint8Array | null {
    const pubkey = publicKey(key);
    const index = this.pubkeys.findIndex((p) => equalBytes(p, pubkey));
    if (index < 0 || secretNonce.length !== SECNONCE_SIZE || !equalBytes(secretNonce.subarray(64), pubkey)) return null;
    const first = scalar(secretNonce.subarray(0, 32));
    const second = scalar(secretNonce.subarray(32, 64));
    // Zero is what is left of a nonce that was used.
    if (first === 0n || first >= N || second === 0n || second >= N) return null;
    const flip = isOdd(this.r) ? -1n : 1n;
    const d = this.sign * this.context.gacc * scalar(key);
    const s = scalarBytes(mod(flip * (first + this.b * second) + this.e * this.context.coefficient(pubkey) * d));
    return this.verifyPartial(s, index) ? s : null;
  }

  /** Whether a partial signature is that of the signer with this place in the list of keys. */
  verifyPartial(partial: Uint8Array, index: number): boolean {
    const pubkey = this.pubkeys[index];
    const nonce = this.nonces[index];
    if (partial.length !== 32 || pubkey === undefined || nonce === undefined) return false;
    const s = scalar(partial);
    if (s >= N) return false;
    const both = add(nonce.slice(0, KEY_SIZE), multiply(nonce.slice(KEY_SIZE), this.b));
    const own = isOdd(this.r) ? negate(both) : both;
    const right = add(own, multiply(pubkey, this.e * this.context.coefficient(pubkey) * this.sign * this.context.gacc));
    const left = timesGenerator(s);
    return left === null || right === null ? left === right : equalBytes(left, right);
  }

  /** The signature (64 bytes) from the partial ones of all, in the order of the keys; null where one is wrong. */
  aggregate(partials: readonly Uint8Array[]): Uint8Array | null {
    if (partials.length !== this.pubkeys.length || !partials.every((partial, i) => this.verifyPartial(partial, i))) return null;
    const sum = partials.reduce((total, partial) => total + scalar(partial), this.e * this.sign * this.context.tacc);
    return concatBytes(xOf(this.r), scalarBytes(mod(sum)));
  }
}
