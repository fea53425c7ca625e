import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cacheDirectories, type CarriedFile, unpack } from '../../../src/one-file/unpack.ts';

let dir: string;
beforeEach(() => { dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-unpack-')); });
afterEach(() => { fs.rmSync(dir, { recursive: true, force: true }); });

const bytes = Buffer.from('a native module');
const file: CarriedFile = { name: 'part.node', bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
const cache = (): string => path.join(dir, 'a', 'coin');
const placed = (): string => path.join(cache(), file.sha256, 'part.node');

describe('a carried file', () => {
  it('is put into a directory by its hash, for its user alone, and left there', () => {
    expect(unpack(file, [cache()])).toBe(placed());
    expect(fs.readFileSync(placed(), 'utf8')).toBe('a native module');
    expect([fs.statSync(path.dirname(placed())).mode & 0o777, fs.statSync(placed()).mode & 0o777]).toEqual([0o700, 0o500]);
    const { ino } = fs.statSync(placed());
    expect(unpack(file, [cache()])).toBe(placed());
    expect(fs.statSync(placed()).ino).toBe(ino);
    expect(fs.readdirSync(path.dirname(placed()))).toEqual(['part.node']);
  });

  it('is put in place anew where it is not what it should be: other bytes, a link, writable by others', () => {
    const spoil: (() => void)[] = [
      () => { fs.chmodSync(placed(), 0o700); fs.writeFileSync(placed(), 'another module'); },
      () => { fs.writeFileSync(path.join(dir, 'elsewhere'), bytes); fs.rmSync(placed()); fs.symlinkSync(path.join(dir, 'elsewhere'), placed()); },
      () => { fs.chmodSync(placed(), 0o522); },
    ];
    for (const change of spoil) {
      unpack(file, [cache()]);
      change();
      expect(unpack(file, [cache()])).toBe(placed());
      const { mode } = fs.lstatSync(placed());
      expect([fs.lstatSync(placed()).isFile(), mode & 0o777, fs.readFileSync(placed()).equals(bytes)]).toEqual([true, 0o500, true]);
    }
  });

  it('goes to the next directory where one is open to others, a link, or cannot be made', () => {
    const open = path.join(dir, 'open');
    fs.mkdirSync(open);
    fs.chmodSync(open, 0o777);
    const link = path.join(dir, 'link');
    fs.symlinkSync(dir, link);
    fs.writeFileSync(path.join(dir, 'no-directory'), '');
    expect(unpack(file, [open, link, path.join(dir, 'no-directory', 'coin'), cache()])).toBe(placed());
    expect(fs.readdirSync(open)).toEqual([]);
    expect(() => unpack(file, [open, link])).toThrow(`The program finds no place for its part.node: ${open} is not a directory that only its user can write to; ${link} is not`);
  });

  it('of a damaged program is refused', () => {
    expect(() => unpack({ ...file, bytes: Buffer.from('a native modulf') }, [cache()])).toThrow('This program is damaged: its part.node is not what it should be.');
    expect(fs.existsSync(cache())).toBe(false);
  });
});

it('caches are the user\'s own first, then one in the directory for temporary files', () => {
  expect(cacheDirectories({ HOME: '/home/me', XDG_CACHE_HOME: '/fast' }, '/tmp', 7)).toEqual(['/fast/coin', '/tmp/coin-cache-7']);
  expect(cacheDirectories({ HOME: '/home/me', XDG_CACHE_HOME: '' }, '/tmp', 7)).toEqual(['/home/me/.cache/coin', '/tmp/coin-cache-7']);
  expect(cacheDirectories({ HOME: 'relative' }, '/tmp', 7)).toEqual(['/tmp/coin-cache-7']);
});
