import { type ChildProcess, execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { freePorts } from './ports.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..', '..');

/** The executable under test: COIND, or coin-node of this repository. */
export const COIND = process.env['COIND'] ?? path.join(ROOT, 'bin', 'coin-node');
export const BIN = path.join(ROOT, 'bin');
/** Coin of the executable under test: first part of its name. */
export const COIN = path.basename(COIND).replace(/(?:-node|d)$/, '');
/** Where the programs of that coin are. */
export const COIN_BIN = path.dirname(path.resolve(COIND));
/** Whether wallets run in a process of their own. */
export const MULTIPROCESS = !/d$/.test(path.basename(COIND));

/** An answer with `error`, as the JSON-RPC client of a user would see it. */
export class RpcFailure extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export interface HttpReply { readonly status: number; readonly body: string; readonly headers: http.IncomingHttpHeaders }
export interface Finished { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** Runs a program to its end and collects what it printed. */
export function run(file: string, args: readonly string[], options: { input?: string; timeoutMs?: number } = {}): Promise<Finished> {
  return new Promise((resolve) => {
    const child = execFile(file, args, { timeout: options.timeoutMs ?? 120_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : null, stdout, stderr });
    });
    child.stdin?.end(options.input ?? '');
  });
}

/** Waits for what will be. How long it may take says nothing: on a machine with much else to do it takes longer. */
export async function until(what: string, check: () => boolean | Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    if (await check()) return;
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Removes a directory; a process that has just lost its parent may still be writing there. */
export async function removeTree(dir: string): Promise<void> {
  await until(`${dir} is gone`, () => {
    try {
      fs.rmSync(dir, { recursive: true, force: true });
      return true;
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw e;
      return false;
    }
  });
}

/** Which program runs, and on which network with which directory below the data directory. */
export interface TestProgram {
  readonly file: string;
  readonly network: string;
  readonly subdir: string;
}

const REGTEST: TestProgram = { file: COIND, network: 'regtest', subdir: 'regtest' };

/** One real node process, on regtest where nothing else is said, in a temporary directory, on free ports. */
export class TestNode {
  readonly program: TestProgram;
  readonly datadir: string;
  readonly p2pPort: number;
  readonly rpcPort: number;
  private child: ChildProcess | null = null;
  private stdout = '';
  private stderr = '';
  private exited: Promise<number | string> = Promise.resolve(0);

  private constructor(program: TestProgram, datadir: string, p2pPort: number, rpcPort: number) {
    this.program = program;
    this.datadir = datadir;
    this.p2pPort = p2pPort;
    this.rpcPort = rpcPort;
  }

  static async create(program: TestProgram = REGTEST): Promise<TestNode> {
    const [p2p, rpc] = await freePorts(2);
    if (p2p === undefined || rpc === undefined) throw new Error('no ports');
    return new TestNode(program, fs.mkdtempSync(path.join(os.tmpdir(), 'coin-functional-')), p2p, rpc);
  }

  get netDir(): string { return path.join(this.datadir, this.program.subdir); }
  get logFile(): string { return path.join(this.netDir, 'debug.log'); }
  log(): string { return fs.existsSync(this.logFile) ? fs.readFileSync(this.logFile, 'utf8') : ''; }
  get pid(): number {
    if (this.child?.pid === undefined) throw new Error('not running');
    return this.child.pid;
  }

  args(extra: readonly string[] = []): string[] {
    return [
      `-chain=${this.program.network}`, ...(this.namesDatadir ? [`-datadir=${this.datadir}`] : []), `-port=${this.p2pPort}`, `-rpcport=${this.rpcPort}`, '-bind=127.0.0.1',
      '-fallbackfee=0.0002', '-keypool=10', '-whitelist=noban@127.0.0.1', '-listenonion=0', '-natpmp=0', '-dnsseed=0', '-fixedseeds=0', ...extra,
    ];
  }

  /** Starts it and waits for its first RPC answer. */
  async start(extra: readonly string[] = []): Promise<this> {
    this.launch(extra);
    await until('the first RPC answer', async () => {
      if (this.child?.exitCode !== null) throw new Error(`the node ended at start: ${this.stderr}`);
      try {
        await this.rpc('getblockcount');
        return true;
      } catch (e) {
        if (e instanceof RpcFailure && e.code !== -28) throw e;
        return false;
      }
    });
    return this;
  }

  /** Environment that differs from the test's own. */
  env: Readonly<Record<string, string>> = {};

  /** Whether the command line says where the data lies; else a configuration does. */
  namesDatadir = true;

  /** Whether it starts in a process group of its own, as a terminal's job does. */
  ownGroup = false;

  /** Starts it without waiting. */
  launch(extra: readonly string[] = []): void {
    this.stdout = '';
    this.stderr = '';
    const child = spawn(this.program.file, this.args(extra), { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...this.env }, detached: this.ownGroup });
    child.stdout.on('data', (d: Buffer) => { this.stdout += d.toString(); });
    child.stderr.on('data', (d: Buffer) => { this.stderr += d.toString(); });
    this.child = child;
    this.exited = new Promise((resolve) => {
      child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
    });
  }

  /** Waits for the end: exit code or signal, and what it printed. */
  async ended(): Promise<{ status: number | string; stdout: string; stderr: string }> {
    const status = await this.exited;
    this.child = null;
    return { status, stdout: this.stdout, stderr: this.stderr };
  }

  signal(name: NodeJS.Signals): void { process.kill(this.pid, name); }

  async stop(): Promise<{ status: number | string; stdout: string; stderr: string }> {
    await this.rpc('stop');
    return this.ended();
  }

  async kill9(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended();
  }

  /** Ends it if it runs, and removes its directory. */
  async destroy(): Promise<void> {
    if (this.child !== null && this.child.exitCode === null && this.child.signalCode === null) await this.kill9();
    await removeTree(this.datadir);
  }

  /** For whoever reads why a test has failed. */
  private condition(): string {
    if (this.child === null) return 'the node does not run';
    const { exitCode, signalCode } = this.child;
    if (exitCode === null && signalCode === null) return 'the node runs';
    return `the node has ended: ${exitCode ?? signalCode}; stderr: ${this.stderr.slice(-2_000)}; log: ${this.log().slice(-1_000)}`;
  }

  cookie(): string { return fs.readFileSync(path.join(this.netDir, '.cookie'), 'utf8'); }

  /** One HTTP request as it is. */
  http(body: string, options: { path?: string; auth?: string | null; method?: string; headers?: Record<string, string> } = {}): Promise<HttpReply> {
    const auth = options.auth === undefined ? this.cookie() : options.auth;
    return new Promise((resolve, reject) => {
      const request = http.request({
        host: '127.0.0.1', port: this.rpcPort, path: options.path ?? '/', method: options.method ?? 'POST', agent: false,
        headers: {
          'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body),
          ...(auth === null ? {} : { Authorization: `Basic ${Buffer.from(auth).toString('base64')}` }), ...options.headers,
        },
      }, (response) => {
        let text = '';
        response.on('error', reject).setEncoding('utf8').on('data', (d: string) => { text += d; }).on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers });
        });
      });
      request.on('error', (e) => {
        e.message += ` (${this.condition()})`;
        reject(e);
      });
      request.end(body);
    });
  }

  async call(wallet: string | null, method: string, params: unknown): Promise<unknown> {
    const path_ = wallet === null ? '/' : `/wallet/${encodeURIComponent(wallet)}`;
    const reply = await this.http(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }), { path: path_ });
    if (reply.status !== 200) throw new Error(`HTTP ${reply.status}: ${reply.body}`);
    const parsed = JSON.parse(reply.body) as { result?: unknown; error?: { code: number; message: string } };
    if (parsed.error !== undefined) throw new RpcFailure(parsed.error.code, parsed.error.message);
    return parsed.result;
  }

  /** Calls with positional arguments. The caller names the type it expects. */
  async rpc<T = unknown>(method: string, ...params: unknown[]): Promise<T> {
    return (await this.call(null, method, params)) as T;
  }

  async wallet<T = unknown>(wallet: string, method: string, ...params: unknown[]): Promise<T> {
    return (await this.call(wallet, method, params)) as T;
  }

  cli(...args: string[]): Promise<Finished> {
    return run(path.join(COIN_BIN, `${COIN}-cli`), ['-regtest', `-datadir=${this.datadir}`, `-rpcport=${this.rpcPort}`, ...args]);
  }

  /** Connects to `other` and waits until both have finished the handshake. */
  async connect(other: TestNode): Promise<void> {
    await this.rpc('addnode', `127.0.0.1:${other.p2pPort}`, 'onetry');
    await until('the handshake', async () => {
      const mine = await this.rpc<{ version: number; addr: string }[]>('getpeerinfo');
      const theirs = await other.rpc<{ version: number }[]>('getpeerinfo');
      return mine.some((p) => p.addr === `127.0.0.1:${other.p2pPort}` && p.version > 0) && theirs.some((p) => p.version > 0);
    });
  }
}

/** Pids of the direct children of a process (Linux). */
export function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  if (!fs.existsSync(file)) return [];
  return fs.readFileSync(file, 'utf8').trim().split(' ').filter((s) => s !== '').map(Number);
}

/** Whether a process runs. One that has ended, and whose end nobody has asked for, does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const stat = `/proc/${pid}/stat`;
    return !fs.existsSync(stat) || !/^\d+ \(.*\) [ZX] /s.test(fs.readFileSync(stat, 'utf8'));
  } catch {
    return false;
  }
}
