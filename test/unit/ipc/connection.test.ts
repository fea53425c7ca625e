import { describe, expect, it } from '@jest/globals';
import { releaseProxy } from '../../../src/ipc/remote-object.ts';
import { RemoteLogger } from '../../../src/ipc/remote-logger.ts';
import { Disconnected, Disposed, Overloaded, Unimplemented } from '../../../src/util/errors.ts';
import { EveryImpl, PlainCounter } from '../../interfaces/every-impl.ts';
import { everyInterface } from '../../interfaces/generated/every.ts';
import type { Every, Subscription } from '../../interfaces/spec/every.ts';
import { close, closeEmpty, connect, EMPTY, recorder, scripted, turns, until } from './support.ts';

const ordinal = (name: keyof Every): number => everyInterface.methods.find((m) => m?.name === name)?.ordinal ?? -1;

describe('object lifetimes', () => {
  it('releases, and disposes of what nobody holds', async () => {
    const impl = new EveryImpl();
    const pair = await connect(impl);
    const counter = await pair.every.makeCounter(1);
    expect(pair.server.tables.exports).toBe(1);
    releaseProxy(counter);
    releaseProxy(counter);
    await expect(counter.add(1)).rejects.toThrow(Disposed);
    await until(() => impl.made[0]?.disposed === 1, 'disposal');
    await closeEmpty(pair);
  });

  it('counts what comes twice, and drops a whole list', async () => {
    const impl = new EveryImpl();
    const pair = await connect(impl);
    const a = await pair.every.sameCounter();
    expect(await pair.every.sameCounter()).toBe(a);
    releaseProxy(a);
    await until(() => pair.server.tables.exports === 0, 'release of both');
    const b = await pair.every.sameCounter();
    expect(await b.add(0)).toBe(100);
    releaseProxy(b);
    for (const c of await pair.every.counters(500)) releaseProxy(c);
    await closeEmpty(pair);
  });

  it('releases arguments when their call ends', async () => {
    const impl = new EveryImpl();
    const pair = await connect(impl);
    const ours = new PlainCounter();
    for (let i = 0; i < 20; i++) await pair.every.addTo(ours, 1);
    await until(() => ours.disposed > 0, 'release');
    await closeEmpty(pair);
  });

  it('releases everything newest first when the connection ends', async () => {
    const impl = new EveryImpl();
    const pair = await connect(impl);
    const order: number[] = [];
    for (let i = 0; i < 3; i++) {
      await pair.every.makeCounter(i);
      (impl.made[i] as PlainCounter)[Symbol.dispose] = () => { order.push(i); };
    }
    await close(pair);
    expect(order).toEqual([2, 1, 0]);
    expect(pair.server.tables).toEqual(EMPTY);
  });

  it.each([['zero', 0], ['negative', -1], ['a fraction', 0.5], ['too many', 2], ['text', 'a'], ['nothing', null]])('ends a connection that releases %s', async (_what, count) => {
    const { connection, script } = await scripted(new EveryImpl());
    script.hello();
    script.say(1, 1, 0, ordinal('makeCounter'), [1]);
    const [, , object] = await script.answer(2);
    script.say(5, [[(object as number[])[0], count]]);
    expect(await script.goodbye()).toContain('release');
    expect(connection.closed?.how).toBe('fault');
  });

  it('ends a connection that releases the first object, or what was never there', async () => {
    for (const id of [0, 77, -1]) {
      const { script } = await scripted(new EveryImpl());
      script.hello();
      script.say(5, [[id, 1]]);
      expect(await script.goodbye()).toContain('not held');
    }
  });
});

describe('disconnection', () => {
  it('fails calls before, during and after with their phase', async () => {
    const pair = await connect(new EveryImpl());
    await pair.every.nothing();
    const during = pair.every.never().catch((e: unknown) => e);
    await turns();
    const reasons: string[] = [];
    pair.client.onClosed((r) => reasons.push(r));
    pair.sockets[1].destroy();
    const error = await during;
    expect(error).toBeInstanceOf(Disconnected);
    expect((error as Disconnected).phase).toBe('during');
    await expect(pair.every.nothing()).rejects.toMatchObject({ phase: 'before' });
    expect(reasons).toEqual(['the connection was closed']);
    expect(pair.client.closed?.how).toBe('lost');
  });

  it('tells an orderly end from a crash, and in which process calls never left', async () => {
    const pair = await connect(new EveryImpl());
    await pair.every.nothing();
    pair.server.close('stopping');
    await until(() => pair.client.isClosed, 'goodbye');
    expect(pair.client.closed).toEqual({ how: 'goodbye', text: 'stopping' });
    const { connection, script } = await scripted(null);
    const waiting = (connection.peerObject() as Every).nothing().catch((e: unknown) => e);
    script.socket.destroy();
    expect(await waiting).toMatchObject({ phase: 'before' });
  });

  it('aborts what it serves, and notices a death in the middle of a message', async () => {
    const impl = new EveryImpl();
    const pair = await connect(impl);
    pair.every.wait(new AbortController().signal).catch(() => undefined);
    await turns();
    pair.sockets[0].write(Buffer.from([200, 0, 0, 0, 0x91]));
    await turns();
    pair.sockets[0].destroy();
    await until(() => impl.aborted === 1, 'abort');
    expect(pair.server.closed?.text).toContain('in the middle of a message');
  });

  it('answers a ping, and refuses one when closed', async () => {
    const pair = await connect(new EveryImpl());
    expect(await pair.client.ping()).toBeGreaterThanOrEqual(0);
    await closeEmpty(pair);
    await expect(pair.client.ping()).rejects.toThrow(Disconnected);
  });
});

describe('hostile peers', () => {
  const end = async (say: (s: Awaited<ReturnType<typeof scripted>>['script']) => void, text: string, greet = true): Promise<void> => {
    const { connection, script } = await scripted(new EveryImpl());
    if (greet) script.hello();
    say(script);
    expect(await script.goodbye()).toContain(text);
    await until(() => script.ended, 'end');
    expect(connection.tables).toEqual(EMPTY);
  };

  it('lose their connection, with the reason', async () => {
    await end((s) => s.say(1, 1, 0, 0, []), 'no hello', false);
    await end((s) => s.say(0, 'coin-ipc', [2, 0], 'x', '', '', '', [1, 1, 1, 1, 1], 1, []), 'protocol version 2', false);
    await end((s) => s.say(0, 'coin-ipc', [1, 0], 'x', '', '', '', [], 1, []), 'figure', false);
    await end((s) => s.say(11, 1), 'unknown kind');
    await end((s) => s.say(2, 5, null), 'not under way');
    await end((s) => s.say(3, 5, [0, 'rpc', 'x', null]), 'not under way');
    await end((s) => s.say(1, 0, 0, 0, []), 'without number');
    await end((s) => s.say(1, 1, 0, 0), 'without number');
    await end((s) => s.say(1, 1, 0, ordinal('nothing'), [], 99), 'not under way');
    await end((s) => { s.say(1, 1, 0, ordinal('never'), []); s.say(1, 1, 0, ordinal('never'), []); }, 'number of another');
    await end((s) => s.socket.write(Buffer.from([255, 255, 255, 255])), 'limit frameBytes');
    await end((s) => s.socket.write(Buffer.from([2, 0, 0, 0, 0x81, 0xc0])), 'kind of value');
  });

  it('are refused another coin or network', async () => {
    const { script } = await scripted(null, { coin: 'umkoin', network: 'regtest' });
    script.say(0, 'coin-ipc', [1, 0], 'bitcoin-wallet', '', 'bitcoin', 'regtest', [1e6, 64, 1e5, 4096, 65536], 1e6, []);
    expect(await script.goodbye()).toBe('bitcoin-wallet runs bitcoin, this end umkoin');
  });

  it('are heard for a limited time', async () => {
    const { script } = await scripted(null, { limits: { helloMs: 20 } });
    expect(await script.goodbye()).toContain('limit helloMs');
    expect((await script.answer(10))[1]).toBe(3);
  });

  it('count where they came in time to an end that was too busy to read them', async () => {
    const { connection, script } = await scripted(null, { limits: { helloMs: 50 } });
    script.hello();
    for (const begin = performance.now(); performance.now() - begin < 100;);
    await connection.ready();
    await turns();
    expect(connection.closed).toBeNull();
    connection.close();
  });

  it('get an error, no more, for what a version difference explains', async () => {
    const { connection, script } = await scripted(new EveryImpl());
    script.hello();
    script.say(64, 'extension');
    script.say(1, 1, 0, 4000, []);
    expect((await script.answer(3))[2]).toEqual([5, 'unimplemented', 'Every has no method 4000 here', null]);
    script.say(1, 2, 50, 0, []);
    await until(() => script.got.length === 3, 'second answer');
    expect(script.got[2]).toEqual([3, 2, [6, 'disposed', 'call on an object that was released', null], true]);
    script.say(1, 3, [1, [0]], 0, []);
    script.say(1, 4, 0, ordinal('point'), [[1, 2, 'a newer field']]);
    script.say(1, 5, 0, ordinal('point'), [[1]]);
    await until(() => script.got.length === 6, 'answers');
    expect(script.got.map((m) => [m[0], m[1]]).slice(3)).toEqual(expect.arrayContaining([[3, 3], [2, 4], [3, 5]]));
    expect(script.got.find((m) => m[1] === 5)?.[2]).toEqual([2, 'invalid-message', 'Every.point v: expected 2 fields, got 1', null]);
    connection.close();
  });

  it('may have as many calls and bytes under way as the limits say', async () => {
    const atMost = await scripted(new EveryImpl(), { limits: { calls: 3 } });
    atMost.script.hello();
    for (let i = 1; i <= 3; i++) atMost.script.say(1, i, 0, ordinal('never'), []);
    await until(() => atMost.connection.tables.served === 3, 'three calls');
    atMost.script.say(1, 4, 0, ordinal('never'), []);
    expect(await atMost.script.goodbye()).toContain('limit calls');
    const bytes = await scripted(new EveryImpl(), { limits: { windowBytes: 1000 } });
    bytes.script.hello();
    bytes.script.say(1, 1, 0, ordinal('text'), ['x'.repeat(5000)]);
    await bytes.script.answer(2);
    bytes.script.say(1, 2, 0, ordinal('never'), []);
    bytes.script.say(1, 3, 0, ordinal('text'), ['x'.repeat(990)]);
    expect(await bytes.script.goodbye()).toContain('limit windowBytes');
  });

  it('hold as many objects as the limit says', async () => {
    const pair = await connect(new EveryImpl(), { server: { limits: { objects: 10 } } });
    const held = await pair.every.counters(10);
    await expect(pair.every.makeCounter(0)).rejects.toThrow(Overloaded);
    held.forEach(releaseProxy);
    await closeEmpty(pair);
  });

  it('nest calls as deep as the limit says', async () => {
    const pair = await connect(new EveryImpl());
    expect(await pair.every.pingPong(16, new EveryImpl())).toBe(16);
    await expect(pair.every.pingPong(17, new EveryImpl())).rejects.toThrow('limit nestedDepth');
    await close(pair);
  });
});

describe('flow', () => {
  it('sends no more calls than the peer takes, and all of them in time', async () => {
    const pair = await connect(new EveryImpl(), { server: { limits: { calls: 4, windowBytes: 2000 } } });
    const texts = Array.from({ length: 500 }, (_, i) => String(i).repeat(100));
    expect(await Promise.all(texts.map((t) => pair.every.text(t)))).toEqual(texts);
    await closeEmpty(pair);
  });

  it('lets both ends flood each other with calls that call back', async () => {
    const pair = await connect(new EveryImpl(), { client: { init: new EveryImpl(), limits: { calls: 2, windowBytes: 300 } }, server: { limits: { calls: 2, windowBytes: 300 } } });
    const other = pair.server.peerObject() as Every;
    const flood = (every: Every): Promise<number[]> => Promise.all(Array.from({ length: 200 }, () => every.countdown(3, async (n) => { await Promise.resolve(n); })));
    const done = await Promise.all([flood(pair.every), flood(other)]);
    expect(done.flat().length).toBe(400);
    await closeEmpty(pair);
  });

  it('withdraws a cancelled call that has not left', async () => {
    const { connection, script } = await scripted(null);
    const every = connection.peerObject() as Every;
    const controller = new AbortController();
    const waiting = every.wait(controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    expect(connection.tables.calls).toBe(0);
    script.hello();
    await turns();
    expect(script.got.filter((m) => m[0] === 1)).toEqual([]);
    connection.close();
  });

  it('refuses a message that the peer does not take, and goes on', async () => {
    const pair = await connect(new EveryImpl(), { server: { limits: { frameBytes: 10_000 } } });
    await pair.client.ready();
    await expect(pair.every.json('x'.repeat(20_000))).rejects.toMatchObject({ code: 'too-large' });
    expect(await pair.every.int(1)).toBe(1);
    await closeEmpty(pair);
  });

  it('says so where the peer offers nothing', async () => {
    const pair = await connect(new EveryImpl());
    await expect((pair.server.peerObject() as Every).nothing()).rejects.toThrow(Unimplemented);
    await closeEmpty(pair);
  });
});

describe('-debug=ipc', () => {
  it('shows each call on both ends, with arguments at trace level and no secrets', async () => {
    const near = recorder();
    const far = recorder();
    const pair = await connect(new EveryImpl(), { client: { log: near.log }, server: { log: far.log } });
    await pair.every.point({ x: 1, y: 2 });
    await pair.every.bytes(new Uint8Array([1, 2, 255]));
    await pair.every.unlock('w', 'swordfish');
    await pair.every.login({ user: 'u', password: 'swordfish' });
    await pair.every.fail('rpc').catch(() => undefined);
    const has = (lines: readonly string[], pattern: RegExp): void => { expect(lines.filter((l) => pattern.test(l))).toHaveLength(1); };
    has(near.lines, /^coin-node -> .* Every\.point #1 sent \d+ bytes$/);
    has(near.lines, /^coin-node -> .* Every\.point #1 \(v: \{x: 1, y: 2\}\)$/);
    has(near.lines, /^coin-node <- coin-wallet Every\.point #1 returned \d+ bytes in \d+\.\d\d ms$/);
    has(near.lines, /Every\.bytes #2 \(v: 0x0102ff\)$/);
    has(near.lines, /Every\.unlock #3 \(name: "w", password: \[secret\]\)$/);
    has(near.lines, /Every\.unlock #3 = \[secret\]$/);
    has(near.lines, /Every\.login #4 \(login: \{user: "u", password: \[secret\]\}\)$/);
    has(far.lines, /^coin-wallet <- coin-node Every\.point #1 received \d+ bytes$/);
    has(far.lines, /^coin-wallet -> coin-node Every\.point #1 returned \d+ bytes in \d+\.\d\d ms$/);
    has(far.lines, /Every\.fail #5 threw \d+ bytes/);
    expect([...near.lines, ...far.lines].join('\n')).not.toContain('swordfish');
    await closeEmpty(pair);
  });

  it('brings a child\'s lines before the answer that they explain', async () => {
    const lines: string[] = [];
    const impl = new EveryImpl();
    const log = new RemoteLogger();
    log.info('before there is a parent');
    impl.quick = (mark): Promise<string> => {
      log.info(`served ${mark}`);
      log.debug('ipc', 'not asked for');
      log.debug('walletdb', 'asked for');
      return Promise.resolve(mark);
    };
    // Any callback over the same connection does for a sink.
    let parent: (n: number) => Promise<void> = () => Promise.resolve();
    const sent: string[][] = [];
    impl.handleTicks = (each): Promise<Subscription> => {
      parent = each;
      return Promise.resolve({ disconnect: () => Promise.resolve() });
    };
    const pair = await connect(impl);
    const subscription = await pair.every.handleTicks((n) => {
      lines.push(...sent[n] as string[]);
      return Promise.resolve();
    });
    log.connect({ write: (some) => parent(sent.push([...some]) - 1) }, { categories: ['walletdb'], trace: false });
    pair.server.beforeSend = (): void => log.flush();
    const answer = pair.every.quick('a');
    answer.then(() => lines.push('answered')).catch(() => undefined);
    expect(await answer).toBe('a');
    expect(lines).toEqual(['before there is a parent', 'served a', '[walletdb] asked for', 'answered']);
    pair.server.beforeSend = null;
    releaseProxy(subscription);
    await close(pair);
  });
});
