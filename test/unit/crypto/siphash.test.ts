import { describe, expect, it } from '@jest/globals';
import { SipHasher } from '../../../src/crypto/siphash.ts';
import { fromHex } from '../../../src/util/bytes.ts';
import { describeVectors, readVectorJson } from '../../support/vectors.ts';

interface Vector {
  readonly key: [string, string];
  readonly input: string[];
  readonly expected: { siphash24: string; siphash13uj: string };
}

const hex = (value: bigint): string => value.toString(16).padStart(16, '0');

describeVectors('published vectors of SipHash', () => {
  const all = readVectorJson<Vector[]>('siphash.json');
  const hasher = ({ key: [k0, k1] }: Vector): SipHasher => new SipHasher(BigInt(`0x${k0}`), BigInt(`0x${k1}`));

  it('hold for SipHash-2-4', () => {
    for (const vector of all) {
      const own = hasher(vector);
      own.hash(fromHex(vector.input.join('')));
      expect(hex(own.value)).toBe(vector.expected.siphash24);
    }
  });

  it('hold for hashes taken in as one wide block', () => {
    const wide = all.filter(({ input }) => input.length === 1 && input[0]?.length === 64);
    expect(wide.length).toBeGreaterThan(0);
    for (const vector of wide) {
      const own = hasher(vector);
      own.hashWide(fromHex(vector.input[0] ?? ''));
      expect(hex(own.value)).toBe(vector.expected.siphash13uj);
    }
  });
});

describe('SipHasher', () => {
  it('gives the same for a txid and index as for their 36 bytes', () => {
    const own = new SipHasher(1n, 2n);
    const txid = new Uint8Array(32).map((_, i) => i);
    own.hashOutPoint(txid, 0x01020304);
    const { value } = own;
    own.hash(new Uint8Array([...txid, 4, 3, 2, 1]));
    expect(own.value).toBe(value);
  });
});
