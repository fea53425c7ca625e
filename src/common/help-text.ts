import type { OptionCategory, OptionSpec } from './option-spec.ts';

const WIDTH = 79;
const OPTION_INDENT = 2;
const TEXT_INDENT = 7;

/** Breaks a text at spaces into lines of at most `width`. */
function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else {
        line = line === '' ? word : `${line} ${word}`;
      }
    }
    return [...lines, line];
  });
}

/** One option of a help text. */
export function optionHelp(spec: OptionSpec): string {
  const text = wrap(spec.help, WIDTH - TEXT_INDENT).map((l) => ' '.repeat(TEXT_INDENT) + l).join('\n');
  const dash = spec.category === 'CLI commands' || spec.category === 'Commands' ? (spec.category === 'Commands' ? '' : '-') : '-';
  return `${' '.repeat(OPTION_INDENT)}${dash}${spec.name}${spec.arg ?? ''}\n${text}\n\n`;
}

/** Options by heading, in alphabetical order within each. */
export function optionsHelp(specs: Iterable<OptionSpec>, headings: readonly OptionCategory[], debug: boolean): string {
  const list = [...specs];
  let out = '';
  for (const heading of headings) {
    const own = list.filter((s) => s.category === heading && (debug || s.debugOnly !== true)).sort((a, b) => (a.name < b.name ? -1 : 1));
    if (own.length > 0) out += `${heading}:\n\n${own.map(optionHelp).join('')}`;
  }
  return out;
}

/** Headings in the order in which --help prints them. */
export const HELP_HEADINGS: readonly OptionCategory[] = [
  'Options', 'Connection options', 'Wallet options', 'Wallet debugging/testing options', 'Debugging/Testing options', 'Chain selection options',
  'Node relay options', 'Block creation options', 'RPC server options', 'IPC interprocess connection options', 'UI options', 'CLI commands', 'Commands',
];
