import path from 'node:path';
import { readCall } from './common/called-as.ts';
import { chooseCoin, executableNames, parseExecutableName } from './common/coin-names.ts';
import { LEFT_OUT, missingPart } from './common/parts.ts';
import type { OneFile, Role, RoleContext } from './common/role.ts';
import { builtinCoinNames } from './params/builtin-coins.ts';
import type { CoinInfo } from './params/chain-params.ts';

const WRAPPER_COMMANDS: ReadonlySet<string> = new Set(['node', 'gui', 'wallet', 'rpc', 'tx', 'util']);
/** Commands about coins, of the plain name alone. */
const COIN_COMMANDS: ReadonlySet<string> = new Set(['names', 'new', 'check']);

function wrapperHelp(name: string): string {
  return `Usage: ${name} [OPTIONS] COMMAND...

Options:
  -m, --multiprocess     Run the node with its wallet in a process of its own
  -M, --monolithic       Run everything in one process (default, unless -ipcbind or -ipcconnect is set)
  -v, --version          Show version information
  -h, --help             Show this help message

Commands:
  gui [ARGS]     Start the GUI, as ${name}-gui or ${name}-qt
  node [ARGS]    Start the node, as ${name}-node or ${name}d
  rpc [ARGS]     Call an RPC method, as ${name}-cli -named
  wallet [ARGS]  Call a wallet command, as ${name}-wallet
  tx [ARGS]      Manipulate transactions, as ${name}-tx
  util [ARGS]    Run a utility, as ${name}-util
  names [ARGS]   Show or install the names under which the coins run
  new NAME       Make a coin: its data file, its genesis block and its names
  check FILE     Check the data file of a coin
  help           Show this help message
`;
}

/** The plain name with options and a command word, as `coin -m node -regtest`. Null where it has printed what was asked. */
function unwrap(name: string, coin: CoinInfo, argv: readonly string[]): { role: Role | 'coins'; monolithic: boolean | null; argv: string[] } | null {
  let monolithic: boolean | null = null;
  let at = 0;
  for (; at < argv.length && (argv[at] as string).startsWith('-'); at++) {
    const option = argv[at] as string;
    if (option === '-m' || option === '--multiprocess') monolithic = false;
    else if (option === '-M' || option === '--monolithic') monolithic = true;
    else if (/^--?coinspec=/.test(option)) continue;
    else if (['-v', '--version', '-version'].includes(option)) {
      process.stdout.write(`${coin.clientName} version v${coin.clientVersion}\n`);
      return null;
    } else if (['-h', '--help', '-help'].includes(option)) {
      process.stdout.write(wrapperHelp(name));
      return null;
    } else {
      throw new Error(`Unknown option: ${option}`);
    }
  }
  const command = argv[at];
  if (command === undefined || command === 'help') {
    process.stdout.write(wrapperHelp(name));
    if (command === undefined) process.exitCode = 1;
    return null;
  }
  if (COIN_COMMANDS.has(command)) return { role: 'coins', monolithic, argv: argv.slice(at) };
  if (!WRAPPER_COMMANDS.has(command)) throw new Error(`Unrecognized command: '${command}'`);
  // -coinspec is the role's option too: its children and its help know it.
  const rest = [...argv.slice(0, at).filter((word) => /^--?coinspec=/.test(word)), ...argv.slice(at + 1)];
  return { role: command as Role, monolithic, argv: command === 'rpc' ? ['-named', ...rest] : rest };
}

/** Role by role: loaded only when it is taken. */
async function run(context: RoleContext): Promise<number> {
  const missing = missingPart({ ...context, coinName: context.coin.info.name }, LEFT_OUT);
  if (missing !== null) throw new Error(missing);
  switch (context.role) {
    case 'node': return (await import('./init/node.ts')).run(context);
    case 'wallet': return (await import('./init/wallet.ts')).run(context);
    case 'rpc': return (await import('./init/cli.ts')).run(context);
    case 'gui': return (await import('./init/gui.ts')).run(context);
    case 'util': return (await import('./init/util.ts')).run(context);
    case 'tx': return (await import('./init/tx.ts')).run(context);
  }
}

/** Entry of every executable. @param file the one that was called @param words without runtime and script @param program the file that it leads to @returns exit code */
export async function main(file: string, words: readonly string[], program: { readonly executable: string; readonly oneFile: OneFile | null }): Promise<number> {
  const { script: scriptPath, argv } = readCall(file, words);
  const exeName = path.basename(scriptPath).replace(/\.exe$/, '');
  try {
    const called = parseExecutableName(exeName, scriptPath);
    if (called === null) {
      throw new Error(`Unknown name '${exeName}': expected one of ${executableNames('coin').join(', ')}, the same of ${builtinCoinNames().slice(1).join(', ')}, or of a coin whose data file lies beside it.`);
    }
    const { spec: coin, ownSpec } = chooseCoin(called.coin, argv, scriptPath);
    if (called.role !== 'wrapper') return await run({ role: called.role, monolithic: called.monolithic, coin, ownSpec, argv, exeName, scriptPath, ...program });
    const unwrapped = unwrap(called.coin, coin.info, argv);
    if (unwrapped === null) return Number(process.exitCode ?? 0);
    const { role } = unwrapped;
    if (role === 'coins') return await (await import('./init/coins.ts')).run(unwrapped.argv, { coin, ownSpec, executable: program.executable });
    const several = unwrapped.monolithic === null && (role === 'node' || role === 'gui')
      && (await import('./init/multiprocess-wanted.ts')).multiprocessWanted(coin, unwrapped.argv);
    return await run({ role, argv: unwrapped.argv, monolithic: unwrapped.monolithic ?? !several, coin, ownSpec, exeName, scriptPath, ...program });
  } catch (e) {
    process.stderr.write(`Error: ${e instanceof Error ? e.message : String(e)}\n`);
    return 1;
  }
}
