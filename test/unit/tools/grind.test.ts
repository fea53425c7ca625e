import { expect, it } from '@jest/globals';
import { decodeCompact } from '../../../src/consensus/compact.ts';
import { hashToNumber } from '../../../src/consensus/pow.ts';
import { hash256 } from '../../../src/crypto/hash.ts';
import { grind } from '../../../src/tools/grind.ts';
import { fromHex, toHex } from '../../../src/util/bytes.ts';

/** Version 1, all zero, the bits of regtest, and a nonce that grinding must not start from. */
const header = (bits: string): string => `01000000${'00'.repeat(64)}00000000${bits}ffffffff`;

it('finds the first nonce that meets the bits', () => {
  // A target of nearly 2^240: one in 65,536 meets it.
  const found = fromHex(grind(header('ffff001f')));
  const { target } = decodeCompact(0x1f00ffff);
  expect(hashToNumber(hash256(found))).toBeLessThanOrEqual(target);
  const view = new DataView(found.buffer, found.byteOffset);
  const nonce = view.getUint32(76, true);
  for (let n = 0; n < nonce; n++) {
    view.setUint32(76, n, true);
    if (hashToNumber(hash256(found)) <= target) throw new Error(`nonce ${n} was there before`);
  }
  expect(toHex(found.subarray(0, 76))).toBe(header('ffff001f').slice(0, 152));
});

it('refuses what is no header, and targets that nothing meets', () => {
  for (const bad of ['', 'aa', 'zz'.repeat(80), header('ffff7f20').slice(2)]) expect(() => grind(bad)).toThrow('Could not decode block header');
  for (const bits of ['00000000', 'ffffff20', '000000ff']) expect(() => grind(header(bits))).toThrow('Could not satisfy difficulty target');
});
