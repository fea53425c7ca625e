import type { ConsensusParams } from '../params/chain-params.ts';
import { decodeCompact, encodeCompact } from './compact.ts';
import { clampedTimespan, intervalAfter, slowBlockGap } from './rules/spacing-change.ts';

/** What the proof-of-work rules ask of a header in its chain. */
export interface HeaderNode {
  /** Network order; a rule may ask for it. */
  readonly hash?: Uint8Array;
  readonly height: number;
  readonly time: number;
  readonly bits: number;
  readonly prev: HeaderNode | null;
  ancestor(height: number): HeaderNode | null;
}

/** Target of a header's bits; null where these are no target of this network. */
export function deriveTarget(bits: number, powLimit: bigint): bigint | null {
  const { target, negative, overflow } = decodeCompact(bits);
  return negative || overflow || target === 0n || target > powLimit ? null : target;
}

/** A hash (network order) as the number that is compared with a target. */
export function hashToNumber(hash: Uint8Array): bigint {
  const view = new DataView(hash.buffer, hash.byteOffset, 32);
  return (view.getBigUint64(24, true) << 192n) | (view.getBigUint64(16, true) << 128n) | (view.getBigUint64(8, true) << 64n) | view.getBigUint64(0, true);
}

/** Whether a hash (network order) meets a target, for many tries: most are told by their highest four bytes, the last ones. */
export function targetTest(target: bigint): (hash: Uint8Array) => boolean {
  const high = Number(target >> 224n);
  return (hash) => {
    const top = (((hash[31] as number) << 24) | ((hash[30] as number) << 16) | ((hash[29] as number) << 8) | (hash[28] as number)) >>> 0;
    return top < high || (top === high && hashToNumber(hash) <= target);
  };
}

/** Whether a block hash meets what its bits claim, and the claim is allowed on this network. */
export function checkProofOfWork(hash: Uint8Array, bits: number, consensus: ConsensusParams): boolean {
  const target = deriveTarget(bits, consensus.powLimit);
  return target !== null && hashToNumber(hash) <= target;
}

/** Expected number of hashes for a block of this difficulty. */
export function blockWork(bits: number): bigint {
  const { target, negative, overflow } = decodeCompact(bits);
  return negative || overflow || target === 0n ? 0n : (1n << 256n) / (target + 1n);
}

/** Bits that the block after `last` must have. `time` is that block's own time (for the rule of test networks). */
export function nextWorkRequired(last: HeaderNode, time: number, consensus: ConsensusParams): number {
  const limitBits = encodeCompact(consensus.powLimit);
  if (consensus.rules.easiestDifficulty === true) return limitBits;
  const interval = intervalAfter(last.height, consensus);
  if ((last.height + 1) % interval !== 0) {
    if (!consensus.allowMinDifficultyBlocks) return last.bits;
    if (time > last.time + slowBlockGap(consensus)) return limitBits;
    // The last block that was not mined under the rule for slow times.
    let index: HeaderNode = last;
    while (index.prev !== null && index.height % interval !== 0 && index.bits === limitBits) index = index.prev;
    return index.bits;
  }
  const first = last.ancestor(last.height - (interval - 1));
  if (first === null) throw new RangeError('nextWorkRequired: chain is shorter than a period');
  return calculateNextWork(last, first, consensus);
}

/** Bits after a whole period from `first` to `last`. */
export function calculateNextWork(last: HeaderNode, first: HeaderNode, consensus: ConsensusParams): number {
  if (consensus.noRetargeting) return last.bits;
  const timespan = clampedTimespan(last.time - first.time, last.height, consensus);
  // BIP 94 starts from the period's first block, whose difficulty the rule for slow times never touches.
  const old = decodeCompact(consensus.enforceBip94 ? first.bits : last.bits).target;
  return scaleTarget(old, timespan, consensus);
}

function scaleTarget(target: bigint, timespan: number, consensus: ConsensusParams): number {
  // 256-bit arithmetic: what runs over is lost, as it is in the reference.
  const scaled = BigInt.asUintN(256, target * BigInt(timespan)) / BigInt(consensus.powTargetTimespan);
  return encodeCompact(scaled > consensus.powLimit ? consensus.powLimit : scaled);
}

/** Whether difficulty may go from `oldBits` to `newBits` at `height`, whatever the times were: for headers without context. */
export function permittedDifficultyTransition(consensus: ConsensusParams, height: number, oldBits: number, newBits: number): boolean {
  if (consensus.allowMinDifficultyBlocks || consensus.rules.easiestDifficulty === true) return true;
  if (height % intervalAfter(height - 1, consensus) !== 0) return oldBits === newBits;
  const old = decodeCompact(oldBits).target;
  const observed = decodeCompact(newBits).target;
  const span = consensus.powTargetTimespan;
  const largest = decodeCompact(scaleTarget(old, span * 4, consensus)).target;
  const smallest = decodeCompact(scaleTarget(old, Math.floor(span / 4), consensus)).target;
  return observed <= largest && observed >= smallest;
}

/** Difficulty as users see it: how many times harder than the easiest target of the first network. */
export function difficulty(bits: number): number {
  let shift = (bits >>> 24) & 0xff;
  let result = 0x0000ffff / (bits & 0x00ffffff);
  for (; shift < 29; shift++) result *= 256;
  for (; shift > 29; shift--) result /= 256;
  return result;
}
