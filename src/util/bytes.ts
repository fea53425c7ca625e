/** Byte helpers. Bytes are Uint8Array everywhere; hex exists only at the edges (RPC, logs, GUI). */

const HEX_DIGITS = /^(?:[0-9a-fA-F]{2})*$/;
const HASH_DIGITS = /^[0-9a-f]{64}$/;

/** Lower-case hex of `bytes`, in the order they lie in memory. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** True where `text` is an even number of hex digits (the empty string included). */
export function isHex(text: string): boolean {
  return HEX_DIGITS.test(text);
}

/** True where `text` is a hash or id as people write it: 64 digits of lower-case hex. */
export function isHashHex(text: string): boolean {
  return HASH_DIGITS.test(text);
}

/** Bytes of a hex string. @throws RangeError where `text` is not hex. */
export function fromHex(text: string): Uint8Array {
  if (!isHex(text)) throw new RangeError(`fromHex: not an even number of hex digits: "${text.slice(0, 80)}"`);
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(text.substring(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** A copy of `bytes` in the opposite order. */
export function reversed(bytes: Uint8Array): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes).reverse();
}

/** Hex of a hash as users see it: the reverse of the network order in which we hold it. */
export function hashToHex(hash: Uint8Array): string {
  return toHex(reversed(hash));
}

/** Hash in network order from the hex that users see. @throws RangeError where it is not hex. */
export function hashFromHex(text: string): Uint8Array {
  return fromHex(text).reverse();
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Lexicographic order of the bytes as they lie in memory: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const d = (a[i] as number) - (b[i] as number);
    if (d !== 0) return d;
  }
  return a.length - b.length;
}

export function isAllZero(bytes: Uint8Array): boolean {
  for (const b of bytes) if (b !== 0) return false;
  return true;
}

/** A string that holds one byte a character: a key for Map and Set. Not for display. */
export function toKey(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** The bytes behind a key made by {@link toKey}. */
export function fromKey(key: string): Uint8Array {
  return new Uint8Array(Buffer.from(key, 'latin1'));
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export const ZERO_32: Uint8Array = new Uint8Array(32);
