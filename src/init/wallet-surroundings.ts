import fs from 'node:fs';
import path from 'node:path';
import { Args } from '../common/arguments.ts';
import { configPath, readConfigFiles } from '../common/config-file.ts';
import { ArgsError } from '../common/errors.ts';
import { CHAIN_OPTIONS, COMMON_OPTIONS, HIDDEN_OPTIONS, IPC_KEY_OPTION, NODE_OPTIONS } from '../common/node-options.ts';
import type { OptionSpec } from '../common/option-spec.ts';
import { dataDir, ensureDir, existingDataDir } from '../common/paths.ts';
import type { RoleContext } from '../common/role.ts';
import { SettingsFile } from '../common/settings-file.ts';
import type { ChainParams } from '../params/chain-params.ts';
import { InitError } from '../util/errors.ts';
import { WALLET_OPTIONS } from '../wallet/option-specs.ts';
import { chooseParams } from './parameters.ts';

/** Options of the node that concern a wallet by itself, too. */
const ALSO_HERE: ReadonlySet<string> = new Set([
  'blocksonly', 'maxtxfee', 'debug', 'deprecatedrpc', 'debuglogfile', 'sandboxmemory', 'debugexclude', 'loglevel', 'loglevelalways', 'logratelimit', 'logsourcelocations', 'logthreadnames',
  'logtimemicros', 'logtimestamps', 'printtoconsole', 'shrinkdebugfile',
]);

/** Options of coin-wallet where it attaches itself to a node. */
export const ATTACHED_OPTIONS: readonly OptionSpec[] = [
  ...COMMON_OPTIONS, ...HIDDEN_OPTIONS, ...CHAIN_OPTIONS,
  {
    name: 'ipcconnect', arg: '=<address>', category: 'IPC interprocess connection options',
    help: 'Serve wallets to the node that listens here: auto or unix (the socket node.sock in the network directory), unix:<path>, or tcp:<host>:<port> with the key of -ipckey',
  },
  IPC_KEY_OPTION,
  {
    name: 'sandbox', arg: '=<mode>', category: 'IPC interprocess connection options',
    help: 'Fence this process in: require, auto (where that can be done) or off. It is kept from other files, other processes and new processes, and from the network unless it connects to the node by tcp or has -server (default: off)',
  },
  { name: 'fenced', arg: '=<fence>', help: '', category: 'hidden' },
  {
    name: 'server', category: 'RPC server options',
    help: 'Answer RPC over HTTP in this process, the node\'s methods by asking the node; counts on the command line only, as a configuration file may be the node\'s, too (default: 0)',
  },
  { name: 'rpccookiefile', arg: '=<loc>', category: 'RPC server options', help: 'Where the cookie is, relative to the wallet directory; -norpccookiefile for none (default: .wallet-cookie)' },
  ...NODE_OPTIONS.filter(({ name }) => name.startsWith('rpc') && name !== 'rpccookiefile'),
  ...WALLET_OPTIONS.filter(({ name }) => name !== 'disablewallet'),
  ...NODE_OPTIONS.filter(({ name }) => ALSO_HERE.has(name)),
];

/** What a wallet process that nobody has spawned knows before it begins. */
export interface WalletSurroundings {
  readonly args: Args;
  readonly params: ChainParams;
  readonly netDir: string;
  /** Which wallets to open at start, as users have said so by RPC: not the node's settings.json, whose directory this may be. */
  readonly settings: SettingsFile;
}

/** Reads command line, configuration and settings. @throws InitError */
export function readWalletConfiguration(context: RoleContext): WalletSurroundings | { readonly info: 'help' | 'version' } {
  const args = new Args(ATTACHED_OPTIONS);
  const coin = context.coin.info;
  try {
    args.parseCommandLine(context.argv);
    if (args.isSet('version')) return { info: 'version' };
    if (args.wantsHelp()) return { info: 'help' };
    const [stray] = args.command;
    if (stray !== undefined) throw new ArgsError(`Command '${stray}' does not go with -ipcconnect`);
  } catch (e) {
    if (e instanceof ArgsError) throw new InitError(`Error parsing command line arguments: ${e.message}`);
    throw e;
  }
  let baseDir = existingDataDir(args, coin);
  try {
    readConfigFiles(args, baseDir, configPath(args, baseDir, coin.confFile));
    baseDir = dataDir(args, coin);
    const params = chooseParams(context.coin, args);
    const netDir = path.join(baseDir, params.datadirSubdir);
    if (!fs.existsSync(netDir)) ensureDir(path.join(netDir, 'wallets'));
    const settings = new SettingsFile(path.join(netDir, 'wallet-settings.json'), coin.clientName);
    // A process in a fence writes that file itself: it decides over nothing else.
    const wallets = settings.read().get('wallet');
    if (wallets !== undefined) args.rw.set('wallet', wallets);
    return { args, params, netDir, settings };
  } catch (e) {
    if (e instanceof ArgsError) throw new InitError(`Error reading configuration file: ${e.message}`);
    throw e;
  }
}

/** -server, where the command line has it: a configuration file may be that of a node, which has the port. */
export function servesHttp(args: Args): boolean {
  return args.commandLineValues().has('server') && args.bool('server', false);
}
