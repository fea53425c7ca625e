import { expect, it } from '@jest/globals';
import { type Call, callAs, type CallFacts, readCall } from '../../../src/one-file/called-as.ts';

function call(facts: Partial<CallFacts>): Call {
  return readCall({ argv0: 'coin', words: [], executable: '/opt/coin', searchPath: '/bin:/usr/bin', workingDirectory: '/home/me', isExecutable: () => false, ...facts });
}

it('a path is taken as it is, from the working directory', () => {
  expect(call({ argv0: '/x/umkoin-node', words: ['-regtest'] })).toEqual({ script: '/x/umkoin-node', argv: ['-regtest'] });
  expect(call({ argv0: './umkoind' }).script).toBe('/home/me/umkoind');
  expect(call({ argv0: '../bin/coin-cli' }).script).toBe('/home/bin/coin-cli');
});

it('a word is looked for on the search path, as the shell did', () => {
  const at = (...there: string[]): string => call({ argv0: 'coin-cli', searchPath: '/bin::rel:/usr/bin', isExecutable: (file) => there.includes(file) }).script;
  expect(at('/usr/bin/coin-cli', '/bin/coin-cli')).toBe('/bin/coin-cli');
  expect(at('/home/me/rel/coin-cli')).toBe('/home/me/rel/coin-cli');
  expect(at()).toBe('/opt/coin-cli');
  expect(call({ argv0: '' }).script).toBe('/opt/coin');
});

it('a child is told its name by its first word, and no later one counts', () => {
  const [word = ''] = callAs('/nowhere/umkoin-wallet');
  expect(call({ argv0: '/opt/coin', words: [word, '-ipcfd=3'] })).toEqual({ script: '/nowhere/umkoin-wallet', argv: ['-ipcfd=3'] });
  expect(call({ argv0: '/opt/coin', words: ['-ipcfd=3', word] })).toEqual({ script: '/opt/coin', argv: ['-ipcfd=3', word] });
});
