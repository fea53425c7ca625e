import { CodeError } from './bytewords.ts';
import { MAX_MESSAGE } from './ur.ts';

/** Letters of Base32 (RFC 4648), without padding. */
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const MAX_CODES = 36 * 36 - 1;
/** Five bytes are eight letters: all codes but the last hold a multiple of them. */
const GROUP = 5;

function toBase32(bytes: Uint8Array): string {
  let out = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) out += BASE32[(value >>> (bits - 5)) & 31] ?? '';
    value &= 0xff;
  }
  return bits === 0 ? out : out + (BASE32[(value << (5 - bits)) & 31] ?? '');
}

function fromBase32(text: string): Uint8Array {
  const out: number[] = [];
  let bits = 0;
  let value = 0;
  for (const letter of text) {
    const digit = BASE32.indexOf(letter);
    if (digit < 0) throw new CodeError('not Base32');
    value = ((value << 5) | digit) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    out.push((value >>> bits) & 0xff);
  }
  return Uint8Array.from(out);
}

const base36 = (n: number): string => n.toString(36).toUpperCase().padStart(2, '0');

/** A file as a row of codes (BBQr). @param kind `P`: a PSBT @param most bytes that one code may carry @throws CodeError where it is too large */
export function bbqrCodes(bytes: Uint8Array, kind: string, most: number): string[] {
  const count = Math.ceil(bytes.length / most);
  const length = Math.ceil(bytes.length / count / GROUP) * GROUP;
  const total = Math.ceil(bytes.length / length);
  if (total > MAX_CODES) throw new CodeError('too large');
  return Array.from({ length: total }, (_, i) => `B$2${kind}${base36(total)}${base36(i)}${toBase32(bytes.subarray(i * length, (i + 1) * length))}`);
}

async function inflate(bytes: Uint8Array): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of new Blob([Uint8Array.from(bytes)]).stream().pipeThrough(new DecompressionStream('deflate-raw'))) {
      size += chunk.length;
      if (size > MAX_MESSAGE) throw new CodeError('too large');
      chunks.push(chunk);
    }
  } catch (e) {
    throw e instanceof CodeError ? e : new CodeError('cannot be unpacked');
  }
  const out = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

/** Puts a file together from codes in any order. */
export class BbqrReceiver {
  /** `P`: a PSBT, `T`: a transaction, `U`: text...; empty before the first code. */
  kind = '';
  /** The file, when it is there. */
  file: Uint8Array | null = null;
  count = 0;
  private encoding = '';
  private readonly bodies = new Map<number, string>();

  get found(): number { return this.bodies.size; }

  /** Takes a code in. @throws CodeError where it is none, or belongs to another file */
  async add(text: string): Promise<void> {
    const [, encoding = '', kind = '', total = '', index = '', body = ''] = /^B\$([H2Z])([A-Z])([0-9A-Z]{2})([0-9A-Z]{2})([0-9A-Z]*)$/.exec(text) ?? [];
    const [count, number] = [parseInt(total, 36), parseInt(index, 36)];
    if (encoding === '' || count < 1 || number >= count) throw new CodeError('no BBQr code');
    if (this.count !== 0 && (this.count !== count || this.kind !== kind || this.encoding !== encoding)) throw new CodeError('part of something else');
    [this.count, this.kind, this.encoding] = [count, kind, encoding];
    this.bodies.set(number, body);
    if (this.file !== null || this.bodies.size < count) return;
    const parts = Array.from({ length: count }, (_, i) => this.bodies.get(i) ?? '');
    if (parts.reduce((sum, part) => sum + part.length, 0) > MAX_MESSAGE * 2) throw new CodeError('too large');
    const bytes = parts.map((part) => (encoding === 'H' ? fromHex(part) : fromBase32(part)));
    const all = Uint8Array.from(bytes.flatMap((part) => [...part]));
    this.file = encoding === 'Z' ? await inflate(all) : all;
  }
}

function fromHex(text: string): Uint8Array {
  if (!/^(?:[0-9A-F]{2})*$/.test(text)) throw new CodeError('not hex');
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
