import { hashToHex, toKey } from '../util/bytes.ts';

/** Names one output of one transaction. `txid` is in network order. */
export interface OutPoint {
  readonly txid: Uint8Array;
  readonly vout: number;
}

/** The index that a coinbase input's null prevout carries. */
export const NULL_VOUT = 0xffffffff;

/** Map key of an outpoint: txid bytes and the index as 4 little-endian bytes, one character a byte. */
export function outPointKey(txid: Uint8Array, vout: number): string {
  return toKey(txid) + String.fromCharCode(vout & 0xff, (vout >>> 8) & 0xff, (vout >>> 16) & 0xff, vout >>> 24);
}

/** `txid:n` for messages, with the txid as users see it. */
export function outPointText(outpoint: OutPoint): string {
  return `${hashToHex(outpoint.txid)}:${outpoint.vout}`;
}
