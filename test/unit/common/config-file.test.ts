import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Args } from '../../../src/common/arguments.ts';
import { type ConfigPlace, configLines, readConfigFiles, takeConfig } from '../../../src/common/config-file.ts';
import { NODE_OPTIONS } from '../../../src/common/node-options.ts';

let dir: string;
beforeAll(() => { dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-config-')); });
afterAll(() => { fs.rmSync(dir, { recursive: true, force: true }); });

function write(name: string, text: string): string {
  const file = path.join(dir, name);
  fs.writeFileSync(file, text);
  return file;
}

function makeArgs(...words: string[]): Args {
  const args = new Args(NODE_OPTIONS);
  args.parseCommandLine(words);
  return args;
}

function read(text: string, ...words: string[]): Args {
  const args = makeArgs(...words);
  readConfigFiles(args, dir, write('coin.conf', text));
  args.selectNetwork(args.chainName());
  return args;
}

describe('lines of a configuration', () => {
  it('are settings with the section in front, and sections, wherever they are named', () => {
    expect([...configLines('a=1 # why\n\n[test]\n b = x=y \r\nmain.c=2\n#d=1')]).toEqual([
      { kind: 'setting', line: 1, key: 'a', value: '1' }, { kind: 'section', line: 3, name: 'test' }, { kind: 'setting', line: 4, key: 'test.b', value: 'x=y' },
      { kind: 'section', line: 5, name: 'test.main' }, { kind: 'setting', line: 5, key: 'test.main.c', value: '2' },
    ]);
    expect([...configLines('main.a=1')]).toEqual([{ kind: 'section', line: 1, name: 'main' }, { kind: 'setting', line: 1, key: 'main.a', value: '1' }]);
  });

  it('are faults as the reference words them', () => {
    const faults = (text: string): unknown[] => [...configLines(text)].flatMap((said) => (said.kind === 'fault' ? [said.text] : []));
    expect(faults('server\nnoserver\n-server=1\n[main]\nrpcpassword=a#b\nok=1')).toEqual([
      'parse error on line 1: server', 'parse error on line 2: noserver, if you intended to specify a negated option, use noserver=1 instead',
      'parse error on line 3: -server=1, options in configuration file must be specified without leading -', 'parse error on line 5, using # in rpcpassword can be ambiguous and should be avoided',
    ]);
  });
});

describe('a configuration file', () => {
  it('is refused with another one named in it, in any section; reindex is taken with a warning', () => {
    for (const line of ['conf=x', 'noconf=1', 'main.conf=x', '[test]\nconf=x']) expect(() => read(line)).toThrow('conf cannot be set in the configuration file; use includeconf=');
    const args = read('reindex=1');
    expect([args.bool('reindex', false), args.warnings]).toEqual([true, [expect.stringMatching(/^reindex=1 is set in the configuration file, which will significantly slow down startup\./)]]);
  });

  it('says what is wrong anywhere in it before it is taken', () => {
    expect(() => read('nodatadir=1\nnonsense')).toThrow('parse error on line 2');
    expect(() => read('nodatadir=1')).toThrow('Negating of -datadir is meaningless and therefore forbidden');
  });

  it('includes others, those of its network first, unless the command line says no', () => {
    write('common.conf', 'uacomment=common\nincludeconf=deeper.conf');
    write('own.conf', 'uacomment=own');
    const text = 'regtest=1\nincludeconf=common.conf\n[regtest]\nincludeconf=own.conf';
    const args = read(text);
    expect(args.strings('uacomment')).toEqual(['own', 'common']);
    expect(args.stderrWarnings).toEqual(['warning: -includeconf cannot be used from included files; ignoring -includeconf=deeper.conf']);
    expect(read(text, '-noincludeconf').strings('uacomment')).toEqual([]);
    expect(() => read('includeconf=missing.conf')).toThrow('Failed to include configuration file missing.conf');
    expect(() => read('includeconf=.')).toThrow(`Included config file "${dir}" is a directory.`);
  });

  it('is followed by a reader, which hears of every fault and every line', () => {
    const faults: [ConfigPlace, string][] = [];
    const taken: [number | null, string, number][] = [];
    const args = makeArgs();
    takeConfig(args, dir, '/x/coin.conf', 'server=1\nwrong\nfoo=1\nconf=y\nincludeconf=missing.conf', {
      fault: (place, text) => faults.push([place, text]), taken: ({ line }, key, warnings) => taken.push([line, key, warnings.length]),
    });
    expect(faults).toEqual([
      [{ file: '/x/coin.conf', line: 2 }, 'parse error on line 2: wrong'], [{ file: '/x/coin.conf', line: 4 }, expect.stringContaining('conf cannot be set')],
      [{ file: '/x/coin.conf', line: null }, 'Failed to include configuration file missing.conf'],
    ]);
    expect(taken).toEqual([[1, 'server', 0], [3, 'foo', 1], [5, 'includeconf', 0]]);
  });
});
