import type { Chain } from '../../ipc-spec/chain.ts';
import type { Init } from '../../ipc-spec/init.ts';
import type { WalletLoader } from '../../ipc-spec/wallet-loader.ts';
import type { IpcAddress } from '../ipc/address.ts';
import { connectIpc } from '../ipc/connect.ts';
import type { Connection } from '../ipc/connection.ts';
import { readIpcKey } from '../ipc/key-file.ts';
import type { Clock } from '../util/clock.ts';
import { CoinError, Disconnected, errorText, InitError, RpcError } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import type { WalletHome } from '../wallet/context.ts';
import type { WalletService } from '../wallet/wallet-loader.ts';
import { settingsDoor } from './settings-door.ts';
import { buildWalletService } from './wallet-in-process.ts';
import type { WalletSurroundings } from './wallet-surroundings.ts';

export interface WalletSessionOptions extends WalletSurroundings {
  readonly address: IpcAddress;
  /** The coin's. */
  readonly name: string;
  readonly keyFile: string;
}

/** What an attached wallet process hands to its node: the wallets that it has built on the node's chain. */
class AttachedInit implements Init {
  private settle: (loader: WalletLoader) => void = () => undefined;
  private readonly loader = new Promise<WalletLoader>((resolve) => { this.settle = resolve; });

  serve(loader: WalletLoader): void { this.settle(loader); }

  configure(): Promise<void> { throw new CoinError('denied', 'this process has a configuration of its own'); }
  makeEcho(): Promise<{ echo: (text: string) => Promise<string> }> { return Promise.resolve({ echo: (text) => Promise.resolve(text) }); }
  makeChain(): Promise<null> { return Promise.resolve(null); }
  makeWalletLoader(): Promise<WalletLoader> { return this.loader; }
  makeRpc(): Promise<null> { return Promise.resolve(null); }
  makeNode(): Promise<null> { return Promise.resolve(null); }
  makeMining(): Promise<null> { return Promise.resolve(null); }
}

/** Resolves when the connection has ended, or is to end. */
function untilOver(connection: Connection, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      stop.removeEventListener('abort', over);
      resolve();
    };
    connection.onClosed(over);
    stop.addEventListener('abort', over);
    if (stop.aborted) over();
  });
}

/** Wallets for a node that was not asked to spawn them. They are open while the node is there; when it comes back, those are opened that were. */
export class WalletSession {
  private readonly options: WalletSessionOptions;
  private readonly m: { readonly log: Logger; readonly clock: Clock };
  private readonly faults: string[] = [];
  private readonly home: WalletHome;
  private open: string[] | null = null;

  constructor(options: WalletSessionOptions, modules: { readonly log: Logger; readonly clock: Clock }) {
    this.options = options;
    this.m = modules;
    this.home = this.makeHome();
  }

  /** Whether a node has had these wallets already. */
  get hasServed(): boolean { return this.open !== null; }

  /**
   * Connects, opens the wallets and serves them until the node has gone or `stop` says so. @returns why it ended
   * @throws CoinError where there is no node, or the wallets do not open
   */
  async run(stop: AbortSignal): Promise<string> {
    const { address, name, params, keyFile } = this.options;
    const { log } = this.m;
    const init = new AttachedInit();
    const connection = await connectIpc(address, { self: `${name}-wallet`, coin: name, network: params.network, init }, {
      log, key: () => readIpcKey(keyFile, { create: false, platform: process.platform }),
    });
    const leave = (): void => connection.close('the wallet process is ending');
    // Until the wallets are open there is nothing to close in order: waiting for the chain, or reading it, ends at once.
    stop.addEventListener('abort', leave);
    try {
      const chain = await connection.peerInit().makeChain();
      if (chain === null) throw new InitError(`${address.text} gives no access to the chain (-ipcallow)`);
      await this.serve(chain, connection, init, {
        stop, opened: () => stop.removeEventListener('abort', leave),
      });
    } catch (e) {
      if (!(e instanceof Disconnected) && !connection.isClosed) throw e;
      log.debug('ipc', `while the node went: ${errorText(e)}`);
    } finally {
      stop.removeEventListener('abort', leave);
      leave();
      await connection.finished();
    }
    return connection.closed?.text ?? '';
  }

  private async serve(chain: Chain, connection: Connection, init: AttachedInit, course: { readonly stop: AbortSignal; readonly opened: () => void }): Promise<void> {
    const { log, clock } = this.m;
    const service = buildWalletService(this.options, { chain, clock, log, home: this.home });
    let isOpen = false;
    try {
      await this.openWallets(service, connection);
      isOpen = true;
      course.opened();
      await service.registerRpcs();
      await service.start();
      init.serve(service);
      this.open ??= [];
      const count = service.context.wallets.length;
      log.info(`${count} wallet${count === 1 ? '' : 's'} attached to ${connection.peerName} at ${this.options.address.text}`);
      await untilOver(connection, course.stop);
    } finally {
      if (isOpen && this.open !== null) this.open = service.context.wallets.map((wallet) => wallet.name);
      await service.stop();
    }
  }

  private async openWallets(service: WalletService, connection: Connection): Promise<void> {
    if (this.open === null) {
      this.faults.length = 0;
      if (!(await service.verify() && await service.load())) throw new InitError(this.faults[0] ?? 'Loading the wallets failed');
      return;
    }
    for (const name of this.open) {
      try {
        await service.loadWallet(name);
      } catch (e) {
        if (!(e instanceof RpcError) || connection.isClosed) throw e;
        this.m.log.error(`Wallet "${name}" was open and could not be opened again: ${e.message}`);
      }
    }
  }

  private makeHome(): WalletHome {
    const { args, settings } = this.options;
    const { log } = this.m;
    const door = settingsDoor(args, settings, log);
    return {
      initMessage: (text) => Promise.resolve(log.info(`init message: ${text}`)),
      initWarning: (text) => Promise.resolve(log.warning(text)),
      initError: (text) => {
        this.faults.push(text);
        return Promise.resolve();
      },
      getSettingsList: (name) => Promise.resolve(door.list(name)),
      updateRwSetting: async (name, update) => {
        const next = await update(door.getRw(name));
        return next === null || door.setRw(name, next);
      },
    };
  }
}
