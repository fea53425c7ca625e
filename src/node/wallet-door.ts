import type { Handler } from '../../ipc-spec/handler.ts';
import type { SealOffer, WalletDirEntry } from '../../ipc-spec/types.ts';
import type { Wallet } from '../../ipc-spec/wallet.ts';
import type { LoadedWallet, MigratedWallet, WalletLoader } from '../../ipc-spec/wallet-loader.ts';
import { RPC } from '../rpc/errors.ts';
import { Disconnected, errorText, RpcError, Unimplemented } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';

interface Subscription { readonly callback: (wallet: Wallet) => Promise<void>; readonly handlers: Map<WalletLoader, Handler> }

/** What the door needs of the wallets' home. */
export interface WalletAccess {
  /** Resolves when calls may go to the wallets. @throws RpcError */
  available(): Promise<void>;
  /** Other wallets may be open than before. */
  walletsChanged(): Promise<void>;
  /** Lets the wallets touch the directory of a wallet that the user has named. @throws RpcError */
  admit(walletName: string): Promise<void>;
  /** The same for a wallet that is migrated and what it may become besides; the function returned takes away what was not needed. @throws RpcError */
  admitMigration(walletName: string): Promise<() => void>;
  /** Lets the wallets read or write a file that the user has named, until the function returned is called. */
  grant(file: string, use: 'read' | 'write'): () => void;
}

/** Wallets in one process: those that the node keeps, or those of a process that has attached itself. */
export interface WalletHouse {
  /** The loader as it is now; null while the wallets' process is gone. */
  readonly loader: () => WalletLoader | null;
  /** Null where the process is not the node's: it does all by itself. */
  readonly access: WalletAccess | null;
}

/** A house that can be called now. */
interface ReadyHouse { readonly loader: WalletLoader; readonly access: WalletAccess | null }

/** Whether a wallet of this name is open there. */
async function isOpenIn(loader: Pick<WalletLoader, 'getWallets'>, name: string): Promise<boolean> {
  for (const wallet of await loader.getWallets()) if (await wallet.getWalletName() === name) return true;
  return false;
}

export interface WalletDoorModules {
  readonly log: Logger;
  /** The node's own come first. */
  readonly houses: () => readonly WalletHouse[];
}

/**
 * The wallets as the node hands them to a user interface: one object that outlives the wallets' processes, of which there may be
 * several. What only the node may do (start, stop, register RPC methods) is not for its callers.
 */
export class WalletDoor implements WalletLoader {
  private readonly m: WalletDoorModules;
  private readonly subscriptions = new Set<Subscription>();

  constructor(modules: WalletDoorModules) {
    this.m = modules;
  }

  /** The loaders of all processes that are there. @throws RpcError where there is none */
  private loaders(): WalletLoader[] {
    const houses = this.m.houses();
    const loaders = houses.flatMap(({ loader }) => loader() ?? []);
    if (loaders.length === 0) throw new RpcError(RPC.WALLET_ERROR, houses.length === 0 ? 'No wallet process is attached to the node.' : 'The wallet process has ended.');
    return loaders;
  }

  /** The first house where `wanted` holds, or else the first; ready for calls. */
  private async house(wanted: (loader: WalletLoader) => Promise<boolean> = () => Promise.resolve(true)): Promise<ReadyHouse> {
    const ready: ReadyHouse[] = [];
    for (const { loader, access } of this.m.houses()) {
      await access?.available();
      const now = loader();
      if (now !== null) ready.push({ loader: now, access });
    }
    for (const house of ready.length > 1 ? ready : []) if (await wanted(house.loader)) return house;
    return ready[0] ?? { loader: this.loaders()[0] as WalletLoader, access: null };
  }

  /** A house that may touch what the name stands for: that can take another process than was there before. */
  private async admitted(name: string, find: () => Promise<ReadyHouse>): Promise<ReadyHouse> {
    await (await find()).access?.admit(name);
    return find();
  }

  /** The house where a wallet is open. */
  private houseOf(name: string): Promise<ReadyHouse> {
    return this.house((loader) => isOpenIn(loader, name));
  }

  /** The house that has a wallet on its disk. */
  private houseWith(name: string): Promise<ReadyHouse> {
    return this.house(async (loader) => (await loader.listWalletDir()).some((entry) => entry.name === name));
  }

  /** Other loaders may be there than before: who listened listens to those, too. */
  async renewed(): Promise<void> {
    for (const subscription of this.subscriptions) await this.subscribe(subscription);
  }

  private async subscribe({ handlers, callback }: Subscription): Promise<void> {
    const loaders = new Set(this.m.houses().flatMap(({ loader }) => loader() ?? []));
    for (const loader of handlers.keys()) if (!loaders.has(loader)) handlers.delete(loader);
    for (const loader of loaders) {
      if (handlers.has(loader)) continue;
      try {
        handlers.set(loader, await loader.handleLoadWallet(callback));
      } catch (e) {
        this.m.log.debug('ipc', `subscribing to the wallets: ${errorText(e)}`);
      }
    }
  }

  async createWallet(name: string, passphrase: string, flags: number): Promise<LoadedWallet> {
    const { loader, access } = await this.admitted(name, () => this.house());
    return thenChanged(access, loader.createWallet(name, passphrase, flags));
  }

  async loadWallet(name: string): Promise<LoadedWallet> {
    const { loader, access } = await this.admitted(name, () => this.houseWith(name));
    return thenChanged(access, loader.loadWallet(name));
  }

  async restoreWallet(backupFile: string, name: string): Promise<LoadedWallet> {
    const { loader, access } = await this.admitted(name, () => this.house());
    const done = access?.grant(backupFile, 'read');
    try {
      return await thenChanged(access, loader.restoreWallet(backupFile, name));
    } finally {
      done?.();
    }
  }

  async restoreClosedWallet(backupFile: string, name: string): Promise<void> {
    const { loader, access } = await this.admitted(name, () => this.house());
    const done = access?.grant(backupFile, 'read');
    try {
      await loader.restoreClosedWallet(backupFile, name);
    } finally {
      done?.();
    }
  }

  /** Where there are several houses, a name stands for one wallet: the others have none of it. @throws RpcError */
  async renameWallet(name: string, newName: string): Promise<string[]> {
    const { loader } = await this.closedHouse(name);
    if ((await this.listWalletDir()).some((entry) => entry.name === newName)) throw new RpcError(RPC.WALLET_ALREADY_EXISTS, `There is a wallet "${newName}" already.`);
    return loader.renameWallet(name, newName);
  }

  async deleteWallet(name: string): Promise<string[]> { return (await this.closedHouse(name)).loader.deleteWallet(name); }

  /** The house that has a wallet on its disk which is open nowhere. @throws RpcError */
  private async closedHouse(name: string): Promise<ReadyHouse> {
    const house = await this.houseWith(name);
    if (await isOpenIn(this, name)) throw new RpcError(RPC.WALLET_ALREADY_LOADED, `Wallet "${name}" is open: close it first.`);
    return house;
  }

  async backupWallet(name: string, path: string): Promise<void> {
    const { loader, access } = await (await isOpenIn(this, name) ? this.houseOf(name) : this.houseWith(name));
    const done = access?.grant(path, 'write');
    try {
      await loader.backupWallet(name, path);
    } finally {
      done?.();
    }
  }

  async exportWatchOnlyWallet(name: string, path: string): Promise<string> {
    const { loader, access } = await this.houseOf(name);
    const done = access?.grant(path, 'write');
    try {
      return await loader.exportWatchOnlyWallet(name, path);
    } finally {
      done?.();
    }
  }

  async isEncrypted(name: string): Promise<boolean> {
    const { loader } = await this.admitted(name, () => this.houseWith(name));
    return loader.isEncrypted(name);
  }

  async migrateWallet(name: string, passphrase: string, load: boolean): Promise<MigratedWallet> {
    const done = await (await this.houseWith(name)).access?.admitMigration(name);
    try {
      // The process may be another one now.
      const { loader, access } = await this.houseWith(name);
      const migrated = await loader.migrateWallet(name, passphrase, load);
      await access?.walletsChanged();
      return migrated;
    } finally {
      done?.();
    }
  }

  async offerSeal(name: string): Promise<SealOffer> {
    const house = name === '' ? this.house(async (loader) => (await loader.getWallets()).length > 0) : this.houseOf(name);
    return (await house).loader.offerSeal(name);
  }

  async setLoadOnStartup(name: string, startup: boolean): Promise<void> { await (await this.houseOf(name)).loader.setLoadOnStartup(name, startup); }
  async getWalletDir(): Promise<string> { return (await this.house()).loader.getWalletDir(); }

  async listWalletDir(): Promise<WalletDirEntry[]> {
    const byName = new Map<string, WalletDirEntry>();
    for (const loader of this.loaders()) for (const entry of await loader.listWalletDir()) if (!byName.has(entry.name)) byName.set(entry.name, entry);
    return [...byName.values()];
  }

  async getWallets(): Promise<Wallet[]> {
    const loaders = this.loaders();
    const [first] = loaders;
    if (loaders.length === 1 && first !== undefined) return first.getWallets();
    const lists = await Promise.all(loaders.map(async (loader) => {
      try {
        return await loader.getWallets();
      } catch (e) {
        // One that is just leaving takes its wallets with it, not those of the others.
        if (!(e instanceof Disconnected)) throw e;
        return [];
      }
    }));
    return lists.flat();
  }

  async handleLoadWallet(callback: (wallet: Wallet) => Promise<void>): Promise<Handler> {
    const subscription: Subscription = { callback, handlers: new Map() };
    this.subscriptions.add(subscription);
    await this.subscribe(subscription);
    const leave = async (): Promise<void> => {
      this.subscriptions.delete(subscription);
      for (const handler of subscription.handlers.values()) await handler.disconnect();
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

async function thenChanged(access: WalletAccess | null, opened: Promise<LoadedWallet>): Promise<LoadedWallet> {
  const loaded = await opened;
  await access?.walletsChanged();
  return loaded;
}

function notForYou(): Promise<never> {
  return Promise.reject(new Unimplemented('only the node starts and stops its wallets'));
}
