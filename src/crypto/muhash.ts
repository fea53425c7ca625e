import { createCipheriv } from 'node:crypto';
import { sha256 } from './hash.ts';

/** The multiplicative group: integers modulo the largest 3072-bit safe prime. */
const MODULUS = (1n << 3072n) - 1103717n;
const BYTES = 384;
const NONCE = new Uint8Array(16);

function element(data: Uint8Array): bigint {
  // 384 bytes of the ChaCha20 keystream under the data's hash, little-endian.
  const stream = createCipheriv('chacha20', sha256(data), NONCE).update(new Uint8Array(BYTES));
  return BigInt(`0x${stream.reverse().toString('hex')}`);
}

function inverse(n: bigint): bigint {
  let [a, b, x, y] = [n % MODULUS, MODULUS, 1n, 0n];
  while (b !== 0n) {
    const q = a / b;
    [a, b] = [b, a - q * b];
    [x, y] = [y, x - q * y];
  }
  return x < 0n ? x + MODULUS : x;
}

/** Hash of a set whose elements may come and go in any order (MuHash3072). */
export class MuHash {
  private numerator = 1n;
  private denominator = 1n;

  insert(data: Uint8Array): void {
    this.numerator = (this.numerator * element(data)) % MODULUS;
  }

  remove(data: Uint8Array): void {
    this.denominator = (this.denominator * element(data)) % MODULUS;
  }

  /** The set's hash, 32 bytes in network order. The set may go on changing. */
  digest(): Uint8Array {
    this.numerator = (this.numerator * inverse(this.denominator)) % MODULUS;
    this.denominator = 1n;
    const bytes = new Uint8Array(Buffer.from(this.numerator.toString(16).padStart(2 * BYTES, '0'), 'hex')).reverse();
    return sha256(bytes);
  }
}
