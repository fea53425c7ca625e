import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { GuiWalk } from './support/gui-walk.ts';
import { CHROMIUM, type TestGui } from './support/test-gui.ts';
import { childrenOf, MULTIPROCESS, TestNode, until } from './support/test-node.ts';

const withBrowser = CHROMIUM === undefined ? describe.skip : describe;
const ELSEWHERE = 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw';

withBrowser('what can be done in the page', () => {
  let walk: GuiWalk;
  let gui: TestGui;
  let session: Record<string, string>;
  let page: Page;
  let other: TestNode;

  beforeAll(async () => {
    walk = await GuiWalk.start();
    ({ gui, session, page } = walk);
    other = await (await TestNode.create()).start();
  });
  // What one test left open is not in the way of the next.
  beforeEach(async () => {
    for (let open = await dialog().count(); open > 0; open -= 1) await page.keyboard.press('Escape');
  });
  afterAll(async () => {
    await walk.end();
    await other.destroy();
  });

  const visit = (name: string): Promise<void> => walk.visit(name);
  const dialog = (): Locator => walk.dialog();
  const closed = (): Promise<void> => walk.closed();
  const button = (name: string, within?: Locator): Locator => walk.button(name, within);
  const field = (name: string, within?: Locator): Locator => walk.field(name, within);

  it('makes an encrypted wallet, and mines it coins', async () => {
    await visit('overview');
    await button('Create a wallet').click();
    await field('Name', dialog()).fill('main');
    await dialog().getByRole('switch', { name: /^Encrypt/ }).check();
    await field('Passphrase', dialog()).fill('secret');
    await field('Once more', dialog()).fill('secrets');
    await dialog().getByText('The two differ').waitFor();
    expect(await button('Create', dialog()).isDisabled()).toBe(true);
    await field('Once more', dialog()).fill('secret');
    await button('Create', dialog()).click();
    await closed();
    // Until the page knows of it, blocks are mined to nobody.
    await page.getByRole('region', { name: 'Balance' }).waitFor();
    await visit('regtest');
    await button('101').click();
    await page.getByText('101 blocks mined').waitFor();
    await visit('overview');
    await page.getByRole('region', { name: 'Balance' }).getByText('50', { exact: true }).first().waitFor();
  });

  it('makes a request for payment with a code, which wallet.dat keeps', async () => {
    await visit('receive');
    await field('Label').fill('Lena');
    await field('Amount').fill('0.5');
    await field('Message').fill('For the bread');
    await page.getByText('Taproot').click();
    await button('Create').click();
    await dialog().getByRole('img', { name: /QR/ }).waitFor();
    expect((await dialog().innerText()).replace(/\s/g, '')).toContain('bcrt1p');
    await button('Close', dialog()).click();
    await closed();
    const [request] = await gui.call<{ label: string; amount: number; address: string }[]>(session, 'requests.list', { wallet: 'main' });
    expect(request).toMatchObject({ label: 'Lena', amount: 50_000_000, message: 'For the bread' });
    expect(request?.address).toMatch(/^bcrt1p/);
    await page.getByRole('row', { name: /Lena/ }).waitFor();
  });

  it('sends by keyboard alone, with a countdown and the passphrase', async () => {
    await visit('send');
    const payTo = field('Pay to');
    await payTo.waitFor();
    await page.locator('body').click({ position: { x: 5, y: 500 } });
    await walk.tabTo(/^Pay to$/);
    await page.keyboard.type(ELSEWHERE);
    await walk.tabTo(/^Label$/);
    await page.keyboard.type('Baker');
    await walk.tabTo(/^Amount$/);
    await page.keyboard.type('1.25');
    await walk.tabTo(/^Review$/);
    await page.keyboard.press('Enter');
    await dialog().getByText('Send this?').waitFor();
    await walk.tabTo(/^Passphrase$/);
    await page.keyboard.type('wrong');
    await button('Send', dialog()).waitFor();
    await walk.tabTo(/^Send$/);
    await page.keyboard.press('Enter');
    await dialog().getByText('The passphrase is wrong.').waitFor();
    await field('Passphrase', dialog()).fill('secret');
    await walk.tabTo(/^Send$/);
    await page.keyboard.press('Enter');
    await closed();
    const line = page.getByRole('button', { name: /Baker/ });
    await line.waitFor();
    expect((await line.innerText()).replaceAll('\n', '')).toContain('−1.25');
    expect(await gui.rpc<string[]>(session, 'getrawmempool')).toHaveLength(1);
    expect((await gui.rpc<{ unlocked_until: number }>(session, 'getwalletinfo', [], 'main')).unlocked_until).toBe(0);
  });

  it('shows the transaction, and replaces it with a feerate of the user\'s choice', async () => {
    await visit('transactions');
    await page.getByRole('button', { name: /Baker/ }).click();
    await dialog().getByText('Unconfirmed').waitFor();
    await dialog().getByRole('list', { name: 'Outputs' }).getByText('Baker').waitFor();
    await button('Increase the fee', dialog()).click();
    const bump = page.getByRole('dialog', { name: 'Increase the fee' });
    await field('New feerate', bump).fill('1');
    await button('Work out', bump).click();
    await bump.getByRole('alert').getByText(/Insufficient total fee|lower than/).waitFor();
    await field('New feerate', bump).fill('50');
    await button('Work out', bump).click();
    await bump.getByText('50 sat/vB').waitFor();
    await button('Replace', bump).click();
    await field('Passphrase', page.getByRole('dialog', { name: 'Unlock to replace' })).fill('secret');
    await page.keyboard.press('Enter');
    await page.getByText('Replaced', { exact: true }).waitFor();
    await page.getByRole('dialog', { name: 'Transaction' }).getByText('Replaces').waitFor();
    const [txid = ''] = await gui.rpc<string[]>(session, 'getrawmempool');
    const { fees, vsize } = await gui.rpc<{ fees: { base: number }; vsize: number }>(session, 'getmempoolentry', [txid]);
    expect(Math.round((fees.base * 1e8) / vsize)).toBe(50);
    await button('Close', dialog()).last().click();
    await closed();
  });

  it('filters, searches and exports the history', async () => {
    await visit('regtest');
    await button('1').click();
    await visit('transactions');
    await field('Search').fill('baker');
    await page.getByText('2 entries').first().waitFor();
    await field('Kind').selectOption('mined');
    await page.getByText('Nothing fits the filter').waitFor();
    await button('Clear the filter').click();
    await field('Kind').selectOption('sent');
    await page.getByText('2 entries').first().waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), button('Export').click()]);
    const csv = fs.readFileSync(await download.path(), 'utf8').split('\n');
    expect(csv[0]).toBe('"Confirmed","Date","Type","Label","Address","Amount (BTC)","ID"');
    expect(csv[1]).toMatch(new RegExp(`"Sent","Baker","${ELSEWHERE}","-1\\.25\\d+","[0-9a-f]{64}"`));
    await field('Kind').selectOption('all');
    await field('Period').selectOption('today');
    await field('At least').fill('60');
    await page.getByText('Nothing fits the filter').waitFor();
  });

  it('freezes a coin, and spends chosen ones only', async () => {
    await visit('coins');
    const row = page.getByRole('row', { name: /change/ });
    await button('Freeze', row).click();
    await row.getByText('frozen').waitFor();
    expect(await gui.rpc<unknown[]>(session, 'listlockunspent', [], 'main')).toHaveLength(1);
    await button('Unfreeze', row).click();
    await button('Freeze', row).waitFor();
    await row.getByRole('checkbox').check();
    await button('Spend these').click();
    await page.getByText('1 coin: 48.7').waitFor();
    await field('Pay to').fill(`bitcoin:${ELSEWHERE.toUpperCase()}?amount=0.1&label=Link&message=Hi`);
    await until('the address is drawn', async () => (await field('Pay to').inputValue()) === ELSEWHERE);
    await until('the amount is drawn', async () => (await field('Amount').inputValue()) === '0.1');
    await button('All').click();
    await page.getByText('By feerate').click();
    await field('Feerate').fill('2.5');
    await button('Review').click();
    await dialog().getByText('2.5 sat/vB').waitFor();
    await dialog().getByText('The fee is taken from the amount.').waitFor();
    await button('Create unsigned', dialog()).click();
    const [download] = await Promise.all([page.waitForEvent('download'), button('Save').click()]);
    const psbt = fs.readFileSync(await download.path()).toString('base64');
    expect((await gui.rpc<{ inputs: unknown[] }>(session, 'decodepsbt', [psbt])).inputs).toHaveLength(1);
  });

  it('keeps an address book', async () => {
    await visit('addresses');
    await page.getByRole('row', { name: /Baker/ }).getByRole('button', { name: 'Edit' }).click();
    await field('Label', dialog()).fill('Bakery');
    await button('Save', dialog()).click();
    await page.getByRole('row', { name: /Bakery/ }).waitFor();
    await button('New').click();
    await field('Address', dialog()).fill('nonsense');
    await button('Save', dialog()).click();
    await dialog().getByText(/Invalid Bitcoin address/).waitFor();
    await field('Address', dialog()).fill('2N7MTxxcVhJ6jz3qVwyMoXQnFgVsPwzrFi1'.slice(0, 3));
    await button('Cancel', dialog()).click();
    await page.getByRole('row', { name: /Bakery/ }).getByRole('button', { name: 'Remove' }).click();
    await button('Remove', dialog()).click();
    await page.getByText('Nothing here yet').waitFor();
    await page.getByText('Your own').click();
    await page.getByRole('row', { name: /Lena/ }).waitFor();
  });

  it('changes the passphrase, backs up, closes, opens and restores', async () => {
    await visit('wallets');
    await button('Change passphrase').click();
    await field('Passphrase so far', dialog()).fill('secret');
    await field('New passphrase', dialog()).fill('better');
    await field('Once more', dialog()).fill('better');
    await button('Change', dialog()).click();
    await closed();
    expect((await gui.http('POST', '/call', session, JSON.stringify({ method: 'wallets.changePassphrase', args: { wallet: 'main', before: 'secret', after: 'x' } }))).body).toBe('{"result":false}');
    const file = path.join(gui.datadir, 'backup.dat');
    await button('Back up').click();
    await field('File', dialog()).fill(file);
    await button('Back up', dialog()).click();
    await closed();
    await page.getByText(`Backed up to ${file}`).waitFor();
    expect(fs.existsSync(file)).toBe(true);
    await button('Close').click();
    await button('Close', dialog()).last().click();
    await page.getByText('1 closed wallet').waitFor();
    expect(await gui.rpc(session, 'listwallets')).toEqual([]);
    await button('Open').click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await visit('wallets');
    await button('Restore').click();
    await field('File', dialog()).fill(file);
    await field('Name of the new wallet', dialog()).fill('copy');
    await button('Restore', dialog()).click();
    await closed();
    // Then the page looks at the copy: not before.
    await page.getByText('Restored', { exact: true }).waitFor();
    expect(await gui.rpc<string[]>(session, 'listwallets')).toHaveLength(2);
    await page.getByRole('combobox', { name: 'Wallet' }).selectOption('main');
  });

  it('encrypts a wallet that was not', async () => {
    await button('Create').click();
    await field('Name', dialog()).fill('plain');
    await button('Create', dialog()).click();
    await closed();
    await page.locator('section.card', { hasText: 'plain' }).getByRole('button', { name: 'Encrypt' }).click();
    await field('New passphrase', dialog()).fill('pw');
    await field('Once more', dialog()).fill('pw');
    await button('Encrypt', dialog()).click();
    await closed();
    await page.locator('section.card', { hasText: 'plain' }).getByText('encrypted, locked').waitFor();
    await gui.call(session, 'wallets.close', { wallet: 'plain' });
    await gui.call(session, 'wallets.close', { wallet: 'copy' });
  });

  it('finds blocks and transactions', async () => {
    await visit('blocks');
    await field('Find').first().fill('102');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Block 102' }).waitFor();
    await page.getByRole('row').nth(2).getByRole('link').click();
    await page.getByRole('list', { name: 'Outputs' }).waitFor();
    // One signature in a hundred is a byte shorter than it was worked out for, so that the rate is a bit above.
    await page.getByText(/\b50(\.\d+)? sat\/vB/).first().waitFor();
    await field('Find').first().fill('99999');
    await page.keyboard.press('Enter');
    await page.getByText(/Nothing found/).waitFor();
  });

  it('connects to a node, shows it, bans it and lets it come back', async () => {
    await visit('peers');
    await button('Connect').click();
    await field('Address', dialog()).fill(`127.0.0.1:${other.p2pPort}`);
    await button('Connect', dialog()).click();
    await closed();
    await button('Show').click();
    await dialog().getByText('User agent').waitFor();
    await until('blocks arrive', async () => (await other.rpc<number>('getblockcount')) === 102);
    await button('Ban', dialog()).click();
    await page.getByRole('dialog', { name: /Ban/ }).getByRole('button', { name: 'Ban' }).click();
    await page.getByText('127.0.0.1/32').waitFor();
    await page.getByText('Nobody is connected').waitFor();
    await button('Unban').click();
    await page.getByText('127.0.0.1/32').waitFor({ state: 'detached' });
    await visit('traffic');
    await page.getByText(/Received: [1-9]/).waitFor();
  });

  it('moves time on regtest', async () => {
    await visit('regtest');
    await button('+ 1 day').click();
    await page.getByText('stopped').waitFor();
    await button('Let it run').click();
    await page.getByText('running').waitFor();
  });

  it('speeds a transaction up by a child that pays for both', async () => {
    const payments = [{ address: ELSEWHERE, amount: 1_000_000, subtractFee: false, label: 'Cobbler' }];
    const control = { inputs: [], feerate: 2000, confirmTarget: null, changeAddress: null, replaceable: true };
    const { tx } = await gui.call<{ tx: string }>(session, 'spend.prepare', { wallet: 'main', payments, control });
    await gui.call(session, 'spend.send', { wallet: 'main', tx, payments, passphrase: 'better', message: null });
    await visit('transactions');
    await page.getByRole('button', { name: /Cobbler/ }).first().click();
    await button('Speed up by a child', dialog()).click();
    const child = page.getByRole('dialog', { name: 'Speed up by a child' });
    await field('Feerate of both together', child).fill('80');
    await button('Work out', child).click();
    await button('Send the child', child).click();
    await field('Passphrase', page.getByRole('dialog', { name: 'Unlock to send' })).fill('better');
    await page.keyboard.press('Enter');
    await page.getByText('The child is sent').waitFor();
    const pool = await gui.rpc<Record<string, { fees: { base: number }; vsize: number }>>(session, 'getrawmempool', [true]);
    const [fees, vsize] = Object.values(pool).reduce(([f, v], entry) => [f + entry.fees.base * 1e8, v + entry.vsize], [0, 0]);
    expect(Object.keys(pool)).toHaveLength(2);
    expect(Math.round(fees / vsize)).toBe(80);
    await button('Close', dialog()).last().click();
    await closed();
  });

  it('shows every option with its source, and stores one in settings.json', async () => {
    await visit('settings');
    const options = page.locator('.settings li');
    await options.filter({ hasText: '-fallbackfee' }).getByText('command line').waitFor();
    await field('Search options').fill('-dbcache');
    await options.filter({ hasText: '-dbcache' }).getByRole('button').click();
    await dialog().locator('input').fill('300');
    await button('Save', dialog()).click();
    await closed();
    await options.filter({ hasText: '-dbcache' }).getByText('300').waitFor();
    expect(JSON.parse(fs.readFileSync(path.join(gui.datadir, 'regtest', 'settings.json'), 'utf8'))).toMatchObject({ dbcache: '300' });
    await expect(gui.call(session, 'settings.store', { name: 'datadir', value: '/' })).rejects.toThrow('cannot be changed here');
    await expect(gui.call(session, 'settings.store', { name: 'rpcpassword', value: 'x' })).rejects.toThrow('cannot be changed here');
  });

  (MULTIPROCESS ? it : it.skip)('shows what the processes say to each other', async () => {
    await visit('processes');
    const calls = page.getByRole('region', { name: 'Calls between processes' }).last();
    await page.getByText('What the processes say to each other, without passwords and keys').waitFor();
    await button('Follow').click();
    await page.getByText('Nothing yet').waitFor();
    // What was said before the node began to tell is not shown: so it is said until it is.
    await until('a call is shown', async () => {
      await gui.call(session, 'console.execute', { method: 'getbalance', params: '[]', wallet: 'main' });
      return await calls.getByRole('row', { name: /coin-node → coin-wallet Chain\.handleRpc\.actor/ }).count() > 0;
    });
    await page.getByLabel('Only calls with').fill('no such call');
    await page.getByText('Nothing yet').waitFor();
    await page.getByLabel('Only calls with').fill('');
    await page.getByLabel('Also those of this page').check();
    await calls.getByRole('row', { name: /coin-gui/ }).first().waitFor();
    await button('Stop').click();
  });

  (MULTIPROCESS ? it : it.skip)('goes on when the wallet process has died', async () => {
    const [node = 0] = childrenOf(gui.pid);
    const rows = await gui.call<{ role: string; pid: number }[]>(session, 'node.processes');
    const wallet = rows.find((row) => row.role === 'coin-wallet')?.pid ?? 0;
    expect(rows.map((row) => row.pid)).toContain(node);
    process.kill(wallet, 'SIGKILL');
    await visit('processes');
    await page.getByRole('row', { name: /coin-wallet/ }).getByText('running').waitFor();
    await until('the wallet is open again', async () => {
      const list = await gui.call<{ wallets: { name: string }[] }>(session, 'wallets.list').catch(() => null);
      return list?.wallets.some((one) => one.name === 'main') === true;
    });
    await visit('overview');
    await page.getByRole('region', { name: 'Balance' }).waitFor();
    expect((await gui.call<{ total: number }>(session, 'history.query', { wallet: 'main', offset: 0, limit: 1, text: '', kind: null, since: 0, until: 2 ** 40, minAmount: 0 })).total).toBeGreaterThan(100);
  });

  it('made no fault on the way', () => {
    expect(walk.faults.filter((fault) => !fault.includes('ERR_CONNECTION'))).toEqual([]);
  });
});
