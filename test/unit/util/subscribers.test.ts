import { describe, expect, it } from '@jest/globals';
import { Disconnected } from '../../../src/util/errors.ts';
import { Subscribers } from '../../../src/util/subscribers.ts';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('subscribers', () => {
  it('hear every event in order, one at a time', async () => {
    const subject = new Subscribers<[number]>({ mode: 'all' }, { log: () => null });
    const heard: number[] = [];
    let release = (): void => undefined;
    await subject.add(async (n) => {
      heard.push(n);
      await new Promise<void>((resolve) => { release = resolve; });
    });
    for (const n of [1, 2, 3]) subject.emit(n);
    expect(heard).toEqual([1]);
    for (let i = 0; i < 3; i++) {
      release();
      await settle();
    }
    expect(heard).toEqual([1, 2, 3]);
  });

  it('hear only the last of what came while they were busy', async () => {
    const subject = new Subscribers<[number]>({ mode: 'latest' }, { log: () => null });
    const heard: number[] = [];
    await subject.add(async (n) => {
      heard.push(n);
      await settle();
    });
    for (const n of [1, 2, 3, 4]) subject.emit(n);
    await settle();
    await settle();
    expect(heard).toEqual([1, 4]);
  });

  it('hear nothing after they left, and leave by themselves when their process is gone', async () => {
    const subject = new Subscribers<[number]>({ mode: 'all' }, { log: () => null });
    const heard: number[] = [];
    const handler = await subject.add((n) => {
      heard.push(n);
      return Promise.resolve();
    });
    let calls = 0;
    await subject.add(() => {
      calls++;
      return Promise.reject(new Disconnected('before', 'gone'));
    });
    subject.emit(1);
    await settle();
    await handler.disconnect();
    subject.emit(2);
    await settle();
    expect([heard, calls]).toEqual([[1], 1]);
  });
});
