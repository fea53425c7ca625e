import { randomBytes } from 'node:crypto';
import { readdirSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Block } from '../primitives/block.ts';
import { readFileIfExists, writeFileAtomic } from '../store/atomic-file.ts';
import { hasDiskSpace } from '../store/disk-space.ts';
import type { FaultHook } from '../store/errors.ts';
import { StoreError } from '../store/errors.ts';
import { FlatFileSequence } from '../store/flat-file.ts';
import { OBFUSCATION_KEY_SIZE } from '../store/obfuscation.ts';
import { equalBytes, hashToHex, isAllZero, toHex } from '../util/bytes.ts';
import { errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { MAX_COMPACT_SIZE } from '../util/reader.ts';
import { Writer } from '../util/writer.ts';
import type { BlockEntry } from './block-index.ts';
import { emptyFileInfo, type BlockFileInfo } from './block-tree-db.ts';
import type { BlockUndo } from './types.ts';
import { decodeUndo, encodeUndo, undoChecksum } from './undo.ts';

const MAX_FILE_SIZE = 128 * 1024 * 1024;
const BLK_CHUNK = 16 * 1024 * 1024;
const REV_CHUNK = 1024 * 1024;
const FAST_PRUNE_FILE_SIZE = 0x10000;
const FAST_PRUNE_CHUNK = 0x4000;
/** Magic and length in front of each record. */
export const RECORD_HEADER_SIZE = 8;
const CHECKSUM_SIZE = 32;

export interface BlockStoreOptions {
  readonly dir: string;
  readonly messageStart: Uint8Array;
  /** -blocksxor */
  readonly xor: boolean;
  readonly fastPrune: boolean;
  readonly fault?: FaultHook;
}

export interface FilePosition {
  readonly file: number;
  /** Of the record's content, behind its header. */
  readonly pos: number;
}

/** Whatever a read needs of an entry. */
type Located = Pick<BlockEntry, 'file' | 'dataPos' | 'undoPos' | 'hash' | 'prev' | 'height'>;

/** Block and undo files: where the next record goes, and what each file holds. Everything is synchronous. */
export class BlockStore {
  private readonly options: BlockStoreOptions;
  private readonly log: Logger;
  private readonly blk: FlatFileSequence;
  private readonly rev: FlatFileSequence;
  /** By file number. */
  readonly files: BlockFileInfo[] = [];
  readonly dirtyFiles = new Set<number>();
  /** File that the next block goes to. */
  private current = 0;
  /** Largest height whose undo went to the current file. */
  private undoHeight = 0;

  /** @throws StoreError where the XOR key and -blocksxor do not agree, or files cannot be read */
  constructor(options: BlockStoreOptions, modules: { readonly log: Logger }) {
    this.options = options;
    this.log = modules.log;
    mkdirSync(options.dir, { recursive: true, mode: 0o700 });
    const xorKey = loadXorKey(options, modules.log);
    const fault = options.fault === undefined ? {} : { fault: options.fault };
    this.blk = new FlatFileSequence({ dir: options.dir, prefix: 'blk', chunkSize: options.fastPrune ? FAST_PRUNE_CHUNK : BLK_CHUNK, xorKey, ...fault });
    this.rev = new FlatFileSequence({ dir: options.dir, prefix: 'rev', chunkSize: options.fastPrune ? FAST_PRUNE_CHUNK : REV_CHUNK, xorKey, ...fault });
  }

  get lastFile(): number { return Math.max(0, this.files.length - 1); }

  /** Takes over what the index knows of the files. */
  load(files: readonly BlockFileInfo[]): void {
    this.files.length = 0;
    this.files.push(...files);
    this.current = this.lastFile;
  }

  hasBlockFile(file: number): boolean { return this.blk.exists(file); }
  blockFileSize(file: number): number { return this.blk.size(file); }
  readBlockFile(file: number, offset: number, length: number): Uint8Array { return this.blk.read(file, offset, length); }

  /** Whether there is room on disk for `extra` bytes and a reserve. */
  hasRoom(extra = 0): boolean { return hasDiskSpace(this.options.dir, extra); }

  /** Bytes of all block and undo data. */
  diskUsage(): number {
    let n = 0;
    for (const info of this.files) n += info.size + info.undoSize;
    return n;
  }

  private info(file: number): BlockFileInfo {
    while (this.files.length <= file) this.files.push(emptyFileInfo());
    return this.files[file] as BlockFileInfo;
  }

  private count(file: number, height: number, time: number): void {
    const info = this.info(file);
    if (info.blocks === 0 || height < info.heightFirst) info.heightFirst = height;
    if (info.blocks === 0 || time < info.timeFirst) info.timeFirst = time;
    info.blocks += 1;
    if (height > info.heightLast) info.heightLast = height;
    if (time > info.timeLast) info.timeLast = time;
    this.dirtyFiles.add(file);
  }

  /** Appends a block; its bytes have reached the operating system when this returns. @throws StoreError */
  writeBlock(block: Block, height: number): FilePosition {
    const { raw } = block;
    const total = raw.length + RECORD_HEADER_SIZE;
    const file = this.placeFor(total, height);
    const info = this.info(file);
    const start = info.size;
    this.blk.allocate(file, start, total);
    const w = new Writer(total);
    this.blk.write(file, start, w.bytes(this.options.messageStart).u32(raw.length).bytes(raw).finish());
    // Only now: after a failed write the same place is tried again.
    info.size += total;
    this.count(file, height, block.header.time);
    return { file, pos: start + RECORD_HEADER_SIZE };
  }

  private placeFor(total: number, height: number): number {
    let limit = MAX_FILE_SIZE;
    if (this.options.fastPrune) limit = Math.max(FAST_PRUNE_FILE_SIZE, total + 1);
    const before = this.current;
    let file = before;
    let finalizeUndo = false;
    while (this.info(file).size + total >= limit) {
      finalizeUndo = this.info(file).heightLast === this.undoHeight;
      file = this.files.length;
      this.info(file);
    }
    if (file !== before) {
      const left = this.info(before);
      this.log.debug('blockstorage', `Leaving block file ${before}: ${fileInfoText(left)} (onto ${file}) (height ${height})`);
      try {
        this.blk.sync(before, left.size);
        this.rev.sync(before, finalizeUndo ? left.undoSize : undefined);
      } catch (e) {
        this.log.warning(`Failed to flush previous block file ${pad(before)} (finalize=1, finalize_undo=${finalizeUndo ? 1 : 0}) before opening new block file ${pad(file)}: ${errorText(e)}`);
      }
      this.current = file;
      this.undoHeight = 0;
    }
    return file;
  }

  /** Takes a block that already lies in a file into the account (reindex). */
  adoptBlock(block: Block, height: number, position: FilePosition): void {
    const info = this.info(position.file);
    if (this.current < position.file) {
      this.current = position.file;
      this.undoHeight = 0;
    }
    info.size = Math.max(info.size, position.pos + block.size);
    this.count(position.file, height, block.header.time);
  }

  /** Appends the undo record of `entry` to the rev file of its block file; the result is its position. @throws StoreError */
  writeUndo(entry: BlockEntry, undo: BlockUndo): number {
    if (entry.prev === null) throw new StoreError('store-write', 'the first block has no undo data');
    const record = encodeUndo(undo);
    const { file } = entry;
    const info = this.info(file);
    const total = record.length + RECORD_HEADER_SIZE + CHECKSUM_SIZE;
    const start = info.undoSize;
    this.rev.allocate(file, start, total);
    const w = new Writer(total);
    w.bytes(this.options.messageStart).u32(record.length).bytes(record).bytes(undoChecksum(entry.prev.hash, record));
    this.rev.write(file, start, w.finish());
    info.undoSize += total;
    this.dirtyFiles.add(file);
    if (file < this.current && entry.height === info.heightLast) {
      try {
        this.rev.sync(file, info.undoSize);
      } catch (e) {
        this.log.warning(`Failed to flush undo file ${pad(file)}: ${errorText(e)}`);
      }
    } else if (file === this.current && entry.height > this.undoHeight) {
      this.undoHeight = entry.height;
    }
    return start + RECORD_HEADER_SIZE;
  }

  /** Serialized block, or null with a line in the log where it cannot be read. */
  readRaw(entry: Located): Uint8Array | null {
    const { file, dataPos } = entry;
    const where = positionText(file, dataPos);
    if (dataPos < RECORD_HEADER_SIZE) {
      this.log.error(`Failed for ${where} while reading raw block storage header`);
      return null;
    }
    let header: Uint8Array;
    try {
      header = this.blk.read(file, dataPos - RECORD_HEADER_SIZE, RECORD_HEADER_SIZE);
    } catch {
      this.log.error(`OpenBlockFile failed for ${where} while reading raw block`);
      return null;
    }
    const magic = header.subarray(0, 4);
    if (!equalBytes(magic, this.options.messageStart)) {
      this.log.error(`Block magic mismatch for ${where}: ${toHex(magic)} versus expected ${toHex(this.options.messageStart)} while reading raw block`);
      return null;
    }
    const size = new DataView(header.buffer, header.byteOffset).getUint32(4, true);
    if (size > MAX_COMPACT_SIZE) {
      this.log.error(`Block data is larger than maximum deserialization size for ${where}: ${size} versus ${MAX_COMPACT_SIZE} while reading raw block`);
      return null;
    }
    try {
      const data = this.blk.read(file, dataPos, size);
      if (data.length < size) throw new Error('end of file');
      return data;
    } catch (e) {
      this.log.error(`Read from block file failed: ${errorText(e)} for ${where} while reading raw block`);
      return null;
    }
  }

  /** The block of `entry`, or null with a line in the log. */
  readBlock(entry: Located): Block | null {
    const raw = this.readRaw(entry);
    if (raw === null) return null;
    const where = positionText(entry.file, entry.dataPos);
    let block: Block;
    try {
      block = Block.fromBytes(raw);
    } catch (e) {
      this.log.error(`Deserialize or I/O error - ${errorText(e)} at ${where} while reading block`);
      return null;
    }
    if (!equalBytes(block.hash, entry.hash)) {
      this.log.error(`GetHash() doesn't match index at ${where} while reading block (${block.hashHex} != ${hashToHex(entry.hash)})`);
      return null;
    }
    return block;
  }

  /** The undo record of `entry`, or null with a line in the log. */
  readUndo(entry: Located): BlockUndo | null {
    const { file, undoPos, prev } = entry;
    const where = positionText(file, undoPos);
    if (prev === null || undoPos < RECORD_HEADER_SIZE) {
      this.log.error(`OpenUndoFile failed for ${where} while reading block undo`);
      return null;
    }
    try {
      const header = this.rev.read(file, undoPos - RECORD_HEADER_SIZE, RECORD_HEADER_SIZE);
      const size = new DataView(header.buffer, header.byteOffset).getUint32(4, true);
      if (size > MAX_COMPACT_SIZE) throw new Error('size too large');
      const bytes = this.rev.read(file, undoPos, size + CHECKSUM_SIZE);
      if (bytes.length < size + CHECKSUM_SIZE) throw new Error('end of file');
      const record = bytes.subarray(0, size);
      if (!equalBytes(undoChecksum(prev.hash, record), bytes.subarray(size))) {
        this.log.error(`Checksum mismatch at ${where} while reading block undo`);
        return null;
      }
      return decodeUndo(record);
    } catch (e) {
      if (e instanceof StoreError && e.code === 'store-open') this.log.error(`OpenUndoFile failed for ${where} while reading block undo`);
      else this.log.error(`Deserialize or I/O error - ${errorText(e)} at ${where} while reading block undo`);
      return null;
    }
  }

  /** Waits until the current files are on disk. @throws StoreError */
  sync(): void {
    if (this.files.length === 0) return;
    this.blk.sync(this.current);
    this.rev.sync(this.current);
  }

  /** Forgets what a pair of files holds. */
  forgetFile(file: number): void {
    this.files[file] = emptyFileInfo();
    this.dirtyFiles.add(file);
  }

  /** Deletes a pair of files. */
  removeFiles(file: number): void {
    this.blk.remove(file);
    this.rev.remove(file);
    this.log.debug('blockstorage', `Prune: UnlinkPrunedFiles deleted blk/rev (${pad(file)})`);
  }

  /** Deletes all undo files, and block files behind the first gap. */
  removeUnusableFiles(): void {
    const numbers: number[] = [];
    for (const name of readdirSync(this.options.dir)) {
      const match = /^(blk|rev)(\d{5})\.dat$/.exec(name);
      if (match === null) continue;
      if (match[1] === 'rev') this.rev.remove(Number(match[2]));
      else numbers.push(Number(match[2]));
    }
    numbers.sort((a, b) => a - b).forEach((file, place) => {
      if (file !== place) this.blk.remove(file);
    });
  }

  close(): void {
    this.blk.close();
    this.rev.close();
  }
}

function pad(file: number): string {
  return String(file).padStart(5, '0');
}

function positionText(file: number, pos: number): string {
  return `FlatFilePos(nFile=${file}, nPos=${pos})`;
}

/** As the reference prints it. */
export function fileInfoText(info: BlockFileInfo): string {
  const date = (sec: number): string => new Date(sec * 1000).toISOString().slice(0, 10);
  return `CBlockFileInfo(blocks=${info.blocks}, size=${info.size}, heights=${info.heightFirst}...${info.heightLast}, time=${date(info.timeFirst)}...${date(info.timeLast)})`;
}

function loadXorKey(options: BlockStoreOptions, log: Logger): Uint8Array {
  const path = join(options.dir, 'xor.dat');
  // Hidden files (locks) do not make a directory used.
  const fresh = readdirSync(options.dir, { withFileTypes: true }).every((f) => f.isFile() && f.name.startsWith('.'));
  let key: Uint8Array = new Uint8Array(OBFUSCATION_KEY_SIZE);
  if (options.xor && fresh) key = new Uint8Array(randomBytes(OBFUSCATION_KEY_SIZE));
  const stored = readFileIfExists(path);
  if (stored === null) writeFileAtomic(path, key);
  else {
    if (stored.length < OBFUSCATION_KEY_SIZE) throw new StoreError('store-read', `${path}: end of file`);
    key = stored.slice(0, OBFUSCATION_KEY_SIZE);
  }
  if (!options.xor && !isAllZero(key)) {
    throw new StoreError('store-format', 'The blocksdir XOR-key can not be disabled when a random key was already stored! '
      + `Stored key: '${toHex(key)}', stored path: '${path}'.`);
  }
  log.info(`Using obfuscation key for blocksdir *.dat files (${options.dir}): '${toHex(key)}'`);
  return key;
}
