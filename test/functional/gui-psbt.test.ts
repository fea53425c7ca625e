import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { axe, LOOKS, redraw, shot, tooWide } from './support/page-checks.ts';
import { CHROMIUM, TestBrowser, TestGui } from './support/test-gui.ts';

const withBrowser = CHROMIUM === undefined ? describe.skip : describe;
const ELSEWHERE = 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw';
const KEYS = {
  alice: 'tprv8ZgxMBicQKsPd7Uf69XL1XwhmjHopUGep8GuEiJDZmbQz6o58LninorQAfcKZWARbtRtfnLcJ5MQ2AtHcQJCCRUcMRvmDUjyEmNUWwx8UbK',
  bob: 'tprv8ZgxMBicQKsPeuVhWwi6wuMQGfPKi9Li5GtX35jVNknACgqe3CY4g5xgkfDDJcmtF7o1QnxWDRYw4H5P26PXq7sbcUkEqeR4fg3Kxp2tigg',
};

withBrowser('partially signed transactions in the page', () => {
  let gui: TestGui;
  let session: Record<string, string>;
  let browser: TestBrowser;
  let page: Page;
  let faults: string[];

  const dialog = (): Locator => page.getByRole('dialog');
  const button = (name: string, within: Page | Locator = page): Locator => within.getByRole('button', { name, exact: true });
  const field = (name: string, within: Page | Locator = page): Locator => within.getByLabel(name, { exact: true });
  const visit = async (name: string): Promise<void> => {
    await page.evaluate(`location.hash = '#/${name}'`);
    await page.locator(`.nav-link[aria-current="page"][href="#/${name}"]`).waitFor({ state: 'attached' });
  };
  const look = (wallet: string): Promise<unknown> => page.getByRole('combobox', { name: 'Wallet' }).selectOption(wallet);
  const saved = async (name: string): Promise<Buffer> => {
    const [download] = await Promise.all([page.waitForEvent('download'), button(name).click()]);
    return fs.readFileSync(await download.path());
  };
  const descriptor = async (text: string): Promise<{ descriptors: string[]; imports: string[] }> => gui.call(session, 'descriptor.inspect', { text, addresses: 1 });
  const publicKey = async (key: string): Promise<string> => /tpub\w+/.exec((await descriptor(`pkh(${key})`)).descriptors[0] ?? '')?.[0] ?? '';

  // Two wallets that have to sign together, with coins.
  beforeAll(async () => {
    gui = await (await TestGui.create()).start();
    session = await gui.session();
    await gui.untilRunning(session);
    const pub = { alice: await publicKey(KEYS.alice), bob: await publicKey(KEYS.bob) };
    for (const name of ['alice', 'bob'] as const) {
      await gui.call(session, 'wallets.create', { wallet: name, passphrase: '', privateKeys: true, blank: true, avoidReuse: false });
      const own = { ...pub, [name]: KEYS[name] };
      const { imports } = await descriptor(`wsh(multi(2,${own.alice}/<0;1>/*,${own.bob}/<0;1>/*))`);
      const items = imports.map((desc, i) => ({ desc, active: true, internal: i === 1, range: [0, 20], timestamp: 'now' }));
      expect(await gui.rpc(session, 'importdescriptors', [items], name)).toMatchObject([{ success: true }, { success: true }]);
    }
    const shared = await gui.call<string>(session, 'addresses.new', { wallet: 'alice', kind: 'bech32' });
    await gui.rpc(session, 'generatetoaddress', [102, shared]);
    browser = await TestBrowser.launch({ width: 1280, height: 900 });
    await browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    ({ page, faults } = await browser.open(await gui.call<string>(session, 'app.newAddress')));
    page.setDefaultTimeout(30_000);
    await page.locator('.nav-link').first().waitFor();
  });
  afterAll(async () => {
    await browser.close();
    await gui.destroy();
  });

  let unsigned: Buffer;
  let byAlice: Buffer;

  it('makes one of a payment, and shows what it does before anybody signs', async () => {
    await look('alice');
    await visit('send');
    await field('Pay to').fill(ELSEWHERE);
    await field('Label').fill('Roof');
    await field('Amount').fill('12.5');
    await button('Review').click();
    await button('Create unsigned', dialog()).click();
    await page.getByRole('heading', { name: 'PSBT' }).waitFor();
    await page.getByText('This wallet can sign 1 input.').waitFor();
    await page.getByText('0 of 2 signatures').waitFor();
    await page.getByRole('list', { name: 'Outputs' }).getByText('12.5', { exact: false }).first().waitFor();
    await page.getByText('your change').waitFor();
    expect(await page.locator('.signers li').count()).toBe(2);
    expect(await page.locator('.signers li', { hasText: 'alice' }).count()).toBe(1);
    unsigned = await saved('Save');
    expect(unsigned.subarray(0, 5)).toEqual(Buffer.from('psbt\xff', 'latin1'));
  });

  it('signs with the wallet that is looked at, and says who has', async () => {
    await button('Sign').click();
    await page.getByText('Signed: others must sign, too').waitFor();
    await page.getByText('1 of 2 signatures').waitFor();
    await page.locator('.signers li.signed', { hasText: 'alice' }).waitFor();
    await page.getByText('This wallet has nothing to sign in it.').waitFor();
    await shot(page, 'psbt-half-signed');
    byAlice = await saved('Save');
    await button('Copy', page.getByRole('region', { name: 'Actions' })).click();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(byAlice.toString('base64'));
  });

  it('puts together what two have signed apart, dropped, pasted and chosen', async () => {
    await button('Put away').click();
    await look('bob');
    // A file that is dropped.
    await page.evaluate(`(() => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob('${unsigned.toString('base64')}'), (c) => c.charCodeAt(0))], 'a.psbt'));
      document.querySelector('.drop').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    })()`);
    await page.getByText('0 of 2 signatures').waitFor();
    await page.locator('.signers li', { hasText: 'bob' }).waitFor();
    await button('Sign').click();
    await page.locator('.signers li.signed', { hasText: 'bob' }).waitFor();
    // Nothing of another transaction gets in.
    await page.evaluate(`navigator.clipboard.writeText('nonsense')`);
    await button('Put together with the clipboard').click();
    await page.getByText(/This is no PSBT|TX decode failed/).waitFor();
    await page.getByText('1 of 2 signatures').waitFor();
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button('Put together with a file').click()]);
    await chooser.setFiles({ name: 'alice.psbt', mimeType: 'application/octet-stream', buffer: byAlice });
    await page.getByText('All signatures are there: it can be sent.').waitFor();
    await shot(page, 'psbt-signed');
  });

  it('is clean by axe in every size and theme', async () => {
    for (const view of LOOKS) {
      await redraw(page, view);
      expect([view[0], await tooWide(page)]).toEqual([view[0], []]);
      expect([view[0], await axe(page)]).toEqual([view[0], []]);
      await shot(page, `psbt-open-${view[0]}`);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it('sends the final transaction', async () => {
    const final = await saved('Save the final transaction');
    expect((await gui.rpc<{ allowed: boolean }[]>(session, 'testmempoolaccept', [[final.toString('hex')]]))[0]).toMatchObject({ allowed: true });
    await button('Send').click();
    await dialog().getByText('12.5', { exact: false }).waitFor();
    await button('Send', dialog()).click();
    await page.getByRole('heading', { name: 'Transactions' }).waitFor();
    expect(await gui.rpc<string[]>(session, 'getrawmempool')).toHaveLength(1);
  });

  it('takes text, and says what is wrong with it', async () => {
    await visit('psbt');
    await field('Or as text').fill(byAlice.toString('hex'));
    await button('Load').click();
    await page.getByText(/coins that neither it nor this node knows|Signatures are missing/).first().waitFor();
    await button('Put away').click();
    await field('Or as text').fill('cHNidP8BAA==');
    await button('Load').click();
    await page.getByText(/TX decode failed.*end of data/).waitFor();
    await shot(page, 'psbt-empty');
    expect(faults).toEqual([]);
  });
});
