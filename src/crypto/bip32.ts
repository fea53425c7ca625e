import { concatBytes } from '../util/bytes.ts';
import { hash160, hmacSha512 } from './hash.ts';
import { isValidPrivkey, isValidPubkey, privkeyAddTweak, pubkeyAddTweak, pubkeysAddTweaks, publicKey } from './secp256k1.ts';

/** First child number that needs the private key. */
export const HARDENED = 0x80000000;
/** Bytes of an extended key without its version prefix. */
export const EXT_KEY_SIZE = 74;

interface ExtFields {
  readonly depth: number;
  /** 4 bytes. */
  readonly parentFingerprint: Uint8Array;
  readonly childNumber: number;
  readonly chainCode: Uint8Array;
}

function encode(fields: ExtFields, key: Uint8Array): Uint8Array {
  const out = new Uint8Array(EXT_KEY_SIZE);
  out[0] = fields.depth;
  out.set(fields.parentFingerprint, 1);
  new DataView(out.buffer).setUint32(5, fields.childNumber);
  out.set(fields.chainCode, 9);
  out.set(key, 41);
  return out;
}

function decode(bytes: Uint8Array): ExtFields {
  return {
    depth: bytes[0] as number,
    parentFingerprint: bytes.slice(1, 5),
    childNumber: new DataView(bytes.buffer, bytes.byteOffset).getUint32(5),
    chainCode: bytes.slice(9, 41),
  };
}

function child(chainCode: Uint8Array, key: Uint8Array, index: number): { tweak: Uint8Array; chainCode: Uint8Array } {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, index);
  const hash = hmacSha512(chainCode, concatBytes(key, number));
  return { tweak: hash.slice(0, 32), chainCode: hash.slice(32) };
}

/** Extended public key (BIP 32). */
export class ExtPubKey implements ExtFields {
  readonly depth: number;
  readonly parentFingerprint: Uint8Array;
  readonly childNumber: number;
  readonly chainCode: Uint8Array;
  readonly pubkey: Uint8Array;

  constructor(fields: ExtFields, pubkey: Uint8Array) {
    this.depth = fields.depth;
    this.parentFingerprint = fields.parentFingerprint;
    this.childNumber = fields.childNumber;
    this.chainCode = fields.chainCode;
    this.pubkey = pubkey;
  }

  get fingerprint(): Uint8Array { return hash160(this.pubkey).slice(0, 4); }

  /** What is added (times G) to this key for an unhardened child, 32 bytes. */
  childTweak(index: number): Uint8Array { return child(this.chainCode, this.pubkey, index).tweak; }

  /** Unhardened child; null where `index` is hardened, the depth is at its end, or (with probability 2^-127) there is none. */
  derive(index: number): ExtPubKey | null {
    if (index >= HARDENED || this.depth === 255) return null;
    const { tweak, chainCode } = child(this.chainCode, this.pubkey, index);
    const pubkey = pubkeyAddTweak(this.pubkey, tweak);
    return pubkey === null ? null : new ExtPubKey({ depth: this.depth + 1, parentFingerprint: this.fingerprint, childNumber: index, chainCode }, pubkey);
  }

  /** As {@link derive} for the `count` children from `first` on. */
  deriveMany(first: number, count: number): (ExtPubKey | null)[] {
    if (first + count > HARDENED || this.depth === 255) return Array.from({ length: count }, (_, i) => this.derive(first + i));
    const { fingerprint } = this;
    const parts = Array.from({ length: count }, (_, i) => child(this.chainCode, this.pubkey, first + i));
    const pubkeys = pubkeysAddTweaks(parts.map(() => this.pubkey), parts.map(({ tweak }) => tweak));
    return parts.map(({ chainCode }, i) => {
      const pubkey = pubkeys[i] ?? null;
      return pubkey === null ? null : new ExtPubKey({ depth: this.depth + 1, parentFingerprint: fingerprint, childNumber: first + i, chainCode }, pubkey);
    });
  }

  /** 74 bytes, without version prefix. */
  encode(): Uint8Array { return encode(this, this.pubkey); }

  static decode(bytes: Uint8Array): ExtPubKey | null {
    if (bytes.length !== EXT_KEY_SIZE) return null;
    const fields = decode(bytes);
    const pubkey = bytes.slice(41);
    const isRootWithParent = fields.depth === 0 && (fields.childNumber !== 0 || fields.parentFingerprint.some((b) => b !== 0));
    return isRootWithParent || !isValidPubkey(pubkey) ? null : new ExtPubKey(fields, pubkey);
  }
}

/** Extended private key (BIP 32). */
export class ExtKey implements ExtFields {
  readonly depth: number;
  readonly parentFingerprint: Uint8Array;
  readonly childNumber: number;
  readonly chainCode: Uint8Array;
  readonly key: Uint8Array;
  private cachedPubkey: Uint8Array | undefined;

  constructor(fields: ExtFields, key: Uint8Array) {
    this.depth = fields.depth;
    this.parentFingerprint = fields.parentFingerprint;
    this.childNumber = fields.childNumber;
    this.chainCode = fields.chainCode;
    this.key = key;
  }

  get pubkey(): Uint8Array { return (this.cachedPubkey ??= publicKey(this.key)); }
  get fingerprint(): Uint8Array { return hash160(this.pubkey).slice(0, 4); }

  /** Child key, hardened or not; null at the depth's end or (with probability 2^-127) where there is none. */
  derive(index: number): ExtKey | null {
    if (this.depth === 255) return null;
    const material = index >= HARDENED ? concatBytes(Uint8Array.of(0), this.key) : this.pubkey;
    const { tweak, chainCode } = child(this.chainCode, material, index);
    const key = privkeyAddTweak(this.key, tweak);
    return key === null ? null : new ExtKey({ depth: this.depth + 1, parentFingerprint: this.fingerprint, childNumber: index, chainCode }, key);
  }

  neuter(): ExtPubKey { return new ExtPubKey(this, this.pubkey); }

  /** 74 bytes, without version prefix. */
  encode(): Uint8Array { return encode(this, concatBytes(Uint8Array.of(0), this.key)); }

  static decode(bytes: Uint8Array): ExtKey | null {
    if (bytes.length !== EXT_KEY_SIZE || bytes[41] !== 0) return null;
    const fields = decode(bytes);
    const key = bytes.slice(42);
    const isRootWithParent = fields.depth === 0 && (fields.childNumber !== 0 || fields.parentFingerprint.some((b) => b !== 0));
    return isRootWithParent || !isValidPrivkey(key) ? null : new ExtKey(fields, key);
  }

  /** Master key of a seed. */
  static fromSeed(seed: Uint8Array): ExtKey {
    const hash = hmacSha512(new TextEncoder().encode('Bitcoin seed'), seed);
    return new ExtKey({ depth: 0, parentFingerprint: new Uint8Array(4), childNumber: 0, chainCode: hash.slice(32) }, hash.slice(0, 32));
  }
}
