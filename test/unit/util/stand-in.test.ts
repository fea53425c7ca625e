import { describe, expect, it } from '@jest/globals';
import { standIn } from '../../../src/util/stand-in.ts';

class Counter {
  private n: number;
  constructor(n: number) { this.n = n; }
  next(): Promise<number> { return Promise.resolve(this.n++); }
}

describe('a stand-in', () => {
  it('passes each call to the object of that moment, with its own state', async () => {
    const stand = standIn(new Counter(1));
    const { face } = stand;
    expect([await face.next(), await face.next()]).toEqual([1, 2]);
    stand.use(new Counter(100));
    expect(await face.next()).toBe(100);
  });
});
