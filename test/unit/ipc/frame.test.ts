import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { decodeMessage, encodeFrame, encodeSecretFrame, FrameReader, HEADER_BYTES, MalformedFrame, prescan } from '../../../src/ipc/frame.ts';
import { DEFAULT_LIMITS } from '../../../src/ipc/limits.ts';
import { TooLarge } from '../../../src/util/errors.ts';

const hex = (text: string): Buffer => Buffer.from(text.replace(/ /g, ''), 'hex');
const decode = (bytes: Uint8Array, limits = DEFAULT_LIMITS): unknown[] => decodeMessage(bytes, 0, bytes.length, limits);

/** Frames as any implementation has to write and read them. */
const VECTORS: readonly [string, unknown[]][] = [
  ['0b000000 95 01 0c 03 00 91 a4 65636865', [1, 12, 3, 0, ['eche']]],
  ['04000000 93 02 0c c0', [2, 12, null]],
  ['06000000 92 05 91 92 03 01', [5, [[3, 1]]]],
  ['0b000000 92 09 cb 4202a05f20000000', [9, 10_000_000_000]],
  ['06000000 92 02 c4 02 ffee', [2, new Uint8Array([255, 238])]],
];

describe('frames', () => {
  it('match the vectors', () => {
    for (const [text, message] of VECTORS) {
      const bytes = hex(text);
      expect(encodeFrame(message, 1000).toString('hex')).toBe(bytes.toString('hex'));
      const back = decodeMessage(bytes, 4, bytes.length, DEFAULT_LIMITS);
      expect(back.map((v) => (v instanceof Uint8Array ? new Uint8Array(v) : v))).toEqual(message);
    }
  });

  it('refuse to be too large at the sender and at the receiver', () => {
    const message = [2, 1, 'x'.repeat(90)];
    const size = encodeFrame(message, 1000).length - 4;
    expect(encodeFrame(message, size).length).toBe(size + 4);
    expect(() => encodeFrame(message, size - 1)).toThrow(TooLarge);
    const frame = Buffer.from(encodeFrame(message, 1000));
    new FrameReader(size).push(frame, () => true);
    expect(() => new FrameReader(size - 1).push(frame.subarray(0, 4), () => true)).toThrow('limit frameBytes');
  });

  it('survive being split at every byte', () => {
    const frames = Buffer.concat(VECTORS.map(([text]) => hex(text)));
    for (let cut = 0; cut <= frames.length; cut++) {
      const reader = new FrameReader(1000);
      const got: unknown[][] = [];
      const each = (data: Buffer, start: number, end: number): boolean => got.push(decodeMessage(data, start, end, DEFAULT_LIMITS)) > 0;
      reader.push(frames.subarray(0, cut), each);
      reader.push(frames.subarray(cut), each);
      expect(got.length).toBe(VECTORS.length);
      expect(reader.partial).toBe(false);
    }
    const reader = new FrameReader(1000);
    let n = 0;
    for (const byte of frames) reader.push(Buffer.from([byte]), () => ++n > 0);
    expect(n).toBe(VECTORS.length);
  });

  it('refuse a message cut short at every byte, and bytes behind it', () => {
    for (const [text] of VECTORS) {
      const body = hex(text).subarray(4);
      for (let n = 0; n < body.length; n++) expect(() => decode(body.subarray(0, n))).toThrow(MalformedFrame);
      expect(() => decode(Buffer.concat([body, Buffer.from([0])]))).toThrow('bytes behind the message');
    }
  });

  it('refuse maps, extension types and lengths beyond the end', () => {
    for (const text of ['80', '9181', '91de0000', '91df00000000', '91c1', '91d40000', '91d4780161', '91c70078', '91d6ff00000000', '91c70469 00000001', '91d8ff00000000000000000000000000000000',
      'ddffffffff', '91dbffffffff', '91c6ffffffff', '91dcffff', '05', 'a161', 'c0']) {
      expect(() => decode(hex(text))).toThrow(MalformedFrame);
    }
  });

  it('hold the depth and element limits exactly', () => {
    const nested = (n: number): Buffer => Buffer.concat([Buffer.alloc(n - 1, 0x91), Buffer.from([0x90])]);
    expect(() => decode(nested(64))).not.toThrow();
    expect(() => decode(nested(65))).toThrow('limit depth');
    const wide = (n: number): Buffer => Buffer.concat([hex('dd'), Buffer.from(Uint32Array.of(n).buffer).reverse(), Buffer.alloc(n, 0xc0)]);
    expect(() => decode(wide(262_143))).not.toThrow();
    expect(() => decode(wide(262_144))).toThrow('limit elements');
  });

  it('never do worse than refuse', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decode(bytes);
      } catch (e) {
        expect(e).toBeInstanceOf(MalformedFrame);
      }
    }), { numRuns: 2000 });
    const packr = new Packr({ useRecords: false });
    const value = fc.letrec((tie) => ({ v: fc.oneof({ maxDepth: 4 }, fc.integer(), fc.double(), fc.string(), fc.boolean(), fc.constant(null), fc.uint8Array(), fc.array(tie('v'))) })).v;
    fc.assert(fc.property(fc.array(value), (message) => {
      const bytes = Buffer.from(packr.pack(message));
      prescan(bytes, 0, bytes.length, DEFAULT_LIMITS);
    }), { numRuns: 300 });
  });

  it.each([1, 1000])('keep %i secrets out of the pool', (count) => {
    // New memory may hold anything that was there before, the text of this file too: a secret that only the engine's own heap knows.
    const secret = Array.from({ length: 16 }, () => Math.random().toString(36).slice(2, 4)).join('');
    const before = encodeFrame([9, 1], 1000);
    const frame = encodeSecretFrame([1, 1, 0, 0, Array.from({ length: count }, () => secret)], 100_000);
    expect(frame.buffer.byteLength).toBe(frame.length);
    expect(decodeMessage(frame, HEADER_BYTES, frame.length, DEFAULT_LIMITS)[4]).toHaveLength(count);
    expect(() => encodeSecretFrame([1, 1, 0, 0, [secret]], 10)).toThrow('limit frameBytes');
    const next = encodeFrame([9, 2], 1000);
    for (const pooled of [before, next]) expect(Buffer.from(pooled.buffer).includes(secret)).toBe(false);
    expect(decode(before.subarray(HEADER_BYTES))).toEqual([9, 1]);
  });
});
