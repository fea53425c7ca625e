import type { Reader } from '../util/reader.ts';
import { Writer } from '../util/writer.ts';
import { compressAmount, decompressAmount, readScript, writeScript } from './compressor.ts';
import type { Coin } from './types.ts';

/** Kind of record, first byte of the key. */
export const COIN_PREFIX = 0x43; // 'C'

/** Writes amount and script as coins and undo records have them. */
export function writeTxOutCompressed(w: Writer, coin: Coin): void {
  w.varInt(compressAmount(coin.value));
  writeScript(w, coin.scriptPubKey);
}

/** Key of a coin in the database. @param txid network order */
export function coinKey(txid: Uint8Array, vout: number): Uint8Array {
  const w = new Writer(40);
  return w.u8(COIN_PREFIX).bytes(txid).varInt(vout).finish();
}

/** Value of a coin in the database, before obfuscation. */
export function encodeCoin(coin: Coin): Uint8Array {
  const w = new Writer(64);
  w.varInt(coin.height * 2 + (coin.coinbase ? 1 : 0));
  writeTxOutCompressed(w, coin);
  return w.finish();
}

/** @throws MalformedData */
export function readCoin(r: Reader): Coin {
  const code = r.varInt();
  const value = decompressAmount(r.varInt());
  return { height: Math.floor(code / 2), coinbase: (code & 1) !== 0, value, scriptPubKey: readScript(r) };
}
