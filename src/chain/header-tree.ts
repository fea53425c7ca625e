import type { BlockHeader } from '../primitives/block.ts';
import { toKey } from '../util/bytes.ts';
import { BlockEntry, compareCandidates, SEQUENCE_FROM_DISK } from './block-index.ts';
import { BLOCK_FAILED_VALID, BLOCK_HAVE_DATA, BLOCK_HAVE_UNDO, BLOCK_VALID_MASK, BLOCK_VALID_TREE } from './types.ts';

/** All headers known, and which of them changed since they were last written. */
export class HeaderTree {
  private readonly byHash = new Map<string, BlockEntry>();
  private readonly proof: (bits: number) => bigint;
  /** Entries to write with the next batch. */
  dirty = new Set<BlockEntry>();
  /** Most work among those not known to be invalid. */
  bestHeader: BlockEntry | null = null;
  /** Most work among those known to be invalid. */
  bestInvalid: BlockEntry | null = null;
  /** Blocks with data whose ancestors lack theirs, by parent. */
  private readonly unlinked = new Map<BlockEntry, Set<BlockEntry>>();
  private nextSequence = SEQUENCE_FROM_DISK + 1;

  /** @param proof work that a compact target stands for */
  constructor(proof: (bits: number) => bigint) {
    this.proof = proof;
  }

  get size(): number { return this.byHash.size; }

  get(hash: Uint8Array): BlockEntry | undefined {
    return this.byHash.get(toKey(hash));
  }

  values(): IterableIterator<BlockEntry> {
    return this.byHash.values();
  }

  takeSequence(): number { return this.nextSequence++; }

  /** Adds a checked header; where it is known, that entry. The parent must be known, but for the first block. */
  add(header: BlockHeader): BlockEntry {
    const known = this.get(header.hash);
    if (known !== undefined) return known;
    const entry = this.insert(header.hash, header, this.get(header.prevHash) ?? null);
    entry.raiseValidity(BLOCK_VALID_TREE);
    if (this.bestHeader === null || this.bestHeader.chainWork < entry.chainWork) this.bestHeader = entry;
    this.dirty.add(entry);
    return entry;
  }

  /** Puts an entry into the tree as it is (from disk). */
  insert(hash: Uint8Array, header: BlockHeader, prev: BlockEntry | null): BlockEntry {
    const entry = new BlockEntry(hash, header, prev, this.proof(header.bits));
    this.byHash.set(toKey(hash), entry);
    return entry;
  }

  addUnlinked(entry: BlockEntry): void {
    if (entry.prev === null) return;
    const set = this.unlinked.get(entry.prev);
    if (set === undefined) this.unlinked.set(entry.prev, new Set([entry]));
    else set.add(entry);
  }

  /** Blocks that wait for `parent`; they wait no longer. */
  takeUnlinked(parent: BlockEntry): BlockEntry[] {
    const set = this.unlinked.get(parent);
    this.unlinked.delete(parent);
    return set === undefined ? [] : [...set];
  }

  /** Forgets that the data of `entry` is on disk (pruned, or lost in a power failure). */
  dropData(entry: BlockEntry): void {
    entry.status &= ~(BLOCK_HAVE_DATA | BLOCK_HAVE_UNDO);
    entry.file = 0;
    entry.dataPos = 0;
    entry.undoPos = 0;
    this.dirty.add(entry);
    if (entry.prev !== null) this.unlinked.get(entry.prev)?.delete(entry);
  }

  /** Like {@link dropData}, as though its transactions had never been seen. */
  forgetBlock(entry: BlockEntry): void {
    this.dropData(entry);
    entry.txCount = 0;
    entry.chainTxCount = 0;
    entry.status = (entry.status & ~BLOCK_VALID_MASK) | BLOCK_VALID_TREE;
  }

  /** Marks `entry` as invalid. */
  fail(entry: BlockEntry): void {
    entry.status |= BLOCK_FAILED_VALID;
    this.dirty.add(entry);
  }

  /** Marks all descendants of `ancestor` as invalid. */
  failDescendants(ancestor: BlockEntry): void {
    for (const entry of this.values()) {
      if (entry !== ancestor && entry.height > ancestor.height && !entry.failed && entry.ancestor(ancestor.height) === ancestor) this.fail(entry);
    }
  }

  noteInvalid(entry: BlockEntry): void {
    if (this.bestInvalid === null || entry.chainWork > this.bestInvalid.chainWork) this.bestInvalid = entry;
  }

  /** Finds the best header anew; `tip` where nothing has more work. */
  recomputeBestHeader(tip: BlockEntry | null): void {
    let best = tip;
    for (const entry of this.values()) {
      if (!entry.failed && (best === null || best.chainWork < entry.chainWork)) best = entry;
    }
    this.bestHeader = best;
  }

  /** Best header after a load: ties go by the order of candidates. */
  chooseBestHeader(): void {
    this.bestHeader = null;
    this.bestInvalid = null;
    for (const entry of this.values()) {
      if (entry.failed) this.noteInvalid(entry);
      else if (entry.isValid(BLOCK_VALID_TREE) && (this.bestHeader === null || compareCandidates(this.bestHeader, entry) < 0)) this.bestHeader = entry;
    }
  }

  /** Entries that nothing builds on. */
  leaves(): Set<BlockEntry> {
    const leaves = new Set<BlockEntry>(this.values());
    for (const entry of this.values()) if (entry.prev !== null) leaves.delete(entry.prev);
    return leaves;
  }
}
