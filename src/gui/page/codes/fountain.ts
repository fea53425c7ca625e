import { uint32Bytes } from './bytewords.ts';

const MASK = (1n << 64n) - 1n;
const rotated = (x: bigint, bits: bigint): bigint => ((x << bits) | (x >> (64n - bits))) & MASK;

/** The generator xoshiro256**, seeded with the SHA-256 of some bytes: both ends of a code draw the same numbers. */
export class Xoshiro256 {
  private readonly s: [bigint, bigint, bigint, bigint];

  private constructor(state: [bigint, bigint, bigint, bigint]) {
    this.s = state;
  }

  static async of(seed: Uint8Array): Promise<Xoshiro256> {
    const view = new DataView(await crypto.subtle.digest('SHA-256', Uint8Array.from(seed)));
    return new Xoshiro256([view.getBigUint64(0), view.getBigUint64(8), view.getBigUint64(16), view.getBigUint64(24)]);
  }

  next(): bigint {
    const { s } = this;
    const result = (rotated((s[1] * 5n) & MASK, 7n) * 9n) & MASK;
    const t = (s[1] << 17n) & MASK;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotated(s[3], 45n);
    return result;
  }

  /** From 0 up to, but without, 1. */
  nextDouble(): number { return Number(this.next()) / 2 ** 64; }
  /** Both ends included. */
  nextInt(low: number, high: number): number { return Math.floor(this.nextDouble() * (high - low + 1)) + low; }
}

/** Draws an index with a chance in proportion to its weight (the alias method, in the order that the standard has). */
export function sample(weights: readonly number[], rng: Xoshiro256): number {
  const n = weights.length;
  const sum = weights.reduce((a, b) => a + b, 0);
  const p = weights.map((weight) => (weight * n) / sum);
  const chance = new Array<number>(n).fill(1);
  const alias = new Array<number>(n).fill(0);
  const small: number[] = [];
  const large: number[] = [];
  for (let i = n - 1; i >= 0; i--) ((p[i] ?? 0) < 1 ? small : large).push(i);
  for (;;) {
    const l = large.at(-1);
    const s = l === undefined ? undefined : small.pop();
    if (s === undefined || l === undefined) break;
    large.pop();
    chance[s] = p[s] ?? 0;
    alias[s] = l;
    p[l] = (p[l] ?? 0) + (p[s] ?? 0) - 1;
    ((p[l] ?? 0) < 1 ? small : large).push(l);
  }
  const [r1, r2] = [rng.nextDouble(), rng.nextDouble()];
  const i = Math.floor(n * r1);
  return r2 < (chance[i] ?? 1) ? i : alias[i] ?? 0;
}

/** The numbers below `count` in an order that the generator decides. */
export function shuffled(count: number, rng: Xoshiro256): number[] {
  const left = Array.from({ length: count }, (_, i) => i);
  const out: number[] = [];
  while (left.length > 0) out.push(...left.splice(rng.nextInt(0, left.length - 1), 1));
  return out;
}

/**
 * Which pieces of a message are mixed (by exclusive or) into a part: each of the first parts is one piece, later ones are drawn
 * (multipart UR, BCR-2024-001). @param number of the part, from 1 on @param checksum CRC-32 of the message
 */
export async function piecesOf(number: number, count: number, checksum: number): Promise<ReadonlySet<number>> {
  if (number <= count) return new Set([number - 1]);
  const rng = await Xoshiro256.of(Uint8Array.of(...uint32Bytes(number), ...uint32Bytes(checksum)));
  const degree = sample(Array.from({ length: count }, (_, i) => 1 / (i + 1)), rng) + 1;
  return new Set(shuffled(count, rng).slice(0, degree));
}

/** Adds bytes to others by exclusive or. */
export function xorInto(target: Uint8Array, other: Uint8Array): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) ^ (other[i] ?? 0);
}
