import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import path from 'node:path';
import { LegacyWalletWriter, regtestAddress, testKey, testPubkey, wpkhScript } from '../support/legacy-wallet.ts';
import { GuiWalk } from './support/gui-walk.ts';
import { axe, LOOKS, redraw, shot, tooWide } from './support/page-checks.ts';
import { CHROMIUM } from './support/test-gui.ts';

const withBrowser = CHROMIUM === undefined ? describe.skip : describe;

withBrowser('old wallets in the page', () => {
  let walk: GuiWalk;
  let old: Uint8Array;
  let paid: string;

  beforeAll(async () => {
    walk = await GuiWalk.start();
    const writer = new LegacyWalletWriter().encrypt('secret');
    const { external } = writer.seed(testKey('page seed'), 5, 5);
    paid = regtestAddress(external[2] as Uint8Array);
    writer.watch(wpkhScript(testPubkey('watched'))).address(paid, 'rent', 'receive');
    old = writer.file();
    await walk.rpc('generatetoaddress', [1, paid]);
    await walk.rpc('generatetoaddress', [100, regtestAddress(testPubkey('elsewhere'))]);
    const { dir } = await walk.call<{ dir: string }>('wallets.directory');
    fs.mkdirSync(path.join(dir, 'attic'));
    fs.writeFileSync(path.join(dir, 'attic', 'wallet.dat'), old);
  });
  afterAll(() => walk.end());

  const looked = async (name: string): Promise<void> => {
    for (const view of LOOKS) {
      await redraw(walk.page, view);
      expect([view[0], await tooWide(walk.page)]).toEqual([view[0], []]);
      expect([view[0], await axe(walk.page)]).toEqual([view[0], []]);
      await shot(walk.page, `${name}-${view[0]}`);
    }
    await redraw(walk.page, ['', 1280, 900, 'light'] as unknown as (typeof LOOKS)[number]);
  };

  it('offers to migrate them, asks for the passphrase, and says what has come of it', async () => {
    const { page } = walk;
    await walk.visit('wallets');
    await page.getByText('old format, needs migration').waitFor();
    await walk.button('Migrate').click();
    await walk.field('Passphrase', walk.dialog()).fill('wrong');
    await looked('migrate');
    await walk.button('Migrate', walk.dialog()).click();
    await walk.dialog().getByText('Error: Wallet decryption failed, the wallet passphrase was not provided or was incorrect.').waitFor();
    await walk.field('Passphrase', walk.dialog()).fill('secret');
    await walk.button('Migrate', walk.dialog()).click();
    await walk.dialog('Migrated').waitFor();
    await walk.dialog().getByText('attic_watchonly').waitFor();
    await looked('migrated');
    await walk.button('Done', walk.dialog()).click();
    await walk.closed();
    expect(await walk.rpc('getbalance', [], 'attic')).toBe(50);
    expect(await walk.rpc('getaddressinfo', [paid], 'attic')).toMatchObject({ ismine: true, labels: ['rent'] });
    expect((await walk.call<{ wallets: { name: string; locked: boolean }[] }>('wallets.list')).wallets.find(({ name }) => name === 'attic')).toMatchObject({ locked: true });
  });

  it('restores a backup of one, and migrates it', async () => {
    const { page } = walk;
    const backup = path.join(walk.gui.datadir, 'backup.dat');
    fs.writeFileSync(backup, new LegacyWalletWriter().watch(wpkhScript(testPubkey('alone'))).file());
    await walk.visit('wallets');
    await walk.button('Restore').click();
    await walk.field('File', walk.dialog()).fill(backup);
    await walk.field('Name of the new wallet', walk.dialog()).fill('found');
    await walk.dialog().getByText('An old wallet').click();
    await walk.button('Restore', walk.dialog()).click();
    await walk.dialog('Migrate "found"?').waitFor();
    await walk.dialog().getByText('Open it afterwards').click();
    await walk.button('Migrate', walk.dialog()).click();
    await walk.dialog('Migrated').waitFor();
    await page.getByText('It is not open: open it on this page.').waitFor();
    await walk.button('Done', walk.dialog()).click();
    await walk.closed();
    expect((await walk.call<{ entries: { name: string; format: string; open: boolean }[] }>('wallets.directory')).entries).toContainEqual({ name: 'found_watchonly', format: 'sqlite', open: false });
    expect(walk.faults.filter((fault) => !fault.includes('400'))).toEqual([]);
  });
});
