import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DEFAULT_PREFS } from '../../../src/gui/default-prefs.ts';
import { PageSettings, prefsChange } from '../../../src/gui/page-settings.ts';

let dir: string;
beforeEach(() => { dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-prefs-')); });
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));
const file = (name = 'guisettings.json'): string => path.join(dir, name);

describe('how the user likes the page', () => {
  it('is kept for the next start, for this user only', () => {
    const settings = new PageSettings(dir);
    expect(settings.value).toEqual(DEFAULT_PREFS);
    expect(fs.existsSync(file())).toBe(false);
    settings.change({ theme: 'dark', wallet: 'savings' });
    settings.change({ wallet: null, transactionUrls: 'https://a.example/%s' });
    expect(new PageSettings(dir).value).toEqual({ ...DEFAULT_PREFS, theme: 'dark', transactionUrls: 'https://a.example/%s' });
    expect(fs.statSync(file()).mode & 0o077).toBe(0);
  });

  it('takes over what it understands of a file, and nothing else', () => {
    fs.writeFileSync(file(), JSON.stringify({ theme: 'pink', unit: 'sat', more: 1, transactionUrls: 'javascript:%s', masked: true }));
    expect(new PageSettings(dir).value).toEqual({ ...DEFAULT_PREFS, unit: 'sat', masked: true });
    for (const text of ['', '[]', 'null', '{"theme":', '7']) {
      fs.writeFileSync(file(), text);
      expect(new PageSettings(dir).value).toEqual(DEFAULT_PREFS);
    }
  });

  it('is checked when it is changed', () => {
    expect(prefsChange({ unit: 'sat' }, 'args')).toEqual({ unit: 'sat' });
    expect(prefsChange({}, 'args')).toEqual({});
    expect(() => prefsChange({ unit: 'EUR' }, 'args')).toThrow('args.unit: expected BTC or mBTC or bits or sat');
    expect(() => prefsChange({ constructor: 1 }, 'args')).toThrow('args: unknown member constructor');
    expect(() => prefsChange({ transactionUrls: 'https://a.example/|https://b.example/%s' }, 'args')).toThrow('Not all of these are web addresses');
    const rate = { currency: 'EUR', price: 58250.75, since: 1_700_000_000 };
    expect(prefsChange({ rate }, 'args')).toEqual({ rate });
    expect(prefsChange({ rate: null }, 'args')).toEqual({ rate: null });
    for (const bad of [{ currency: 'eur' }, { currency: 'E' }, { currency: '<b>EU' }, { price: 0 }, { price: -1 }, { price: Infinity }, { price: '1' }, { since: 1.5 }, { more: 1 }]) {
      expect(() => prefsChange({ rate: { ...rate, ...bad } }, 'args')).toThrow();
    }
    expect(() => prefsChange(null, 'args')).toThrow('args: expected object');
  });

  it('is put back with a copy of what was', () => {
    const settings = new PageSettings(dir);
    settings.reset();
    expect(fs.readdirSync(dir)).toEqual([]);
    settings.change({ masked: true });
    settings.reset();
    expect(settings.value).toEqual(DEFAULT_PREFS);
    expect(fs.readdirSync(dir)).toEqual(['guisettings.json.bak']);
    expect(JSON.parse(fs.readFileSync(file('guisettings.json.bak'), 'utf8'))).toMatchObject({ masked: true });
  });
});
