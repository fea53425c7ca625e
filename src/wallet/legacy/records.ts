import { hash160, hash256 } from '../../crypto/hash.ts';
import { HARDENED } from '../../crypto/bip32.ts';
import { type PrivateKey, pubkeyOf } from '../../script/key-io.ts';
import { isPubkeyShape } from '../../script/standard.ts';
import { concatBytes, equalBytes, isAllZero } from '../../util/bytes.ts';
import { MalformedData } from '../../util/errors.ts';
import { Reader } from '../../util/reader.ts';
import { decodePrivateKey } from '../records.ts';

/** Types of the records that only wallets without descriptors have and that a migration reads. */
export const LEGACY = {
  key: 'key', wkey: 'wkey', cryptedKey: 'ckey', keyMeta: 'keymeta', script: 'cscript', defaultKey: 'defaultkey', hdChain: 'hdchain', watchScript: 'watchs', watchMeta: 'watchmeta',
} as const;

const HD_CHAIN_SPLIT = 2;
const META_WITH_HD = 10;
const META_WITH_ORIGIN = 12;
const MAX_PUBKEY_BYTES = 65;

/** A chain of keys that hang on one seed: m/0'/0'/n' and, where it is split, m/0'/1'/n' for change. */
export interface HdChain {
  /** Hash160 of the seed's public key; zero for none. */
  readonly seedId: Uint8Array;
  /** Whether change has a branch of its own. */
  split: boolean;
  /** Keys made so far. */
  external: number;
  internal: number;
}

/** What is remembered of a key. */
export interface KeyMeta {
  /** Unix seconds; 0 where unknown. */
  readonly creationTime: number;
  /** Whether the record is of the kind that has a path and a seed. */
  readonly hasHd: boolean;
  /** `m/0'/0'/5'`, or `s` or `m` for a seed. */
  readonly path: string;
  /** Zero for none. */
  readonly seedId: Uint8Array;
  /** Null where it is not told. */
  readonly origin: { readonly fingerprint: Uint8Array; readonly path: readonly number[] } | null;
}

/** A private key with its public key as the wallet uses it. */
export interface LegacyKey {
  readonly publicKey: Uint8Array;
  readonly secret: PrivateKey;
}

/** A private key under the master key. `checked`: the record has a checksum, and it is right. */
export interface LegacySealedKey {
  readonly publicKey: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly checked: boolean;
}

const bad = (message: string): never => { throw new MalformedData(`Error reading wallet database: ${message}`); };

/** A public key with its length in front. Null where what stands there has not the form of one. @throws MalformedData at the end of the data */
export function readPublicKey(r: Reader): Uint8Array | null {
  const bytes = r.varBytes();
  return bytes.length <= MAX_PUBKEY_BYTES && isPubkeyShape(bytes) ? bytes.slice() : null;
}

/** A `key` record, its key read up to the fields. @throws MalformedData */
export function decodeKey(key: Reader, value: Uint8Array): LegacyKey {
  const publicKey = readPublicKey(key) ?? bad('CPubKey corrupt');
  const r = new Reader(value);
  const der = r.varBytes();
  // Records of before 2012 have no hash: then the public key is worked out from the private one, as slow as that is.
  const stored = r.remaining >= 32 ? r.hash() : null;
  const hashed = stored !== null && !isAllZero(stored);
  if (hashed && !equalBytes(stored, hash256(concatBytes(publicKey, der)))) bad('CPubKey/CPrivKey corrupt');
  let secret: PrivateKey;
  try {
    secret = { key: decodePrivateKey(der), compressed: publicKey.length === 33 };
  } catch (e) {
    throw new MalformedData('Error reading wallet database: CPrivKey corrupt', { cause: e });
  }
  if (!hashed && !samePoint(pubkeyOf(secret), publicKey)) bad('CPrivKey corrupt');
  return { publicKey, secret };
}

/** Whether two forms of a public key of the same length agree; the first byte of a hybrid one is 6 or 7 where a plain one has 4. */
function samePoint(plain: Uint8Array, other: Uint8Array): boolean {
  return equalBytes(plain, other) || (other.length === MAX_PUBKEY_BYTES && equalBytes(plain.subarray(1), other.subarray(1)));
}

/** A `ckey` record, its key read up to the fields. @throws MalformedData */
export function decodeSealedKey(key: Reader, value: Uint8Array): LegacySealedKey {
  const publicKey = readPublicKey(key) ?? bad('CPubKey corrupt');
  const r = new Reader(value);
  const ciphertext = r.varBytes().slice();
  const checked = !r.done;
  if (checked && !equalBytes(r.hash(), hash256(ciphertext))) bad('Encrypted key corrupt');
  return { publicKey, ciphertext, checked };
}

/** The `hdchain` record. @throws MalformedData */
export function decodeHdChain(value: Uint8Array): HdChain {
  const r = new Reader(value);
  const version = r.i32();
  const external = r.u32();
  const seedId = r.bytes(20).slice();
  const split = version >= HD_CHAIN_SPLIT;
  return { seedId, split, external, internal: split ? r.u32() : 0 };
}

/** A `keymeta` or `watchmeta` record. @throws MalformedData */
export function decodeKeyMeta(value: Uint8Array): KeyMeta {
  const r = new Reader(value);
  const version = r.i32();
  const creationTime = Math.max(0, r.i64n());
  const hasHd = version >= META_WITH_HD;
  const path = hasHd ? r.varString() : '';
  const seedId = hasHd ? r.bytes(20).slice() : new Uint8Array(20);
  let origin: KeyMeta['origin'] = null;
  if (version >= META_WITH_ORIGIN) {
    const fingerprint = r.bytes(4).slice();
    const steps: number[] = [];
    for (let n = r.compactSize(); n > 0; n--) steps.push(r.u32());
    if (r.u8() !== 0) origin = { fingerprint, path: steps };
  }
  return { creationTime, hasHd, path, seedId, origin };
}

/** Child numbers of a path as text. Null where it is none. */
export function parseKeyPath(text: string): number[] | null {
  const out: number[] = [];
  for (const [i, step] of text.split('/').entries()) {
    if (step === 'm' && i === 0) continue;
    const match = /^(\d{1,10})(['h]?)$/.exec(step);
    const n = Number(match?.[1]);
    if (match === null || n >= HARDENED) return null;
    out.push(match[2] === '' ? n : n + HARDENED);
  }
  return out;
}

/** Place of a key that a seed has made. */
export interface HdPlace {
  readonly internal: boolean;
  readonly index: number;
}

/** Where a key of an HD chain stands. @returns null for a seed @throws MalformedData with the reference's text for a path that wallets never made */
export function placeOf(meta: KeyMeta): HdPlace | null {
  if (meta.path === 's' || meta.path === 'm') return null;
  const path = meta.origin?.path ?? parseKeyPath(meta.path) ?? bad('keymeta with invalid HD keypath');
  const [account = 0, branch = 0, index = 0] = path;
  const hex = (n: number): string => `0x${n.toString(16).padStart(8, '0')}`;
  if (path.length !== 3) return bad('keymeta found with unexpected path');
  if (account !== HARDENED) throw new MalformedData(`Unexpected path index of ${hex(account)} (expected 0x80000000) for the element at index 0`);
  if (branch !== HARDENED && branch !== HARDENED + 1) throw new MalformedData(`Unexpected path index of ${hex(branch)} (expected 0x80000000 or 0x80000001) for the element at index 1`);
  if (index < HARDENED) throw new MalformedData(`Unexpected path index of ${hex(index)} (expected to be greater than or equal to 0x80000000)`);
  return { internal: branch === HARDENED + 1, index: index - HARDENED };
}

/** Id of a public key: its hash160. */
export function keyIdOf(publicKey: Uint8Array): Uint8Array { return hash160(publicKey); }
