import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { isPlain, standsAlone } from '../../../src/init/shell-place.ts';
import { PLATFORM } from '../../../src/util/platform.ts';

const ALONE = [
  'echo %w', 'echo a%w_b', "echo 'a'%w\"b\"", 'echo "it\'s" %w', "echo 'say \"' %w", 'echo \\" %w', 'echo \\\\%w', 'x=$(echo %w); echo "$x"', 'echo "$x" %w', 'echo a > /dev/null; echo %w', 'no place',
];
const NOT = [
  "echo '%w'", 'echo "%w"', 'echo "a" "b%w"', 'echo `echo %w`', 'echo \\%w', 'echo \\\\\\%w', 'cat <<X\n%w\nX', 'true # %w', 'echo "$(echo "%w")"', 'echo "$(echo \'x\' %w)"', 'echo "${x:-"%w"}"',
  'echo $((%w))', 'echo $%w', "echo $'%w'", 'echo %w "%w"',
];
/** Names that would do something where they were not one word. */
const NAMES = ['$(echo out)', '`echo out`', 'a b', "it's", '"', "';echo out;'", '\n', '\necho out\n', '\\', "\\'", '$HOME', '*', '#', ')', '}', '%s', "$'", '$&', '~'];

describe('a place in a shell command', () => {
  it('stands alone, or does not', () => {
    for (const command of ALONE) expect([command, standsAlone(command, '%w')]).toEqual([command, true]);
    for (const command of NOT) expect([command, standsAlone(command, '%w')]).toEqual([command, false]);
  });

  it('takes every name as one word where it stands alone', () => {
    const quote = PLATFORM.quoteForShell;
    if (quote === null) return;
    for (const command of ALONE.filter((text) => text.includes('%w'))) {
      // Arguments of echo, each with its end.
      const shown = command.replaceAll(/\becho /g, 'show ');
      // One shell for all names, each of which has a part of its own in it: starting a hundred takes a minute where memory is full.
      const parts = ['NAME', ...NAMES].map((name) => `(\n${shown.replaceAll('%w', () => quote(name))}\n)\nprintf '\\001'`);
      const script = ['show() { for w in "$@"; do printf \'%s|\' "$w"; done; }', ...parts].join('\n');
      const [plain = '', ...outputs] = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('\u0001').map((output) => output.trimEnd());
      expect(outputs).toHaveLength(NAMES.length + 1);
      NAMES.forEach((name, i) => expect([command, outputs[i]]).toEqual([command, plain.replace('NAME', () => name).trimEnd()]));
    }
  });

  it('may take plain text wherever it stands', () => {
    for (const text of ['', 'a', 'savings_2', 'a.b-c/d', '/home/a/w', 'a@b:c,d+e']) expect([text, isPlain(text)]).toEqual([text, true]);
    for (const text of [...NAMES, '-rf', 'a=b', 'ä', 'a\0']) expect([text, isPlain(text)]).toEqual([text, false]);
  });
});
