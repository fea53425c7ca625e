import { compareBytes } from '../util/bytes.ts';

/** Order of the group, big-endian, and half of it. */
const ORDER = Uint8Array.from(Buffer.from('fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141', 'hex'));
const HALF_ORDER = Uint8Array.from(Buffer.from('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0', 'hex'));

/**
 * Reads a DER signature as the network has always read it: sloppy lengths and padding pass.
 * Gives r and s, 32 bytes each; a number that is too large makes both zero (never a valid signature).
 * Null where there is no signature at all. (Reference: ecdsa_signature_parse_der_lax.)
 */
export function parseDerLax(der: Uint8Array): Uint8Array | null {
  let at = 0;
  const length = (): number => {
    if (at >= der.length) return -1;
    let n = der[at++] as number;
    if ((n & 0x80) === 0) return n;
    let count = n - 0x80;
    if (count > der.length - at) return -1;
    while (count > 0 && der[at] === 0) {
      at += 1;
      count -= 1;
    }
    if (count >= 4) return -1;
    n = 0;
    for (; count > 0; count--) n = n * 256 + (der[at++] as number);
    return n;
  };
  if (at >= der.length || der[at++] !== 0x30) return null;
  // The length of the whole is read and not trusted.
  if (at >= der.length) return null;
  const whole = der[at++] as number;
  if ((whole & 0x80) !== 0) {
    const skip = whole - 0x80;
    if (skip > der.length - at) return null;
    at += skip;
  }
  const out = new Uint8Array(64);
  let overflow = false;
  for (let part = 0; part < 2; part++) {
    if (at >= der.length || der[at++] !== 0x02) return null;
    let n = length();
    if (n < 0 || n > der.length - at) return null;
    let from = at;
    at += n;
    while (n > 0 && der[from] === 0) {
      from += 1;
      n -= 1;
    }
    if (n > 32) overflow = true;
    else out.set(der.subarray(from, from + n), part * 32 + 32 - n);
  }
  if (!overflow) overflow = compareBytes(out.subarray(0, 32), ORDER) >= 0 || compareBytes(out.subarray(32), ORDER) >= 0;
  return overflow ? new Uint8Array(64) : out;
}

/** Whether 32 big-endian bytes are below the order of the group. */
export function isScalarRange(bytes: Uint8Array): boolean {
  return compareBytes(bytes, ORDER) < 0;
}

/** Whether s is at most half the order. */
export function isLowS(signature: Uint8Array): boolean {
  return compareBytes(signature.subarray(32, 64), HALF_ORDER) <= 0;
}

/** The same signature with the smaller of its two s. */
export function normalizeS(signature: Uint8Array): Uint8Array {
  if (isLowS(signature)) return signature;
  const out = signature.slice();
  let borrow = 0;
  for (let i = 31; i >= 0; i--) {
    const d = (ORDER[i] as number) - (signature[32 + i] as number) - borrow;
    out[32 + i] = d & 0xff;
    borrow = d < 0 ? 1 : 0;
  }
  return out;
}

/** Strict DER of a 64-byte signature. */
export function encodeDer(signature: Uint8Array): Uint8Array {
  const int = (part: Uint8Array): number[] => {
    let from = 0;
    while (from < 31 && part[from] === 0) from += 1;
    const bytes = [...part.subarray(from)];
    return ((bytes[0] ?? 0) & 0x80) !== 0 ? [0, ...bytes] : bytes;
  };
  const r = int(signature.subarray(0, 32));
  const s = int(signature.subarray(32, 64));
  return Uint8Array.from([0x30, 4 + r.length + s.length, 2, r.length, ...r, 2, s.length, ...s]);
}
