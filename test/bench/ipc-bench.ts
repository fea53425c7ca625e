import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Connection } from '../../src/ipc/connection.ts';
import { serveInherited, type Spawned, spawnProcess } from '../../src/ipc/spawn.ts';
import { SILENT } from '../../src/util/logger.ts';
import { EveryImpl } from '../interfaces/every-impl.ts';
import { everyInterface } from '../interfaces/generated/every.ts';
import type { Every, Subscription } from '../interfaces/spec/every.ts';
import { others, serveOther } from './ipc-others.ts';

export interface BenchRow { readonly what: string; readonly program: string; readonly figure: string }

const SELF = fileURLToPath(import.meta.url);
const SEQUENTIAL = 20_000;
const PIPELINED = 400_000;
const OTHERS_PIPELINED = 100_000;
const BLOCK = 1_000_000;
const BLOCKS = 200;
const SUBSCRIBERS = 100;
const TICKS = 500;

/** Takes what is streamed, and keeps nothing. */
class Sink extends EveryImpl {
  private count = 0;
  override push(): Promise<void> {
    this.count++;
    return Promise.resolve();
  }
  override pushed(): Promise<number[]> {
    const { count } = this;
    this.count = 0;
    return Promise.resolve([count]);
  }
}

let held: Subscription[] = [];

/** Many connections in one process, each with a subscription. */
async function subscribe(file: string): Promise<void> {
  const ready = Array.from({ length: SUBSCRIBERS }, async () => {
    const connection = new Connection(net.connect(file), { self: 'coin-gui', peer: 'coin-node', init: null, initInterface: everyInterface }, { log: SILENT });
    connection.onClosed(() => process.exit(0));
    return (connection.peerObject() as Every).handleTicks(() => Promise.resolve());
  });
  // A subscription that nobody holds is ended.
  held = await Promise.all(ready);
  process.stdout.write(`${held.length} are ready`);
}

if (process.argv[1] === SELF || process.argv.includes('port')) {
  const word = process.argv[2] ?? '';
  if (word === 'ipc') {
    serveInherited(3, { self: 'coin-wallet', peer: 'coin-node', init: new Sink(), initInterface: everyInterface }, { log: SILENT }).onClosed(() => process.exit(0));
  } else if (word === 'subscribe') await subscribe(process.argv[3] ?? '');
  else serveOther(word);
}

function quantile(sorted: Float64Array, q: number): number {
  return sorted[Math.floor(sorted.length * q)] ?? 0;
}

const micros = (t: Float64Array): string => `p50 ${quantile(t, 0.5).toFixed(1)} us, p99 ${quantile(t, 0.99).toFixed(1)} us`;
const thousands = (n: number): string => Math.round(n).toLocaleString('en');

async function sequential(call: () => Promise<unknown>, n: number): Promise<Float64Array> {
  for (let i = 0; i < n / 4; i++) await call();
  const times = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const start = performance.now();
    await call();
    times[i] = (performance.now() - start) * 1000;
  }
  return times.sort();
}

/** Calls a second with `inFlight` under way. */
async function pipelined(call: () => Promise<unknown>, n: number, inFlight: number): Promise<number> {
  let left = n;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left--;
      await call();
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: inFlight }, worker));
  return n / ((performance.now() - start) / 1000);
}

/** Round trips of bytes that nothing looks at, over the same kind of socket pair. */
async function rawEcho(bytes: number, n: number): Promise<Float64Array> {
  const child = spawn(process.execPath, [SELF, 'raw'], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  const socket = child.stdio[3] as Duplex;
  const message = Buffer.alloc(bytes, 1);
  let got = 0;
  let done: () => void = () => undefined;
  socket.on('data', (chunk: Buffer) => {
    got += chunk.length;
    if (got >= bytes) {
      got -= bytes;
      done();
    }
  });
  const times = await sequential(() => new Promise<void>((resolve) => {
    done = resolve;
    socket.write(message);
  }), n);
  socket.end();
  await new Promise((resolve) => { child.once('exit', resolve); });
  return times;
}

const megabytes = (seconds: number, bytes: number): string => `${thousands(bytes / seconds / 1e6)} MB/s`;

/** One process, one event, a hundred connections that hear of it: time until the last has answered. */
async function fanOut(): Promise<Float64Array> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-bench-'));
  const file = path.join(dir, 's');
  const impl = new EveryImpl();
  const open: Connection[] = [];
  const server = net.createServer((socket) => {
    open.push(new Connection(socket, { self: 'coin-node', peer: 'coin-gui', init: impl, initInterface: everyInterface }, { log: SILENT }));
  });
  await new Promise<void>((resolve) => { server.listen(file, resolve); });
  const child = spawn(process.execPath, [SELF, 'subscribe', file], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => { child.stdout.once('data', resolve); });
  const times = await sequential(() => impl.tick(1), TICKS);
  for (const connection of open) connection.close();
  await new Promise((resolve) => { child.once('exit', resolve); });
  server.close();
  fs.rmSync(dir, { recursive: true });
  return times;
}

const start = (): Spawned => (
  spawnProcess({ script: SELF, args: ['ipc'], self: 'coin-node', peer: 'coin-wallet', init: null, initInterface: everyInterface }, { log: SILENT })
);

/** Blocks one after the other there and back, and as a stream one way, in bytes a second of what arrives. */
async function blocks(every: Every, row: (what: string, figure: string) => void): Promise<void> {
  const block = new Uint8Array(BLOCK).fill(7);
  const raw = quantile(await rawEcho(BLOCK, BLOCKS), 0.5) / 1e6;
  row('ipc: raw echo of 1 MB, there and back', megabytes(raw, 2 * BLOCK));
  const typed = quantile(await sequential(() => every.bytes(block), BLOCKS), 0.5) / 1e6;
  row('ipc: typed call with 1 MB, there and back', `${megabytes(typed, 2 * BLOCK)} (${(raw / typed).toFixed(2)} x raw)`);
  const begin = performance.now();
  for (let i = 0; i < 5 * BLOCKS; i++) await every.push(i, 0, block);
  await every.pushed();
  row('ipc: stream of 1 MB blocks, one way', megabytes((performance.now() - begin) / 1000, 5 * BLOCKS * BLOCK));
}

export async function benchIpc(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const row = (what: string, figure: string): void => { rows.push({ what, program: 'coin', figure }); };
  const child = start();
  const every = child.connection.peerObject() as Every;
  // In turns: what else the machine does matters more than the difference.
  const typed: number[] = [];
  const raw: number[] = [];
  let shown = '';
  let shownRaw = '';
  for (let round = 0; round < 3; round++) {
    const echo = await rawEcho(20, SEQUENTIAL / 2);
    const calls = await sequential(() => every.text('x'), SEQUENTIAL / 2);
    raw.push(quantile(echo, 0.5));
    typed.push(quantile(calls, 0.5));
    shown = micros(calls);
    shownRaw = micros(echo);
  }
  const median = (list: number[]): number => [...list].sort((a, b) => a - b)[1] ?? 0;
  row('ipc: raw echo of 20 bytes, one after the other', shownRaw);
  row('ipc: typed call, 1 byte, one after the other', `${shown} (${(median(typed) / median(raw)).toFixed(2)} x raw, medians of 3)`);
  const text = 'x'.repeat(1000);
  row('ipc: typed call, 1 kB, one after the other', micros(await sequential(() => every.text(text), SEQUENTIAL)));
  await pipelined(() => every.text('x'), PIPELINED / 4, 64);
  for (const inFlight of [32, 64, 256]) {
    row(`ipc: typed calls, ${inFlight} in flight`, `${thousands(await pipelined(() => every.text('x'), PIPELINED, inFlight))} a second`);
  }
  await blocks(every, row);
  child.connection.close();
  await child.exited;
  const ticks = await fanOut();
  row(`ipc: one event to ${SUBSCRIBERS} connections`, `p50 ${(quantile(ticks, 0.5) / 1000).toFixed(2)} ms until the last has answered, ${thousands(SUBSCRIBERS * 1e6 / quantile(ticks, 0.5))} callbacks a second`);
  for (const make of others(SELF)) {
    const other = make();
    await other.call('x');
    const one = micros(await sequential(() => other.call('x'), SEQUENTIAL / 2));
    const many: string[] = [];
    for (const inFlight of [32, 256]) many.push(`${thousands(await pipelined(() => other.call('x'), OTHERS_PIPELINED, inFlight))} a second with ${inFlight} in flight`);
    const block = new Uint8Array(BLOCK).fill(7);
    const { bytes } = other;
    const large = bytes === null ? '' : `; 1 MB there and back: ${megabytes(quantile(await sequential(() => bytes(block), 50), 0.5) / 1e6, 2 * BLOCK)}`;
    row(`ipc: ${other.name}`, `${one}; ${many.join(', ')}${large}`);
    await other.close();
  }
  return rows;
}
