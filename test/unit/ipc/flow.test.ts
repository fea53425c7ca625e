import { describe, expect, it } from '@jest/globals';
import { Line, Window } from '../../../src/ipc/flow.ts';
import { Fifo } from '../../../src/util/fifo.ts';
import { RunQueue } from '../../../src/util/run-queue.ts';

describe('a window', () => {
  it('is closed until it is opened', () => {
    const window = new Window(0, 0);
    expect(window.isOpen).toBe(false);
    expect(window.hasRoom(1)).toBe(false);
    window.open(10, 1);
    expect(window.hasRoom(1)).toBe(true);
  });

  it('holds so many bytes and pieces, and one larger piece alone', () => {
    const window = new Window(100, 3);
    expect(window.hasRoom(1000)).toBe(true);
    window.take(60);
    expect(window.hasRoom(40)).toBe(true);
    expect(window.hasRoom(41)).toBe(false);
    window.take(20);
    window.take(20);
    expect(window.hasRoom(0)).toBe(false);
    window.give(60);
    expect(window.hasRoom(60)).toBe(true);
    expect([window.bytes, window.count]).toEqual([40, 2]);
  });

  it('tells a receiver what was overrun', () => {
    const window = new Window(100, 2);
    window.take(500);
    expect(window.overrun).toBeNull();
    window.take(1);
    expect(window.overrun).toBe('bytes');
    window.give(500);
    expect(window.overrun).toBeNull();
    window.take(1);
    window.take(1);
    expect(window.overrun).toBe('count');
  });
});

describe('a line', () => {
  it('enters one after the other', () => {
    const line = new Line<string>();
    expect([line.enter('a'), line.enter('b'), line.enter('c')]).toEqual([true, false, false]);
    expect(line.remove('b')).toBe(true);
    expect(line.leave()).toBe('c');
    expect(line.leave()).toBeUndefined();
    expect(line.enter('d')).toBe(true);
  });
});

/**
 * Two ends with a fake clock: each has 2,000 calls for the other, and each call, while it runs, calls back three deep. Without
 * the rule that nested calls need neither room nor a place this stands still, with every figure of the limits.
 */
function simulate(window: number, running: number, nestedAreFree: boolean): { done: number; most: number } {
  let done = 0;
  let most = 0;
  const turns: (() => void)[] = [];
  const ends = [0, 1].map(() => {
    const room = new Window(Number.MAX_SAFE_INTEGER, window);
    const waiting = new Fifo<() => void>();
    const places = new RunQueue<() => void>(running, (run) => turns.push(run));
    return { room, waiting, places };
  });
  const call = (from: number, depth: number, then: () => void): void => {
    const near = ends[from] as (typeof ends)[number];
    const far = ends[1 - from] as (typeof ends)[number];
    const free = depth > 0 && nestedAreFree;
    const body = (finish: () => void): void => {
      if (depth === 3) finish();
      else call(1 - from, depth + 1, finish);
    };
    if (free) {
      turns.push(() => body(then));
      return;
    }
    const send = (): void => {
      near.room.take(1);
      far.places.add(() => {
        most = Math.max(most, far.places.active);
        body(() => {
          far.places.done();
          near.room.give(1);
          if (near.room.hasRoom(1)) near.waiting.shift()?.();
          then();
        });
      });
    };
    if (near.room.hasRoom(1)) send();
    else near.waiting.push(send);
  };
  for (const from of [0, 1]) for (let i = 0; i < 2000; i++) call(from, 0, () => { done++; });
  for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) turn();
  return { done, most };
}

describe('two ends that flood each other with calls that call back', () => {
  it.each([256, 64, 1])('both get everything done with %i running', (running) => {
    const { done, most } = simulate(200, running, true);
    expect(done).toBe(4000);
    expect(most).toBeLessThanOrEqual(running);
  });

  it('would stand still if nested calls needed room', () => {
    expect(simulate(200, 256, false).done).toBeLessThan(4000);
  });
});
