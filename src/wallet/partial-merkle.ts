import { hash256 } from '../crypto/hash.ts';
import { BlockHeader } from '../primitives/block.ts';
import { concatBytes, equalBytes } from '../util/bytes.ts';
import { Reader } from '../util/reader.ts';

/** Smallest transaction: no block has more of them than fit its weight. */
const MAX_TRANSACTIONS = 4_000_000 / (60 * 4);

/** Transactions that a proof (BIP 37 merkle block) shows to be in a block; null where the proof is wrong. @throws MalformedData */
export function partialMerkleMatches(bytes: Uint8Array): { header: BlockHeader; matches: { txid: Uint8Array; position: number }[] } | null {
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
  return { header, matches };
}
