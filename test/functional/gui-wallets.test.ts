import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import path from 'node:path';
import { GuiWalk } from './support/gui-walk.ts';
import { looked } from './support/page-checks.ts';
import { CHROMIUM } from './support/test-gui.ts';

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
});
