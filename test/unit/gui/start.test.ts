import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { askToShow, handOver, LinkListener } from '../../../src/gui/hand-over.ts';
import { pruneGb, pruneMib, viewDirectory } from '../../../src/gui/introduction.ts';
import { readOwnSettings, settingsDir, writeOwnSettings } from '../../../src/gui/own-settings.ts';
import { splitUris } from '../../../src/gui/uri-arguments.ts';
import { SILENT } from '../../../src/util/logger.ts';

let dir: string;
beforeEach(() => { dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-start-')); });
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));

describe('links on the command line', () => {
  it('stand behind all options', () => {
    expect(splitUris(['-regtest', 'bitcoin:a', 'BITCOIN:b'])).toEqual({ argv: ['-regtest'], uris: ['bitcoin:a', 'BITCOIN:b'] });
    expect(splitUris(['-regtest', 'word'])).toEqual({ argv: ['-regtest', 'word'], uris: [] });
    expect(splitUris(['bitcoin:a', 'word'])).toEqual({ argv: ['word'], uris: ['bitcoin:a'] });
    expect(() => splitUris(['bitcoin:a', '-server'])).toThrow("Options ('-server') cannot follow a BIP-21 payment URI");
  });
});

describe('handing links over', () => {
  const listen = async (open: (uris: readonly string[]) => void): Promise<LinkListener> => {
    const listener = new LinkListener({ netDir: dir }, { log: SILENT, open, show: () => shown.push('shown') === 1 });
    await listener.start();
    return listener;
  };
  const shown: string[] = [];

  it('reaches the one that runs on the same directory', async () => {
    const seen: string[] = [];
    const first = await listen((uris) => seen.push(...uris));
    expect(await handOver(dir, ['bitcoin:a', 'bitcoin:b'])).toBe(true);
    expect(seen).toEqual(['bitcoin:a', 'bitcoin:b']);
    // A second one leaves the links to the first.
    const second = await listen(() => seen.push('second'));
    expect(await handOver(dir, ['bitcoin:c'])).toBe(true);
    expect(seen).toEqual(['bitcoin:a', 'bitcoin:b', 'bitcoin:c']);
    await second.stop();
    await first.stop();
    expect(await handOver(dir, ['bitcoin:d'])).toBe(false);
  });

  it('one who has no link asks for the page', async () => {
    expect(await askToShow(dir)).toBe(false);
    const listener = await listen(() => undefined);
    expect([await askToShow(dir), await askToShow(dir)]).toEqual([true, false]);
    await listener.stop();
  });

  it('takes the place of one that crashed', async () => {
    const dead = net.createServer();
    await new Promise<void>((resolve) => { dead.listen(path.join(dir, 'there.sock'), resolve); });
    fs.renameSync(path.join(dir, 'there.sock'), path.join(dir, 'gui.sock'));
    await new Promise<void>((resolve) => { dead.close(() => resolve()); });
    expect(fs.existsSync(path.join(dir, 'gui.sock'))).toBe(true);
    const seen: string[] = [];
    const listener = await listen((uris) => seen.push(...uris));
    expect(await handOver(dir, ['bitcoin:a'])).toBe(true);
    expect(seen).toEqual(['bitcoin:a']);
    await listener.stop();
  });

  it('takes nothing that is no link', async () => {
    const seen: string[] = [];
    const listener = await listen((uris) => seen.push(...uris));
    for (const text of ['["http://a"]\n', '{}\n', 'x\n', '[1]\n', `${'x'.repeat(100_000)}`]) {
      const answer = await new Promise<string>((resolve) => {
        let out = '';
        const socket = net.connect(path.join(dir, 'gui.sock'), () => socket.write(text));
        socket.setEncoding('utf8').on('data', (d: string) => { out += d; });
        socket.on('error', () => undefined).on('close', () => resolve(out));
      });
      expect(answer).toBe('');
    }
    expect(seen).toEqual([]);
    await listener.stop();
  });
});

describe('what is remembered outside of the data directory', () => {
  it('is in the place that the system has for it', () => {
    if (process.platform !== 'linux') return;
    expect(settingsDir('coin', { HOME: '/home/me' })).toBe('/home/me/.config/coin-gui');
    expect(settingsDir('coin', { HOME: '/home/me', XDG_CONFIG_HOME: '/c' })).toBe('/c/coin-gui');
    expect(settingsDir('coin', { HOME: '/home/me', XDG_CONFIG_HOME: 'c' })).toBe('/home/me/.config/coin-gui');
  });

  it('comes back, and counts for nothing where it is damaged', () => {
    expect(readOwnSettings(dir)).toEqual({ dataDir: null, reset: false });
    writeOwnSettings(path.join(dir, 'a'), { dataDir: '/data', reset: true });
    expect(readOwnSettings(path.join(dir, 'a'))).toEqual({ dataDir: '/data', reset: true });
    for (const text of ['', '[]', 'null', '{"dataDir":1,"reset":"yes"}', '{"dataDir":"relative"}']) {
      fs.writeFileSync(path.join(dir, 'gui.json'), text);
      expect(readOwnSettings(dir)).toEqual({ dataDir: null, reset: false });
    }
  });
});

describe('the introduction', () => {
  it('turns GB into MiB and back', () => {
    expect([pruneMib(1), pruneMib(2), pruneMib(550)]).toEqual([953, 1907, 524_520]);
    for (const gb of [1, 2, 3, 10, 99, 1000]) expect(pruneGb(pruneMib(gb))).toBe(gb);
    expect(pruneGb(550)).toBe(1);
  });

  it('looks at directories', async () => {
    fs.writeFileSync(path.join(dir, 'file'), '');
    expect(await viewDirectory(dir)).toMatchObject({ exists: true, error: null });
    expect((await viewDirectory(dir)).freeBytes).toBeGreaterThan(0);
    expect(await viewDirectory(path.join(dir, 'a', 'b'))).toMatchObject({ exists: false, error: null });
    expect(await viewDirectory(path.join(dir, 'file'))).toMatchObject({ error: 'file' });
    expect(await viewDirectory(path.join(dir, 'file', 'below'))).toMatchObject({ error: 'cannot' });
    expect(await viewDirectory('here')).toMatchObject({ error: 'relative' });
    expect(fs.readdirSync(dir)).toEqual(['file']);
  });
});
