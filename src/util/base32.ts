const DIGITS = 'abcdefghijklmnopqrstuvwxyz234567';

/** Lower-case base32 (RFC 4648) without padding: the text of onion and I2P addresses. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let have = 0;
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xfff;
    have += 8;
    while (have >= 5) {
      have -= 5;
      text += DIGITS[(bits >> have) & 31];
    }
  }
  return have > 0 ? text + DIGITS[(bits << (5 - have)) & 31] : text;
}

/** Bytes of unpadded base32 in either case; null where it is none, or where bits are left over that are not zero. */
export function decodeBase32(text: string): Uint8Array | null {
  const out = new Uint8Array(Math.floor((text.length * 5) / 8));
  let bits = 0;
  let have = 0;
  let at = 0;
  for (const digit of text.toLowerCase()) {
    const value = DIGITS.indexOf(digit);
    if (value < 0) return null;
    bits = ((bits << 5) | value) & 0xfff;
    have += 5;
    if (have >= 8) {
      have -= 8;
      out[at++] = (bits >> have) & 0xff;
    }
  }
  // Five bits or more would be a digit that stands for nothing.
  return have >= 5 || (bits & ((1 << have) - 1)) !== 0 ? null : out;
}
