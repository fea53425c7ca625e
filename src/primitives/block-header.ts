import { hash256 } from '../crypto/hash.ts';
import { hashToHex } from '../util/bytes.ts';
import { Reader } from '../util/reader.ts';
import { Writer } from '../util/writer.ts';

const NO_EXTENSION = new Uint8Array(0);

export interface BlockHeaderFields {
  /** Signed 32-bit. */
  readonly version: number;
  readonly prevHash: Uint8Array;
  readonly merkleRoot: Uint8Array;
  /** Unix seconds, unsigned 32-bit. */
  readonly time: number;
  /** Compact target, unsigned 32-bit. */
  readonly bits: number;
  readonly nonce: number;
  /** What follows the 80 bytes where the network has merged mining: outside of the hash. */
  readonly extension?: Uint8Array;
}

/** Bytes of a serialized header, without what may follow. */
export const HEADER_SIZE = 80;

/** Immutable 80-byte block header. Hashes are in network order. */
export class BlockHeader implements BlockHeaderFields {
  readonly version: number;
  readonly prevHash: Uint8Array;
  readonly merkleRoot: Uint8Array;
  readonly time: number;
  readonly bits: number;
  readonly nonce: number;
  /** Empty but for blocks mined together with another chain's. */
  readonly extension: Uint8Array;
  private cachedHash: Uint8Array | undefined;

  constructor(f: BlockHeaderFields) {
    this.version = f.version;
    this.prevHash = f.prevHash;
    this.merkleRoot = f.merkleRoot;
    this.time = f.time;
    this.bits = f.bits;
    this.nonce = f.nonce;
    this.extension = f.extension ?? NO_EXTENSION;
  }

  get hash(): Uint8Array { return (this.cachedHash ??= hash256(this.serialize())); }
  get hashHex(): string { return hashToHex(this.hash); }

  /** The 80 bytes. */
  write(w: Writer): void {
    w.i32(this.version).bytes(this.prevHash).bytes(this.merkleRoot).u32(this.time).u32(this.bits).u32(this.nonce);
  }

  serialize(): Uint8Array {
    const w = new Writer(HEADER_SIZE);
    this.write(w);
    return w.finish();
  }

  /** The 80 bytes and what follows them, as blocks and peers carry a header. */
  writeFull(w: Writer): void {
    this.write(w);
    if (this.extension.length > 0) w.bytes(this.extension);
  }

  static read(r: Reader): BlockHeader {
    return new BlockHeader({ version: r.i32(), prevHash: r.hash(), merkleRoot: r.hash(), time: r.u32(), bits: r.u32(), nonce: r.u32() });
  }

  static fromBytes(bytes: Uint8Array): BlockHeader {
    const r = new Reader(bytes);
    const header = BlockHeader.read(r);
    r.expectEnd();
    return header;
  }
}
