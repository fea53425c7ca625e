import { BlockHeader } from '../primitives/block.ts';
import { hashToHex } from '../util/bytes.ts';
import {
  BLOCK_FAILED_VALID, BLOCK_HAVE_DATA, BLOCK_HAVE_UNDO, BLOCK_VALID_MASK, type BlockIndex,
} from './types.ts';

/** Blocks of the chain that was active at the last stop win ties against all others. */
export const SEQUENCE_BEST_CHAIN_FROM_DISK = 0;
export const SEQUENCE_FROM_DISK = 1;

/** Blocks whose median gives the median time past. */
export const MEDIAN_TIME_SPAN = 11;

let nextOrdinal = 0;

/** One entry of the header tree. Outside of the chain it is seen as the read-only BlockIndex. */
export class BlockEntry implements BlockIndex {
  readonly hash: Uint8Array;
  readonly prev: BlockEntry | null;
  readonly height: number;
  readonly version: number;
  readonly merkleRoot: Uint8Array;
  readonly time: number;
  readonly bits: number;
  readonly nonce: number;
  readonly chainWork: bigint;
  readonly timeMax: number;
  /** Last resort in ties: order of creation. */
  readonly ordinal: number;
  status = 0;
  txCount = 0;
  chainTxCount = 0;
  sequenceId = SEQUENCE_FROM_DISK;
  /** Where block and undo data lie; meaningful with the status bits only. */
  file = 0;
  dataPos = 0;
  undoPos = 0;
  private readonly skip: BlockEntry | null;
  private cachedHex: string | undefined;
  private cachedMedian = -1;

  /** @param work proof of work of this block alone */
  constructor(hash: Uint8Array, header: BlockHeader, prev: BlockEntry | null, work: bigint) {
    this.hash = hash;
    this.prev = prev;
    this.version = header.version;
    this.merkleRoot = header.merkleRoot;
    this.time = header.time;
    this.bits = header.bits;
    this.nonce = header.nonce;
    this.ordinal = nextOrdinal++;
    if (prev === null) {
      this.height = 0;
      this.chainWork = work;
      this.timeMax = header.time;
      this.skip = null;
    } else {
      this.height = prev.height + 1;
      this.chainWork = prev.chainWork + work;
      this.timeMax = Math.max(prev.timeMax, header.time);
      this.skip = prev.ancestor(skipHeight(this.height));
    }
  }

  get hashHex(): string { return (this.cachedHex ??= hashToHex(this.hash)); }
  get haveData(): boolean { return (this.status & BLOCK_HAVE_DATA) !== 0; }
  get haveUndo(): boolean { return (this.status & BLOCK_HAVE_UNDO) !== 0; }
  get failed(): boolean { return (this.status & BLOCK_FAILED_VALID) !== 0; }

  /** True where it was checked up to `level` (BLOCK_VALID_...) and has not been found invalid. */
  isValid(level: number): boolean {
    return !this.failed && (this.status & BLOCK_VALID_MASK) >= level;
  }

  /** Raises the level of validity; false where it already was there, or the block is invalid. */
  raiseValidity(level: number): boolean {
    if (this.failed || (this.status & BLOCK_VALID_MASK) >= level) return false;
    this.status = (this.status & ~BLOCK_VALID_MASK) | level;
    return true;
  }

  get medianTimePast(): number {
    if (this.cachedMedian < 0) {
      const times: number[] = [];
      for (let i: BlockEntry | null = this; i !== null && times.length < MEDIAN_TIME_SPAN; i = i.prev) times.push(i.time);
      times.sort((a, b) => a - b);
      this.cachedMedian = times[times.length >> 1] as number;
    }
    return this.cachedMedian;
  }

  ancestor(height: number): BlockEntry | null {
    if (height > this.height || height < 0) return null;
    let walk: BlockEntry = this;
    while (walk.height > height) {
      const jump = walk.skip;
      const jumpHeight = skipHeight(walk.height);
      const beforeHeight = skipHeight(walk.height - 1);
      // Take the long way only where the step before it would not jump farther and still not too far.
      if (jump !== null && (jumpHeight === height || (jumpHeight > height && !(beforeHeight < jumpHeight - 2 && beforeHeight >= height)))) {
        walk = jump;
      } else {
        if (walk.prev === null) return null;
        walk = walk.prev;
      }
    }
    return walk;
  }

  header(): BlockHeader {
    return new BlockHeader({
      version: this.version,
      prevHash: this.prev === null ? new Uint8Array(32) : this.prev.hash,
      merkleRoot: this.merkleRoot,
      time: this.time,
      bits: this.bits,
      nonce: this.nonce,
    });
  }
}

/** `n` without its lowest set bit. */
function clearLowestBit(n: number): number {
  return n & (n - 1);
}

/** Height to which an entry's skip pointer goes: any lower one would do, this one keeps walks logarithmic. */
function skipHeight(height: number): number {
  if (height < 2) return 0;
  return (height & 1) !== 0 ? clearLowestBit(clearLowestBit(height - 1)) + 1 : clearLowestBit(height);
}

/** Last block that both branches share. */
export function lastCommonAncestor<T extends BlockIndex>(first: T, second: T): T | null {
  let a = first.ancestor(Math.min(first.height, second.height));
  let b = second.ancestor(Math.min(first.height, second.height));
  while (a !== b && a !== null && b !== null) {
    a = a.prev;
    b = b.prev;
  }
  return a as T | null;
}

/**
 * Order of preference as the tip: negative where `a` is worse than `b`. Most work, then first to arrive, then first made.
 */
export function compareCandidates(a: BlockEntry, b: BlockEntry): number {
  if (a.chainWork !== b.chainWork) return a.chainWork < b.chainWork ? -1 : 1;
  if (a.sequenceId !== b.sequenceId) return a.sequenceId > b.sequenceId ? -1 : 1;
  return b.ordinal - a.ordinal;
}

/** Heights of a block locator from `height` down: ten in a row, then ever larger steps. */
export function locatorHeights(height: number): number[] {
  const heights: number[] = [];
  let step = 1;
  for (let at = height; ;) {
    heights.push(at);
    if (at === 0) return heights;
    at = Math.max(at - step, 0);
    if (heights.length > 10) step *= 2;
  }
}
