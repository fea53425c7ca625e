import { InitError } from '../util/errors.ts';

/** Links that programs hand over on the command line begin so. */
const SCHEME = /^bitcoin:/i;

/**
 * Takes links for payment off a command line, where they may stand behind all options.
 * @throws InitError where an option follows one
 */
export function splitUris(argv: readonly string[]): { readonly argv: readonly string[]; readonly uris: readonly string[] } {
  const first = argv.findIndex((word) => SCHEME.test(word));
  if (first < 0) return { argv, uris: [] };
  const behind = argv.slice(first);
  const option = behind.find((word) => word.startsWith('-'));
  if (option !== undefined) throw new InitError(`Options ('${option}') cannot follow a BIP-21 payment URI`);
  return { argv: [...argv.slice(0, first), ...behind.filter((word) => !SCHEME.test(word))], uris: behind.filter((word) => SCHEME.test(word)) };
}
