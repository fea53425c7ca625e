import { join } from 'node:path';
import type { BlockIndex } from '../chain/types.ts';
import { hash256 } from '../crypto/hash.ts';
import { buildBasicFilter, filterHash, filterHeader } from '../script/block-filter.ts';
import { FlatFileSequence } from '../store/flat-file.ts';
import { LevelDb } from '../store/leveldb.ts';
import { concatBytes, equalBytes, ZERO_32 } from '../util/bytes.ts';
import { Reader } from '../util/reader.ts';
import { Writer } from '../util/writer.ts';
import { type BlockRecorder, type IndexedBlock, IndexError } from './index-follower.ts';
import { decodeLocator, encodeLocator } from './locator.ts';

const HEIGHT = 0x74; // 't'
const HASH = 0x73; // 's'
const NEXT_POSITION = Uint8Array.of(0x50); // 'P'
const BEST_BLOCK = Uint8Array.of(0x42); // 'B'
const MAX_FILE_SIZE = 16 * 1024 * 1024;
const CHUNK_SIZE = 1024 * 1024;
/** Block hash and the longest length in front of a filter. */
const RECORD_START = 32 + 9;
/** No filter is near this long: a block of four million bytes has far less to say. */
const MAX_FILTER_SIZE = MAX_FILE_SIZE;

interface Place {
  readonly file: number;
  readonly offset: number;
}

interface FilterRecord {
  readonly hash: Uint8Array;
  readonly header: Uint8Array;
  readonly place: Place;
}

/** A filter with its header, both as BIP 157 has them. */
export interface FoundFilter {
  readonly encoded: Uint8Array;
  /** Network order. */
  readonly header: Uint8Array;
}

const heightKey = (height: number): Uint8Array => new Writer(5).u8(HEIGHT).u32be(height).finish();
const hashKey = (hash: Uint8Array): Uint8Array => concatBytes(Uint8Array.of(HASH), hash);
const encodePlace = ({ file, offset }: Place): Uint8Array => new Writer(12).varInt(file).varInt(offset).finish();
const readPlace = (r: Reader): Place => ({ file: r.varInt(), offset: r.varInt() });
const encodeRecord = ({ hash, header, place }: FilterRecord): Uint8Array => concatBytes(hash, header, encodePlace(place));
const readRecord = (r: Reader): FilterRecord => ({ hash: r.hash(), header: r.hash(), place: readPlace(r) });

export interface BlockFilterIndexOptions {
  /** Directory of this kind of filter. */
  readonly path: string;
  readonly cacheBytes: number;
  /** Start anew. */
  readonly wipe: boolean;
}

/** Basic filters of all blocks (BIP 158), in flat files, with their headers (datadir format, section 7). Filters of blocks that left the chain stay. */
export class BlockFilterIndex implements BlockRecorder {
  readonly name = 'basic block filter index';
  readonly needsUndo = true;
  readonly allowsPruning = true;
  private readonly db: LevelDb;
  private readonly files: FlatFileSequence;
  private next: Place;
  private lastHeader: Uint8Array = ZERO_32;

  private constructor(db: LevelDb, files: FlatFileSequence) {
    this.db = db;
    this.files = files;
    const next = db.get(NEXT_POSITION);
    this.next = next === undefined ? { file: 0, offset: 0 } : readPlace(new Reader(next));
  }

  /** @throws StoreError */
  static async open({ path, cacheBytes, wipe }: BlockFilterIndexOptions): Promise<BlockFilterIndex> {
    const db = await LevelDb.open({ path: join(path, 'db'), name: 'blockfilter', cacheBytes, wipe });
    return new BlockFilterIndex(db, new FlatFileSequence({ dir: path, prefix: 'fltr', chunkSize: CHUNK_SIZE, xorKey: new Uint8Array(8) }));
  }

  bestBlock(): readonly Uint8Array[] | null {
    const stored = this.db.get(BEST_BLOCK);
    return stored === undefined ? null : decodeLocator(stored);
  }

  resume(best: BlockIndex): void {
    const record = this.record(best);
    if (record === null) throw new IndexError(`Cannot read the last header of the ${this.name}: it may be damaged. Please rebuild the index.`);
    this.lastHeader = record.header;
  }

  private record(block: BlockIndex): FilterRecord | null {
    const byHeight = this.db.get(heightKey(block.height));
    if (byHeight !== undefined) {
      const r = new Reader(byHeight);
      if (equalBytes(r.hash(), block.hash)) return readRecord(r);
    }
    const byHash = this.db.get(hashKey(block.hash));
    return byHash === undefined ? null : readRecord(new Reader(byHash));
  }

  async append({ index, block, undo }: IndexedBlock): Promise<void> {
    const filter = buildBasicFilter(block, undo.flatMap((coins) => coins.map((coin) => coin.scriptPubKey)));
    const hash = filterHash(filter);
    const header = filterHeader(hash, this.lastHeader);
    const data = new Writer(RECORD_START + filter.encoded.length).bytes(index.hash).varBytes(filter.encoded).finish();
    if (this.next.offset + data.length > MAX_FILE_SIZE) {
      this.files.sync(this.next.file, this.next.offset);
      this.next = { file: this.next.file + 1, offset: 0 };
    }
    const place = this.next;
    this.files.allocate(place.file, place.offset, data.length);
    this.files.write(place.file, place.offset, data);
    await this.db.put(heightKey(index.height), concatBytes(index.hash, encodeRecord({ hash, header, place })));
    this.next = { file: place.file, offset: place.offset + data.length };
    this.lastHeader = header;
  }

  /** The filter can be found by its block's hash from now on: another one takes its height. */
  async remove(block: BlockIndex): Promise<void> {
    const record = this.record(block);
    const before = block.prev === null ? null : this.record(block.prev);
    if (record === null || before === null) throw new IndexError(`No filter of block ${block.hashHex} or of the one before it`);
    const batch = this.db.batch().put(hashKey(block.hash), encodeRecord(record)).put(NEXT_POSITION, encodePlace(this.next));
    await batch.write();
    this.lastHeader = before.header;
  }

  async commit(locator: readonly Uint8Array[]): Promise<void> {
    this.files.sync(this.next.file);
    await this.db.batch().put(NEXT_POSITION, encodePlace(this.next)).put(BEST_BLOCK, encodeLocator(locator)).write();
  }

  async close(): Promise<void> {
    this.files.close();
    await this.db.close();
  }

  /** The filter of a block; null where the index has it not. @throws MalformedData, StoreError where its file is damaged */
  find(block: BlockIndex): FoundFilter | null {
    const record = this.record(block);
    if (record === null) return null;
    const { file, offset } = record.place;
    const start = new Reader(this.files.read(file, offset, RECORD_START));
    start.skip(32);
    const length = start.compactSize(MAX_FILTER_SIZE);
    const encoded = this.files.read(file, offset + start.offset, length);
    if (!equalBytes(hash256(encoded), record.hash)) throw new IndexError(`The filter of block ${block.hashHex} is damaged`);
    return { encoded, header: record.header };
  }
}
