import { hash256 } from '../crypto/hash.ts';
import { concatBytes } from '../util/bytes.ts';
import { MalformedData } from '../util/errors.ts';
import { Reader } from '../util/reader.ts';
import { Writer } from '../util/writer.ts';
import { writeTxOutCompressed } from './coin-codec.ts';
import { decompressAmount, readScript } from './compressor.ts';
import type { BlockUndo, Coin } from './types.ts';

/** The undo record of a block as it lies in a rev file. */
export function encodeUndo(undo: BlockUndo): Uint8Array {
  const w = new Writer(256);
  w.compactSize(undo.length);
  for (const coins of undo) {
    w.compactSize(coins.length);
    for (const coin of coins) {
      w.varInt(coin.height * 2 + (coin.coinbase ? 1 : 0));
      // One byte where old versions kept the transaction's version.
      if (coin.height > 0) w.u8(0);
      writeTxOutCompressed(w, coin);
    }
  }
  return w.finish();
}

/** @throws MalformedData where `bytes` is not exactly one undo record */
export function decodeUndo(bytes: Uint8Array): BlockUndo {
  const r = new Reader(bytes);
  const undo: Coin[][] = [];
  for (let n = r.compactSize(); n > 0; n--) {
    const coins: Coin[] = [];
    for (let m = r.compactSize(); m > 0; m--) {
      const code = r.varInt();
      const height = Math.floor(code / 2);
      if (height > 0) r.varInt();
      const value = decompressAmount(r.varInt());
      coins.push({ height, coinbase: (code & 1) !== 0, value, scriptPubKey: readScript(r) });
    }
    undo.push(coins);
  }
  if (!r.done) throw new MalformedData('undo record: unexpected extra data');
  return undo;
}

/** Checksum behind an undo record: it covers the hash of the block before, so that a record cannot serve another branch. */
export function undoChecksum(prevHash: Uint8Array, record: Uint8Array): Uint8Array {
  return hash256(concatBytes(prevHash, record));
}
