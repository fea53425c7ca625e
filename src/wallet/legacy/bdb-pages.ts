import { MalformedData } from '../../util/errors.ts';

/**
 * Pages of a Berkeley DB btree file, version 9: the layout of the library's db_page.h. Numbers are in the byte order of the machine
 * that made the file, which its first page tells.
 */

const BTREE_MAGIC = 0x00053162;
const BTREE_MAGIC_SWAPPED = 0x62310500;
const BTREE_VERSION = 9;
/** Feature flag of a file that holds databases by name, and the only one that wallets have. */
const FLAG_SUBDATABASES = 0x20;
const MIN_PAGE_BYTES = 512;
const MAX_PAGE_BYTES = 65536;
/** Bytes of a metadata page that have a meaning. */
const META_BYTES = 512;
const HEADER_BYTES = 26;
/** Bytes of an item before what it holds: length and type. */
const ITEM_BYTES = 3;
const DELETED = 0x80;
const ITEM_DATA = 1;
const ITEM_OVERFLOW = 3;
/** Bytes behind an item's head where it refers to overflow pages, or to a page further down. */
const REFERENCE_BYTES = 9;

export const PAGE = { internal: 3, leaf: 5, overflow: 7, meta: 9 } as const;

/** A file that is no Berkeley DB, or none that can be read; most texts are the reference's. */
export class BdbError extends MalformedData {}

/** What a metadata page says. */
export interface BdbMeta {
  readonly littleEndian: boolean;
  readonly pageSize: number;
  readonly lastPage: number;
  readonly root: number;
  readonly encryption: number;
}

/** What stands at the head of every other page. */
export interface PageHead {
  readonly type: number;
  readonly level: number;
  readonly next: number;
  readonly entries: number;
  /** Of an overflow page: how many bytes of data it holds. */
  readonly dataLength: number;
}

/** An item on a leaf: its bytes, or where they begin. */
export type LeafItem =
  | { readonly deleted: boolean; readonly data: Uint8Array }
  | { readonly deleted: boolean; readonly page: number; readonly length: number };

/** The file's bytes as pages. */
export class BdbFile {
  readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  private need(at: number, size: number): void {
    if (at + size > this.bytes.length) throw new BdbError('AutoFile::read: end of file');
  }

  /** Reads a metadata page. @param page its number @param offset where it lies @throws BdbError */
  meta(page: number, offset: number): BdbMeta {
    this.need(offset, META_BYTES);
    const littleEndian = this.view.getUint32(offset + 12, true) !== BTREE_MAGIC_SWAPPED;
    const u32 = (at: number): number => this.view.getUint32(offset + at, littleEndian);
    const pageSize = u32(20);
    if (u32(8) !== page) throw new BdbError('Meta page number mismatch');
    if (u32(12) !== BTREE_MAGIC) throw new BdbError('Not a BDB file');
    if (u32(16) !== BTREE_VERSION) throw new BdbError('Unsupported BDB data file version number');
    if (pageSize < MIN_PAGE_BYTES || pageSize > MAX_PAGE_BYTES || (pageSize & (pageSize - 1)) !== 0) throw new BdbError('Bad page size');
    if (this.bytes[offset + 25] !== PAGE.meta) throw new BdbError('Unexpected page type, should be 9 (BTree Metadata)');
    if (u32(48) !== FLAG_SUBDATABASES) throw new BdbError('Unexpected database flags, should only be 0x20 (subdatabases)');
    return { littleEndian, pageSize, lastPage: u32(32), root: u32(88), encryption: this.bytes[offset + 24] as number };
  }

  /** Whether the page's log sequence number says that everything is in the file and nothing in a log. */
  isFlushed(offset: number, littleEndian: boolean): boolean {
    this.need(offset, 8);
    return this.view.getUint32(offset, littleEndian) === 0 && this.view.getUint32(offset + 4, littleEndian) === 1;
  }

  /** One page of a database. @throws BdbError */
  page(number: number, meta: BdbMeta): BdbPage {
    const offset = number * meta.pageSize;
    this.need(offset, HEADER_BYTES);
    const { bytes, view } = this;
    const little = meta.littleEndian;
    if (view.getUint32(offset + 8, little) !== number) throw new BdbError('Page number mismatch');
    const head: PageHead = {
      next: view.getUint32(offset + 16, little), entries: view.getUint16(offset + 20, little), dataLength: view.getUint16(offset + 22, little),
      level: bytes[offset + 24] as number, type: bytes[offset + 25] as number,
    };
    if ((head.type === PAGE.overflow) !== (head.level === 0)) throw new BdbError('Bad btree level');
    return new BdbPage(bytes.subarray(offset, offset + meta.pageSize), head, little);
  }
}

/** A page with its head read. What it holds is views of the file, and never more than the page. */
export class BdbPage {
  readonly head: PageHead;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly little: boolean;

  constructor(bytes: Uint8Array, head: PageHead, littleEndian: boolean) {
    this.bytes = bytes;
    this.head = head;
    this.little = littleEndian;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The items by their places in the index, which stands behind the head. @throws BdbError */
  private *places(outside: string): IterableIterator<{ at: number; length: number; kind: number; deleted: boolean }> {
    const { bytes, view, little } = this;
    let used = 0;
    for (let i = 0; i < this.head.entries; i++) {
      const index = HEADER_BYTES + 2 * i;
      if (index + 2 > bytes.length) throw new BdbError(outside);
      const at = view.getUint16(index, little);
      if (at < index + 2 || at + ITEM_BYTES > bytes.length) throw new BdbError(outside);
      const type = bytes[at + 2] as number;
      const length = view.getUint16(at, little);
      const kind = type & ~DELETED;
      // Items that shared bytes could make a small file a large heap of records.
      used += ITEM_BYTES + (kind === ITEM_OVERFLOW ? REFERENCE_BYTES : length);
      if (used > bytes.length) throw new BdbError('Items on a page overlap');
      yield { at: at + ITEM_BYTES, length, kind, deleted: (type & DELETED) !== 0 };
    }
  }

  private piece(at: number, length: number): Uint8Array {
    if (at + length > this.bytes.length) throw new BdbError('Item runs past the end of its page');
    return this.bytes.subarray(at, at + length);
  }

  /** Keys and values in turn, of a leaf. @throws BdbError */
  leafItems(): LeafItem[] {
    const items: LeafItem[] = [];
    for (const { at, length, kind, deleted } of this.places('Data record position not in page')) {
      if (kind === ITEM_DATA) {
        items.push({ deleted, data: this.piece(at, length) });
      } else if (kind === ITEM_OVERFLOW) {
        this.piece(at, REFERENCE_BYTES);
        items.push({ deleted, page: this.view.getUint32(at + 1, this.little), length: this.view.getUint32(at + 5, this.little) });
      } else {
        throw new BdbError('Unknown record type in records page');
      }
    }
    return items;
  }

  /** Numbers of the pages below an internal page. @throws BdbError */
  children(): number[] {
    const pages: number[] = [];
    for (const { at, length, kind, deleted } of this.places('Internal record position not in page')) {
      if (kind !== ITEM_DATA) throw new BdbError('Unknown record type in internal page');
      this.piece(at, REFERENCE_BYTES + length);
      if (!deleted) pages.push(this.view.getUint32(at + 1, this.little));
    }
    return pages;
  }

  /** The bytes on an overflow page. @throws BdbError */
  overflowData(): Uint8Array { return this.piece(HEADER_BYTES, this.head.dataLength); }
}
