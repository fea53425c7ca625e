import { expect, it } from '@jest/globals';
import { calledFile, type CallFacts } from '../../../src/one-file/called-file.ts';

function call(facts: Partial<CallFacts>): string {
  return calledFile({ argv0: 'coin', executable: '/opt/coin', searchPath: '/bin:/usr/bin', workingDirectory: '/home/me', isExecutable: () => false, ...facts });
}

it('a path is taken as it is, from the working directory', () => {
  expect(call({ argv0: '/x/umkoin-node' })).toBe('/x/umkoin-node');
  expect(call({ argv0: './umkoind' })).toBe('/home/me/umkoind');
  expect(call({ argv0: '../bin/coin-cli' })).toBe('/home/bin/coin-cli');
});

it('a word is looked for on the search path, as the shell did', () => {
  const at = (...there: string[]): string => call({ argv0: 'coin-cli', searchPath: '/bin::rel:/usr/bin', isExecutable: (file) => there.includes(file) });
  expect(at('/usr/bin/coin-cli', '/bin/coin-cli')).toBe('/bin/coin-cli');
  expect(at('/home/me/rel/coin-cli')).toBe('/home/me/rel/coin-cli');
  expect(at()).toBe('/opt/coin-cli');
  expect(call({ argv0: '' })).toBe('/opt/coin');
});
