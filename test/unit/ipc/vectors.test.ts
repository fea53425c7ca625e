import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { decodeMessage, encodeFrame, FrameReader, HEADER_BYTES } from '../../../src/ipc/frame.ts';
import { DEFAULT_LIMITS } from '../../../src/ipc/limits.ts';

interface Vectors {
  readonly frames: readonly { readonly meaning: string; readonly message: unknown; readonly hex: string }[];
  readonly refused: readonly { readonly meaning: string; readonly hex: string; readonly reason: string }[];
}

const file = path.resolve(import.meta.dirname, '..', '..', '..', 'ipc-spec', 'vectors', 'frames.json');
const vectors = JSON.parse(fs.readFileSync(file, 'utf8')) as Vectors;

/** Bytes are written as `{"bytes": hex}`. */
function value(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(value);
  return json !== null && typeof json === 'object' ? new Uint8Array(Buffer.from((json as { bytes: string }).bytes, 'hex')) : json;
}

function decode(bytes: Buffer): unknown {
  let message: unknown = null;
  new FrameReader(DEFAULT_LIMITS.frameBytes).push(bytes, (data, start, end) => {
    message = decodeMessage(data, start, end, DEFAULT_LIMITS);
    return true;
  });
  return message;
}

const plain = (v: unknown): unknown => (v instanceof Uint8Array ? new Uint8Array(v) : Array.isArray(v) ? v.map(plain) : v);

describe('the published frames', () => {
  it.each(vectors.frames.map((v) => [v.meaning, v] as const))('%s', (_meaning, { message, hex }) => {
    const bytes = Buffer.from(hex, 'hex');
    expect(bytes.readUInt32LE(0)).toBe(bytes.length - HEADER_BYTES);
    expect(encodeFrame(value(message) as unknown[], DEFAULT_LIMITS.frameBytes).toString('hex')).toBe(hex);
    expect(plain(decode(bytes))).toEqual(value(message));
  });

  it.each(vectors.refused.map((v) => [v.meaning, v] as const))('refused: %s', (_meaning, { hex, reason }) => {
    expect(() => decode(Buffer.from(hex, 'hex'))).toThrow(reason);
  });
});
