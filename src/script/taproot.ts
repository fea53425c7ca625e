import { xonlyAddTweak, xonlysAddTweaks } from '../crypto/secp256k1.ts';
import { concatBytes } from '../util/bytes.ts';
import { TAPROOT_LEAF_MASK, tapBranchHash, tapLeafHash, tapTweakHash } from './interpreter/verify-script.ts';

export const TAPROOT_MAX_DEPTH = 128;

export interface TapLeaf {
  readonly depth: number;
  readonly leafVersion: number;
  readonly script: Uint8Array;
}

/** A leaf with what its spend must show. */
export interface SpendableLeaf extends TapLeaf {
  readonly leafHash: Uint8Array;
  readonly controlBlock: Uint8Array;
}

/** A taproot output with all that is known of it. */
export interface TaprootOutput {
  readonly internalKey: Uint8Array;
  /** Null for a key path only output. */
  readonly merkleRoot: Uint8Array | null;
  readonly outputKey: Uint8Array;
  /** Parity of the output key's y. */
  readonly parity: number;
  readonly leaves: readonly SpendableLeaf[];
}

interface Node { readonly hash: Uint8Array; readonly depth: number; readonly leaves: { leaf: TapLeaf; hash: Uint8Array; path: Uint8Array[] }[] }

/** An output key (x only), and the parity of its y. */
export interface TweakedKey { readonly parity: number; readonly xonly: Uint8Array }

/** Output keys of internal keys (32 bytes) without leaves; null where one cannot be tweaked. */
export function tweakedKeys(internalKeys: readonly Uint8Array[]): (TweakedKey | null)[] {
  return xonlysAddTweaks(internalKeys, internalKeys.map((key) => tapTweakHash(key, null)));
}

/**
 * Builds the output of an internal key (32 bytes) and leaves in depth-first order.
 * @param tweaked the output key, where it is known already
 * @throws RangeError where the depths make no tree or the key cannot be tweaked
 */
export function buildTaproot(internalKey: Uint8Array, leaves: readonly TapLeaf[], tweaked: TweakedKey | null = null): TaprootOutput {
  const stack: Node[] = [];
  for (const leaf of leaves) {
    if (leaf.depth > TAPROOT_MAX_DEPTH) throw new RangeError('buildTaproot: too deep');
    const hash = tapLeafHash(leaf.leafVersion & TAPROOT_LEAF_MASK, leaf.script);
    stack.push({ hash, depth: leaf.depth, leaves: [{ leaf, hash, path: [] }] });
    for (;;) {
      const right = stack.at(-1);
      const left = stack.at(-2);
      if (right === undefined || left === undefined || left.depth !== right.depth || right.depth === 0) break;
      stack.length -= 2;
      for (const l of left.leaves) l.path.push(right.hash);
      for (const l of right.leaves) l.path.push(left.hash);
      stack.push({ hash: tapBranchHash(left.hash, right.hash), depth: right.depth - 1, leaves: [...left.leaves, ...right.leaves] });
    }
  }
  const root = stack[0];
  if (stack.length > 1 || (root !== undefined && root.depth !== 0)) throw new RangeError('buildTaproot: depths do not make a tree');
  const merkleRoot = root?.hash ?? null;
  const output = tweaked ?? xonlyAddTweak(internalKey, tapTweakHash(internalKey, merkleRoot));
  if (output === null) throw new RangeError('buildTaproot: the internal key cannot be tweaked');
  return {
    internalKey, merkleRoot, outputKey: output.xonly, parity: output.parity,
    leaves: (root?.leaves ?? []).map(({ leaf, hash, path }) => ({
      ...leaf, leafHash: hash, controlBlock: concatBytes(Uint8Array.of((leaf.leafVersion & TAPROOT_LEAF_MASK) | output.parity), internalKey, ...path),
    })),
  };
}
