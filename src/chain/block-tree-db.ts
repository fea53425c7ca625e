import { BlockHeader } from '../primitives/block.ts';
import { StoreError } from '../store/errors.ts';
import type { LevelDb } from '../store/leveldb.ts';
import { errorText } from '../util/errors.ts';
import { Reader } from '../util/reader.ts';
import { Writer } from '../util/writer.ts';
import type { BlockEntry } from './block-index.ts';
import { BLOCK_HAVE_DATA, BLOCK_HAVE_UNDO } from './types.ts';

const BLOCK = 0x62; // 'b'
const FILE_INFO = 0x66; // 'f'
const LAST_FILE = new Uint8Array([0x6c]); // 'l'
const REINDEXING = new Uint8Array([0x52]); // 'R'
const FLAG = 0x46; // 'F'
/** Version that every record carries; the reference ignores it when it reads. */
const RECORD_VERSION = 259900;
const YES = 0x31;
const NO = 0x30;

/** What a pair of blk and rev files holds. */
export interface BlockFileInfo {
  blocks: number;
  /** Used bytes of the blk file. */
  size: number;
  /** Used bytes of the rev file. */
  undoSize: number;
  heightFirst: number;
  heightLast: number;
  timeFirst: number;
  timeLast: number;
}

export function emptyFileInfo(): BlockFileInfo {
  return { blocks: 0, size: 0, undoSize: 0, heightFirst: 0, heightLast: 0, timeFirst: 0, timeLast: 0 };
}

/** One record of the block index, as it is on disk. */
export interface BlockRecord {
  readonly hash: Uint8Array;
  readonly header: BlockHeader;
  readonly height: number;
  readonly status: number;
  readonly txCount: number;
  readonly file: number;
  readonly dataPos: number;
  readonly undoPos: number;
}

export function encodeBlockRecord(entry: BlockEntry): Uint8Array {
  const w = new Writer(112);
  w.varInt(RECORD_VERSION).varInt(entry.height).varInt(entry.status).varInt(entry.txCount);
  if ((entry.status & (BLOCK_HAVE_DATA | BLOCK_HAVE_UNDO)) !== 0) w.varInt(entry.file);
  if ((entry.status & BLOCK_HAVE_DATA) !== 0) w.varInt(entry.dataPos);
  if ((entry.status & BLOCK_HAVE_UNDO) !== 0) w.varInt(entry.undoPos);
  entry.header().write(w);
  return w.finish();
}

/** @throws MalformedData */
export function decodeBlockRecord(hash: Uint8Array, bytes: Uint8Array): BlockRecord {
  const r = new Reader(bytes);
  r.varInt();
  const height = r.varInt();
  const status = r.varInt();
  const txCount = r.varInt();
  const file = (status & (BLOCK_HAVE_DATA | BLOCK_HAVE_UNDO)) !== 0 ? r.varInt() : 0;
  const dataPos = (status & BLOCK_HAVE_DATA) !== 0 ? r.varInt() : 0;
  const undoPos = (status & BLOCK_HAVE_UNDO) !== 0 ? r.varInt() : 0;
  return { hash, header: BlockHeader.read(r), height, status, txCount, file, dataPos, undoPos };
}

export function encodeFileInfo(info: BlockFileInfo): Uint8Array {
  const w = new Writer(32);
  w.varInt(info.blocks).varInt(info.size).varInt(info.undoSize);
  w.varInt(info.heightFirst).varInt(info.heightLast).varInt(info.timeFirst).varInt(info.timeLast);
  return w.finish();
}

/** @throws MalformedData */
export function decodeFileInfo(bytes: Uint8Array): BlockFileInfo {
  const r = new Reader(bytes);
  return {
    blocks: r.varInt(), size: r.varInt(), undoSize: r.varInt(),
    heightFirst: r.varInt(), heightLast: r.varInt(), timeFirst: r.varInt(), timeLast: r.varInt(),
  };
}

function blockKey(hash: Uint8Array): Uint8Array {
  const key = new Uint8Array(33);
  key[0] = BLOCK;
  key.set(hash, 1);
  return key;
}

function fileKey(file: number): Uint8Array {
  return new Writer(5).u8(FILE_INFO).i32(file).finish();
}

function flagKey(name: string): Uint8Array {
  return new Writer(32).u8(FLAG).varString(name).finish();
}

/** The block index on disk. */
export class BlockTreeDb {
  private readonly db: LevelDb;

  constructor(db: LevelDb) {
    this.db = db;
  }

  /** Every block record, in no useful order. @throws StoreError where one is damaged */
  async *blocks(): AsyncGenerator<readonly BlockRecord[], void, void> {
    for await (const entries of this.db.iterate({ gte: new Uint8Array([BLOCK]), lt: new Uint8Array([BLOCK + 1]) })) {
      const out: BlockRecord[] = [];
      for (const [key, value] of entries) {
        try {
          out.push(decodeBlockRecord(key.slice(1), value));
        } catch (e) {
          throw new StoreError('store-corrupt', `damaged block index record: ${errorText(e)}`, { cause: e });
        }
      }
      yield out;
    }
  }

  lastFile(): number {
    const value = this.db.get(LAST_FILE);
    return value === undefined ? 0 : new Reader(value).i32();
  }

  fileInfo(file: number): BlockFileInfo | null {
    const value = this.db.get(fileKey(file));
    return value === undefined ? null : decodeFileInfo(value);
  }

  flag(name: string): boolean {
    return this.db.get(flagKey(name))?.[0] === YES;
  }

  setFlag(name: string, on: boolean): Promise<void> {
    return this.db.put(flagKey(name), new Uint8Array([on ? YES : NO]));
  }

  get reindexing(): boolean { return this.db.has(REINDEXING); }

  setReindexing(on: boolean): Promise<void> {
    return on ? this.db.put(REINDEXING, new Uint8Array([YES])) : this.db.del(REINDEXING);
  }

  /** @param sync wait for the disk */
  async write(files: ReadonlyMap<number, BlockFileInfo>, lastFile: number, blocks: Iterable<BlockEntry>, sync: boolean): Promise<void> {
    const batch = this.db.batch();
    for (const [file, info] of files) batch.put(fileKey(file), encodeFileInfo(info));
    batch.put(LAST_FILE, new Writer(4).i32(lastFile).finish());
    for (const entry of blocks) batch.put(blockKey(entry.hash), encodeBlockRecord(entry));
    await batch.write(sync);
  }

  close(): Promise<void> {
    return this.db.close();
  }
}
