import path from 'node:path';
import { Args } from '../common/arguments.ts';
import { ArgsError } from '../common/errors.ts';
import { CHAIN_OPTIONS, HIDDEN_OPTIONS } from '../common/node-options.ts';
import type { OptionSpec } from '../common/option-spec.ts';
import { existingDataDir } from '../common/paths.ts';
import type { RoleContext } from '../common/role.ts';
import { printOutcome, startTool } from '../common/tool-start.ts';
import { Clock } from '../util/clock.ts';
import { CoinError, errorText, InitError } from '../util/errors.ts';
import { SILENT, type Logger } from '../util/logger.ts';
import { walletOptionsFromArgs } from '../wallet/options.ts';
import { OfflineWallets } from '../wallet/tool/offline-wallet.ts';
import { chooseParams } from './parameters.ts';

const OPTIONS: readonly OptionSpec[] = [
  ...HIDDEN_OPTIONS, ...CHAIN_OPTIONS,
  { name: 'help', help: 'Print this help message and exit (also -h or -?)', category: 'Options' },
  { name: 'version', help: 'Print version and exit', category: 'Options' },
  { name: 'datadir', arg: '=<dir>', help: 'Keep data in this directory', category: 'Options', disallowNegation: true },
  { name: 'wallet', arg: '=<wallet-name>', help: 'Name of the wallet', category: 'Options', networkOnly: true },
  { name: 'dumpfile', arg: '=<file name>', help: 'File that dump writes the records to, or createfromdump reads them from', category: 'Options', disallowNegation: true },
  { name: 'debug', arg: '=<category>', help: 'Print what is done (default: 0)', category: 'Debugging/Testing options' },
  { name: 'printtoconsole', help: 'Print the log to the console (default: 1 with -debug)', category: 'Debugging/Testing options' },
];
const COMMANDS: readonly OptionSpec[] = [
  { name: 'info', help: 'Tell about a wallet', category: 'Commands' },
  { name: 'create', help: 'Make a new descriptor wallet', category: 'Commands' },
  { name: 'dump', help: 'Write all records of a wallet to a text file', category: 'Commands' },
  { name: 'createfromdump', help: 'Make a new wallet of the records in a text file', category: 'Commands' },
];
const TAKE_DUMP_FILE: ReadonlySet<string> = new Set(['dump', 'createfromdump']);

function usage(context: RoleContext): string {
  const { clientName } = context.coin.info;
  const name = context.exeName;
  return `${name} works on ${clientName} wallet files without a node.\n\nIt takes them from the wallet directory of the main network, unless -datadir, -wallet and the chain options say otherwise.\n\n`
    + `Usage: ${name} [options] <command>`;
}

const print = (line: string): void => { process.stdout.write(`${line}\n`); };
const complain = (line: string): false => {
  process.stderr.write(`${line}\n`);
  return false;
};

/** Runs one command. @returns whether it succeeded */
async function execute(wallets: OfflineWallets, args: Args, command: string): Promise<boolean> {
  const dumpFile = args.string('dumpfile');
  if (args.isSet('dumpfile') && !TAKE_DUMP_FILE.has(command)) return complain(`Error: Invalid arguments provided:\n- The -dumpfile option cannot be used with the '${command}' command.`);
  const makes = command === 'create' || command === 'createfromdump';
  if (makes && !args.isSet('wallet')) return complain('Wallet name must be provided when creating a new wallet.');
  const name = args.string('wallet') ?? '';
  if (makes && name === '') return complain('Wallet name cannot be empty');
  switch (command) {
    case 'info': {
      const text = await wallets.info(name);
      if (text !== null) process.stdout.write(text);
      return text !== null;
    }
    case 'create':
      process.stdout.write(await wallets.create(name, () => print('Topping up keypool...')));
      return true;
    case 'dump':
      await wallets.dump(name, dumpFile);
      print('The dumpfile may contain private keys. To ensure the safety of your Bitcoin, do not share the dumpfile.');
      return true;
    default:
      await wallets.createFromDump(name, dumpFile);
      return true;
  }
}

/** coin-wallet as the offline tool. @returns exit code */
export async function run(context: RoleContext): Promise<number> {
  const coin = context.coin.info;
  process.umask(0o077);
  const args = startTool({
    title: `${coin.clientName} ${context.exeName} utility`, usage: usage(context), options: OPTIONS, commands: COMMANDS, onlyCommands: true, debugOptions: false,
  }, context);
  if (!(args instanceof Args)) return printOutcome(args);
  try {
    const base = existingDataDir(args, coin);
    const params = chooseParams(context.coin, args);
    const [command, ...rest] = args.command;
    if (command === undefined) {
      complain(`No method provided. Run \`${context.exeName} -help\` for valid methods.`);
      return 1;
    }
    if (rest.length > 0) {
      complain(`Error: Additional arguments provided (${rest.join(', ')}). Methods do not take arguments. Please refer to \`-help\`.`);
      return 1;
    }
    const toConsole = args.bool('printtoconsole', args.bool('debug', false));
    const log: Logger = toConsole ? { ...SILENT, info: print, warning: print, error: print } : SILENT;
    const options = walletOptionsFromArgs(args, path.join(base, params.datadirSubdir));
    return await execute(new OfflineWallets(options, { params, clock: new Clock(), log }), args, command) ? 0 : 1;
  } catch (e) {
    if (e instanceof InitError || e instanceof ArgsError) complain(`Error: ${e.message}`);
    else if (e instanceof CoinError) complain(errorText(e));
    else throw e;
    return 1;
  }
}
