import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { GuiWalk } from './support/gui-walk.ts';
import { shot } from './support/page-checks.ts';
import { CHROMIUM } from './support/test-gui.ts';

const withBrowser = CHROMIUM === undefined ? describe.skip : describe;
const ELSEWHERE = 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw';
const KEY = 'tprv8ZgxMBicQKsPeuVhWwi6wuMQGfPKi9Li5GtX35jVNknACgqe3CY4g5xgkfDDJcmtF7o1QnxWDRYw4H5P26PXq7sbcUkEqeR4fg3Kxp2tigg';

withBrowser('devices and copies that only watch', () => {
  let walk: GuiWalk;
  /** Where the device's program keeps what it was asked, and finds what it answers. */
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-device-'));

  beforeAll(async () => {
    fs.writeFileSync(path.join(dir, 'device.cjs'), `
      const fs = require('node:fs');
      const at = (name) => __dirname + '/' + name;
      const args = process.argv.slice(2);
      const has = (word) => args.includes(word);
      const key = fs.existsSync(at('key')) ? fs.readFileSync(at('key'), 'utf8') : '';
      const desc = (change) => ['wpkh([00000001/84h/1h/0h]' + key + '/' + change + '/*)'];
      if (has('enumerate')) console.log(JSON.stringify([{ fingerprint: '00000001', model: 'pocket' }]));
      else if (has('getdescriptors')) console.log(JSON.stringify({ receive: desc(0), internal: desc(1) }));
      else if (has('displayaddress')) console.log(JSON.stringify({ address: fs.readFileSync(at('shown'), 'utf8') }));
      else {
        const asked = has('--stdin') ? fs.readFileSync(0, 'utf8').replace(/^.*signtx\\s*/s, '').replace(/"/g, '').trim() : args.at(-1);
        fs.writeFileSync(at('asked'), asked);
        console.log(fs.existsSync(at('signed')) ? JSON.stringify({ psbt: fs.readFileSync(at('signed'), 'utf8') }) : JSON.stringify({ error: 'the user says no' }));
      }
    `);
    walk = await GuiWalk.start([`-signer=${process.execPath} ${path.join(dir, 'device.cjs')}`]);
    const { descriptors } = await walk.call<{ descriptors: string[] }>('descriptor.inspect', { text: `pkh(${KEY})`, addresses: 0 });
    fs.writeFileSync(path.join(dir, 'key'), /tpub\w+/.exec(descriptors[0] ?? '')?.[0] ?? '');
  });
  afterAll(async () => {
    await walk.end();
    fs.rmSync(dir, { recursive: true, force: true });
  });

  it('makes a wallet of a device, and has it show an address', async () => {
    const { page } = walk;
    await walk.visit('wallets');
    await walk.button('Create').click();
    await walk.field('Name', walk.dialog()).fill('pocket');
    await walk.dialog().getByRole('switch', { name: /^A device signs/ }).check();
    await walk.dialog().getByText('pocket (00000001)', { exact: false }).waitFor();
    await shot(page, 'create-device');
    await walk.button('Create', walk.dialog()).click();
    await walk.closed();
    await page.getByText('on a device').waitFor();
    expect(await walk.rpc('getwalletinfo', [], 'pocket')).toMatchObject({ external_signer: true, private_keys_enabled: false });
    await walk.visit('receive');
    await page.locator('main').getByRole('button', { name: 'Create', exact: true }).click();
    await walk.dialog().getByRole('img', { name: /QR/ }).waitFor();
    const [request] = await walk.call<{ address: string }[]>('requests.list', { wallet: 'pocket' });
    fs.writeFileSync(path.join(dir, 'shown'), request?.address ?? '');
    await walk.button('Show on the device', walk.dialog()).click();
    await page.getByText('The device has shown the same address').waitFor();
    fs.writeFileSync(path.join(dir, 'shown'), ELSEWHERE);
    await walk.button('Show on the device', walk.dialog()).click();
    await page.getByText('Signer echoed unexpected address', { exact: false }).waitFor();
    await walk.button('Close', walk.dialog()).click();
    await walk.rpc('generatetoaddress', [101, request?.address]);
  });

  it('sends what the device has signed, and says where it would not', async () => {
    const { page } = walk;
    await walk.visit('send');
    await walk.field('Pay to').fill(ELSEWHERE);
    await walk.field('Amount').fill('3');
    await walk.button('Review').click();
    const send = walk.button('Sign on the device and send', walk.dialog());
    await send.click();
    await walk.dialog().getByRole('alert').waitFor();
    const asked = fs.readFileSync(path.join(dir, 'asked'), 'utf8');
    const { psbt } = await walk.rpc<{ psbt: string }>('descriptorprocesspsbt', [asked, [{ desc: `wpkh(${KEY}/0/*)`, range: 10 }], 'ALL', true, false]);
    expect(psbt).not.toBe(asked);
    fs.writeFileSync(path.join(dir, 'signed'), psbt);
    await send.click();
    await page.getByRole('heading', { name: 'Transactions' }).waitFor();
    expect(await walk.rpc<string[]>('getrawmempool')).toHaveLength(1);
  });

  it('writes a copy of a wallet that only watches', async () => {
    const { page } = walk;
    await walk.call('wallets.create', { wallet: 'hot', passphrase: '', privateKeys: true, blank: false, avoidReuse: false });
    await walk.visit('wallets');
    const card = page.locator('section.card', { hasText: 'hot' }).first();
    await card.getByText('More').click();
    await walk.button('Watch-only copy', card).click();
    const file = path.join(dir, 'watch.dat');
    await walk.field('File', walk.dialog()).fill(file);
    await walk.button('Export', walk.dialog()).click();
    await page.getByText(`Written to ${file}`).waitFor();
    await walk.call('wallets.restore', { file, wallet: 'watch' });
    expect(await walk.rpc('getwalletinfo', [], 'watch')).toMatchObject({ private_keys_enabled: false });
    expect(await walk.rpc('getnewaddress', [], 'watch')).toBe(await walk.rpc('getnewaddress', [], 'hot'));
    // The device has no part in a copy.
    expect(await page.locator('section.card', { hasText: 'pocket' }).first().getByRole('button', { name: 'Watch-only copy' }).count()).toBe(0);
    expect(walk.faults).toEqual([]);
  });
});
