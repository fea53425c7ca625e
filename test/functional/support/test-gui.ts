import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { freePorts } from './ports.ts';
import { BIN, type HttpReply, MULTIPROCESS, until } from './test-node.ts';

const CHROMIUMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** A browser on this machine; undefined where there is none. */
export const CHROMIUM = [process.env['CHROMIUM'] ?? '', ...CHROMIUMS].find((file) => file !== '' && fs.existsSync(file));
/** So long the browser is given for what is waited for, on a machine that does much else. */
const WAIT_MS = 60_000;
/** Where screenshots go. */
export const SHOTS = process.env['GUI_SHOTS'];

/** Removes a directory that processes which are just ending may still write to: a browser's helpers outlive it for a moment. */
function removeDirectory(dir: string): void {
  fs.rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}

interface Reply<T> { readonly result?: T; readonly error?: { readonly message: string } }

/** One real coin-gui (or coin-qt) on regtest, in a temporary directory, on free ports. */
export class TestGui {
  readonly datadir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-gui-'));
  readonly port: number;
  private readonly p2pPort: number;
  private child: ChildProcess | null = null;
  private ended: Promise<number | string> = Promise.resolve(0);
  private stdout = '';
  private stderr = '';

  private constructor(port: number, p2pPort: number) {
    this.port = port;
    this.p2pPort = p2pPort;
  }

  static async create(): Promise<TestGui> {
    const [port, p2p] = await freePorts(2);
    if (port === undefined || p2p === undefined) throw new Error('no ports');
    return new TestGui(port, p2p);
  }

  get pid(): number { return this.child?.pid ?? 0; }

  /** The directory for what a first start of this user would find. */
  get home(): string { return path.join(this.datadir, 'home'); }

  /** Starts it and waits for its address. `atHome`: without a data directory on the command line, in a home directory of its own. */
  async start(extra: readonly string[] = [], options: { readonly atHome?: boolean } = {}): Promise<this> {
    this.stdout = '';
    this.stderr = '';
    const atHome = options.atHome === true;
    if (atHome) fs.mkdirSync(this.home, { recursive: true });
    const child = spawn(path.join(BIN, MULTIPROCESS ? 'coin-gui' : 'coin-qt'), [
      '-regtest', ...(atHome ? [] : [`-datadir=${this.datadir}`]), `-guiport=${this.port}`, `-port=${this.p2pPort}`, '-bind=127.0.0.1', '-nobrowser', '-fallbackfee=0.0002', '-keypool=10',
      '-listenonion=0', '-natpmp=0', '-dnsseed=0', '-fixedseeds=0', ...extra,
    ], { stdio: ['ignore', 'pipe', 'pipe'], env: atHome ? { ...process.env, HOME: this.home, XDG_CONFIG_HOME: '' } : process.env });
    child.stdout.on('data', (d: Buffer) => { this.stdout += d.toString(); });
    child.stderr.on('data', (d: Buffer) => { this.stderr += d.toString(); });
    this.child = child;
    this.ended = new Promise((resolve) => { child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown')); });
    await until('the address of the page', async () => {
      if (this.stdout.includes('\n')) return true;
      if (child.exitCode === null && child.signalCode === null) return false;
      // What it said last may be on its way.
      await this.ended;
      if (this.stdout.includes('\n')) return true;
      throw new Error(`it ended at start: ${this.stderr}`);
    });
    return this;
  }

  /** Runs the program once more on the same directory, to its end. */
  async again(words: readonly string[]): Promise<{ readonly code: number | null; readonly stderr: string }> {
    const child = spawn(path.join(BIN, MULTIPROCESS ? 'coin-gui' : 'coin-qt'), ['-regtest', `-datadir=${this.datadir}`, '-nobrowser', ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (d: Buffer) => { stderr += d.toString(); });
    return new Promise((resolve) => { child.once('close', (code) => resolve({ code, stderr })); });
  }

  /** The address that was printed: good for one opening. */
  address(): string { return /http:\S+/.exec(this.stdout)?.[0] ?? ''; }
  token(): string { return this.address().split('#')[1] ?? ''; }
  output(): string { return this.stderr; }

  async untilEnd(): Promise<number | string> { return this.ended; }
  signal(name: NodeJS.Signals): void { this.child?.kill(name); }

  /** One HTTP request as it is. */
  http(method: string, url: string, headers: Readonly<Record<string, string>>, body = '', host = '127.0.0.1'): Promise<HttpReply> {
    return new Promise((resolve, reject) => {
      const request = http.request({ host, port: this.port, path: url, method, agent: false, headers: { Host: `127.0.0.1:${this.port}`, ...headers } }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (d: string) => { text += d; }).on('end', () => resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers }));
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  /** Bytes of a file of the page on its way. */
  async compressed(file: string): Promise<number> {
    const { status, headers } = await this.http('GET', file, { 'Accept-Encoding': 'gzip' });
    if (status !== 200 || headers['content-encoding'] !== 'gzip') throw new Error(`${file}: ${status}, ${headers['content-encoding'] ?? 'plain'}`);
    return Number(headers['content-length']);
  }

  /** Headers of a request as the page sends it. */
  pageHeaders(): Record<string, string> {
    return { Origin: `http://127.0.0.1:${this.port}`, 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' };
  }

  /** Opens a session as the page does: headers that a call needs. */
  async session(token = this.token()): Promise<Record<string, string>> {
    const reply = await this.http('POST', '/session', this.pageHeaders(), JSON.stringify({ token }));
    if (reply.status !== 200) throw new Error(`no session: ${reply.status} ${reply.body}`);
    const cookie = (reply.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
    return { ...this.pageHeaders(), Cookie: cookie, 'X-Coin-Session': (JSON.parse(reply.body) as { secret: string }).secret };
  }

  /** One call within a session. */
  async call<T>(session: Readonly<Record<string, string>>, method: string, args: object = {}): Promise<T> {
    const reply = JSON.parse((await this.http('POST', '/call', session, JSON.stringify({ method, args }))).body) as Reply<T>;
    if (reply.error !== undefined) throw new Error(reply.error.message);
    return reply.result as T;
  }

  /** Waits until the node answers. */
  async untilRunning(session: Readonly<Record<string, string>>): Promise<void> {
    await until('the node runs', async () => (await this.call<{ phase: string }>(session, 'app.state')).phase === 'running');
  }

  /** RPC through the console's call. */
  async rpc<T>(session: Readonly<Record<string, string>>, method: string, params: readonly unknown[] = [], wallet: string | null = null): Promise<T> {
    return JSON.parse(await this.call<string>(session, 'console.execute', { method, params: JSON.stringify(params), wallet })) as T;
  }

  async destroy(): Promise<void> {
    if (this.child !== null && this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGTERM');
      const timer = setTimeout(() => this.child?.kill('SIGKILL'), 20_000);
      await this.ended;
      clearTimeout(timer);
    }
    removeDirectory(this.datadir);
  }
}

/** A browser of its own, with a profile that goes when it goes. */
export class TestBrowser {
  readonly context: BrowserContext;
  private readonly dir: string;

  private constructor(context: BrowserContext, dir: string) {
    this.context = context;
    this.dir = dir;
  }

  static async launch(options: { readonly width: number; readonly height: number; readonly dark?: boolean; readonly locale?: string; readonly args?: readonly string[] }): Promise<TestBrowser> {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-browser-'));
    const context = await chromium.launchPersistentContext(dir, {
      executablePath: CHROMIUM ?? '', headless: true, viewport: { width: options.width, height: options.height }, colorScheme: options.dark === true ? 'dark' : 'light', locale: options.locale ?? 'en-US',
      // Nothing is looked at while it moves.
      reducedMotion: 'reduce',
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', ...options.args ?? []],
    });
    context.setDefaultTimeout(WAIT_MS);
    return new TestBrowser(context, dir);
  }

  get browser(): Browser | null { return this.context.browser(); }

  /** A new tab; what its console complains of is in `faults`. */
  async open(address: string): Promise<{ page: Page; faults: string[] }> {
    const page = await this.context.newPage();
    const faults: string[] = [];
    page.on('console', (message) => { if (message.type() === 'error') faults.push(message.text()); });
    page.on('pageerror', (error) => faults.push(String(error)));
    await page.goto(address);
    return { page, faults };
  }

  async close(): Promise<void> {
    await this.context.close();
    removeDirectory(this.dir);
  }
}
