import { expect, it } from '@jest/globals';
import { within } from '../../../src/util/patience.ts';

it('waits, but not for ever', async () => {
  expect(await within(Promise.resolve(1), 1000)).toBe(true);
  expect(await within(new Promise(() => undefined), 5)).toBe(false);
  await expect(within(Promise.reject(new Error('no')), 1000)).rejects.toThrow('no');
});
