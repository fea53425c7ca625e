import type { ConsensusParams } from '../params/chain-params.ts';

/** What the proof-of-work rules ask of a header in its chain. */
export interface HeaderNode {
  readonly height: number;
  readonly time: number;
  readonly bits: number;
  readonly prev: HeaderNode | null;
  ancestor(height: number): HeaderNode | null;
}

/** Target of a compact form, with what is wrong with it (sign, or more than 256 bits). */
export function decodeCompact(bits: number): { target: bigint; negative: boolean; overflow: boolean } {
  const size = bits >>> 24;
  let word = bits & 0x007fffff;
  let target: bigint;
  if (size <= 3) {
    word >>>= 8 * (3 - size);
    target = BigInt(word);
  } else {
    target = BigInt(word) << BigInt(8 * (size - 3));
  }
  return {
    target,
    negative: word !== 0 && (bits & 0x00800000) !== 0,
    overflow: word !== 0 && (size > 34 || (word > 0xff && size > 33) || (word > 0xffff && size > 32)),
  };
}

/** Compact form of a target. */
export function encodeCompact(target: bigint): number {
  let size = target === 0n ? 0 : Math.ceil(target.toString(2).length / 8);
  let word = size <= 3 ? Number(target) << (8 * (3 - size)) : Number(target >> BigInt(8 * (size - 3)));
  // The top bit is a sign: a word that has it set moves one byte down.
  if ((word & 0x00800000) !== 0) {
    word >>>= 8;
    size += 1;
  }
  return ((size << 24) | word) >>> 0;
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
  const interval = consensus.difficultyAdjustmentInterval;
  if ((last.height + 1) % interval !== 0) {
    if (!consensus.allowMinDifficultyBlocks) return last.bits;
    if (time > last.time + consensus.powTargetSpacing * 2) return limitBits;
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
  const timespan = clampTimespan(last.time - first.time, consensus);
  // BIP 94 starts from the period's first block, whose difficulty the rule for slow times never touches.
  const old = decodeCompact(consensus.enforceBip94 ? first.bits : last.bits).target;
  return scaleTarget(old, timespan, consensus);
}

function clampTimespan(seconds: number, consensus: ConsensusParams): number {
  const span = consensus.powTargetTimespan;
  return Math.min(Math.max(seconds, Math.floor(span / 4)), span * 4);
}

function scaleTarget(target: bigint, timespan: number, consensus: ConsensusParams): number {
  // 256-bit arithmetic: what runs over is lost, as it is in the reference.
  const scaled = BigInt.asUintN(256, target * BigInt(timespan)) / BigInt(consensus.powTargetTimespan);
  return encodeCompact(scaled > consensus.powLimit ? consensus.powLimit : scaled);
}

/** Whether difficulty may go from `oldBits` to `newBits` at `height`, whatever the times were: for headers without context. */
export function permittedDifficultyTransition(consensus: ConsensusParams, height: number, oldBits: number, newBits: number): boolean {
  if (consensus.allowMinDifficultyBlocks) return true;
  if (height % consensus.difficultyAdjustmentInterval !== 0) return oldBits === newBits;
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
