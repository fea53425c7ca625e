import { hash256 } from '../crypto/hash.ts';
import type { Block } from '../primitives/block.ts';
import { equalBytes } from '../util/bytes.ts';

/**
 * Merkle root of hashes (network order), and whether two equal hashes stood side by side where one level was paired:
 * such a list has the same root as a shorter one, so the block may be a mutation of a good one (CVE-2012-2459).
 */
export function merkleRoot(hashes: readonly Uint8Array[]): { root: Uint8Array; mutated: boolean } {
  if (hashes.length === 0) return { root: new Uint8Array(32), mutated: false };
  let level = [...hashes];
  let mutated = false;
  const pair = new Uint8Array(64);
  while (level.length > 1) {
    const next: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const left = level[i] as Uint8Array;
      const right = level[i + 1] ?? left;
      if (i + 1 < level.length && equalBytes(left, right)) mutated = true;
      pair.set(left);
      pair.set(right, 32);
      next.push(hash256(pair));
    }
    level = next;
  }
  return { root: level[0] as Uint8Array, mutated };
}

export function blockMerkleRoot(block: Block): { root: Uint8Array; mutated: boolean } {
  return merkleRoot(block.txs.map((tx) => tx.txid));
}

/** Root over wtxids, the coinbase's taken as zero (BIP 141). */
export function blockWitnessMerkleRoot(block: Block): Uint8Array {
  return merkleRoot(block.txs.map((tx, i) => (i === 0 ? new Uint8Array(32) : tx.wtxid))).root;
}

/** Hashes that lead from a leaf to the root, lowest first. */
export function merklePath(hashes: readonly Uint8Array[], position: number): Uint8Array[] {
  const path: Uint8Array[] = [];
  let level = [...hashes];
  for (let at = position; level.length > 1; at >>= 1) {
    const sibling = level[at ^ 1] ?? level[at];
    if (sibling === undefined) throw new RangeError(`merklePath: no leaf ${position}`);
    path.push(sibling);
    const next: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const pair = new Uint8Array(64);
      pair.set(level[i] as Uint8Array);
      pair.set(level[i + 1] ?? (level[i] as Uint8Array), 32);
      next.push(hash256(pair));
    }
    level = next;
  }
  return path;
}
