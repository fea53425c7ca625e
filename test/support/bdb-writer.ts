/**
 * Writes Berkeley DB btree files, version 9, as wallets of before 2025 are: one database named `main` in a file. Made from the page
 * layout that the library publishes (dbinc/db_page.h), and on purpose apart from the reader that is tested with it.
 */
export interface BdbOptions {
  readonly pageSize?: number;
  readonly littleEndian?: boolean;
  /** Log sequence number of the last page: other than (0, 1) where the file is not flushed. */
  readonly lsn?: readonly [number, number];
}

export interface BdbPair {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** Marked as deleted but still there. */
  readonly deleted?: 'key' | 'value' | 'both' | undefined;
}

const INTERNAL = 3;
const LEAF = 5;
const OVERFLOW = 7;
const META = 9;
const HEAD = 26;
const KEY_DATA = 1;
const OVERFLOW_ITEM = 3;
const DELETED = 0x80;

/** An item as it stands on a page, without its place in the index. */
type Item = Uint8Array;

class Writer {
  private readonly pageSize: number;
  private readonly little: boolean;
  private readonly lsn: readonly [number, number];
  private readonly pages: Uint8Array[] = [];

  constructor({ pageSize = 4096, littleEndian = true, lsn = [0, 1] }: BdbOptions) {
    this.pageSize = pageSize;
    this.little = littleEndian;
    this.lsn = lsn;
  }

  private newPage(): { number: number; bytes: Uint8Array; view: DataView } {
    const bytes = new Uint8Array(this.pageSize);
    const view = new DataView(bytes.buffer);
    const number = this.pages.push(bytes) - 1;
    view.setUint32(0, 0, this.little);
    view.setUint32(4, 1, this.little);
    view.setUint32(8, number, this.little);
    return { number, bytes, view };
  }

  private setHead(view: DataView, head: { prev?: number; next?: number; entries: number; free: number; level: number; type: number }): void {
    view.setUint32(12, head.prev ?? 0, this.little);
    view.setUint32(16, head.next ?? 0, this.little);
    view.setUint16(20, head.entries, this.little);
    // On a page of 64 KiB without items the free area begins one past what fits.
    view.setUint16(22, head.free & 0xffff, this.little);
    view.setUint8(24, head.level);
    view.setUint8(25, head.type);
  }

  private setMeta(view: DataView, root: number): void {
    view.setUint32(12, 0x00053162, this.little);
    view.setUint32(16, 9, this.little);
    view.setUint32(20, this.pageSize, this.little);
    view.setUint8(25, META);
    view.setUint32(48, 0x20, this.little);
    view.setUint32(76, 2, this.little);
    view.setUint32(88, root, this.little);
  }

  /** A page of items: the index behind the head, the items from the end of the page down. */
  private itemPage(items: readonly Item[], type: number, level: number, page = this.newPage()): number {
    const { number, bytes, view } = page;
    let end = this.pageSize;
    items.forEach((item, i) => {
      // Items begin at multiples of four, as the library has them.
      end = (end - item.length) & ~3;
      bytes.set(item, end);
      view.setUint16(HEAD + 2 * i, end, this.little);
    });
    this.setHead(view, { entries: items.length, free: end, level, type });
    return number;
  }

  private dataItem(data: Uint8Array, deleted: boolean): Item {
    if (data.length > this.pageSize / 8) return this.overflowItem(data, deleted);
    const item = new Uint8Array(3 + data.length);
    new DataView(item.buffer).setUint16(0, data.length, this.little);
    item[2] = KEY_DATA | (deleted ? DELETED : 0);
    item.set(data, 3);
    return item;
  }

  private overflowItem(data: Uint8Array, deleted: boolean): Item {
    const room = this.pageSize - HEAD;
    const chain: { number: number; view: DataView; length: number }[] = [];
    for (let at = 0; at < data.length; at += room) {
      const part = data.subarray(at, at + room);
      const { number, bytes, view } = this.newPage();
      bytes.set(part, HEAD);
      chain.push({ number, view, length: part.length });
    }
    chain.forEach(({ view, length }, i) => {
      this.setHead(view, { prev: chain[i - 1]?.number ?? 0, next: chain[i + 1]?.number ?? 0, entries: 1, free: length, level: 0, type: OVERFLOW });
    });
    const item = new Uint8Array(12);
    const view = new DataView(item.buffer);
    item[2] = OVERFLOW_ITEM | (deleted ? DELETED : 0);
    view.setUint32(4, chain[0]?.number ?? 0, this.little);
    view.setUint32(8, data.length, this.little);
    return item;
  }

  private internalItem(key: Uint8Array, page: number): Item {
    const item = new Uint8Array(12 + key.length);
    const view = new DataView(item.buffer);
    view.setUint16(0, key.length, this.little);
    item[2] = KEY_DATA;
    view.setUint32(4, page, this.little);
    item.set(key, 12);
    return item;
  }

  /** Puts groups of items on pages, as many as fit. */
  private fill(groups: readonly { readonly first: Uint8Array; readonly items: readonly Item[] }[], type: number, level: number): { first: Uint8Array; page: number }[] {
    const out: { first: Uint8Array; page: number }[] = [];
    let items: Item[] = [];
    let first = new Uint8Array(0);
    let used = HEAD;
    const close = (): void => {
      if (items.length > 0) out.push({ first, page: this.itemPage(items, type, level) });
      items = [];
      used = HEAD;
    };
    for (const group of groups) {
      const size = group.items.reduce((sum, item) => sum + 2 + item.length + 3, 0);
      if (used + size > this.pageSize) close();
      if (items.length === 0) first = group.first as Uint8Array<ArrayBuffer>;
      items.push(...group.items);
      used += size;
    }
    close();
    return out;
  }

  write(pairs: readonly BdbPair[]): Uint8Array {
    const outer = this.newPage();
    const table = this.newPage();
    const inner = this.newPage();
    const place = new Uint8Array(4);
    new DataView(place.buffer).setUint32(0, inner.number, false);
    const sorted = [...pairs].sort((a, b) => Buffer.compare(a.key, b.key));
    const groups = sorted.map(({ key, value, deleted }) => ({
      first: key, items: [this.dataItem(key, deleted === 'key' || deleted === 'both'), this.dataItem(value, deleted === 'value' || deleted === 'both')],
    }));
    let level = 1;
    // Leaves follow each other, for who reads them in order.
    let row = groups.length === 0 ? [{ first: new Uint8Array(0), page: this.itemPage([], LEAF, 1) }] : this.fill(groups, LEAF, 1);
    row.forEach(({ page }, i) => {
      const view = new DataView((this.pages[page] as Uint8Array).buffer);
      view.setUint32(12, row[i - 1]?.page ?? 0, this.little);
      view.setUint32(16, row[i + 1]?.page ?? 0, this.little);
    });
    while (row.length > 1) {
      level += 1;
      // The first key of an internal page is never looked at; long ones are cut, as they only part one page from the next.
      row = this.fill(row.map(({ first, page }, i) => ({ first, items: [this.internalItem(i === 0 ? new Uint8Array(0) : first.subarray(0, this.pageSize / 16), page)] })), INTERNAL, level);
    }
    this.setMeta(outer.view, table.number);
    this.setMeta(inner.view, row[0]?.page ?? 0);
    this.itemPage([this.dataItem(Buffer.from('main'), false), this.dataItem(place, false)], LEAF, 1, table);
    const last = this.pages.length - 1;
    for (const { view } of [outer, inner]) view.setUint32(32, last, this.little);
    const final = new DataView((this.pages[last] as Uint8Array).buffer);
    final.setUint32(0, this.lsn[0], this.little);
    final.setUint32(4, this.lsn[1], this.little);
    return Buffer.concat(this.pages);
  }
}

/** A file with these records. */
export function writeBdb(pairs: readonly BdbPair[], options: BdbOptions = {}): Uint8Array { return new Writer(options).write(pairs); }
