import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import path from 'node:path';
import { GuiWalk } from './support/gui-walk.ts';
import { looked } from './support/page-checks.ts';
import { CHROMIUM } from './support/test-gui.ts';

const withBrowser = CHROMIUM === undefined ? describe.skip : describe;

withBrowser('options of the page', () => {
  let walk: GuiWalk;
  const netFile = (name: string): string => path.join(walk.gui.datadir, 'regtest', name);
  const kept = (): unknown => JSON.parse(fs.readFileSync(netFile('guisettings.json'), 'utf8'));

  beforeAll(async () => {
    walk = await GuiWalk.start();
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
    expect(await walk.button('Save').isDisabled()).toBe(true);
    await expect(walk.call('prefs.change', { transactionUrls: 'javascript:%s' })).rejects.toThrow('Not all of these are web addresses');
    await looked(page, 'transaction-urls-wrong');
    await field.fill('https://explorer.example/tx/%s | http://explorer.invalid:8080/?id=%s');
    await walk.button('Save').click();
    await page.waitForFunction(`document.querySelector('form button[type=submit]')?.disabled === true`);
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
