import { afterEach, beforeEach, expect, it } from '@jest/globals';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Autostart, desktopEntry } from '../../../src/gui/autostart.ts';

let dir: string;
beforeEach(() => { dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-autostart-')); });
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));

it('a desktop entry is what the reference writes', () => {
  expect(desktopEntry({ name: 'Bitcoin (regtest)', command: ['/usr/bin/bitcoin-qt', '-min', '-chain=regtest'] })).toBe(
    '[Desktop Entry]\nType=Application\nName=Bitcoin (regtest)\nExec=/usr/bin/bitcoin-qt -min -chain=regtest\nTerminal=false\nHidden=false\n',
  );
});

it('words of its command mean nothing but themselves', () => {
  const exec = (...command: string[]): string => /^Exec=(.*)$/m.exec(desktopEntry({ name: 'x', command }))?.[1] ?? '';
  expect(exec('/a b/x', '-datadir=/c/50%', '-y=')).toBe('"/a b/x" -datadir=/c/50%% -y=');
  expect(exec('/a"b', '/a$b', '/a`b', '/a\\b', "/a'b", '/a;b')).toBe('"/a\\\\"b" "/a\\\\$b" "/a\\\\`b" "/a\\\\\\\\b" "/a\'b" "/a;b"');
  expect(exec('/a\nHidden=true')).toBe('"/a\\nHidden=true"');
});

it('it is on while its entry is there and not hidden', () => {
  const file = path.join(dir, 'autostart', 'coin.desktop');
  const autostart = new Autostart({ file, name: 'Coin', command: ['/x'] });
  expect(autostart.isOn).toBe(false);
  autostart.set(false);
  autostart.set(true);
  expect(autostart.isOn).toBe(true);
  expect(fs.readFileSync(file, 'utf8')).toContain('Name=Coin\n');
  fs.writeFileSync(file, '[Desktop Entry]\nHidden=true\n');
  expect(autostart.isOn).toBe(false);
  autostart.set(true);
  autostart.set(false);
  expect(fs.existsSync(file)).toBe(false);
  fs.mkdirSync(file);
  expect(() => autostart.isOn).toThrow('EISDIR');
});
