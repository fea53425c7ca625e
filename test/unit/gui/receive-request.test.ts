import { describe, expect, it } from '@jest/globals';
import { decodeRequest, encodeRequest } from '../../../src/gui/receive-request.ts';
import { toHex } from '../../../src/util/bytes.ts';

describe('requests for payment', () => {
  const request = { id: 3, time: 1_700_000_000, address: 'ab', label: 'ü', amount: 150_000_000, message: 'm' };

  it('are stored as the reference stores them', () => {
    expect(toHex(encodeRequest(request))).toBe(
      '01000000' + '0300000000000000' + '00f15365' + '01000000' + '026162' + '02c3bc' + '80d1f00800000000' + '016d' + '00' + '00',
    );
    expect(decodeRequest(encodeRequest(request))).toEqual(request);
  });

  it('that are cut off are refused', () => {
    const bytes = encodeRequest(request);
    for (let n = 0; n < bytes.length - 2; n++) expect(() => decodeRequest(bytes.subarray(0, n))).toThrow();
  });
});
