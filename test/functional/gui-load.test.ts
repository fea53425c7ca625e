import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import path from 'node:path';
import { grownDump } from './support/big-wallet.ts';
import { GuiWalk } from './support/gui-walk.ts';
import { shot } from './support/page-checks.ts';
import { CHROMIUM } from './support/test-gui.ts';
import { BIN, MULTIPROCESS, run, until } from './support/test-node.ts';

const withBrowser = CHROMIUM === undefined ? describe.skip : describe;
const ENTRIES = 100_000;
/** Blocks that are taken back and put on again, and how often: more of them make a longer wait. */
const REORG_BLOCKS = Number(process.env['REORG_BLOCKS'] ?? 1200);
const REORG_ROUNDS = Number(process.env['REORG_ROUNDS'] ?? 1);
const ELSEWHERE = 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw';
/** What a person takes for at once. */
const AT_ONCE_MS = 100;
/** Sixty pictures a second, and a bit. */
const FRAME_MS = 18;
/** Bytes of memory that the page's own process may take. */
const MOST_MEMORY = 90e6;

interface Figures { readonly longest: number; readonly median: number; readonly frames: number; readonly waiting: number }

/** Script: scrolls a list for a while, and tells how long frames took (ms) and how often rows were drawn before they were known. */
const SCROLL = `(async () => {
  const list = document.querySelector('.virtual');
  const times = [];
  let waiting = 0;
  let last = await new Promise(requestAnimationFrame);
  const end = last + 2000;
  for (let top = 0; last < end; top += 120) {
    list.scrollTop = top % (list.scrollHeight - list.clientHeight);
    const now = await new Promise(requestAnimationFrame);
    times.push(now - last);
    last = now;
    if (document.querySelector('.virtual .waiting') !== null) waiting += 1;
  }
  times.sort((a, b) => a - b);
  return { longest: times.at(-1), median: times[times.length >> 1], frames: times.length, waiting };
})()`;

withBrowser('much at once', () => {
  let walk: GuiWalk;

  // A wallet with a long history: made by the offline tool of a dump that has grown.
  beforeAll(async () => {
    const begun = performance.now();
    walk = await GuiWalk.start();
    await walk.call('wallets.create', { wallet: 'seed', passphrase: '', privateKeys: true, blank: false, avoidReuse: false });
    const scripts: Buffer[] = [];
    for (let i = 0; i < 20; i++) {
      const { address } = await walk.call<{ address: string }>('requests.create', { wallet: 'seed', label: `Customer ${i}`, amount: 0, message: '', kind: 'bech32', time: 0 });
      scripts.push(Buffer.from((await walk.rpc<{ scriptPubKey: string }>('getaddressinfo', [address], 'seed')).scriptPubKey, 'hex'));
    }
    const [block = ''] = await walk.rpc<string[]>('generatetoaddress', [1, ELSEWHERE]);
    await walk.call('wallets.close', { wallet: 'seed' });
    const file = path.join(walk.gui.datadir, 'dump.txt');
    const tool = (...words: string[]): ReturnType<typeof run> => run(path.join(BIN, 'coin-wallet'), ['-regtest', `-datadir=${walk.gui.datadir}`, ...words], { timeoutMs: 180_000 });
    expect(await tool('-wallet=seed', `-dumpfile=${file}`, 'dump')).toMatchObject({ code: 0 });
    const grown = path.join(walk.gui.datadir, 'grown.txt');
    fs.writeFileSync(grown, grownDump(fs.readFileSync(file, 'latin1'), { scripts, block, count: ENTRIES }));
    expect(await tool('-wallet=big', `-dumpfile=${grown}`, 'createfromdump')).toMatchObject({ code: 0 });
    await walk.call('wallets.open', { wallet: 'big' });
    await walk.page.reload();
    await walk.page.locator('.nav-link').first().waitFor();
    console.info(`a wallet with ${ENTRIES} payments made and opened in ${((performance.now() - begun) / 1000).toFixed(0)} s`);
  }, 400_000);
  afterAll(() => walk.end(), 60_000);

  it('lists a hundred thousand payments, and scrolls without long frames', async () => {
    const { page } = walk;
    await walk.visit('transactions');
    await page.getByText('100,000 entries').first().waitFor();
    await page.getByRole('button', { name: /Customer/ }).first().waitFor();
    await shot(page, 'transactions-100000');
    const rounds: Figures[] = [];
    const best = (figure: 'longest' | 'median'): number => Math.min(...rounds.map((one) => one[figure]));
    // The machine does other things meanwhile: the best of many rounds is what the page can do.
    for (let i = 0; i < 3 || (i < 20 && (best('median') >= FRAME_MS || best('longest') >= AT_ONCE_MS)); i++) rounds.push(await page.evaluate<Figures>(SCROLL));
    console.info(`scrolling: ${rounds.map((one) => `longest frame ${one.longest.toFixed(0)} ms, median ${one.median.toFixed(1)} ms of ${one.frames}, ${one.waiting} with rows not there yet`).join('; ')}`);
    expect(best('median')).toBeLessThan(FRAME_MS);
    expect(best('longest')).toBeLessThan(AT_ONCE_MS);
  }, 180_000);

  it('searches them in a tenth of a second', async () => {
    const { page } = walk;
    const times: number[] = [];
    // The machine does other things meanwhile: the best of many is what the program can do.
    for (let i = 0; i < 5 || (i < 400 && Math.min(...times) >= AT_ONCE_MS * 0.8); i++) {
      const words = `${i % 2 === 0 ? 'customer' : 'Customer'} ${[7, 13, 19, 3, 11][i % 5] ?? 7}`;
      const started = performance.now();
      const found = await walk.call<{ total: number }>('history.query', { wallet: 'big', offset: 0, limit: 100, text: words, kind: null, since: 0, until: 2 ** 40, minAmount: 0 });
      times.push(performance.now() - started);
      expect(found.total).toBe(ENTRIES / 20);
    }
    console.info(`search: ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`);
    expect(Math.min(...times)).toBeLessThan(AT_ONCE_MS);
    await walk.field('Search').fill('customer 7');
    await page.getByText('5,000 entries').first().waitFor();
    await page.getByText('Customer 7').first().waitFor();
    await walk.field('Search').fill('');
    await page.getByText('100,000 entries').first().waitFor();
  });

  (MULTIPROCESS ? it : it.skip)('takes less than 90 MB in its own process', async () => {
    const sizes: number[] = [];
    // What it has let go it gives back when it gets to it.
    await until('it takes no more', async () => {
      const own = (await walk.call<{ role: string; memoryBytes: number | null }[]>('node.processes')).find((row) => row.role === 'coin-gui');
      sizes.push(own?.memoryBytes ?? Infinity);
      return (sizes.at(-1) ?? Infinity) < MOST_MEMORY;
    }).finally(() => console.info(`coin-gui: ${sizes.slice(-5).map((bytes) => (bytes / 1e6).toFixed(0)).join(', ')} MB`));
  });

  it('answers what is typed and pressed at once while the node validates a long reorganisation', async () => {
    const { page } = walk;
    // What the node does is measured, not how long a wallet takes to follow.
    await walk.call('wallets.close', { wallet: 'big' });
    const started = await walk.rpc<number>('getblockcount');
    for (let made = 0; made < REORG_BLOCKS; made += 400) await walk.rpc('generatetoaddress', [Math.min(400, REORG_BLOCKS - made), ELSEWHERE]);
    const first = await walk.rpc<string>('getblockhash', [started + 1]);
    await walk.visit('console');
    await page.getByRole('combobox', { name: 'Command' }).waitFor();
    // What the browser itself says of how long it took from a key or a click to the next picture.
    await page.evaluate(() => {
      const seen: number[] = [];
      Object.assign(globalThis, { seen });
      new PerformanceObserver((list) => { for (const entry of list.getEntries()) seen.push(entry.duration); }).observe({ type: 'event' as 'mark', buffered: false, ...{ durationThreshold: 16 } });
    });
    /** Uses the page while the chain is taken back and put on again. @returns how long all but the latest picture in a hundred took, ms */
    const round = async (): Promise<number> => {
      let busy = true;
      const reorganised = (async (): Promise<number> => {
        const begin = performance.now();
        try {
          for (let i = 0; i < REORG_ROUNDS; i++) {
            await walk.rpc('invalidateblock', [first]);
            await walk.rpc('reconsiderblock', [first]);
          }
        } finally {
          busy = false;
        }
        return performance.now() - begin;
      })();
      let acts = 0;
      const answers: number[] = [];
      while (busy) {
        await walk.visit('console');
        await page.getByRole('combobox', { name: 'Command' }).pressSequentially('getblock', { delay: 10 });
        await page.getByRole('button', { name: 'Hide values' }).click();
        await page.getByRole('button', { name: 'Show values' }).click();
        for (const name of ['Send', 'Transactions', 'Mempool', 'Settings']) {
          const begin = await page.evaluate<number>('performance.now()');
          await page.getByRole('link', { name, exact: true }).click();
          await page.getByRole('heading', { name, exact: true }).waitFor();
          answers.push(await page.evaluate<number>('performance.now()') - begin);
        }
        acts += 14;
      }
      const took = await reorganised;
      const seen = await page.evaluate<number[]>('seen.splice(0)');
      answers.sort((a, b) => a - b);
      console.info(`${REORG_ROUNDS} of ${REORG_BLOCKS} blocks taken back and put on again took ${(took / 1000).toFixed(1)} s; ${acts} keys and clicks meanwhile: longest ${Math.max(0, ...seen)} ms to the next picture, ${seen.length} over 16 ms; another page in ${answers[answers.length >> 1]?.toFixed(0) ?? '-'} ms (median)`);
      expect(acts).toBeGreaterThan(0);
      seen.sort((a, b) => b - a);
      return seen[Math.max(1, Math.floor(seen.length / 100))] ?? 0;
    };
    // Late pictures on a machine that has more to do are not the page's: the best of some rounds is what it can do.
    const rounds: number[] = [];
    for (let i = 0; i < 8 && Math.min(...rounds) >= AT_ONCE_MS; i++) rounds.push(await round());
    expect(Math.min(...rounds)).toBeLessThan(AT_ONCE_MS);
    await until('the chain is back', async () => (await walk.rpc<number>('getblockcount')) === started + REORG_BLOCKS);
    expect(walk.faults).toEqual([]);
  }, 300_000);
});
