import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { acquireProcessLock } from '../../../src/store/process-lock.ts';
import { SqliteKeyValue } from '../../../src/store/sqlite.ts';
import { utf8 } from '../../../src/util/bytes.ts';

const bytes = (text: string): Uint8Array => utf8(text);

describe('a wallet file whose disk is full', () => {
  let dir = '';
  beforeEach(() => { dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-sqlite-')); });
  afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));

  const open = (): Promise<SqliteKeyValue> => SqliteKeyValue.open({
    path: path.join(dir, 'wallet.dat'), applicationId: 0xfabfb5da, unsafeSync: false, clientName: 'Coin', lock: acquireProcessLock,
  });
  /** As SQLite finds a disk without room: it may not take another page. */
  const room = (file: SqliteKeyValue, pages: number): void => { (file as unknown as { db: { exec(sql: string): void } }).db.exec(`PRAGMA max_page_count = ${pages}`); };
  const much = new Uint8Array(100_000);

  it('takes the next record as soon as there is room', async () => {
    const file = await open();
    file.write(bytes('a'), bytes('1'));
    room(file, 1);
    expect(() => file.write(bytes('b'), much)).toThrow('database or disk is full');
    room(file, 1000);
    file.write(bytes('c'), bytes('2'));
    expect([file.read(bytes('a')), file.read(bytes('b')), file.read(bytes('c'))]).toEqual([bytes('1'), null, bytes('2')]);
    await file.close();
  });

  it('keeps nothing of a transaction that did not fit, and begins the next', async () => {
    const file = await open();
    room(file, 1);
    expect(() => file.transaction(() => {
      file.write(bytes('a'), bytes('1'));
      file.transaction(() => file.write(bytes('b'), much));
    })).toThrow('database or disk is full');
    room(file, 1000);
    file.transaction(() => file.write(bytes('c'), bytes('2')));
    expect([...file.entries()].map(({ key }) => Buffer.from(key).toString())).toEqual(['c']);
    await file.close();
  });

  it('can be opened again by the same process after it was closed', async () => {
    const file = await open();
    file.write(bytes('a'), bytes('1'));
    room(file, 1);
    expect(() => file.write(bytes('b'), much)).toThrow('database or disk is full');
    await file.close();
    const again = await open();
    expect(again.read(bytes('a'))).toEqual(bytes('1'));
    await again.close();
  });
});
