import { describe, expect, it } from '@jest/globals';
import { Fifo } from '../../../src/util/fifo.ts';
import { RunQueue } from '../../../src/util/run-queue.ts';

describe('what waits', () => {
  it('comes out in its order, however much there is', () => {
    const fifo = new Fifo<number>();
    let next = 0;
    for (let i = 0; i < 10_000; i++) {
      fifo.push(i);
      if (i % 3 === 2) expect(fifo.shift()).toBe(next++);
    }
    expect(fifo.size).toBe(10_000 - next);
    expect(fifo.remove(next + 1)).toBe(true);
    expect(fifo.remove(0)).toBe(false);
    expect([fifo.shift(), fifo.shift(), fifo.first]).toEqual([next, next + 2, next + 3]);
    fifo.clear();
    expect(fifo.shift()).toBeUndefined();
  });

  it('runs so many at once, in order, and nothing while paused', () => {
    const started: number[] = [];
    const queue = new RunQueue<number>(2, (n) => { started.push(n); });
    expect([1, 2, 3, 4, 5].map((n) => queue.add(n))).toEqual([true, true, false, false, false]);
    expect(queue.remove(4)).toBe(true);
    queue.done();
    expect(started).toEqual([1, 2, 3]);
    queue.pause();
    queue.done();
    queue.done();
    expect([queue.active, queue.queued]).toEqual([0, 1]);
    expect(queue.add(6)).toBe(false);
    queue.resume();
    expect(started).toEqual([1, 2, 3, 5, 6]);
  });
});
