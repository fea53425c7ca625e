import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import path from 'node:path';
import { GuiWalk } from './support/gui-walk.ts';
import { looked } from './support/page-checks.ts';
import { CHROMIUM, TestBrowser, TestGui } from './support/test-gui.ts';
import { BIN, MULTIPROCESS, run, until } from './support/test-node.ts';

const ELSEWHERE = 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw';
const withBrowser = CHROMIUM === undefined ? describe.skip : describe;

withBrowser('options of the page', () => {
  let walk: GuiWalk;
  const netFile = (name: string): string => path.join(walk.gui.datadir, 'regtest', name);
  const kept = (): unknown => JSON.parse(fs.readFileSync(netFile('guisettings.json'), 'utf8'));

  beforeAll(async () => {
    walk = await GuiWalk.start(['-uacomment=tested', '-debug=http']);
    await walk.call('wallets.create', { wallet: 'main', passphrase: '', privateKeys: true, blank: false, avoidReuse: false });
    await walk.rpc('generatetoaddress', [1, await walk.call<string>('addresses.new', { wallet: 'main', kind: null })]);
  });
  afterAll(() => walk.end());

  it('third-party transaction URLs are checked, kept, and linked to from the details; only a click asks them for anything', async () => {
    const { page } = walk;
    await walk.visit('settings');
    const field = walk.field('Third-party transaction URLs');
    await field.fill('https://explorer.example/tx/%s|javascript:alert(%s)');
    await page.getByText('Not a web address (http or https) with %s in it: javascript:alert(%s)').waitFor();
    const save = walk.button('Save', page.locator('form').filter({ hasText: 'Third-party transaction' }));
    expect(await save.isDisabled()).toBe(true);
    await expect(walk.call('prefs.change', { transactionUrls: 'javascript:%s' })).rejects.toThrow('Not all of these are web addresses');
    await looked(page, 'transaction-urls-wrong');
    await field.fill('https://explorer.example/tx/%s | http://explorer.invalid:8080/?id=%s');
    await save.click();
    await until('it is kept', () => fs.existsSync(netFile('guisettings.json')) && JSON.stringify(kept()).includes('explorer.invalid'));
    expect(kept()).toMatchObject({ transactionUrls: 'https://explorer.example/tx/%s | http://explorer.invalid:8080/?id=%s' });

    const asked: string[] = [];
    walk.browser.context.on('request', (request) => { if (!request.url().startsWith(`http://127.0.0.1:${walk.gui.port}/`)) asked.push(request.url()); });
    await walk.visit('transactions');
    await page.locator('.virtual button').first().click();
    const link = walk.dialog().getByRole('link', { name: 'Show in explorer.example', exact: true });
    const [{ txid }] = await walk.rpc<[{ txid: string }]>('listtransactions', [], 'main');
    expect(await link.getAttribute('href')).toBe(`https://explorer.example/tx/${txid}`);
    expect(await link.getAttribute('rel')).toBe('noopener noreferrer');
    await looked(page, 'transaction-elsewhere');
    expect(asked).toEqual([]);
    const second = walk.dialog().getByRole('link', { name: 'Show in explorer.invalid:8080' });
    const request = walk.browser.context.waitForEvent('request', (one) => one.url().startsWith('http://explorer.invalid'));
    const [opened] = await Promise.all([walk.browser.context.waitForEvent('page'), second.click()]);
    expect((await request).url()).toBe(`http://explorer.invalid:8080/?id=${txid}`);
    expect((await request).headers()).not.toHaveProperty('referer');
    await opened.close();
    await walk.button('Close', walk.dialog()).last().click();
    await walk.closed();
  });

  it('news are not undone by an answer that they have overtaken', async () => {
    const { page } = walk;
    const theme = (): Promise<string> => page.evaluate<string>('document.documentElement.dataset.theme');
    const themeIs = (wanted: string): Promise<void> => until(`it is ${wanted}`, async () => await theme() === wanted);
    let isFirst = true;
    await page.route('**/call', async (route) => {
      if (!isFirst || !(route.request().postData() ?? '').includes('"app.state"')) return route.continue();
      isFirst = false;
      const response = await route.fetch();
      await walk.call('prefs.change', { theme: 'dark' });
      await themeIs('dark');
      return route.fulfill({ response });
    });
    await page.reload();
    await page.locator('.nav-link').first().waitFor();
    expect(await theme()).toBe('dark');
    await page.unroute('**/call');
    await walk.call('prefs.change', { theme: 'light' });
    await themeIs('light');
  });

  it('news that were on their way do not undo what was chosen after them', async () => {
    const { page } = walk;
    await walk.visit('overview');
    const held: (() => Promise<void>)[] = [];
    await page.route('**/call', (route) => {
      if (!(route.request().postData() ?? '').includes('"masked"')) return route.continue();
      held.push(() => route.continue());
      return undefined;
    });
    await page.keyboard.press('m');
    await walk.button('Show values').waitFor();
    await page.keyboard.press('m');
    await walk.button('Hide values').waitFor();
    await until('both are on their way', () => held.length === 2);
    const [first, second] = held;
    // The program hears of the first, and all pages from it; of the second it does not know yet.
    await first?.();
    await until('the first is kept', async () => (await walk.call<{ prefs: { masked: boolean } }>('app.state')).prefs.masked);
    await walk.call('prefs.change', { theme: 'dark' });
    await until('these news have come', () => page.evaluate<boolean>(`document.documentElement.dataset.theme === 'dark'`));
    expect(await walk.button('Hide values').count()).toBe(1);
    await second?.();
    await until('the second is kept, too', async () => !(await walk.call<{ prefs: { masked: boolean } }>('app.state')).prefs.masked);
    await page.unroute('**/call');
    await walk.call('prefs.change', { theme: 'light' });
    await until('the page has heard of all', () => page.evaluate<boolean>(`document.documentElement.dataset.theme === 'light'`));
    expect(await walk.button('Hide values').count()).toBe(1);
  });

  it('a list that comes late does not take the place of a newer one', async () => {
    const { page } = walk;
    const [{ address }] = await walk.rpc<[{ address: string }]>('listtransactions', [], 'main');
    await walk.visit('overview');
    let isFirst = true;
    let late: (() => Promise<void>) | undefined;
    await page.route('**/call', async (route) => {
      if (!isFirst || !/history\.query.*"limit":100/.test(route.request().postData() ?? '')) return route.fallback();
      isFirst = false;
      const response = await route.fetch();
      late = async () => {
        const arrived = page.waitForResponse((one) => one.request() === route.request());
        await route.fulfill({ response });
        await (await arrived).finished();
      };
    });
    await walk.visit('transactions');
    await until('the first is answered', () => late !== undefined);
    await walk.call('addresses.label', { wallet: 'main', address, label: 'Newer' });
    const newer = page.getByRole('button', { name: /Newer/ });
    await newer.waitFor();
    await late?.();
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    expect(await newer.count()).toBe(1);
    await page.unroute('**/call');
    await walk.call('addresses.label', { wallet: 'main', address, label: '' });
  });

  it('an address for change is checked, and asked about where it is foreign; the fee is chosen as last time', async () => {
    const { page } = walk;
    await walk.rpc('generatetoaddress', [100, ELSEWHERE]);
    await walk.visit('send');
    await walk.field('Pay to').fill(ELSEWHERE);
    await walk.field('Amount').fill('1');
    await page.getByText('By feerate').click();
    await walk.field('Feerate').fill('3.5');
    await page.locator('details.more').getByText('More').click();
    const change = walk.field('Address for change');
    await change.fill('nonsense');
    await page.getByText('Invalid', { exact: false }).first().waitFor();
    await change.fill(await walk.call<string>('addresses.new', { wallet: 'main', kind: null }));
    await page.getByText('It is of this wallet.').waitFor();
    await change.fill(ELSEWHERE);
    await page.getByText('It is not of this wallet.').waitFor();
    await walk.button('Review').click();
    await walk.dialog('Change to a foreign address?').waitFor();
    await looked(page, 'foreign-change');
    await walk.button('Cancel', walk.dialog()).click();
    await walk.closed();
    await change.fill('');
    await walk.button('Review').click();
    await walk.button('Send', walk.dialog('Send this?')).click();
    await page.getByRole('heading', { name: 'Transactions' }).waitFor();
    await until('the fee is kept', () => (kept() as { feeRate?: number }).feeRate === 3500);
    expect(kept()).toMatchObject({ feeMode: 'rate' });
    await walk.visit('send');
    expect(await walk.field('Feerate').inputValue()).toBe('3.5');
  });

  it('a link for payment may be dropped on any page, and nothing else that is dropped leads away', async () => {
    const { page } = walk;
    await walk.visit('overview');
    const drop = (text: string): Promise<unknown> => page.evaluate(`(() => {
      const data = new DataTransfer();
      data.setData('text/plain', ${JSON.stringify(text)});
      document.querySelector('main').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    })()`);
    await drop('https://example.com/');
    await drop(`bitcoin:${ELSEWHERE}?amount=0.2&label=Dropped`);
    await page.getByRole('heading', { name: 'Send' }).waitFor();
    await until('the label is there', async () => (await walk.field('Label').last().inputValue()) === 'Dropped');
  });

  it('the log is followed, searched and read backwards; the program tells of itself', async () => {
    const { page } = walk;
    await walk.visit('log');
    const log = page.getByRole('log', { name: 'Log' });
    await log.getByText('Using data directory', { exact: false }).waitFor();
    await walk.field('Only lines with').fill('updatetip height=103');
    await page.getByText('0 lines').waitFor();
    await walk.rpc('generatetoaddress', [103 - await walk.rpc<number>('getblockcount'), ELSEWHERE]);
    await log.getByText('height=103', { exact: false }).waitFor();
    await page.getByText('1 line', { exact: true }).waitFor();
    // No warning: of others there may be some, as this machine is.
    await page.getByRole('switch', { name: 'Only warnings and errors' }).check();
    await page.getByText('Nothing fits the filter').waitFor();
    await page.getByRole('switch', { name: 'Only warnings and errors' }).uncheck();
    await walk.field('Only lines with').fill('');
    await looked(page, 'log');
    const end = await walk.call<{ start: number }>('node.log', { end: null, bytes: 2000 });
    expect(await walk.call('node.log', { end: end.start, bytes: 2000 })).toMatchObject({ end: end.start });
    await walk.visit('information');
    await page.getByText('(tested)', { exact: false }).waitFor();
    await walk.button('About').click();
    await walk.dialog('About Bitcoin Core').getByText('This is experimental software.', { exact: false }).waitFor();
    await looked(page, 'about');
    await walk.button('All options', walk.dialog()).click();
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
  });

  it('all wallets are closed at once', async () => {
    await walk.call('wallets.create', { wallet: 'second', passphrase: '', privateKeys: true, blank: false, avoidReuse: false });
    await walk.visit('wallets');
    await walk.button('Close all').click();
    await walk.button('Close all', walk.dialog()).click();
    await walk.page.getByText('2 closed wallets').waitFor();
    expect(await walk.rpc('listwallets')).toEqual([]);
    await walk.call('wallets.open', { wallet: 'main' });
  });

  it('how the page is liked goes from browser to browser and from start to start', async () => {
    const { page } = walk;
    await walk.visit('settings');
    await page.getByText('sat', { exact: true }).click();
    const { page: other } = await walk.browser.open(await walk.call<string>('app.newAddress'));
    await other.locator('.nav-link').first().waitFor();
    await other.evaluate(`location.hash = '#/settings'`);
    expect(await other.getByRole('radio', { name: 'sat' }).isChecked()).toBe(true);
    // What one changes, the other shows.
    await other.getByText('mBTC', { exact: true }).click();
    await page.getByRole('radio', { name: 'mBTC' }).and(page.locator(':checked')).waitFor();
    // Both are of one browser, and both go on.
    await page.getByText('bits', { exact: true }).click();
    await other.getByRole('radio', { name: 'bits' }).and(other.locator(':checked')).waitFor();
    await other.getByText('mBTC', { exact: true }).click();
    await page.getByRole('radio', { name: 'mBTC' }).and(page.locator(':checked')).waitFor();
    await other.close();
    expect(kept()).toMatchObject({ unit: 'mBTC' });
    expect(walk.faults).toEqual([]);
    walk.gui.signal('SIGTERM');
    expect(await walk.gui.untilEnd()).toBe(0);
    await walk.gui.start();
    const session = await walk.gui.session();
    await walk.gui.untilRunning(session);
    expect(await walk.gui.call(session, 'app.state')).toMatchObject({ prefs: { unit: 'mBTC', transactionUrls: expect.stringContaining('explorer.example') } });
  });
});

withBrowser('the program in its surroundings', () => {
  let gui: TestGui;
  let browser: TestBrowser;
  const home = (...names: string[]): string => path.join(gui.home, ...names);
  const netFile = (name: string): string => home('.coin', 'regtest', name);
  const json = (file: string): unknown => JSON.parse(fs.readFileSync(file, 'utf8'));

  beforeEach(async () => {
    gui = await TestGui.create();
    browser = await TestBrowser.launch({ width: 1280, height: 900 });
  });
  afterEach(async () => {
    await browser.close();
    await gui.destroy();
  });

  it('starts on login where the user wants it, and forgets all choices when told to', async () => {
    fs.mkdirSync(home('.coin'), { recursive: true });
    await gui.start([], { atHome: true });
    const { page, faults } = await browser.open(gui.address());
    await page.locator('.nav-link').first().waitFor();
    await page.evaluate(`location.hash = '#/settings'`);
    const login = page.getByRole('switch', { name: /^Start on system login/ });
    const entry = home('.config', 'autostart', 'coin-regtest.desktop');
    await login.check();
    // It is there a moment before its text is.
    await until('the entry is written', () => fs.existsSync(entry) && fs.readFileSync(entry, 'utf8') !== '');
    const program = path.join(BIN, MULTIPROCESS ? 'coin-gui' : 'coin-qt');
    expect(fs.readFileSync(entry, 'utf8')).toBe(`[Desktop Entry]\nType=Application\nName=Bitcoin (regtest)\nExec=${process.execPath} ${program} -min -chain=regtest\nTerminal=false\nHidden=false\n`);
    await login.uncheck();
    await until('the entry is gone', () => !fs.existsSync(entry));
    await login.check();
    await page.getByText('mBTC', { exact: true }).click();
    const changed = await gui.session(new URL(await page.evaluate<string>(`fetch('/call', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Coin-Session': sessionStorage.getItem('coin-session') }, body: JSON.stringify({ method: 'app.newAddress', args: {} }) }).then((r) => r.json()).then((r) => r.result)`)).hash.slice(1));
    await gui.call(changed, 'settings.store', { name: 'dbcache', value: '300' });
    await page.getByRole('button', { name: 'Reset options' }).click();
    await page.getByText('guisettings.json.bak, settings.json.bak').waitFor();
    await looked(page, 'reset-options');
    await page.getByRole('dialog').getByRole('button', { name: 'Reset options' }).click();
    expect(await gui.untilEnd()).toBe(0);
    expect(fs.existsSync(entry)).toBe(false);
    expect(json(netFile('guisettings.json.bak'))).toMatchObject({ unit: 'mBTC' });
    expect(json(netFile('settings.json.bak'))).toMatchObject({ dbcache: '300' });
    expect(json(netFile('settings.json'))).not.toHaveProperty('dbcache');
    expect(faults.filter((fault) => !fault.includes('ERR_'))).toEqual([]);

    // The next start asks as the first did, once.
    await gui.start([], { atHome: true });
    const again = (await browser.open(gui.address())).page;
    await again.getByRole('button', { name: 'Begin' }).click();
    await again.locator('.nav-link').first().waitFor();
    gui.signal('SIGTERM');
    expect(await gui.untilEnd()).toBe(0);
    await gui.start([], { atHome: true });
    const session = await gui.session();
    await gui.untilRunning(session);
    await gui.call(session, 'prefs.change', { unit: 'sat' });
    await gui.call(session, 'settings.store', { name: 'dbcache', value: '301' });
    gui.signal('SIGTERM');
    expect(await gui.untilEnd()).toBe(0);

    // The same by the command line.
    await gui.start(['-resetguisettings'], { atHome: true });
    const third = (await browser.open(gui.address())).page;
    await third.getByRole('button', { name: 'Begin' }).click();
    await third.locator('.nav-link').first().waitFor();
    expect(json(netFile('guisettings.json.bak'))).toMatchObject({ unit: 'sat' });
    expect(json(netFile('settings.json.bak'))).toMatchObject({ dbcache: '301' });
    expect(json(netFile('settings.json'))).not.toHaveProperty('dbcache');
  });

  it('stays in the background with -min, until another start asks for its page', async () => {
    const opener = path.join(gui.datadir, 'open.sh');
    const opened = path.join(gui.datadir, 'opened.html');
    fs.writeFileSync(opener, `#!/bin/sh\ncat "$1" > ${opened}.part\nmv ${opened}.part ${opened}\n`, { mode: 0o700 });
    await gui.start(['-min', `-browser=${opener}`]);
    const session = await gui.session();
    await gui.untilRunning(session);
    expect(fs.existsSync(opened)).toBe(false);
    expect(await gui.again([])).toEqual({ code: 0, stderr: '' });
    await until('the page is opened', () => fs.existsSync(opened));
    const address = /url=(\S+?)"/.exec(fs.readFileSync(opened, 'utf8'))?.[1] ?? '';
    const { page } = await browser.open(address);
    await page.locator('.nav-link').first().waitFor();
    await until('the title is there', async () => await page.title() === 'Overview – Bitcoin Core – [regtest]');
    // It is open: whoever starts it again has made a mistake.
    expect(await gui.again([])).toMatchObject({ code: 1, stderr: expect.stringContaining('Cannot obtain a lock on directory') });
  });

  it('opens its page when everything is loaded with -nosplash', async () => {
    await gui.start(['-nosplash']);
    const session = await gui.session();
    expect(await gui.call(session, 'app.state')).toMatchObject({ phase: 'running' });
  });

  (MULTIPROCESS ? it : it.skip)('shows while it loads what it does, and ends then, too, when told to', async () => {
    await gui.start(['-disablewallet', '-walletwait=300', '-uiplatform=macosx']);
    const { page, faults } = await browser.open(gui.address());
    await page.getByText('Waiting for wallets…').waitFor();
    await page.getByText(/^Version .* regtest/).waitFor();
    expect(await page.evaluate('document.documentElement.dataset.platform')).toBe('macosx');
    await looked(page, 'splash');
    const begun = performance.now();
    await page.keyboard.press('q');
    expect(await gui.untilEnd()).toBe(0);
    expect(performance.now() - begun).toBeLessThan(20_000);
    await page.getByRole('heading', { name: 'Done' }).waitFor();
    expect(gui.output()).toBe('');
    expect(faults.filter((fault) => !fault.includes('ERR_'))).toEqual([]);
  });
});

withBrowser('a node that is behind', () => {
  it('says how far it is, and lets the user work', async () => {
    const walk = await GuiWalk.start(['-noregtest', '-signet']);
    try {
      const { page } = walk;
      await page.getByText('Looking for blocks').waitFor();
      await walk.button('Details').click();
      const dialog = walk.dialog('Synchronization');
      await dialog.getByText('not known yet').first().waitFor();
      await dialog.getByText('0.00 %', { exact: true }).waitFor();
      await looked(page, 'sync-details');
      await walk.button('Close', dialog).last().click();
      await walk.closed();
      await walk.visit('settings');
      await page.getByRole('heading', { name: 'Settings' }).waitFor();
      expect(walk.faults).toEqual([]);
    } finally {
      await walk.end();
    }
  });
});

describe('the help', () => {
  it('has the options of the reference\'s interface', async () => {
    const help = async (word: string): Promise<string> => (await run(path.join(BIN, MULTIPROCESS ? 'coin-gui' : 'coin-qt'), [word])).stdout.replace(/\s+/g, ' ');
    const text = await help('-help');
    for (const line of [
      '-choosedatadir Choose data directory on startup (default: 0)', '-lang=<lang> Set language, for example "de_DE" (default: system locale', '-min Start minimized',
      '-resetguisettings Reset all settings changed in the GUI', '-splash Show splash screen on startup',
    ]) expect(text).toContain(line);
    expect(text).not.toContain('-uiplatform');
    expect(await help('-help-debug')).toContain('-uiplatform Select platform to customize UI for (one of windows, macosx, other; default: ');
  });
});
