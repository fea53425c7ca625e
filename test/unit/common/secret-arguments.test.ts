import { describe, expect, it } from '@jest/globals';
import { passphrasePositions, replacePassphrases, takesPassphrase } from '../../../src/common/secret-arguments.ts';

const stars = (text: string): Promise<string> => Promise.resolve('*'.repeat(text.length));

describe('passphrases among the arguments of RPC', () => {
  it('are found by position and by name', async () => {
    expect(await replacePassphrases('walletpassphrase', ['abc', 60], stars)).toEqual(['***', 60]);
    expect(await replacePassphrases('walletpassphrase', { passphrase: 'abc', timeout: 60 }, stars)).toEqual({ passphrase: '***', timeout: 60 });
    expect(await replacePassphrases('walletpassphrase', { args: ['abc'], timeout: 60 }, stars)).toEqual({ args: ['***'], timeout: 60 });
    expect(await replacePassphrases('walletpassphrasechange', ['abc', 'de'], stars)).toEqual(['***', '**']);
    expect(await replacePassphrases('createwallet', ['name', false, false, 'abc', true], stars)).toEqual(['name', false, false, '***', true]);
    expect(await replacePassphrases('createwallet', ['name'], stars)).toEqual(['name']);
    expect(await replacePassphrases('createwallet', ['name', false, false, ''], stars)).toEqual(['name', false, false, '']);
    expect(passphrasePositions('walletpassphrasechange')).toEqual([0, 1]);
  });

  it('are in no other method', async () => {
    expect(takesPassphrase('getbalance')).toBe(false);
    expect(takesPassphrase('constructor')).toBe(false);
    expect(await replacePassphrases('getnewaddress', ['abc'], stars)).toEqual(['abc']);
  });
});
