import { compareFeerate, type FeeFrac } from '../policy/feerate.ts';
import { compareBytes } from '../util/bytes.ts';
import type { Entry } from './entry.ts';
import { linearize } from './linearize.ts';

/** Transactions that are mined together, parents first; `size` in weight units (adjusted for signature operations). */
export interface Chunk extends FeeFrac {
  readonly entries: readonly Entry[];
}

/** Transactions connected by spending. Its order is worked out when it is first asked for. */
export class Cluster {
  readonly entries: readonly Entry[];
  readonly id: number;
  private cached: readonly Chunk[] | null = null;

  constructor(entries: readonly Entry[], id: number) {
    this.entries = entries;
    this.id = id;
  }

  get weight(): number {
    let sum = 0;
    for (const entry of this.entries) sum += entry.adjustedWeight;
    return sum;
  }

  /** In falling order of feerate. */
  get chunks(): readonly Chunk[] {
    return (this.cached ??= chunksOf(this.entries, (entry) => entry.parents));
  }

  /** A fee changed. */
  invalidate(): void {
    this.cached = null;
  }
}

/** Chunks of a group of entries whose parents inside it `parentsOf` gives. */
export function chunksOf(entries: readonly Entry[], parentsOf: (entry: Entry) => Iterable<Entry>): Chunk[] {
  const [only] = entries;
  if (entries.length === 1 && only !== undefined) return [{ fee: only.modifiedFee, size: only.adjustedWeight, entries }];
  const position = new Map(entries.map((entry, i) => [entry, i]));
  const nodes = entries.map((entry) => {
    const parents: number[] = [];
    for (const parent of parentsOf(entry)) {
      const at = position.get(parent);
      if (at !== undefined) parents.push(at);
    }
    return { fee: entry.modifiedFee, size: entry.adjustedWeight, parents };
  });
  const prefer = (a: number, b: number): number => {
    const ea = entries[a] as Entry;
    const eb = entries[b] as Entry;
    return ea.adjustedWeight - eb.adjustedWeight || compareBytes(ea.tx.txid, eb.tx.txid);
  };
  return linearize(nodes, prefer).map(({ fee, size, members }) => ({ fee, size, entries: members.map((i) => entries[i] as Entry) }));
}

/** Splits entries into groups that spending connects. */
export function componentsOf(entries: readonly Entry[], parentsOf: (entry: Entry) => Iterable<Entry>): Entry[][] {
  const root = new Map<Entry, Entry>(entries.map((entry) => [entry, entry]));
  const find = (entry: Entry): Entry => {
    let at = entry;
    for (let up = root.get(at) as Entry; up !== at; up = root.get(at) as Entry) at = up;
    root.set(entry, at);
    return at;
  };
  for (const entry of entries) {
    for (const parent of parentsOf(entry)) if (root.has(parent)) root.set(find(entry), find(parent));
  }
  const groups = new Map<Entry, Entry[]>();
  for (const entry of entries) {
    const top = find(entry);
    const group = groups.get(top);
    if (group === undefined) groups.set(top, [entry]);
    else group.push(entry);
  }
  return [...groups.values()];
}

/** Order in which templates take chunks: best feerate first; where equal, cluster by cluster (a stable sort keeps a cluster's own order). */
export function compareChunkOrder(a: Chunk, b: Chunk, aCluster: number, bCluster: number): number {
  return compareFeerate(b, a) || aCluster - bCluster;
}
