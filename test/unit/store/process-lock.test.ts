import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { acquireProcessLock, LockHeld } from '../../../src/store/process-lock.ts';

let dir: string;
beforeEach(() => { dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-lock-')); });
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));
const made = (name: string): string => {
  const file = path.join(dir, name);
  fs.writeFileSync(file, '');
  return file;
};

describe('a lock on a file', () => {
  it('is one for every path to it, until it is released', async () => {
    const file = made('a');
    fs.linkSync(file, path.join(dir, 'b'));
    const lock = await acquireProcessLock(file);
    for (const name of ['a', 'b']) await expect(acquireProcessLock(path.join(dir, name))).rejects.toThrow(LockHeld);
    await lock.release();
    await lock.release();
    await (await acquireProcessLock(path.join(dir, 'b'))).release();
  });

  it('stays with it when it is removed or another is put in its place: no new file is locked by it', async () => {
    const locks = [await acquireProcessLock(made('removed')), await acquireProcessLock(made('replaced'))];
    fs.rmSync(path.join(dir, 'removed'));
    fs.renameSync(made('other'), path.join(dir, 'replaced'));
    // The system would give new files the numbers that have become free.
    for (let i = 0; i < 20; i++) locks.push(await acquireProcessLock(made(`new ${i}`)));
    locks.push(await acquireProcessLock(path.join(dir, 'replaced')));
    for (const lock of locks) await lock.release();
  });

  it('is taken on directories too, and on nothing that is not there', async () => {
    const lock = await acquireProcessLock(dir);
    await expect(acquireProcessLock(`${dir}/.`)).rejects.toThrow(LockHeld);
    await lock.release();
    await expect(acquireProcessLock(path.join(dir, 'missing'))).rejects.toThrow('ENOENT');
  });

  it('leaves nothing open', async () => {
    const file = made('a');
    const count = (): number => fs.readdirSync('/proc/self/fd').length;
    if (!fs.existsSync('/proc/self/fd')) return;
    await (await acquireProcessLock(file)).release();
    const before = count();
    for (let i = 0; i < 50; i++) {
      const lock = await acquireProcessLock(file);
      await acquireProcessLock(file).catch(() => undefined);
      await lock.release();
    }
    expect(count() - before).toBeLessThan(10);
  });
});
