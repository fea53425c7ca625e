/**
 * Greatest-weight closed sets by maximum flow (Picard 1976): a set of nodes that holds every parent of its members.
 * The graph is small (a cluster), so the plain level-graph algorithm of Dinic does.
 */
export class ClosureNetwork {
  private readonly n: number;
  private readonly source: number;
  private readonly sink: number;
  private readonly head: Int32Array;
  private readonly next: number[] = [];
  private readonly to: number[] = [];
  private readonly capacity: number[] = [];
  private readonly level: Int32Array;
  private readonly cursor: Int32Array;

  /** @param parents positions of each node's parents */
  constructor(weights: readonly number[], parents: readonly (readonly number[])[]) {
    this.n = weights.length;
    this.source = this.n;
    this.sink = this.n + 1;
    this.head = new Int32Array(this.n + 2).fill(-1);
    this.level = new Int32Array(this.n + 2);
    this.cursor = new Int32Array(this.n + 2);
    weights.forEach((weight, i) => {
      if (weight > 0) this.edge(this.source, i, weight);
      else if (weight < 0) this.edge(i, this.sink, -weight);
      for (const parent of parents[i] ?? []) this.edge(i, parent, Infinity);
    });
    while (this.layer()) {
      this.cursor.set(this.head);
      while (this.push(this.source, Infinity) > 0);
    }
  }

  private edge(from: number, to: number, capacity: number): void {
    for (const [a, b, c] of [[from, to, capacity], [to, from, 0]] as const) {
      this.to.push(b);
      this.capacity.push(c);
      this.next.push(this.head[a] as number);
      this.head[a] = this.to.length - 1;
    }
  }

  private layer(): boolean {
    this.level.fill(-1);
    this.level[this.source] = 0;
    const queue = [this.source];
    for (const at of queue) {
      for (let e = this.head[at] as number; e >= 0; e = this.next[e] as number) {
        const to = this.to[e] as number;
        if ((this.capacity[e] as number) <= 0 || (this.level[to] as number) >= 0) continue;
        this.level[to] = (this.level[at] as number) + 1;
        queue.push(to);
      }
    }
    return (this.level[this.sink] as number) >= 0;
  }

  private push(at: number, limit: number): number {
    if (at === this.sink) return limit;
    for (let e = this.cursor[at] as number; e >= 0; e = this.next[e] as number) {
      this.cursor[at] = e;
      const to = this.to[e] as number;
      const room = this.capacity[e] as number;
      if (room <= 0 || this.level[to] !== (this.level[at] as number) + 1) continue;
      const sent = this.push(to, Math.min(limit, room));
      if (sent <= 0) continue;
      this.capacity[e] = room - sent;
      this.capacity[e ^ 1] = (this.capacity[e ^ 1] as number) + sent;
      return sent;
    }
    this.cursor[at] = -1;
    return 0;
  }

  private reachable(from: number): number[] {
    const seen = new Uint8Array(this.n + 2);
    seen[from] = 1;
    const queue = [from];
    for (const at of queue) {
      for (let e = this.head[at] as number; e >= 0; e = this.next[e] as number) {
        const to = this.to[e] as number;
        if ((this.capacity[e] as number) <= 0 || seen[to] === 1) continue;
        seen[to] = 1;
        queue.push(to);
      }
    }
    return queue;
  }

  /** The smallest closed set of greatest weight: empty where none has a positive weight. */
  best(): number[] {
    return this.reachable(this.source).filter((i) => i < this.n);
  }

  /** Where the greatest weight is 0: the smallest closed set, not empty, that has it. `prefer` settles ties. */
  smallestZero(prefer: (a: number, b: number) => number): number[] {
    let best: number[] = [];
    for (let i = 0; i < this.n; i++) {
      const set = this.reachable(i);
      if (set.includes(this.sink)) continue;
      const own = set.filter((at) => at < this.n);
      if (best.length === 0 || own.length < best.length || (own.length === best.length && prefer(i, best[0] as number) < 0)) best = own;
    }
    return best;
  }
}
