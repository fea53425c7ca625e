import { describe, expect, it } from '@jest/globals';
import { fromBase64, psbtFrom, toBase64 } from '../../../../src/gui/page/psbt-text.ts';

const BYTES = Uint8Array.of(0x70, 0x73, 0x62, 0x74, 0xff, 1, 2, 3);
const TEXT = 'cHNidP8BAgM=';

describe('what a file or the clipboard holds', () => {
  it('is taken as binary, base64 or hex', () => {
    expect(psbtFrom(BYTES)).toBe(TEXT);
    expect(psbtFrom(TEXT)).toBe(TEXT);
    expect(psbtFrom(' cHNi\ndP8BAgM= \r\n')).toBe(TEXT);
    expect(psbtFrom(new TextEncoder().encode(TEXT))).toBe(TEXT);
    expect(psbtFrom('70736274FF010203')).toBe(TEXT);
  });

  it('is handed on as it is where it is none of these', () => {
    expect(psbtFrom('nonsense')).toBe('nonsense');
    expect(psbtFrom('70736274ff0')).toBe('70736274ff0');
    expect(psbtFrom('')).toBe('');
  });

  it('goes to base64 and back at any length', () => {
    for (const length of [0, 1, 2, 3, 8191, 8192, 8193, 100_000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 7) & 0xff);
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
      expect(fromBase64(toBase64(bytes))).toEqual(bytes);
    }
  });
});
