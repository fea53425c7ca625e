import type { Chain } from '../../ipc-spec/chain.ts';
import type { ProcessConfig } from '../../ipc-spec/init.ts';
import type { LogSink } from '../../ipc-spec/log-sink.ts';
import type { Outside } from '../../ipc-spec/outside.ts';
import type { WalletLoader } from '../../ipc-spec/wallet-loader.ts';
import { Args } from '../common/arguments.ts';
import { ArgsError } from '../common/errors.ts';
import { COMMON_OPTIONS, HIDDEN_OPTIONS } from '../common/node-options.ts';
import type { OptionSpec } from '../common/option-spec.ts';
import type { RoleContext } from '../common/role.ts';
import { RemoteLogger } from '../ipc/remote-logger.ts';
import { serveInherited } from '../ipc/spawn.ts';
import { ExternalSigners } from '../node/external-signers.ts';
import { builtinCoin } from '../params/builtin-coins.ts';
import { type CoinSpec, NETWORKS, networkParams, parseCoinSpec } from '../params/chain-params.ts';
import { useAuxPowHeaders } from '../primitives/auxpow.ts';
import { writeSynchronously } from '../store/synchronous-writes.ts';
import { Clock } from '../util/clock.ts';
import { errorText, InitError } from '../util/errors.ts';
import { isJsonObject, parseJson } from '../util/json.ts';
import { OutsideFiles } from '../wallet/files.ts';
import { WALLET_OPTIONS } from '../wallet/option-specs.ts';
import type { WalletService } from '../wallet/wallet-loader.ts';
import { BareInit } from './bare-init.ts';
import { buildWalletService } from './wallet-in-process.ts';

const OPTIONS: readonly OptionSpec[] = [
  ...COMMON_OPTIONS, ...HIDDEN_OPTIONS,
  { name: 'ipcfd', arg: '=<n>', help: '', category: 'hidden' },
];

/** What the wallet's process hands to its parent. */
class WalletInit extends BareInit {
  private readonly log: RemoteLogger;
  private readonly clock = new Clock();
  private config: ProcessConfig | null = null;
  private outside: Outside | null = null;
  private service: WalletService | null = null;
  private readonly stopping = new AbortController();

  constructor(log: RemoteLogger) {
    super();
    this.log = log;
  }

  configure(config: ProcessConfig, sink: LogSink, outside: Outside | null): Promise<void> {
    this.config = config;
    this.outside = outside;
    this.clock.setMockTime(config.mockTime);
    this.log.connect(sink, { categories: config.logCategories, trace: config.logTrace });
    return Promise.resolve();
  }

  override makeWalletLoader(chain: Chain): Promise<WalletLoader | null> {
    const { config } = this;
    if (config === null) throw new InitError('makeWalletLoader before configure');
    const spec = coinOf(config);
    const network = NETWORKS.find((n) => n === config.network);
    if (spec === undefined || network === undefined) throw new InitError(`no coin ${config.coin} with network ${config.network}`);
    const params = networkParams(spec, network);
    useAuxPowHeaders(params.consensus.rules.auxpow !== undefined);
    const args = new Args(WALLET_OPTIONS);
    const settings = parseJson(config.settings);
    // They arrive resolved: one source, the strongest.
    if (isJsonObject(settings)) for (const [name, values] of Object.entries(settings)) args.setResolved(name, Array.isArray(values) ? values : [values]);
    const { outside } = this;
    const own = new ExternalSigners({ command: args.string('signer') ?? '', chain: params.network }, { stop: this.stopping.signal });
    this.service = buildWalletService({ args, netDir: config.netDir, params }, {
      chain, clock: this.clock, log: this.log, ...(outside === null ? { signers: () => own.list() } : { signers: () => outside.externalSigners(), files: new OutsideFiles({ outside, log: this.log }) }),
    });
    return Promise.resolve(this.service);
  }

  /** Closes wallets that are still open: the parent is gone or going. */
  async close(): Promise<void> {
    this.stopping.abort();
    await this.service?.stop();
  }
}

/** The coin of a configuration: one that comes with the program, or the data file in it. */
function coinOf(config: ProcessConfig): CoinSpec | undefined {
  const overrides = parseJson(config.overrides);
  const own = isJsonObject(overrides) ? overrides['spec'] : undefined;
  return typeof own === 'string' ? parseCoinSpec(JSON.parse(own)) : builtinCoin(config.coin);
}

/** coin-wallet: serves the wallets to the process that has started it or to a node that it finds, or works on wallet files by itself. @returns exit code */
export async function run(context: RoleContext): Promise<number> {
  if (context.argv.some((word) => /^--?ipcconnect(=|$)/.test(word))) return (await import('./wallet-attached.ts')).run(context);
  if (!context.argv.some((word) => /^--?ipcfd=/.test(word))) return (await import('./wallet-tool.ts')).run(context);
  process.umask(0o077);
  const coin = context.coin.info;
  const args = new Args(OPTIONS);
  try {
    args.parseCommandLine(context.argv);
  } catch (e) {
    if (!(e instanceof ArgsError)) throw e;
    process.stderr.write(`Error parsing command line arguments: ${e.message}\n`);
    return 1;
  }
  writeSynchronously();
  process.title = `${coin.name}-wallet`;
  const log = new RemoteLogger();
  const init = new WalletInit(log);
  const connection = serveInherited(args.int('ipcfd', 0), { self: `${coin.name}-wallet`, peer: `${coin.name}-node`, init }, { log });
  connection.beforeSend = () => log.flush();
  await new Promise<void>((resolve) => connection.onClosed(() => resolve()));
  try {
    await init.close();
  } catch (e) {
    // The node is gone: what the wallets wanted to tell it no longer matters, their files are closed all the same.
    if (process.env['NODE_DEBUG'] !== undefined) process.stderr.write(`${errorText(e)}\n`);
  }
  process.exit(0);
}
