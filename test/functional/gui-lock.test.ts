import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { GuiWalk } from './support/gui-walk.ts';
import { looked } from './support/page-checks.ts';
import { CHROMIUM } from './support/test-gui.ts';
import { until } from './support/test-node.ts';

const withBrowser = CHROMIUM === undefined ? describe.skip : describe;
const ELSEWHERE = 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw';

withBrowser('the lock of the page', () => {
  let walk: GuiWalk;
  let second: Page;

  beforeAll(async () => {
    walk = await GuiWalk.start();
    await walk.call('wallets.create', { wallet: 'stash', passphrase: '', privateKeys: true, blank: false, avoidReuse: false });
    await walk.rpc('generatetoaddress', [101, await walk.call<string>('addresses.new', { wallet: 'stash', kind: null })]);
    second = (await walk.browser.open(await walk.call<string>('app.newAddress'))).page;
    await second.locator('.nav-link').first().waitFor();
  });
  afterAll(() => walk.end());

  const lockScreen = async (page: Page): Promise<void> => { await page.getByRole('heading', { name: 'Locked' }).waitFor(); };

  it('is set in the settings', async () => {
    const { page } = walk;
    await walk.visit('settings');
    const card = page.locator('section.card', { hasText: 'Page lock' });
    await walk.field('Passphrase of the page', card).fill('open sesame');
    await walk.field('Once more', card).fill('open');
    await card.getByText('The two differ').waitFor();
    expect(await walk.button('Set a lock', card).isDisabled()).toBe(true);
    await walk.field('Once more', card).fill('open sesame');
    // Only what is in front changes its colours in time.
    await page.bringToFront();
    await looked(page, 'lock-settings');
    await page.keyboard.press('Enter');
    await card.getByText('It locks after 15 minutes without input', { exact: false }).waitFor();
    await walk.button('Lock the page').waitFor();
    // The other page has heard of it.
    await second.getByRole('button', { name: 'Lock the page' }).waitFor();
    await expect(walk.call('lock.set', { passphrase: 'another', minutes: null })).rejects.toThrow('The page has a lock already.');
  });

  it('hides every page, and nobody is answered whatever their session', async () => {
    const { page, gui, session } = walk;
    await walk.visit('wallets');
    await page.locator('section.card', { hasText: 'stash' }).getByText('More').click();
    await walk.button('Backup sheet').click();
    await walk.dialog().locator('.sheet').waitFor();
    const token = (await walk.call<string>('app.newAddress')).split('#')[1];
    await second.getByRole('button', { name: 'Lock the page' }).click();
    for (const one of [page, second]) {
      await lockScreen(one);
      expect(await one.content()).not.toMatch(/stash|tpub|nav-link|regtest/);
      expect(Object.keys(JSON.parse(await one.evaluate<string>("localStorage.getItem('coin-prefs')")) as object)).toEqual(['theme', 'language']);
      await until('the title says no more', async () => await one.title() === 'Locked');
      expect(new URL(one.url()).hash).toBe('#/');
    }
    // Only what is in front changes its colours in time.
    await page.bringToFront();
    await looked(page, 'locked');
    const other = await gui.session(token);
    for (const who of [session, other]) {
      for (const method of ['app.state', 'app.talk', 'app.newAddress', 'app.quit', 'wallets.list', 'prefs.change', 'lock.now', 'lock.set', 'lock.remove', 'lock.touch', 'console.execute', 'no.such.call']) {
        await expect(gui.call(who, method, {})).rejects.toThrow('The page is locked.');
      }
      expect(await gui.call(who, 'lock.state')).toEqual({ set: true, locked: true, minutes: 15 });
    }
    expect((await gui.http('POST', '/call', gui.pageHeaders(), JSON.stringify({ method: 'lock.unlock', args: { passphrase: 'open sesame' } }))).status).toBe(403);
    // A page that is opened now shows no more.
    await second.reload();
    await lockScreen(second);
  });

  it('opens to the passphrase, for all pages', async () => {
    const { page } = walk;
    await walk.field('Passphrase of the page').fill('close sesame');
    await page.keyboard.press('Enter');
    await page.getByText('The passphrase is wrong.').waitFor();
    expect(await page.locator('.nav-link').count()).toBe(0);
    await walk.field('Passphrase of the page').fill('open sesame');
    await walk.button('Unlock').click();
    for (const one of [page, second]) await one.locator('.nav-link').first().waitFor();
    await page.getByText('stash', { exact: true }).first().waitFor();
    expect(await walk.dialog().count()).toBe(0);
    // News arrive again.
    await walk.rpc('generatetoaddress', [1, ELSEWHERE]);
    await page.getByText('Block 102').waitFor();
  });

  it('is closed when the program starts, and keeps no passphrase', async () => {
    const { gui, page } = walk;
    expect(fs.readFileSync(path.join(gui.datadir, 'regtest', 'guilock.json'), 'utf8')).not.toContain('sesame');
    gui.signal('SIGTERM');
    await gui.untilEnd();
    await gui.start();
    const session = await gui.session();
    await expect(gui.call(session, 'app.state')).rejects.toThrow('The page is locked.');
    await gui.call(session, 'lock.unlock', { passphrase: 'open sesame' });
    await gui.untilRunning(session);
    await gui.call(session, 'lock.remove', { passphrase: 'open sesame' });
    expect(await gui.call(session, 'lock.state')).toEqual({ set: false, locked: false, minutes: null });
    expect(fs.existsSync(path.join(gui.datadir, 'regtest', 'guilock.json'))).toBe(false);
    const address = await gui.call<string>(session, 'app.newAddress');
    await page.goto(address);
    await page.reload();
    await page.locator('.nav-link').first().waitFor();
    expect(await walk.button('Lock the page').count()).toBe(0);
  });
});
