import { CoinError } from '../util/errors.ts';

/** What a command line of `coin new` or `coin check` says. */
export interface Flags {
  /** Value by flag; '' for a flag without one. */
  readonly values: ReadonlyMap<string, string>;
  readonly words: readonly string[];
}

/** Takes `--flag=value`, `--flag value`, `--switch` and plain words apart. @throws CoinError for a flag that is not known, or lacks its value */
export function parseFlags(argv: readonly string[], valued: readonly string[], switches: readonly string[]): Flags {
  const values = new Map<string, string>();
  const words: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    const parts = /^--?([a-z-]+|\?)(?:=(.*))?$/s.exec(word);
    if (parts === null) {
      words.push(word);
      continue;
    }
    const [, name = '', inline] = parts;
    if (switches.includes(name)) {
      if (inline !== undefined) throw new CoinError('usage', `--${name} takes no value`);
      values.set(name, '');
    } else if (valued.includes(name)) {
      const value = inline ?? argv[++i];
      if (value === undefined || value === '') throw new CoinError('usage', `--${name} needs a value`);
      values.set(name, value);
    } else {
      throw new CoinError('usage', `Unknown option: ${word}`);
    }
  }
  return { values, words };
}
