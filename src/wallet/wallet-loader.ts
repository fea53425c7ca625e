import { isAbsolute, join } from 'node:path';
import type { Handler } from '../../ipc-spec/handler.ts';
import type { RpcCall, RpcCommand, SealOffer, WalletDirEntry } from '../../ipc-spec/types.ts';
import type { Wallet as WalletInterface } from '../../ipc-spec/wallet.ts';
import type { LoadedWallet, MigratedWallet, WalletLoader } from '../../ipc-spec/wallet-loader.ts';
import { passphrasePositions } from '../common/secret-arguments.ts';
import { argNames, checkArguments, toPositional } from '../rpc/arguments.ts';
import { methodHelp } from '../rpc/help.ts';
import type { RpcMethod } from '../rpc/method.ts';
import { argumentRows } from '../rpc/server.ts';
import { errorText, RpcError } from '../util/errors.ts';
import { type Json, parseJson, stringifyJson } from '../util/json.ts';
import { backupWallet } from './backup.ts';
import { deleteWallet, finishDeletions, renameWallet } from './closed-wallet.ts';
import { unlessGone, WalletContext, type WalletContextModules } from './context.ts';
import { checkDatabase, DatabaseError, listDatabases, openDatabase, walletPath } from './database.ts';
import { exportWatchOnly } from './export-watch-only.ts';
import { migrateWallet } from './legacy/migrate.ts';
import { walletDirFault } from './options.ts';
import { walletRpcMethods } from './rpc/methods.ts';
import { loadedWallet, toRpcError, toWalletRpcError } from './rpc/util.ts';
import { WalletHandle } from './handle/wallet-handle.ts';
import type { Wallet } from './wallet.ts';
import type { WalletOptions } from './wallet-options.ts';

const RESEND_INTERVAL_MS = 60_000;
const BAD_SETTING = "Invalid value detected for '-wallet' or '-nowallet'. '-wallet' requires a string value, while '-nowallet' accepts only '1' to disable all wallets";

/** The wallet part of the program: the same in its own process and beside the node, as it knows the node by its interface only. */
export class WalletService implements WalletLoader {
  readonly context: WalletContext;
  private readonly methods: ReadonlyMap<string, RpcMethod>;
  private readonly cliName: string;
  private readonly handlers: Handler[] = [];
  private readonly handles = new WeakMap<Wallet, WalletHandle>();
  private readonly pending = new Set<Promise<unknown>>();
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | null = null;

  constructor(options: WalletOptions & { readonly cliName?: string }, modules: WalletContextModules) {
    this.context = new WalletContext(options, modules);
    this.cliName = options.cliName ?? 'bitcoin-cli';
    this.methods = new Map(walletRpcMethods(this.context).map((method) => [method.name, method]));
  }

  // -- as the node starts and stops it ------------------------------------------------------------------------------

  async registerRpcs(): Promise<void> {
    const { chain } = this.context;
    // All at once: no call comes between the first method and the last.
    this.handlers.push(...await Promise.all(this.commands().map((command) => chain.handleRpc(command, (call) => this.answer(call)))));
  }

  /** The RPC methods that wallets answer. */
  commands(): RpcCommand[] {
    return [...this.methods.values()].map((method) => ({ name: method.name, category: method.category, args: argNames(method) }));
  }

  /** Answers a call of one of them. @throws RpcError */
  async answer(call: RpcCall): Promise<string> {
    const method = this.methods.get(call.method);
    if (method === undefined) throw new RpcError(-32601, 'Method not found');
    if (call.mode === 'help') return stringifyJson(methodHelp(method, this.cliName));
    if (call.mode === 'argmap') return stringifyJson(argumentRows(method));
    const params = this.opened(call, checkArguments(method, toPositional(parseJson(call.params), argNames(method))));
    const work = Promise.resolve().then(() => method.handler({
      method: method.name, params, uri: call.uri, authUser: call.authUser, peerAddress: call.peerAddress, signal: this.stopping.signal,
    }));
    this.pending.add(work);
    try {
      return stringifyJson(await work ?? null);
    } catch (e) {
      throw toRpcError(e);
    } finally {
      this.pending.delete(work);
    }
  }

  /** Arguments with the passphrases that were sealed for this process. @throws RpcError */
  private opened({ method, uri }: RpcCall, params: readonly (Json | undefined)[]): (Json | undefined)[] {
    const out = [...params];
    try {
      for (const at of passphrasePositions(method)) {
        const text = out[at];
        if (typeof text === 'string') out[at] = this.context.seals.open(text, { method, scope: uri });
      }
    } catch (e) {
      throw toRpcError(e);
    }
    return out;
  }

  offerSeal(): Promise<SealOffer> { return Promise.resolve(this.context.seals.offer()); }

  private async configured(): Promise<string[] | null> {
    const names: string[] = [];
    for (const text of await this.context.home.getSettingsList('wallet')) {
      const value = parseJson(text);
      if (typeof value !== 'string') {
        await this.context.home.initError(BAD_SETTING);
        return null;
      }
      names.push(value);
    }
    if (names.length === 0 && !this.context.options.walletsGiven && this.hasUnnamedWallet()) {
      names.push('');
      this.context.openedByHabit = true;
    }
    return names;
  }

  /** Very old set-ups have one wallet without a name, which nobody had to configure. */
  private hasUnnamedWallet(): boolean {
    try {
      checkDatabase(walletPath('', this.context.options.walletDir), this.context.params, 'existing');
      return true;
    } catch {
      return false;
    }
  }

  async verify(): Promise<boolean> {
    const { home, options, log, params } = this.context;
    if (options.walletDirGiven) {
      const fault = walletDirFault(options.walletDir);
      if (fault !== null) {
        await home.initError(fault);
        return false;
      }
    }
    log.info(`Using wallet directory ${options.walletDir}`);
    finishDeletions(this.context);
    await home.initMessage('Verifying wallet(s)…');
    const names = await this.configured();
    if (names === null) return false;
    const seen = new Set<string>();
    for (const name of names) {
      const absolute = isAbsolute(name) ? name : join(options.walletDir, name);
      if (seen.has(absolute)) {
        await home.initWarning(`Ignoring duplicate -wallet ${name}.`);
        continue;
      }
      seen.add(absolute);
      try {
        const path = walletPath(name, options.walletDir);
        checkDatabase(path, params, 'existing');
        await (await openDatabase(path, options, this.context)).close();
      } catch (e) {
        if (!(e instanceof DatabaseError)) throw e;
        if (e.fault === 'legacy') continue;
        if (e.fault === 'not-found') {
          await home.initWarning(`Skipping -wallet path that doesn't exist. ${e.message}`);
          continue;
        }
        await home.initError(e.message);
        return false;
      }
    }
    return true;
  }

  async load(): Promise<boolean> {
    const { home } = this.context;
    const names = await this.configured();
    if (names === null) return false;
    for (const name of new Set(names)) {
      try {
        const { warnings } = await this.context.loadAtStart(name);
        if (warnings.length > 0) await home.initWarning(warnings.join('\n'));
      } catch (e) {
        const fault = e instanceof DatabaseError ? e.fault : null;
        if (fault === 'not-found') continue;
        if (fault === 'legacy') {
          await home.initWarning(errorText(e));
          continue;
        }
        await home.initError(errorText(e));
        return false;
      }
    }
    return true;
  }

  async start(): Promise<void> {
    for (const wallet of this.context.wallets) await this.context.postInit(wallet);
    this.timer = setInterval(() => this.resend(), RESEND_INTERVAL_MS);
    this.timer.unref();
  }

  private resend(): void {
    for (const wallet of this.context.wallets) {
      const work = wallet.maybeResubmit().catch((e: unknown) => this.context.log.warning(`Resubmitting transactions failed: ${errorText(e)}`));
      this.pending.add(work);
      void work.finally(() => this.pending.delete(work));
    }
  }

  async stop(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.stopping.abort();
    for (const wallet of this.context.wallets) if (wallet.scan !== null) wallet.scan.aborting = true;
    await Promise.allSettled([...this.pending]);
    for (const handler of this.handlers.splice(0)) await unlessGone(handler.disconnect());
    await this.context.unloadAll();
  }

  setMockTime(time: number): Promise<void> {
    this.context.clock.setMockTime(time);
    return Promise.resolve();
  }

  schedulerMockForward(seconds: number): Promise<void> {
    for (const wallet of this.context.wallets) wallet.skipTime(seconds);
    this.resend();
    return Promise.resolve();
  }

  // -- as user interfaces use it ------------------------------------------------------------------------------------

  private handle(wallet: Wallet): WalletHandle {
    let handle = this.handles.get(wallet);
    if (handle === undefined) {
      handle = new WalletHandle(wallet, this.context);
      this.handles.set(wallet, handle);
    }
    return handle;
  }

  /** @secret passphrase */
  async createWallet(name: string, passphrase: string, flags: number): Promise<LoadedWallet> {
    try {
      const { wallet, warnings } = await this.context.create(name, {
        flags: BigInt(flags), passphrase: this.context.seals.open(passphrase, { method: 'WalletLoader.createWallet', scope: name }),
      });
      return { wallet: this.handle(wallet), warnings };
    } catch (e) {
      throw toRpcError(e);
    }
  }

  async loadWallet(name: string): Promise<LoadedWallet> {
    try {
      const { wallet, warnings } = await this.context.load(name);
      return { wallet: this.handle(wallet), warnings };
    } catch (e) {
      throw toRpcError(e);
    }
  }

  async restoreWallet(backupFile: string, name: string): Promise<LoadedWallet> {
    try {
      const { wallet, warnings } = await this.context.restore(backupFile, name);
      return { wallet: this.handle(wallet), warnings };
    } catch (e) {
      throw toRpcError(e);
    }
  }

  async restoreClosedWallet(backupFile: string, name: string): Promise<void> {
    try {
      await this.context.restoreClosed(backupFile, name);
    } catch (e) {
      throw toRpcError(e);
    }
  }

  async backupWallet(name: string, path: string): Promise<void> {
    try {
      await backupWallet(this.context, name, path);
    } catch (e) {
      throw toRpcError(e);
    }
  }

  async exportWatchOnlyWallet(name: string, path: string): Promise<string> {
    return exportWatchOnly(loadedWallet(this.context, name), path, this.context);
  }

  async renameWallet(name: string, newName: string): Promise<string[]> {
    try {
      return await renameWallet(this.context, name, newName);
    } catch (e) {
      throw toRpcError(e);
    }
  }

  async deleteWallet(name: string): Promise<string[]> {
    try {
      return await deleteWallet(this.context, name);
    } catch (e) {
      throw toRpcError(e);
    }
  }

  async isEncrypted(name: string): Promise<boolean> {
    try {
      return await this.context.isEncrypted(name);
    } catch (e) {
      throw toRpcError(e);
    }
  }

  /** @secret passphrase */
  async migrateWallet(name: string, passphrase: string, load: boolean): Promise<MigratedWallet> {
    try {
      const secret = this.context.seals.open(passphrase, { method: 'WalletLoader.migrateWallet', scope: name });
      const { wallet, ...migrated } = await migrateWallet(this.context, name, secret, load);
      return { ...migrated, wallet: wallet === null ? null : this.handle(wallet) };
    } catch (e) {
      throw toWalletRpcError(e);
    }
  }

  async setLoadOnStartup(name: string, startup: boolean): Promise<void> { await this.context.setLoadOnStartup(name, startup); }

  getWalletDir(): Promise<string> { return Promise.resolve(this.context.options.walletDir); }
  listWalletDir(): Promise<WalletDirEntry[]> {
    return Promise.resolve(listDatabases(this.context.options.walletDir, this.context.params, this.context.log));
  }

  getWallets(): Promise<WalletInterface[]> { return Promise.resolve(this.context.wallets.map((wallet) => this.handle(wallet))); }

  handleLoadWallet(callback: (wallet: WalletInterface) => Promise<void>): Promise<Handler> {
    const own = (wallet: Wallet): Promise<void> => callback(this.handle(wallet));
    this.context.loadCallbacks.add(own);
    return Promise.resolve({
      disconnect: () => {
        this.context.loadCallbacks.delete(own);
        return Promise.resolve();
      },
    });
  }
}
