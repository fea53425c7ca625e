import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import encodeQR from 'qr';
import { GuiWalk } from './support/gui-walk.ts';
import { looked, shot } from './support/page-checks.ts';
import { CHROMIUM } from './support/test-gui.ts';
import { until } from './support/test-node.ts';

const withBrowser = CHROMIUM === undefined ? describe.skip : describe;
const ELSEWHERE = 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw';
const WIDTH = 640;
const HEIGHT = 480;

/** A film for the browser's camera: each text as a code, a few frames long, one after the other. */
function film(texts: readonly string[]): Buffer {
  const frames = texts.map((text) => {
    const rows = encodeQR(text, 'raw', { border: 4, ecc: 'low' });
    const dot = Math.floor(HEIGHT / rows.length);
    const grey = Buffer.alloc(WIDTH * HEIGHT, 200);
    rows.forEach((row, y) => row.forEach((on, x) => {
      for (let line = y * dot; line < (y + 1) * dot; line++) grey.fill(on ? 20 : 235, line * WIDTH + 60 + x * dot, line * WIDTH + 60 + (x + 1) * dot);
    }));
    return Buffer.concat([Buffer.from('FRAME\n'), grey, Buffer.alloc((WIDTH * HEIGHT) / 2, 128)]);
  });
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F4:1 Ip A1:1 C420jpeg\n`), ...frames]);
}

withBrowser('PSBTs as QR codes', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-codes-'));
  const video = path.join(dir, 'film.y4m');
  let walk: GuiWalk;
  /** Base64 */
  let psbt: string;

  beforeAll(async () => {
    fs.writeFileSync(video, film(['nothing yet']));
    walk = await GuiWalk.start([], ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${video}`]);
    await walk.call('wallets.create', { wallet: 'main', passphrase: '', privateKeys: true, blank: false, avoidReuse: false });
    await walk.rpc('generatetoaddress', [103, await walk.call<string>('addresses.new', { wallet: 'main', kind: 'bech32' })]);
    ({ psbt } = await walk.rpc<{ psbt: string }>('walletcreatefundedpsbt', [[], [{ [ELSEWHERE]: 120 }]], 'main'));
    psbt = (await walk.rpc<{ psbt: string }>('walletprocesspsbt', [psbt, false], 'main')).psbt;
    await walk.page.reload();
    await walk.page.locator('.nav-link').first().waitFor();
  });
  afterAll(async () => {
    await walk.end();
    fs.rmSync(dir, { recursive: true, force: true });
  });

  const load = async (text: string): Promise<void> => {
    await walk.field('Or as text').fill(text);
    await walk.button('Load').click();
    await walk.page.getByRole('heading', { name: 'What it does' }).waitFor();
  };
  // What one test left open is not in the way of the next.
  beforeEach(async () => { for (let open = await walk.dialog().count(); open > 0; open -= 1) await walk.page.keyboard.press('Escape'); });

  const opened = async (): Promise<string> => fs.readFileSync((await walk.saved(walk.button('Save'))).path).toString('base64');
  /** Script: does something with the codes of a PSBT as the page makes them, `most` bytes each, and with what puts them together. */
  const withCodes = <T>(base64: string, most: number, script: string): Promise<T> => walk.page.evaluate<T>(`import('/codes.js').then(async ({ psbtCodes, CodeReceiver }) => {
    const row = psbtCodes(Uint8Array.from(atob('${base64}'), (c) => c.charCodeAt(0)), 'ur', ${most});
    ${script}
  })`);
  /** So many of the codes that follow each other without end are needed where the first is missed: which pieces are mixed into each is drawn by a number of the content. */
  const enough = (): Promise<number> => withCodes<number>(psbt, 130, `
    for (let last = row.count * 3; ; last++) {
      const receiver = new CodeReceiver();
      for (let n = last; n > 1; n--) await receiver.add(await row.code(n));
      if (receiver.received !== null) return last;
    }
  `);
  /** Pictures of so many different codes that are shown from now on, in their order. `open` makes them appear. */
  const pictures = async (count: number, open: () => Promise<void>): Promise<Buffer[]> => {
    // Each is there for a moment: the page itself keeps what it sees of them.
    const watching = walk.page.evaluate<string[]>(`new Promise((resolve) => {
      const seen = new Map();
      const look = () => {
        const code = document.querySelector('dialog svg.qr');
        if (code !== null) seen.set(code.querySelector('path').getAttribute('d'), code.outerHTML);
        if (seen.size < ${count}) return;
        observer.disconnect();
        resolve([...seen.values()]);
      };
      const observer = new MutationObserver(look);
      observer.observe(document.body, { childList: true, subtree: true, attributes: true });
    })`);
    await open();
    const seen = await watching;
    const paper = await walk.browser.context.newPage();
    const taken: Buffer[] = [];
    for (const drawing of seen) {
      await paper.setContent(`<style>svg { width: 360px }</style>${drawing}`);
      taken.push(await paper.locator('svg').screenshot());
    }
    await paper.close();
    return taken;
  };

  it('are fetched with their script when they are wanted, and shown one after the other', async () => {
    const { page } = walk;
    const scripts: string[] = [];
    page.on('request', (request) => { if (request.resourceType() === 'script') scripts.push(new URL(request.url()).pathname); });
    await walk.visit('psbt');
    await load(psbt);
    expect(scripts).toEqual([]);
    await walk.button('Show as QR codes').click();
    const dialog = walk.dialog('As QR codes');
    await dialog.getByText(/^Code [3-9] of \d+$/).waitFor();
    expect(scripts).toEqual(['/codes.js']);
    await walk.button('Hold', dialog).click();
    const held = await dialog.getByText(/^Code \d+ of/).innerText();
    await looked(page, 'psbt-codes');
    expect(await dialog.getByText(/^Code \d+ of/).innerText()).toBe(held);
    await dialog.getByText('Few codes').click();
    await dialog.getByRole('img', { name: /QR code/ }).waitFor();
    await walk.button('Close', dialog).last().click();
    await walk.closed();
  });

  for (const format of ['BC-UR', 'BBQr'] as const) {
    it(`come back from pictures of ${format}`, async () => {
      const { page } = walk;
      const show = (): Promise<void> => walk.button('Show as QR codes').click();
      let taken: Buffer[];
      if (format === 'BC-UR') {
        taken = await pictures(await enough(), show);
      } else {
        await show();
        await walk.dialog('As QR codes').getByText(format, { exact: true }).click();
        const label = await walk.dialog('As QR codes').getByRole('img', { name: /QR code/ }).getAttribute('aria-label');
        taken = await pictures(Number(/of (\d+)$/.exec(label ?? '')?.[1]), () => Promise.resolve());
      }
      const files = taken.map((buffer, i) => ({ name: `${i}.png`, mimeType: 'image/png', buffer }));
      expect(files.length).toBeGreaterThan(2);
      await walk.button('Close', walk.dialog()).last().click();
      await walk.closed();
      await walk.button('Put away').click();
      await walk.button('Scan QR codes').click();
      const dialog = walk.dialog('Scan QR codes');
      const choose = async (some: typeof files): Promise<void> => {
        const [chooser] = await Promise.all([page.waitForEvent('filechooser'), walk.button('Choose pictures', dialog).click()]);
        await chooser.setFiles(some);
      };
      await choose([{ name: 'empty.png', mimeType: 'image/png', buffer: await page.locator('.nav-link').first().screenshot() }]);
      await dialog.getByText('empty.png: there is no code in it that can be read.').waitFor();
      await choose(files.slice(1).reverse());
      if (format === 'BBQr') {
        await dialog.getByText(`${files.length - 1} of ${files.length} codes`).waitFor();
        await looked(page, 'scan-pictures');
        await choose(files.slice(0, 1));
      }
      await page.getByRole('heading', { name: 'What it does' }).waitFor();
      expect(await opened()).toBe(psbt);
    });
  }

  it('come from the camera, where the user allows it, and are put together with what is there', async () => {
    const { page } = walk;
    const { psbt: signed } = await walk.rpc<{ psbt: string }>('walletprocesspsbt', [psbt, true, 'ALL', true, false], 'main');
    // Later codes only, as of a device that has been showing them for a while: mixed ones, so many that all of it is in them.
    const texts = await withCodes<string[]>(signed, 150, `
      const receiver = new CodeReceiver();
      const texts = [];
      for (let n = row.count + 1; receiver.received === null || texts.length < row.count * 2; n++) {
        texts.push(await row.code(n));
        await receiver.add(texts.at(-1));
      }
      return texts;
    `);
    fs.writeFileSync(video, film(texts));
    await walk.button('Put together with QR codes').click();
    const dialog = walk.dialog('Scan QR codes');
    await walk.button('Use the camera', dialog).click();
    await dialog.getByText('The browser does not allow the camera.').waitFor();
    await walk.browser.context.grantPermissions(['camera', 'clipboard-read', 'clipboard-write']);
    await walk.button('Use the camera', dialog).click();
    await dialog.getByText(/^\d+ of \d+ codes$/).waitFor();
    await shot(page, 'scan-camera');
    await page.getByText('All signatures are there: it can be sent.').waitFor({ timeout: 120_000 });
    await walk.closed();
    // Nobody looks any more.
    expect(await page.locator('video').count()).toBe(0);
  });

  it('an address is read on the page of sending, too', async () => {
    await walk.visit('send');
    await walk.button('Scan a QR code').click();
    const dots = encodeQR(`bitcoin:${ELSEWHERE.toUpperCase()}?amount=0.75&label=Mill`, 'raw', { border: 4 });
    const picture = await walk.page.evaluate<string>(`(() => {
      const rows = ${JSON.stringify(dots)};
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = rows.length * 6;
      const context = canvas.getContext('2d');
      rows.forEach((row, y) => row.forEach((on, x) => {
        context.fillStyle = on ? '#000' : '#fff';
        context.fillRect(x * 6, y * 6, 6, 6);
      }));
      return canvas.toDataURL('image/png').split(',')[1];
    })()`);
    await walk.choose(walk.button('Choose pictures', walk.dialog()), 'mill.png', Buffer.from(picture, 'base64'));
    for (const [field, value] of [['Pay to', ELSEWHERE], ['Label', 'Mill'], ['Amount', '0.75']] as const) {
      await until(`${field} is filled in`, async () => (await walk.field(field).inputValue()) === value);
    }
    expect(walk.faults).toEqual([]);
  });
});
