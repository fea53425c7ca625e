import type { Handler } from '../../ipc-spec/handler.ts';
import type { Node } from '../../ipc-spec/node.ts';
import type { Wallet } from '../../ipc-spec/wallet.ts';
import type { WalletLoader } from '../../ipc-spec/wallet-loader.ts';
import { CoinError, Disconnected, Disposed, errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { type Seal, sealingLoader, sealingWallet } from './sealing.ts';

interface OpenWallet { readonly wallet: Wallet; readonly handlers: Handler[] }

/** A wallet that is being opened is looked for after this time, and then each time after twice as long. */
const FIRST_LOOK_MS = 50;
const LAST_LOOK_MS = 6_400;

export interface WalletsModules {
  readonly node: Node;
  readonly log: Logger;
  readonly seal: Seal;
  /** Passes news on to the pages. */
  readonly tell: (event: 'wallets' | 'wallet') => void;
  /** A rescan: percent done. */
  readonly progress: (wallet: string, percent: number) => void;
}

/** The open wallets by name. They come and go with the wallets' process; who asks for one gets it as it is now. */
export class Wallets {
  private readonly m: WalletsModules;
  private loaderProxy: WalletLoader | null = null;
  private loadHandler: Handler | null = null;
  private open = new Map<string, OpenWallet>();
  /** A reading that goes on, and one that follows it. */
  private refreshing: Promise<void> | null = null;
  private following: Promise<void> | null = null;

  constructor(modules: WalletsModules) {
    this.m = modules;
  }

  /** Begins to follow the wallets of the node, where it has any. */
  start(): Promise<void> { return this.refresh(); }

  /** Wallets may have attached themselves to the node, or left it, since it was asked last. */
  private async meet(): Promise<WalletLoader | null> {
    const loader = await this.m.node.walletLoader();
    if (loader === this.loaderProxy) return loader;
    const before = this.loadHandler;
    this.loaderProxy = loader;
    this.loadHandler = null;
    if (before !== null) await this.leave([before]);
    this.loadHandler = await loader?.handleLoadWallet((wallet) => {
      this.expectOpen(wallet).catch((e: unknown) => this.m.log.debug('ipc', errorText(e)));
      return Promise.resolve();
    }) ?? null;
    return loader;
  }

  /** A wallet is told of while it is being opened: it is in the list a moment after all who follow have heard of it. */
  private async expectOpen(wallet: Wallet): Promise<void> {
    const name = await wallet.getWalletName();
    for (let ms = FIRST_LOOK_MS; ms <= LAST_LOOK_MS; ms *= 2) {
      await new Promise<void>((resolve) => { setTimeout(resolve, ms).unref(); });
      await this.refresh();
      if (this.open.has(name)) return;
    }
  }

  /** The node has gone, and with it all subscriptions. */
  forget(): void {
    this.loaderProxy = null;
    this.loadHandler = null;
    this.open = new Map();
  }

  /** Whether the node has wallets at all. */
  get available(): boolean { return this.loaderProxy !== null; }

  /** @throws CoinError where the node runs without wallets */
  loader(): WalletLoader {
    if (this.loaderProxy === null) throw new CoinError('no-wallets', 'The node has no wallets: it runs with -disablewallet, and no wallet process is attached to it.');
    return sealingLoader(this.loaderProxy, this.m.seal);
  }

  /** Reads anew which wallets are open. A reading that goes on may have begun before what the caller knows of: another follows it. */
  refresh(): Promise<void> {
    const { refreshing } = this;
    if (refreshing === null) return this.refreshing = this.readOpen().finally(() => { this.refreshing = null; });
    this.following ??= refreshing.catch(() => undefined).then(() => {
      this.following = null;
      return this.refresh();
    });
    return this.following;
  }

  private async readOpen(): Promise<void> {
    const loader = await this.meet();
    const list = loader === null ? [] : await loader.getWallets();
    const next = new Map<string, OpenWallet>();
    for (const wallet of list) {
      const name = await wallet.getWalletName();
      const known = this.open.get(name);
      next.set(name, known !== undefined && known.wallet === wallet ? known : { wallet, handlers: await this.follow(name, wallet) });
    }
    for (const [name, { handlers, wallet }] of this.open) if (next.get(name)?.wallet !== wallet) await this.leave(handlers);
    this.open = next;
    this.m.tell('wallets');
  }

  private async follow(name: string, wallet: Wallet): Promise<Handler[]> {
    const changed = (): Promise<void> => {
      this.m.tell('wallet');
      return Promise.resolve();
    };
    return [
      await wallet.handleTransactionChanged(changed), await wallet.handleAddressBookChanged(changed), await wallet.handleStatusChanged(changed),
      await wallet.handleUnload(() => this.refresh()),
      await wallet.handleShowProgress((_title, percent) => {
        this.m.progress(name, percent);
        return Promise.resolve();
      }),
    ];
  }

  private async leave(handlers: readonly Handler[]): Promise<void> {
    // A wallet that is closed, or whose process is gone, has taken its subscriptions with it.
    for (const handler of handlers) await handler.disconnect().catch((e: unknown) => this.m.log.debug('ipc', errorText(e)));
  }

  get names(): string[] { return [...this.open.keys()]; }

  private find(name: string): Wallet {
    const found = this.open.get(name);
    if (found === undefined) throw new CoinError('no-wallet', `The wallet "${name}" is not open.`);
    return sealingWallet(found.wallet, name, this.loader(), this.m.seal);
  }

  /** Does something with an open wallet. One whose process was started again meanwhile is found anew. @throws CoinError */
  async use<T>(name: string, work: (wallet: Wallet) => Promise<T>): Promise<T> {
    try {
      return await work(this.find(name));
    } catch (e) {
      const gone = (e instanceof Disconnected && e.phase === 'before') || e instanceof Disposed;
      if (!gone) throw e;
      await this.refresh();
      return work(this.find(name));
    }
  }

  async stop(): Promise<void> {
    await this.leave([...(this.loadHandler === null ? [] : [this.loadHandler]), ...[...this.open.values()].flatMap(({ handlers }) => handlers)]);
  }
}
