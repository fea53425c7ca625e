import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { FIRST_PAINT_MS, firstPaintMs } from './support/page-checks.ts';
import { CHROMIUM, TestBrowser, TestGui } from './support/test-gui.ts';
import { until } from './support/test-node.ts';

const withBrowser = CHROMIUM === undefined ? describe.skip : describe;

/** Script: notes every text that the page ever shows. */
const WATCH = `(() => {
  const shown = new Set();
  Object.assign(globalThis, { shown });
  new MutationObserver(() => {
    for (const element of document.querySelectorAll('#app *')) for (const node of element.childNodes) if (node.nodeType === 3 && node.data.trim() !== '') shown.add(node.data.trim());
  }).observe(document, { childList: true, subtree: true, characterData: true });
})()`;
/** Texts of the frame around every page, and of its states, in both languages. */
const ENGLISH = ['Overview', 'Send', 'Transactions', 'Settings', 'Program', 'Address book', 'Shut down (key q)', 'This page is closed'];
const GERMAN = ['Übersicht', 'Senden', 'Transaktionen', 'Einstellungen', 'Programm', 'Adressbuch'];

const shownOf = (page: Page, texts: readonly string[]): Promise<string[]> => page.evaluate(`${JSON.stringify(texts)}.filter((text) => globalThis.shown.has(text))`);
const spoken = (page: Page): Promise<string> => page.evaluate('document.documentElement.lang');

withBrowser('the language of the page', () => {
  let gui: TestGui;
  let session: Record<string, string>;
  const open = new Set<TestBrowser>();
  /** A page in a new browser: nothing is known there of what was chosen before. */
  const newPage = async (locale: string, address?: string): Promise<{ page: Page; faults: string[]; scripts: string[] }> => {
    const browser = await TestBrowser.launch({ width: 1280, height: 900, locale });
    open.add(browser);
    await browser.context.addInitScript(WATCH);
    const scripts: string[] = [];
    browser.context.on('request', (request) => { if (request.url().includes('.js')) scripts.push(new URL(request.url()).pathname); });
    const { page, faults } = await browser.open(address ?? await gui.call<string>(session, 'app.newAddress'));
    await page.locator('.nav-link').first().waitFor();
    return { page, faults, scripts };
  };
  const setLanguage = (language: string): Promise<unknown> => gui.call(session, 'prefs.change', { language });

  beforeAll(async () => {
    gui = await (await TestGui.create()).start();
    session = await gui.session();
    await gui.untilRunning(session);
  });
  // Each takes its share of the machine.
  afterEach(async () => {
    for (const browser of open) await browser.close();
    open.clear();
  });
  afterAll(() => gui.destroy());

  it('is the one of the browser, from the first drawing on, which is within 300 ms too', async () => {
    const { page, faults, scripts } = await newPage('de-AT');
    expect(scripts).toEqual(['/page.js', '/de.js']);
    expect([await shownOf(page, ENGLISH), await shownOf(page, GERMAN), await spoken(page)]).toEqual([[], GERMAN, 'de']);
    expect(await firstPaintMs(page, FIRST_PAINT_MS)).toBeLessThan(FIRST_PAINT_MS);
    expect([await shownOf(page, ENGLISH), await shownOf(page, GERMAN)]).toEqual([[], GERMAN]);
    expect(faults).toEqual([]);
  });

  it('is the one that was chosen in another browser before anything is said', async () => {
    await setLanguage('de');
    const { page, faults, scripts } = await newPage('en-US');
    expect(scripts).toEqual(['/page.js', '/de.js']);
    expect([await shownOf(page, ENGLISH), await shownOf(page, GERMAN), await spoken(page)]).toEqual([[], GERMAN, 'de']);
    expect(faults).toEqual([]);
  });

  it('changes where the page is, without loading it anew, and in all open pages', async () => {
    await setLanguage('system');
    const { page, faults, scripts } = await newPage('en-US');
    expect([scripts, await shownOf(page, GERMAN)]).toEqual([['/page.js'], []]);
    await page.evaluate(`globalThis.same = true; location.hash = '#/settings'`);
    await page.getByLabel('Language', { exact: true }).selectOption('de');
    await page.getByRole('heading', { name: 'Einstellungen' }).waitFor();
    expect([scripts, await spoken(page)]).toEqual([['/page.js', '/de.js'], 'de']);
    await page.getByLabel('Sprache', { exact: true }).selectOption('en');
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    // What another page has chosen.
    await setLanguage('de');
    await page.getByRole('heading', { name: 'Einstellungen' }).waitFor();
    expect([scripts, await page.evaluate('globalThis.same')]).toEqual([['/page.js', '/de.js'], true]);
    expect(faults).toEqual([]);
    await setLanguage('system');
  });

  it('stays English where the texts cannot be had, until they can', async () => {
    const { page } = await newPage('en-US');
    await page.route('**/de.js', (route) => route.abort());
    await setLanguage('de');
    await until('the script is asked for', () => page.evaluate<boolean>(`performance.getEntriesByType('resource').some((entry) => entry.name.endsWith('/de.js'))`));
    expect([await spoken(page), await shownOf(page, GERMAN)]).toEqual(['en', []]);
    await page.unroute('**/de.js');
    await setLanguage('system');
    await setLanguage('de');
    await page.getByRole('link', { name: 'Übersicht' }).waitFor();
    expect(await spoken(page)).toBe('de');
    await setLanguage('system');
  });

  it('is the one of the command line, against browser and settings', async () => {
    const other = await (await TestGui.create()).start(['-lang=de_DE']);
    try {
      const { page, scripts } = await newPage('en-US', other.address());
      expect([scripts, await shownOf(page, ENGLISH), await spoken(page)]).toEqual([['/page.js', '/de.js'], [], 'de']);
    } finally {
      await other.destroy();
    }
  });
});
