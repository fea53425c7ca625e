import fs from 'node:fs';
import path from 'node:path';
import { freePorts } from '../ports.ts';
import { rpcCall } from '../rpc-client.ts';
import { TestGui } from '../test-gui.ts';
import { COIN, TestNode, until } from '../test-node.ts';
import { TestWallet } from '../test-wallet.ts';
import { Relay } from './relay.ts';
import { SmallDisk } from './small-disk.ts';

/** No call may take longer, whatever happens to the processes; in the suite four worlds share the machine with each other and with other tests. */
export const LONGEST_CALL_MS = process.env['CHAOS_SECONDS'] === undefined ? 30_000 : 10_000;
export const WALLETS = ['a', 'b'] as const;
export type WalletName = (typeof WALLETS)[number];

/** A process that something may happen to. */
export interface Victim {
  readonly name: string;
  /** 0 while it does not run. */
  pid(): number;
  /** Starts it where that is for the test to do; resolves when it was started, not when it is ready. */
  start(): Promise<void>;
  /** Ends it in order where that is for the test to do. */
  stop(): Promise<void>;
  /** Where the logs say how it ended. */
  readonly endings: { readonly log: () => string; readonly pattern: RegExp };
}

/** One topology. */
export interface World {
  readonly name: string;
  readonly victims: readonly Victim[];
  readonly disks: readonly SmallDisk[];
  readonly lines: readonly Relay[];
  /** A call of the node. */
  node<T>(method: string, params?: readonly unknown[]): Promise<T>;
  /** A call of a wallet. */
  wallet<T>(name: WalletName, method: string, params?: readonly unknown[]): Promise<T>;
  /** Something the page asks; null while there is no page. */
  page(): Promise<unknown>;
  /** What the processes have written down. */
  logs(): Record<string, string>;
  /** Processes that the test has started itself. */
  roots(): number[];
  /** Ends everything in order. */
  stop(): Promise<void>;
  destroy(): Promise<void>;
}

const OPTIONS = ['-walletrestartwait=5', '-fallbackfee=0.0002'];

/** A cookie that is not there is a call that fails: nothing has been sent. */
class NothingSent extends Error { readonly code = 'ECONNREFUSED'; }

function later<T>(call: () => Promise<T>): Promise<T> {
  try {
    return call();
  } catch (e) {
    return Promise.reject(new NothingSent(String(e)));
  }
}

function ended(pid: number): boolean {
  try {
    return / [ZX] /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, ''));
  } catch {
    return true;
  }
}

async function untilEnded(pid: number): Promise<void> {
  if (pid !== 0) await until(`process ${pid} ends`, () => ended(pid), LONGEST_CALL_MS * 2);
}

/** A page beside a node that somebody else has started; its calls fail while it is not there. */
class Page {
  readonly gui: TestGui;
  private readonly args: readonly string[];
  private session: Record<string, string> | null = null;

  constructor(gui: TestGui, args: readonly string[]) {
    this.gui = gui;
    this.args = args;
  }

  async start(): Promise<void> {
    this.session = null;
    await this.gui.start(this.args);
    this.session = await this.gui.session();
  }

  async look(): Promise<unknown> {
    const { session } = this;
    if (session === null || this.gui.pid === 0) return null;
    const late = new Promise<never>((_resolve, reject) => { setTimeout(() => reject(new Error(`the page: no answer within ${LONGEST_CALL_MS} ms`)), LONGEST_CALL_MS).unref(); });
    const state = await Promise.race([this.gui.call<{ phase: string }>(session, 'app.state'), late]);
    return state.phase === 'running' ? Promise.race([this.gui.call(session, 'wallets.list'), late]) : state;
  }

  get log(): string {
    const file = path.join(this.gui.datadir, 'regtest', 'gui.log');
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  }

  victim(name: string, log: () => string, pattern: RegExp): Victim {
    const { gui } = this;
    return {
      name, pid: () => (gui.pid === 0 || ended(gui.pid) ? 0 : gui.pid), start: () => this.start(),
      stop: async () => {
        gui.signal('SIGTERM');
        await untilEnded(gui.pid);
      },
      endings: { log, pattern },
    };
  }
}

/** The world with its page; nothing of it is left where that does not come. */
async function shown(page: Page, world: World): Promise<World> {
  try {
    await page.start();
    return world;
  } catch (e) {
    await world.destroy();
    throw e;
  }
}

/** coin-node with the wallets in a process that it has spawned, and a page that is connected to it. */
export async function spawnedWorld(): Promise<World> {
  const node = await TestNode.create();
  const disk = SmallDisk.mount(node.datadir, 400);
  const page = new Page(await TestGui.create(), [`-ipcconnect=unix:${path.join(node.netDir, 'node.sock')}`]);
  const args = [...OPTIONS, '-ipcbind=unix'];
  let pid = 0;
  const launch = (): void => {
    node.launch(args);
    pid = node.pid;
  };
  launch();
  const call = <T>(wallet: string | null, method: string, params: readonly unknown[] = []): Promise<T> => (
    later(() => rpcCall<T>({ port: node.rpcPort, auth: node.cookie(), timeoutMs: LONGEST_CALL_MS }, wallet, method, params))
  );
  let walletPid = 0;
  const timer = setInterval(() => {
    void call<{ role: string; pid?: number }[]>(null, 'getprocesses').then((rows) => { walletPid = rows.find(({ role }) => role === `${COIN}-wallet`)?.pid ?? 0; }).catch(() => undefined);
  }, 300).unref();
  return shown(page, {
    name: 'a node with its wallets, and a page beside it', disks: disk === null ? [] : [disk], lines: [],
    victims: [
      {
        name: 'node', pid: () => (pid === 0 || ended(pid) ? 0 : pid), start: () => Promise.resolve(launch()),
        stop: async () => {
          process.kill(pid, 'SIGTERM');
          await untilEnded(pid);
        },
        endings: { log: () => page.log, pattern: /The node has gone: / },
      },
      {
        name: 'wallets', pid: () => (walletPid === 0 || ended(walletPid) ? 0 : walletPid), start: () => Promise.resolve(), stop: () => Promise.resolve(),
        endings: { log: () => node.log(), pattern: /wallet process has ended/i },
      },
      page.victim('page', () => node.log(), /coin-gui|IPC/),
    ],
    node: (method, params) => call(null, method, params), wallet: call, page: () => page.look(),
    logs: () => ({ node: node.log(), page: page.log }),
    roots: () => [pid, page.gui.pid].filter((one) => one !== 0),
    stop: async () => {
      clearInterval(timer);
      page.gui.signal('SIGTERM');
      await untilEnded(page.gui.pid);
      process.kill(pid, 'SIGTERM');
      await untilEnded(pid);
    },
    destroy: async () => {
      clearInterval(timer);
      await page.gui.destroy();
      await node.destroy().catch(() => undefined);
      disk?.unmount();
      fs.rmSync(node.datadir, { recursive: true, force: true });
    },
  });
}

/** A node, two wallet processes that answer RPC themselves, and a page; over a Unix socket, or over a line that may be spoilt. */
export async function attachedWorld(remote: boolean): Promise<World> {
  const node = await TestNode.create();
  const [ipc = 0, near = 0, portA = 0, portB = 0] = await freePorts(4);
  const relay = remote ? await new Relay(near, ipc).open() : null;
  const address = remote ? `tcp:127.0.0.1:${near}` : `unix:${path.join(node.netDir, 'node.sock')}`;
  const args = ['-disablewallet', remote ? `-ipcbind=tcp:127.0.0.1:${ipc}` : '-ipcbind=unix'];
  const ports = { a: portA, b: portB };
  const wallets = { a: new TestWallet(), b: new TestWallet() };
  const disk = SmallDisk.mount(wallets.a.datadir, 24);
  const gui = await TestGui.create();
  const page = new Page(gui, [`-ipcconnect=${address}`]);
  let pid = 0;
  const launchNode = (): void => {
    node.launch(args);
    pid = node.pid;
  };
  launchNode();
  if (remote) {
    const key = path.join(node.netDir, 'ipc.key');
    await until('the key', () => fs.existsSync(key));
    for (const dir of [wallets.a.netDir, wallets.b.netDir, path.join(gui.datadir, 'regtest')]) {
      fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
      fs.copyFileSync(key, path.join(dir, 'ipc.key'));
    }
    for (const { netDir } of Object.values(wallets)) fs.mkdirSync(path.join(netDir, 'wallets'), { recursive: true });
  }
  const launchWallet = (name: WalletName): void => { wallets[name].launch(address, TestWallet.serverArgs(ports[name])); };
  for (const name of WALLETS) launchWallet(name);
  return shown(page, {
    name: remote ? 'node, two wallet processes and page over a bad line' : 'node, two wallet processes and page, each on its own', disks: disk === null ? [] : [disk], lines: relay === null ? [] : [relay],
    victims: [
      {
        name: 'node', pid: () => (pid === 0 || ended(pid) ? 0 : pid), start: () => Promise.resolve(launchNode()),
        stop: async () => {
          process.kill(pid, 'SIGTERM');
          await untilEnded(pid);
        },
        endings: { log: () => wallets.b.log(), pattern: /The node has gone: |Waiting for the node/ },
      },
      ...WALLETS.map((name): Victim => ({
        name: `wallet ${name}`, pid: () => (ended(wallets[name].pid) ? 0 : wallets[name].pid), start: () => Promise.resolve(launchWallet(name)),
        stop: async () => {
          wallets[name].signal('SIGTERM');
          await untilEnded(wallets[name].pid);
        },
        endings: { log: () => node.log(), pattern: /coin-wallet has left: / },
      })),
      page.victim('page', () => node.log(), /coin-gui|IPC/),
    ],
    node: (method, params = []) => later(() => rpcCall({ port: node.rpcPort, auth: node.cookie(), timeoutMs: LONGEST_CALL_MS }, null, method, params)),
    wallet: (name, method, params = []) => later(() => rpcCall({ port: ports[name], auth: fs.readFileSync(wallets[name].cookieFile, 'utf8'), timeoutMs: LONGEST_CALL_MS }, name, method, params)),
    page: () => page.look(),
    logs: () => ({ node: node.log(), page: page.log, 'wallet a': wallets.a.log(), 'wallet b': wallets.b.log() }),
    roots: () => [pid, wallets.a.pid, wallets.b.pid, gui.pid].filter((one) => one !== 0),
    stop: async () => {
      for (const { signal, pid: own } of [...Object.values(wallets).map((w) => ({ signal: () => w.signal('SIGTERM'), pid: w.pid })), { signal: () => gui.signal('SIGTERM'), pid: gui.pid }]) {
        signal();
        await untilEnded(own);
      }
      process.kill(pid, 'SIGTERM');
      await untilEnded(pid);
    },
    destroy: async () => {
      await gui.destroy();
      for (const wallet of Object.values(wallets)) await wallet.destroy().catch(() => undefined);
      await node.destroy().catch(() => undefined);
      await relay?.close();
      disk?.unmount();
      fs.rmSync(wallets.a.datadir, { recursive: true, force: true });
    },
  });
}

/** A page that has started its node, which has started its wallets. */
export async function guiWorld(): Promise<World> {
  const gui = await TestGui.create();
  const [rpcPort = 0] = await freePorts(1);
  const page = new Page(gui, [...OPTIONS, '-server', `-rpcport=${rpcPort}`]);
  const netDir = path.join(gui.datadir, 'regtest');
  const call = <T>(wallet: string | null, method: string, params: readonly unknown[] = []): Promise<T> => (
    later(() => rpcCall<T>({ port: rpcPort, auth: fs.readFileSync(path.join(netDir, '.cookie'), 'utf8'), timeoutMs: LONGEST_CALL_MS }, wallet, method, params))
  );
  const nodeLog = (): string => fs.readFileSync(path.join(netDir, 'debug.log'), 'utf8');
  let walletPid = 0;
  const timer = setInterval(() => {
    void call<{ role: string; pid?: number }[]>(null, 'getprocesses').then((rows) => { walletPid = rows.find(({ role }) => role === `${COIN}-wallet`)?.pid ?? 0; }).catch(() => undefined);
  }, 300).unref();
  return shown(page, {
    name: 'a page with its node and its wallets', disks: [], lines: [],
    victims: [
      page.victim('page', nodeLog, /Shutdown in progress/),
      {
        name: 'wallets', pid: () => (walletPid === 0 || ended(walletPid) ? 0 : walletPid), start: () => Promise.resolve(), stop: () => Promise.resolve(),
        endings: { log: nodeLog, pattern: /wallet process has ended/i },
      },
    ],
    node: (method, params) => call(null, method, params), wallet: call, page: () => page.look(),
    logs: () => ({ node: nodeLog(), page: page.log }),
    roots: () => (gui.pid === 0 ? [] : [gui.pid]),
    stop: async () => {
      clearInterval(timer);
      gui.signal('SIGTERM');
      await untilEnded(gui.pid);
    },
    destroy: async () => {
      clearInterval(timer);
      await gui.destroy();
    },
  });
}
