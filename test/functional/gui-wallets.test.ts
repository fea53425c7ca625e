import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { decodeQR } from 'qr/decode.js';
import { GuiWalk } from './support/gui-walk.ts';
import { looked, shot } from './support/page-checks.ts';
import { CHROMIUM, SHOTS } from './support/test-gui.ts';

const ELSEWHERE = 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw';
const withBrowser = CHROMIUM === undefined ? describe.skip : describe;

withBrowser('wallets and their files in the page', () => {
  let walk: GuiWalk;
  let dir: string;

  beforeAll(async () => {
    walk = await GuiWalk.start();
    ({ dir } = await walk.call<{ dir: string }>('wallets.directory'));
    await walk.call('wallets.create', { wallet: 'savings', passphrase: 'secret', privateKeys: true, blank: false, avoidReuse: true });
    const [address] = [await walk.call<string>('addresses.new', { wallet: 'savings', kind: null })];
    await walk.rpc('generatetoaddress', [3, address]);
    await walk.visit('wallets');
  });
  afterAll(() => walk.end());

  const fact = (name: string): Promise<string> => walk.dialog().locator('.facts > div').filter({ has: walk.page.getByText(name, { exact: true }) }).locator('dd').innerText();

  it('says what a wallet is made of, and follows it', async () => {
    const { page } = walk;
    await walk.button('Details').click();
    const file = path.join(dir, 'savings', 'wallet.dat');
    await walk.dialog('Wallet "savings"').getByText(file).waitFor();
    expect(await fact('Format')).toBe('SQLite');
    expect(await fact('Size on disk')).toMatch(/^[\d.]+ kB$/);
    expect(await fact('Private keys')).toBe('encrypted, locked');
    expect([await fact('Avoid reuse'), await fact('Blank'), await fact('A device signs')]).toEqual(['yes', 'no', 'no']);
    expect((await fact('Flags')).split(/\s+/)).toEqual(['avoid_reuse', 'last_hardened_xpub_cached', 'descriptor_wallet']);
    expect(await fact('Descriptors')).toMatch(/^\d+, active: 8$/);
    expect(await fact('Addresses ready')).toMatch(/^\d+ to receive, \d+ for change$/);
    expect(await fact('Payments possible since')).toBe('Block 1');
    expect(await fact('Followed up to')).toMatch(/^Block 3, /);
    expect(fs.statSync(file).size).toBeGreaterThan(0);
    await looked(page, 'wallet-details');
    await walk.rpc('generatetoaddress', [1, ELSEWHERE]);
    await walk.dialog().getByText(/^Block 4, /).waitFor();
    await walk.button('Close', walk.dialog()).last().click();
    await walk.closed();
  });

  it('renames a wallet that is closed, and says why a name is none', async () => {
    const { page } = walk;
    await walk.call('wallets.create', { wallet: 'attic', passphrase: '', privateKeys: true, blank: false, avoidReuse: false });
    const address = await walk.call<string>('addresses.new', { wallet: 'attic', kind: null });
    await expect(walk.call('wallets.rename', { wallet: 'attic', name: 'cellar' })).rejects.toThrow('Wallet "attic" is open: close it first.');
    await expect(walk.call('wallets.delete', { wallet: 'attic' })).rejects.toThrow('Wallet "attic" is open: close it first.');
    await walk.rpc('unloadwallet', ['attic']);
    await walk.button('Rename "attic"').click();
    await walk.field('New name', walk.dialog()).fill('../attic');
    await walk.button('Rename', walk.dialog()).click();
    await walk.dialog().getByText('The new name must stay within the wallet directory.').waitFor();
    await walk.field('New name', walk.dialog()).fill('savings');
    await page.keyboard.press('Enter');
    await walk.dialog().getByText('There is a wallet "savings" already.').waitFor();
    await looked(page, 'wallet-rename');
    await walk.field('New name', walk.dialog()).fill('cellar');
    await walk.button('Rename', walk.dialog()).click();
    await walk.closed();
    await walk.button('Rename "cellar"').waitFor();
    expect(fs.readdirSync(dir).sort()).toEqual(['cellar', 'savings']);
    const settings = JSON.parse(fs.readFileSync(path.join(walk.gui.datadir, 'regtest', 'settings.json'), 'utf8')) as { wallet: string[] };
    expect(settings.wallet).toEqual(['savings', 'cellar']);
    await page.getByRole('listitem').filter({ hasText: 'cellar' }).getByRole('button', { name: 'Open' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    expect(await walk.rpc('getaddressinfo', [address], 'cellar')).toMatchObject({ ismine: true });
    await walk.call('wallets.close', { wallet: 'cellar' });
    await walk.visit('wallets');
  });

  it('deletes a wallet that is closed when its name is typed, and offers a backup before', async () => {
    const { page } = walk;
    await looked(page, 'wallets-closed');
    await walk.button('Delete "cellar"').click();
    const deletion = walk.dialog('Delete "cellar"?');
    const copy = path.join(walk.gui.datadir, 'cellar.bak');
    await walk.button('Back up', deletion).click();
    const backup = walk.dialog('Back up the wallet');
    await walk.field('File', backup).fill(copy);
    await walk.button('Back up', backup).click();
    await backup.waitFor({ state: 'detached' });
    await page.getByText(`Backed up to ${copy}`).waitFor();
    const press = walk.button('Delete', deletion);
    const name = walk.field("Type the wallet's name to delete it", deletion);
    await name.fill('cella');
    expect(await press.isDisabled()).toBe(true);
    await page.keyboard.press('Enter');
    await name.fill('cellar');
    await looked(page, 'wallet-delete');
    fs.writeFileSync(path.join(dir, 'cellar', 'notes.txt'), 'mine');
    await press.click();
    await deletion.getByText('There are other files in the directory of "cellar" (notes.txt): move them away first.').waitFor();
    fs.rmSync(path.join(dir, 'cellar', 'notes.txt'));
    await press.click();
    await walk.closed();
    await walk.button('Delete "cellar"').waitFor({ state: 'detached' });
    expect(fs.readdirSync(dir)).toEqual(['savings']);
    await walk.call('wallets.restore', { file: copy, wallet: 'again' });
    expect((await walk.rpc<string[]>('listwallets')).sort()).toEqual(['again', 'savings']);
    await walk.call('wallets.close', { wallet: 'again' });
    await walk.call('wallets.delete', { wallet: 'again' });
  });

  describe('the backup sheet', () => {
    const sheet = (): Locator => walk.dialog('Backup sheet');
    const texts = (): Promise<string[]> => sheet().locator('.sheet li .mono').allInnerTexts();
    const open = async (): Promise<void> => {
      const card = walk.page.locator('section.card', { hasText: 'savings' }).first();
      if (await card.locator('details[open]').count() === 0) await card.getByText('More').click();
      await walk.button('Backup sheet', card).click();
      await sheet().locator('.sheet').waitFor();
    };
    const listed = async (withKeys: boolean): Promise<string[]> => (await walk.rpc<{ descriptors: { desc: string }[] }>('listdescriptors', [withKeys], 'savings')).descriptors.map(({ desc }) => desc).sort();
    /** What a QR code in the sheet says. */
    const read = async (n: number): Promise<string> => {
      const svg = sheet().locator('.sheet svg.qr').nth(n - 1);
      const size = Number((await svg.getAttribute('viewBox'))?.split(' ')[2]);
      const data = new Uint8Array(size * size * 16 * 4).fill(255);
      for (const [, x, y] of (await svg.locator('path').getAttribute('d') ?? '').matchAll(/M(\d+) (\d+)/g)) {
        for (let i = 0; i < 16; i++) {
          const at = ((Number(y) * 4 + Math.floor(i / 4)) * size * 4 + Number(x) * 4 + (i % 4)) * 4;
          data.fill(0, at, at + 3);
        }
      }
      return decodeQR({ width: size * 4, height: size * 4, data });
    };

    it('has every descriptor, with a code of it, and says since when there may be payments', async () => {
      await open();
      const shown = await texts();
      expect([...shown].sort()).toEqual(await listed(false));
      expect(shown.length).toBe(8);
      expect(await read(1)).toBe(shown[0]);
      expect(await read(8)).toBe(shown[7]);
      await sheet().getByText('Payments possible since').waitFor();
      expect(await sheet().innerText()).toContain(`Checksum: ${shown[0]?.split('#')[1] ?? ''}`);
      await looked(walk.page, 'backup-sheet');
    });

    it('fills pages of paper with nothing else', async () => {
      const { page } = walk;
      await page.emulateMedia({ media: 'print' });
      await page.evaluate("document.documentElement.dataset.theme = 'dark'");
      expect(await page.locator('.frame').isVisible()).toBe(false);
      expect([await sheet().getByRole('heading', { name: 'Wallet "savings"' }).isVisible(), await walk.button('Print', sheet()).isVisible()]).toEqual([true, false]);
      expect(await sheet().evaluate((e) => [getComputedStyle(e).position, getComputedStyle(e).backgroundColor, getComputedStyle(e).color])).toEqual(['absolute', 'rgb(255, 255, 255)', 'rgb(0, 0, 0)']);
      const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
      expect(pdf.match(/\/Type \/Page\b/g)?.length).toBeGreaterThan(1);
      if (SHOTS !== undefined) fs.writeFileSync(path.join(SHOTS, 'backup-sheet.pdf'), pdf, 'latin1');
      await shot(page, 'backup-sheet-print');
      await page.emulateMedia({ media: null });
      await page.evaluate("document.documentElement.dataset.theme = 'light'");
      await page.evaluate('window.print = () => { document.title = "printed"; }');
      await walk.button('Print', sheet()).click();
      expect(await page.title()).toBe('printed');
    });

    it('has private keys for who knows the passphrase, and forgets them', async () => {
      const { page } = walk;
      await sheet().getByText('the private keys', { exact: true }).click();
      await sheet().getByText('Who sees this sheet', { exact: false }).waitFor();
      expect(await sheet().locator('.sheet').count()).toBe(0);
      const passphrase = walk.field('Passphrase', sheet());
      await passphrase.fill('wrong');
      await walk.button('Show the private keys', sheet()).click();
      await sheet().getByText('The passphrase is wrong.').waitFor();
      // Unlocked or not, whoever wants to see keys has to know it.
      await walk.rpc('walletpassphrase', ['secret', 1000], 'savings');
      await expect(walk.call('keys.sheet', { wallet: 'savings', privateKeys: true, passphrase: null })).rejects.toThrow('its passphrase is needed');
      await passphrase.fill('secret');
      await page.keyboard.press('Enter');
      await sheet().locator('.sheet').waitFor();
      const shown = await texts();
      expect([...shown].sort()).toEqual(await listed(true));
      expect(shown.every((text) => text.includes('tprv'))).toBe(true);
      expect(await read(3)).toBe(shown[2]);
      await walk.rpc('walletlock', [], 'savings');
      await looked(page, 'backup-sheet-keys');
      await sheet().getByText('what it takes to watch').click();
      await sheet().getByText('no private keys: who has this sheet', { exact: false }).waitFor();
      expect(await page.content()).not.toContain('tprv');
      await sheet().getByText('the private keys', { exact: true }).click();
      await passphrase.fill('secret');
      await walk.button('Show the private keys', sheet()).click();
      await sheet().locator('.sheet').waitFor();
      expect((await walk.call<{ wallets: { locked: boolean }[] }>('wallets.list')).wallets).toMatchObject([{ locked: true }]);
      await walk.button('Close', sheet()).last().click();
      await walk.closed();
      expect(await page.content()).not.toContain('tprv');
      expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).not.toContain('tprv');
      const secrets = shown.map((text) => /tprv\w+/.exec(text)?.[0] ?? '');
      const files = fs.readdirSync(walk.gui.datadir, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(log|json)$/.test(file));
      expect(files.map((file) => path.basename(file))).toEqual(expect.arrayContaining(['debug.log', 'settings.json']));
      for (const file of files) for (const secret of secrets) expect(fs.readFileSync(path.join(walk.gui.datadir, file), 'utf8')).not.toContain(secret);
    });

    it('has no private keys of a wallet without', async () => {
      await walk.call('wallets.create', { wallet: 'watching', passphrase: '', privateKeys: false, blank: true, avoidReuse: false });
      const card = walk.page.locator('section.card', { hasText: 'watching' }).first();
      await card.getByText('More').click();
      await walk.button('Backup sheet', card).click();
      await sheet().getByText('This wallet has no descriptors yet.').waitFor();
      expect(await sheet().getByText('the private keys').count()).toBe(0);
      await expect(walk.call('keys.sheet', { wallet: 'watching', privateKeys: true, passphrase: null })).rejects.toThrow("Can't get private descriptor string for watch-only wallets");
      await walk.button('Close', sheet()).last().click();
      await walk.closed();
    });
  });
});
