import { compareFeerate, type FeeFrac } from '../policy/feerate.ts';
import { ClosureNetwork } from './closure.ts';

/** A transaction as linearization sees it: sizes in weight units, `parents` are positions in the list. */
export interface LinearizeNode {
  readonly fee: number;
  readonly size: number;
  readonly parents: readonly number[];
}

/** Transactions that are mined together. `members` in an order in which parents come first. */
export interface ChunkOf {
  readonly fee: number;
  readonly size: number;
  readonly members: readonly number[];
}

/** Above this many transactions a good order is enough: only a reorganisation makes such a cluster, and it is cut at once. */
const OPTIMAL_LIMIT = 100;

/**
 * Best order to mine a cluster in: chunks of falling feerate, each the set with the highest feerate among those that need
 * nothing but what came before, and of these the smallest. `prefer` settles ties between transactions.
 */
export function linearize(nodes: readonly LinearizeNode[], prefer: (a: number, b: number) => number): ChunkOf[] {
  const [only] = nodes;
  if (nodes.length === 1 && only !== undefined) return [{ fee: only.fee, size: only.size, members: [0] }];
  if (nodes.length > OPTIMAL_LIMIT) return chunk(nodes, greedyOrder(nodes, prefer));
  const chunks: ChunkOf[] = [];
  let left = nodes.map((_, i) => i);
  const done = new Set<number>();
  while (left.length > 0) {
    const members = bestSet(nodes, left, done, prefer);
    chunks.push({ ...sum(nodes, members), members: inOrder(nodes, members, done, prefer) });
    for (const i of members) done.add(i);
    left = left.filter((i) => !done.has(i));
  }
  return chunks;
}

function sum(nodes: readonly LinearizeNode[], members: readonly number[]): { fee: number; size: number } {
  let fee = 0;
  let size = 0;
  for (const i of members) {
    fee += nodes[i]?.fee ?? 0;
    size += nodes[i]?.size ?? 0;
  }
  return { fee, size };
}

/** The closed set of highest feerate by Dinkelbach's method: raise the rate until nothing is worth more than it. */
function bestSet(nodes: readonly LinearizeNode[], left: readonly number[], done: ReadonlySet<number>, prefer: (a: number, b: number) => number): number[] {
  const [only] = left;
  if (left.length === 1 && only !== undefined) return [only];
  const position = new Map(left.map((node, i) => [node, i]));
  const parents = left.map((node) => (nodes[node]?.parents ?? []).filter((p) => !done.has(p)).map((p) => position.get(p) as number));
  let current: readonly number[] = left;
  for (;;) {
    const rate = sum(nodes, current);
    const network = new ClosureNetwork(left.map((i) => excess(nodes[i], rate)), parents);
    const better = network.best().map((i) => left[i] as number);
    if (better.length > 0 && compareFeerate(sum(nodes, better), rate) > 0) {
      current = better;
      continue;
    }
    const smallest = network.smallestZero((a, b) => prefer(left[a] as number, left[b] as number)).map((i) => left[i] as number);
    return smallest.length > 0 && compareFeerate(sum(nodes, smallest), rate) >= 0 ? smallest : [...current];
  }
}

/** Fee above what `rate` asks for the node's size, times the rate's size. Beyond 2^53 it is a little off: an order that is not quite best. */
function excess(node: LinearizeNode | undefined, rate: FeeFrac): number {
  return node === undefined ? 0 : node.fee * rate.size - rate.fee * node.size;
}

function inOrder(nodes: readonly LinearizeNode[], members: readonly number[], done: ReadonlySet<number>, prefer: (a: number, b: number) => number): number[] {
  const left = new Set(members);
  const order: number[] = [];
  while (left.size > 0) {
    let next = -1;
    for (const i of left) {
      if ((nodes[i]?.parents ?? []).some((p) => left.has(p) && !done.has(p))) continue;
      if (next < 0 || better(nodes, i, next, prefer)) next = i;
    }
    if (next < 0) throw new RangeError('linearize: the transactions spend from each other in a circle');
    left.delete(next);
    order.push(next);
  }
  return order;
}

function better(nodes: readonly LinearizeNode[], a: number, b: number, prefer: (a: number, b: number) => number): boolean {
  const order = compareFeerate(nodes[a] as LinearizeNode, nodes[b] as LinearizeNode);
  return order !== 0 ? order > 0 : prefer(a, b) < 0;
}

function greedyOrder(nodes: readonly LinearizeNode[], prefer: (a: number, b: number) => number): number[] {
  return inOrder(nodes, nodes.map((_, i) => i), new Set(), prefer);
}

/** Chunks of a given order: what raises the feerate of what stands before it joins it. */
export function chunk(nodes: readonly LinearizeNode[], order: readonly number[]): ChunkOf[] {
  const chunks: { fee: number; size: number; members: number[] }[] = [];
  for (const i of order) {
    let last = { fee: nodes[i]?.fee ?? 0, size: nodes[i]?.size ?? 0, members: [i] };
    for (let before = chunks[chunks.length - 1]; before !== undefined && compareFeerate(last, before) > 0; before = chunks[chunks.length - 1]) {
      chunks.pop();
      last = { fee: before.fee + last.fee, size: before.size + last.size, members: [...before.members, ...last.members] };
    }
    chunks.push(last);
  }
  return chunks;
}
