import type { Chain } from '../../ipc-spec/chain.ts';
import type { Echo } from '../../ipc-spec/echo.ts';
import type { WalletLoader } from '../../ipc-spec/wallet-loader.ts';
import type { Wallet } from '../../ipc-spec/wallet.ts';
import type { ConnectionFigures } from '../util/connection-figures.ts';
import { RPC } from '../rpc/errors.ts';
import { BackOff } from '../util/back-off.ts';
import type { Clock } from '../util/clock.ts';
import { errorText, InitError, RpcError } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import type { ChildState, ProcessInfo } from '../node/process-info.ts';
import { BESIDE } from '../wallet/legacy/names.ts';
import { WalletReopener } from '../wallet/wallet-reopener.ts';
import { processMemory } from './process-memory.ts';
import type { WalletChild } from './wallet-child.ts';
import type { FileUse } from './outside.ts';
import type { WalletWall } from './wallet-fence.ts';
import type { WalletHost } from './wallet-host.ts';

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;
/** Between questions whether the process lives, and until silence is reported. */
const PING_INTERVAL_MS = 5_000;
const SILENCE_MS = 10_000;

export interface WalletSupervisorOptions {
  /** Name of the process for logs and RPC: `coin-wallet`. */
  readonly role: string;
  /** Whether a process that has ended is started again. */
  readonly restart: boolean;
  /** How long a call waits for a process that is being started again; 0: it fails at once. */
  readonly waitMs: number;
  /** Silence after which the process is killed; 0: never. */
  readonly hangMs: number;
}

export interface WalletSupervisorModules {
  readonly log: Logger;
  readonly clock: Clock;
  readonly start: () => Promise<WalletChild>;
  /** What the process may touch; null where nothing fences it in. */
  readonly fence: WalletWall | null;
  /** The loader that node and clients use from now on; null while there is none. */
  readonly onLoader: (loader: WalletLoader | null) => void;
  /** For the list of warnings: a text, or null where there is nothing to warn of any more. */
  readonly onWarning: (text: string | null) => void;
}

/** Keeps one wallet process alive: starts it, watches it, starts it again and opens again what was open. */
export class WalletSupervisor implements WalletHost {
  private readonly options: WalletSupervisorOptions;
  private readonly m: WalletSupervisorModules;
  private readonly backOff = new BackOff({ firstMs: FIRST_DELAY_MS, longestMs: LONGEST_DELAY_MS, calmMs: 2 * LONGEST_DELAY_MS });
  private child: WalletChild | null = null;
  private loader: WalletLoader | null = null;
  private chain: Chain | null = null;
  private state: ChildState = 'starting';
  private open: string[] = [];
  private readonly reopener: WalletReopener;
  private restarts = 0;
  private startedMs = 0;
  private lastEnd: string | null = null;
  private pingMs: number | null = null;
  private closing = false;
  private restartTimer: NodeJS.Timeout | null = null;
  private restarting: Promise<void> = Promise.resolve();
  private waiting: (() => void)[] = [];
  private pingTimer: NodeJS.Timeout | null = null;

  constructor(options: WalletSupervisorOptions, modules: WalletSupervisorModules) {
    this.options = options;
    this.m = modules;
    this.reopener = new WalletReopener(modules.log, (name) => this.openLate(name));
  }

  /** Starts the process for the first time. @throws InitError */
  async start(): Promise<void> {
    this.adopt(await this.m.start());
  }

  async connect(chain: Chain): Promise<WalletLoader> {
    if (this.child === null) throw new InitError(`The wallet process has ended (${this.lastEnd ?? 'unknown'})`);
    this.chain = chain;
    this.loader = await this.child.loader(chain);
    return this.loader;
  }

  async echo(): Promise<Echo> {
    await this.available();
    if (this.child === null) throw this.gone();
    return this.child.echo();
  }

  info(): ProcessInfo {
    const pid = this.child?.pid ?? 0;
    return {
      role: this.options.role, pid, state: this.state, restarts: this.restarts, sandbox: this.child?.sandbox ?? 'none', pingMs: this.pingMs, lastEnd: this.lastEnd,
      uptimeSec: pid === 0 ? 0 : Math.floor((this.m.clock.monotonicMs() - this.startedMs) / 1000), memoryBytes: pid === 0 ? null : processMemory(pid),
    };
  }

  traffic(): ConnectionFigures | null { return this.child?.traffic() ?? null; }

  gone(): RpcError {
    const outlook = this.closing || !this.options.restart ? 'wallets are not available until the node is restarted' : 'it is being started again';
    return new RpcError(RPC.WALLET_ERROR, `The wallet process has ended: ${outlook}.`);
  }

  async available(): Promise<void> {
    if (this.usable) return;
    if (this.closing || !this.options.restart || this.options.waitMs === 0) throw this.gone();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.options.waitMs);
      this.waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    if (!this.usable) throw this.gone();
  }

  // While it starts for the first time, the server answers nobody anyway.
  async admit(walletName: string): Promise<void> {
    const { fence } = this.m;
    if (fence === null || this.child === null || this.child.sandbox === 'none') return;
    const dir = fence.missing(walletName);
    if (dir === null) return;
    if (!fence.mayGrow) throw new RpcError(RPC.WALLET_ERROR, `${dir} is not within what the wallet process may touch (-sandbox=require): name it with -walletdir or -wallet.`);
    this.m.log.info(`The wallet process is started again so that it may touch ${dir}`);
    await this.replace(() => fence.add(dir));
  }

  async admitMigration(walletName: string): Promise<() => void> {
    const { fence } = this.m;
    if (fence === null || !fence.exists(walletName)) return () => undefined;
    const done = (): void => fence.tidy();
    try {
      for (const suffix of ['', ...Object.values(BESIDE)]) await this.admit(walletName + suffix);
    } catch (e) {
      done();
      throw e;
    }
    return done;
  }

  grant(file: string, use: FileUse): () => void {
    return this.m.fence?.grant(file, use) ?? ((): void => undefined);
  }

  /** Ends the process in order and starts another one, with `change` in between. */
  private async replace(change: () => void): Promise<void> {
    await this.walletsChanged();
    const { child } = this;
    if (child === null) throw this.gone();
    this.child = null;
    this.loader = null;
    this.state = 'waiting';
    this.reopener.stop();
    this.m.onLoader(null);
    await child.close();
    change();
    this.restarting = this.restart();
    await this.restarting;
    await this.available();
  }

  private get usable(): boolean { return this.state === 'running' || this.state === 'hung' || (this.state === 'starting' && this.restarts === 0); }

  async walletsChanged(): Promise<void> {
    const { loader } = this;
    if (loader === null) return;
    try {
      const wallets: Wallet[] = await loader.getWallets();
      const names = await Promise.all(wallets.map((wallet) => wallet.getWalletName()));
      this.open = [...new Set([...names, ...this.reopener.names])];
    } catch (e) {
      // It has just gone: the list as it was counts.
      this.m.log.debug('ipc', `listing the open wallets: ${errorText(e)}`);
    }
  }

  async close(): Promise<void> {
    this.closing = true;
    this.reopener.stop();
    if (this.restartTimer !== null) clearTimeout(this.restartTimer);
    if (this.pingTimer !== null) clearInterval(this.pingTimer);
    this.wake();
    await this.restarting;
    await this.child?.close();
    this.state = 'ended';
  }

  private wake(): void {
    for (const resume of this.waiting.splice(0)) resume();
  }

  private adopt(child: WalletChild): void {
    this.child = child;
    this.startedMs = this.m.clock.monotonicMs();
    if (this.restarts === 0) this.state = 'running';
    void child.ended.then((how) => this.lost(child, how));
    this.watch(child);
  }

  /** Asks every now and then whether the process lives. */
  private watch(child: WalletChild): void {
    if (this.pingTimer !== null) clearInterval(this.pingTimer);
    let askedMs: number | null = null;
    this.pingTimer = setInterval(() => {
      const nowMs = this.m.clock.monotonicMs();
      if (askedMs !== null) {
        // Where this process was busy itself, the answer may be there and not read yet: timers come before that.
        setImmediate(() => { if (askedMs !== null && this.child === child) this.silent(child, nowMs - askedMs); });
        return;
      }
      askedMs = nowMs;
      child.ping().then((ms) => {
        askedMs = null;
        this.pingMs = ms;
        if (this.state !== 'hung' || this.child !== child) return;
        this.state = 'running';
        this.m.log.info(`${this.options.role}, process ${child.pid}, answers again after ${(ms / 1000).toFixed(1)} s`);
        this.m.onWarning(null);
      }, () => undefined);
    }, PING_INTERVAL_MS);
    this.pingTimer.unref();
  }

  private silent(child: WalletChild, ms: number): void {
    const { hangMs, role } = this.options;
    if (ms >= SILENCE_MS && this.state === 'running') {
      this.state = 'hung';
      this.m.log.warning(`${role}, process ${child.pid}, has not answered for ${(ms / 1000).toFixed(0)} s`);
      this.m.onWarning('The wallet process does not answer.');
    }
    if (hangMs > 0 && ms >= hangMs) {
      this.m.log.error(`${role}, process ${child.pid}, has not answered for ${(ms / 1000).toFixed(0)} s: killing it`);
      child.kill();
    }
  }

  private lost(child: WalletChild, how: string): void {
    if (this.child !== child || this.closing) return;
    const livedMs = this.m.clock.monotonicMs() - this.startedMs;
    if (this.pingTimer !== null) clearInterval(this.pingTimer);
    this.child = null;
    this.loader = null;
    this.lastEnd = how;
    this.reopener.stop();
    this.m.onLoader(null);
    this.plan(how, livedMs);
  }

  private plan(how: string, livedMs: number): void {
    const { log, onWarning } = this.m;
    if (!this.options.restart || this.chain === null) {
      this.state = 'ended';
      log.error(`The wallet process has ended (${how}): wallets are not available until the node is restarted.`);
      onWarning('The wallet process has ended: wallets are not available until the node is restarted.');
      return;
    }
    const delayMs = this.backOff.next(livedMs);
    this.state = 'waiting';
    log.error(`The wallet process has ended (${how}): starting it again${delayMs === 0 ? '' : ` in ${delayMs / 1000} s`}.`);
    onWarning('The wallet process has ended: it is being started again.');
    this.restartTimer = setTimeout(() => {
      this.restartTimer = null;
      this.restarting = this.restart();
    }, delayMs);
  }

  private async restart(): Promise<void> {
    const { log, clock, start, onLoader, onWarning } = this.m;
    const { chain } = this;
    if (chain === null) return;
    const sinceMs = clock.monotonicMs();
    this.state = 'starting';
    this.restarts++;
    let child: WalletChild | null = null;
    try {
      child = await start();
      this.adopt(child);
      const loader = await child.loader(chain);
      if (clock.mockTime !== 0) await loader.setMockTime(clock.mockTime);
      await loader.registerRpcs();
      for (const name of this.open) await this.openAgain(loader, name);
      await loader.start();
      this.loader = loader;
      onLoader(loader);
      this.state = 'running';
      onWarning(null);
      log.info(`The wallet process is back (process ${child.pid}) after ${((clock.monotonicMs() - sinceMs) / 1000).toFixed(1)} s, with ${this.open.length} wallet${this.open.length === 1 ? '' : 's'}.`);
      this.wake();
    } catch (e) {
      if (this.closing) return;
      log.error(`Starting the wallet process again has failed: ${errorText(e)}`);
      // One that never came up, or that came up and cannot be used; one that has died is planned for where that is noticed.
      if (child === null) this.plan(errorText(e), clock.monotonicMs() - sinceMs);
      else child.kill();
    }
  }

  private async openAgain(loader: WalletLoader, name: string): Promise<void> {
    try {
      await loader.loadWallet(name);
    } catch (e) {
      if (!(e instanceof RpcError)) throw e;
      if (e.rpcCode === RPC.WALLET_ALREADY_LOADED) return;
      this.m.log.error(`Wallet "${name}" was open and could not be opened again: ${e.message}`);
      this.reopener.add(name, e.message);
    }
  }

  private async openLate(name: string): Promise<void> {
    if (this.loader === null) throw this.gone();
    try {
      await this.loader.loadWallet(name);
    } catch (e) {
      if (!(e instanceof RpcError && e.rpcCode === RPC.WALLET_ALREADY_LOADED)) throw e;
    }
    await this.walletsChanged();
  }
}
