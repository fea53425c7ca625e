import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { LocalAddress } from '../../../src/ipc/address.ts';
import { connectIpc } from '../../../src/ipc/connect.ts';
import { decodeMessage, encodeFrame, HEADER_BYTES } from '../../../src/ipc/frame.ts';
import { DEFAULT_LIMITS, type Limits } from '../../../src/ipc/limits.ts';
import { IpcListener } from '../../../src/ipc/listen.ts';
import { releaseProxy } from '../../../src/ipc/remote-object.ts';
import { SILENT } from '../../../src/util/logger.ts';
import { EveryImpl } from '../../interfaces/every-impl.ts';
import { everyInterface } from '../../interfaces/generated/every.ts';
import type { Every } from '../../interfaces/spec/every.ts';
import { close, closeEmpty, connect, recorder, scripted, turns, until } from './support.ts';

const ordinal = (name: keyof Every): number => everyInterface.methods.find((m) => m?.name === name)?.ordinal ?? -1;

type Scripted = Awaited<ReturnType<typeof scripted>>;

/** A connection with one limit, its own object behind it, and a script at the other end that has said hello. */
async function limited(limits: Partial<Limits>, impl = new EveryImpl()): Promise<Scripted & { impl: EveryImpl; call: (id: number, method: keyof Every, args?: readonly unknown[], to?: unknown, parent?: number) => void }> {
  const made = await scripted(impl, { limits });
  made.script.hello();
  return {
    ...made, impl,
    call: (id, method, args = [], to = 0, parent) => made.script.say(1, id, to, ordinal(method), args, ...(parent === undefined ? [] : [parent])),
  };
}

/** What a call was answered with: its result, or the text of its error. */
async function outcome({ script }: Scripted, id: number): Promise<unknown> {
  const find = (): unknown[] | undefined => script.got.find((m) => (m[0] === 2 || m[0] === 3) && m[1] === id);
  await until(() => find() !== undefined, `the answer to call ${id}`);
  const found = find() ?? [];
  return found[0] === 2 ? found[2] : (found[2] as unknown[])[2];
}

/** A call whose message takes exactly so many bytes. */
function callOf(bytes: number, id: number): unknown[] {
  for (let n = bytes; n >= 0; n--) {
    const message = [1, id, 0, ordinal('text'), ['x'.repeat(n)]];
    if (encodeFrame(message, 1e6).length - HEADER_BYTES === bytes) return message;
  }
  throw new Error('no such message');
}

/** For each limit: what is just allowed works, and one more has its clear end. A limit without an entry does not compile. */
const AT_AND_OVER: Readonly<Record<keyof Limits, () => Promise<void>>> = {
  async frameBytes() {
    const one = await limited({ frameBytes: 1000 });
    one.script.say(...callOf(1000, 1));
    expect(await outcome(one, 1)).toMatch(/^x+$/);
    one.script.say(...callOf(1001, 2));
    expect(await one.script.goodbye()).toContain('frame of 1001 bytes: at most 1000 (limit frameBytes)');
    // The sender knows the other end's limit, and fails the call alone.
    const pair = await connect(new EveryImpl(), { server: { limits: { frameBytes: 10_000 } } });
    await pair.client.ready();
    await expect(pair.every.text('x'.repeat(10_000))).rejects.toThrow('(limit frameBytes)');
    expect(await pair.every.int(1)).toBe(1);
    await closeEmpty(pair);
  },
  async depth() {
    const nested = (n: number): unknown[] => (n === 1 ? [] : [nested(n - 1)]);
    const decode = (depth: number, limit: number): unknown => {
      const frame = encodeFrame(nested(depth), 1e6);
      return decodeMessage(frame, HEADER_BYTES, frame.length, { ...DEFAULT_LIMITS, depth: limit });
    };
    expect(decode(7, 7)).toEqual(nested(7));
    expect(() => decode(8, 7)).toThrow('nested more than 7 deep (limit depth)');
    const one = await limited({ depth: 7 });
    one.script.say(...nested(8));
    expect(await one.script.goodbye()).toContain('limit depth');
  },
  async elements() {
    const one = await limited({ elements: 40 });
    // Of the forty values the message, its arguments and their list are three, and number, object and method three more.
    const list = (n: number): unknown[] => [Array.from({ length: n }, (_, i) => i)];
    one.call(1, 'list', list(33));
    expect(await outcome(one, 1)).toHaveLength(33);
    one.call(2, 'list', list(34));
    expect(await one.script.goodbye()).toContain('more than 40 values in a frame (limit elements)');
  },
  async windowBytes() {
    const one = await limited({ windowBytes: 1000 });
    const size = encodeFrame([1, 1, 0, ordinal('never'), []], 1e6).length;
    one.call(1, 'never');
    one.script.say(...callOf(1000 - size - HEADER_BYTES, 2));
    expect(await outcome(one, 2)).toMatch(/^x+$/);
    one.script.say(...callOf(1000 - size - HEADER_BYTES + 1, 3));
    expect(await one.script.goodbye()).toContain('more than 1000 bytes of calls at once (limit windowBytes)');
  },
  async calls() {
    const one = await limited({ calls: 3 });
    for (let id = 1; id <= 3; id++) one.call(id, 'never');
    await until(() => one.connection.tables.served === 3, 'three calls');
    one.call(4, 'never');
    expect(await one.script.goodbye()).toContain('more than 3 calls at once (limit calls)');
    const stream = await limited({ calls: 3 });
    for (let id = 1; id <= 3; id++) stream.call(id, 'push', [id, 10_000, new Uint8Array(1)]);
    await until(() => stream.connection.tables.served === 3, 'three calls');
    stream.call(4, 'push', [4, 0, new Uint8Array(1)]);
    expect(await stream.script.goodbye()).toContain('more than 3 calls of one stream at once (limit calls)');
  },
  async running() {
    const one = await limited({ running: 2 });
    for (let id = 1; id <= 3; id++) one.call(id, 'lateCounter', [id, 50]);
    await until(() => one.connection.queues.in === 1, 'one that waits');
    expect(one.impl.made).toHaveLength(0);
    await outcome(one, 3);
    expect(one.impl.made).toHaveLength(3);
    one.connection.close();
  },
  async freeCalls() {
    const one = await limited({ freeCalls: 2, calls: 100 });
    for (let id = 1; id <= 3; id++) one.call(id, 'poll');
    // The third keeps its credit out: the window bounds it.
    await until(() => one.impl.busy === 3, 'three polls');
    await until(() => one.script.got.some((m) => m[0] === 6), 'credit');
    await turns();
    expect(one.script.got.filter((m) => m[0] === 6).flatMap((m) => m[1])).toEqual([1, 2]);
    // A call that needs no credit at all is refused, alone.
    one.call(4, 'abortStuck');
    expect(await outcome(one, 4)).toContain('more than 2 such calls at once (limit freeCalls)');
    one.call(5, 'int', [1]);
    expect(await outcome(one, 5)).toBe(1);
    one.connection.close();
  },
  async streamBytes() {
    const size = encodeFrame([1, 1, 0, ordinal('push'), [1, 9999, new Uint8Array(100)]], 1e6).length;
    const at = await limited({ streamBytes: 2 * size });
    for (let id = 1; id <= 2; id++) at.call(id, 'push', [1, 9999, new Uint8Array(100)]);
    at.call(3, 'int', [1]);
    expect(await outcome(at, 3)).toBe(1);
    at.call(4, 'push', [1, 9999, new Uint8Array(100)]);
    expect(await at.script.goodbye()).toContain(`more than ${2 * size} bytes of streams at once (limit streamBytes)`);
  },
  async nestedCalls() {
    // The script is asked back, and calls from within that call.
    const one = await limited({ nestedCalls: 2 });
    one.script.say(1, 1, 0, ordinal('countdown'), [1, [9]]);
    await until(() => one.script.got.some((m) => m[0] === 1), 'the call back');
    const back = one.script.got.find((m) => m[0] === 1)?.[1] as number;
    for (let id = 2; id <= 3; id++) one.call(id, 'never', [], 0, back);
    one.call(4, 'int', [1], 0, back);
    expect(await outcome(one, 4)).toContain('more than 2 calls within one (limit nestedCalls)');
    expect(one.connection.tables.served).toBe(3);
    one.connection.close();
  },
  async nestedDepth() {
    const pair = await connect(new EveryImpl(), { client: { limits: { nestedDepth: 4 } }, server: { limits: { nestedDepth: 4 } } });
    expect(await pair.every.pingPong(4, new EveryImpl())).toBe(4);
    await expect(pair.every.pingPong(5, new EveryImpl())).rejects.toThrow('nested more than 4 deep (limit nestedDepth)');
    await close(pair);
  },
  async objects() {
    const out = await connect(new EveryImpl(), { server: { limits: { objects: 10 } } });
    const held = await out.every.counters(10);
    await expect(out.every.makeCounter(0)).rejects.toThrow('more than 10 objects handed out (limit objects)');
    held.forEach(releaseProxy);
    releaseProxy(await out.every.makeCounter(0));
    await closeEmpty(out);
    const into = await connect(new EveryImpl(), { client: { limits: { objects: 10 } } });
    const got = await into.every.counters(9);
    await expect(into.every.counters(10)).rejects.toThrow('(limit objects)');
    got.forEach(releaseProxy);
    await close(into);
  },
  async answers() {
    const one = await limited({ answers: 2 });
    for (let id = 1; id <= 3; id++) one.call(id, 'makeCounter', [id]);
    await outcome(one, 3);
    one.script.say(1, 10, [3, []], 0, [1]);
    one.script.say(1, 11, [2, []], 0, [1]);
    expect([await outcome(one, 10), await outcome(one, 11)]).toEqual([4, 3]);
    one.script.say(1, 12, [1, []], 0, [1]);
    expect(await outcome(one, 12)).toContain('a call on a result that is not known');
    one.connection.close();
  },
  async queuedCalls() {
    const { connection } = await scripted(null, { limits: { queuedCalls: 3 } });
    const every = connection.peerObject() as Every;
    const waiting = [1, 2, 3].map((n) => every.int(n));
    await expect(every.int(4)).rejects.toThrow('more than 3 calls wait (limit queuedCalls)');
    connection.close();
    for (const call of waiting) await expect(call).rejects.toMatchObject({ phase: 'before' });
  },
  async queuedBytes() {
    const { connection } = await scripted(null, { limits: { queuedBytes: 1000 } });
    const every = connection.peerObject() as Every;
    const waiting: Promise<unknown>[] = [every.text('x'.repeat(900))];
    await expect(every.text('x'.repeat(100))).rejects.toThrow('more than 1000 bytes of calls wait (limit queuedBytes)');
    waiting.push(every.int(1));
    connection.close();
    for (const call of waiting) await expect(call).rejects.toMatchObject({ phase: 'before' });
    // One that is larger than all of it may wait alone.
    const other = await scripted(null, { limits: { queuedBytes: 1000 } });
    const alone = (other.connection.peerObject() as Every).text('x'.repeat(5000));
    expect(other.connection.queues.out).toBe(1);
    other.connection.close();
    await expect(alone).rejects.toMatchObject({ phase: 'before' });
  },
  async backlogBytes() {
    const one = await limited({ backlogBytes: 100_000, frameBytes: 250_000 });
    one.script.socket.pause();
    for (let id = 1; id <= 3; id++) one.call(id, 'bytes', [new Uint8Array(200_000)]);
    await until(() => one.connection.backlog > 100_000, 'backlog');
    one.call(4, 'quick', ['x']);
    await until(() => one.connection.queues.in > 0, 'a call that waits');
    expect(one.impl.started).toEqual([]);
    one.script.socket.resume();
    expect(await outcome(one, 4)).toBe('x');
    one.connection.close();
  },
  async stallMs() {
    const one = await limited({ backlogBytes: 100_000, stallMs: 60 });
    one.script.socket.pause();
    for (let id = 1; id <= 5; id++) one.call(id, 'bytes', [new Uint8Array(200_000)]);
    await until(() => one.connection.isClosed, 'the end');
    expect(one.connection.closed?.text).toContain('has taken nothing for 60 ms (limit stallMs)');
    one.script.socket.destroy();
  },
  async helloMs() {
    const one = await scripted(null, { limits: { helloMs: 30 } });
    expect(await one.script.goodbye()).toContain('no hello within 30 ms (limit helloMs)');
    const inTime = await limited({ helloMs: 1000 });
    await new Promise((resolve) => { setTimeout(resolve, 1020); });
    inTime.call(1, 'int', [1]);
    expect(await outcome(inTime, 1)).toBe(1);
    inTime.connection.close();
  },
};

describe('limits', () => {
  it('have the figures that are documented', () => {
    expect(DEFAULT_LIMITS).toEqual({
      frameBytes: 67_108_864, depth: 64, elements: 262_144, windowBytes: 1_048_576, calls: 4096, running: 256, freeCalls: 4096, streamBytes: 16_777_216, nestedCalls: 1024,
      nestedDepth: 16, objects: 65_536, answers: 16_384, queuedCalls: 65_536, queuedBytes: 67_108_864, backlogBytes: 8_388_608, stallMs: 60_000, helloMs: 5000,
    });
  });

  for (const [name, test] of Object.entries(AT_AND_OVER)) it(`hold, and say so: ${name}`, test);

  it('hold for the connections of a listener', async () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-limit-'));
    const address: LocalAddress = { kind: 'unix', isFile: true, path: path.join(dir, 's'), text: 'unix:s' };
    const { log, lines } = recorder(false);
    const listener = new IpcListener(address, { self: 'coin-node', coin: 'coin', network: 'regtest', key: null, maxConnections: 2 }, { log, makeInit: () => new EveryImpl() });
    await listener.listen();
    const dial = (): ReturnType<typeof connectIpc> => (
      connectIpc(address, { self: 'coin-cli', coin: 'coin', network: 'regtest', init: null }, { log: SILENT })
    );
    const two = [await dial(), await dial()];
    await expect(dial()).rejects.toThrow();
    expect(lines.join('\n')).toContain('has 2 connections: a further one is refused (limit maxConnections)');
    for (const connection of two) connection.close();
    await listener.close('the test is over');
    fs.rmSync(dir, { recursive: true });
  });
});
