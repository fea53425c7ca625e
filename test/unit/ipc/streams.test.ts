import { describe, expect, it } from '@jest/globals';
import { releaseProxy } from '../../../src/ipc/remote-object.ts';
import { Disconnected } from '../../../src/util/errors.ts';
import { EveryImpl } from '../../interfaces/every-impl.ts';
import { everyInterface } from '../../interfaces/generated/every.ts';
import type { Every } from '../../interfaces/spec/every.ts';
import { close, closeEmpty, collectGarbage, connect, recorder, scripted, turns, until } from './support.ts';

const ordinal = (name: keyof Every): number => everyInterface.methods.find((m) => m?.name === name)?.ordinal ?? -1;
const PUSH = ordinal('push');
const load = (n: number): Uint8Array => new Uint8Array(n);
/** Holds the pushes of an object, however long anything else takes, until it is opened. */
function gate(...impls: EveryImpl[]): () => void {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => { open = resolve; });
  for (const impl of impls) {
    const push = impl.push.bind(impl);
    impl.push = async (n, ms, bytes): Promise<void> => {
      impl.busy++;
      await opened;
      impl.busy--;
      await push(n, ms, bytes);
    };
  }
  return open;
}
/** Resolved by now? */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  promise.then(() => { done = true; }, () => { done = true; });
  await turns(2);
  return done;
}

describe('streams', () => {
  it('let the sender go on while the receiver works, up to the window', async () => {
    const impl = new EveryImpl();
    const pair = await connect(impl, { server: { limits: { windowBytes: 1000 } } });
    await pair.client.ready();
    const open = gate(impl);
    const calls = [1, 2, 3, 4, 5].map((n) => pair.every.push(n, 1, load(300)));
    expect(await Promise.all(calls.map(isDone))).toEqual([true, true, true, false, false]);
    // One after the other, whatever has come.
    expect(impl.busy).toBe(1);
    open();
    await Promise.all(calls);
    expect(await pair.every.pushed()).toEqual([1, 2, 3, 4, 5]);
    await closeEmpty(pair);
  });

  it('take one call that is larger than the window, and hold back other calls on the object behind those that wait', async () => {
    const impl = new EveryImpl();
    const pair = await connect(impl, { server: { limits: { windowBytes: 1000 } } });
    await pair.client.ready();
    const pushes = [1, 2].map((n) => pair.every.push(n, 5, load(2000)));
    const quick = pair.every.quick('q');
    await Promise.all([...pushes, quick]);
    // It has been sent after the second push, and does not wait for that to end.
    expect(impl.started.slice(-2).sort()).toEqual(['push 2', 'q']);
    await pair.every.pushed();
    await closeEmpty(pair);
  });

  it('of several objects do not wait for each other', async () => {
    const slow = new EveryImpl();
    const fast = new EveryImpl();
    const pair = await connect(slow, { server: { limits: { windowBytes: 500 } } });
    slow.self = () => Promise.resolve(fast);
    const other = await pair.every.self();
    const open = gate(slow);
    const stuck = Promise.all([1, 2, 3].map((n) => pair.every.push(n, 1, load(300))));
    for (let n = 0; n < 20; n++) await other.push(n, 0, load(300));
    expect((await other.pushed()).length).toBe(20);
    expect(slow.busy).toBe(1);
    open();
    await stuck;
    await pair.every.pushed();
    releaseProxy(other);
    await closeEmpty(pair);
  });

  it('all together stay within their limit', async () => {
    const impls = [new EveryImpl(), new EveryImpl(), new EveryImpl()];
    const [first] = impls as [EveryImpl, EveryImpl, EveryImpl];
    let next = 1;
    first.self = () => Promise.resolve(impls[next++] as EveryImpl);
    const pair = await connect(first, { server: { limits: { windowBytes: 10_000, streamBytes: 1000 } } });
    const others = [await pair.every.self(), await pair.every.self()];
    const open = gate(...impls);
    const calls = [pair.every, ...others].map((e) => e.push(1, 1, load(400)));
    expect(await Promise.all(calls.map(isDone))).toEqual([true, true, false]);
    open();
    await Promise.all(calls);
    await Promise.all([pair.every, ...others].map((e) => e.pushed()));
    others.forEach(releaseProxy);
    await closeEmpty(pair);
  });

  it('report the first error at the barrier, once, and in the log', async () => {
    const near = recorder();
    const pair = await connect(new EveryImpl(), { client: { log: near.log } });
    for (const n of [1, -1, 2, -2]) await pair.every.push(n, 0, load(1));
    await expect(pair.every.pushed()).rejects.toMatchObject({ rpcCode: -8, message: 'number -1 is negative' });
    expect(await pair.every.pushed()).toEqual([]);
    expect(near.lines.filter((l) => l.startsWith('IPC: Every.push failed'))).toHaveLength(2);
    await closeEmpty(pair);
  });

  it('hear in their order of a call whose arguments do not fit', async () => {
    const impl = new EveryImpl();
    const open = gate(impl);
    const { connection, script } = await scripted(impl);
    script.hello();
    script.say(1, 1, 0, PUSH, [1, 1, new Uint8Array(1)]);
    script.say(1, 2, 0, PUSH, ['two', 0, new Uint8Array(1)]);
    await turns();
    expect(script.got.filter((m) => m[0] === 7)).toEqual([]);
    open();
    await until(() => script.got.some((m) => m[0] === 7), 'acknowledgement');
    expect(script.got.filter((m) => m[0] === 7)).toEqual([[7, 2, [2, 'invalid-message', 'Every.push n: expected safe integer, got string', null]]]);
    expect(connection.tables.served).toBe(0);
    connection.close();
  });

  it('are acknowledged once for all that ended in a turn', async () => {
    const { connection, script } = await scripted(new EveryImpl());
    script.hello();
    for (let i = 1; i <= 50; i++) script.say(1, i, 0, PUSH, [i, 0, new Uint8Array(1)]);
    await until(() => script.got.some((m) => m[0] === 7 && m[1] === 50), 'last acknowledgement');
    expect(script.got.filter((m) => m[0] === 7).length).toBeLessThan(10);
    connection.close();
  });

  it('end with the connection: those that wait fail, those that left do not', async () => {
    const impl = new EveryImpl();
    gate(impl);
    const pair = await connect(impl, { server: { limits: { windowBytes: 500 } } });
    await pair.client.ready();
    const calls = [1, 2, 3].map((n) => pair.every.push(n, 1, load(400)));
    const barrier = pair.every.pushed();
    const settled = Promise.allSettled([...calls, barrier]);
    await turns();
    pair.sockets[1].destroy();
    expect((await settled).map((s) => s.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
    await expect(barrier).rejects.toThrow(Disconnected);
    await expect(pair.every.push(9, 0, load(1))).rejects.toMatchObject({ phase: 'before' });
  });

  it('that break the rules end the connection', async () => {
    const end = async (limits: object, say: (s: Awaited<ReturnType<typeof scripted>>['script']) => void, text: string): Promise<void> => {
      const { script } = await scripted(new EveryImpl(), { limits });
      script.hello();
      say(script);
      expect(await script.goodbye()).toContain(text);
    };
    const push = (s: { say(...m: unknown[]): void }, id: number, bytes: number): void => s.say(1, id, 0, PUSH, [id, 1000, new Uint8Array(bytes)]);
    await end({ windowBytes: 1000 }, (s) => { push(s, 1, 600); push(s, 2, 600); }, 'limit windowBytes');
    await end({ calls: 2 }, (s) => { push(s, 1, 1); push(s, 2, 1); push(s, 3, 1); }, 'limit calls');
    await end({ streamBytes: 500 }, (s) => { push(s, 1, 300); push(s, 2, 300); }, 'limit streamBytes');
    await end({}, (s) => s.say(7, 1), 'in no stream');
    await end({}, (s) => s.say(6, [1]), 'does not count');
    await end({}, (s) => s.say(6, 1), 'credit without a list');
  });

  it('are no answers, and answers are no acknowledgements', async () => {
    const { connection, script } = await scripted(null);
    script.hello();
    const every = connection.peerObject() as Every;
    await every.push(1, 0, load(1));
    await script.answer(1);
    script.say(2, 1, null);
    expect(await script.goodbye()).toContain('not under way');
    const second = await scripted(null);
    second.script.hello();
    const nothing = (second.connection.peerObject() as Every).nothing().catch((e: unknown) => e);
    await second.script.answer(1);
    second.script.say(7, 1);
    expect(await second.script.goodbye()).toContain('in no stream');
    expect(await nothing).toBeInstanceOf(Disconnected);
  });

  it('let what they call call back, however full the window is', async () => {
    const impl = new EveryImpl();
    const pair = await connect(impl, { client: { init: new EveryImpl(), limits: { calls: 1 } }, server: { limits: { windowBytes: 100 } } });
    const client = pair.server.peerObject() as Every;
    const seen: number[] = [];
    const busy = client.poll();
    impl.push = async (n): Promise<void> => { seen.push(await client.int(n)); };
    for (let n = 0; n < 10; n++) await pair.every.push(n, 0, load(80));
    await pair.every.pushed();
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await client.release();
    await busy;
    await closeEmpty(pair);
  });
});

describe('methods that wait', () => {
  it('give their credit back, and take no place', async () => {
    const impl = new EveryImpl();
    const pair = await connect(impl, { server: { limits: { calls: 2, running: 1 } } });
    const polls = Array.from({ length: 50 }, () => pair.every.poll());
    await until(() => impl.busy === 50, 'fifty polls');
    expect(await pair.every.int(7)).toBe(7);
    await pair.every.release();
    expect(new Set(await Promise.all(polls))).toEqual(new Set(['released']));
    await closeEmpty(pair);
  });

  it('keep their credit beyond the limit', async () => {
    const impl = new EveryImpl();
    const { connection, script } = await scripted(impl, { limits: { freeCalls: 2, calls: 2 } });
    script.hello();
    for (let i = 1; i <= 4; i++) script.say(1, i, 0, ordinal('poll'), []);
    await until(() => impl.busy === 4, 'four polls');
    await until(() => script.got.some((m) => m[0] === 6), 'credit');
    expect(script.got.filter((m) => m[0] === 6).flatMap((m) => m[1])).toEqual([1, 2]);
    script.say(1, 5, 0, ordinal('poll'), []);
    expect(await script.goodbye()).toContain('limit calls');
    expect(connection.isClosed).toBe(true);
  });
});

describe('calls that come', () => {
  it('run so many at once, the others in order after them', async () => {
    const impl = new EveryImpl();
    const pair = await connect(impl, { server: { limits: { running: 3 } } });
    const calls = Array.from({ length: 9 }, (_, i) => pair.every.lateCounter(i, 10));
    await until(() => pair.server.queues.in === 6, 'six in the queue');
    const counters = await Promise.all(calls);
    expect(impl.made.map((c) => c.total)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    counters.forEach((c) => { if (c !== null) releaseProxy(c); });
    await closeEmpty(pair);
  });

  it('are answered at once where they are cancelled in the queue, in any of them', async () => {
    const impl = new EveryImpl();
    const pair = await connect(impl, { server: { limits: { running: 2 } } });
    const [running, inLine, atTurn] = [new AbortController(), new AbortController(), new AbortController()];
    const first = pair.every.stuck(running.signal);
    const second = pair.every.stuck(inLine.signal);
    await until(() => impl.busy === 1, 'the first');
    inLine.abort();
    await expect(second).rejects.toMatchObject({ code: 'cancelled' });
    expect(impl.busy).toBe(1);
    const late = [pair.every.lateCounter(-1, 50), pair.every.lateCounter(-1, 50)];
    running.abort();
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    const third = pair.every.stuck(atTurn.signal);
    const fourth = pair.every.slow(1, 'after');
    await turns();
    atTurn.abort();
    await expect(third).rejects.toMatchObject({ code: 'cancelled' });
    expect(await fourth).toBe('after');
    await Promise.all(late);
    await closeEmpty(pair);
  });

  it('overtake ordered ones where their name says that they abort', async () => {
    const impl = new EveryImpl();
    const pair = await connect(impl, { server: { limits: { running: 1, calls: 1 } } });
    const stuck = pair.every.stuck();
    await until(() => impl.busy === 1, 'stuck');
    const behind = pair.every.slow(0, 'later');
    await pair.every.abortStuck();
    await stuck;
    expect(await behind).toBe('later');
    await closeEmpty(pair);
  });

  it('find their object, though it was released while they waited, at either end', async () => {
    const impl = new EveryImpl();
    const pair = await connect(impl, { server: { limits: { running: 1, calls: 3 } } });
    const counter = await pair.every.makeCounter(1);
    const other = await pair.every.makeCounter(1);
    const stuck = pair.every.stuck();
    const queued = counter.add(1);
    const unsent = [pair.every.int(1), pair.every.int(2), other.add(5)];
    await until(() => impl.busy === 1, 'stuck');
    releaseProxy(counter);
    releaseProxy(other);
    await turns();
    expect(impl.made[0]?.disposed).toBe(0);
    await pair.every.abortStuck();
    expect(await queued).toBe(2);
    expect(await Promise.all(unsent)).toEqual([1, 2, 6]);
    await stuck;
    await until(() => impl.made.every((c) => c.disposed === 1), 'disposal');
    await closeEmpty(pair);
  });

  it('do not start while the peer takes no answers', async () => {
    const impl = new EveryImpl();
    const { connection, script } = await scripted(impl, { limits: { backlogBytes: 100_000 } });
    script.hello();
    script.socket.pause();
    for (let i = 1; i <= 5; i++) script.say(1, i, 0, ordinal('bytes'), [new Uint8Array(200_000)]);
    await until(() => connection.backlog > 100_000, 'backlog');
    script.say(1, 6, 0, ordinal('quick'), ['x']);
    await until(() => connection.queues.in > 0, 'a call that waits');
    expect(impl.started).toEqual([]);
    script.socket.resume();
    await until(() => script.got.some((m) => m[1] === 6), 'the answer');
    connection.close();
  });

  it('lose the connection of a peer that takes nothing, ever', async () => {
    const { connection, script } = await scripted(new EveryImpl(), { limits: { backlogBytes: 100_000, stallMs: 60 } });
    script.hello();
    script.socket.pause();
    for (let i = 1; i <= 5; i++) script.say(1, i, 0, ordinal('bytes'), [new Uint8Array(200_000)]);
    await until(() => connection.isClosed, 'the end');
    expect(connection.closed?.text).toContain('limit stallMs');
    script.socket.destroy();
  });
});

describe('proxies that nobody released', () => {
  it('are released when they are collected, with one warning', async () => {
    const near = recorder();
    const pair = await connect(new EveryImpl(), { client: { log: near.log } });
    await (async () => { for (let i = 0; i < 5; i++) await pair.every.makeCounter(i); })();
    expect(pair.server.tables.exports).toBe(5);
    for (let i = 0; i < 200 && pair.server.tables.exports > 0; i++) {
      collectGarbage();
      await turns(3);
    }
    expect(pair.server.tables.exports).toBe(0);
    expect(near.lines.filter((l) => l.includes('was never released'))).toEqual(['IPC: a Counter of coin-wallet was never released; it was collected instead (told once a connection)']);
    await close(pair);
  });

  it('can be given up with a wait for the other end', async () => {
    const pair = await connect(new EveryImpl());
    const counter = await pair.every.makeCounter(1) as unknown as AsyncDisposable;
    await counter[Symbol.asyncDispose]();
    expect(pair.server.tables.exports).toBe(0);
    await closeEmpty(pair);
    await counter[Symbol.asyncDispose]();
  });
});
