import { hash256 } from '../crypto/hash.ts';
import { concatBytes, equalBytes, toHex } from '../util/bytes.ts';
import { CoinError } from '../util/errors.ts';

/** Largest message that is taken from a peer. */
export const MAX_PROTOCOL_MESSAGE_LENGTH = 4_000_000;
export const V1_HEADER_SIZE = 24;
const COMMAND_SIZE = 12;

/** A peer's bytes are no messages: the connection ends. The text is the reference's log line. */
export class FramingError extends CoinError {
  constructor(message: string) { super('p2p-framing', message); }
}

export interface RawMessage {
  readonly command: string;
  readonly payload: Uint8Array;
  /** False where the checksum is wrong: such a message is dropped, the connection stays. */
  readonly checksumOk: boolean;
}

/** A message as version 1 of the transport sends it. */
export function encodeV1(magic: Uint8Array, command: string, payload: Uint8Array): Buffer {
  const out = Buffer.alloc(V1_HEADER_SIZE + payload.length);
  out.set(magic, 0);
  out.write(command, 4, 'latin1');
  out.writeUInt32LE(payload.length, 16);
  out.set(hash256(payload).subarray(0, 4), 20);
  out.set(payload, V1_HEADER_SIZE);
  return out;
}

/** Cuts a stream into messages; holds at most one message that is not whole. */
export class V1Parser {
  private readonly magic: Uint8Array;
  private chunks: Uint8Array[] = [];
  private have = 0;
  private need = V1_HEADER_SIZE;

  constructor(magic: Uint8Array) {
    this.magic = magic;
  }

  /** @throws FramingError */
  push(chunk: Uint8Array): RawMessage[] {
    this.chunks.push(chunk);
    this.have += chunk.length;
    const out: RawMessage[] = [];
    if (this.have < this.need) return out;
    let data = this.chunks.length === 1 ? chunk : concatBytes(...this.chunks);
    for (;;) {
      if (data.length < V1_HEADER_SIZE) {
        this.need = V1_HEADER_SIZE;
        break;
      }
      const length = this.checkHeader(data);
      const end = V1_HEADER_SIZE + length;
      if (data.length < end) {
        this.need = end;
        break;
      }
      const payload = data.slice(V1_HEADER_SIZE, end);
      const command = Buffer.from(data.subarray(4, 16)).toString('latin1').replace(/\0+$/, '');
      out.push({ command, payload, checksumOk: equalBytes(hash256(payload).subarray(0, 4), data.subarray(20, 24)) });
      data = data.subarray(end);
    }
    this.chunks = data.length > 0 ? [data.slice()] : [];
    this.have = data.length;
    return out;
  }

  private checkHeader(data: Uint8Array): number {
    if (!equalBytes(data.subarray(0, 4), this.magic)) throw new FramingError(`Header error: Wrong MessageStart ${toHex(data.subarray(0, 4))} received`);
    const length = new DataView(data.buffer, data.byteOffset).getUint32(16, true);
    if (length > MAX_PROTOCOL_MESSAGE_LENGTH) {
      const name = Buffer.from(data.subarray(4, 4 + COMMAND_SIZE)).toString('latin1').replace(/\0+$/, '');
      throw new FramingError(`Header error: Size too large (${name}, ${length} bytes)`);
    }
    return length;
  }
}
