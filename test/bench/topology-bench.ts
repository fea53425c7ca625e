import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePorts } from '../functional/support/ports.ts';
import { rpcCall } from '../functional/support/rpc-client.ts';
import type { BenchRow } from './node-bench.ts';

const ADDRESS = 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw';
const TRANSACTIONS = 1_000;

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1] ?? NaN;

interface ProcessRow { readonly role: string; readonly pid?: number; readonly sandbox: string }

/** A coin-node that is started, asked and ended. */
class Subject {
  private readonly file: string;
  private readonly datadir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-bench-'));
  private child: ChildProcess | null = null;
  private port = 0;

  constructor(file: string) { this.file = file; }

  /** Milliseconds to the first RPC answer. */
  async start(args: readonly string[]): Promise<number> {
    const [p2p, rpc = 0] = await freePorts(2);
    this.port = rpc;
    const begin = performance.now();
    this.child = spawn(this.file, [
      '-regtest', `-datadir=${this.datadir}`, `-port=${p2p}`, `-rpcport=${rpc}`, '-listen=0', '-fallbackfee=0.0002', ...args,
    ], { stdio: 'ignore' });
    for (;;) {
      try {
        await this.rpc('getblockcount');
        return performance.now() - begin;
      } catch {
        if (performance.now() - begin > 30_000) throw new Error(`${this.file} does not answer`);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }
  }

  async rpc<T>(method: string, params: readonly unknown[] = [], wallet: string | null = null): Promise<T> {
    return rpcCall<T>({ port: this.port, auth: fs.readFileSync(path.join(this.datadir, 'regtest', '.cookie'), 'utf8') }, wallet, method, params);
  }

  async wallets(): Promise<ProcessRow> {
    const row = (await this.rpc<ProcessRow[]>('getprocesses')).find(({ role }) => role.endsWith('-wallet'));
    if (row === undefined) throw new Error('no wallet process');
    return row;
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.child?.on('exit', resolve));
    await this.rpc('stop');
    await gone;
  }

  remove(): void { fs.rmSync(this.datadir, { recursive: true, force: true }); }
}

/** What the fence adds to the start of a wallet process, and to a call. */
async function fences(file: string): Promise<BenchRow[]> {
  const times: Record<'auto' | 'off' | 'all', number[]> = { auto: [], off: [], all: [] };
  const calls: Record<'auto' | 'off' | 'all', number> = { auto: 0, off: 0, all: 0 };
  // Where no fence of the kernel's works, there is none for all.
  const hasAll = spawnSync('bwrap', ['--unshare-all', '--ro-bind', '/', '/', '--', process.execPath, '-e', '0']).status === 0;
  let name = 'none';
  for (let i = 0; i < 7; i++) {
    // One after the other, so that what else the machine does falls on both.
    for (const mode of ['auto', 'off', ...(hasAll ? ['all'] as const : [])] as const) {
      const subject = new Subject(file);
      try {
        times[mode].push(await subject.start([`-sandbox=${mode}`]));
        if (mode === 'auto') name = (await subject.wallets()).sandbox;
        if (i === 0) {
          await subject.rpc('createwallet', ['w']);
          const begin = performance.now();
          for (let n = 0; n < 500; n++) await subject.rpc('getbalance', [], 'w');
          calls[mode] = (performance.now() - begin) / 500;
        }
        await subject.stop();
      } finally {
        subject.remove();
      }
    }
  }
  const program = path.basename(file);
  return [
    { what: 'start-up with -sandbox=off (median of 7)', program, figure: `${median(times.off).toFixed(0)} ms` },
    { what: `start-up with a fence: ${name} (median of 7)`, program, figure: `${median(times.auto).toFixed(0)} ms` },
    { what: 'the fence at start-up', program, figure: `${(median(times.auto) - median(times.off)).toFixed(0)} ms` },
    ...(hasAll ? [
      { what: 'start-up with -sandbox=all (median of 7)', program, figure: `${median(times.all).toFixed(0)} ms` },
      { what: 'fences around all processes at start-up', program, figure: `${(median(times.all) - median(times.off)).toFixed(0)} ms` },
    ] : []),
    { what: 'the fence in a call of getbalance', program, figure: `${((calls.auto - calls.off) * 1000).toFixed(0)} us of ${(calls.off * 1000).toFixed(0)}` },
  ];
}

/** From kill -9 of the wallet process to its first answer. */
async function recovery(file: string): Promise<BenchRow[]> {
  const subject = new Subject(file);
  try {
    await subject.start(['-walletrestartwait=30']);
    await subject.rpc('createwallet', ['w']);
    const own = await subject.rpc<string>('getnewaddress', [], 'w');
    await subject.rpc('generatetoaddress', [20, own]);
    await subject.rpc('generatetoaddress', [100, ADDRESS]);
    for (let made = 0; made < TRANSACTIONS - 20;) {
      for (let i = 0; i < 20 && made < TRANSACTIONS - 20; i++, made++) await subject.rpc('sendtoaddress', [own, 0.01], 'w');
      await subject.rpc('generatetoaddress', [1, ADDRESS]);
    }
    const { txcount } = await subject.rpc<{ txcount: number }>('getwalletinfo', [], 'w');
    // Once only: a process that ends soon after its start has to wait before it is started again.
    const { pid = 0 } = await subject.wallets();
    const begin = performance.now();
    process.kill(pid, 'SIGKILL');
    for (let answered = false; !answered;) {
      try {
        await subject.rpc('getbalance', [], 'w');
        answered = true;
      } catch {
        // The call under way when it died fails, and is made anew.
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }
    const took = performance.now() - begin;
    await subject.stop();
    return [{ what: `kill -9 of the wallet process with ${txcount} transactions to its first answer`, program: path.basename(file), figure: `${took.toFixed(0)} ms` }];
  } finally {
    subject.remove();
  }
}

/** Fences and recovery. */
export async function benchTopology(file: string): Promise<BenchRow[]> {
  return [...await fences(file), ...await recovery(file)];
}
