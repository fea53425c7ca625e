import { locatorHeights } from './block-index.ts';
import type { BlockEntry } from './block-index.ts';
import type { ActiveChain, BlockIndex } from './types.ts';

/** The best chain as an array by height. */
export class ActiveChainImpl implements ActiveChain {
  private chain: BlockEntry[] = [];

  get tip(): BlockEntry | null { return this.chain[this.chain.length - 1] ?? null; }
  get genesis(): BlockEntry | null { return this.chain[0] ?? null; }
  get height(): number { return this.chain.length - 1; }

  at(height: number): BlockEntry | null { return this.chain[height] ?? null; }

  contains(index: BlockIndex): boolean { return this.chain[index.height] === index; }

  next(index: BlockIndex): BlockEntry | null {
    return this.contains(index) ? this.at(index.height + 1) : null;
  }

  findFork(index: BlockIndex): BlockEntry | null {
    let walk: BlockIndex | null = index.height > this.height ? index.ancestor(this.height) : index;
    while (walk !== null && !this.contains(walk)) walk = walk.prev;
    return walk === null ? null : this.at(walk.height);
  }

  locator(index?: BlockIndex | null): Uint8Array[] {
    const top = index ?? this.tip;
    if (top === null) return [];
    const hashes: Uint8Array[] = [];
    for (const height of locatorHeights(top.height)) {
      // Inside the chain the array answers at once.
      const onChain = this.at(height);
      const entry = onChain !== null && this.contains(top) ? onChain : top.ancestor(height);
      if (entry !== null) hashes.push(entry.hash);
    }
    return hashes;
  }

  setTip(tip: BlockEntry | null): void {
    if (tip === null) {
      this.chain = [];
      return;
    }
    this.chain.length = Math.min(this.chain.length, tip.height + 1);
    const missing: BlockEntry[] = [];
    let walk: BlockEntry | null = tip;
    while (walk !== null && this.chain[walk.height] !== walk) {
      missing.push(walk);
      walk = walk.prev;
    }
    this.chain.length = walk === null ? 0 : walk.height + 1;
    for (let i = missing.length - 1; i >= 0; i--) this.chain.push(missing[i] as BlockEntry);
  }
}
