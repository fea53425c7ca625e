import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BdbError } from '../../../../src/wallet/legacy/bdb-pages.ts';
import { readBdb } from '../../../../src/wallet/legacy/bdb-reader.ts';
import { writeBdb, type BdbOptions, type BdbPair } from '../../../support/bdb-writer.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const read = (file: Uint8Array): Record<string, string> => Object.fromEntries(readBdb(file).map(({ key, value }) => [hex(key), hex(value)]));
const wanted = (pairs: readonly BdbPair[]): Record<string, string> => Object.fromEntries([...pairs].sort((a, b) => Buffer.compare(a.key, b.key)).map(({ key, value }) => [hex(key), hex(value)]));

/** `n` records, every 20th with a value that needs pages of its own. */
function records(n: number, large = 5000): BdbPair[] {
  return Array.from({ length: n }, (_, i) => ({ key: Buffer.from(`key ${String((i * 7919) % n).padStart(6, '0')}`), value: Buffer.alloc(i % 20 === 3 ? large + i : i % 90, i) }));
}

/** The file with 32 bits changed, in the byte order of the file. */
function patched(file: Uint8Array, at: number, value: number, size: 1 | 2 | 4 = 4): Uint8Array {
  const copy = Buffer.from(file);
  copy.writeUIntLE(value, at, size);
  return copy;
}

const PAGE = 4096;
const u16 = (file: Uint8Array, at: number): number => Buffer.from(file).readUInt16LE(at);
/** Where an item of a page stands. */
const item = (file: Uint8Array, page: number, index = 0): number => page + u16(file, page + 26 + 2 * index);

/** All items of a page at one place, where a long one stands. */
function overlapping(file: Uint8Array, page: number): Uint8Array {
  const copy = Buffer.from(file);
  copy.writeUInt16LE(1000, page + 1000);
  copy[page + 1002] = 1;
  for (let i = 0; i < u16(file, page + 20); i++) copy.writeUInt16LE(1000, page + 26 + 2 * i);
  return copy;
}

describe('a Berkeley DB file', () => {
  it.each<[string, number, BdbOptions]>([
    ['no records', 0, {}],
    ['one leaf', 10, {}],
    ['two levels', 400, {}],
    ['four levels of small pages', 3000, { pageSize: 512 }],
    ['the largest pages', 2000, { pageSize: 65536 }],
    ['the other byte order', 400, { littleEndian: false }],
    ['the other byte order and small pages', 3000, { littleEndian: false, pageSize: 512 }],
  ])('is read with %s', (_what, n, options) => {
    const pairs = records(n);
    const file = writeBdb(pairs, options);
    expect(read(file)).toEqual(wanted(pairs));
    const keys = readBdb(file).map(({ key }) => hex(key));
    expect(keys).toEqual([...keys].sort());
  });

  it('is read with long keys, which have pages of their own too', () => {
    const pairs = [{ key: Buffer.alloc(20_000, 1), value: Buffer.from('a') }, { key: Buffer.alloc(9_000, 2), value: Buffer.alloc(100_000, 3) }];
    expect(read(writeBdb(pairs))).toEqual(wanted(pairs));
  });

  it('is read without the records that are marked as deleted, whichever half is', () => {
    const pairs = records(40);
    const marks = ['key', 'value', 'both', undefined] as const;
    const marked = pairs.map((pair, i) => ({ ...pair, deleted: marks[i % 4] }));
    expect(read(writeBdb(marked))).toEqual(wanted(pairs.filter((_, i) => i % 4 === 3)));
  });

  it('is read with a piece of a page behind its end, as the library would', () => {
    const pairs = records(10);
    expect(read(Buffer.concat([writeBdb(pairs), Buffer.alloc(100)]))).toEqual(wanted(pairs));
  });

  const small = writeBdb(records(10, 0));
  const tall = writeBdb(records(400));
  /** Pages of the small file: the two of metadata, the table of databases, the leaf. */
  const [outer, table, inner, leaf] = [0, PAGE, 2 * PAGE, 3 * PAGE];
  /** A page of the tall file by its type. */
  const pageOf = (type: number): number => { for (let at = 3 * PAGE; at < tall.length; at += PAGE) if (tall[at + 25] === type) return at; throw new Error('no such page'); };
  const [internal, overflow] = [pageOf(3), pageOf(7)];

  it.each<[string, Uint8Array]>([
    ['AutoFile::read: end of file', small.subarray(0, 100)],
    ['Not a BDB file', patched(small, outer + 12, 0x12345678)],
    ['Meta page number mismatch', patched(small, outer + 8, 1)],
    ['Meta page number mismatch', patched(small, inner + 8, 1)],
    ['Unsupported BDB data file version number', patched(small, outer + 16, 10)],
    ['Bad page size', patched(small, outer + 20, 256)],
    ['Bad page size', patched(small, outer + 20, 131072)],
    ['Bad page size', patched(small, outer + 20, 5000)],
    ['Unexpected page type, should be 9 (BTree Metadata)', patched(small, outer + 25, 8, 1)],
    ['Unexpected database flags, should only be 0x20 (subdatabases)', patched(small, outer + 48, 0x21)],
    ['Unexpected database flags, should only be 0x20 (subdatabases)', patched(small, inner + 48, 0)],
    ['Last page number could not fit in file', patched(small, outer + 32, 99)],
    ['Last page number could not fit in file', small.subarray(0, 3 * PAGE)],
    ['BDB builtin encryption is not supported', patched(small, outer + 24, 1, 1)],
    ['BDB builtin encryption is not supported', patched(small, inner + 24, 1, 1)],
    ['LSNs are not reset, this database is not completely flushed. Please reopen then close the database with a version that has BDB support', writeBdb(records(10), { lsn: [1, 1234] })],
    ['LSNs are not reset, this database is not completely flushed. Please reopen then close the database with a version that has BDB support', writeBdb(records(10), { lsn: [0, 2], littleEndian: false })],
    ['Unexpected outer database root page type', patched(small, table + 25, 3, 1)],
    ['Unexpected number of entries in outer database root page', patched(small, table + 20, 3, 2)],
    ['Page number mismatch', patched(small, table + 8, 7)],
    ['Bad btree level', patched(small, table + 24, 0, 1)],
    ['Bad btree level', patched(small, leaf + 24, 0, 1)],
    ['Subdatabase has an unexpected name', patched(small, item(small, table) + 3, 0x6e, 1)],
    ['Subdatabase page number has unexpected length', patched(small, item(small, table, 1), 3, 2)],
    ['Page number is greater than database last page', patched(small, item(small, table, 1) + 3, 0xff, 1)],
    ['Unexpected page size', patched(small, inner + 20, 8192)],
    ['Subdatabase last page is greater than database last page', patched(small, inner + 32, 99)],
    ['BTree Leaf page is not at level 1', patched(small, leaf + 24, 2, 1)],
    ['Unexpected page type', patched(small, leaf + 25, 9, 1)],
    ['Records page has odd number of records', patched(small, leaf + 20, 19, 2)],
    ['Data record position not in page', patched(small, leaf + 26, 3, 2)],
    ['Data record position not in page', patched(small, leaf + 26, PAGE - 1, 2)],
    ['Data record position not in page', patched(small, leaf + 20, 60000, 2)],
    ['Unknown record type in records page', patched(small, item(small, leaf) + 2, 2, 1)],
    ['Item runs past the end of its page', patched(small, item(small, leaf), 600, 2)],
    ['Items on a page overlap', overlapping(small, leaf)],
    ['BTree page has an unexpected level', patched(tall, internal + 24, 3, 1)],
    ['Internal record position not in page', patched(tall, internal + 26, 1, 2)],
    ['Unknown record type in internal page', patched(tall, item(tall, internal) + 2, 3, 1)],
    ['Bad overflow record page type', patched(patched(tall, overflow + 25, 5, 1), overflow + 24, 1, 1)],
  ])('is refused: %s', (text, file) => {
    expect(() => readBdb(file)).toThrow(new BdbError(text));
  });

  it('is refused where one page leads back to itself, or two places to one page', () => {
    expect(() => readBdb(patched(tall, overflow + 16, overflow / PAGE))).toThrow(/^(A page belongs to two places|Overflow record data is larger than stated size)$/);
    const [first, second] = [item(tall, internal), item(tall, internal, 1)];
    expect(() => readBdb(patched(tall, second + 4, Buffer.from(tall).readUInt32LE(first + 4)))).toThrow('A page belongs to two places');
    expect(() => readBdb(patched(tall, first + 4, internal / PAGE))).toThrow(BdbError);
  });

  it('is refused where what it says of a long value is wrong', () => {
    const file = Buffer.from(writeBdb([{ key: Buffer.from('k'), value: Buffer.alloc(6000) }]));
    const leafAt = [...Array(file.length / PAGE).keys()].map((i) => i * PAGE).find((at) => file[at + 25] === 5 && at > PAGE) ?? 0;
    const value = item(file, leafAt, 1);
    expect(read(file)).toEqual({ '6b': '00'.repeat(6000) });
    expect(() => readBdb(patched(file, value + 8, 100))).toThrow('Overflow record data is larger than stated size');
    expect(() => readBdb(patched(file, value + 8, 0xffffffff))).toThrow('Overflow record has an impossible length');
    expect(() => readBdb(patched(file, value + 4, 0xffffff))).toThrow('AutoFile::read: end of file');
    expect(() => readBdb(patched(file, value + 4, 1))).toThrow('Bad overflow record page type');
  });

  it('is read or refused, whatever is done to it, and in no more time than its size warrants', () => {
    const files = [small, tall, writeBdb(records(600, 2000), { pageSize: 512, littleEndian: false })].map((file) => Buffer.from(file));
    const change = fc.record({ at: fc.nat(), value: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 3, 5, 7, 9, 0x80, 0x83, 255)), near: fc.boolean() });
    fc.assert(fc.property(fc.constantFrom(...files), fc.array(change, { minLength: 1, maxLength: 12 }), fc.option(fc.nat(), { nil: undefined }), (original, changes, cut) => {
      const file = Buffer.from(original);
      // Heads and indexes are where it hurts: half of the changes hit the first bytes of a page.
      for (const { at, value, near } of changes) file[near ? (at % (file.length / 512)) * 512 + (at % 40) : at % file.length] = value;
      const bytes = cut === undefined ? file : file.subarray(0, cut % (file.length + 1));
      const elapsed = (): number => {
        const start = performance.now();
        try {
          for (const { key, value } of readBdb(bytes)) if (key.length + value.length > bytes.length) throw new Error('more than the file holds');
        } catch (e) {
          if (!(e instanceof BdbError)) throw e;
        }
        return performance.now() - start;
      };
      // The machine may pause in one of these, not in all three.
      expect([elapsed, elapsed, elapsed].some((measured) => measured() < 2000)).toBe(true);
    }), { numRuns: 2000 });
  });
});
