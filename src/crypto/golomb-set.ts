import { fromKey, toKey } from '../util/bytes.ts';
import { MalformedData } from '../util/errors.ts';
import { Reader } from '../util/reader.ts';
import { Writer } from '../util/writer.ts';
import { SipHasher } from './siphash.ts';

/** What both ends must agree on: the SipHash key, bits of a remainder, and the inverse of the false positive rate. */
export interface GolombSetParams {
  readonly k0: bigint;
  readonly k1: bigint;
  readonly p: number;
  readonly m: number;
}

/** Bits, most significant first. */
class BitWriter {
  private readonly bytes: Writer;
  private pending = 0;
  private count = 0;

  constructor(bytes: Writer) {
    this.bytes = bytes;
  }

  private bit(one: number): void {
    this.pending = (this.pending << 1) | one;
    if (++this.count === 8) {
      this.bytes.u8(this.pending);
      this.pending = 0;
      this.count = 0;
    }
  }

  /** Golomb-Rice code of `n` (a safe integer): the quotient by 2^p in unary, then the remainder. */
  golomb(n: number, p: number): void {
    for (let q = Math.floor(n / 2 ** p); q > 0; q--) this.bit(1);
    this.bit(0);
    const rest = n % 2 ** p;
    for (let i = p - 1; i >= 0; i--) this.bit((rest >>> i) & 1);
  }

  flush(): void {
    while (this.count > 0) this.bit(0);
  }
}

class BitReader {
  private readonly bytes: Reader;
  private pending = 0;
  private left = 0;

  constructor(bytes: Reader) {
    this.bytes = bytes;
  }

  private bit(): number {
    if (this.left === 0) {
      this.pending = this.bytes.u8();
      this.left = 8;
    }
    this.left -= 1;
    return (this.pending >>> this.left) & 1;
  }

  golomb(p: number): number {
    let q = 0;
    while (this.bit() === 1) q += 1;
    let rest = 0;
    for (let i = 0; i < p; i++) rest = (rest << 1) | this.bit();
    return q * 2 ** p + rest;
  }
}

/** Golomb-coded set: a compact set of byte strings that may say yes to one that is not in it (BIP 158). */
export class GolombSet {
  readonly params: GolombSetParams;
  /** Number of elements and the coded differences: the filter as the network and the index hold it. */
  readonly encoded: Uint8Array;
  readonly size: number;

  private constructor(params: GolombSetParams, encoded: Uint8Array, size: number) {
    this.params = params;
    this.encoded = encoded;
    this.size = size;
  }

  /** Equal elements count once. */
  static build(params: GolombSetParams, elements: Iterable<Uint8Array>): GolombSet {
    const unique = new Set<string>();
    for (const element of elements) unique.add(toKey(element));
    const w = new Writer(64 + unique.size * 3).compactSize(unique.size);
    const bits = new BitWriter(w);
    let last = 0;
    for (const value of hashAll(params, unique.size, [...unique].map(fromKey))) {
      bits.golomb(value - last, params.p);
      last = value;
    }
    bits.flush();
    return new GolombSet(params, w.finish(), unique.size);
  }

  /** @param check false for data that was written by ourselves @throws MalformedData */
  static decode(params: GolombSetParams, encoded: Uint8Array, check = true): GolombSet {
    const r = new Reader(encoded);
    const size = r.compactSize(0xffffffff);
    if (check) {
      const bits = new BitReader(r);
      for (let i = 0; i < size; i++) bits.golomb(params.p);
      if (!r.done) throw new MalformedData('encoded_filter contains excess data');
    }
    return new GolombSet(params, encoded, size);
  }

  /** Whether one of the elements may be in the set. */
  matchAny(elements: readonly Uint8Array[]): boolean {
    if (elements.length === 0 || this.size === 0) return false;
    const wanted = hashAll(this.params, this.size, elements);
    const r = new Reader(this.encoded);
    r.compactSize(0xffffffff);
    const bits = new BitReader(r);
    let value = 0;
    let at = 0;
    for (let i = 0; i < this.size; i++) {
      value += bits.golomb(this.params.p);
      while ((wanted[at] as number) < value) if (++at === wanted.length) return false;
      if (wanted[at] === value) return true;
    }
    return false;
  }

  match(element: Uint8Array): boolean {
    return this.matchAny([element]);
  }
}

/** Elements as numbers below `size` * m, ascending. They stay below 2^52: plain numbers hold them. */
function hashAll({ k0, k1, m }: GolombSetParams, size: number, elements: readonly Uint8Array[]): Float64Array {
  const hasher = new SipHasher(k0, k1);
  const range = BigInt(size) * BigInt(m);
  const out = new Float64Array(elements.length);
  elements.forEach((element, i) => {
    hasher.hash(element);
    out[i] = Number((hasher.value * range) >> 64n);
  });
  return out.sort();
}
