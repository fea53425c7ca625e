import { MalformedData } from './errors.ts';

/** Largest length a CompactSize may announce (0x02000000, the network's own limit). */
export const MAX_COMPACT_SIZE = 0x02000000;

/**
 * Bounded little-endian reader over bytes from outside. Every method throws MalformedData past the end,
 * so a caller needs no length check of its own. `bytes()` returns a view, not a copy.
 */
export class Reader {
  readonly data: Uint8Array;
  private readonly view: DataView;
  private at: number;
  private readonly end: number;

  constructor(data: Uint8Array, offset = 0, end = data.length) {
    this.data = data;
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.at = offset;
    this.end = end;
  }

  get offset(): number { return this.at; }
  get remaining(): number { return this.end - this.at; }
  get done(): boolean { return this.at >= this.end; }

  private take(n: number): number {
    const at = this.at;
    if (n > this.end - at) throw new MalformedData('end of data');
    this.at = at + n;
    return at;
  }

  u8(): number { return this.data[this.take(1)] as number; }
  u16(): number { return this.view.getUint16(this.take(2), true); }
  u16be(): number { return this.view.getUint16(this.take(2), false); }
  u32(): number { return this.view.getUint32(this.take(4), true); }
  u32be(): number { return this.view.getUint32(this.take(4), false); }
  i32(): number { return this.view.getInt32(this.take(4), true); }
  u64(): bigint { return this.view.getBigUint64(this.take(8), true); }
  i64(): bigint { return this.view.getBigInt64(this.take(8), true); }

  /** Signed 64-bit as a number; values beyond ±2^53 lose precision (callers range-check amounts anyway). */
  i64n(): number {
    const at = this.take(8);
    return this.view.getInt32(at + 4, true) * 0x100000000 + this.view.getUint32(at, true);
  }

  /** Unsigned 64-bit as a number; see {@link i64n}. */
  u64n(): number {
    const at = this.take(8);
    return this.view.getUint32(at + 4, true) * 0x100000000 + this.view.getUint32(at, true);
  }

  /** A view of the next `n` bytes (copy it where it outlives the message). */
  bytes(n: number): Uint8Array {
    const at = this.take(n);
    return this.data.subarray(at, at + n);
  }

  rest(): Uint8Array { return this.bytes(this.remaining); }
  skip(n: number): void { this.take(n); }
  hash(): Uint8Array { return this.bytes(32).slice(); }

  /** Canonical CompactSize. @param limit largest value accepted */
  compactSize(limit = MAX_COMPACT_SIZE): number {
    const first = this.u8();
    let n: number;
    if (first < 253) n = first;
    else if (first === 253) {
      n = this.u16();
      if (n < 253) throw new MalformedData('non-canonical ReadCompactSize()');
    } else if (first === 254) {
      n = this.u32();
      if (n < 0x10000) throw new MalformedData('non-canonical ReadCompactSize()');
    } else {
      n = this.u64n();
      if (n < 0x100000000) throw new MalformedData('non-canonical ReadCompactSize()');
    }
    if (n > limit) throw new MalformedData('ReadCompactSize(): size too large');
    return n;
  }

  /** CompactSize length and that many bytes, as a view. */
  varBytes(limit = MAX_COMPACT_SIZE): Uint8Array { return this.bytes(this.compactSize(limit)); }

  varString(limit = MAX_COMPACT_SIZE): string { return Buffer.from(this.varBytes(limit)).toString('utf8'); }

  /** The on-disk VARINT: base 128, most significant group first, bijective (datadir format, section 1). */
  varInt(): number {
    let n = 0;
    for (;;) {
      const b = this.u8();
      if (n > 0x3fffffffffff) throw new MalformedData('ReadVarInt(): size too large');
      n = n * 128 + (b & 0x7f);
      if ((b & 0x80) === 0) return n;
      n += 1;
    }
  }

  /** @throws MalformedData where bytes are left over */
  expectEnd(): void {
    if (this.at !== this.end) throw new MalformedData('unexpected extra data');
  }
}
