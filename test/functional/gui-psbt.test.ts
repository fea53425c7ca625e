import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import { GuiWalk } from './support/gui-walk.ts';
import { looked, shot } from './support/page-checks.ts';
import { CHROMIUM } from './support/test-gui.ts';

const withBrowser = CHROMIUM === undefined ? describe.skip : describe;
const ELSEWHERE = 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw';
const KEYS = {
  alice: 'tprv8ZgxMBicQKsPd7Uf69XL1XwhmjHopUGep8GuEiJDZmbQz6o58LninorQAfcKZWARbtRtfnLcJ5MQ2AtHcQJCCRUcMRvmDUjyEmNUWwx8UbK',
  bob: 'tprv8ZgxMBicQKsPeuVhWwi6wuMQGfPKi9Li5GtX35jVNknACgqe3CY4g5xgkfDDJcmtF7o1QnxWDRYw4H5P26PXq7sbcUkEqeR4fg3Kxp2tigg',
};

withBrowser('partially signed transactions in the page', () => {
  let walk: GuiWalk;
  const saved = async (name: string): Promise<Buffer> => fs.readFileSync((await walk.saved(walk.button(name))).path);
  const descriptor = async (text: string): Promise<{ descriptors: string[]; imports: string[] }> => walk.call('descriptor.inspect', { text, addresses: 1 });
  const publicKey = async (key: string): Promise<string> => /tpub\w+/.exec((await descriptor(`pkh(${key})`)).descriptors[0] ?? '')?.[0] ?? '';

  // Two wallets that have to sign together, with coins.
  beforeAll(async () => {
    walk = await GuiWalk.start();
    const pub = { alice: await publicKey(KEYS.alice), bob: await publicKey(KEYS.bob) };
    for (const name of ['alice', 'bob'] as const) {
      await walk.call('wallets.create', { wallet: name, passphrase: '', privateKeys: true, blank: true, avoidReuse: false });
      const own = { ...pub, [name]: KEYS[name] };
      const { imports } = await descriptor(`wsh(multi(2,${own.alice}/<0;1>/*,${own.bob}/<0;1>/*))`);
      const items = imports.map((desc, i) => ({ desc, active: true, internal: i === 1, range: [0, 20], timestamp: 'now' }));
      expect(await walk.rpc('importdescriptors', [items], name)).toMatchObject([{ success: true }, { success: true }]);
    }
    const shared = await walk.call<string>('addresses.new', { wallet: 'alice', kind: 'bech32' });
    await walk.rpc('generatetoaddress', [102, shared]);
  });
  afterAll(() => walk.end());

  let unsigned: Buffer;
  let byAlice: Buffer;

  it('makes one of a payment, and shows what it does before anybody signs', async () => {
    await walk.wallet('alice');
    await walk.visit('send');
    await walk.field('Pay to').fill(ELSEWHERE);
    await walk.field('Label').fill('Roof');
    await walk.field('Amount').fill('12.5');
    await walk.button('Review').click();
    await walk.button('Create unsigned', walk.dialog()).click();
    await walk.page.getByRole('heading', { name: 'PSBT' }).waitFor();
    await walk.page.getByText('This wallet can sign 1 input.').waitFor();
    await walk.page.getByText('0 of 2 signatures').waitFor();
    await walk.page.getByRole('list', { name: 'Outputs' }).getByText('12.5', { exact: false }).first().waitFor();
    await walk.page.getByText('your change').waitFor();
    expect(await walk.page.locator('.signers li').count()).toBe(2);
    expect(await walk.page.locator('.signers li', { hasText: 'alice' }).count()).toBe(1);
    unsigned = await saved('Save');
    expect(unsigned.subarray(0, 5)).toEqual(Buffer.from('psbt\xff', 'latin1'));
  });

  it('signs with the wallet that is looked at, and says who has', async () => {
    await walk.button('Sign').click();
    await walk.page.getByText('Signed: others must sign, too').waitFor();
    await walk.page.getByText('1 of 2 signatures').waitFor();
    await walk.page.locator('.signers li.signed', { hasText: 'alice' }).waitFor();
    await walk.page.getByText('This wallet has nothing to sign in it.').waitFor();
    await shot(walk.page, 'psbt-half-signed');
    byAlice = await saved('Save');
    await walk.button('Copy', walk.page.getByRole('region', { name: 'Actions' })).click();
    await walk.page.getByText('Copied', { exact: true }).waitFor();
    expect(await walk.page.evaluate('navigator.clipboard.readText()')).toBe(byAlice.toString('base64'));
  });

  it('puts together what two have signed apart, dropped, pasted and chosen', async () => {
    await walk.button('Put away').click();
    await walk.wallet('bob');
    // A file that is dropped.
    await walk.page.evaluate(`(() => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob('${unsigned.toString('base64')}'), (c) => c.charCodeAt(0))], 'a.psbt'));
      document.querySelector('.drop').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    })()`);
    await walk.page.getByText('0 of 2 signatures').waitFor();
    await walk.page.locator('.signers li', { hasText: 'bob' }).waitFor();
    await walk.button('Sign').click();
    await walk.page.locator('.signers li.signed', { hasText: 'bob' }).waitFor();
    // Nothing of another transaction gets in.
    await walk.page.evaluate(`navigator.clipboard.writeText('nonsense')`);
    await walk.button('Put together with the clipboard').click();
    await walk.page.getByText(/This is no PSBT|TX decode failed/).waitFor();
    await walk.page.getByText('1 of 2 signatures').waitFor();
    const [chooser] = await Promise.all([walk.page.waitForEvent('filechooser'), walk.button('Put together with a file').click()]);
    await chooser.setFiles({ name: 'alice.psbt', mimeType: 'application/octet-stream', buffer: byAlice });
    await walk.page.getByText('All signatures are there: it can be sent.').waitFor();
    await shot(walk.page, 'psbt-signed');
  });

  it('is clean by axe in every size and theme', async () => {
    await looked(walk.page, 'psbt-open');
  });

  it('sends the final transaction', async () => {
    const final = await saved('Save the final transaction');
    expect((await walk.rpc<{ allowed: boolean }[]>('testmempoolaccept', [[final.toString('hex')]]))[0]).toMatchObject({ allowed: true });
    await walk.button('Send').click();
    await walk.dialog().getByText('12.5', { exact: false }).waitFor();
    await walk.button('Send', walk.dialog()).click();
    await walk.page.getByRole('heading', { name: 'Transactions' }).waitFor();
    expect(await walk.rpc<string[]>('getrawmempool')).toHaveLength(1);
  });

  it('replaces a transaction by one that others must sign, too', async () => {
    await walk.visit('transactions');
    // The wallet hears of what it has sent a moment after the node.
    await walk.page.getByRole('button', { name: /Unconfirmed/ }).click();
    await walk.button('Increase the fee', walk.dialog()).click();
    const bump = walk.dialog('Increase the fee');
    await walk.button('Work out', bump).click();
    await walk.button('Create unsigned', bump).click();
    await walk.page.getByRole('heading', { name: 'PSBT' }).waitFor();
    await walk.closed();
    await walk.page.getByText('0 of 2 signatures').waitFor();
    expect(await walk.rpc<string[]>('getrawmempool')).toHaveLength(1);
    await walk.button('Put away').click();
  });

  it('takes text, and says what is wrong with it', async () => {
    await walk.visit('psbt');
    await walk.field('Or as text').fill(byAlice.toString('hex'));
    await walk.button('Load').click();
    await walk.page.getByText(/coins that neither it nor this node knows|Signatures are missing/).first().waitFor();
    await walk.button('Put away').click();
    await walk.field('Or as text').fill('cHNidP8BAA==');
    await walk.button('Load').click();
    await walk.page.getByText(/TX decode failed.*end of data/).waitFor();
    await shot(walk.page, 'psbt-empty');
    expect(walk.faults).toEqual([]);
  });
});
