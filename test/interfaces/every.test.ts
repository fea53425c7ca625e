import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { releaseProxy } from '../../src/ipc/remote-object.ts';
import { ahead } from '../../src/util/ahead.ts';
import { AbortError, CoinError, Disposed, InitError, InvalidMessage, MalformedData, RemoteFailure, RpcError } from '../../src/util/errors.ts';
import { closeEmpty, connect, type Pair } from '../unit/ipc/support.ts';
import { EveryImpl, PlainCounter } from './every-impl.ts';
import type { Counter, Every } from './spec/every.ts';

/** Methods that give back what they get. */
type Identity = 'bool' | 'int' | 'float' | 'text' | 'short' | 'json' | 'bytes' | 'maybe' | 'colour' | 'point' | 'named' | 'tree' | 'shape' | 'list' | 'points' | 'map';
/** Samples of each, of its own type. */
const SAMPLES: { readonly [K in Identity]: readonly Parameters<Every[K]>[0][] } = {
  bool: [true, false],
  int: [0, 1, -1, 127, 128, 2 ** 31, 2 ** 32, 500_000_000, 2_100_000_000_000_000, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
  float: [0, 0.5, -1e300, 1, 5e-324],
  text: ['', 'a', 'ä€𝄞', 'x'.repeat(70_000)],
  short: ['', 'abcd'],
  json: ['{"a":1}', 'x'.repeat(2_000_000)],
  bytes: [new Uint8Array(0), new Uint8Array(32).fill(7), new Uint8Array(300_000).fill(9)],
  maybe: [null, '', 'a'],
  colour: ['red', 'green', 'blue'],
  point: [{ x: 1, y: -2 }],
  named: [{ x: 1, y: 2, name: 'n' }, { x: 1, y: 2, name: 'n', note: 'm' }, { x: 1, y: 2, name: 'n', colour: 'red' }],
  tree: [{ label: 'a', branches: [{ label: 'b', branches: [] }, { label: 'c', branches: [{ label: 'd', branches: [] }] }] }],
  shape: [{ kind: 'circle', centre: { x: 0, y: 0 }, radius: 1.5 }, { kind: 'polygon', corners: [{ x: 1, y: 1 }] }, { kind: 'polygon', corners: [], label: 'l' }],
  list: [[], [1, null, 3]],
  points: [[], [{ x: 1, y: 2 }, { x: 3, y: 4 }]],
  map: [new Map(), new Map([['a', { x: 1, y: 2 }], ['b', { x: 3, y: 4 }]])],
};

/** What holds wherever the object is. */
function suite(make: () => Promise<{ every: Every; impl: EveryImpl; remote: boolean; end: () => Promise<void> }>): void {
  let every: Every;
  let impl: EveryImpl;
  let remote: boolean;
  let end: () => Promise<void>;
  beforeEach(async () => { ({ every, impl, remote, end } = await make()); });
  afterEach(() => end());

  for (const [name, values] of Object.entries(SAMPLES)) {
    it(`carries ${name}`, async () => {
      for (const value of values) {
        const back = await (every[name as 'text'] as (v: unknown) => Promise<unknown>).call(every, value);
        expect(back).toEqual(value);
        if (back instanceof Uint8Array) expect(Object.getPrototypeOf(back)).toBe(Uint8Array.prototype);
      }
    });
  }

  it('takes optional parameters, structs in place and nothing', async () => {
    expect(await every.optional(1)).toBe('1 none');
    expect(await every.optional(1, 'b')).toBe('1 b');
    expect(await every.inline({ a: 1, b: true })).toEqual({ sum: 2 });
    expect(await every.nothing()).toBeUndefined();
  });

  it('hands out objects that keep state', async () => {
    const counter = await every.makeCounter(5);
    expect(await counter.add(2)).toBe(7);
    expect(await counter.add(2)).toBe(9);
    expect(await every.addTo(counter, 1)).toBe(10);
    releaseProxy(counter);
  });

  it('keeps the identity of objects', async () => {
    const mine = await every.sameCounter();
    expect(await every.sameCounter()).toBe(mine);
    expect(await every.isMine(mine)).toBe(true);
    const ours = new PlainCounter();
    expect(await every.isSame(ours, ours)).toBe(true);
    expect(await every.isSame(ours, new PlainCounter())).toBe(false);
    expect(await every.isMine(ours)).toBe(false);
    releaseProxy(mine);
  });

  it('reaches objects of the caller, in structs too, and calls back', async () => {
    const counter = new PlainCounter(1);
    expect(await every.addTo(counter, 4)).toBe(5);
    let told = 0;
    expect(await every.hold({ counter, done: (total) => { told = total; return Promise.resolve(); } })).toBe(6);
    expect(told).toBe(6);
    const seen: number[] = [];
    expect(await every.countdown(3, (n) => { seen.push(n); return Promise.resolve(); })).toBe(3);
    expect(seen).toEqual([3, 2, 1]);
    expect(await every.progress((p) => Promise.resolve(p > 0.6))).toBe(false);
  });

  it('lets a callback fail into its caller', async () => {
    const error: unknown = await every.countdown(3, () => Promise.reject(new RpcError(-5, 'no more'))).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RpcError);
    expect((error as RpcError).rpcCode).toBe(-5);
  });

  it('nests calls 16 deep', async () => {
    expect(await every.pingPong(15, new EveryImpl())).toBe(15);
  });

  it('keeps what it says it keeps', async () => {
    const counter = new PlainCounter();
    await every.keep(counter);
    expect(await every.useKept(3)).toBe(3);
    if (impl.kept !== null) releaseProxy(impl.kept);
  });

  it('keeps a callback as long as its subscription', async () => {
    const seen: number[] = [];
    const subscription = await every.handleTicks((n) => { seen.push(n); return Promise.resolve(); });
    expect(await every.tick(1)).toBe(1);
    expect(await every.tick(2)).toBe(1);
    await subscription.disconnect();
    expect(await every.tick(3)).toBe(0);
    expect(seen).toEqual([1, 2]);
  });

  it('keeps class and code of errors', async () => {
    const rpc: unknown = await every.fail('rpc').catch((e: unknown) => e);
    expect(rpc).toBeInstanceOf(RpcError);
    expect(rpc).toMatchObject({ rpcCode: -18, message: 'Requested wallet does not exist or is not loaded', data: { wallets: ['a'] } });
    await expect(every.fail('init')).rejects.toThrow(InitError);
    await expect(every.fail('malformed')).rejects.toThrow(MalformedData);
    await expect(every.fail('coin')).rejects.toMatchObject({ code: 'wallet-locked', message: 'the wallet is locked' });
    await expect(every.fail('coin')).rejects.toThrow(CoinError);
    await expect(every.fail('overloaded')).rejects.toMatchObject({ code: 'overloaded' });
    const bug: unknown = await every.fail('bug').catch((e: unknown) => e);
    expect((bug as Error).message).toContain('a bug');
    if (remote) {
      expect(bug).toBeInstanceOf(RemoteFailure);
      await expect(every.fail('sync')).rejects.toMatchObject({ rpcCode: -1 });
    }
  });

  it('cancels', async () => {
    const controller = new AbortController();
    const waiting = every.wait(controller.signal);
    await every.nothing();
    controller.abort(new AbortError());
    await expect(waiting).rejects.toThrow(AbortError);
    expect(impl.aborted).toBe(1);
  });

  it('starts calls in the order in which they were sent', async () => {
    const marks = Array.from({ length: 50 }, (_, i) => String(i));
    expect(await Promise.all(marks.map((m) => every.quick(m)))).toEqual(marks);
    expect(impl.started).toEqual(marks);
  });

  it('streams, and hears at the barrier how it went', async () => {
    const load = new Uint8Array(10);
    for (let i = 0; i < 20; i++) await every.push(i, 0, load);
    expect(await every.pushed()).toEqual(Array.from({ length: 20 }, (_, i) => i));
    for (const n of [1, -1, -2, 2]) await every.push(n, 1, load).catch(() => undefined);
    if (remote) await expect(every.pushed()).rejects.toMatchObject({ rpcCode: -8, message: 'number -1 is negative' });
    expect((await every.pushed()).at(-1)).toBe(remote ? undefined : 2);
  });

  it('calls on a result before it is there', async () => {
    const made = every.lateCounter(5, 2);
    expect(await Promise.all([ahead(made, (c) => c.add(1)), ahead(made, (c) => c.add(2))])).toEqual([6, 8]);
    const counter = await made as Counter;
    expect(await counter.add(0)).toBe(8);
    expect(await ahead(made, (c) => c.add(1))).toBe(9);
    releaseProxy(counter);
    const bundle = every.bundle();
    expect(await ahead(bundle, (b) => b.counter.add(1))).toBe(11);
    releaseProxy((await bundle).counter);
    const nobody = every.lateCounter(-1, 2);
    await expect(ahead(nobody, (c) => c.add(1))).rejects.toThrow(Disposed);
    expect(await nobody).toBeNull();
  });

  it('calls on results of results', async () => {
    const first = every.self();
    const second = ahead(first, (e) => e.self());
    const third = ahead(second, (e) => e.makeCounter(3));
    expect(await ahead(third, (c) => c.add(4))).toBe(7);
    releaseProxy(await third);
    if (remote) for (const e of [await first, await second]) releaseProxy(e);
  });

  it('gives its own object back to who owns it', async () => {
    const mine = new PlainCounter(1);
    const back = every.giveBack(mine, 3);
    const order: number[] = [];
    const add = async (n: number): Promise<void> => { order.push(await ahead(back, (c) => c.add(n))); };
    await Promise.all([add(10), add(100), back.then(() => add(1000))]);
    expect(order).toEqual([11, 111, 1111]);
    expect(await back).toBe(mine);
  });

  it('uses interfaces of other declarations', async () => {
    const echo = await every.echo();
    expect(await echo.echo('hello')).toBe('hello');
    releaseProxy(echo);
  });
}

describe('Every, direct', () => {
  suite(() => {
    const impl = new EveryImpl();
    return Promise.resolve({ every: impl, impl, remote: false, end: () => Promise.resolve() });
  });
});

describe('Every, over a connection', () => {
  let pair: Pair;
  suite(async () => {
    const impl = new EveryImpl();
    pair = await connect(impl);
    return { every: pair.every, impl, remote: true, end: () => closeEmpty(pair) };
  });
});

describe('Every, over two connections', () => {
  suite(async () => {
    const impl = new EveryImpl();
    const far = await connect(impl);
    const near = await connect(far.every);
    return {
      every: near.every, impl, remote: true,
      end: async (): Promise<void> => {
        await closeEmpty(near);
        await closeEmpty(far);
      },
    };
  });
});

describe('Every, what only a connection refuses', () => {
  it('names the place of a value that does not fit', async () => {
    const pair = await connect(new EveryImpl());
    const { every } = pair;
    await expect(every.int(1.5)).rejects.toThrow('Every.int v: expected safe integer, got float');
    await expect(every.int(-0)).rejects.toThrow(InvalidMessage);
    await expect(every.int(2 ** 53)).rejects.toThrow(InvalidMessage);
    await expect(every.float(NaN)).rejects.toThrow('expected finite number');
    await expect(every.text('\ud800')).rejects.toThrow('lone surrogate');
    await expect(every.text('x'.repeat(2 ** 20 + 1))).rejects.toThrow('at most 1048576 characters');
    await expect(every.short('abcde')).rejects.toThrow('Every.short v: expected at most 4 characters, got 5');
    await expect(every.colour('pink' as 'red')).rejects.toThrow('Every.colour v: expected one of "red", "green", "blue"');
    await expect(every.points([{ x: 1, y: 2 }, { x: 'a' as unknown as number, y: 2 }])).rejects.toThrow('Every.points v[1].x: expected safe integer, got string');
    await expect(every.tree({ label: 'a', branches: [{ label: 'b', branches: [{ label: 3 as unknown as string, branches: [] }] }] })).rejects.toThrow('Every.tree v.branches[0].branches[0].label: expected string, got integer');
    await expect(every.shape({ kind: 'square' } as unknown as { kind: 'circle'; centre: { x: number; y: number }; radius: number })).rejects.toThrow('Every.shape v.kind: expected one of "circle", "polygon"');
    await expect(every.point(null as unknown as { x: number; y: number })).rejects.toThrow('Every.point v: expected struct, got nothing');
    await expect(every.wrongResult()).rejects.toThrow('Every.wrongResult result: expected safe integer, got string');
    await expect(every.map(new Map([['k', { x: 1, y: 0.5 }]]))).rejects.toThrow('Every.map v[0].value.y: expected safe integer, got float');
    await closeEmpty(pair);
  });

  it('takes back exports of a call that does not leave', async () => {
    const pair = await connect(new EveryImpl());
    await expect(pair.every.addTo(new PlainCounter(), 0.5)).rejects.toThrow(InvalidMessage);
    expect(pair.client.tables.exports).toBe(0);
    await closeEmpty(pair);
  });

  it('finishes ordered calls in order', async () => {
    const pair = await connect(new EveryImpl());
    const done: string[] = [];
    await Promise.all([[20, 'a'], [1, 'b'], [1, 'c']].map(async ([ms, mark]) => { done.push(await pair.every.slow(ms as number, mark as string)); }));
    expect(done).toEqual(['a', 'b', 'c']);
    await closeEmpty(pair);
  });
});
