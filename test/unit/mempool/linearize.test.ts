import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chunk, linearize, type LinearizeNode } from '../../../src/mempool/linearize.ts';
import { compareChunks, compareFeerate } from '../../../src/policy/feerate.ts';

const byPosition = (a: number, b: number): number => a - b;

function* orders(nodes: readonly LinearizeNode[], done: number[] = []): Generator<number[]> {
  if (done.length === nodes.length) yield [...done];
  for (let i = 0; i < nodes.length; i++) {
    if (done.includes(i) || nodes[i]?.parents.some((p) => !done.includes(p)) === true) continue;
    done.push(i);
    yield* orders(nodes, done);
    done.pop();
  }
}

const cluster = (max: number): fc.Arbitrary<LinearizeNode[]> => fc.array(
  fc.record({ fee: fc.integer({ min: -20, max: 100 }), size: fc.integer({ min: 1, max: 20 }), mask: fc.integer({ min: 0, max: 0x7fffffff }) }), { minLength: 1, maxLength: max },
).map((raw) => raw.map(({ fee, size, mask }, i) => ({ fee, size, parents: [...Array(i).keys()].filter((p) => ((mask >>> p) & 3) === 3) })));

describe('linearize', () => {
  it('is at least as good as every order there is', () => {
    fc.assert(fc.property(cluster(6), (nodes) => {
      const found = linearize(nodes, byPosition);
      for (const order of orders(nodes)) expect(['better', 'equal']).toContain(compareChunks(found, chunk(nodes, order)));
    }), { numRuns: 200 });
  });

  it('puts parents first, everybody once, and chunks in falling order', () => {
    fc.assert(fc.property(cluster(30), (nodes) => {
      const chunks = linearize(nodes, byPosition);
      const order = chunks.flatMap((c) => c.members);
      expect([...order].sort(byPosition)).toEqual(nodes.map((_, i) => i));
      order.forEach((node, at) => { for (const p of nodes[node]?.parents ?? []) expect(order.indexOf(p)).toBeLessThan(at); });
      chunks.slice(1).forEach((c, i) => expect(compareFeerate(c, chunks[i] as { fee: number; size: number })).toBeLessThanOrEqual(0));
    }), { numRuns: 50 });
  });

  it('takes a cluster of 64 in little time', () => {
    const nodes = Array.from({ length: 64 }, (_, i) => ({ fee: (i * 7919) % 1000, size: 100 + ((i * 31) % 50), parents: i === 0 ? [] : [Math.floor((i - 1) / 2)] }));
    // Of the processor's time: others may want it, too, and a collection of garbage that falls into one of these is none of it.
    const times = Array.from({ length: 5 }, () => {
      const before = process.cpuUsage();
      linearize(nodes, byPosition);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    });
    expect(Math.min(...times)).toBeLessThan(500);
  });

  it('keeps parents that pay more out of their child\'s chunk', () => {
    expect(linearize([{ fee: 10, size: 1, parents: [] }, { fee: 1, size: 1, parents: [0] }], byPosition).map((c) => c.members)).toEqual([[0], [1]]);
    expect(linearize([{ fee: 1, size: 1, parents: [] }, { fee: 10, size: 1, parents: [0] }], byPosition).map((c) => c.members)).toEqual([[0, 1]]);
  });
});
