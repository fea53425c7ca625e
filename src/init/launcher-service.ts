import type net from 'node:net';
import type { ExternalSigner } from '../../ipc-spec/external-signer.ts';
import type { Handler } from '../../ipc-spec/handler.ts';
import type { Launcher, LaunchedProcess, LaunchInfo, UserNotification } from '../../ipc-spec/launcher.ts';
import type { Outside } from '../../ipc-spec/outside.ts';
import type { Ending, Started } from '../ipc/fence/start.ts';
import type { Clock } from '../util/clock.ts';
import { deferred } from '../util/deferred.ts';
import { CoinError, Overloaded } from '../util/errors.ts';
import { RateLimit } from '../util/rate-limit.ts';
import type { NotificationService } from './notification-service.ts';
import { processMemory } from './process-memory.ts';

/** The node connects before it asks; its connection is taken from the queue a moment later. */
const DOOR_MS = 5_000;
/** Starts within `STARTS_MS` that are granted: a node that means well waits longer and longer. */
const MOST_STARTS = 8;
const STARTS_MS = 10_000;
/** Wallets that may be open at once. */
const MOST_LOCKS = 4096;
/** A wallet process that has lost its node is given the time to close its files. */
const END_TIMEOUT_MS = 20_000;

export interface LauncherServiceOptions {
  readonly info: () => LaunchInfo;
  /** The launcher's own role, and that of the wallet's process. */
  readonly roles: { readonly launcher: string; readonly wallet: string };
}

export interface LauncherServiceModules {
  readonly clock: Clock;
  /** Starts the wallet process, fenced in, with a connection to the node as its own. */
  readonly startWallet: (socket: net.Socket) => Started;
  /** Keeps locks on files of the wallet process. */
  readonly locks: Pick<Outside, 'lockFile'>;
  /** Runs the user's commands. */
  readonly notifications: Pick<NotificationService, 'notify'>;
  /** Finds devices that sign by the user's program; it is run with arguments that are none of the caller's words. */
  readonly signers: () => Promise<ExternalSigner[] | null>;
  /** Other processes that were started. */
  readonly others: () => readonly LaunchedProcess[];
}

interface Running { readonly started: Started; readonly sinceMs: number }

/** What the launcher does for the node in its fence. Whatever that says decides over nothing but when wallets, and what the user has named, run. */
export class LauncherService implements Launcher {
  private readonly options: LauncherServiceOptions;
  private readonly m: LauncherServiceModules;
  private readonly beginMs: number;
  private readonly starts = new RateLimit(MOST_STARTS, STARTS_MS);
  private wallet: Running | null = null;
  private lastEnd: Promise<Ending> | null = null;
  private starting = false;
  private waiting: net.Socket | null = null;
  private taker: ((socket: net.Socket) => void) | null = null;
  private locked = 0;
  private readonly stopAsked = deferred();

  constructor(options: LauncherServiceOptions, modules: LauncherServiceModules) {
    this.options = options;
    this.m = modules;
    this.beginMs = modules.clock.monotonicMs();
  }

  /** Tells the node to end. */
  stop(): void { this.stopAsked.resolve(); }

  /** A connection of the node, not read yet: one waits at most. */
  admit(socket: net.Socket): void {
    socket.on('error', () => undefined);
    const { taker } = this;
    if (taker !== null) {
      this.taker = null;
      taker(socket);
    } else if (this.waiting === null) this.waiting = socket;
    else socket.destroy();
  }

  info(): Promise<LaunchInfo> { return Promise.resolve(this.options.info()); }
  untilStop(): Promise<void> { return this.stopAsked.promise; }

  async startWallet(): Promise<number> {
    if (this.wallet !== null || this.starting) throw new CoinError('denied', 'a wallet process runs already');
    if (!this.starts.take(this.m.clock.monotonicMs())) throw new Overloaded(`no more than ${MOST_STARTS} wallet processes are started within ${STARTS_MS / 1000} s`);
    this.starting = true;
    try {
      const socket = await this.nextSocket();
      const started = this.m.startWallet(socket);
      // The child has it now: nothing of it was read here.
      socket.destroy();
      this.wallet = { started, sinceMs: this.m.clock.monotonicMs() };
      this.lastEnd = started.ended;
      void started.ended.then(() => { this.wallet = null; });
      await started.up;
      return started.pid;
    } finally {
      this.starting = false;
    }
  }

  private nextSocket(): Promise<net.Socket> {
    const { waiting } = this;
    this.waiting = null;
    if (waiting !== null) return Promise.resolve(waiting);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.taker = null;
        reject(new CoinError('denied', 'there is no connection for the wallet process'));
      }, DOOR_MS);
      this.taker = (socket) => {
        clearTimeout(timer);
        resolve(socket);
      };
    });
  }

  async untilWalletEnds(): Promise<string> {
    if (this.lastEnd === null) throw new CoinError('denied', 'no wallet process was started');
    return (await this.lastEnd).how;
  }

  killWallet(): Promise<void> {
    this.wallet?.started.child.kill('SIGKILL');
    return Promise.resolve();
  }

  async lockWalletFile(path: string): Promise<Handler | null> {
    if (this.locked >= MOST_LOCKS) throw new Overloaded(`no more than ${MOST_LOCKS} wallets are locked at once`);
    this.locked++;
    let held: Handler | null = null;
    try {
      held = await this.m.locks.lockFile(path);
    } catch (e) {
      // What there is and what there is not is none of the caller's business.
      throw new CoinError('denied', 'no lock on such a file', { cause: e });
    } finally {
      if (held === null) this.locked--;
    }
    if (held === null) return null;
    const lock = held;
    let isHeld = true;
    const release = async (): Promise<void> => {
      if (!isHeld) return;
      isHeld = false;
      this.locked--;
      await lock.disconnect();
    };
    return { disconnect: release, [Symbol.dispose]: () => void release() } as Handler;
  }

  processes(): Promise<LaunchedProcess[]> {
    const { launcher, wallet } = this.options.roles;
    const nowMs = this.m.clock.monotonicMs();
    const own: LaunchedProcess = { role: launcher, pid: process.pid, uptimeSec: Math.floor((nowMs - this.beginMs) / 1000), memoryBytes: processMemory(process.pid), sandbox: 'none' };
    const { wallet: running } = this;
    const pid = running?.started.pid ?? 0;
    const wallets = running === null ? [] : [{ role: wallet, pid, uptimeSec: Math.floor((nowMs - running.sinceMs) / 1000), memoryBytes: processMemory(pid), sandbox: this.options.info().sandbox }];
    return Promise.resolve([own, ...wallets, ...this.m.others()]);
  }

  notify(what: UserNotification): Promise<number[]> { return this.m.notifications.notify(what); }
  externalSigners(): Promise<ExternalSigner[] | null> { return this.m.signers(); }

  /** Waits until the wallet process has ended, as it does without its node, and ends it where it does not. */
  async close(): Promise<void> {
    this.waiting?.destroy();
    const { wallet } = this;
    if (wallet === null) return;
    const timer = setTimeout(() => wallet.started.child.kill('SIGKILL'), END_TIMEOUT_MS);
    await wallet.started.ended;
    clearTimeout(timer);
  }
}
