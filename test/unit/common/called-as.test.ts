import { expect, it } from '@jest/globals';
import { callAs, readCall } from '../../../src/common/called-as.ts';

it('a child is told its name by its first word, and no later one counts', () => {
  const word = callAs('/nowhere/umkoin-wallet');
  expect(readCall('/opt/coin', [word, '-ipcfd=3'])).toEqual({ script: '/nowhere/umkoin-wallet', argv: ['-ipcfd=3'] });
  expect(readCall('/opt/coin', ['-ipcfd=3', word])).toEqual({ script: '/opt/coin', argv: ['-ipcfd=3', word] });
  expect(readCall('/opt/coin', [])).toEqual({ script: '/opt/coin', argv: [] });
});
