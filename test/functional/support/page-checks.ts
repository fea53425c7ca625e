import { expect } from '@jest/globals';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { SHOTS } from './test-gui.ts';

const axeSource = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Script: the page's width and what sticks out of it sideways; nothing where it does not scroll that way. */
const TOO_WIDE = `(() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const out = [...document.querySelectorAll('.main, .main *')].filter((e) => e.getBoundingClientRect().right > width + 1 && e.closest('.table-scroll') === null);
  return [String(document.documentElement.scrollWidth), ...out.map((e) => e.outerHTML.slice(0, 120))];
})()`;

/** Within this time of its beginning something of the page is to be seen. */
export const FIRST_PAINT_MS = 300;

/** What sticks out of the page sideways. */
export function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(TOO_WIDE);
}

/** What axe finds fault with. */
export async function axe(page: Page): Promise<string[]> {
  // The page's own policy lets no script of ours in: the one of the debugger is above it.
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const run = (globalThis as unknown as { axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }).axe;
    const { violations } = await run.run({ resultTypes: ['violations'] });
    return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')}`);
  });
}

/** Script: when the page was drawn first, once the browser has said so. */
const FIRST_PAINT = `new Promise((resolve) => {
  new PerformanceObserver((list) => {
    for (const entry of list.getEntriesByName('first-contentful-paint')) resolve(entry.startTime);
  }).observe({ type: 'paint', buffered: true });
})`;

/** How long the page takes from its beginning to its first drawing, at best: the machine does other things meanwhile. No more is tried once `enough` is reached. */
export async function firstPaintMs(page: Page, enough: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 5 || (i < 40 && Math.min(...times) >= enough); i++) {
    await page.reload();
    await page.locator('.nav-link').first().waitFor();
    times.push(await page.evaluate<number>(FIRST_PAINT));
  }
  console.info(`first paint: ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  return Math.min(...times);
}

/** A picture of the whole page, where pictures are wanted. */
export async function shot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return;
  fs.mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: path.join(SHOTS, `${name}.png`), fullPage: true });
}

type Look = readonly [name: string, width: number, height: number, theme: string];
/** Sizes and themes that every page is looked at in. */
export const LOOKS: readonly Look[] = [['1440-light', 1440, 900, 'light'], ['1440-dark', 1440, 900, 'dark'], ['360-light', 360, 740, 'light'], ['360-dark', 360, 740, 'dark']];

/** Draws what is open in one size and theme, without loading the page anew. */
export async function redraw(page: Page, [, width, height, theme]: Look): Promise<void> {
  await page.setViewportSize({ width, height });
  await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
  // What follows the size has followed it, and the picture is drawn.
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))');
}

/** Looks at what is open in every size and theme: a picture of each, none too wide, none that axe finds fault with. */
export async function looked(page: Page, name: string): Promise<void> {
  const before = { size: page.viewportSize(), theme: await page.evaluate<string>('document.documentElement.dataset.theme') };
  for (const view of LOOKS) {
    await redraw(page, view);
    await shot(page, `${name}-${view[0]}`);
    expect([view[0], await tooWide(page)]).toEqual([view[0], []]);
    expect([view[0], await axe(page)]).toEqual([view[0], []]);
  }
  await redraw(page, ['', before.size?.width ?? 1280, before.size?.height ?? 900, before.theme]);
}

/** Draws the page anew in one size and theme. */
export async function lookAt(page: Page, [, width, height, theme]: Look): Promise<void> {
  await page.setViewportSize({ width, height });
  await page.evaluate(`fetch('/call', {
    method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Coin-Session': sessionStorage.getItem('coin-session') }, body: JSON.stringify({ method: 'prefs.change', args: { theme: '${theme}' } }),
  })`);
  await page.reload();
  await page.locator('.nav-link').first().waitFor({ state: 'attached' });
}
