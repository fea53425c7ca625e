import type { Chain } from '../../ipc-spec/chain.ts';
import type { WalletLoader } from '../../ipc-spec/wallet-loader.ts';
import type { Connection } from '../ipc/connection.ts';
import { type ChainInterfaceModules, NodeChain } from '../node/chain-interface.ts';
import type { Clock } from '../util/clock.ts';
import { errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { within } from '../util/patience.ts';
import type { ForwardedRpcs } from './forwarded-rpcs.ts';

export interface AttachedWalletsModules {
  readonly log: Logger;
  readonly clock: Clock;
  readonly rpcs: ForwardedRpcs;
  /** The node as its own wallets see it. */
  readonly node: ChainInterfaceModules;
  /** Other wallets are there than before. */
  readonly changed: () => void;
}

/** How long somebody who asks for every event to be handled waits for a process that nobody here has started. */
const PATIENCE_MS = 5_000;

/** A process that was given the chain. */
interface Attached { readonly chain: NodeChain; loader: WalletLoader | null }

/**
 * Processes that have attached themselves to the node to follow its chain: wallets that nobody has spawned, and other programs.
 * Each has a chain interface of its own, so that one that hangs holds nobody else up; what it has registered goes when it goes.
 */
export class AttachedWallets {
  private readonly byConnection = new Map<Connection, Attached>();
  private readonly awaited = new Set<() => void>();
  private settle: (modules: AttachedWalletsModules | null) => void = () => undefined;
  private log: Logger | null = null;
  private readonly modules = new Promise<AttachedWalletsModules | null>((resolve) => { this.settle = resolve; });

  /** The node can answer from now on: those who wait are served. */
  open(modules: AttachedWalletsModules): void {
    this.log = modules.log;
    this.settle(modules);
  }

  /** The chain for a process; waits until the node has opened it, and is null where that will not be. */
  async attach(connection: Connection): Promise<Chain | null> {
    const modules = await this.modules;
    if (modules === null || connection.isClosed) return null;
    const known = this.byConnection.get(connection);
    if (known !== undefined) return known.chain;
    const { node, rpcs, log, changed } = modules;
    const removals: (() => void)[] = [];
    const chain = new NodeChain({
      ...node,
      registerRpc: (command, actor) => {
        const remove = rpcs.registerAttached(command, actor);
        removals.push(remove);
        if (removals.length === 1) void this.meet(connection, modules);
        return remove;
      },
      // Its start and its settings are its own affair.
      settings: { list: () => [], getRw: () => null, setRw: () => false },
      initError: (message) => log.error(`${connection.peerName}: ${message}`),
      initWarning: (message) => log.warning(`${connection.peerName}: ${message}`),
      initMessage: (message) => log.info(`${connection.peerName}: ${message}`),
    });
    this.byConnection.set(connection, { chain, loader: null });
    connection.onClosed((reason) => {
      this.byConnection.delete(connection);
      chain.close();
      for (const remove of removals) remove();
      if (removals.length === 0) return;
      log.info(`${connection.peerName} has left: ${reason}`);
      changed();
    });
    return chain;
  }

  /** A process that registers RPC methods has wallets: the node's clock is theirs, too. */
  private async meet(connection: Connection, { log, clock, changed }: AttachedWalletsModules): Promise<void> {
    const attached = this.byConnection.get(connection);
    if (attached === undefined) return;
    log.info(`${connection.peerName} has attached its wallets`);
    try {
      attached.loader = await connection.peerInit().makeWalletLoader(attached.chain);
      if (clock.mockTime !== 0) await attached.loader?.setMockTime(clock.mockTime);
      for (const wake of this.awaited) wake();
      changed();
    } catch (e) {
      log.debug('ipc', `${connection.peerName} gives no wallets: ${errorText(e)}`);
    }
  }

  /** The wallets that are there, by process, the first that came first. */
  get loaders(): WalletLoader[] { return [...this.byConnection.values()].flatMap(({ loader }) => loader ?? []); }

  /** Resolves when wallets are there, or the time is up, or `stop` says so. @returns whether they are */
  async first(withinMs: number, stop: AbortSignal): Promise<boolean> {
    if (this.loaders.length > 0) return true;
    return new Promise((resolve) => {
      const over = (): void => {
        clearTimeout(timer);
        stop.removeEventListener('abort', over);
        this.awaited.delete(over);
        resolve(this.loaders.length > 0);
      };
      const timer = setTimeout(over, withinMs);
      stop.addEventListener('abort', over);
      this.awaited.add(over);
    });
  }

  /** Tells the wallets something; one that has just gone needs no telling. */
  async each(tell: (loader: WalletLoader) => Promise<void>): Promise<void> {
    await Promise.allSettled(this.loaders.map(tell));
  }

  /** Resolves when every event up to now has been handled; who takes too long is not waited for. */
  async drained(): Promise<void> {
    await Promise.all([...this.byConnection].map(async ([connection, { chain }]) => {
      if (!await within(chain.drained(), PATIENCE_MS)) this.log?.warning(`${connection.peerName} has not taken all that has happened within ${PATIENCE_MS / 1000} seconds: it is not waited for`);
    }));
  }

  /** Ends the waiting of those who were not served yet. */
  close(): void { this.settle(null); }
}
