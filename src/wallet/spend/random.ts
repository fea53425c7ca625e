import { randomBytes } from 'node:crypto';

/** Randomness for choices that hide intent (order of inputs, place of change): fast, seeded once from the system. */
export interface Random {
  /** Uniform in [0, n). */
  below(n: number): number;
  bool(): boolean;
}

/** xoshiro128**; `seed` makes it repeatable for tests. */
export class FastRandom implements Random {
  private readonly s: Uint32Array;

  constructor(seed: Uint8Array = randomBytes(16)) {
    this.s = new Uint32Array(4);
    for (let i = 0; i < 16; i++) this.s[i >> 2] = ((this.s[i >> 2] as number) << 8) | (seed[i % seed.length] ?? i);
    if (this.s.every((word) => word === 0)) this.s[0] = 1;
    for (let i = 0; i < 8; i++) this.next();
  }

  private next(): number {
    const [a, b, c, d] = this.s as unknown as [number, number, number, number];
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const c2 = c ^ a;
    const d2 = d ^ b;
    this.s[0] = a ^ d2;
    this.s[1] = b ^ c2;
    this.s[2] = c2 ^ (b << 9);
    this.s[3] = rotate(d2, 11);
    return scrambled;
  }

  below(n: number): number {
    if (n <= 1) return 0;
    const unit = (this.next() * 0x200000 + (this.next() >>> 11)) / 0x20000000000000;
    return Math.floor(unit * n);
  }

  bool(): boolean { return (this.next() & 1) === 1; }
}

function rotate(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}
