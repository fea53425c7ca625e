import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { LockView } from '../../../src/gui/api.ts';
import { lockCalls } from '../../../src/gui/calls/lock.ts';
import { PageLock } from '../../../src/gui/page-lock.ts';

let dir: string;
let nowMs: number;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-lock-'));
  nowMs = 0;
});
afterEach(() => {
  jest.useRealTimers();
  fs.rmSync(dir, { recursive: true, force: true });
});
const file = (): string => path.join(dir, 'guilock.json');
const make = (): PageLock => new PageLock(dir, { nowMs: () => nowMs });

describe('the lock of the page', () => {
  it('is open and cannot be closed until there is a passphrase', () => {
    const lock = make();
    expect(lock.view).toEqual({ set: false, locked: false, minutes: null });
    expect(() => lock.lock()).toThrow('The page has no lock.');
    lock.touch();
    expect(fs.existsSync(file())).toBe(false);
  });

  it('opens to its passphrase only, and is closed when the program starts', async () => {
    const lock = make();
    const told: LockView[] = [];
    lock.onChange = (view) => told.push(view);
    await lock.set('pass word', 5);
    expect(lock.view).toEqual({ set: true, locked: false, minutes: 5 });
    await expect(lock.set('other', null)).rejects.toThrow('The page has a lock already.');
    lock.lock();
    lock.lock();
    expect(lock.locked).toBe(true);
    await expect(lock.unlock('pass  word')).rejects.toMatchObject({ code: 'passphrase' });
    expect(lock.locked).toBe(true);
    await lock.unlock('pass word');
    expect(lock.locked).toBe(false);
    expect(told.map(({ locked }) => locked)).toEqual([false, true, false]);
    lock.stop();
    expect(fs.statSync(file()).mode & 0o077).toBe(0);
    expect(fs.readFileSync(file(), 'utf8')).not.toContain('pass word');
    const next = make();
    expect(next.view).toEqual({ set: true, locked: true, minutes: 5 });
    await next.unlock('pass word');
    await expect(next.remove('wrong')).rejects.toMatchObject({ code: 'passphrase' });
    await next.remove('pass word');
    expect([next.view.set, fs.existsSync(file()), make().locked]).toEqual([false, false, false]);
  });

  it('has each keep a salt of its own', async () => {
    await make().set('same', null);
    const first = fs.readFileSync(file(), 'utf8');
    fs.rmSync(file());
    await make().set('same', null);
    expect(fs.readFileSync(file(), 'utf8')).not.toBe(first);
  });

  it('is tried a few times a minute, and a few more an hour', async () => {
    const lock = make();
    await lock.set('1234', null);
    lock.lock();
    const tries = async (n: number): Promise<string[]> => Promise.all(Array.from({ length: n }, async (_, i) => lock.unlock(`x${i}`).then(() => '', (e: unknown) => (e as { code: string }).code)));
    expect(await tries(6)).toEqual([...Array.from({ length: 5 }, () => 'passphrase'), 'page-lock-wait']);
    await expect(lock.unlock('1234')).rejects.toThrow('Too many attempts: try again later.');
    expect(lock.locked).toBe(true);
    let told = 0;
    for (let minute = 1; minute < 12; minute++) {
      nowMs = minute * 61_000;
      told += (await tries(5)).filter((code) => code === 'passphrase').length;
    }
    expect(told).toBeLessThanOrEqual(25);
    nowMs += 3_600_001;
    await lock.unlock('1234');
    expect(lock.locked).toBe(false);
  });

  it('closes after a time without input, not before', async () => {
    const lock = make();
    await lock.set('1234', 1);
    jest.useFakeTimers();
    lock.touch();
    jest.advanceTimersByTime(59_000);
    lock.touch();
    jest.advanceTimersByTime(59_000);
    expect(lock.locked).toBe(false);
    jest.advanceTimersByTime(1_000);
    expect(lock.locked).toBe(true);
    lock.touch();
    expect(lock.locked).toBe(true);
  });

  it('stays closed to who has damaged what is kept', () => {
    for (const text of ['', '{}', '{"salt":"00","hash":"00"}', '[]']) {
      fs.writeFileSync(file(), text);
      expect(make).toThrow(`${file()} is damaged: remove it to do without the lock of the page.`);
    }
  });

  it('takes no passphrase that is too short, and no time that is none', async () => {
    const set = lockCalls(make()).find(({ name }) => name === 'lock.set');
    const { signal } = new AbortController();
    await expect(set?.run({ passphrase: '123', minutes: null }, signal)).rejects.toThrow('Four letters or digits at least.');
    for (const minutes of [0, -1, 1.5, 1441, '1']) await expect(set?.run({ passphrase: '1234', minutes }, signal)).rejects.toThrow('expected integer');
    expect(fs.existsSync(file())).toBe(false);
  });
});
