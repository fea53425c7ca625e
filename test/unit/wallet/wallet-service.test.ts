import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ServiceHarness } from './service-harness.ts';

describe('wallet service', () => {
  let h: ServiceHarness;
  let call: ServiceHarness['call'];
  const mine = (n: number, address: string): Promise<void> => h.mine(n, address);

  beforeEach(async () => {
    h = new ServiceHarness();
    call = h.call;
    await h.start();
  });
  afterEach(() => h.close());

  it('earns, spends, and knows it all again after it was closed', async () => {
    expect(await call('createwallet', ['w'])).toEqual({ name: 'w' });
    const address = await call('getnewaddress', ['mined', 'bech32']);
    await mine(1, address);
    await mine(100, 'nobody');
    expect((await call('getbalances')).mine).toMatchObject({ trusted: 50, immature: 0 });
    for (const type of ['legacy', 'p2sh-segwit', 'bech32', 'bech32m']) {
      const to = await call('getnewaddress', ['', type]);
      const txid = await call('sendtoaddress', { address: to, amount: 1, fee_rate: 25 });
      const tx = await call('gettransaction', [txid]);
      expect(tx.details.map((d: any) => d.category).sort()).toEqual(['receive', 'send']);
      await mine(1, 'nobody');
      expect((await call('getaddressinfo', [to])).ismine).toBe(true);
    }
    const before = await call('getbalance');
    const list = await call('listtransactions', ['*', 100]);
    const unspent = await call('listunspent');
    expect(unspent.reduce((sum: number, u: any) => sum + u.amount, 0)).toBeCloseTo(before, 8);
    expect(await call('unloadwallet', ['w'])).toEqual({});
    const rows = execFileSync('python3', ['-c', `
import sqlite3
db = sqlite3.connect(${JSON.stringify(join(h.dir, 'w', 'wallet.dat'))})
print(db.execute('pragma application_id').fetchone()[0], db.execute('pragma integrity_check').fetchone()[0], db.execute('select count(*) from main').fetchone()[0] > 60)`]).toString().trim();
    expect(rows).toBe('-88099366 ok True');
    await call('loadwallet', ['w']);
    expect(await call('getbalance')).toBe(before);
    expect(await call('listtransactions', ['*', 100])).toEqual(list);
  });

  it('catches up with what happened while it was closed', async () => {
    await call('createwallet', ['w']);
    const address = await call('getnewaddress');
    await mine(1, address);
    await call('unloadwallet', ['w']);
    await mine(2, address);
    await mine(100, 'nobody');
    await call('loadwallet', ['w']);
    expect(await call('getbalance')).toBe(150);
  });

  it('follows a reorganisation', async () => {
    await call('createwallet', ['w']);
    const address = await call('getnewaddress');
    await mine(1, address);
    await mine(100, 'nobody');
    const txid = await call('sendtoaddress', [await call('getnewaddress'), 1]);
    await mine(1, 'nobody');
    expect((await call('gettransaction', [txid])).confirmations).toBe(1);
    await h.node.disconnectTip();
    expect((await call('gettransaction', [txid])).confirmations).toBe(0);
    expect((await call('getwalletinfo')).lastprocessedblock.height).toBe(101);
  });

  it('replaces a transaction by one with a higher fee', async () => {
    await call('createwallet', ['w']);
    await mine(1, await call('getnewaddress'));
    await mine(100, 'nobody');
    const txid = await call('sendtoaddress', { address: await call('getnewaddress'), amount: 1, fee_rate: 2 });
    const bumped = await call('bumpfee', [txid, { fee_rate: 20 }]);
    expect(bumped.fee).toBeGreaterThan(bumped.origfee * 9);
    expect((await call('gettransaction', [txid])).replaced_by_txid).toBe(bumped.txid);
    await expect(call('bumpfee', [txid])).rejects.toThrow('already bumped by transaction');
  });

  it('funds and signs a raw transaction', async () => {
    await call('createwallet', ['w']);
    await mine(1, await call('getnewaddress', ['', 'bech32m']));
    await mine(100, 'nobody');
    const { scriptPubKey } = await call('getaddressinfo', [await call('getnewaddress')]);
    const raw = `0200000000 01 00e1f50500000000 ${(scriptPubKey.length / 2).toString(16)} ${scriptPubKey} 00000000`.replaceAll(' ', '');
    const funded = await call('fundrawtransaction', [raw, { fee_rate: 5, subtractFeeFromOutputs: [0] }]);
    expect(funded.changepos).toBeGreaterThanOrEqual(0);
    const signed = await call('signrawtransactionwithwallet', [funded.hex]);
    expect(signed).toMatchObject({ complete: true });
    expect((await call('simulaterawtransaction', [[signed.hex]])).balance_change).toBeCloseTo(-funded.fee, 8);
  });

  it('encrypts, locks and unlocks', async () => {
    await call('createwallet', ['w']);
    const address = await call('getnewaddress', ['', 'legacy']);
    expect(await call('signmessage', [address, 'hello'])).toHaveLength(88);
    await call('encryptwallet', ['secret']);
    await expect(call('signmessage', [address, 'hello'])).rejects.toThrow('Please enter the wallet passphrase');
    await expect(call('walletpassphrase', ['wrong', 10])).rejects.toThrow('The wallet passphrase entered was incorrect');
    await call('walletpassphrase', ['secret', 10]);
    expect(await call('signmessage', [address, 'hello'])).toHaveLength(88);
    expect((await call('listdescriptors')).descriptors).toHaveLength(16);
    await call('walletpassphrasechange', ['secret', 'other']);
    await call('walletlock');
    await call('unloadwallet', ['w']);
    await call('loadwallet', ['w']);
    await expect(call('walletpassphrase', ['secret', 10])).rejects.toThrow('incorrect');
    await call('walletpassphrase', ['other', 10]);
    expect(await call('signmessage', [address, 'hello'])).toHaveLength(88);
  });

  it('restores a backup and imports descriptors', async () => {
    await call('createwallet', ['w']);
    const address = await call('getnewaddress');
    await mine(1, address);
    await mine(100, 'nobody');
    const backup = join(h.dir, 'backup.dat');
    await call('backupwallet', [backup]);
    await expect(call('backupwallet', [join(h.dir, 'w', 'wallet.dat')], 'w')).rejects.toThrow('Error: Wallet backup failed!');
    await call('restorewallet', ['r', backup]);
    expect(await call('getbalance', [], 'r')).toBe(50);
    await call('createwallet', { wallet_name: 'watch', disable_private_keys: true });
    const { descriptors } = await call('listdescriptors', [], 'w');
    const requests = descriptors.map((d: any) => ({ desc: d.desc, timestamp: 0, range: d.range, active: d.active, internal: d.internal ?? false }));
    expect(await call('importdescriptors', [requests], 'watch')).toEqual(requests.map(() => ({ success: true })));
    expect(await call('getbalance', [], 'watch')).toBe(50);
    expect(await call('listwallets')).toEqual(['w', 'r', 'watch']);
    await expect(call('getwalletinfo')).rejects.toThrow('Multiple wallets are loaded');
  });

  it('opens at start what settings name', async () => {
    await call('createwallet', { wallet_name: 'w', load_on_startup: true });
    await h.stop();
    await h.start();
    expect(await call('listwallets')).toEqual(['w']);
    await expect(call('createwallet', ['w'])).rejects.toThrow('Database already exists');
    expect((await call('listwalletdir')).wallets).toEqual([{ name: 'w', warnings: [] }]);
  });
});
