import { scryptSync } from 'node:crypto';

/** scrypt with N 1024, r 1, p 1 over the bytes, salted with themselves: 32 bytes, the work of Litecoin and its kin. */
export function scrypt1024(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(scryptSync(bytes, bytes, 32, { N: 1024, r: 1, p: 1 }));
}
