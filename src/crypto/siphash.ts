/**
 * SipHash-2-4 with 64-bit state held as pairs of 32-bit halves: no BigInt on the way.
 * The result's halves are left in `lo` and `hi`; `sipHash` gives them as one bigint.
 */
export class SipHasher {
  private readonly v = new Int32Array(8); // v0 lo, v0 hi, v1 lo, ...
  lo = 0;
  hi = 0;

  private readonly k0: bigint;
  private readonly k1: bigint;
  private readonly seed = new Int32Array(8);

  constructor(k0: bigint, k1: bigint) {
    this.k0 = BigInt.asUintN(64, k0);
    this.k1 = BigInt.asUintN(64, k1);
    const init = [
      0x736f6d6570736575n ^ this.k0, 0x646f72616e646f6dn ^ this.k1, 0x6c7967656e657261n ^ this.k0, 0x7465646279746573n ^ this.k1,
    ];
    init.forEach((word, i) => {
      this.seed[2 * i] = Number(word & 0xffffffffn) | 0;
      this.seed[2 * i + 1] = Number(word >> 32n) | 0;
    });
  }

  /** Hashes bytes; the result is in `lo` and `hi` (unsigned) afterwards. */
  hash(data: Uint8Array): void {
    this.v.set(this.seed);
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const whole = data.length & ~7;
    for (let i = 0; i < whole; i += 8) this.word(view.getInt32(i, true), view.getInt32(i + 4, true));
    let lo = 0;
    let hi = (data.length & 0xff) << 24;
    for (let i = whole; i < data.length; i++) {
      const at = i - whole;
      if (at < 4) lo |= (data[i] as number) << (8 * at);
      else hi |= (data[i] as number) << (8 * (at - 4));
    }
    this.word(lo, hi);
    this.finish();
  }

  /** Hashes a 32-byte hash, as `hash` does. */
  hash32(data: Uint8Array): void { this.hash(data); }

  /** Hashes a txid and output index as the reference does (36 bytes). */
  hashOutPoint(txid: Uint8Array, vout: number): void {
    this.v.set(this.seed);
    const view = new DataView(txid.buffer, txid.byteOffset, 32);
    for (let i = 0; i < 32; i += 8) this.word(view.getInt32(i, true), view.getInt32(i + 4, true));
    this.word(vout | 0, 36 << 24);
    this.finish();
  }

  /**
   * SipHash-1-3 of a 32-byte hash that is taken in as one wide block, as the reference's transaction index does it.
   * The result is in `lo` and `hi` afterwards.
   */
  hashWide(data: Uint8Array): void {
    const { v } = this;
    v.set(this.seed);
    const view = new DataView(data.buffer, data.byteOffset, 32);
    const mix = (into: number, at: number): void => {
      v[into] = (v[into] as number) ^ view.getInt32(at, true);
      v[into + 1] = (v[into + 1] as number) ^ view.getInt32(at + 4, true);
    };
    mix(6, 0);
    mix(0, 8);
    mix(2, 16);
    mix(4, 24);
    this.round();
    mix(0, 0);
    mix(2, 8);
    mix(4, 16);
    mix(6, 24);
    v[4] = (v[4] as number) ^ 0x61706e75;
    v[5] = (v[5] as number) ^ 0x64656464;
    for (let i = 0; i < 3; i++) this.round();
    this.fold();
  }

  get value(): bigint { return (BigInt(this.hi >>> 0) << 32n) | BigInt(this.lo >>> 0); }

  private word(lo: number, hi: number): void {
    const v = this.v;
    v[6] = (v[6] as number) ^ lo;
    v[7] = (v[7] as number) ^ hi;
    this.round();
    this.round();
    v[0] = (v[0] as number) ^ lo;
    v[1] = (v[1] as number) ^ hi;
  }

  private finish(): void {
    const v = this.v;
    v[4] = (v[4] as number) ^ 0xff;
    for (let i = 0; i < 4; i++) this.round();
    this.fold();
  }

  private fold(): void {
    const { v } = this;
    this.lo = ((v[0] as number) ^ (v[2] as number) ^ (v[4] as number) ^ (v[6] as number)) >>> 0;
    this.hi = ((v[1] as number) ^ (v[3] as number) ^ (v[5] as number) ^ (v[7] as number)) >>> 0;
  }

  private add(a: number, b: number): void {
    const v = this.v;
    const lo = ((v[a] as number) >>> 0) + ((v[b] as number) >>> 0);
    v[a + 1] = ((v[a + 1] as number) + (v[b + 1] as number) + (lo > 0xffffffff ? 1 : 0)) | 0;
    v[a] = lo | 0;
  }

  private rotate(a: number, n: number): void {
    const v = this.v;
    const lo = v[a] as number;
    const hi = v[a + 1] as number;
    if (n === 32) {
      v[a] = hi;
      v[a + 1] = lo;
      return;
    }
    v[a] = (lo << n) | (hi >>> (32 - n));
    v[a + 1] = (hi << n) | (lo >>> (32 - n));
  }

  private xor(a: number, b: number): void {
    const v = this.v;
    v[a] = (v[a] as number) ^ (v[b] as number);
    v[a + 1] = (v[a + 1] as number) ^ (v[b + 1] as number);
  }

  private round(): void {
    this.add(0, 2); this.rotate(2, 13); this.xor(2, 0); this.rotate(0, 32);
    this.add(4, 6); this.rotate(6, 16); this.xor(6, 4);
    this.add(0, 6); this.rotate(6, 21); this.xor(6, 0);
    this.add(4, 2); this.rotate(2, 17); this.xor(2, 4); this.rotate(4, 32);
  }
}

/** SipHash-2-4 of `data` under a 128-bit key. */
export function sipHash(k0: bigint, k1: bigint, data: Uint8Array): bigint {
  const hasher = new SipHasher(k0, k1);
  hasher.hash(data);
  return hasher.value;
}
