import v8 from 'node:v8';
import vm from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fuzzFrames, fuzzSequences } from '../../fuzz/ipc-fuzz.ts';
import { EveryImpl } from '../../interfaces/every-impl.ts';
import { close, connect, turns } from './support.ts';

// The long form is `npm run fuzz:ipc`.
const rejections: unknown[] = [];
const note = (reason: unknown): void => { rejections.push(reason); };
beforeAll(() => { process.on('unhandledRejection', note); });
afterAll(() => { process.off('unhandledRejection', note); });

/** A full collection, whatever flags the runner was started with. */
function collect(): void {
  v8.setFlagsFromString('--expose-gc');
  (vm.runInNewContext('gc') as () => void)();
}

describe('connections that have ended', () => {
  it('are collected, with their objects and what they served', async () => {
    const ends: WeakRef<object>[] = [];
    for (let i = 0; i < 20; i++) {
      const pair = await connect(new EveryImpl());
      const counter = await pair.every.makeCounter(1);
      expect(await counter.add(1)).toBe(2);
      ends.push(new WeakRef(pair.client), new WeakRef(pair.server));
      await close(pair);
    }
    // The last pair may still be held by the frame of this test. A collection takes seconds where many tests ran before in this process.
    const held = (): number => ends.filter((end) => end.deref() !== undefined).length;
    for (let i = 0; i < 20 && held() > 2; i++) {
      await turns(10);
      collect();
    }
    expect(held()).toBeLessThanOrEqual(2);
  });
});

describe('what comes from a hostile peer', () => {
  it('is decoded, refused or waited for, frame by frame', () => {
    const { decoded, refused, waiting } = fuzzFrames(50_000, 1);
    expect(decoded + refused + waiting).toBe(50_000);
    expect(Math.min(decoded, refused, waiting)).toBeGreaterThan(1_000);
  });

  it('ends its connection at most, and leaves nothing behind', async () => {
    const { survived, ended } = await fuzzSequences(2_000, 1);
    expect(survived + ended).toBe(2_000);
    expect(Math.min(survived, ended)).toBeGreaterThan(50);
    expect(rejections).toEqual([]);
  }, 30_000);
});
