import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { CHROMIUM, SHOTS, TestBrowser, TestGui } from './support/test-gui.ts';
import { childrenOf, isAlive, MULTIPROCESS, until } from './support/test-node.ts';

const require = createRequire(import.meta.url);
const axeSource = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
/** Names of all pages of the menu. */
const PAGES = ['overview', 'send', 'receive', 'transactions', 'coins', 'addresses', 'wallets', 'information', 'mempool', 'blocks', 'peers', 'traffic', 'console', 'processes', 'regtest', 'settings'];

/** Script: the page's width and what sticks out of it sideways; nothing where it does not scroll that way. */
const TOO_WIDE = `(() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const out = [...document.querySelectorAll('.main, .main *')].filter((e) => e.getBoundingClientRect().right > width + 1 && e.closest('.table-scroll') === null);
  return [String(document.documentElement.scrollWidth), ...out.map((e) => e.outerHTML.slice(0, 120))];
})()`;

if (CHROMIUM === undefined) console.warn('No Chromium on this machine: the tests of the page are skipped.');
const withBrowser = CHROMIUM === undefined ? describe.skip : describe;

async function axe(page: Page): Promise<string[]> {
  // The page's own policy lets no script of ours in: the one of the debugger is above it.
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const run = (globalThis as unknown as { axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }).axe;
    const { violations } = await run.run({ resultTypes: ['violations'] });
    return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')}`);
  });
}

async function visit(page: Page, name: string): Promise<void> {
  await page.evaluate(`location.hash = '#/${name}'`);
  await page.locator(`.nav-link[aria-current="page"][href="#/${name}"]`).waitFor({ state: 'attached' });
  await page.locator('main .loading').waitFor({ state: 'detached' });
}

async function shot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return;
  fs.mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: path.join(SHOTS, `${name}.png`), fullPage: true });
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

  it('draws first within 300 ms', async () => {
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      await page.reload();
      await page.locator('.nav-link').first().waitFor();
      times.push(await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity));
    }
    expect(Math.min(...times)).toBeLessThan(300);
  });

  for (const [title, width, height, theme] of [['1440 light', 1440, 900, 'light'], ['1440 dark', 1440, 900, 'dark'], ['360 light', 360, 740, 'light'], ['360 dark', 360, 740, 'dark']] as const) {
    it(`shows every page at ${title} without a fault, without sideways scrolling and clean by axe`, async () => {
      await page.setViewportSize({ width, height });
      await page.evaluate(`localStorage.setItem('coin-prefs', JSON.stringify({ theme: '${theme}' }))`);
      await page.reload();
      await page.locator('.nav-link').first().waitFor({ state: 'attached' });
      for (const name of PAGES) {
        await visit(page, name);
        await shot(page, `${name}-${title.replace(' ', '-')}`);
        expect([name, await page.evaluate(TOO_WIDE)]).toEqual([name, []]);
        expect([name, await axe(page)]).toEqual([name, []]);
      }
      expect(faults).toEqual([]);
    });
  }

  it('lists in the menu the pages that this test knows', async () => {
    const names = await page.locator('.nav-link').evaluateAll((links) => links.map((link) => link.getAttribute('href')?.slice(2)));
    expect(names).toEqual(PAGES);
  });

  it('runs what is typed into the console, nested, and keeps secrets out of its history', async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await visit(page, 'console');
    const command = page.getByRole('combobox', { name: 'Command' });
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
    expect(await enter('walletpassphrase "open sesame" 60')).toContain('Multiple wallets are loaded');
    expect(await enter('unloadwallet w')).toContain('{');
    expect(await page.locator('.console-log').innerText()).not.toContain('sesame');
    expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain('sesame');
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
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
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
