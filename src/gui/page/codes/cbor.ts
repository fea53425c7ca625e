import { CodeError } from './bytewords.ts';

/** Types of CBOR (RFC 8949) that codes are made of. */
const UNSIGNED = 0;
const BYTES = 2;
const ARRAY = 4;

function head(major: number, value: number): number[] {
  const type = major << 5;
  if (value < 24) return [type | value];
  if (value < 0x100) return [type | 24, value];
  if (value < 0x1_0000) return [type | 25, value >>> 8, value & 0xff];
  return [type | 26, value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

/** A byte string. */
export function cborBytes(bytes: Uint8Array): Uint8Array {
  const start = head(BYTES, bytes.length);
  const out = new Uint8Array(start.length + bytes.length);
  out.set(start);
  out.set(bytes, start.length);
  return out;
}

/** A list of numbers (below 2^32), and a byte string behind them. */
export function cborList(numbers: readonly number[], bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([...head(ARRAY, numbers.length + 1), ...numbers.flatMap((n) => head(UNSIGNED, n)), ...cborBytes(bytes)]);
}

/** Reads what the two above write. @throws CodeError */
export class CborReader {
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  private byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new CodeError('CBOR ends too early');
    return byte;
  }

  private head(major: number): number {
    const first = this.byte();
    if (first >>> 5 !== major) throw new CodeError('unexpected type in CBOR');
    const short = first & 0x1f;
    if (short < 24) return short;
    if (short > 26) throw new CodeError('unexpected length in CBOR');
    let value = 0;
    for (let left = 2 ** (short - 24); left > 0; left--) value = value * 256 + this.byte();
    return value;
  }

  list(length: number): void { if (this.head(ARRAY) !== length) throw new CodeError('unexpected list in CBOR'); }
  unsigned(): number { return this.head(UNSIGNED); }

  /** A byte string of its own. */
  byteString(): Uint8Array {
    const length = this.head(BYTES);
    if (length > this.bytes.length - this.at) throw new CodeError('CBOR ends too early');
    this.at += length;
    return this.bytes.slice(this.at - length, this.at);
  }

  end(): void { if (this.at !== this.bytes.length) throw new CodeError('more behind the CBOR'); }
}
