import { beforeAll, describe, expect, it } from '@jest/globals';
import type * as Router from '../../../../src/gui/page/router.ts';

describe('the place the page is at', () => {
  const at = { hash: '' };
  let router: typeof Router;

  beforeAll(async () => {
    // The little of a browser that the module needs.
    Object.assign(globalThis, { location: at, window: { addEventListener: () => undefined } });
    router = await import('../../../../src/gui/page/router.ts');
  });

  it('is left for where an answer leads', () => {
    at.hash = '#/send';
    const goOn = router.fromHere();
    goOn('transactions', 'a b', { tx: '1' });
    expect(at.hash).toBe('#/transactions/a%20b?tx=1');
  });

  it('stays where the user has gone while the answer was awaited', () => {
    at.hash = '#/send';
    const goOn = router.fromHere();
    router.go('messages');
    goOn('transactions');
    expect(at.hash).toBe('#/messages');
  });
});
