import { hash256 } from '../crypto/hash.ts';
import { hashToHex } from '../util/bytes.ts';
import { Reader } from '../util/reader.ts';
import { compactSizeLength, Writer } from '../util/writer.ts';
import { Transaction, writeTransaction } from './transaction.ts';

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
}

/** Bytes of a serialized header. */
export const HEADER_SIZE = 80;

/** Immutable 80-byte block header. Hashes are in network order. */
export class BlockHeader implements BlockHeaderFields {
  readonly version: number;
  readonly prevHash: Uint8Array;
  readonly merkleRoot: Uint8Array;
  readonly time: number;
  readonly bits: number;
  readonly nonce: number;
  private cachedHash: Uint8Array | undefined;

  constructor(f: BlockHeaderFields) {
    this.version = f.version;
    this.prevHash = f.prevHash;
    this.merkleRoot = f.merkleRoot;
    this.time = f.time;
    this.bits = f.bits;
    this.nonce = f.nonce;
  }

  get hash(): Uint8Array { return (this.cachedHash ??= hash256(this.serialize())); }
  get hashHex(): string { return hashToHex(this.hash); }

  write(w: Writer): void {
    w.i32(this.version).bytes(this.prevHash).bytes(this.merkleRoot).u32(this.time).u32(this.bits).u32(this.nonce);
  }

  serialize(): Uint8Array {
    const w = new Writer(HEADER_SIZE);
    this.write(w);
    return w.finish();
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

/** A block: header and transactions, the coinbase first. */
export class Block {
  readonly header: BlockHeader;
  readonly txs: readonly Transaction[];
  private cachedRaw: Uint8Array | undefined;

  constructor(header: BlockHeader, txs: readonly Transaction[]) {
    this.header = header;
    this.txs = txs;
  }

  get hash(): Uint8Array { return this.header.hash; }
  get hashHex(): string { return this.header.hashHex; }

  /** The full serialization, cached: do not write to it. */
  get raw(): Uint8Array { return (this.cachedRaw ??= this.serialize(true)); }
  get size(): number { return this.raw.length; }

  /** Bytes without witness data. */
  get baseSize(): number {
    let n = HEADER_SIZE + compactSizeLength(this.txs.length);
    for (const tx of this.txs) n += tx.baseSize;
    return n;
  }

  /** Weight units (BIP 141). */
  get weight(): number { return this.baseSize * 3 + this.size; }

  serialize(withWitness = true): Uint8Array {
    const w = new Writer(4096);
    this.header.write(w);
    w.compactSize(this.txs.length);
    for (const tx of this.txs) writeTransaction(w, tx, withWitness);
    return w.finish();
  }

  static read(r: Reader, allowWitness = true): Block {
    const start = r.offset;
    const header = BlockHeader.read(r);
    const count = r.compactSize();
    const txs: Transaction[] = [];
    for (let i = 0; i < count; i++) txs.push(Transaction.read(r, allowWitness));
    const block = new Block(header, txs);
    block.cachedRaw = r.data.slice(start, r.offset);
    return block;
  }

  /** @throws MalformedData where `bytes` is not exactly one block */
  static fromBytes(bytes: Uint8Array): Block {
    const r = new Reader(bytes);
    const block = Block.read(r);
    r.expectEnd();
    return block;
  }
}
