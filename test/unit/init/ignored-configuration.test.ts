import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Args } from '../../../src/common/arguments.ts';
import { NODE_OPTIONS } from '../../../src/common/node-options.ts';
import { refuseUnsuitableOptions, unknownSections } from '../../../src/init/configuration-faults.ts';
import { refuseIgnoredConfiguration } from '../../../src/init/ignored-configuration.ts';

let dir: string;
beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-config-'));
  fs.writeFileSync(path.join(dir, 'coin.conf'), '');
  fs.writeFileSync(path.join(dir, 'other.conf'), '');
  fs.symlinkSync('coin.conf', path.join(dir, 'same.conf'));
});
afterAll(() => { fs.rmSync(dir, { recursive: true, force: true }); });

function warnings(file: string, ...words: string[]): readonly string[] {
  const args = new Args(NODE_OPTIONS);
  args.parseCommandLine(words);
  refuseIgnoredConfiguration(args, { file, first: '/first', baseDir: dir, name: 'coin.conf' });
  return args.warnings;
}

describe('a configuration file in the data directory that is not the one in use', () => {
  it('is refused, with where the other one is from', () => {
    const other = path.join(dir, 'other.conf');
    const ignored = `Data directory "${dir}" contains a "coin.conf" file which is ignored, because a different configuration file "${other}" from `;
    expect(() => warnings(other, `-conf=${other}`)).toThrow(`${ignored}command line argument "-conf=${other}" is being used instead. Possible ways`);
    expect(() => warnings(other)).toThrow(`${ignored}data directory "/first" is being used instead. Possible ways`);
    expect(() => warnings(other)).toThrow('\n- Set allowignoredconf=1 option to treat this condition as a warning, not an error.');
    expect(warnings(other, '-allowignoredconf')).toEqual([expect.stringContaining(ignored)]);
  });

  it('is none where both are the same file, and only told of where none is wanted', () => {
    expect(warnings(path.join(dir, 'same.conf'), `-conf=${dir}/same.conf`)).toEqual([]);
    expect(warnings('', '-noconf')).toEqual([`Data directory "${dir}" contains a "coin.conf" file which is explicitly ignored using -noconf.`]);
  });
});

describe('what stands in the wrong place of a configuration', () => {
  it('is refused where it counts in a section only, and told of where the section is none', () => {
    const args = new Args(NODE_OPTIONS);
    for (const [key, value] of [['port', '1'], ['rpcport', '2'], ['regtest.rpcport', '3']] as const) args.addConfigValue(key, value);
    args.sections.push({ name: 'regtest', file: 'a', line: 1 }, { name: 'foo', file: 'a', line: 7 });
    args.selectNetwork('regtest');
    expect(() => refuseUnsuitableOptions(args, 'regtest')).toThrow(/^Config setting for -port only applied on regtest network when in \[regtest\] section\.$/);
    expect(unknownSections(args)).toEqual([{ place: { file: 'a', line: 7 }, text: 'Section [foo] is not recognized.' }]);
    args.selectNetwork('main');
    refuseUnsuitableOptions(args, 'main');
  });
});
