import fs from 'node:fs';
import path from 'node:path';
import { Args } from '../common/arguments.ts';
import { configPath, readConfigFiles } from '../common/config-file.ts';
import { ArgsError } from '../common/errors.ts';
import { ipcKeyFile } from '../common/ipc-key.ts';
import { HELP_HEADINGS, optionsHelp } from '../common/help-text.ts';
import { dataDir, isDirectory } from '../common/paths.ts';
import type { RoleContext } from '../common/role.ts';
import { versionText } from '../common/version.ts';
import { isJsonObject, type Json, type JsonObject, stringifyJson } from '../util/json.ts';
import { callServer, type ClientOptions, ConnectionFailed } from './client.ts';
import { chooseIpc, type RpcOverIpc } from './ipc-choice.ts';
import { CliError, namedParams, positionalParams, RefusedRequest } from './convert.ts';
import { CLI_OPTIONS } from './options.ts';

const DEFAULT_TIMEOUT_SEC = 900;
const RPC_IN_WARMUP = -28;
const RPC_WALLET_NOT_SPECIFIED = -19;

/** Lines of standard input, read once. */
class StandardInput {
  private lines: string[] | null = null;
  private load(): string[] {
    if (this.lines === null) {
      this.lines = fs.readFileSync(0, 'utf8').split('\n');
      if (this.lines.at(-1) === '') this.lines.pop();
    }
    return this.lines;
  }
  next(): string | undefined { return this.load().shift(); }
  rest(): string[] { return this.load().splice(0); }
}

function connection(args: Args, context: RoleContext, password: string | undefined): ClientOptions {
  const coin = context.coin.info;
  const params = context.coin.networks.get(args.chainName());
  if (params === undefined) throw new CliError(`no network ${args.chainName()}`);
  let host = args.string('rpcconnect') ?? '127.0.0.1';
  let port = params.rpcPort;
  // What follows the colon is the port, unless an address with colons comes without brackets.
  const m = /^(\[.*\]|[^:]*):([^:]*)$/.exec(host);
  if (m !== null) {
    port = /^\d{1,5}$/.test(m[2] as string) ? Number(m[2]) : 0;
    host = m[1] as string;
    if (port < 1 || port > 65535) throw new CliError(`Invalid port provided in -rpcconnect: ${args.string('rpcconnect') ?? ''}`);
  }
  host = host.replace(/^\[(.*)\]$/, '$1');
  if (args.isSet('rpcport')) {
    port = /^\d+$/.test(args.string('rpcport') ?? '') ? args.int('rpcport', 0) : 0;
    if (port < 1 || port > 65535) throw new CliError(`Invalid port provided in -rpcport: ${args.string('rpcport') ?? ''}`);
  }
  const given = password ?? args.string('rpcpassword') ?? '';
  let credentials: string | null = null;
  let fault = 'Incorrect rpcuser or rpcpassword were specified.';
  if (given !== '') {
    credentials = `${args.string('rpcuser') ?? ''}:${given}`;
  } else if (args.isNegated('rpccookiefile')) {
    fault = 'Cookie file was disabled via -norpccookiefile and no rpcpassword was specified.';
  } else {
    const netDir = path.join(dataDir(args, coin), params.datadirSubdir);
    try {
      credentials = fs.readFileSync(path.resolve(netDir, args.string('rpccookiefile') ?? '.cookie'), 'utf8');
      fault = 'Cookie file credentials were invalid and no rpcpassword was specified.';
    } catch {
      fault = 'Failed to read cookie file and no rpcpassword was specified.';
    }
  }
  const authFault = `${fault} Configuration file: (${configPath(args, dataDir(args, coin), coin.confFile)})`;
  const wallet = args.string('rpcwallet');
  return {
    host, port, credentials, authFault, path: wallet === undefined ? '/' : `/wallet/${encodeURIComponent(wallet)}`,
    timeoutSec: args.int('rpcclienttimeout', DEFAULT_TIMEOUT_SEC), daemonName: `${coin.name}d`, cliName: `${coin.name}-cli`,
    user: args.string('rpcuser') ?? '', ipc: null,
  };
}

/** Calls, again and again with -rpcwait while the server is not there or warming up. */
async function callWaiting(args: Args, make: () => Promise<ClientOptions>, method: string, params: Json): Promise<JsonObject> {
  const wait = args.bool('rpcwait', false);
  const limit = args.int('rpcwaittimeout', 0);
  const end = limit > 0 ? Date.now() + limit * 1000 : Infinity;
  for (;;) {
    try {
      const reply = await callServer(await make(), method, params);
      const error = reply['error'];
      if (!(wait && isJsonObject(error) && error['code'] === RPC_IN_WARMUP) || Date.now() > end) return reply;
    } catch (e) {
      if (!wait || !(e instanceof ConnectionFailed)) throw e;
      if (Date.now() > end) throw new CliError(`timeout on transient error: ${e.message}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function text(result: Json | undefined): string {
  if (result === null || result === undefined) return '';
  return typeof result === 'string' ? result : stringifyJson(result, 2);
}

/** Prints a reply; gives the exit code. */
function print(reply: JsonObject, cliName: string): number {
  const error = reply['error'];
  if (isJsonObject(error)) {
    const code = Number(error['code'] ?? 0);
    let out = `error code: ${code}\nerror message:\n${typeof error['message'] === 'string' ? error['message'] : stringifyJson(error)}`;
    if (code === RPC_WALLET_NOT_SPECIFIED) {
      out += ` Or for the CLI, specify the "-rpcwallet=<walletname>" option before the command (run "${cliName} -h" for help or "${cliName} listwallets" to see which wallets are currently loaded).`;
    }
    process.stderr.write(`${out}\n`);
    return Math.abs(code);
  }
  const out = text(reply['result']);
  process.stdout.write(out === '' ? '' : `${out}\n`);
  return 0;
}

async function result(args: Args, make: () => Promise<ClientOptions>, method: string, params: Json): Promise<Json> {
  const reply = await callWaiting(args, make, method, params);
  const error = reply['error'];
  if (isJsonObject(error)) throw Object.assign(new CliError(String(error['message'])), { reply });
  return reply['result'] ?? null;
}

async function generate(args: Args, make: () => Promise<ClientOptions>, cliName: string): Promise<number> {
  const [count = '1', ...more] = args.command;
  if (more.length > 1) throw new CliError('too many arguments (maximum 2 for nblocks and maxtries)');
  if (count === '0') throw new CliError('the first argument (number of blocks to generate, default: 1) must be an integer value greater than zero');
  const reply = await callWaiting(args, make, 'getnewaddress', []);
  if (isJsonObject(reply['error'])) return print(reply, cliName);
  const address = reply['result'] ?? null;
  const mined = await callWaiting(args, make, 'generatetoaddress', positionalParams('generatetoaddress', [count, String(address), ...more]));
  if (isJsonObject(mined['error'])) return print(mined, cliName);
  process.stdout.write(`${stringifyJson({ address, blocks: mined['result'] ?? null }, 2)}\n`);
  return 0;
}

async function getInfo(args: Args, make: () => Promise<ClientOptions>): Promise<number> {
  if (args.command.length > 0) throw new CliError('-getinfo takes no arguments');
  const network = await result(args, make, 'getnetworkinfo', []) as JsonObject;
  const chain = await result(args, make, 'getblockchaininfo', []) as JsonObject;
  const wallet = await callServer(await make(), 'getwalletinfo', []);
  const balance = await callServer(await make(), 'getbalance', []);
  const lines = [
    `Chain: ${text(chain['chain'])}`, `Blocks: ${text(chain['blocks'])}`, `Headers: ${text(chain['headers'])}`,
    `Verification progress: ${(Number(chain['verificationprogress'] ?? 0) * 100).toFixed(4)}%`, `Difficulty: ${text(chain['difficulty'])}`, '',
    `Network: in ${text(network['connections_in'])}, out ${text(network['connections_out'])}, total ${text(network['connections'])}`,
    `Version: ${text(network['version'])}`, `Time offset (s): ${text(network['timeoffset'])}`, 'Proxies: n/a', `Min tx relay fee rate (BTC/kvB): ${text(network['relayfee'])}`, '',
  ];
  const info = wallet['result'];
  if (isJsonObject(info)) {
    lines.push(`Wallet: ${info['walletname'] === '' ? '""' : text(info['walletname'])}`, `Keypool size: ${text(info['keypoolsize'])}`);
    if (info['unlocked_until'] !== undefined) lines.push(`Unlocked until: ${text(info['unlocked_until'])}`);
    lines.push('', `Balance: ${text(balance['result'])}`, '');
  }
  const warnings = network['warnings'];
  lines.push(`Warnings: ${Array.isArray(warnings) && warnings.length > 0 ? warnings.map(text).join('; ') : '(none)'}`);
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

async function addressInfo(args: Args, make: () => Promise<ClientOptions>): Promise<number> {
  const counts = await result(args, make, 'getaddrmaninfo', []) as JsonObject;
  const known: JsonObject = {};
  for (const [name, value] of Object.entries(counts)) known[name === 'all_networks' ? 'total' : name] = isJsonObject(value) ? value['total'] ?? 0 : 0;
  process.stdout.write(`${stringifyJson({ addresses_known: known }, 2)}\n`);
  return 0;
}

/** coin-cli. @param connectIpc connects to a node over IPC (ipc-choice.ts) @returns exit code */
export async function runCli(context: RoleContext, connectIpc: (address: string, netDir: string, keyFile: string) => Promise<RpcOverIpc>): Promise<number> {
  const coin = context.coin.info;
  const args = new Args(CLI_OPTIONS);
  try {
    args.parseCommandLine(context.argv);
  } catch (e) {
    if (!(e instanceof ArgsError)) throw e;
    process.stderr.write(`Error parsing command line arguments: ${e.message}\n`);
    return 1;
  }
  const wantsHelp = args.isSet('help') || args.isSet('h') || args.isSet('?');
  if (wantsHelp || args.isSet('version') || context.argv.length === 0) {
    let out = `${coin.clientName} RPC client version ${versionText(coin)}\n`;
    if (!args.isSet('version')) {
      out += `\nThe ${context.exeName} utility provides a command line interface to interact with a ${coin.clientName} RPC server.\n\nIt can be used to query network information, manage wallets, create or broadcast transactions, and control the ${coin.clientName} server.\n\nUse the "help" command to list all commands. Use "help <command>" to show help for that command.\nThe -named option allows you to specify parameters using the key=value format, eliminating the need to pass unused positional parameters.\n\nUsage: ${context.exeName} [options] <command> [params]\nor:    ${context.exeName} [options] -named <command> [name=value]...\nor:    ${context.exeName} [options] help\nor:    ${context.exeName} [options] help <command>\n\n${optionsHelp(CLI_OPTIONS, HELP_HEADINGS, true)}`;
    }
    process.stdout.write(out);
    if (context.argv.length > 0) return 0;
    process.stderr.write('Error: too few parameters\n');
    return 1;
  }
  try {
    const base = dataDir(args, coin);
    if (args.isSet('datadir') && !isDirectory(base)) throw new CliError(`Error: Specified data directory "${args.string('datadir') ?? ''}" does not exist.`);
    try {
      readConfigFiles(args, base, configPath(args, base, coin.confFile));
      args.selectNetwork(args.chainName());
    } catch (e) {
      if (e instanceof ArgsError) throw new CliError(`Error reading configuration file: ${e.message}`);
      throw e;
    }
    return await command(args, context, connectIpc);
  } catch (e) {
    if (e instanceof RefusedRequest) return print({ error: { code: e.rpcCode, message: e.message } }, `${coin.name}-cli`);
    if (!(e instanceof CliError)) throw e;
    process.stderr.write(/^Error(: | reading configuration file: )/.test(e.message) ? `${e.message}\n` : `error: ${e.message}\n`);
    return 1;
  }
}

async function command(args: Args, context: RoleContext, connectIpc: (address: string, netDir: string, keyFile: string) => Promise<RpcOverIpc>): Promise<number> {
  const stdin = new StandardInput();
  const password = args.bool('stdinrpcpass', false) ? stdin.next() : undefined;
  if (args.bool('stdinrpcpass', false) && password === undefined) throw new CliError('-stdinrpcpass specified but failed to read from standard input');
  const words = [...args.command];
  if (args.bool('stdinwalletpassphrase', false)) {
    const passphrase = stdin.next();
    if (passphrase === undefined) throw new CliError('-stdinwalletpassphrase specified but failed to read from standard input');
    if (!(words[0] ?? '').startsWith('walletpassphrase')) throw new CliError('-stdinwalletpassphrase is only applicable for walletpassphrase(change)');
    words.splice(1, 0, passphrase);
  }
  if (args.bool('stdin', false)) words.push(...stdin.rest());
  // Made anew for each try: with -rpcwait the cookie may not be there yet.
  const coin = context.coin.info;
  const make = async (): Promise<ClientOptions> => {
    const options = connection(args, context, password);
    const netDir = path.join(dataDir(args, coin), context.coin.networks.get(args.chainName())?.datadirSubdir ?? '');
    return { ...options, ipc: await chooseIpc(args, (address) => connectIpc(address, netDir, ipcKeyFile(args, netDir)), { node: `${coin.name}-node`, chain: args.chainName() }) };
  };
  const chosen = (['generate', 'getinfo', 'addrinfo'] as const).filter((name) => args.bool(name, false));
  if (chosen.length > 1) throw new CliError('Only one of -getinfo, -netinfo, -addrinfo and -generate may be specified at a time');
  if (chosen[0] === 'generate') return generate(args, make, `${coin.name}-cli`);
  if (chosen[0] === 'getinfo') return getInfo(args, make);
  if (chosen[0] === 'addrinfo') return addressInfo(args, make);
  const [method, ...rest] = words;
  if (method === undefined) throw new CliError('too few parameters (need at least command)');
  const params = args.bool('named', false) ? namedParams(method, rest) : positionalParams(method, rest);
  return print(await callWaiting(args, make, method, params), `${coin.name}-cli`);
}
