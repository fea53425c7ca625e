import { describe, expect, it } from '@jest/globals';
import { descriptorOfKey, keyLines, kindOfKey } from '../../../../src/gui/page/key-text.ts';

const KEY = 'D6NzVbkrYhZ4WaWSyoBvQwbpLkojyoTZPRsgXELWz3Popb3qkjcJyJUGLnL4qHHoQvao8ESaAstxYSnhyswJ76uZPStJRJCTKvosUCJZL5B';

describe('what is typed as a key', () => {
  it('is an extended public key, whose letter may say what it is for', () => {
    expect(kindOfKey(`xpub${KEY}`)).toBe('bech32');
    expect(kindOfKey(` tpub${KEY}\n`)).toBe('bech32');
    expect(kindOfKey(`zpub${KEY}`)).toBe('bech32');
    expect(kindOfKey(`ypub${KEY}`)).toBe('p2sh-segwit');
    expect(kindOfKey(`[d34db33f/84h/0'/0]xpub${KEY}`)).toBe('bech32');
    for (const other of ['', `xprv${KEY}`, `wpkh(xpub${KEY}/0/*)`, 'xpub123', `xpub${KEY}/0/*`, `[zz]xpub${KEY}`]) expect(kindOfKey(other)).toBeNull();
  });

  it('becomes a descriptor for payments and change', () => {
    expect(descriptorOfKey(' K ', 'bech32')).toBe('wpkh(K/<0;1>/*)');
    expect(descriptorOfKey('K', 'p2sh-segwit')).toBe('sh(wpkh(K/<0;1>/*))');
    expect(descriptorOfKey('K', 'bech32m')).toBe('tr(K/<0;1>/*)');
    expect(descriptorOfKey('K', 'legacy')).toBe('pkh(K/<0;1>/*)');
  });

  it('is one descriptor a line, without what is for people', () => {
    expect(keyLines('# mine\n a \r\n\n//x\nb#checksum')).toEqual(['a', 'b#checksum']);
  });
});
