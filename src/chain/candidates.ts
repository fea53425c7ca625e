import { compareCandidates, type BlockEntry } from './block-index.ts';

/** Blocks that may become the tip, worst first. An entry's order must not change while it is in here. */
export class Candidates {
  private readonly sorted: BlockEntry[] = [];

  get size(): number { return this.sorted.length; }
  get best(): BlockEntry | null { return this.sorted[this.sorted.length - 1] ?? null; }

  /** First place whose entry is not worse than `entry`. */
  private place(entry: BlockEntry): number {
    const { sorted } = this;
    // Nearly all arrive as the best.
    const last = this.best;
    if (last === null || compareCandidates(last, entry) < 0) return sorted.length;
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareCandidates(sorted[middle] as BlockEntry, entry) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  add(entry: BlockEntry): void {
    const at = this.place(entry);
    if (this.sorted[at] !== entry) this.sorted.splice(at, 0, entry);
  }

  delete(entry: BlockEntry): void {
    const at = this.place(entry);
    if (this.sorted[at] === entry) this.sorted.splice(at, 1);
  }

  /** Drops all that are worse than `tip`. */
  prune(tip: BlockEntry): void {
    const at = this.place(tip);
    if (at > 0) this.sorted.splice(0, at);
  }

  clear(): void {
    this.sorted.length = 0;
  }
}
