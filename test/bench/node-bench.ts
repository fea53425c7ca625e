import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { freePorts } from '../functional/support/ports.ts';

/** One line of the table: what was measured, for which program, the figure and its unit. */
export interface BenchRow { readonly what: string; readonly program: string; readonly figure: string }

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1] ?? NaN;

/** A node under measurement: started, asked over one kept-alive connection, stopped. */
class Subject {
  private readonly agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  private readonly file: string;
  private readonly datadir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-bench-'));
  private child: ChildProcess | null = null;
  private port = 0;

  constructor(file: string) {
    this.file = file;
  }

  async start(args: readonly string[]): Promise<number> {
    const [p2p, rpc] = await freePorts(2);
    this.port = rpc ?? 0;
    const begin = performance.now();
    this.child = spawn(this.file, ['-regtest', `-datadir=${this.datadir}`, `-port=${p2p}`, `-rpcport=${rpc}`, '-listen=0', '-fallbackfee=0.0002', '-server', ...args], { stdio: 'ignore' });
    for (;;) {
      try {
        await this.rpc('getblockcount', []);
        return performance.now() - begin;
      } catch {
        if (performance.now() - begin > 30_000) throw new Error(`${this.file} does not answer`);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }
  }

  rpc(method: string, params: readonly unknown[], wallet = ''): Promise<unknown> {
    const cookie = fs.readFileSync(path.join(this.datadir, 'regtest', '.cookie'), 'utf8');
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    return new Promise((resolve, reject) => {
      const request = http.request({
        host: '127.0.0.1', port: this.port, method: 'POST', path: wallet === '' ? '/' : `/wallet/${wallet}`, agent: this.agent,
        headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), Authorization: `Basic ${Buffer.from(cookie).toString('base64')}` },
      }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (d: string) => { text += d; }).on('end', () => {
          const reply = JSON.parse(text) as { result?: unknown; error?: { message: string } };
          if (reply.error !== undefined && reply.error !== null) reject(new Error(reply.error.message));
          else resolve(reply.result);
        });
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.child?.on('exit', resolve));
    await this.rpc('stop', []);
    await gone;
    this.agent.destroy();
  }

  remove(): void {
    fs.rmSync(this.datadir, { recursive: true, force: true });
  }
}

/** Start-up, mining and RPC of one executable. */
export async function benchNode(file: string): Promise<BenchRow[]> {
  const program = path.basename(file);
  const rows: BenchRow[] = [];
  const starts: number[] = [];
  for (let i = 0; i < 5; i++) {
    const fresh = new Subject(file);
    starts.push(await fresh.start([]));
    await fresh.stop();
    fresh.remove();
  }
  rows.push({ what: 'start-up to first RPC answer (median of 5)', program, figure: `${median(starts).toFixed(0)} ms` });

  const subject = new Subject(file);
  try {
    await subject.start([]);
    const address = 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw';
    await subject.rpc('generatetoaddress', [100, address]);
    let begin = performance.now();
    await subject.rpc('generatetoaddress', [1000, address]);
    rows.push({ what: 'blocks by generatetoaddress', program, figure: `${(1e6 / (performance.now() - begin)).toFixed(0)} a second` });

    const calls = 3000;
    begin = performance.now();
    for (let i = 0; i < calls; i++) await subject.rpc('getblockcount', []);
    rows.push({ what: 'RPC getblockcount, one after the other', program, figure: `${(calls * 1000 / (performance.now() - begin)).toFixed(0)} a second` });

    await subject.rpc('createwallet', ['w']);
    begin = performance.now();
    for (let i = 0; i < 1000; i++) await subject.rpc('getbalance', [], 'w');
    rows.push({ what: 'RPC getbalance (wallet), one after the other', program, figure: `${(1e6 / (performance.now() - begin)).toFixed(0)} a second` });
    await subject.stop();
  } finally {
    subject.remove();
  }
  return rows;
}
