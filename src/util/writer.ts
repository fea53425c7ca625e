/** Growing little-endian writer, the twin of Reader. */
export class Writer {
  private buffer: Uint8Array;
  private view: DataView;
  private at = 0;

  constructor(capacity = 256) {
    this.buffer = new Uint8Array(capacity);
    this.view = new DataView(this.buffer.buffer);
  }

  get length(): number { return this.at; }

  private room(n: number): number {
    const at = this.at;
    const need = at + n;
    if (need > this.buffer.length) {
      const bigger = new Uint8Array(Math.max(need, this.buffer.length * 2));
      bigger.set(this.buffer);
      this.buffer = bigger;
      this.view = new DataView(bigger.buffer);
    }
    this.at = need;
    return at;
  }

  u8(n: number): this { const at = this.room(1); this.buffer[at] = n; return this; }
  u16(n: number): this { const at = this.room(2); this.view.setUint16(at, n, true); return this; }
  u16be(n: number): this { const at = this.room(2); this.view.setUint16(at, n, false); return this; }
  u32(n: number): this { const at = this.room(4); this.view.setUint32(at, n, true); return this; }
  u32be(n: number): this { const at = this.room(4); this.view.setUint32(at, n, false); return this; }
  i32(n: number): this { const at = this.room(4); this.view.setInt32(at, n, true); return this; }
  u64(n: bigint): this { const at = this.room(8); this.view.setBigUint64(at, n, true); return this; }
  i64(n: bigint): this { const at = this.room(8); this.view.setBigInt64(at, n, true); return this; }

  /** Signed 64-bit from a safe integer. */
  i64n(n: number): this {
    const at = this.room(8);
    this.view.setUint32(at, n >>> 0, true);
    this.view.setInt32(at + 4, Math.floor(n / 0x100000000), true);
    return this;
  }

  bytes(b: Uint8Array): this { const at = this.room(b.length); this.buffer.set(b, at); return this; }

  compactSize(n: number): this {
    if (n < 253) return this.u8(n);
    if (n < 0x10000) return this.u8(253).u16(n);
    if (n < 0x100000000) return this.u8(254).u32(n);
    return this.u8(255).u64(BigInt(n));
  }

  varBytes(b: Uint8Array): this { return this.compactSize(b.length).bytes(b); }

  varString(s: string): this { return this.varBytes(Buffer.from(s, 'utf8')); }

  /** The on-disk VARINT (datadir format, section 1). */
  varInt(n: number): this {
    const groups: number[] = [];
    for (;;) {
      groups.push((n % 128) | (groups.length > 0 ? 0x80 : 0));
      if (n < 128) break;
      n = Math.floor(n / 128) - 1;
    }
    for (let i = groups.length - 1; i >= 0; i--) this.u8(groups[i] as number);
    return this;
  }

  /** The bytes written so far: a copy of exact size. */
  finish(): Uint8Array { return this.buffer.slice(0, this.at); }
}

/** Bytes of CompactSize(n). */
export function compactSizeLength(n: number): number {
  return n < 253 ? 1 : n < 0x10000 ? 3 : n < 0x100000000 ? 5 : 9;
}
