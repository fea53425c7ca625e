import { isValidPrivkey } from '../crypto/secp256k1.ts';
import { Transaction, writeTransaction } from '../primitives/transaction.ts';
import { concatBytes, fromHex, hashFromHex, hashToHex, isAllZero } from '../util/bytes.ts';
import { MalformedData } from '../util/errors.ts';
import { Reader } from '../util/reader.ts';
import { Writer } from '../util/writer.ts';

/** Types of wallet.dat records (datadir format, section 13). */
export const RECORD = {
  activeExternalSpk: 'activeexternalspk', activeInternalSpk: 'activeinternalspk', bestBlock: 'bestblock', bestBlockNoMerkle: 'bestblock_nomerkle',
  destData: 'destdata', flags: 'flags', lockedUtxo: 'lockedutxo', masterKey: 'mkey', name: 'name', orderPosNext: 'orderposnext', purpose: 'purpose',
  /** Ours: label of an input or output. */
  coinLabel: 'coinlabel', tx: 'tx', version: 'version', descriptor: 'walletdescriptor', descriptorCache: 'walletdescriptorcache', descriptorLhCache: 'walletdescriptorlhcache',
  descriptorCkey: 'walletdescriptorckey', descriptorKey: 'walletdescriptorkey', wtxVariant: 'wtxvariant',
} as const;

/** Records of wallets that had no descriptors yet. */
export const LEGACY_RECORDS: ReadonlySet<string> = new Set([
  'key', 'wkey', 'ckey', 'keymeta', 'cscript', 'defaultkey', 'hdchain', 'pool', 'watchs', 'watchmeta',
]);

/** What the `version` record says: the release whose format this is. */
export const CLIENT_VERSION = 319900;
const LOCATOR_VERSION = 70016;

/** A key: its type and the fields after it. */
export function recordKey(type: string, write?: (w: Writer) => void): Uint8Array {
  const w = new Writer(64);
  w.varString(type);
  write?.(w);
  return w.finish();
}

/** A value or part of one, as the writer was told. */
export function recordValue(write: (w: Writer) => void): Uint8Array {
  const w = new Writer(64);
  write(w);
  return w.finish();
}

/** The `walletdescriptor` record: what is known of a descriptor apart from keys and caches. */
export interface DescriptorRecord {
  /** With checksum. */
  readonly text: string;
  /** Unix seconds. */
  readonly creationTime: number;
  /** Position of the next address to hand out. */
  readonly nextIndex: number;
  readonly rangeStart: number;
  /** One past the last. */
  readonly rangeEnd: number;
}

export function encodeDescriptor(d: DescriptorRecord): Uint8Array {
  return recordValue((w) => w.varString(d.text).i64n(d.creationTime).i32(d.nextIndex).i32(d.rangeStart).i32(d.rangeEnd));
}

export function decodeDescriptor(value: Uint8Array): DescriptorRecord {
  const r = new Reader(value);
  return { text: r.varString(), creationTime: r.u64n(), nextIndex: r.i32(), rangeStart: r.i32(), rangeEnd: r.i32() };
}

/** The `mkey` record: the random key that encrypts all others, itself encrypted with the passphrase. */
export interface MasterKeyRecord {
  readonly ciphertext: Uint8Array;
  readonly salt: Uint8Array;
  readonly method: number;
  readonly iterations: number;
  readonly extra: Uint8Array;
}

export function encodeMasterKey(m: MasterKeyRecord): Uint8Array {
  return recordValue((w) => w.varBytes(m.ciphertext).varBytes(m.salt).u32(m.method).u32(m.iterations).varBytes(m.extra));
}

export function decodeMasterKey(value: Uint8Array): MasterKeyRecord {
  const r = new Reader(value);
  return { ciphertext: r.varBytes().slice(), salt: r.varBytes().slice(), method: r.u32(), iterations: r.u32(), extra: r.varBytes().slice() };
}

/** A block locator (hashes newest first). */
export function encodeLocator(hashes: readonly Uint8Array[]): Uint8Array {
  return recordValue((w) => {
    w.i32(LOCATOR_VERSION).compactSize(hashes.length);
    for (const hash of hashes) w.bytes(hash);
  });
}

export function decodeLocator(value: Uint8Array): Uint8Array[] {
  const r = new Reader(value);
  r.i32();
  const hashes: Uint8Array[] = [];
  for (let n = r.compactSize(); n > 0; n--) hashes.push(r.hash());
  return hashes;
}

/** The `tx` record: a transaction and what only its owner knows of it. */
export interface TxRecord {
  readonly tx: Transaction;
  /** See {@link ./wallet-tx.ts}: zero, one, or the hash of a block. */
  readonly blockHash: Uint8Array;
  readonly index: number;
  readonly values: ReadonlyMap<string, string>;
  /** BIP 21 messages and BIP 70 payment requests. */
  readonly forms: readonly (readonly [string, string])[];
  /** Unix seconds. */
  readonly timeReceived: number;
}

export function encodeTx(t: TxRecord): Uint8Array {
  const w = new Writer(t.tx.size + 256);
  writeTransaction(w, t.tx);
  w.bytes(t.blockHash).compactSize(0).i32(t.index).compactSize(0);
  const keys = [...t.values.keys()].sort();
  w.compactSize(keys.length);
  for (const key of keys) w.varString(key).varString(t.values.get(key) ?? '');
  w.compactSize(t.forms.length);
  for (const [kind, text] of t.forms) w.varString(kind).varString(text);
  return w.u32(0).u32(t.timeReceived).u8(0).u8(0).finish();
}

export function decodeTx(value: Uint8Array): TxRecord {
  const r = new Reader(value);
  const tx = Transaction.read(r);
  const blockHash = r.hash();
  for (let n = r.compactSize(); n > 0; n--) r.hash();
  const index = r.i32();
  // Transactions that older software kept beside this one, each with its own branch.
  for (let n = r.compactSize(); n > 0; n--) {
    Transaction.read(r);
    r.hash();
    for (let m = r.compactSize(); m > 0; m--) r.hash();
    r.i32();
  }
  const values = new Map<string, string>();
  for (let n = r.compactSize(); n > 0; n--) {
    const key = r.varString();
    values.set(key, r.varString());
  }
  const forms: [string, string][] = [];
  for (let n = r.compactSize(); n > 0; n--) forms.push([r.varString(), r.varString()]);
  r.u32();
  const timeReceived = r.u32();
  r.u8();
  r.u8();
  return { tx, blockHash, index, values, forms, timeReceived };
}

// -- private keys ------------------------------------------------------------------------------------------------
// SEC 1 / RFC 5915 ECPrivateKey with the curve's parameters written out, which is how wallets have always held keys.

const FIELD = 'fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f';
const ORDER = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141';
const BASE_X = '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798';
const BASE_Y = '483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8';

const DER_COMPRESSED = {
  head: fromHex('3081d30201010420'),
  middle: fromHex(`a08185308182020101302c06072a8648ce3d0101022100${FIELD}3006040100040107042102${BASE_X}022100${ORDER}020101a124032200`),
};
const DER_UNCOMPRESSED = {
  head: fromHex('308201130201010420'),
  middle: fromHex(`a081a53081a2020101302c06072a8648ce3d0101022100${FIELD}300604010004010704` + `4104${BASE_X}${BASE_Y}022100${ORDER}020101a144034200`),
};

/** DER of a 32-byte private key with its public key (33 or 65 bytes). */
export function encodePrivateKey(key: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const form = publicKey.length === 33 ? DER_COMPRESSED : DER_UNCOMPRESSED;
  return concatBytes(form.head, key, form.middle, publicKey);
}

/**
 * The 32 bytes in a DER private key. Of its form only what stands before the key counts, and a key may lack zeros in front: old libraries
 * wrote it so. @throws MalformedData
 */
export function decodePrivateKey(der: Uint8Array): Uint8Array {
  const bad = (): never => { throw new MalformedData('private key is not in the form that wallets hold'); };
  const lengthBytes = (der[1] ?? 0) - 0x80;
  if (der[0] !== 0x30 || lengthBytes < 1 || lengthBytes > 2 || der.length < 2 + lengthBytes) return bad();
  const body = der.subarray(2 + lengthBytes);
  const length = lengthBytes === 1 ? (der[2] as number) : ((der[2] as number) << 8) | (der[3] as number);
  const size = body[4];
  if (body.length < length || body[0] !== 2 || body[1] !== 1 || body[2] !== 1 || body[3] !== 4 || size === undefined || size > 32 || body.length < 5 + size) return bad();
  const key = new Uint8Array(32);
  key.set(body.subarray(5, 5 + size), 32 - size);
  return isValidPrivkey(key) ? key : bad();
}

// -- text forms of ids inside `tx` values --------------------------------------------------------------------------

export function txidFromText(text: string): Uint8Array | null {
  return /^[0-9a-fA-F]{64}$/.test(text) ? hashFromHex(text) : null;
}

export function txidText(txid: Uint8Array): string {
  return hashToHex(txid);
}

/** The hash `1`, which marks an abandoned transaction. */
export const ONE_HASH: Uint8Array = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0));

export function isOneHash(hash: Uint8Array): boolean {
  return hash[0] === 1 && isAllZero(hash.subarray(1));
}
