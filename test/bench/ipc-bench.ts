import { spawn } from 'node:child_process';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Init, ProcessConfig } from '../../ipc-spec/init.ts';
import type { Chain } from '../../ipc-spec/chain.ts';
import type { Echo } from '../../ipc-spec/echo.ts';
import { serveInherited, spawnProcess } from '../../src/ipc/spawn.ts';
import { SILENT } from '../../src/util/logger.ts';

export interface BenchRow { readonly what: string; readonly program: string; readonly figure: string }

const SELF = fileURLToPath(import.meta.url);
const SEQUENTIAL = 20_000;
const PIPELINED = 400_000;
const IN_FLIGHT = 64;

/** What the child hands out: an Echo and nothing else. */
class BenchInit implements Init {
  configure(_config: ProcessConfig): Promise<void> { return Promise.resolve(); }
  makeEcho(): Promise<Echo> { return Promise.resolve({ echo: (text: string) => Promise.resolve(text) }); }
  makeChain(): Promise<null> { return Promise.resolve(null); }
  makeWalletLoader(_chain: Chain): Promise<null> { return Promise.resolve(null); }
  makeRpc(): Promise<null> { return Promise.resolve(null); }
  makeNode(): Promise<null> { return Promise.resolve(null); }
  makeMining(): Promise<null> { return Promise.resolve(null); }
}

if (process.argv[1] === SELF && process.argv[2] === 'ipc') {
  serveInherited(3, { self: 'coin-wallet', peer: 'coin-node', init: new BenchInit() }, { log: SILENT }).onClosed(() => process.exit(0));
} else if (process.argv[1] === SELF && process.argv[2] === 'raw') {
  const socket = new net.Socket({ fd: 3 });
  socket.on('data', (chunk) => socket.write(chunk));
  socket.on('end', () => process.exit(0));
}

function quantile(sorted: Float64Array, q: number): number {
  return sorted[Math.floor(sorted.length * q)] ?? 0;
}

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
async function rawEcho(bytes: number): Promise<Float64Array> {
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
  }), SEQUENTIAL);
  socket.end();
  await new Promise((resolve) => { child.once('exit', resolve); });
  return times;
}

export async function benchIpc(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const row = (what: string, figure: string): void => { rows.push({ what, program: 'coin', figure }); };
  const micros = (t: Float64Array): string => `p50 ${quantile(t, 0.5).toFixed(1)} us, p99 ${quantile(t, 0.99).toFixed(1)} us`;

  const child = spawnProcess({ script: SELF, args: ['ipc'], self: 'coin-node', peer: 'coin-wallet', init: null }, { log: SILENT });
  const echo = await child.init.makeEcho();
  const typed = await sequential(() => echo.echo('x'), SEQUENTIAL);
  // Measured beside it, and twice: the machine's mood matters more than the difference.
  const raws = [await rawEcho(20), await rawEcho(20)];
  const raw = raws.reduce((a, b) => (quantile(a, 0.5) < quantile(b, 0.5) ? a : b));
  row('ipc: raw echo of 20 bytes, one after the other', micros(raw));
  row('ipc: typed call, 1 byte, one after the other', `${micros(typed)} (${(quantile(typed, 0.5) / quantile(raw, 0.5)).toFixed(2)} x raw)`);
  const text = 'x'.repeat(1000);
  row('ipc: typed call, 1 kB, one after the other', micros(await sequential(() => echo.echo(text), SEQUENTIAL)));
  const large = 'x'.repeat(1_000_000);
  row('ipc: typed call, 1 MB, one after the other', micros(await sequential(() => echo.echo(large), 100)));
  await pipelined(() => echo.echo('x'), PIPELINED / 4, IN_FLIGHT);
  for (const inFlight of [32, IN_FLIGHT, 256]) {
    row(`ipc: typed calls, ${inFlight} in flight`, `${Math.round(await pipelined(() => echo.echo('x'), PIPELINED, inFlight)).toLocaleString('en')} a second`);
  }
  child.connection.close();
  await child.exited;
  return rows;
}
