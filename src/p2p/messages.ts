import { addressBytes, addressText } from '../net/net-address.ts';
import { readHeader } from '../primitives/auxpow.ts';
import type { BlockHeader } from '../primitives/block.ts';
import { MalformedData } from '../util/errors.ts';
import { Reader } from '../util/reader.ts';
import { Writer } from '../util/writer.ts';

export const NODE_NETWORK = 1n;
export const NODE_WITNESS = 8n;
export const NODE_NETWORK_LIMITED = 1024n;
export const SERVICE_NAMES: ReadonlyMap<bigint, string> = new Map([
  [1n, 'NETWORK'], [4n, 'BLOOM'], [8n, 'WITNESS'], [64n, 'COMPACT_FILTERS'], [1024n, 'NETWORK_LIMITED'], [2048n, 'P2P_V2'],
]);

export const INV_TX = 1;
export const INV_BLOCK = 2;
export const INV_CMPCT_BLOCK = 4;
export const INV_WTX = 5;
export const INV_WITNESS_FLAG = 0x40000000;
export const MAX_INV_SIZE = 50_000;
export const MAX_HEADERS_RESULTS = 2000;
export const MAX_LOCATOR_SIZE = 101;
const MAX_SUBVERSION = 256;

export interface VersionMessage {
  readonly version: number;
  readonly services: bigint;
  /** Unix seconds. */
  readonly time: number;
  readonly nonce: bigint;
  readonly subversion: string;
  readonly startHeight: number;
  readonly relay: boolean;
  /** Our address as the peer sees it, `address:port`. */
  readonly addrLocal: string;
}

function writeAddress(w: Writer, services: bigint, address: string, port: number): void {
  w.u64(services).bytes(addressBytes(address) ?? new Uint8Array(16)).u16be(port);
}

export function encodeVersion(m: Omit<VersionMessage, 'addrLocal'> & { readonly toAddress: string; readonly toPort: number }): Uint8Array {
  const w = new Writer(128).i32(m.version).u64(m.services).i64(BigInt(m.time));
  writeAddress(w, 0n, m.toAddress, m.toPort);
  writeAddress(w, m.services, '::', 0);
  return w.u64(m.nonce).varString(m.subversion).i32(m.startHeight).u8(m.relay ? 1 : 0).finish();
}

/** @throws MalformedData */
export function decodeVersion(payload: Uint8Array): VersionMessage {
  const r = new Reader(payload);
  const version = r.i32();
  const services = r.u64();
  const time = Number(r.i64());
  r.skip(8);
  const address = addressText(r.bytes(16));
  const port = r.u16be();
  let nonce = 1n;
  let subversion = '';
  let startHeight = -1;
  let relay = true;
  if (!r.done) {
    r.skip(26);
    nonce = r.u64();
  }
  if (!r.done) subversion = r.varString(MAX_SUBVERSION);
  if (!r.done) startHeight = r.i32();
  if (!r.done) relay = r.u8() !== 0;
  return { version, services, time, nonce, subversion, startHeight, relay, addrLocal: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}` };
}

export interface InvItem { readonly type: number; readonly hash: Uint8Array }

/** @throws MalformedData (also for more than 50,000) */
export function decodeInv(payload: Uint8Array): InvItem[] {
  const r = new Reader(payload);
  const count = r.compactSize();
  if (count > MAX_INV_SIZE) throw new TooMany(count);
  const out: InvItem[] = [];
  for (let i = 0; i < count; i++) out.push({ type: r.u32(), hash: r.hash() });
  return out;
}

/** A list longer than its message may hold: misbehaviour. */
export class TooMany extends MalformedData {
  readonly count: number;
  constructor(count: number) {
    super(`message size = ${count}`);
    this.count = count;
  }
}

export function encodeInv(items: readonly InvItem[]): Uint8Array {
  const w = new Writer(9 + items.length * 36).compactSize(items.length);
  for (const { type, hash } of items) w.u32(type).bytes(hash);
  return w.finish();
}

export interface Locator { readonly hashes: readonly Uint8Array[]; readonly stop: Uint8Array }

export function decodeLocator(payload: Uint8Array): Locator {
  const r = new Reader(payload);
  r.skip(4);
  const count = r.compactSize();
  const hashes: Uint8Array[] = [];
  for (let i = 0; i < count; i++) hashes.push(r.hash());
  return { hashes, stop: r.hash() };
}

export function encodeLocator(version: number, hashes: readonly Uint8Array[], stop: Uint8Array = new Uint8Array(32)): Uint8Array {
  const w = new Writer(40 + hashes.length * 32).u32(version).compactSize(hashes.length);
  for (const hash of hashes) w.bytes(hash);
  return w.bytes(stop).finish();
}

export function encodeHeaders(headers: readonly BlockHeader[]): Uint8Array {
  const w = new Writer(9 + headers.length * 81).compactSize(headers.length);
  for (const header of headers) {
    header.writeFull(w);
    w.u8(0);
  }
  return w.finish();
}

export function decodeHeaders(payload: Uint8Array): BlockHeader[] {
  const r = new Reader(payload);
  const count = r.compactSize();
  if (count > MAX_HEADERS_RESULTS) throw new TooMany(count);
  const out: BlockHeader[] = [];
  for (let i = 0; i < count; i++) {
    out.push(readHeader(r));
    r.compactSize();
  }
  return out;
}

export function encodeU64(n: bigint): Uint8Array { return new Writer(8).u64(n).finish(); }
export function encodeSendCmpct(announce: boolean, version: bigint): Uint8Array { return new Writer(9).u8(announce ? 1 : 0).u64(version).finish(); }
/** feefilter's payload: sat/kvB. */
export function encodeFee(sat: number): Uint8Array { return new Writer(8).i64(BigInt(sat)).finish(); }
