import { describe, expect, it } from '@jest/globals';
import { BadRequest, flag, integer, list, oneOf, optional, record, text } from '../../../src/gui/shape.ts';

describe('shapes of what the page sends', () => {
  const shape = record<{ name: string; count: number | null; kinds: ('a' | 'b')[]; on: boolean }>({ name: text(4), count: optional(integer(0, 9)), kinds: list(oneOf('a', 'b'), 2), on: flag });

  it('gives back what fits', () => {
    expect(shape({ name: 'abcd', kinds: ['a', 'b'], on: false }, 'x')).toEqual({ name: 'abcd', count: null, kinds: ['a', 'b'], on: false });
  });

  it('refuses everything else, with the path', () => {
    const good = { name: '', count: 1, kinds: [], on: true };
    for (const [bad, message] of [
      [{ ...good, name: 'abcde' }, 'x.name: expected text of at most 4'], [{ ...good, count: 10 }, 'x.count: expected integer from 0 to 9'], [{ ...good, count: 0.5 }, 'x.count'],
      [{ ...good, kinds: ['a', 'c'] }, 'x.kinds[1]: expected a or b'], [{ ...good, kinds: ['a', 'a', 'a'] }, 'x.kinds: expected list of at most 2'], [{ ...good, on: 1 }, 'x.on'],
      [{ ...good, extra: 1 }, 'x: unknown member extra'], [null, 'x: expected object'], [[], 'x: expected object'], [{ name: '' }, 'x.kinds: expected list'],
      [JSON.parse('{"name":"","count":1,"kinds":[],"on":true,"__proto__":1}'), 'x: unknown member __proto__'],
    ] as const) {
      expect(() => shape(bad, 'x')).toThrow(message);
      expect(() => shape(bad, 'x')).toThrow(BadRequest);
    }
  });
});
