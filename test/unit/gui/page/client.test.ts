import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { call, CallError, ConnectionLost } from '../../../../src/gui/page/client.ts';

describe('a call of the page', () => {
  const before = globalThis.fetch;
  beforeEach(() => { Object.assign(globalThis, { sessionStorage: { getItem: () => 'secret' } }); });
  afterEach(() => {
    globalThis.fetch = before;
    Reflect.deleteProperty(globalThis, 'sessionStorage');
  });
  const answers = (make: () => Response | Promise<Response>): void => { globalThis.fetch = () => Promise.resolve().then(make); };
  /** An answer that begins, and breaks off. */
  const broken = (error: unknown): Response => new Response(new ReadableStream({
    start: (stream) => {
      stream.enqueue(new TextEncoder().encode('{"result":'));
      stream.error(error);
    },
  }));

  it('gives what the server answers, and fails as it says', async () => {
    answers(() => Response.json({ result: 7 }));
    expect(await call('a')).toBe(7);
    answers(() => Response.json({ error: { code: 'locked', message: 'No.', rpcCode: -13 } }));
    await expect(call('a')).rejects.toMatchObject({ code: 'locked', message: 'No.', rpcCode: -13 });
    await expect(call('a')).rejects.toThrow(CallError);
  });

  it('has lost its connection where there is no answer, or one that breaks off, or that does not know the page', async () => {
    answers(() => { throw new TypeError('Failed to fetch'); });
    await expect(call('a')).rejects.toThrow(ConnectionLost);
    answers(() => broken(new TypeError('network error')));
    await expect(call('a')).rejects.toThrow(ConnectionLost);
    answers(() => Response.json({ error: { message: 'no session' } }, { status: 403 }));
    await expect(call('a')).rejects.toThrow(ConnectionLost);
  });

  it('says that it was broken off by its caller, whenever that was', async () => {
    const abort = (): DOMException => new DOMException('enough', 'AbortError');
    answers(() => { throw abort(); });
    await expect(call('a')).rejects.toMatchObject({ name: 'AbortError' });
    answers(() => broken(abort()));
    await expect(call('a')).rejects.toMatchObject({ name: 'AbortError' });
  });
});
