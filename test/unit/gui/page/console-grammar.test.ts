import { describe, expect, it } from '@jest/globals';
import { ConsoleSyntaxError, type ConsoleCommand, type ConversionRow, parameterText, parseConsoleLine, pickResult, showResult, withoutSecrets } from '../../../../src/gui/page/console-grammar.ts';

/** A command as nested lists, for comparison. */
function tree(command: ConsoleCommand | null): unknown {
  return command === null ? null : [command.method, ...command.args.map((arg) => (typeof arg === 'string' ? arg : tree(arg))), ...command.path.map((step) => `[${step}]`)];
}

describe('console lines', () => {
  it('takes words after a command, and arguments in brackets', () => {
    for (const [line, expected] of [
      ['', null], ['   ', null], ['a', ['a']], ['a()', ['a']], ['a(  )', ['a']], ['a b c', ['a', 'b', 'c']], ['a(b c)', ['a', 'b', 'c']], ['a(b,c)', ['a', 'b', 'c']], ['a( b , c )', ['a', 'b', 'c']],
      ['a b, c', ['a', 'b', 'c']], ['a ""', ['a', '']], ["a ''", ['a', '']], ['a "b c"', ['a', 'b c']], ["a 'b \"c\"'", ['a', 'b "c"']], ['a "b \\" \\\\ \\n"', ['a', 'b " \\ \\n']], ['a b\\ c', ['a', 'b c']],
      ['a(b())', ['a', ['b']]], ['a(b(0) 1)', ['a', ['b', '0'], '1']], ['a b(0) 1', ['a', ['b', '0'], '1']], ['a(b(0),1)[tx][0]', ['a', ['b', '0'], '1', '[tx]', '[0]']], ['a(b()[c])', ['a', ['b', '[c]']]],
      ['a ["x", {"y": [1, "z)"]}] 2', ['a', '["x", {"y": [1, "z)"]}]', '2']], ['a {"k":"v w"}', ['a', '{"k":"v w"}']],
    ] as const) expect([line, tree(parseConsoleLine(line))]).toEqual([line, expected]);
  });

  it('refuses what is no command', () => {
    for (const line of ['a(', 'a(b', 'a)', 'a(,)', 'a(b,,c)', 'a(b,)', 'a b,,c', 'a ,b', 'a b,', "a 'b", 'a "b', 'a b\\', 'a()b', 'a()[x', '(a)', 'a {"b"', `${'a('.repeat(40)}${')'.repeat(40)}`]) {
      expect(() => parseConsoleLine(line)).toThrow(ConsoleSyntaxError);
    }
  });

  it('keeps the arguments of secret commands out of the history', () => {
    for (const [line, kept] of [
      ['walletpassphrase secret 60', 'walletpassphrase(…)'], ['walletpassphrase(secret 60)', 'walletpassphrase(…)'], ['getbalance(walletpassphrase(secret,60))', 'getbalance(walletpassphrase(…))'],
      ['encryptwallet', 'encryptwallet'], ['getblockhash 0', 'getblockhash 0'], ['a b(encryptwallet(x) 1) signmessagewithprivkey(k m)', 'a b(encryptwallet(…) 1) signmessagewithprivkey(…)'],
      ['walletpassphrase "secret', '(…)'],
    ] as const) expect([line, withoutSecrets(line)]).toEqual([line, kept]);
  });

  it('turns words into JSON where the method wants it, digit by digit', () => {
    const rows: ConversionRow[] = [['a', 0, 'x', false], ['a', 1, 'y', true], ['a', 2, 'z', false]];
    expect(parameterText('a', ['1.10', '2', '[true, "q"]'], rows)).toBe('[1.10,"2",[true,"q"]]');
    expect(parameterText('b', ['1'], rows)).toBe('["1"]');
    expect(() => parameterText('a', ['x'], rows)).toThrow('Error parsing JSON: x');
  });

  it('picks parts of results', () => {
    const json = '{"tx":["aa",{"value":50.00000000}],"n":1}';
    expect(pickResult(json, ['tx', '0'])).toBe('aa');
    expect(pickResult(json, ['tx', '1', 'value'])).toBe('50.00000000');
    expect(pickResult(json, ['"n"'])).toBe('1');
    for (const path of [['nothing'], ['tx', '2'], ['tx', 'x'], ['n', 'x']]) expect(pickResult(json, path)).toBe('');
    expect(showResult('"text"', [])).toBe('text');
    expect(showResult(json, ['tx', '1'])).toBe('{\n  "value": 50.00000000\n}');
    expect(showResult(json, ['tx', '0'])).toBe('aa');
  });
});
