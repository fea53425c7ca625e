import { randomBytes as nodeRandomBytes, randomInt as nodeRandomInt } from 'node:crypto';

/** Unpredictable bytes. */
export function randomBytes(n: number): Uint8Array {
  return new Uint8Array(nodeRandomBytes(n));
}

/** Unpredictable integer from 0 to `below` - 1 (at most 2^48). */
export function randomInt(below: number): number {
  return below <= 1 ? 0 : nodeRandomInt(below);
}
