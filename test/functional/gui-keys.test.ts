import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import type { Locator } from 'playwright-core';
import { GuiWalk } from './support/gui-walk.ts';
import { looked, shot } from './support/page-checks.ts';
import { CHROMIUM } from './support/test-gui.ts';
import { until } from './support/test-node.ts';

const withBrowser = CHROMIUM === undefined ? describe.skip : describe;
const ELSEWHERE = 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw';
const WIF = 'cUeKHd5orzT3mz8P9pxyREHfsWtVfgsfDjiZZBcjUBAaGk1BTj7N';
/** Whose private key is 1: it is in no wallet here. */
const PUBKEY = '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798';
const TPUB = 'tpubD6NzVbkrYhZ4WaWSyoBvQwbpLkojyoTZPRsgXELWz3Popb3qkjcJyJUGLnL4qHHoQvao8ESaAstxYSnhyswJ76uZPStJRJCTKvosUCJZL5B';
const TPRV = 'tprv8ZgxMBicQKsPeuVhWwi6wuMQGfPKi9Li5GtX35jVNknACgqe3CY4g5xgkfDDJcmtF7o1QnxWDRYw4H5P26PXq7sbcUkEqeR4fg3Kxp2tigg';

/** A full signature of a nested address whose transaction has a second input: behind the first, whose script takes 24 bytes with its length; its witness is empty. */
function withMoreInputs(signature: string): string {
  const tx = Buffer.from(signature.slice(3), 'base64');
  const endOfFirst = 7 + 36 + 24 + 4;
  const second = Buffer.concat([Buffer.alloc(36, 1), Buffer.alloc(5)]);
  return `ful${Buffer.concat([tx.subarray(0, 6), Buffer.from([2]), tx.subarray(7, endOfFirst), second, tx.subarray(endOfFirst, -4), Buffer.from([0]), tx.subarray(-4)]).toString('base64')}`;
}

withBrowser('keys, labels and messages in the page', () => {
  let walk: GuiWalk;
  beforeAll(async () => {
    walk = await GuiWalk.start();
    await walk.call('wallets.create', { wallet: 'main', passphrase: 'secret', privateKeys: true, blank: false, avoidReuse: false });
    await walk.rpc('generatetoaddress', [101, await walk.call<string>('addresses.new', { wallet: 'main', kind: null })]);
    // The page knows of it: who signs nothing yet is shown how to verify.
    await walk.page.getByRole('region', { name: 'Balance' }).waitFor();
  });
  beforeEach(async () => {
    for (let open = await walk.dialog().count(); open > 0; open -= 1) await walk.page.keyboard.press('Escape');
  });
  afterAll(() => walk.end());

  const unfold = async (card: Locator): Promise<void> => { if (await card.locator('details[open]').count() === 0) await card.getByText('More').click(); };

  /** Signs with an address of a kind, picked in the page; gives it and the signature. */
  const signed = async (kind: string, message: string): Promise<readonly [address: string, signature: string]> => {
    await walk.visit('overview');
    await walk.visit('messages');
    await walk.button('Your addresses').click();
    await walk.dialog().getByText(kind, { exact: true }).click();
    await walk.button('A new one', walk.dialog()).click();
    await walk.closed();
    await walk.field('Message').fill(message);
    await walk.button('Sign').click();
    await walk.field('Passphrase', walk.dialog()).fill('secret');
    await walk.page.keyboard.press('Enter');
    await walk.field('Signature').waitFor();
    return [await walk.field('Address').inputValue(), await walk.field('Signature').inputValue()];
  };
  /** Fills in what is to be verified, and presses the button. */
  const verify = async (address: string, message: string, signature: string): Promise<void> => {
    await walk.field('Address').fill(address);
    await walk.field('Message').fill(message);
    await walk.field('Signature').fill(signature);
    await walk.button('Verify').click();
  };
  const toVerify = async (): Promise<void> => {
    await walk.page.getByText('Verify', { exact: true }).click();
    await walk.page.getByRole('heading', { name: 'Verify a message' }).waitFor();
  };

  it('signs a message with a legacy address of the wallet, and verifies it', async () => {
    const { page } = walk;
    const [address, signature] = await signed('Legacy', 'I am here');
    expect(address).toMatch(/^[mn]/);
    expect(await walk.rpc('verifymessage', [address, signature, 'I am here'])).toBe(true);
    await toVerify();
    await verify(address, 'I am here', signature);
    await page.getByText('The signature is good', { exact: false }).waitFor();
    await walk.field('Message').fill('I am there');
    await walk.button('Verify').click();
    await page.getByText('The signature is not of this address and message.').waitFor();
    await walk.field('Address').fill(ELSEWHERE);
    await walk.button('Verify').click();
    await page.getByText('A signature of this old kind is of legacy addresses only.').waitFor();
    await walk.field('Address').fill('nobody');
    await walk.button('Verify').click();
    await page.getByText('Invalid address').waitFor();
  });

  it('signs messages with addresses of the other kinds, too, and tells good signatures from bad ones and from those that it cannot judge', async () => {
    const { page } = walk;
    const [taproot, signature] = await signed('Taproot', 'I am here');
    expect(taproot).toMatch(/^bcrt1p/);
    expect(signature).toMatch(/^smp/);
    await looked(walk.page, 'messages-signed');
    await walk.button('Your addresses').click();
    await walk.field('Search', walk.dialog()).fill(taproot.slice(-10));
    await until('one address is left', async () => await walk.dialog().locator('.picks button').count() === 1);
    await looked(walk.page, 'messages-addresses');
    await walk.dialog().locator('.picks button').click();
    await walk.closed();
    const [nested, full] = await signed('Nested', 'I am here');
    expect(full).toMatch(/^ful/);

    await toVerify();
    await verify(taproot, 'I am here', signature);
    await page.getByText('The signature is good', { exact: false }).waitFor();
    await looked(walk.page, 'messages-verified');
    // As it comes out of a letter.
    await verify(nested, 'I am here', ` ${full.replace(/.{60}/g, '$&\n')}\n`);
    await page.getByText('The signature is good', { exact: false }).waitFor();
    await verify(nested, 'I am here', signature);
    await page.getByText('The signature is not of this address and message.').waitFor();
    await verify(taproot, 'I am there', signature);
    await page.getByText('Invalid Schnorr signature.').waitFor();
    await verify(taproot, 'I am here', signature.slice(0, -2));
    await page.getByText('This is no signature: was all of it copied?').waitFor();
    await verify(nested, 'I am here', withMoreInputs(full));
    await page.getByText('It is a proof of funds of an early form', { exact: false }).waitFor();
    await looked(walk.page, 'messages-inconclusive');
  });

  it('signs for shared and locked addresses where it has all keys, and says under what lock that counts', async () => {
    const { page } = walk;
    await walk.call('wallets.create', { wallet: 'shared', passphrase: 'secret', privateKeys: true, blank: true, avoidReuse: false });
    await walk.call('wallets.create', { wallet: 'eyes', passphrase: '', privateKeys: false, blank: true, avoidReuse: false });
    /** Imports a descriptor of one address, which it gives. */
    const imported = async (text: string, wallet: string, given = text): Promise<string> => {
      const { imports, addresses } = await walk.call<{ imports: string[]; addresses: string[] }>('descriptor.inspect', { text, addresses: 1 });
      const items = [{ descriptor: wallet === 'eyes' ? given : imports[0] ?? '', active: false, internal: null, addresses: null, since: null, label: null }];
      expect(await walk.call('keys.import', { wallet, items, passphrase: wallet === 'eyes' ? null : 'secret' })).toMatchObject([{ ok: true }]);
      return addresses[0] ?? '';
    };
    const sign = (wallet: string, address: string, passphrase: string | null): Promise<string> => walk.call<string>('message.sign', { wallet, address, message: 'ours', passphrase });
    const half = await imported(`wsh(multi(2,${WIF},${PUBKEY}))`, 'shared');
    await expect(sign('shared', half, null)).rejects.toThrow('The wallet is locked: its passphrase is needed.');
    await expect(sign('shared', half, 'secret')).rejects.toThrow('The wallet has not all keys that a signature of this address takes');
    const either = await imported(`sh(wsh(multi(1,${WIF},${PUBKEY})))`, 'shared');
    const later = await imported(`wsh(and_v(v:pk(${WIF}),older(144)))`, 'shared');
    const watched = await walk.call<{ descriptors: string[] }>('descriptor.inspect', { text: `wpkh(${WIF})`, addresses: 1 });
    const seen = await imported(`wpkh(${WIF})`, 'eyes', watched.descriptors[0]);
    await expect(sign('eyes', seen, null)).rejects.toThrow('Private key not available');

    await walk.visit('overview');
    await walk.visit('messages');
    await toVerify();
    await verify(either, 'ours', await sign('shared', either, 'secret'));
    await page.getByText('The signature is good', { exact: false }).waitFor();
    expect(await page.getByText('It counts for', { exact: false }).count()).toBe(0);
    await verify(later, 'ours', await sign('shared', later, 'secret'));
    await page.getByText('It counts for coins that are at least 144 blocks old.').waitFor();
    await looked(walk.page, 'messages-locked');
    for (const wallet of ['shared', 'eyes']) await walk.call('wallets.close', { wallet });
  });

  it('signs nothing for an address of others', async () => {
    const { page } = walk;
    await walk.visit('overview');
    await walk.visit('messages');
    await walk.field('Address').fill(ELSEWHERE);
    await walk.field('Message').fill('I am somebody else');
    await walk.button('Sign').click();
    await walk.field('Passphrase', walk.dialog()).fill('secret');
    await page.keyboard.press('Enter');
    await page.getByText('The address is not of this wallet').waitFor();
    expect(await walk.field('Signature').count()).toBe(0);
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
