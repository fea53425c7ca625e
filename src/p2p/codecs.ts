import { addressText } from '../net/net-address.ts';
import type { Block } from '../primitives/block.ts';
import { writeTransaction } from '../primitives/transaction.ts';
import { hashToHex } from '../util/bytes.ts';
import { Reader } from '../util/reader.ts';
import { Writer } from '../util/writer.ts';
import { INV_BLOCK, INV_CMPCT_BLOCK, INV_TX, INV_WITNESS_FLAG, INV_WTX, type InvItem, TooMany } from './messages.ts';

/** Addresses that one addr or addrv2 message may carry. */
export const MAX_ADDR_TO_SEND = 1000;
/** Sub-versions are cut down to these characters before they are shown. */
const UNSAFE = /[^A-Za-z0-9 .,;\-_/:?@()]/g;

/** `text` without characters that could do harm in a log or a JSON answer. */
export function sanitize(text: string): string { return text.replace(UNSAFE, ''); }

const INV_NAMES: ReadonlyMap<number, string> = new Map([
  [INV_TX, 'tx'], [INV_BLOCK, 'block'], [3, 'merkleblock'], [INV_CMPCT_BLOCK, 'cmpctblock'], [INV_WTX, 'wtx'],
]);

/** An inventory item as logs print it. */
export function invText(item: InvItem): string {
  const base = (item.type & ~INV_WITNESS_FLAG) >>> 0;
  const name = INV_NAMES.get(base);
  const witness = (item.type & INV_WITNESS_FLAG) !== 0 ? 'witness-' : '';
  return name === undefined ? `0x${(item.type >>> 0).toString(16).padStart(8, '0')} ${hashToHex(item.hash)}` : `${witness}${name} ${hashToHex(item.hash)}`;
}

export interface PeerAddress {
  /** Unix seconds. */
  readonly time: number;
  readonly services: bigint;
  /** '' for networks whose addresses this node does not use. */
  readonly host: string;
  readonly port: number;
}

/** @throws MalformedData (TooMany above 1000) */
export function decodeAddr(payload: Uint8Array): PeerAddress[] {
  const r = new Reader(payload);
  const count = r.compactSize();
  if (count > MAX_ADDR_TO_SEND) throw new TooMany(count);
  const out: PeerAddress[] = [];
  for (let i = 0; i < count; i++) out.push({ time: r.u32(), services: r.u64(), host: addressText(r.bytes(16)), port: r.u16be() });
  return out;
}

/** BIP 155. @throws MalformedData (TooMany above 1000) */
export function decodeAddrV2(payload: Uint8Array): PeerAddress[] {
  const r = new Reader(payload);
  const count = r.compactSize();
  if (count > MAX_ADDR_TO_SEND) throw new TooMany(count);
  const out: PeerAddress[] = [];
  for (let i = 0; i < count; i++) {
    const time = r.u32();
    const services = BigInt(r.compactSize(Number.MAX_SAFE_INTEGER));
    const network = r.u8();
    const bytes = r.varBytes(512);
    const port = r.u16be();
    const host = network === 1 && bytes.length === 4 ? [...bytes].join('.') : network === 2 && bytes.length === 16 ? addressText(bytes) : '';
    out.push({ time, services, host, port });
  }
  return out;
}

export interface SendCmpct { readonly announce: boolean; readonly version: bigint }

/** @throws MalformedData */
export function decodeSendCmpct(payload: Uint8Array): SendCmpct & { readonly rawAnnounce: number } {
  const r = new Reader(payload);
  const rawAnnounce = r.u8();
  return { rawAnnounce, announce: rawAnnounce !== 0, version: r.u64() };
}

/** Block and places in it that a peer asks for (BIP 152: differences, made absolute here). @throws MalformedData */
export function decodeGetBlockTxn(payload: Uint8Array): { readonly blockHash: Uint8Array; readonly indexes: readonly number[] } {
  const r = new Reader(payload);
  const blockHash = r.hash();
  const count = r.compactSize();
  const indexes: number[] = [];
  let next = 0;
  for (let i = 0; i < count; i++) {
    next += r.compactSize(0xffff);
    indexes.push(next);
    next += 1;
  }
  return { blockHash, indexes };
}

/** Answer to getblocktxn. `indexes` must be within the block. */
export function encodeBlockTxn(block: Block, indexes: readonly number[]): Uint8Array {
  const w = new Writer(1024).bytes(block.hash).compactSize(indexes.length);
  for (const i of indexes) {
    const tx = block.txs[i];
    if (tx !== undefined) writeTransaction(w, tx, true);
  }
  return w.finish();
}
