import { Reader } from '../util/reader.ts';
import { compactSizeLength, Writer } from '../util/writer.ts';
import { readHeader } from './auxpow.ts';
import { type BlockHeader, HEADER_SIZE } from './block-header.ts';
import { Transaction, writeTransaction } from './transaction.ts';

export { BlockHeader, type BlockHeaderFields, HEADER_SIZE } from './block-header.ts';

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
    let n = HEADER_SIZE + this.header.extension.length + compactSizeLength(this.txs.length);
    for (const tx of this.txs) n += tx.baseSize;
    return n;
  }

  /** Weight units (BIP 141). */
  get weight(): number { return this.baseSize * 3 + this.size; }

  serialize(withWitness = true): Uint8Array {
    const w = new Writer(4096);
    this.header.writeFull(w);
    w.compactSize(this.txs.length);
    for (const tx of this.txs) writeTransaction(w, tx, withWitness);
    return w.finish();
  }

  static read(r: Reader, allowWitness = true): Block {
    const start = r.offset;
    const header = readHeader(r);
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
