import type { Chain } from '../../ipc-spec/chain.ts';
import type { Echo } from '../../ipc-spec/echo.ts';
import type { Init, ProcessConfig } from '../../ipc-spec/init.ts';
import type { IpcStep } from '../../ipc-spec/ipc-watcher.ts';
import type { LogSink } from '../../ipc-spec/log-sink.ts';
import type { Outside } from '../../ipc-spec/outside.ts';
import type { WalletLoader } from '../../ipc-spec/wallet-loader.ts';
import type { Args } from '../common/arguments.ts';
import type { Logging } from '../common/logging.ts';
import type { RoleContext } from '../common/role.ts';
import type { ConnectionFigures } from '../util/connection-figures.ts';
import type { ConnectionModules, ConnectionOptions } from '../ipc/connection.ts';
import type { Fence, FencePlan } from '../ipc/fence/fence.ts';
import { type Spawned, spawnProcess } from '../ipc/spawn.ts';
import type { ChainParams } from '../params/chain-params.ts';
import type { Clock } from '../util/clock.ts';
import { errorText, InitError } from '../util/errors.ts';
import { type Json, stringifyJson } from '../util/json.ts';
import { LOG_CATEGORIES } from '../util/logger.ts';
import type { Watch } from '../util/watch.ts';
import { WALLET_OPTIONS } from '../wallet/option-specs.ts';
import { roleProgram } from './role-program.ts';

/** Settings that the wallet reads though they are the node's. */
const SHARED_SETTINGS: readonly string[] = ['maxtxfee', 'deprecatedrpc'];
/** A child that does not end by itself after its socket has closed is ended. */
const END_TIMEOUT_MS = 20_000;

export interface ChildSettings { readonly args: Args; readonly netDir: string; readonly params: ChainParams }

/** Wallet settings as this process has resolved them, by name. */
function childSettings(args: Args): string {
  const out: Record<string, Json> = {};
  for (const name of [...WALLET_OPTIONS.map((o) => o.name), ...SHARED_SETTINGS]) {
    const value = args.setting(name);
    if (value === undefined) continue;
    out[name] = args.isNegated(name) ? [false] : args.settings(name);
    // What counts for a single value comes last there, whatever source it is from.
    if (!args.isNegated(name)) out[name] = [...(out[name] as Json[]).filter((v) => v !== value), value];
  }
  return stringifyJson(out);
}

/** A wallet process that runs. */
export interface WalletChild {
  readonly pid: number;
  readonly sandbox: string;
  /** How it ended; resolves whenever that is. */
  readonly ended: Promise<string>;
  /** @throws InitError where it has none */
  loader(chain: Chain): Promise<WalletLoader>;
  echo(): Promise<Echo>;
  /** Milliseconds until its event loop answers. @throws Disconnected */
  ping(): Promise<number>;
  /** The connection to it, in figures. */
  traffic(): ConnectionFigures;
  /** Ends it at once. */
  kill(): void;
  /** Ends it in order; resolves when it is gone. */
  close(): Promise<void>;
}

/** Who starts the process, and what fences it in. */
export interface WalletStart {
  /** `none` where nothing fences it in. */
  readonly sandbox: string;
  /** @throws CoinError */
  spawn(options: ConnectionOptions, modules: ConnectionModules): Spawned | Promise<Spawned>;
}

/** This process starts it. */
export function startHere(context: RoleContext, fence?: { readonly kind: Fence; readonly plan: FencePlan }): WalletStart {
  return {
    sandbox: fence?.kind.name ?? 'none',
    spawn: (options, modules) => spawnProcess({ ...roleProgram(context, 'wallet', ['wallet']), ...options, ...(fence === undefined ? {} : { fence }) }, modules),
  };
}

/**
 * Starts the wallets in a process of their own, and tells it the node's settings.
 * @throws InitError where it cannot be started
 */
export async function startWalletChild(
  settings: ChildSettings, context: RoleContext, modules: { readonly log: Logging; readonly watch: Watch<IpcStep>; readonly clock: Clock; readonly outside: Outside | null },
  start: WalletStart,
): Promise<WalletChild> {
  const { log, clock } = modules;
  const { args, params } = settings;
  const self = `${context.coin.info.name}-node`;
  const name = `${context.coin.info.name}-wallet`;
  const child = await start.spawn({ self, peer: name, init: null, coin: context.coin.info.name, network: params.network }, { log, watch: modules.watch });
  const init: Init = child.init;
  const sink: LogSink = {
    write: (lines) => {
      for (const line of lines) log.foreign(name, line);
      return Promise.resolve();
    },
  };
  const config: ProcessConfig = {
    coin: context.coin.info.name, network: params.network, netDir: settings.netDir, settings: childSettings(args),
    overrides: stringifyJson(context.ownSpec === null ? {} : { spec: context.ownSpec.json }), mockTime: clock.mockTime,
    logCategories: LOG_CATEGORIES.filter((c) => log.enabled(c)), logTrace: LOG_CATEGORIES.some((c) => log.enabled(c, 'trace')),
  };
  try {
    await init.configure(config, sink, modules.outside);
  } catch (e) {
    child.connection.close();
    child.kill('SIGKILL');
    throw e instanceof InitError ? e : new InitError(`The wallet process does not start: ${child.said() === '' ? errorText(e) : child.said()}`, { cause: e });
  }
  const ended = new Promise<string>((resolve) => {
    child.connection.onClosed((why) => {
      // Without its connection it is of no use, whatever keeps it: it is given the time to close its files.
      const timer = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT_MS);
      timer.unref();
      void child.exited.then((how) => {
        clearTimeout(timer);
        resolve(how === 'exit code 0' ? why : how);
      });
    });
  });
  return {
    get pid() { return child.pid; }, sandbox: start.sandbox, ended,
    loader: async (chain) => {
      const loader = await init.makeWalletLoader(chain);
      if (loader === null) throw new InitError('The wallet process offers no wallets');
      return loader;
    },
    echo: () => init.makeEcho(),
    ping: () => child.connection.ping(),
    traffic: () => child.connection.stats,
    kill: () => child.kill('SIGKILL'),
    close: async () => {
      child.connection.close('the node is shutting down');
      const timer = setTimeout(() => {
        log.warning(`The wallet process does not end by itself within ${END_TIMEOUT_MS / 1000} seconds: killing it`);
        child.kill('SIGKILL');
      }, END_TIMEOUT_MS);
      await child.exited;
      clearTimeout(timer);
    },
  };
}
