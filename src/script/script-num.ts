/** Numbers on the script stack: little-endian, sign in the top bit, no leading zeros beyond it. */

export const DEFAULT_MAX_NUM_SIZE = 4;

/** Bytes of a number (safe integer). */
export function encodeScriptNum(n: number): Uint8Array {
  if (n === 0) return new Uint8Array(0);
  const out: number[] = [];
  let rest = Math.abs(n);
  while (rest > 0) {
    out.push(rest % 256);
    rest = Math.floor(rest / 256);
  }
  if (((out[out.length - 1] as number) & 0x80) !== 0) out.push(n < 0 ? 0x80 : 0);
  else if (n < 0) out[out.length - 1] = (out[out.length - 1] as number) | 0x80;
  return Uint8Array.from(out);
}

/** Whether the bytes are the shortest form of their number. */
export function isMinimalNum(bytes: Uint8Array): boolean {
  if (bytes.length === 0) return true;
  const last = bytes[bytes.length - 1] as number;
  if ((last & 0x7f) !== 0) return true;
  return bytes.length > 1 && ((bytes[bytes.length - 2] as number) & 0x80) !== 0;
}

/** Value of bytes whose length (at most 6) the caller has checked. */
export function decodeScriptNum(bytes: Uint8Array): number {
  if (bytes.length === 0) return 0;
  let n = 0;
  const last = bytes.length - 1;
  for (let i = last; i >= 0; i--) n = n * 256 + (i === last ? (bytes[i] as number) & 0x7f : (bytes[i] as number));
  return ((bytes[last] as number) & 0x80) !== 0 ? -n : n;
}

/** Truth of a stack item: anything but zero and negative zero. */
export function castToBool(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== 0) return !(i === bytes.length - 1 && bytes[i] === 0x80);
  }
  return false;
}
