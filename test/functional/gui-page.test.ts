import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import path from 'node:path';
import type { Page, Request } from 'playwright-core';
import { axe, FIRST_PAINT_MS, firstPaintMs, lookAt, LOOKS, shot, tooWide } from './support/page-checks.ts';
import { CHROMIUM, TestBrowser, TestGui } from './support/test-gui.ts';
import { childrenOf, isAlive, MULTIPROCESS, until } from './support/test-node.ts';

/** Names of all pages of the menu. */
const PAGES = ['overview', 'send', 'receive', 'transactions', 'coins', 'addresses', 'psbt', 'messages', 'wallets', 'information', 'mempool', 'blocks', 'peers', 'traffic', 'console', 'log', 'processes', 'regtest', 'settings'];

if (CHROMIUM === undefined) console.warn('No Chromium on this machine: the tests of the page are skipped.');
const withBrowser = CHROMIUM === undefined ? describe.skip : describe;

async function visit(page: Page, name: string): Promise<void> {
  await page.evaluate(`location.hash = '#/${name}'`);
  await page.locator(`.nav-link[aria-current="page"][href="#/${name}"]`).waitFor({ state: 'attached' });
  await page.locator('main:not(:has(.loading))').waitFor({ state: 'attached' });
}

withBrowser('the page in a browser', () => {
  let gui: TestGui;
  let session: Record<string, string>;
  let browser: TestBrowser;
  let page: Page;
  let faults: string[];
  /** A wallet with coins, payments in and out, and labels. */
  const fillWallet = async (): Promise<void> => {
    await gui.call(session, 'wallets.create', { wallet: 'savings', passphrase: '', privateKeys: true, blank: false, avoidReuse: false });
    const mine = await gui.call<string>(session, 'addresses.new', { wallet: 'savings', kind: null });
    await gui.rpc(session, 'generatetoaddress', [102, mine], null);
    const request = { wallet: 'savings', label: 'Rent from Ada', amount: 150_000_000, message: 'March', kind: 'bech32', time: 1_700_000_000 };
    const { address } = await gui.call<{ address: string }>(session, 'requests.create', request);
    const payments = [
      { address, amount: 150_000_000, subtractFee: false, label: '' }, { address: 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw', amount: 25_000_000, subtractFee: false, label: 'Bakery' },
    ];
    const control = { inputs: [], feerate: 5000, confirmTarget: null, changeAddress: null, replaceable: true };
    const { tx } = await gui.call<{ tx: string }>(session, 'spend.prepare', { wallet: 'savings', payments, control });
    await gui.call(session, 'spend.send', { wallet: 'savings', tx, payments, passphrase: null, message: null });
  };
  const newAddress = (): Promise<string> => gui.call<string>(session, 'app.newAddress');

  beforeAll(async () => {
    gui = await (await TestGui.create()).start();
    session = await gui.session();
    await gui.untilRunning(session);
    await fillWallet();
    browser = await TestBrowser.launch({ width: 1440, height: 900 });
    ({ page, faults } = await browser.open(await newAddress()));
    await page.locator('.nav-link').first().waitFor();
  });
  afterAll(async () => {
    await browser.close();
    await gui.destroy();
  });

  it('opens with a token that leaves the address bar, and asks nobody else for anything', async () => {
    expect(page.url()).not.toMatch(/#[\w-]{20,}/);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.reload();
    await page.locator('.nav-link').first().waitFor();
    expect(asked.filter((url) => !url.startsWith(`http://127.0.0.1:${gui.port}/`))).toEqual([]);
    expect(await page.evaluate('document.cookie')).toBe('');
  });

  it('is less than 120 kB on its way, with its styles', async () => {
    const asked: string[] = [];
    const note = (request: Request): void => { if (request.method() === 'GET') asked.push(new URL(request.url()).pathname); };
    page.on('request', note);
    await page.reload();
    await page.locator('.nav-link').first().waitFor();
    page.off('request', note);
    // For its icon a browser asks when it likes.
    const icon = '/icon.svg';
    expect(asked.filter((file) => file !== icon).sort()).toEqual(['/', '/page.css', '/page.js']);
    let sum = 0;
    for (const file of ['/', icon, '/page.css', '/page.js']) sum += await gui.compressed(file);
    // What reads codes, and other languages, are fetched by those who need them.
    const [codes, german] = [await gui.compressed('/codes.js'), await gui.compressed('/de.js')];
    console.info(`page ${sum}, codes ${codes}, German ${german} bytes`);
    expect(sum).toBeGreaterThan(50_000);
    expect(sum).toBeLessThan(120_000);
    expect(codes).toBeGreaterThan(5_000);
    expect(codes).toBeLessThan(30_000);
    expect(german).toBeGreaterThan(5_000);
    expect(german).toBeLessThan(25_000);
  });

  it('draws first within 300 ms', async () => {
    expect(await firstPaintMs(page, FIRST_PAINT_MS)).toBeLessThan(FIRST_PAINT_MS);
  });

  for (const look of LOOKS) {
    it(`shows every page at ${look[0]} without a fault, without sideways scrolling and clean by axe`, async () => {
      await lookAt(page, look);
      for (const name of PAGES) {
        await visit(page, name);
        await shot(page, `${name}-${look[0]}`);
        expect([name, await tooWide(page)]).toEqual([name, []]);
        expect([name, await axe(page)]).toEqual([name, []]);
      }
      expect(faults).toEqual([]);
    });
  }

  it('speaks German where it is told to, on every page, and none is too wide or at fault', async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await visit(page, 'settings');
    await page.getByLabel('Language', { exact: true }).selectOption('de');
    await page.getByRole('heading', { name: 'Einstellungen' }).waitFor();
    expect(await page.evaluate('document.documentElement.lang')).toBe('de');
    for (const look of LOOKS.filter(([name]) => name.endsWith('light'))) {
      await lookAt(page, look);
      for (const name of PAGES) {
        await visit(page, name);
        await shot(page, `${name}-de-${look[0]}`);
        expect([name, await tooWide(page)]).toEqual([name, []]);
        expect([name, await axe(page)]).toEqual([name, []]);
      }
    }
    await visit(page, 'settings');
    await page.getByLabel('Sprache', { exact: true }).selectOption('system');
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    expect(faults).toEqual([]);
  });

  it('lists in the menu the pages that this test knows', async () => {
    const names = await page.locator('.nav-link').evaluateAll((links) => links.map((link) => link.getAttribute('href')?.slice(2)));
    expect(names).toEqual(PAGES);
  });

  it('runs what is typed into the console, nested, and keeps secrets out of its history', async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await visit(page, 'console');
    const command = page.getByRole('combobox', { name: 'Command', exact: true });
    const enter = async (text: string): Promise<string> => {
      const before = await page.locator('.console-log .asked').count();
      await command.fill(text);
      await command.press('Enter');
      await page.locator('.console-log > div', { has: page.locator('.asked') }).nth(before).locator('pre').nth(1).waitFor();
      return page.locator('.console-log > div', { has: page.locator('.asked') }).nth(before).locator('pre').nth(1).innerText();
    };
    expect(await enter('getblockcount')).toBe('102');
    expect(await enter('getblock(getblockhash(0) 1)[tx][0]')).toBe('4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b');
    expect(await enter('getblockhash 1000')).toBe('Block height out of range (code -8)');
    expect(await enter('createwallet "w" false false "open sesame"')).toContain('"name": "w"');
    // Commands are about the wallet that is looked at, or another, or none.
    expect(await enter('getwalletinfo')).toContain('"walletname": "savings"');
    const about = page.getByRole('combobox', { name: 'Wallet of the commands' });
    await about.selectOption('w');
    expect(await enter('getwalletinfo')).toContain('"walletname": "w"');
    await about.selectOption({ label: '(no wallet)' });
    expect(await enter('walletpassphrase "open sesame" 60')).toContain('Multiple wallets are loaded');
    expect(await enter('unloadwallet w')).toContain('{');
    expect(await page.locator('.console-log').innerText()).not.toContain('sesame');
    expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain('sesame');
    const kept = fs.readFileSync(path.join(gui.datadir, 'regtest', 'guisettings.json'), 'utf8');
    expect(kept).toContain('getblockhash 1000');
    expect(kept).not.toContain('sesame');
    await command.fill('getblockch');
    await command.press('Tab');
    await until('the command is completed', async () => (await command.inputValue()) === 'getblockchaininfo ');
  });

  it('follows the chain without being asked', async () => {
    await visit(page, 'information');
    await gui.rpc(session, 'generatetoaddress', [3, 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw']);
    await page.getByRole('definition').filter({ hasText: /^105$/ }).first().waitFor();
  });

  it('hides values, remembers the theme, and lists its keys', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('i');
    await page.getByRole('heading', { name: 'Information' }).waitFor();
    await page.keyboard.press('m');
    expect(await page.getByRole('button', { name: 'Show values' }).getAttribute('aria-pressed')).toBe('true');
    await page.keyboard.press('m');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('is told of a lost connection and of the end; nothing is left behind', async () => {
    const children = childrenOf(gui.pid);
    expect(children.length).toBe(MULTIPROCESS ? 1 : 0);
    await visit(page, 'settings');
    await page.getByRole('button', { name: 'Shut down' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Shut down' }).click();
    await page.getByRole('heading', { name: 'Done' }).waitFor();
    expect(await gui.untilEnd()).toBe(0);
    expect(gui.output()).toBe('');
    await until('the children are gone', () => children.every((pid) => !isAlive(pid)));
  });
});

describe('a start that fails', () => {
  it('says why, and exits with 1', async () => {
    const first = await (await TestGui.create()).start();
    const second = await TestGui.create();
    await expect(second.start([`-datadir=${first.datadir}`])).rejects.toThrow(/Cannot obtain a lock on directory/);
    expect(await second.untilEnd()).toBe(1);
    await first.destroy();
    await second.destroy();
  });
});
