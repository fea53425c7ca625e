import type { Chain } from '../../ipc-spec/chain.ts';
import type { WalletLoader } from '../../ipc-spec/wallet-loader.ts';
import type { IpcAddress } from '../ipc/address.ts';
import { connectIpc } from '../ipc/connect.ts';
import type { Connection } from '../ipc/connection.ts';
import { readIpcKey } from '../ipc/key-file.ts';
import type { Clock } from '../util/clock.ts';
import { CoinError, Disconnected, errorText, InitError, RpcError } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import type { WalletHome } from '../wallet/context.ts';
import type { FindSigners } from '../wallet/external-signer.ts';
import type { WalletFiles } from '../wallet/files.ts';
import type { WalletService } from '../wallet/wallet-loader.ts';
import { type StandIn, standIn } from '../util/stand-in.ts';
import { awayChain } from '../wallet/away-chain.ts';
import { type NodeSession, untilOver } from './attend.ts';
import { BareInit } from './bare-init.ts';
import { settingsDoor } from './settings-door.ts';
import { buildWalletService } from './wallet-in-process.ts';
import type { WalletServer } from './wallet-server.ts';
import type { WalletSurroundings } from './wallet-surroundings.ts';

export interface WalletSessionOptions extends WalletSurroundings {
  readonly address: IpcAddress;
  /** The coin's. */
  readonly name: string;
  readonly keyFile: string;
}

/** What an attached wallet process hands to its node: the wallets that it has built on the node's chain. */
class AttachedInit extends BareInit {
  private settle: (loader: WalletLoader) => void = () => undefined;
  private readonly loader = new Promise<WalletLoader>((resolve) => { this.settle = resolve; });

  serve(loader: WalletLoader): void { this.settle(loader); }

  configure(): Promise<void> { throw new CoinError('denied', 'this process has a configuration of its own'); }
  override makeWalletLoader(): Promise<WalletLoader> { return this.loader; }
}

/** Between attempts to open a wallet that could not be opened. */

export interface WalletSessionModules {
  readonly log: Logger;
  readonly clock: Clock;
  readonly signers: FindSigners;
  /** Locks, backups and the like where the process may not do them itself; absent: it does. */
  readonly files?: WalletFiles;
  /** Answers RPC by itself, with or without the node; null where the node is the only one who asks. */
  readonly server: WalletServer | null;
}

/**
 * Wallets for a node that was not asked to spawn them. They are open while the node is there, and, where this process answers RPC
 * itself, also while it is not; when the node comes back, those are opened anew that were.
 */
export class WalletSession implements NodeSession {
  private readonly options: WalletSessionOptions;
  private readonly m: WalletSessionModules;
  private readonly faults: string[] = [];
  private readonly home: WalletHome;
  private open: string[] | null = null;
  private served = false;
  /** Wallets that are open without a node. */
  private alone: WalletService | null = null;
  private away: string;

  constructor(options: WalletSessionOptions, modules: WalletSessionModules) {
    this.options = options;
    this.m = modules;
    this.home = this.makeHome();
    this.away = `waiting for ${options.address.text}`;
  }

  /** Whether a node has had these wallets already. */
  get hasServed(): boolean { return this.served; }

  /** Why there is no node, for those who ask for something that needs one. */
  nodeIsAway(why: string): void {
    this.away = why;
    this.m.server?.nodeLeft(why);
  }

  /** Opens the wallets without a node, where somebody may ask for them and they are not open. @throws CoinError where they do not open at the start */
  async prepare(): Promise<void> {
    const { server } = this.m;
    if (server === null || this.alone !== null) return;
    const service = this.build(awayChain(() => this.away));
    try {
      await this.openWallets(service, () => false);
      await service.start();
    } catch (e) {
      await service.stop();
      throw e;
    }
    this.remain(service);
  }

  private remain(service: WalletService): void {
    this.alone = service;
    this.m.server?.serve(service);
  }

  /** Closes the wallets that are open without a node. */
  async close(): Promise<void> {
    const service = this.alone;
    if (service === null) return;
    this.alone = null;
    this.m.server?.opening();
    this.leave(service);
    await service.stop();
  }

  /** Remembers what was open. */
  private leave(service: WalletService): void {
    this.open = service.context.openNames;
  }

  private build(chain: Chain): WalletService {
    const { log, clock, signers, files } = this.m;
    return buildWalletService(this.options, { chain, clock, log, signers, home: this.home, ...(files === undefined ? {} : { files }) });
  }

  /**
   * Connects, opens the wallets and serves them until the node has gone or `stop` says so. @returns why it ended
   * @throws CoinError where there is no node, or the wallets do not open
   */
  async run(stop: AbortSignal): Promise<string> {
    const { address, name, params, keyFile } = this.options;
    const { log } = this.m;
    const init = new AttachedInit();
    const connection = await connectIpc(address, { self: `${name}-wallet`, coin: name, network: params.network, init }, {
      log, key: () => readIpcKey(keyFile, { create: false }),
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
    const { log, server } = this.m;
    const rpc = server === null ? null : await connection.peerInit().makeRpc();
    await this.close();
    const node = standIn(chain);
    const service = this.build(node.face);
    let isOpen = false;
    try {
      await this.openWallets(service, () => connection.isClosed);
      isOpen = true;
      course.opened();
      await service.registerRpcs();
      await service.start();
      init.serve(service);
      this.open ??= [];
      this.served = true;
      server?.nodeCame(rpc);
      server?.serve(service);
      const count = service.context.wallets.length;
      log.info(`${count} wallet${count === 1 ? '' : 's'} attached to ${connection.peerName} at ${this.options.address.text}`);
      await untilOver(connection, course.stop);
    } finally {
      if (isOpen) this.leave(service);
      if (isOpen && this.served && server !== null && !course.stop.aborted) this.keep(service, node, connection);
      else await service.stop();
    }
  }

  /** Whoever asks this process goes on with the wallets as the node has left them. */
  private keep(service: WalletService, node: StandIn<Chain>, connection: Connection): void {
    this.nodeIsAway(`it has gone: ${connection.closed?.text ?? 'no reason given'}`);
    node.use(awayChain(() => this.away));
    this.remain(service);
  }

  private async openWallets(service: WalletService, gone: () => boolean): Promise<void> {
    if (this.open === null) {
      this.faults.length = 0;
      if (!(await service.verify() && await service.load())) throw new InitError(this.faults[0] ?? 'Loading the wallets failed');
      return;
    }
    for (const name of this.open) {
      try {
        await service.loadWallet(name);
      } catch (e) {
        if (!(e instanceof RpcError) || gone()) throw e;
        service.context.openLater(name, e.message);
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
      initWarning: (text) => {
        log.warning(text);
        process.stderr.write(`Warning: ${text}\n`);
        return Promise.resolve();
      },
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
