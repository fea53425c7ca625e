import path from 'node:path';
import { Args } from '../common/arguments.ts';
import { configPath, readConfigFiles } from '../common/config-file.ts';
import { ArgsError } from '../common/errors.ts';
import { CHAIN_OPTIONS, HIDDEN_OPTIONS } from '../common/node-options.ts';
import type { OptionSpec } from '../common/option-spec.ts';
import { existingDataDir } from '../common/paths.ts';
import type { RoleContext } from '../common/role.ts';
import { fail, printOutcome, startTool } from '../common/tool-start.ts';
import { chainParamsJson } from '../tools/chain-params-json.ts';
import { grind } from '../tools/grind.ts';
import { CoinError, InitError } from '../util/errors.ts';
import { stringifyJson } from '../util/json.ts';
import { chooseParams } from './parameters.ts';

const OPTIONS: readonly OptionSpec[] = [
  ...HIDDEN_OPTIONS, ...CHAIN_OPTIONS,
  { name: 'help', help: 'Print this help message and exit (also -h or -?)', category: 'Options' },
  { name: 'version', help: 'Print version and exit', category: 'Options' },
  { name: 'conf', arg: '=<file>', help: 'Configuration file, for -ipckey; relative paths start in the data directory', category: 'Options', disallowNegation: true },
  { name: 'datadir', arg: '=<dir>', help: 'Data directory of the node whose calls are recorded', category: 'Options', disallowNegation: true },
  { name: 'ipcconnect', arg: '=<address>', help: 'Where that node listens: unix, unix:<path> or tcp:<host>:<port> (default: unix, the socket node.sock in the network directory)', category: 'IPC interprocess connection options' },
  { name: 'ipckey', arg: '=<file>', help: 'Key of a node on another machine (default: ipc.key in the network directory)', category: 'IPC interprocess connection options' },
  { name: 'connection', arg: '=<n>', help: 'Only calls on this connection', category: 'IPC interprocess connection options' },
  { name: 'peer', arg: '=<name>', help: 'Only calls between the node and this process, as coin-wallet', category: 'IPC interprocess connection options' },
  { name: 'method', arg: '=<pattern>', help: 'Only calls of these methods; a star stands for anything, as Wallet.*', category: 'IPC interprocess connection options' },
  { name: 'seconds', arg: '=<n>', help: 'Record for so long (default: until it is interrupted)', category: 'IPC interprocess connection options' },
];
const COMMANDS: readonly OptionSpec[] = [
  { name: 'grind', help: 'Perform proof of work on hex header string', category: 'Commands' },
  { name: 'getchainparams', help: 'Get hardcoded parameters for the selected chain', category: 'Commands' },
  { name: 'ipc-trace', help: 'Record the calls between a running node and other processes, or print a recording', category: 'Commands' },
];

function usage(context: RoleContext): string {
  const name = context.exeName;
  return `Utilities for ${context.coin.info.clientName}. None needs a running node but the recording of calls.\n\nUsage:  ${name} [options] [command]\n`
    + `or:     ${name} [options] grind <hex-block-header>\nor:     ${name} [options] getchainparams\nor:     ${name} [options] ipc-trace record <file>   (- shows the calls as they come)\n`
    + `or:     ${name} [options] ipc-trace print <file>`;
}

async function ipcTrace(args: Args, context: RoleContext, words: readonly string[]): Promise<void> {
  const [what, file, ...more] = words;
  if ((what !== 'record' && what !== 'print') || file === undefined || more.length > 0) throw new CoinError('usage', 'Usage: ipc-trace record <file>, or ipc-trace print <file>');
  const trace = await import('./ipc-trace.ts');
  if (what === 'print') return await trace.printCalls(args, file);
  const coin = context.coin.info;
  const base = existingDataDir(args, coin);
  readConfigFiles(args, base, configPath(args, base, coin.confFile));
  const network = args.chainName();
  args.selectNetwork(network);
  const netDir = path.join(base, context.coin.networks.get(network)?.datadirSubdir ?? '');
  return await trace.recordCalls(args, context, { netDir, network, file });
}

/** coin-util. @returns exit code */
export async function run(context: RoleContext): Promise<number> {
  const coin = context.coin.info;
  // Whoever reads our output may have read enough of it.
  process.stdout.on('error', (e: NodeJS.ErrnoException) => process.exit(e.code === 'EPIPE' ? 0 : 1));
  const args = startTool({
    title: `${coin.clientName} ${coin.name}-util utility`, usage: usage(context), options: OPTIONS, commands: COMMANDS, onlyCommands: true, debugOptions: false,
  }, context);
  if (!(args instanceof Args)) return printOutcome(args);
  const [command, ...words] = args.command;
  if (command === undefined) return fail('Error: must specify a command');
  try {
    const params = chooseParams(context.coin, args);
    switch (command) {
      case 'grind':
        if (words.length !== 1) return fail('Must specify block header to grind');
        process.stdout.write(`${grind(words[0] as string)}\n`);
        return 0;
      case 'getchainparams':
        if (words.length > 0) return fail('getchainparams does not take arguments');
        process.stdout.write(`${stringifyJson(chainParamsJson(params), 2)}\n`);
        return 0;
      default:
        await ipcTrace(args, context, words);
        return 0;
    }
  } catch (e) {
    if (e instanceof InitError || e instanceof ArgsError) return fail(`Error: ${e.message}`);
    if (e instanceof CoinError) return fail(command === 'grind' ? e.message : `Error: ${e.message}`);
    throw e;
  }
}
