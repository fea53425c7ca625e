import fs from 'node:fs';
import path from 'node:path';
import { Args } from '../common/arguments.ts';
import { configPath, readConfigFiles } from '../common/config-file.ts';
import { ArgsError } from '../common/errors.ts';
import { ipcKeyFile } from '../common/ipc-key.ts';
import { dataDir, existingDataDir } from '../common/paths.ts';
import type { RoleContext } from '../common/role.ts';
import { fail, printOutcome, startTool } from '../common/tool-start.ts';
import { versionText } from '../common/version.ts';
import { InitError } from '../util/errors.ts';
import { isJsonObject, type Json, type JsonObject, stringifyJson } from '../util/json.ts';
import type { ClientOptions } from './client.ts';
import { chooseIpc, type RpcOverIpc } from './ipc-choice.ts';
import { CliError, namedParams, positionalParams, RefusedRequest } from './convert.ts';
import { getInfo } from './get-info.ts';
import { NET_INFO_HELP, netInfo, parseNetInfo } from './net-info.ts';
import { CLI_OPTIONS } from './options.ts';
import { openSession, ReplyError, type Session } from './session.ts';

const DEFAULT_TIMEOUT_SEC = 900;
/** Commands that are options. */
const COMMANDS = ['generate', 'getinfo', 'netinfo', 'addrinfo'] as const;
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

function connection(args: Args, context: RoleContext, password: string | undefined, forWallet: string | undefined): ClientOptions {
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
  const wallet = forWallet ?? (args.isNegated('rpcwallet') ? undefined : args.string('rpcwallet'));
  return {
    host, port, credentials, authFault, path: wallet === undefined ? '/' : `/wallet/${encodeURIComponent(wallet)}`,
    timeoutSec: args.int('rpcclienttimeout', DEFAULT_TIMEOUT_SEC), daemonName: `${coin.name}d`, cliName: `${coin.name}-cli`,
    user: args.string('rpcuser') ?? '', id: args.string('rpcid') ?? 1, ipc: null,
  };
}

function printed(result: Json | undefined): string {
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
  const out = printed(reply['result']);
  process.stdout.write(out === '' ? '' : `${out}\n`);
  return 0;
}

async function generate(words: readonly string[], session: Session): Promise<string> {
  const address = printed(await session.result('getnewaddress', []));
  const [count = '1', ...more] = words;
  if (more.length > 1) throw new CliError('too many arguments (maximum 2 for nblocks and maxtries)');
  if (count === '0') throw new CliError('the first argument (number of blocks to generate, default: 1) must be an integer value greater than zero');
  const blocks = await session.result('generatetoaddress', positionalParams('generatetoaddress', [count, address, ...more]));
  return stringifyJson({ address, blocks }, 2);
}

async function addressInfo(words: readonly string[], session: Session): Promise<string> {
  if (words.length > 0) throw new CliError('-addrinfo takes no arguments');
  const counts = await session.result('getaddrmaninfo', []) as JsonObject;
  const known: JsonObject = {};
  for (const [name, value] of Object.entries(counts)) known[name === 'all_networks' ? 'total' : name] = isJsonObject(value) ? value['total'] ?? 0 : 0;
  return stringifyJson({ addresses_known: known }, 2);
}

/** Connects to a node over IPC (ipc-choice.ts); null in a program that was built without. */
type ConnectIpc = ((address: string, netDir: string, keyFile: string) => Promise<RpcOverIpc>) | null;

function usage({ exeName: name, coin: { info: { clientName } } }: RoleContext): string {
  return `The ${name} utility provides a command line interface to interact with a ${clientName} RPC server.\n\n`
    + `It can be used to query network information, manage wallets, create or broadcast transactions, and control the ${clientName} server.\n\n`
    + 'Use the "help" command to list all commands. Use "help <command>" to show help for that command.\n'
    + 'The -named option allows you to specify parameters using the key=value format, eliminating the need to pass unused positional parameters.\n\n'
    + `Usage: ${name} [options] <command> [params]\nor:    ${name} [options] -named <command> [name=value]...\nor:    ${name} [options] help\nor:    ${name} [options] help <command>`;
}

/** coin-cli. @returns exit code */
export async function runCli(context: RoleContext, connectIpc: ConnectIpc): Promise<number> {
  const coin = context.coin.info;
  const args = startTool({ title: `${coin.clientName} RPC client`, usage: usage(context), options: CLI_OPTIONS, commands: [], onlyCommands: false, debugOptions: true }, context);
  if (!(args instanceof Args)) return printOutcome(args);
  try {
    const base = existingDataDir(args, coin);
    try {
      readConfigFiles(args, base, configPath(args, base, coin.confFile));
      args.selectNetwork(args.chainName());
    } catch (e) {
      if (e instanceof ArgsError) return fail(`Error reading configuration file: ${e.message}`);
      throw e;
    }
    return await command(args, context, connectIpc);
  } catch (e) {
    if (e instanceof RefusedRequest) return print({ error: { code: e.rpcCode, message: e.message } }, `${coin.name}-cli`);
    if (e instanceof InitError) return fail(`Error: ${e.message}`);
    if (e instanceof CliError) return fail(`error: ${e.message}`);
    throw e;
  }
}

async function command(args: Args, context: RoleContext, connectIpc: ConnectIpc): Promise<number> {
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
  const make = async (wallet?: string): Promise<ClientOptions> => {
    const options = connection(args, context, password, wallet);
    const netDir = path.join(dataDir(args, coin), context.coin.networks.get(args.chainName())?.datadirSubdir ?? '');
    const connect = connectIpc === null ? null : (address: string): Promise<RpcOverIpc> => connectIpc(address, netDir, ipcKeyFile(args, netDir));
    return { ...options, ipc: await chooseIpc(args, connect, { cli: `${coin.name}-cli`, node: `${coin.name}-node`, chain: args.chainName() }) };
  };
  const session = openSession(args, make);
  const cliName = `${coin.name}-cli`;
  const chosen = COMMANDS.filter((name) => args.bool(name, false));
  const given = COMMANDS.filter((name) => args.isSet(name));
  if (given.length > 1) throw new CliError(`Only one of ${[...given].sort().map((name) => `-${name}`).join(', ')} may be specified.`);
  const walletGiven = args.string('rpcwallet') !== undefined && !args.isNegated('rpcwallet');
  try {
    switch (chosen[0]) {
      case 'generate': process.stdout.write(`${await generate(words, session)}\n`); return 0;
      case 'addrinfo': process.stdout.write(`${await addressInfo(words, session)}\n`); return 0;
      case 'getinfo':
        if (words.length > 0) throw new CliError('-getinfo takes no arguments');
        process.stdout.write(`${await getInfo(session, { walletGiven, color: args.string('color') ?? 'auto', terminal: process.stdout.isTTY, unit: coin.currencyUnit })}\n`);
        return 0;
      case 'netinfo': {
        const request = parseNetInfo(words, cliName);
        const nowSec = Math.floor(Date.now() / 1000);
        process.stdout.write(request === null ? NET_INFO_HELP : `${await netInfo(session, request, { name: coin.clientName, version: versionText(coin), chain: args.chainName(), nowSec })}\n`);
        return 0;
      }
      case undefined: break;
    }
  } catch (e) {
    if (e instanceof ReplyError) return print(e.reply, cliName);
    throw e;
  }
  const [method, ...rest] = words;
  if (method === undefined) throw new CliError('too few parameters (need at least command)');
  const params = args.bool('named', false) ? namedParams(method, rest) : positionalParams(method, rest);
  return print(await session.call(method, params), cliName);
}
