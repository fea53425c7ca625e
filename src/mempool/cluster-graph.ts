import { compareChunks, compareFeerate, type DiagramOrder } from '../policy/feerate.ts';
import { type Chunk, chunksOf, Cluster, compareChunkOrder, componentsOf } from './cluster.ts';
import { type Entry, reach } from './entry.ts';

export interface ClusterLimits {
  readonly count: number;
  /** Weight units. */
  readonly weight: number;
}

/** A change that is looked at before it is made: entries that leave, and entries that come with their parents. */
export interface GraphChange {
  readonly removed: ReadonlySet<Entry>;
  readonly added: ReadonlyMap<Entry, ReadonlySet<Entry>>;
}

/** Who spends from whom in the pool, in clusters. */
export class ClusterGraph {
  readonly limits: ClusterLimits;
  private readonly all = new Set<Cluster>();
  private nextId = 0;
  private order: readonly Chunk[] | null = null;

  constructor(limits: ClusterLimits) {
    this.limits = limits;
  }

  get clusters(): ReadonlySet<Cluster> { return this.all; }

  private touched(change: GraphChange): Set<Cluster> {
    const touched = new Set<Cluster>();
    const touch = (entry: Entry): void => { if (entry.cluster !== null) touched.add(entry.cluster); };
    for (const entry of change.removed) touch(entry);
    for (const parents of change.added.values()) for (const parent of parents) touch(parent);
    return touched;
  }

  /** The groups of entries that the change would leave in place of the clusters it touches. */
  private after(change: GraphChange, touched: ReadonlySet<Cluster>): { groups: Entry[][]; parentsOf: (entry: Entry) => Iterable<Entry> } {
    const entries = [...touched].flatMap((cluster) => cluster.entries.filter((entry) => !change.removed.has(entry)));
    entries.push(...change.added.keys());
    const parentsOf = (entry: Entry): Iterable<Entry> => change.added.get(entry) ?? entry.parents;
    return { groups: componentsOf(entries, parentsOf), parentsOf };
  }

  /** Whether the change keeps every cluster within the limits. */
  fits(change: GraphChange): boolean {
    return this.after(change, this.touched(change)).groups.every((group) => this.within(group));
  }

  private within(group: readonly Entry[]): boolean {
    if (group.length > this.limits.count) return false;
    let weight = 0;
    for (const entry of group) weight += entry.adjustedWeight;
    return weight <= this.limits.weight;
  }

  /** How the feerate diagram of the touched clusters after the change compares with the one before. */
  compare(change: GraphChange): DiagramOrder {
    const touched = this.touched(change);
    const { groups, parentsOf } = this.after(change, touched);
    const before = [...touched].flatMap((cluster) => cluster.chunks);
    const after = groups.flatMap((group) => chunksOf(group, parentsOf));
    const sorted = (chunks: readonly Chunk[]): Chunk[] => [...chunks].sort((a, b) => compareFeerate(b, a));
    return compareChunks(sorted(after), sorted(before));
  }

  /** Adds an entry below its parents. */
  add(entry: Entry, parents: Iterable<Entry>): void {
    const members: Entry[] = [entry];
    const joined = new Set<Cluster>();
    for (const parent of parents) {
      entry.parents.add(parent);
      parent.children.add(entry);
      if (parent.cluster !== null) joined.add(parent.cluster);
    }
    for (const cluster of joined) members.push(...cluster.entries);
    this.replace(joined, [members]);
  }

  /** Says that `child`, which is there already, spends from `parent`. */
  link(parent: Entry, child: Entry): void {
    parent.children.add(child);
    child.parents.add(parent);
    const joined = new Set([parent.cluster, child.cluster].filter((c) => c !== null));
    if (joined.size === 2) this.replace(joined, [[...joined].flatMap((c) => [...c.entries])]);
    else for (const cluster of joined) cluster.invalidate();
    this.order = null;
  }

  /** Takes entries out; what they connected may fall apart. */
  remove(removed: ReadonlySet<Entry>): void {
    const touched = new Set<Cluster>();
    for (const entry of removed) {
      if (entry.cluster !== null) touched.add(entry.cluster);
      for (const parent of entry.parents) parent.children.delete(entry);
      for (const child of entry.children) child.parents.delete(entry);
      entry.parents.clear();
      entry.children.clear();
      entry.cluster = null;
    }
    const left = [...touched].flatMap((cluster) => cluster.entries.filter((entry) => !removed.has(entry)));
    this.replace(touched, componentsOf(left, (entry) => entry.parents));
  }

  private replace(old: Iterable<Cluster>, groups: readonly (readonly Entry[])[]): void {
    for (const cluster of old) this.all.delete(cluster);
    for (const group of groups) {
      const cluster = new Cluster(group, this.nextId++);
      this.all.add(cluster);
      for (const entry of group) entry.cluster = cluster;
    }
    this.order = null;
  }

  /** A fee changed. */
  feeChanged(entry: Entry): void {
    entry.cluster?.invalidate();
    this.order = null;
  }

  /** All chunks in the order in which a template takes them. */
  chunks(): readonly Chunk[] {
    if (this.order === null) {
      const list: { chunk: Chunk; cluster: number }[] = [];
      for (const cluster of this.all) for (const chunk of cluster.chunks) list.push({ chunk, cluster: cluster.id });
      list.sort((a, b) => compareChunkOrder(a.chunk, b.chunk, a.cluster, b.cluster));
      this.order = list.map(({ chunk }) => chunk);
    }
    return this.order;
  }

  /** The chunk that would be mined last. */
  worst(): Chunk | null {
    let worst: Chunk | null = null;
    for (const cluster of this.all) {
      const last = cluster.chunks[cluster.chunks.length - 1];
      if (last !== undefined && (worst === null || compareFeerate(last, worst) < 0)) worst = last;
    }
    return worst;
  }

  /** Entries that have to go so that `entry`'s cluster keeps the limits: what would be mined last, and what spends from it. */
  excess(entry: Entry): Set<Entry> {
    const { cluster } = entry;
    const excess = new Set<Entry>();
    if (cluster === null || this.within(cluster.entries)) return excess;
    let count = 0;
    let weight = 0;
    for (const member of cluster.chunks.flatMap((chunk) => chunk.entries)) {
      if (excess.has(member)) continue;
      if (count + 1 <= this.limits.count && weight + member.adjustedWeight <= this.limits.weight) {
        count += 1;
        weight += member.adjustedWeight;
        continue;
      }
      excess.add(member);
      for (const descendant of reach(member, 'children')) excess.add(descendant);
    }
    return excess;
  }
}
