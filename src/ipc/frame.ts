import { Packr } from 'msgpackr';
import { CoinError, errorText, TooLarge } from '../util/errors.ts';
import type { Limits } from './limits.ts';

/** Length field in front of every frame: 4 bytes, little-endian. */
export const HEADER_BYTES = 4;

/** Bytes that are no frame of this protocol: the connection ends. */
export class MalformedFrame extends CoinError {
  constructor(message: string, options?: { cause?: unknown }) { super('malformed-frame', message, options); }
}

/** msgpackr's options bit: leave room in front of the packed value; the low byte says how much. */
const RESERVE_START_SPACE = 2048;
/** Bytes of msgpackr's buffer at first, and those it wants to be free in one before it packs into it, with some to spare. */
const POOL_BYTES = 8192;
const PACK_MARGIN = 4096;

const packr = new Packr({ useRecords: false, encodeUndefinedAsNil: true, int64AsType: 'number', mapsAsObjects: false });
const span = { start: 0, end: 0 };

/**
 * Walks a frame without building it: depth, number of values, lengths, and nothing but nil, booleans, numbers,
 * strings, bytes and arrays. What passes is safe to decode: msgpackr itself would make regular expressions, dates and
 * cycles out of extension types. @throws MalformedFrame
 */
export function prescan(data: Uint8Array, start: number, end: number, limits: Pick<Limits, 'depth' | 'elements'>): void {
  const open: number[] = [];
  let depth = 0;
  let left = 1;
  let seen = 0;
  let at = start;
  for (;;) {
    while (left === 0) {
      if (depth === 0) {
        if (at !== end) throw new MalformedFrame('bytes behind the message');
        return;
      }
      left = open[--depth] as number;
    }
    left--;
    if (at >= end) throw new MalformedFrame('message is cut short');
    if (++seen > limits.elements) throw new MalformedFrame(`more than ${limits.elements} values in a frame (limit elements)`);
    const b = data[at++] as number;
    if (b < 0x80 || b >= 0xe0) continue;
    let items = -1;
    if (b >= 0xa0 && b < 0xc0) at += b & 31;
    else if (b >= 0x90 && b < 0xa0) items = b & 15;
    else {
      switch (b) {
        case 0xc0: case 0xc2: case 0xc3: break;
        case 0xcc: case 0xd0: at += 1; break;
        case 0xcd: case 0xd1: at += 2; break;
        case 0xca: case 0xce: case 0xd2: at += 4; break;
        case 0xcb: case 0xcf: case 0xd3: at += 8; break;
        case 0xd9: case 0xc4: at += 1 + length(data, at, 1, end); break;
        case 0xda: case 0xc5: at += 2 + length(data, at, 2, end); break;
        case 0xdb: case 0xc6: at += 4 + length(data, at, 4, end); break;
        case 0xdc: items = length(data, at, 2, end); at += 2; break;
        case 0xdd: items = length(data, at, 4, end); at += 4; break;
        default: throw new MalformedFrame(`0x${b.toString(16)} begins a kind of value that no message has`);
      }
    }
    if (items >= 0) {
      if (depth >= limits.depth) throw new MalformedFrame(`nested more than ${limits.depth} deep (limit depth)`);
      open[depth++] = left;
      left = items;
    }
  }
}

function length(data: Uint8Array, at: number, bytes: number, end: number): number {
  if (at + bytes > end) throw new MalformedFrame('message is cut short');
  let n = 0;
  for (let i = 0; i < bytes; i++) n = n * 256 + (data[at + i] as number);
  return n;
}

/** A frame with its length field. The bytes lie in a pool: they are to be written or copied before they are changed. @throws TooLarge */
export function encodeFrame(message: readonly unknown[], maxBytes: number): Buffer {
  const frame = packr.pack(message, RESERVE_START_SPACE | HEADER_BYTES) as Buffer;
  const size = frame.length - HEADER_BYTES;
  if (size > maxBytes) throw new TooLarge(`message of ${size} bytes: frames hold at most ${maxBytes} (limit frameBytes)`);
  frame[0] = size;
  frame[1] = size >>> 8;
  frame[2] = size >>> 16;
  frame[3] = size >>> 24;
  return frame;
}

/** As {@link encodeFrame}, in a buffer of its own which the caller can overwrite afterwards: no other memory keeps a byte of it. @throws TooLarge */
export function encodeSecretFrame(message: readonly unknown[], maxBytes: number): Buffer {
  // Large enough for msgpackr to stay in it: where it takes a larger buffer, it leaves the old one as it is.
  const scratch = Buffer.allocUnsafeSlow(mostBytes(message) + PACK_MARGIN);
  packr.useBuffer(scratch);
  try {
    const packed = encodeFrame(message, maxBytes);
    const own = Buffer.allocUnsafeSlow(packed.length);
    packed.copy(own);
    return own;
  } finally {
    scratch.fill(0);
    packr.useBuffer(Buffer.allocUnsafeSlow(POOL_BYTES));
  }
}

/** Most bytes that a value takes when packed. */
function mostBytes(value: unknown): number {
  if (typeof value === 'string') return 5 + 3 * value.length;
  if (value instanceof Uint8Array) return 5 + value.length;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + mostBytes(item), 5);
  return 9;
}

/** The message between `start` and `end`. Bytes in it are views of `data`. @throws MalformedFrame */
export function decodeMessage(data: Uint8Array, start: number, end: number, limits: Pick<Limits, 'depth' | 'elements'>): unknown[] {
  prescan(data, start, end, limits);
  let message: unknown;
  try {
    span.start = start;
    span.end = end;
    message = packr.unpack(data as Buffer, span);
  } catch (e) {
    throw new MalformedFrame(`message does not decode: ${errorText(e)}`, { cause: e });
  }
  if (!Array.isArray(message)) throw new MalformedFrame('a message is an array');
  return message;
}

/** Cuts a stream of bytes into frames. Holds at most one frame that is not complete. */
export class FrameReader {
  private readonly maxBytes: number;
  private parts: Buffer[] = [];
  private have = 0;
  private need = HEADER_BYTES;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** True in the middle of a frame. */
  get partial(): boolean { return this.have > 0; }

  /** Calls `each` for every frame that is complete now, until it returns false. @throws MalformedFrame */
  push(chunk: Buffer, each: (data: Buffer, start: number, end: number) => boolean): void {
    let data = chunk;
    if (this.have > 0) {
      this.parts.push(chunk);
      this.have += chunk.length;
      if (this.have < this.need) return;
      data = Buffer.concat(this.parts, this.have);
      this.parts = [];
      this.have = 0;
    }
    let at = 0;
    this.need = HEADER_BYTES;
    while (data.length - at >= HEADER_BYTES) {
      const size = data.readUInt32LE(at);
      if (size > this.maxBytes) throw new MalformedFrame(`frame of ${size} bytes: at most ${this.maxBytes} (limit frameBytes)`);
      const end = at + HEADER_BYTES + size;
      if (end > data.length) {
        this.need = HEADER_BYTES + size;
        break;
      }
      if (!each(data, at + HEADER_BYTES, end)) return;
      at = end;
    }
    if (at < data.length) {
      this.parts = [at === 0 ? data : data.subarray(at)];
      this.have = data.length - at;
    }
  }
}
