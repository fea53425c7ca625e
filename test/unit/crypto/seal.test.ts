import { describe, expect, it } from '@jest/globals';
import { BadSeal, isSealed, seal, SealBox } from '../../../src/crypto/seal.ts';

const CONTEXT = { method: 'walletpassphrase', scope: '/wallet/a' };

describe('a sealed secret', () => {
  it('is opened by the process it was sealed for, once', () => {
    const box = new SealBox();
    for (const secret of ['!', 'correct horse battery staple', 'ünïcode \0 zero', 'y'.repeat(5000)]) {
      const text = seal(secret, box.offer(), CONTEXT);
      expect(isSealed(text)).toBe(true);
      expect(text).not.toContain(secret);
      expect(box.open(text, CONTEXT)).toBe(secret);
      expect(() => box.open(text, CONTEXT)).toThrow(BadSeal);
    }
  });

  it('does not tell how long it is', () => {
    const box = new SealBox();
    expect(seal('a', box.offer(), CONTEXT)).toHaveLength(seal('a'.repeat(50), box.offer(), CONTEXT).length);
  });

  it('is bound to the process, the method and the wallet', () => {
    const box = new SealBox();
    const fault = 'The passphrase was sealed for another call, or was changed on its way.';
    expect(() => box.open(seal('s', box.offer(), CONTEXT), { ...CONTEXT, method: 'encryptwallet' })).toThrow(fault);
    expect(() => box.open(seal('s', box.offer(), CONTEXT), { ...CONTEXT, scope: '/wallet/b' })).toThrow(fault);
    // No way of cutting method and wallet differently.
    expect(() => box.open(seal('s', box.offer(), { method: 'a","b', scope: 'c' }), { method: 'a', scope: 'b","c' })).toThrow(fault);
    const other = new SealBox();
    expect(() => other.open(seal('s', box.offer(), CONTEXT), CONTEXT)).toThrow('The passphrase was sealed for another process, or has been used.');
    expect(() => other.open(seal('s', { key: box.offer().key, nonce: other.offer().nonce }, CONTEXT), CONTEXT)).toThrow(fault);
  });

  it('does not open when a bit of it was changed', () => {
    const box = new SealBox();
    const text = seal('secret', box.offer(), CONTEXT);
    const at = text.indexOf(':') + 1;
    const bytes = Buffer.from(text.slice(at), 'base64');
    for (let i = 0; i < bytes.length; i += 7) {
      const offer = box.offer();
      const fresh = Buffer.from(seal('secret', offer, CONTEXT).slice(at), 'base64');
      fresh[i] = (fresh[i] ?? 0) ^ 1;
      expect(() => box.open(text.slice(0, at) + fresh.toString('base64'), CONTEXT)).toThrow(BadSeal);
    }
    for (const bad of ['', '!!!', bytes.subarray(0, 50).toString('base64')]) expect(() => box.open(text.slice(0, at) + bad, CONTEXT)).toThrow('The sealed passphrase is malformed.');
  });

  it('is refused for a worthless public key, and offers have a bound', () => {
    const box = new SealBox();
    // The point of order one: whatever is multiplied with it is known to everybody.
    expect(() => seal('s', { key: new Uint8Array(32), nonce: box.offer().nonce }, CONTEXT)).toThrow();
    expect(() => seal('s', { key: new Uint8Array(31), nonce: box.offer().nonce }, CONTEXT)).toThrow(BadSeal);
    const first = seal('s', box.offer(), CONTEXT);
    const second = seal('s', box.offer(), CONTEXT);
    for (let i = 0; i < 255; i++) box.offer();
    expect(() => box.open(first, CONTEXT)).toThrow(BadSeal);
    expect(box.open(second, CONTEXT)).toBe('s');
  });

  it('leaves alone what is not sealed', () => {
    expect(new SealBox().open('coin-sealed-1:abc', CONTEXT)).toBe('coin-sealed-1:abc');
  });
});
