import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeFileAtomic } from '../../../src/store/atomic-file.ts';
import { FlatFileSequence } from '../../../src/store/flat-file.ts';
import { LevelDb } from '../../../src/store/leveldb.ts';
import { obfuscate } from '../../../src/store/obfuscation.ts';
import { fromHex, toHex, utf8 } from '../../../src/util/bytes.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'coin-store-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

async function all(db: LevelDb): Promise<string[]> {
  const out: string[] = [];
  for await (const entries of db.iterate()) for (const [k, v] of entries) out.push(`${toHex(k)}=${toHex(v)}`);
  return out;
}

describe('LevelDb', () => {
  it('keeps values under an obfuscation key that it makes once', async () => {
    const path = join(dir, 'db');
    let db = await LevelDb.open({ path, name: 'test', cacheBytes: 1 << 20, obfuscate: true });
    const key = toHex(db.obfuscationKey);
    expect(key).not.toBe('0000000000000000');
    await db.put(utf8('a'), fromHex('0102030405060708090a'));
    expect(toHex(db.get(utf8('a'))!)).toBe('0102030405060708090a');
    await db.close();
    db = await LevelDb.open({ path, name: 'test', cacheBytes: 1 << 20 });
    expect(toHex(db.obfuscationKey)).toBe(key);
    expect(toHex(db.get(utf8('a'))!)).toBe('0102030405060708090a');
    expect(await all(db)).toEqual(['61=0102030405060708090a']);
    await db.close();
  });

  it('applies a batch as a whole, or not at all where the write fails', async () => {
    let fail = false;
    const db = await LevelDb.open({
      path: join(dir, 'db'), name: 'test', cacheBytes: 1 << 20,
      fault: () => {
        if (fail) throw Object.assign(new Error('injected'), { code: 'ENOSPC' });
      },
    });
    await db.batch().put(utf8('a'), utf8('1')).put(utf8('b'), utf8('2')).write();
    fail = true;
    await expect(db.batch().del(utf8('a')).put(utf8('c'), utf8('3')).write()).rejects.toMatchObject({ code: 'store-full' });
    expect(await all(db)).toEqual(['61=31', '62=32']);
    expect(db.has(utf8('c'))).toBe(false);
    await db.close();
  });

  it('refuses a database that is open already', async () => {
    const path = join(dir, 'db');
    const db = await LevelDb.open({ path, name: 'test', cacheBytes: 1 << 20 });
    await expect(LevelDb.open({ path, name: 'test', cacheBytes: 1 << 20 })).rejects.toMatchObject({ code: 'store-locked' });
    await db.close();
  });

  it('wipes on request, LevelDB files only', async () => {
    const path = join(dir, 'db');
    let db = await LevelDb.open({ path, name: 'test', cacheBytes: 1 << 20 });
    await db.put(utf8('a'), utf8('1'));
    await db.close();
    writeFileSync(join(path, 'other.txt'), '');
    db = await LevelDb.open({ path, name: 'test', cacheBytes: 1 << 20, wipe: true });
    expect(await db.isEmpty()).toBe(true);
    expect(readdirSync(path)).toContain('other.txt');
    await db.close();
  });
});

describe('FlatFileSequence', () => {
  it('XORs by absolute offset and preallocates zeros', () => {
    const xorKey = fromHex('0123456789abcdef');
    const files = new FlatFileSequence({ dir, prefix: 'blk', chunkSize: 64, xorKey });
    files.allocate(3, 0, 10);
    files.write(3, 5, fromHex('00000000000000000000'));
    expect(toHex(files.read(3, 5, 10))).toBe('00000000000000000000');
    const raw = new Uint8Array(readFileSync(join(dir, 'blk00003.dat')));
    expect(raw.length).toBe(64);
    expect(toHex(raw.subarray(0, 16))).toBe('0000000000abcdef0123456789abcd00');
    files.sync(3, 15);
    expect(files.size(3)).toBe(15);
    expect(files.read(3, 10, 100).length).toBe(5);
    files.close();
  });

  it('gives back what it XORed', () => {
    const data = fromHex('ffeeddccbbaa99887766');
    const key = fromHex('1122334455667788');
    obfuscate(data, key, 3);
    obfuscate(data, key, 3);
    expect(toHex(data)).toBe('ffeeddccbbaa99887766');
  });
});

describe('writeFileAtomic', () => {
  it('leaves the old file where the write fails', () => {
    const path = join(dir, 'f');
    writeFileAtomic(path, 'old');
    expect(() => writeFileAtomic(path, 'new', { fault: () => { throw new Error('injected'); } })).toThrow('injected');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(dir)).toEqual(['f']);
  });
});
