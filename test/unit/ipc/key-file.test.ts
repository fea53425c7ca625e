import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readIpcKey } from '../../../src/ipc/key-file.ts';
import { platformOf } from '../../../src/util/platform.ts';

const WHO_CONNECTS = { create: false, platform: platformOf('linux') } as const;
const WHO_LISTENS = { create: true, platform: platformOf('linux') } as const;
let dir: string;

beforeEach(() => { dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-key-')); });
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));

describe('the key of connections over TCP', () => {
  it('is made by who listens, for its owner only, and stays', () => {
    const file = path.join(dir, 'sub', 'ipc.key');
    expect(() => readIpcKey(file, WHO_CONNECTS)).toThrow(`IPC key file ${file} is missing: copy it from the process that listens`);
    const key = readIpcKey(file, WHO_LISTENS);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(key.bytes).toHaveLength(32);
    expect(readIpcKey(file, WHO_LISTENS)).toEqual(key);
    expect(readIpcKey(file, WHO_CONNECTS)).toEqual(key);
    expect(readIpcKey(path.join(dir, 'other'), WHO_LISTENS).bytes.equals(key.bytes)).toBe(false);
  });

  it('is there as a whole or not at all: a disk that is full leaves no half of it in the way', () => {
    const file = path.join(dir, 'ipc.key');
    const seen: boolean[] = [];
    const full = jest.spyOn(fs, 'fsyncSync').mockImplementation(() => {
      seen.push(fs.existsSync(file));
      throw new Error('no space left on device');
    });
    try {
      expect(() => readIpcKey(file, WHO_LISTENS)).toThrow('no space left on device');
    } finally {
      full.mockRestore();
    }
    expect(seen).toEqual([false]);
    expect(fs.readdirSync(dir)).toEqual([]);
    expect(readIpcKey(file, WHO_LISTENS).bytes).toHaveLength(32);
    expect(fs.readdirSync(dir)).toEqual(['ipc.key']);
  });

  it.each<[string, string[]]>([['EEXIST', []], ['EPERM', ['ipc.key']]])('where linking says %s', (code, left) => {
    const file = path.join(dir, 'ipc.key');
    const link = jest.spyOn(fs, 'linkSync').mockImplementation(() => { throw Object.assign(new Error(code), { code }); });
    try {
      // Somebody else's key counts; a file system without links has the file moved to its place.
      if (left.length === 0) expect(() => readIpcKey(file, WHO_LISTENS)).toThrow('is missing');
      else expect(readIpcKey(file, WHO_LISTENS).bytes).toHaveLength(32);
    } finally {
      link.mockRestore();
    }
    expect(fs.readdirSync(dir)).toEqual(left);
  });

  it('is refused where others may read it', () => {
    const file = path.join(dir, 'ipc.key');
    readIpcKey(file, WHO_LISTENS);
    fs.chmodSync(file, 0o640);
    for (const who of [WHO_LISTENS, WHO_CONNECTS]) expect(() => readIpcKey(file, who)).toThrow(`IPC key file ${file} may be read by others: its mode must be 0600`);
    expect(readIpcKey(file, { create: false, platform: platformOf('win32') }).bytes).toHaveLength(32);
  });

  it.each(['', 'abc', '0'.repeat(63), `${'0'.repeat(64)}0`, 'g'.repeat(64)])('%p is none', (text) => {
    const file = path.join(dir, 'ipc.key');
    fs.writeFileSync(file, text, { mode: 0o600 });
    expect(() => readIpcKey(file, WHO_LISTENS)).toThrow(`IPC key file ${file} holds no key: expected 64 hex digits`);
  });
});
