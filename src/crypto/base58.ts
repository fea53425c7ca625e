import { equalBytes } from '../util/bytes.ts';
import { hash256 } from './hash.ts';

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const VALUES = new Int8Array(128).fill(-1);
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

export function encodeBase58(bytes: Uint8Array): string {
  let zeros = 0;
  while (zeros < bytes.length && bytes[zeros] === 0) zeros += 1;
  const digits: number[] = [];
  for (let i = zeros; i < bytes.length; i++) {
    let carry = bytes[i] as number;
    for (let j = 0; j < digits.length; j++) {
      carry += (digits[j] as number) << 8;
      digits[j] = carry % 58;
      carry = Math.floor(carry / 58);
    }
    for (; carry > 0; carry = Math.floor(carry / 58)) digits.push(carry % 58);
  }
  let out = '1'.repeat(zeros);
  for (let i = digits.length - 1; i >= 0; i--) out += ALPHABET[digits[i] as number];
  return out;
}

/** Null where a character does not belong or more than `maxLength` bytes come out. White space around is ignored, as the reference does. */
export function decodeBase58(text: string, maxLength: number): Uint8Array | null {
  const trimmed = text.replace(/^[ \f\n\r\t\v]+|[ \f\n\r\t\v]+$/g, '');
  let zeros = 0;
  while (trimmed[zeros] === '1') {
    zeros += 1;
    if (zeros > maxLength) return null;
  }
  const bytes: number[] = [];
  for (let i = zeros; i < trimmed.length; i++) {
    const code = trimmed.charCodeAt(i);
    let carry = code < 128 ? (VALUES[code] as number) : -1;
    if (carry < 0) return null;
    for (let j = 0; j < bytes.length; j++) {
      carry += (bytes[j] as number) * 58;
      bytes[j] = carry & 0xff;
      carry >>= 8;
    }
    for (; carry > 0; carry >>= 8) bytes.push(carry & 0xff);
    if (zeros + bytes.length > maxLength) return null;
  }
  const out = new Uint8Array(zeros + bytes.length);
  for (let i = 0; i < bytes.length; i++) out[zeros + i] = bytes[bytes.length - 1 - i] as number;
  return out;
}

/** Base58 with 4 bytes of checksum behind. */
export function encodeBase58Check(bytes: Uint8Array): string {
  const out = new Uint8Array(bytes.length + 4);
  out.set(bytes);
  out.set(hash256(bytes).subarray(0, 4), bytes.length);
  return encodeBase58(out);
}

/** Null where it is not base58 or the checksum is wrong. */
export function decodeBase58Check(text: string, maxLength: number): Uint8Array | null {
  const all = decodeBase58(text, maxLength > 0xffffff ? maxLength : maxLength + 4);
  if (all === null || all.length < 4) return null;
  const body = all.slice(0, all.length - 4);
  return equalBytes(hash256(body).subarray(0, 4), all.subarray(all.length - 4)) ? body : null;
}
