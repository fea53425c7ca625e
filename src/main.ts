import path from 'node:path';
import type { Role, RoleContext } from './common/role.ts';
import { builtinCoin, builtinCoinNames } from './params/builtin-coins.ts';

interface Called { readonly coin: string; readonly role: Role | 'wrapper'; readonly monolithic: boolean }

/** Name behind the dash (or the final d): role, and whether everything runs in one process. */
const SUFFIXES: readonly (readonly [suffix: string, role: Role, monolithic: boolean])[] = [
  ['-node', 'node', false], ['-gui', 'gui', false], ['-qt', 'gui', true], ['-wallet', 'wallet', true], ['-cli', 'rpc', true],
  ['-tx', 'tx', true], ['-util', 'util', true], ['d', 'node', true],
];

/** What a name asks for; null where it is no name of ours. */
function parseName(name: string): Called | null {
  const coins = builtinCoinNames();
  if (coins.includes(name)) return { coin: name, role: 'wrapper', monolithic: true };
  for (const [suffix, role, monolithic] of SUFFIXES) {
    const coin = name.slice(0, -suffix.length);
    if (name.endsWith(suffix) && coins.includes(coin)) return { coin, role, monolithic };
  }
  return null;
}

const WRAPPER_COMMANDS: ReadonlySet<string> = new Set(['node', 'gui', 'wallet', 'rpc', 'tx', 'util']);

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
  help           Show this help message
`;
}

/** The plain name with options and a command word, as `coin -m node -regtest`. Null where it has printed what was asked. */
function unwrap(name: string, argv: readonly string[]): { role: Role; monolithic: boolean | null; argv: string[] } | null {
  let monolithic: boolean | null = null;
  let at = 0;
  for (; at < argv.length && (argv[at] as string).startsWith('-'); at++) {
    const option = argv[at] as string;
    if (option === '-m' || option === '--multiprocess') monolithic = false;
    else if (option === '-M' || option === '--monolithic') monolithic = true;
    else if (['-v', '--version', '-version'].includes(option)) {
      process.stdout.write(`${builtinCoin(name)?.info.clientName} version v${builtinCoin(name)?.info.clientVersion}\n`);
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
  if (!WRAPPER_COMMANDS.has(command)) throw new Error(`Unrecognized command: '${command}'`);
  const rest = argv.slice(at + 1);
  return { role: command as Role, monolithic, argv: command === 'rpc' ? ['-named', ...rest] : rest };
}

/** Role by role: loaded only when it is taken. */
async function run(context: RoleContext): Promise<number> {
  switch (context.role) {
    case 'node': return (await import('./init/node.ts')).run(context);
    case 'wallet': return (await import('./init/wallet.ts')).run(context);
    case 'rpc': return (await import('./init/cli.ts')).run(context);
    case 'gui': return (await import('./init/gui.ts')).run(context);
    case 'tx': case 'util':
      throw new Error(`${context.exeName} is not part of this version.`);
  }
}

/** Entry of every executable. @param argv without runtime and script @returns exit code */
export async function main(scriptPath: string, argv: readonly string[]): Promise<number> {
  const exeName = path.basename(scriptPath).replace(/\.exe$/, '');
  try {
    const called = parseName(exeName);
    if (called === null) {
      throw new Error(`Unknown name '${exeName}': expected one of ${builtinCoinNames().map((c) => `${c}, ${c}d, ${c}-node, ${c}-wallet, ${c}-cli`).join('; ')}.`);
    }
    const coin = builtinCoin(called.coin);
    if (coin === undefined) throw new Error(`Unknown coin '${called.coin}'.`);
    if (called.role !== 'wrapper') return await run({ role: called.role, monolithic: called.monolithic, coin, argv, exeName, scriptPath });
    const unwrapped = unwrap(called.coin, argv);
    if (unwrapped === null) return Number(process.exitCode ?? 0);
    const several = unwrapped.monolithic === null && (unwrapped.role === 'node' || unwrapped.role === 'gui')
      && (await import('./init/multiprocess-wanted.ts')).multiprocessWanted(coin, unwrapped.argv);
    return await run({ ...unwrapped, monolithic: unwrapped.monolithic ?? !several, coin, exeName, scriptPath });
  } catch (e) {
    process.stderr.write(`Error: ${e instanceof Error ? e.message : String(e)}\n`);
    return 1;
  }
}
