import { executableNames } from '../common/coin-names.ts';
import type { SpecFile } from '../common/role.ts';
import { builtinCoinNames } from '../params/builtin-coins.ts';
import type { CoinSpec } from '../params/chain-params.ts';
import { installNames, type NamedCoin } from '../tools/names.ts';
import { CoinError } from '../util/errors.ts';

/** What the commands about coins know of how they were called. */
export interface CoinsContext {
  readonly coin: CoinSpec;
  readonly ownSpec: SpecFile | null;
  /** The program, or a link to it. */
  readonly executable: string;
}

const NAMES_USAGE = `Usage: coin names [COIN...]
       coin names --install DIR [COIN...]

Shows the names under which the coins run, or makes links under them in DIR. Without COIN: all that come with the program,
and with -coinspec=FILE before the command that coin alone.
`;

/** `names`: shows or installs the names of coins. @returns exit code */
function names(words: readonly string[], context: CoinsContext): number {
  let dir: string | null = null;
  const wanted: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    const install = /^--?install(?:=(.*))?$/s.exec(word);
    if (install !== null) {
      dir = install[1] ?? words[++i] ?? '';
      if (dir === '') throw new CoinError('usage', '--install needs a directory');
    } else if (/^--?(?:help|h|\?)$/.test(word)) {
      process.stdout.write(NAMES_USAGE);
      return 0;
    } else if (word.startsWith('-')) {
      throw new CoinError('usage', `Unknown option: ${word}`);
    } else {
      wanted.push(word);
    }
  }
  const { ownSpec } = context;
  const own = context.coin.info.name;
  const known = ownSpec === null ? builtinCoinNames() : [own];
  const stranger = wanted.find((name) => !known.includes(name));
  if (stranger !== undefined) throw new CoinError('usage', `Unknown coin '${stranger}': known are ${known.join(', ')}. A coin of your own is named by -coinspec=FILE before the command.`);
  const coins: NamedCoin[] = (wanted.length === 0 ? known : wanted).map((name) => ({ name, ownSpec: name === own ? ownSpec : null }));
  if (dir === null) {
    for (const { name } of coins) process.stdout.write(`${executableNames(name).join(' ')}\n`);
  } else {
    const done = installNames(dir, coins, context.executable);
    process.stdout.write(`${done.length} names of ${coins.map((c) => c.name).join(', ')} are in ${dir}\n`);
  }
  return 0;
}

/** Commands about coins: the first word is which. @returns exit code @throws CoinError with the text for the user */
export async function run(argv: readonly string[], context: CoinsContext): Promise<number> {
  const [command, ...words] = argv;
  switch (command) {
    case 'names': return names(words, context);
    case 'new': return (await import('../tools/coin-new.ts')).run(words, context.executable);
    default: return (await import('../tools/coin-check.ts')).run(words);
  }
}
