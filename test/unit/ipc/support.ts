import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import v8 from 'node:v8';
import vm from 'node:vm';
import { expect } from '@jest/globals';
import { Connection, type ConnectionOptions } from '../../../src/ipc/connection.ts';
import { decodeMessage, encodeFrame, FrameReader } from '../../../src/ipc/frame.ts';
import { DEFAULT_LIMITS } from '../../../src/ipc/limits.ts';
import { SILENT, type Logger } from '../../../src/util/logger.ts';
import { everyInterface } from '../../interfaces/generated/every.ts';
import type { Every } from '../../interfaces/spec/every.ts';

/** Both ends of a real socket. */
export async function socketPair(): Promise<[net.Socket, net.Socket]> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-ipc-'));
  const file = path.join(dir, 's');
  const server = net.createServer();
  await new Promise<void>((resolve) => { server.listen(file, resolve); });
  const accepted = new Promise<net.Socket>((resolve) => { server.once('connection', resolve); });
  const client = net.connect(file);
  const other = await accepted;
  server.close();
  fs.rmSync(dir, { recursive: true, force: true });
  return [client, other];
}

export interface Pair {
  readonly client: Connection;
  readonly server: Connection;
  readonly every: Every;
  readonly sockets: readonly [net.Socket, net.Socket];
}

type Some = Partial<ConnectionOptions> & { readonly log?: Logger };

/** Two connections; the server's first object is `init`. */
export async function connect(init: object, options: { readonly client?: Some; readonly server?: Some } = {}): Promise<Pair> {
  const sockets = await socketPair();
  const client = new Connection(sockets[0], { self: 'coin-node', peer: 'peer', init: null, initInterface: everyInterface, ...options.client }, { log: options.client?.log ?? SILENT });
  const server = new Connection(sockets[1], { self: 'coin-wallet', peer: 'peer', init, initInterface: everyInterface, ...options.server }, { log: options.server?.log ?? SILENT });
  return { client, server, every: client.peerObject() as Every, sockets };
}

export async function turns(n = 5): Promise<void> {
  for (let i = 0; i < n; i++) await new Promise((resolve) => { setImmediate(resolve); });
}

/** How long a busy machine may let us wait for what mostly takes a moment. */
const PATIENCE_MS = 20_000;

/** Waits until `test` holds. */
export async function until(test: () => boolean, what: string): Promise<void> {
  for (const start = performance.now(); performance.now() - start < PATIENCE_MS;) {
    if (test()) return;
    await new Promise((resolve) => { setTimeout(resolve, 1); });
  }
  throw new Error(`waited in vain: ${what}`);
}

export const EMPTY = { exports: 0, imports: 0, calls: 0, served: 0, answers: 0 };

/** Ends a pair whose tables must be empty by now. */
export async function closeEmpty(pair: Pair): Promise<void> {
  const empty = (c: Connection): boolean => Object.values(c.tables).every((n) => n === 0);
  await until(() => empty(pair.client) && empty(pair.server), 'empty tables').catch(() => undefined);
  try {
    expect(pair.client.tables).toEqual(EMPTY);
    expect(pair.server.tables).toEqual(EMPTY);
  } finally {
    // A connection that stays open would keep the runner from its end.
    await close(pair);
  }
}

export async function close(pair: Pair): Promise<void> {
  pair.client.close();
  await Promise.all([pair.client.finished(), pair.server.finished()]);
}

/** A peer that speaks frame by frame. */
export class Script {
  readonly socket: net.Socket;
  readonly got: unknown[][] = [];
  ended = false;

  constructor(socket: net.Socket) {
    this.socket = socket;
    const reader = new FrameReader(DEFAULT_LIMITS.frameBytes);
    socket.on('data', (chunk: Buffer) => reader.push(chunk, (data, start, end) => {
      this.got.push(decodeMessage(data, start, end, DEFAULT_LIMITS));
      return true;
    }));
    socket.on('close', () => { this.ended = true; });
    socket.on('error', () => undefined);
  }

  say(...message: unknown[]): void { this.socket.write(encodeFrame(message, DEFAULT_LIMITS.frameBytes)); }

  /** A valid hello. */
  hello(window = 1024 * 1024, calls = 4096, frame = DEFAULT_LIMITS.frameBytes): void {
    this.say(0, 'coin-ipc', [1, 0], 'script', '', '', '', [frame, 64, 262144, calls, 65536], window, []);
  }

  async answer(kind: number): Promise<unknown[]> {
    await until(() => this.got.some((m) => m[0] === kind), `message of kind ${kind}`);
    return this.got.find((m) => m[0] === kind) as unknown[];
  }

  /** The text of the goodbye that ends the connection. */
  async goodbye(): Promise<string> { return (await this.answer(10))[2] as string; }
}

/** A connection that serves `init` to a script. */
export async function scripted(init: object | null, options: Some = {}): Promise<{ connection: Connection; script: Script }> {
  const [a, b] = await socketPair();
  const connection = new Connection(a, { self: 'coin-node', peer: 'script', init, initInterface: everyInterface, ...options }, { log: options.log ?? SILENT });
  return { connection, script: new Script(b) };
}

/** A logger that keeps its lines. */
export function recorder(trace = true): { log: Logger; lines: string[] } {
  const lines: string[] = [];
  const put = (line: string): void => { lines.push(line); };
  return { lines, log: { info: put, warning: put, error: put, debug: (_c, m) => put(m), trace: (_c, m) => put(m), enabled: (_c, level) => level !== 'trace' || trace } };
}

let gc: (() => void) | null = null;

/** Runs the collector now. */
export function collectGarbage(): void {
  if (gc === null) {
    v8.setFlagsFromString('--expose-gc');
    gc = vm.runInNewContext('gc') as () => void;
  }
  gc();
}
