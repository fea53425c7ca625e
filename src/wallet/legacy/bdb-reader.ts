import { compareBytes, equalBytes, toKey, utf8 } from '../../util/bytes.ts';
import { BdbError, BdbFile, PAGE, type BdbMeta, type LeafItem } from './bdb-pages.ts';

/** Name of the database that a wallet is, within its file. */
const WALLET_DATABASE = utf8('main');

/** One record. Both parts are views of the file's bytes, or copies where they were spread over pages. */
export interface BdbRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/**
 * Reads every record of the database `main` in a Berkeley DB file, in the order of the keys' bytes; of two with one key the first.
 * Only what wallets use is understood: btrees of version 9 without duplicates and encryption, with nothing left in log files.
 * No page is read twice, so that time and memory stay within a small multiple of the file's size, whatever is in it.
 * @throws BdbError
 */
export function readBdb(bytes: Uint8Array): BdbRecord[] {
  const file = new BdbFile(bytes);
  const outer = file.meta(0, 0);
  const { pageSize } = outer;
  if (outer.lastPage !== (Math.floor(bytes.length / pageSize) - 1) >>> 0) throw new BdbError('Last page number could not fit in file');
  if (outer.encryption !== 0) throw new BdbError('BDB builtin encryption is not supported');
  for (let page = 0; page <= outer.lastPage; page++) {
    if (!file.isFlushed(page * pageSize, outer.littleEndian)) {
      throw new BdbError('LSNs are not reset, this database is not completely flushed. Please reopen then close the database with a version that has BDB support');
    }
  }
  const place = walletDatabase(file, outer);
  if (place > outer.lastPage) throw new BdbError('Page number is greater than database last page');
  const inner = file.meta(place, place * pageSize);
  if (inner.pageSize !== pageSize) throw new BdbError('Unexpected page size');
  if (inner.lastPage > outer.lastPage) throw new BdbError('Subdatabase last page is greater than database last page');
  if (inner.encryption !== 0) throw new BdbError('BDB builtin encryption is not supported');
  return new TreeReader(file, inner, outer.lastPage * pageSize).records();
}

/** Page of the wallet's database, as the file's table of databases has it: big-endian whatever the file is. */
function walletDatabase(file: BdbFile, outer: BdbMeta): number {
  const page = file.page(outer.root, outer);
  if (page.head.type !== PAGE.leaf) throw new BdbError('Unexpected outer database root page type');
  if (page.head.entries !== 2) throw new BdbError('Unexpected number of entries in outer database root page');
  const [name, place] = page.leafItems();
  if (name === undefined || !('data' in name) || !equalBytes(name.data, WALLET_DATABASE)) throw new BdbError('Subdatabase has an unexpected name');
  if (place === undefined || !('data' in place) || place.data.length !== 4) throw new BdbError('Subdatabase page number has unexpected length');
  const { data } = place;
  return new DataView(data.buffer, data.byteOffset).getUint32(0, false);
}

/** Goes through one btree from its root. */
class TreeReader {
  private readonly file: BdbFile;
  private readonly meta: BdbMeta;
  private readonly maxDataBytes: number;
  private readonly seen = new Set<number>();
  private readonly found = new Map<string, BdbRecord>();

  constructor(file: BdbFile, meta: BdbMeta, maxDataBytes: number) {
    this.file = file;
    this.meta = meta;
    this.maxDataBytes = maxDataBytes;
  }

  private page(number: number): ReturnType<BdbFile['page']> {
    if (this.seen.has(number)) throw new BdbError('A page belongs to two places');
    this.seen.add(number);
    return this.file.page(number, this.meta);
  }

  records(): BdbRecord[] {
    const { root } = this.meta;
    const todo: { page: number; level: number | null }[] = [{ page: root, level: null }];
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      const page = this.page(next.page);
      const { type, level } = page.head;
      if (next.level !== null && level !== next.level) throw new BdbError('BTree page has an unexpected level');
      if (type === PAGE.internal) {
        for (const child of page.children()) todo.push({ page: child, level: level - 1 });
      } else if (type === PAGE.leaf) {
        if (level !== 1) throw new BdbError('BTree Leaf page is not at level 1');
        this.leaf(page.leafItems());
      } else {
        throw new BdbError('Unexpected page type');
      }
    }
    return [...this.found.values()].sort((a, b) => compareBytes(a.key, b.key));
  }

  private leaf(items: readonly LeafItem[]): void {
    if (items.length % 2 !== 0) throw new BdbError('Records page has odd number of records');
    for (let i = 0; i < items.length; i += 2) {
      const [key, value] = [items[i] as LeafItem, items[i + 1] as LeafItem];
      // The library marks the value, the key or both of a record that it has deleted but not yet taken off the page.
      if (key.deleted || value.deleted) continue;
      const record = { key: this.dataOf(key), value: this.dataOf(value) };
      const id = toKey(record.key);
      if (!this.found.has(id)) this.found.set(id, record);
    }
  }

  private dataOf(item: LeafItem): Uint8Array {
    if ('data' in item) return item.data;
    if (item.length > this.maxDataBytes) throw new BdbError('Overflow record has an impossible length');
    const parts: Uint8Array[] = [];
    let length = 0;
    for (let next = item.page; next !== 0;) {
      const page = this.page(next);
      if (page.head.type !== PAGE.overflow) throw new BdbError('Bad overflow record page type');
      const data = page.overflowData();
      parts.push(data);
      length += data.length;
      if (length > item.length) throw new BdbError('Overflow record data is larger than stated size');
      next = page.head.next;
    }
    const whole = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}
