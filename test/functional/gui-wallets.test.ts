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
});
