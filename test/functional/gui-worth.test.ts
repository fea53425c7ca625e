import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GuiWalk } from './support/gui-walk.ts';
import { looked } from './support/page-checks.ts';
import { CHROMIUM } from './support/test-gui.ts';

const withBrowser = CHROMIUM === undefined ? describe.skip : describe;
const ELSEWHERE = 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw';

withBrowser('amounts in a currency', () => {
  let walk: GuiWalk;
  const asked: string[] = [];

  beforeAll(async () => {
    walk = await GuiWalk.start();
    walk.page.on('request', (request) => asked.push(request.url()));
    await walk.call('wallets.create', { wallet: 'main', passphrase: '', privateKeys: true, blank: false, avoidReuse: false });
    await walk.rpc('generatetoaddress', [101, await walk.call<string>('addresses.new', { wallet: 'main', kind: null })]);
  });
  afterAll(() => walk.end());

  it('are not shown until the user types a rate', async () => {
    const { page } = walk;
    await walk.visit('overview');
    const balance = page.getByRole('region', { name: 'Balance' });
    await balance.getByText('50', { exact: true }).first().waitFor();
    expect(await page.locator('.worth').count()).toBe(0);
    await walk.visit('settings');
    const card = page.locator('section.card', { hasText: 'Amounts in a currency' });
    await walk.field('Currency', card).fill('e');
    await card.getByText('A code of three to five letters, such as EUR').waitFor();
    await walk.field('Currency', card).fill('eur');
    await walk.field('Price of one coin', card).fill('58,250');
    await card.getByText('A number without separators of thousands, such as 58250.75').waitFor();
    expect(await walk.button('Use this rate', card).isDisabled()).toBe(true);
    await walk.field('Price of one coin', card).fill('20000.5');
    await card.getByText('20,000.50 EUR').waitFor();
    await walk.button('Use this rate', card).click();
    await walk.button('Show no more', card).waitFor();
    await looked(page, 'rate-settings');
    await walk.visit('overview');
    await balance.getByText('≈ 1,000,025.00 EUR', { exact: true }).first().waitFor();
    await looked(page, 'rate-overview');
  });

  it('are shown with what is sent, and in its details', async () => {
    const { page } = walk;
    await walk.visit('send');
    await walk.field('Pay to').fill(ELSEWHERE);
    await walk.field('Amount').fill('0.5');
    await page.getByText('≈ 10,000.25 EUR').waitFor();
    await looked(page, 'rate-send');
    await walk.button('Review').click();
    const review = walk.dialog('Send this?');
    await review.getByRole('listitem').getByText('≈ 10,000.25 EUR').waitFor();
    expect(await review.locator('.worth').count()).toBe(3);
    await looked(page, 'rate-review');
    await walk.button('Send', review).click();
    await walk.closed();
    await page.getByRole('button', { name: /Unconfirmed/ }).first().click();
    await walk.dialog().getByText(/≈ \u221210,00\d\.\d\d EUR/).waitFor();
    await looked(page, 'rate-details');
    await page.keyboard.press('Escape');
    await walk.closed();
  });

  it('are hidden with all other values, gone when the user wants, and were asked of nobody', async () => {
    const { page } = walk;
    await walk.visit('overview');
    await page.locator('.worth').first().waitFor();
    await page.keyboard.press('m');
    await page.locator('.worth').first().waitFor({ state: 'detached' });
    await page.keyboard.press('m');
    await page.locator('.worth').first().waitFor();
    await walk.visit('settings');
    await walk.button('Show no more').click();
    await walk.button('Show no more').waitFor({ state: 'detached' });
    await walk.visit('overview');
    await page.getByRole('region', { name: 'Balance' }).getByText('Available').waitFor();
    expect(await page.locator('.worth').count()).toBe(0);
    expect(asked.filter((url) => !url.startsWith(`http://127.0.0.1:${walk.gui.port}/`))).toEqual([]);
    expect(walk.faults).toEqual([]);
  });
});
