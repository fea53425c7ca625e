import { hash256 } from '../crypto/hash.ts';
import { type Block, BlockHeader } from '../primitives/block.ts';
import { concatBytes, equalBytes } from '../util/bytes.ts';
import { Reader } from '../util/reader.ts';
import { Writer } from '../util/writer.ts';

/** Smallest transaction: no block has more of them than fit its weight. */
const MAX_TRANSACTIONS = 4_000_000 / (60 * 4);

/** Transactions that a proof (BIP 37 merkle block) shows to be in a block; null where the proof is wrong. @throws MalformedData */
export function partialMerkleMatches(bytes: Uint8Array): { header: BlockHeader; txCount: number; matches: { txid: Uint8Array; position: number }[] } | null {
  const r = new Reader(bytes);
  const header = BlockHeader.read(r);
  const count = r.u32();
  const hashes: Uint8Array[] = [];
  for (let n = r.compactSize(); n > 0; n--) hashes.push(r.hash());
  const flags = r.varBytes();
  if (count === 0 || count > MAX_TRANSACTIONS || hashes.length > count || flags.length * 8 < hashes.length) return null;
  const width = (height: number): number => Math.ceil(count / 2 ** height);
  let height = 0;
  while (width(height) > 1) height += 1;
  let bit = 0;
  let used = 0;
  const matches: { txid: Uint8Array; position: number }[] = [];
  const walk = (level: number, position: number): Uint8Array | null => {
    if (bit >= flags.length * 8) return null;
    const flag = ((flags[bit >> 3] as number) >> (bit & 7)) & 1;
    bit += 1;
    if (level === 0 || flag === 0) {
      const hash = hashes[used];
      used += 1;
      if (hash === undefined) return null;
      if (level === 0 && flag === 1) matches.push({ txid: hash, position });
      return hash;
    }
    const left = walk(level - 1, position * 2);
    const right = position * 2 + 1 < width(level - 1) ? walk(level - 1, position * 2 + 1) : left;
    if (left === null || right === null) return null;
    // Two equal branches would let one transaction be proven at two places.
    if (right !== left && equalBytes(left, right)) return null;
    return hash256(concatBytes(left, right));
  };
  const root = walk(height, 0);
  if (root === null || Math.ceil(bit / 8) !== flags.length || used !== hashes.length || !equalBytes(root, header.merkleRoot)) return null;
  return { header, txCount: count, matches };
}

/** Proof (BIP 37 merkle block) that the transactions of a block for which `wanted` holds are in it. */
export function buildPartialMerkle(block: Block, wanted: (txid: Uint8Array) => boolean): Uint8Array {
  /** Hashes of each level, the transactions' first, and whether something wanted lies below. */
  const levels = [block.txs.map(({ txid }) => ({ hash: txid, isWanted: wanted(txid) }))];
  for (let level = levels[0] ?? []; level.length > 1; level = levels[levels.length - 1] ?? []) {
    const above: { hash: Uint8Array; isWanted: boolean }[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const left = level[i];
      if (left === undefined) break;
      const right = level[i + 1] ?? left;
      above.push({ hash: hash256(concatBytes(left.hash, right.hash)), isWanted: left.isWanted || right.isWanted });
    }
    levels.push(above);
  }
  const hashes: Uint8Array[] = [];
  const bits: boolean[] = [];
  const walk = (level: number, position: number): void => {
    const node = levels[level]?.[position];
    if (node === undefined) return;
    bits.push(node.isWanted);
    if (level === 0 || !node.isWanted) {
      hashes.push(node.hash);
      return;
    }
    walk(level - 1, position * 2);
    walk(level - 1, position * 2 + 1);
  };
  walk(levels.length - 1, 0);
  const flags = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, i) => { if (bit) flags[i >> 3] = (flags[i >> 3] as number) | (1 << (i & 7)); });
  const w = new Writer(200 + hashes.length * 32);
  block.header.write(w);
  w.u32(block.txs.length).compactSize(hashes.length);
  for (const hash of hashes) w.bytes(hash);
  return w.varBytes(flags).finish();
}
