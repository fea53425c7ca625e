import type { Handler } from '../../ipc-spec/handler.ts';
import type { WalletDirEntry } from '../../ipc-spec/types.ts';
import type { Wallet } from '../../ipc-spec/wallet.ts';
import type { LoadedWallet, WalletLoader } from '../../ipc-spec/wallet-loader.ts';
import { RPC } from '../rpc/errors.ts';
import { errorText, RpcError, Unimplemented } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';

interface Subscription { readonly callback: (wallet: Wallet) => Promise<void>; handler: Handler | null }

/** What the door needs of the wallets' home. */
export interface WalletAccess {
  /** Resolves when calls may go to the wallets. @throws RpcError */
  available(): Promise<void>;
  /** Other wallets may be open than before. */
  walletsChanged(): Promise<void>;
  /** Lets the wallets touch the directory of a wallet that the user has named. @throws RpcError */
  admit(walletName: string): Promise<void>;
  /** Lets the wallets read or write a file that the user has named, until the function returned is called. */
  grant(file: string, use: 'read' | 'write'): () => void;
}

export interface WalletDoorModules {
  readonly log: Logger;
  /** The loader as it is now; null while the wallets' process is gone. */
  readonly loader: () => WalletLoader | null;
  readonly access: WalletAccess;
}

/**
 * The wallets as the node hands them to a user interface: one object that outlives the wallets' process. What only the node may do
 * (start, stop, register RPC methods) is not for its callers.
 */
export class WalletDoor implements WalletLoader {
  private readonly m: WalletDoorModules;
  private readonly subscriptions = new Set<Subscription>();

  constructor(modules: WalletDoorModules) {
    this.m = modules;
  }

  private loader(): WalletLoader {
    const loader = this.m.loader();
    if (loader === null) throw new RpcError(RPC.WALLET_ERROR, 'The wallet process has ended.');
    return loader;
  }

  /** A new loader has taken the place of the old one: who listened there listens here. */
  async renewed(): Promise<void> {
    for (const subscription of this.subscriptions) await this.subscribe(subscription);
  }

  private async subscribe(subscription: Subscription): Promise<void> {
    try {
      subscription.handler = await this.m.loader()?.handleLoadWallet(subscription.callback) ?? null;
    } catch (e) {
      this.m.log.debug('ipc', `subscribing to the wallets: ${errorText(e)}`);
    }
  }

  async createWallet(name: string, passphrase: string, flags: number): Promise<LoadedWallet> {
    await this.m.access.available();
    await this.m.access.admit(name);
    return this.thenChanged(this.loader().createWallet(name, passphrase, flags));
  }

  async loadWallet(name: string): Promise<LoadedWallet> {
    await this.m.access.available();
    await this.m.access.admit(name);
    return this.thenChanged(this.loader().loadWallet(name));
  }

  async restoreWallet(backupFile: string, name: string): Promise<LoadedWallet> {
    await this.m.access.available();
    await this.m.access.admit(name);
    const done = this.m.access.grant(backupFile, 'read');
    try {
      return await this.thenChanged(this.loader().restoreWallet(backupFile, name));
    } finally {
      done();
    }
  }

  async backupWallet(name: string, path: string): Promise<void> {
    const done = this.m.access.grant(path, 'write');
    try {
      await this.loader().backupWallet(name, path);
    } finally {
      done();
    }
  }

  async setLoadOnStartup(name: string, startup: boolean): Promise<void> { await this.loader().setLoadOnStartup(name, startup); }

  private async thenChanged(opened: Promise<LoadedWallet>): Promise<LoadedWallet> {
    const loaded = await opened;
    await this.m.access.walletsChanged();
    return loaded;
  }

  async getWalletDir(): Promise<string> { return this.loader().getWalletDir(); }
  async listWalletDir(): Promise<WalletDirEntry[]> { return this.loader().listWalletDir(); }
  async getWallets(): Promise<Wallet[]> { return this.loader().getWallets(); }

  async handleLoadWallet(callback: (wallet: Wallet) => Promise<void>): Promise<Handler> {
    const subscription: Subscription = { callback, handler: null };
    this.subscriptions.add(subscription);
    await this.subscribe(subscription);
    const leave = async (): Promise<void> => {
      this.subscriptions.delete(subscription);
      await subscription.handler?.disconnect();
    };
    const handler: Handler & Disposable = {
      disconnect: leave,
      [Symbol.dispose]: () => { leave().catch((e: unknown) => this.m.log.debug('ipc', `leaving the wallets: ${errorText(e)}`)); },
    };
    return handler;
  }

  registerRpcs(): Promise<void> { return notForYou(); }
  verify(): Promise<boolean> { return notForYou(); }
  load(): Promise<boolean> { return notForYou(); }
  start(): Promise<void> { return notForYou(); }
  stop(): Promise<void> { return notForYou(); }
  setMockTime(): Promise<void> { return notForYou(); }
  schedulerMockForward(): Promise<void> { return notForYou(); }
}

function notForYou(): Promise<never> {
  return Promise.reject(new Unimplemented('only the node starts and stops its wallets'));
}
