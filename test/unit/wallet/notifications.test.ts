import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fromHex } from '../../../src/util/bytes.ts';
import { WalletNotifications } from '../../../src/wallet/notifications.ts';
import { ServiceHarness } from './service-harness.ts';

describe('what the pool holds, told beside the stream of events', () => {
  let h: ServiceHarness;
  beforeEach(async () => {
    h = new ServiceHarness();
    await h.start();
  });
  afterEach(() => h.close());

  it('does not take back what a block has confirmed meanwhile', async () => {
    await h.call('createwallet', ['w']);
    await h.mine(1, await h.call('getnewaddress'));
    await h.mine(100, 'nobody');
    const txid = await h.call('sendtoaddress', { address: await h.call('getnewaddress'), amount: 1, fee_rate: 25 });
    await h.mine(1, 'nobody');
    const { confirmations, hex } = await h.call('gettransaction', [txid]);
    expect(confirmations).toBe(1);
    const [wallet] = h.service.context.wallets;
    if (wallet === undefined) throw new Error('no wallet');
    await WalletNotifications.replay(wallet).transactionAddedToMempool(fromHex(hex));
    expect((await h.call('gettransaction', [txid])).confirmations).toBe(1);
    // In the stream itself it would be the truth: a block was taken back.
    await new WalletNotifications(wallet).transactionAddedToMempool(fromHex(hex));
    expect((await h.call('gettransaction', [txid])).confirmations).toBe(0);
  });
});

describe('a block that cannot be taken in', () => {
  it('is not passed over: the wallet is opened again, and misses nothing', async () => {
    const h = new ServiceHarness();
    await h.start();
    try {
      await h.call('createwallet', ['w']);
      const address = await h.call('getnewaddress');
      await h.mine(1, address);
      const [wallet] = h.service.context.wallets;
      if (wallet === undefined) throw new Error('no wallet');
      // The disk is full for one block.
      const transaction = wallet.db.transaction.bind(wallet.db);
      wallet.db.transaction = () => { throw new Error('database or disk is full'); };
      await h.mine(1, address);
      wallet.db.transaction = transaction;
      await h.mine(1, address);
      expect(h.service.context.openNames).toEqual(['w']);
      for (let i = 0; i < 400 && h.service.context.find('w') === undefined; i++) await new Promise((resolve) => setTimeout(resolve, 50));
      expect(h.service.context.find('w')).not.toBe(wallet);
      expect((await h.call('getwalletinfo')).txcount).toBe(3);
    } finally {
      await h.close();
    }
  });
});
