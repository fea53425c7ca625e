import { CodeError, crc32, decodeBytewords, encodeBytewords } from './bytewords.ts';
import { CborReader, cborList } from './cbor.ts';
import { piecesOf, xorInto } from './fountain.ts';

/** Bytes of the largest message that is put together, and of pieces that it may have. */
export const MAX_MESSAGE = 4 * 1024 * 1024;
const MAX_PIECES = 4096;
/** Mixed parts that wait for others, for each piece. */
const MAX_WAITING = 4;
/** The least that a part carries. */
const MIN_PIECE = 10;

/** Bytes a piece: as equal as can be, none above `most`. */
export function pieceLength(messageLength: number, most: number): number {
  for (let count = 1; count <= Math.max(1, Math.floor(messageLength / MIN_PIECE)); count++) {
    const length = Math.ceil(messageLength / count);
    if (length <= most) return length;
  }
  return most;
}

/** A message as a row of uniform resources (BCR-2024-001) that goes on for ever: whoever has missed one need not wait for it to come again. */
export class UrSender {
  private readonly type: string;
  private readonly message: Uint8Array;
  private readonly checksum: number;
  private readonly length: number;

  /** @param type such as `crypto-psbt` @param message CBOR @param most bytes that one code may carry */
  constructor(type: string, message: Uint8Array, most: number) {
    this.type = type;
    this.message = message;
    this.checksum = crc32(message);
    this.length = pieceLength(message.length, most);
  }

  /** Codes that hold it all, where none is missed. */
  get count(): number { return Math.ceil(this.message.length / this.length); }

  /** One code, in capital letters: they take less room. @param number from 1 on */
  async part(number: number): Promise<string> {
    const { count, length, message, checksum } = this;
    if (count === 1) return `ur:${this.type}/${encodeBytewords(message)}`.toUpperCase();
    const data = new Uint8Array(length);
    for (const piece of await piecesOf(number, count, checksum)) xorInto(data, message.subarray(piece * length, (piece + 1) * length));
    return `ur:${this.type}/${number}-${count}/${encodeBytewords(cborList([number, count, message.length, checksum], data))}`.toUpperCase();
  }
}

interface Part { readonly pieces: Set<number>; readonly data: Uint8Array }
interface Head { readonly type: string; readonly count: number; readonly messageLength: number; readonly checksum: number; readonly length: number }

/** What a code of a row says. @throws CodeError */
function readPart(type: string, words: string): Head & { readonly number: number; readonly data: Uint8Array } {
  const reader = new CborReader(decodeBytewords(words));
  reader.list(5);
  const [number, count, messageLength, checksum] = [reader.unsigned(), reader.unsigned(), reader.unsigned(), reader.unsigned()];
  const data = reader.byteString();
  reader.end();
  if (number < 1 || count < 1 || count > MAX_PIECES || messageLength < 1 || messageLength > MAX_MESSAGE || Math.ceil(messageLength / Math.max(1, data.length)) !== count) throw new CodeError('impossible part');
  return { type, number, count, messageLength, checksum, length: data.length, data };
}

/** Puts a message together from codes in any order, with any missing. */
export class UrReceiver {
  /** Lower case, such as `crypto-psbt`; empty before the first code. */
  type = '';
  /** The message's CBOR, when it is there. */
  message: Uint8Array | null = null;
  private head: Head | null = null;
  private readonly known = new Map<number, Uint8Array>();
  private waiting: Part[] = [];

  get count(): number { return this.head?.count ?? (this.message === null ? 0 : 1); }
  get found(): number { return this.message === null ? this.known.size : this.count; }

  /** Takes a code in. @throws CodeError where it is none, or belongs to another message */
  async add(text: string): Promise<void> {
    const [, type = '', row, words = ''] = /^ur:([a-z0-9-]+)\/(?:(\d+-\d+)\/)?([a-z]+)$/.exec(text.toLowerCase()) ?? [];
    if (type === '') throw new CodeError('no uniform resource');
    if (this.message !== null) return;
    if (row === undefined) {
      this.type = type;
      this.message = decodeBytewords(words);
      return;
    }
    const part = readPart(type, words);
    const { head } = this;
    if (head !== null && (head.type !== type || head.count !== part.count || head.messageLength !== part.messageLength || head.checksum !== part.checksum || head.length !== part.length)) throw new CodeError('part of something else');
    this.head ??= part;
    this.type = type;
    this.take({ pieces: new Set(await piecesOf(part.number, part.count, part.checksum)), data: part.data });
    this.finish();
  }

  /** Takes out of a part what is known of it; what is left of it may tell a piece, and that more of others. */
  private take(first: Part): void {
    const queue = [first];
    for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
      this.reduce(part);
      const [only] = part.pieces;
      if (only === undefined) continue;
      if (part.pieces.size === 1) {
        this.known.set(only, part.data);
        queue.push(...this.waiting.filter((other) => other.pieces.has(only)));
        this.waiting = this.waiting.filter((other) => !other.pieces.has(only));
      } else if (!this.waiting.some((other) => other.pieces.size === part?.pieces.size && [...other.pieces].every((piece) => part?.pieces.has(piece)))) {
        const larger = this.waiting.filter((other) => contains(other, part as Part));
        this.waiting = this.waiting.filter((other) => !larger.includes(other));
        if (this.waiting.length < MAX_WAITING * this.count) this.waiting.push(part);
        queue.push(...larger);
      }
    }
  }

  private reduce(part: Part): void {
    for (const piece of [...part.pieces]) {
      const data = this.known.get(piece);
      if (data === undefined) continue;
      part.pieces.delete(piece);
      xorInto(part.data, data);
    }
    for (const other of this.waiting) {
      if (!contains(part, other)) continue;
      for (const piece of other.pieces) part.pieces.delete(piece);
      xorInto(part.data, other.data);
    }
  }

  private finish(): void {
    const { head } = this;
    if (head === null || this.known.size < head.count) return;
    const all = new Uint8Array(head.count * head.length);
    for (const [piece, data] of this.known) all.set(data, piece * head.length);
    const message = all.slice(0, head.messageLength);
    if (crc32(message) !== head.checksum) {
      this.known.clear();
      this.waiting = [];
      throw new CodeError('wrong checksum of the whole');
    }
    this.message = message;
  }
}

/** Whether a part is made of all the pieces of another, and of more. */
function contains(part: Part, other: Part): boolean {
  return part.pieces.size > other.pieces.size && [...other.pieces].every((piece) => part.pieces.has(piece));
}
