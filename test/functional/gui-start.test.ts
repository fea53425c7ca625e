import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { GuiWalk } from './support/gui-walk.ts';
import { looked, shot } from './support/page-checks.ts';
import { CHROMIUM, TestBrowser, TestGui } from './support/test-gui.ts';
import { until } from './support/test-node.ts';

const withBrowser = CHROMIUM === undefined ? describe.skip : describe;
const ELSEWHERE = 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw';

withBrowser('the first start', () => {
  let gui: TestGui;
  let browser: TestBrowser;
  let page: Page;
  let faults: string[];
  const own = (): string => path.join(gui.home, 'elsewhere', 'coins');
  const saved = (): unknown => JSON.parse(fs.readFileSync(path.join(gui.home, '.config', 'coin-gui', 'gui.json'), 'utf8'));

  beforeEach(async () => {
    gui = await TestGui.create();
    browser = await TestBrowser.launch({ width: 1280, height: 900 });
  });
  afterEach(async () => {
    await browser.close();
    await gui.destroy();
  });

  it('asks where the data goes and what of the chain is kept, in the page that then goes on', async () => {
    await gui.start(['-choosedatadir', '-lang=en'], { atHome: true });
    ({ page, faults } = await browser.open(gui.address()));
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    await page.getByText(path.join(gui.home, '.coin')).waitFor();
    expect(fs.existsSync(path.join(gui.home, '.coin'))).toBe(false);
    await page.getByText('A place of my own').click();
    const dir = page.getByLabel('Data directory', { exact: true });
    await dir.fill('coins');
    await page.getByText('The whole path is needed, from the root on.').waitFor();
    expect(await page.getByRole('button', { name: 'Begin' }).isDisabled()).toBe(true);
    fs.writeFileSync(path.join(gui.home, 'file'), '');
    await dir.fill(path.join(gui.home, 'file'));
    await page.getByText('There is a file of this name, and no directory.').waitFor();
    await dir.fill(own());
    await page.getByText('It will be made.').waitFor();
    await page.getByText(/of space are free/).waitFor();
    const prune = page.getByRole('switch', { name: /^Keep only the newest blocks/ });
    await prune.setChecked(true);
    await page.getByLabel('Space for blocks', { exact: true }).fill('0');
    await page.getByText('At least 1 GB').waitFor();
    await page.getByLabel('Space for blocks', { exact: true }).fill('3');
    await page.getByText('backups of wallets that are 9 days old', { exact: false }).waitFor();
    await looked(page, 'introduction');
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.locator('.nav-link').first().waitFor({ state: 'attached' });
    expect(fs.existsSync(path.join(own(), 'regtest', 'wallets'))).toBe(true);
    expect(fs.existsSync(path.join(gui.home, '.coin'))).toBe(false);
    expect(JSON.parse(fs.readFileSync(path.join(own(), 'regtest', 'settings.json'), 'utf8'))).toMatchObject({ prune: '2861' });
    expect(saved()).toEqual({ dataDir: own(), reset: false });
    await page.evaluate(`location.hash = '#/information'`);
    await page.getByText(own(), { exact: false }).first().waitFor();
    expect(faults).toEqual([]);
    gui.signal('SIGTERM');
    expect(await gui.untilEnd()).toBe(0);

    // The next start finds it by itself.
    await gui.start([], { atHome: true });
    const session = await gui.session();
    await gui.untilRunning(session);
    expect((await gui.call<{ about: { dataDir: string } }>(session, 'app.state')).about.dataDir).toBe(path.join(own(), 'regtest'));
    expect(await gui.rpc<{ pruned: boolean }>(session, 'getblockchaininfo')).toMatchObject({ pruned: true, prune_target_size: 2861 * 1024 * 1024 });
  });

  it('can be left for another day, and nothing is made; it speaks as the browser does', async () => {
    await browser.close();
    browser = await TestBrowser.launch({ width: 1280, height: 900, locale: 'de-AT' });
    await gui.start(['-choosedatadir', '-prune=550'], { atHome: true });
    ({ page } = await browser.open(gui.address()));
    const prune = page.getByRole('switch', { name: /^Nur die neuesten Blöcke behalten/ });
    await prune.waitFor();
    expect(await prune.isDisabled()).toBe(true);
    expect(await page.evaluate('document.documentElement.lang')).toBe('de');
    await shot(page, 'introduction-german');
    await page.getByRole('button', { name: 'Nicht jetzt' }).click();
    expect(await gui.untilEnd()).toBe(0);
    expect(fs.existsSync(path.join(gui.home, '.coin'))).toBe(false);
  });
});

withBrowser('what comes from outside', () => {
  let walk: GuiWalk;
  beforeAll(async () => {
    walk = await GuiWalk.start(['-onion=127.0.0.1:9999', '-externalip=1.2.3.4', `bitcoin:${ELSEWHERE}?amount=0.25&label=First`]);
    await walk.call('wallets.create', { wallet: 'main', passphrase: '', privateKeys: true, blank: false, avoidReuse: false });
  });
  afterAll(() => walk.end());

  it('a link on the command line is shown where it is paid', async () => {
    await walk.page.getByRole('heading', { name: 'Send' }).waitFor();
    await until('the address is there', async () => (await walk.field('Pay to').inputValue()) === ELSEWHERE);
    expect([await walk.field('Label').inputValue(), await walk.field('Amount').inputValue()]).toEqual(['First', '0.25']);
  });

  it('a link given to a second start is handed over to the first, which goes on', async () => {
    await walk.visit('overview');
    expect(await walk.gui.again([`bitcoin:${ELSEWHERE}?amount=1&label=Second&message=Hello`])).toEqual({ code: 0, stderr: '' });
    await walk.page.getByRole('heading', { name: 'Send' }).waitFor();
    await until('the label is there', async () => (await walk.field('Label').last().inputValue()) === 'Second');
    await walk.page.getByText('Message: Hello').waitFor();
    await walk.button('Clear all').click();
    expect(await walk.gui.again(['bitcoin:?req-new=1'])).toEqual({ code: 0, stderr: '' });
    await walk.page.getByText('This link cannot be followed', { exact: false }).waitFor();
    const file = path.join(walk.gui.datadir, 'regtest', 'gui.sock');
    expect(fs.statSync(file).mode & 0o077).toBe(0);
  });

  it('how the node goes out, and where it is found, is told', async () => {
    await walk.visit('information');
    await walk.page.getByText('127.0.0.1:9999').waitFor();
    expect(await walk.call('node.reach')).toMatchObject({ proxies: [{ network: 'onion', proxy: '127.0.0.1:9999' }] });
    await shot(walk.page, 'information-proxy');
  });

  it('says no to what may not stand on the command line', async () => {
    expect(await walk.gui.again([`bitcoin:${ELSEWHERE}`, '-printtoconsole'])).toEqual({ code: 1, stderr: "Error: Options ('-printtoconsole') cannot follow a BIP-21 payment URI\n" });
    expect((await walk.gui.again(['nonsense'])).stderr).toContain("Command line contains unexpected token 'nonsense'");
  });

  it('incoming payments are told of on the desktop, once the user has said so', async () => {
    const { page } = walk;
    const mine = await walk.call<string>('addresses.new', { wallet: 'main', kind: null });
    await walk.browser.context.grantPermissions(['notifications', 'clipboard-read', 'clipboard-write']);
    // Headless browsers show nothing: what would be shown is written down.
    await page.addInitScript(() => {
      const told: string[] = [];
      class Told extends EventTarget {
        static permission = 'default';
        static requestPermission(): Promise<string> {
          Told.permission = 'granted';
          return Promise.resolve('granted');
        }
        constructor(title: string, options: { body: string }) {
          super();
          told.push(`${title} | ${options.body}`);
        }
        close(): void { told.push('closed'); }
      }
      Object.assign(globalThis, { Notification: Told, told });
    });
    await page.reload();
    await walk.visit('settings');
    await walk.rpc('generatetoaddress', [1, mine]);
    // What was there, once the wallet knows it, is looked at, and is no news.
    expect(await walk.rpc('getwalletinfo', [], 'main')).toMatchObject({ txcount: 1 });
    const looks = (): Promise<unknown> => page.waitForResponse((response) => (response.request().postData() ?? '').includes('history.query'));
    await Promise.all([looks(), page.getByRole('switch', { name: /^Tell of incoming payments/ }).check()]);
    expect(await page.evaluate('told')).toEqual([]);
    await walk.rpc('generatetoaddress', [1, mine]);
    await until('the payment is told of', async () => (await page.evaluate<string[]>('told')).length === 1);
    expect(await page.evaluate('told')).toEqual([expect.stringMatching(/^Incoming: \+50\.0+ BTC \| .*main$/)]);
    await walk.rpc('generatetoaddress', [6, mine]);
    await until('several are told of together', async () => (await page.evaluate<string[]>('told')).length >= 2);
    await page.getByRole('switch', { name: /^Tell of incoming payments/ }).uncheck();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const before = (await page.evaluate<string[]>('told')).length;
    await walk.rpc('generatetoaddress', [1, mine]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await page.evaluate<string[]>('told')).length).toBe(before);
    expect(walk.faults).toEqual([]);
  });
});

withBrowser('what the node asks', () => {
  let gui: TestGui;
  let browser: TestBrowser;
  beforeAll(async () => {
    gui = await TestGui.create();
    browser = await TestBrowser.launch({ width: 1280, height: 900 });
  });
  afterAll(async () => {
    await browser.close();
    await gui.destroy();
  });

  const damage = (): void => {
    const coins = path.join(gui.datadir, 'regtest', 'chainstate');
    fs.mkdirSync(coins, { recursive: true });
    fs.writeFileSync(path.join(coins, 'CURRENT'), 'nonsense\n');
  };

  it('is answered in the page: a broken database is rebuilt, or not', async () => {
    damage();
    await gui.start();
    const { page } = await browser.open(gui.address());
    const question = page.getByRole('alertdialog', { name: 'The node asks' });
    await question.getByText('Do you want to rebuild the databases now?', { exact: false }).waitFor();
    await looked(page, 'question');
    await question.getByRole('button', { name: 'Yes' }).click();
    await page.locator('.nav-link').first().waitFor({ state: 'attached' });
    const session = await gui.session(new URL(await page.evaluate<string>(`fetch('/call', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Coin-Session': sessionStorage.getItem('coin-session') }, body: JSON.stringify({ method: 'app.newAddress', args: {} }) }).then((r) => r.json()).then((r) => r.result)`)).hash.slice(1));
    expect(await gui.rpc(session, 'getblockcount')).toBe(0);
    gui.signal('SIGTERM');
    expect(await gui.untilEnd()).toBe(0);

    damage();
    await gui.start();
    const again = (await browser.open(gui.address())).page;
    await again.getByRole('alertdialog', { name: 'The node asks' }).getByRole('button', { name: 'No' }).click();
    await again.getByRole('heading', { name: 'The node did not start' }).waitFor();
    expect(await gui.untilEnd()).toBe(1);
    expect(gui.output()).toContain('Please restart with -reindex or -reindex-chainstate to recover.');
  });

  it('does not keep the program from ending', async () => {
    damage();
    await gui.start();
    const { page } = await browser.open(gui.address());
    await page.getByRole('alertdialog', { name: 'The node asks' }).waitFor();
    gui.signal('SIGTERM');
    expect(await gui.untilEnd()).not.toBe('SIGKILL');
  });
});
