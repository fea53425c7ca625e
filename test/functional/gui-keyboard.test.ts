import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { GuiWalk } from './support/gui-walk.ts';
import { CHROMIUM } from './support/test-gui.ts';
import { until } from './support/test-node.ts';

const withBrowser = CHROMIUM === undefined ? describe.skip : describe;
const TPUB = 'tpubD6NzVbkrYhZ4WaWSyoBvQwbpLkojyoTZPRsgXELWz3Popb3qkjcJyJUGLnL4qHHoQvao8ESaAstxYSnhyswJ76uZPStJRJCTKvosUCJZL5B';

withBrowser('the page by keyboard alone', () => {
  let walk: GuiWalk;
  const press = (key: string): Promise<void> => walk.page.keyboard.press(key);
  const type = (text: string): Promise<void> => walk.page.keyboard.type(text);
  /** `g` and the page's letter. */
  const goTo = async (letter: string, heading: string): Promise<void> => {
    await press('g');
    await press(letter);
    await walk.page.getByRole('heading', { name: heading, exact: true, level: 1 }).waitFor();
  };

  beforeAll(async () => {
    walk = await GuiWalk.start();
    await walk.call('wallets.create', { wallet: 'main', passphrase: '', privateKeys: true, blank: false, avoidReuse: false });
    await walk.rpc('generatetoaddress', [101, await walk.call<string>('addresses.new', { wallet: 'main', kind: null })]);
    await walk.page.reload();
    await walk.page.locator('.nav-link').first().waitFor();
  });
  // Nothing has the focus, and no window is over the page.
  beforeEach(async () => {
    for (let open = await walk.dialog().count(); open > 0; open -= 1) await press('Escape');
    await walk.page.evaluate('document.activeElement?.blur()');
  });
  afterAll(() => walk.end());

  it('asks for a payment, and closes its code', async () => {
    await goTo('r', 'Receive');
    await walk.tabTo(/^Label$/);
    await type('Ida');
    await walk.tabTo(/^Amount$/);
    await type('0.5');
    await walk.tabTo(/^Message$/);
    await type('Eggs');
    await walk.tabTo(/^Create$/);
    await press('Enter');
    await walk.dialog().getByRole('img', { name: /QR/ }).waitFor();
    await walk.tabTo(/^Copy address$/);
    await press('Enter');
    await walk.page.getByText('Copied', { exact: true }).waitFor();
    const copied = await walk.page.evaluate<string>('navigator.clipboard.readText()');
    expect(copied).toMatch(/^bcrt1q/);
    await press('Escape');
    await walk.closed();
    expect(await walk.call('requests.list', { wallet: 'main' })).toMatchObject([{ label: 'Ida', amount: 50_000_000, message: 'Eggs', address: copied }]);
  });

  it('makes a PSBT, signs it and sends it', async () => {
    const to = await walk.call<string>('addresses.new', { wallet: 'main', kind: 'bech32m' });
    await goTo('s', 'Send');
    await walk.tabTo(/^Pay to$/);
    await type(to);
    await walk.tabTo(/^Amount$/);
    await type('2');
    await walk.tabTo(/^By time$/);
    await press('ArrowRight');
    await walk.tabTo(/^Feerate$/);
    await press('ControlOrMeta+a');
    await type('7');
    await walk.tabTo(/^Feerate on a scale$/);
    await press('ArrowRight');
    await walk.tabTo(/^Review$/);
    await press('Enter');
    await walk.dialog('Send this?').waitFor();
    await walk.tabTo(/^Create unsigned$/);
    await press('Enter');
    await walk.page.getByText('This wallet can sign 1 input.').waitFor();
    await walk.page.evaluate('document.activeElement?.blur()');
    await walk.tabTo(/^Sign$/);
    await press('Enter');
    await walk.page.getByText('All signatures are there: it can be sent.').waitFor();
    await walk.page.evaluate('document.activeElement?.blur()');
    await walk.tabTo(/^Send$/, 'main');
    await press('Enter');
    await walk.dialog('Send this?').waitFor();
    await walk.tabTo(/^Send$/);
    await press('Enter');
    await until('it is in the pool', async () => (await walk.rpc<string[]>('getrawmempool')).length === 1);
  });

  it('verifies a message', async () => {
    await goTo('e', 'Messages');
    await walk.page.getByRole('heading', { name: 'Sign a message' }).waitFor();
    await walk.tabTo(/^Sign$/, 'fieldset');
    await press('ArrowRight');
    await walk.page.getByRole('heading', { name: 'Verify a message' }).waitFor();
    await walk.tabTo(/^Address$/);
    await type('mpLQjfK79b7CCV4VMJWEWAj5Mpx8Up5zxB');
    await walk.tabTo(/^Message$/);
    await type('hello');
    await walk.tabTo(/^Signature$/);
    await type(await walk.rpc<string>('signmessagewithprivkey', ['cUeKHd5orzT3mz8P9pxyREHfsWtVfgsfDjiZZBcjUBAaGk1BTj7N', 'hello']));
    await walk.tabTo(/^Verify$/, '.card');
    await press('Enter');
    await walk.page.getByText('The signature is good', { exact: false }).waitFor();
  });

  it('watches a key', async () => {
    await goTo('w', 'Wallets');
    await walk.tabTo(/^Watch or import$/);
    await press('Enter');
    await walk.dialog('Watch or import keys').waitFor();
    await type(TPUB);
    await walk.dialog().getByText('understood').waitFor();
    await walk.tabTo(/^Name of the new wallet$/);
    await type('cold');
    await walk.tabTo(/^Import$/);
    await press('Enter');
    await walk.page.getByText('Imported into "cold"').waitFor();
    await walk.closed();
    expect(walk.faults).toEqual([]);
  });
});
