import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import type { Locator } from 'playwright-core';
import { GuiWalk } from './support/gui-walk.ts';
import { looked, shot } from './support/page-checks.ts';
import { CHROMIUM } from './support/test-gui.ts';
import { until } from './support/test-node.ts';

const withBrowser = CHROMIUM === undefined ? describe.skip : describe;
const ELSEWHERE = 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw';
const TPUB = 'tpubD6NzVbkrYhZ4WaWSyoBvQwbpLkojyoTZPRsgXELWz3Popb3qkjcJyJUGLnL4qHHoQvao8ESaAstxYSnhyswJ76uZPStJRJCTKvosUCJZL5B';
const TPRV = 'tprv8ZgxMBicQKsPeuVhWwi6wuMQGfPKi9Li5GtX35jVNknACgqe3CY4g5xgkfDDJcmtF7o1QnxWDRYw4H5P26PXq7sbcUkEqeR4fg3Kxp2tigg';

withBrowser('keys, labels and messages in the page', () => {
  let walk: GuiWalk;
  beforeAll(async () => {
    walk = await GuiWalk.start();
    await walk.call('wallets.create', { wallet: 'main', passphrase: 'secret', privateKeys: true, blank: false, avoidReuse: false });
    await walk.rpc('generatetoaddress', [101, await walk.call<string>('addresses.new', { wallet: 'main', kind: null })]);
  });
  beforeEach(async () => {
    for (let open = await walk.dialog().count(); open > 0; open -= 1) await walk.page.keyboard.press('Escape');
  });
  afterAll(() => walk.end());

  const unfold = async (card: Locator): Promise<void> => { if (await card.locator('details[open]').count() === 0) await card.getByText('More').click(); };

  it('signs a message with an address of the wallet, and verifies it', async () => {
    const { page } = walk;
    await walk.visit('messages');
    await walk.button('Your legacy addresses').click();
    await walk.button('A new one', walk.dialog()).click();
    await walk.closed();
    const address = await walk.field('Address').inputValue();
    expect(address).toMatch(/^[mn]/);
    await walk.field('Message').fill('I am here');
    await walk.button('Sign').click();
    await walk.field('Passphrase', walk.dialog()).fill('secret');
    await page.keyboard.press('Enter');
    await walk.field('Signature').waitFor();
    const signature = await walk.field('Signature').inputValue();
    expect(await walk.rpc('verifymessage', [address, signature, 'I am here'])).toBe(true);
    await looked(walk.page, 'messages-signed');
    await page.getByText('Verify', { exact: true }).click();
    await walk.field('Address').fill(address);
    await walk.field('Message').fill('I am here');
    await walk.field('Signature').fill(signature);
    await walk.button('Verify').click();
    await page.getByText('The signature is good', { exact: false }).waitFor();
    await walk.field('Message').fill('I am there');
    await walk.button('Verify').click();
    await page.getByText('The signature is not of this address and message.').waitFor();
    await walk.field('Address').fill(ELSEWHERE);
    await walk.button('Verify').click();
    await page.getByText('Address does not refer to key').waitFor();
  });

  it('shows behind the slider what waits in the pool, and what a feerate would wait for', async () => {
    const { page } = walk;
    await walk.visit('send');
    await page.getByRole('img', { name: 'What waits in the pool, by feerate' }).waitFor();
    await page.getByText('Nothing that waits pays as much: it would be in the next block.').waitFor();
    const payments = [{ address: ELSEWHERE, amount: 1_000_000, subtractFee: false, label: '' }];
    const control = { inputs: [], feerate: 50_000, confirmTarget: null, changeAddress: null, replaceable: true };
    const { tx } = await walk.call<{ tx: string }>('spend.prepare', { wallet: 'main', payments, control });
    await walk.call('spend.send', { wallet: 'main', tx, payments, passphrase: 'secret', message: null });
    await page.getByText('By feerate').click();
    await walk.field('Feerate').fill('2');
    await page.getByText(/^\d+ vB go first: it would be in the next block\.$/).waitFor();
    await looked(walk.page, 'send-feerate');
    await walk.field('Feerate').fill('60');
    await page.getByText('Nothing that waits pays as much', { exact: false }).waitFor();
    await walk.field('Feerate').fill('0.05');
    await page.getByText('Too low: this node does not take less than', { exact: false }).waitFor();
    // The slider over the picture says the same as the field.
    await page.getByRole('slider', { name: 'Feerate on a scale' }).focus();
    await page.keyboard.press('End');
    await until('the field follows', async () => (await walk.field('Feerate').inputValue()) === '200');
  });

  it('watches an extended public key: checked as it is typed, in a wallet of its own, with the past of its addresses', async () => {
    const { page } = walk;
    const theirs = (await walk.call<{ addresses: string[] }>('descriptor.inspect', { text: `wpkh(${TPUB}/<0;1>/*)`, addresses: 2 })).addresses;
    await walk.rpc('generatetoaddress', [2, theirs[1] ?? '']);
    await walk.visit('wallets');
    await walk.button('Watch or import').click();
    const dialog = walk.dialog('Watch or import keys');
    const keys = walk.field('Descriptors or an extended public key', dialog);
    await keys.fill(`wpkh(${TPUB.slice(0, -3)}`);
    await dialog.getByRole('alert').waitFor();
    expect(await walk.button('Import', dialog).isDisabled()).toBe(true);
    await keys.fill(TPUB);
    await dialog.getByText('understood').waitFor();
    await dialog.getByText(theirs[0]?.slice(0, 14) ?? '', { exact: false }).waitFor();
    await walk.field('Kind of its addresses', dialog).selectOption('bech32m');
    await dialog.locator('.checked').getByText('bcrt1p', { exact: false }).first().waitFor();
    await walk.field('Kind of its addresses', dialog).selectOption('bech32');
    await dialog.getByText(theirs[0]?.slice(0, 14) ?? '', { exact: false }).waitFor();
    await walk.field('Name of the new wallet', dialog).fill('cold');
    await dialog.getByText('Since a day').click();
    await walk.field('Day of the first use', dialog).fill('2011-01-01');
    await walk.field('Addresses to look for', dialog).fill('20');
    await looked(walk.page, 'import-keys');
    await walk.button('Import', dialog).click();
    await page.getByText('Imported into "cold"').waitFor();
    await walk.closed();
    expect(await walk.rpc('getwalletinfo', [], 'cold')).toMatchObject({ private_keys_enabled: false, txcount: 2 });
    await walk.visit('receive');
    await page.locator('main').getByRole('button', { name: 'Create', exact: true }).click();
    await walk.dialog().getByRole('img', { name: /QR/ }).waitFor();
  });

  it('imports descriptors with private keys where they belong, and says where they do not', async () => {
    const { page } = walk;
    await walk.visit('wallets');
    await walk.button('Watch or import').click();
    const dialog = walk.dialog('Watch or import keys');
    await walk.field('Descriptors or an extended public key', dialog).fill(`# mine\npkh(${TPRV}/0)\nwpkh(${TPRV}/1)`);
    await until('two lines are understood', async () => await dialog.getByText('with private keys', { exact: true }).count() === 2);
    await walk.field('Into', dialog).selectOption('cold');
    await dialog.getByText('This wallet watches only: it takes no private keys.').waitFor();
    await walk.field('Into', dialog).selectOption('main');
    await walk.field('Label', dialog).fill('old key');
    await walk.button('Import', dialog).click();
    await walk.field('Passphrase', walk.dialog('Unlock to import')).fill('secret');
    await page.keyboard.press('Enter');
    await page.getByText('Imported into "main"').waitFor();
    expect(Object.keys(await walk.rpc<object>('getaddressesbylabel', ['old key'], 'main'))).toHaveLength(2);
    await walk.closed();
  });

  it('shows the keys of a wallet without its private ones', async () => {
    await walk.visit('wallets');
    const card = walk.page.locator('section.card', { hasText: 'main' }).first();
    await unfold(card);
    await walk.button('Keys', card).click();
    const dialog = walk.dialog('Keys of "main"');
    await dialog.getByText('for change').first().waitFor();
    await looked(walk.page, 'descriptors');
    const saved = fs.readFileSync((await walk.saved(walk.button('Save', dialog))).path, 'utf8');
    expect(saved.trim().split('\n')).toHaveLength(10);
    expect(saved).toContain('wpkh([');
    expect(saved).not.toContain('prv');
  });

  it('lets labels out and in as BIP 329 has them, and says which lines it does not take', async () => {
    const { page } = walk;
    await walk.visit('wallets');
    const card = page.locator('section.card', { hasText: 'main' }).first();
    await unfold(card);
    const out = await walk.saved(walk.button('Labels out', card));
    expect(out.name).toBe('main-labels.jsonl');
    const lines = fs.readFileSync(out.path, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { type: string; ref: string; label: string });
    expect(lines).toContainEqual(expect.objectContaining({ type: 'addr', label: 'old key' }));
    await walk.choose(walk.button('Labels in', card), 'labels.jsonl', `${JSON.stringify({ type: 'addr', ref: ELSEWHERE, label: 'Mill' })}\n`);
    await page.getByText('1 label taken over').waitFor();
    expect(await walk.rpc('getaddressesbylabel', ['Mill'], 'main')).toHaveProperty(ELSEWHERE);
    await walk.choose(walk.button('Labels in', card), 'labels.jsonl', `nonsense\n${JSON.stringify({ type: 'addr', ref: ELSEWHERE, label: 'Water mill' })}\n`);
    await walk.dialog('Labels').getByText('line 1').waitFor();
    await shot(page, 'labels-refused');
    await walk.button('Close', walk.dialog('Labels')).last().click();
  });

  it('rescans from the card, with progress, and stops when told', async () => {
    const { page } = walk;
    await walk.rpc('generatetoaddress', [900, ELSEWHERE]);
    await walk.visit('wallets');
    const card = page.locator('section.card', { hasText: 'cold' }).first();
    await unfold(card);
    await walk.button('Rescan', card).click();
    await walk.button('Rescan', walk.dialog('Rescan')).click();
    await page.getByText('The rescan of "cold" is done').waitFor();
    // One that is stopped: told to stop from its beginning on; again where it was done before that was heard.
    await until('one is stopped', async () => {
      let end = '';
      const going = walk.call('keys.rescan', { wallet: 'cold', since: 0 }).then(() => 'done', (e: unknown) => String(e)).then((how) => { end = how; });
      while (end === '') await walk.call('wallets.abortRescan', { wallet: 'cold' });
      await going;
      if (end !== 'done') expect(end).toContain('Rescan aborted');
      return end !== 'done';
    });
    expect(walk.faults).toEqual([]);
  });
});
