import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Transaction } from '../../../src/primitives/transaction.ts';
import { fromHex } from '../../../src/util/bytes.ts';
import { ServiceHarness } from './service-harness.ts';

const SAT = 1e8;

describe('sendall', () => {
  let h: ServiceHarness;
  let call: ServiceHarness['call'];
  let target: string;

  /** Coins of `amounts` for the wallet under test; the rest stays with the miner. */
  const fund = async (amounts: readonly number[]): Promise<void> => {
    for (const amount of amounts) await call('sendtoaddress', { address: await call('getnewaddress', [], 'w'), amount, fee_rate: 1 }, 'miner');
    await h.mine(1, 'nobody');
  };

  beforeEach(async () => {
    h = new ServiceHarness();
    call = h.call;
    await h.start();
    await call('createwallet', ['miner']);
    await h.mine(1, await call('getnewaddress', [], 'miner'));
    await h.mine(100, 'nobody');
    await call('createwallet', ['w']);
    target = await call('getnewaddress', [], 'miner');
  });
  afterEach(() => h.close());

  const made = (answer: { hex: string }): Transaction => Transaction.fromBytes(fromHex(answer.hex));

  it('spends every coin and leaves no change', async () => {
    await fund([2, 3, 4]);
    const { txid, complete } = await call('sendall', { recipients: [target], fee_rate: 10 }, 'w');
    expect(complete).toBe(true);
    const { decoded, fee } = await call('gettransaction', { txid, verbose: true }, 'w');
    expect(decoded.vin).toHaveLength(3);
    expect(decoded.vout).toHaveLength(1);
    expect(decoded.vout[0].value).toBeCloseTo(9 + fee, 8);
    expect(-fee * SAT / decoded.vsize).toBeGreaterThanOrEqual(10);
    expect(-fee * SAT / decoded.vsize).toBeLessThan(10.2);
    expect(await call('getbalance', [], 'w')).toBe(0);
  });

  it('pays what is named and shares the rest, the odd satoshis to the first', async () => {
    await fund([5]);
    const [a, b, c] = [await call('getnewaddress', [], 'miner'), await call('getnewaddress', [], 'miner'), await call('getnewaddress', [], 'miner')];
    const tx = made(await call('sendall', { recipients: [a, { [b]: 1 }, c], fee_rate: 1.5, add_to_wallet: false }, 'w'));
    const [first, named, second] = tx.outputs.map(({ value }) => value);
    expect(named).toBe(SAT);
    expect((first ?? 0) - (second ?? 0)).toBe(((first ?? 0) + (second ?? 0)) % 2);
    // A signature may turn out a byte shorter than it was reckoned with.
    expect([Math.ceil(tx.vsize * 1.5), Math.ceil((tx.vsize + 1) * 1.5)]).toContain(5 * SAT - tx.totalOut);
    expect(await call('getbalance', [], 'w')).toBe(5);
  });

  it('leaves coins that cost more than they are worth only with send_max', async () => {
    await fund([1, 0.000004]);
    await expect(call('sendall', { recipients: [target], fee_rate: 300, send_max: true, inputs: [] }, 'w')).rejects.toThrow('Cannot combine send_max with specific inputs.');
    expect(made(await call('sendall', { recipients: [target], fee_rate: 300, add_to_wallet: false }, 'w')).inputs).toHaveLength(2);
    expect(made(await call('sendall', { recipients: [target], fee_rate: 300, send_max: true, add_to_wallet: false }, 'w')).inputs).toHaveLength(1);
  });

  it('spends the coins that are named, and locks them where that is asked for', async () => {
    await fund([1, 2]);
    const [coin] = await call('listunspent', [], 'w');
    const tx = made(await call('sendall', { recipients: [target], inputs: [{ txid: coin.txid, vout: coin.vout }], lock_unspents: true, add_to_wallet: false }, 'w'));
    expect(tx.inputs).toHaveLength(1);
    expect(await call('listlockunspent', [], 'w')).toEqual([{ txid: coin.txid, vout: coin.vout }]);
    await call('sendall', { recipients: [target], inputs: [{ txid: coin.txid, vout: coin.vout }] }, 'w');
    await expect(call('sendall', { recipients: [target], inputs: [{ txid: coin.txid, vout: coin.vout }] }, 'w'))
      .rejects.toMatchObject({ rpcCode: -8, message: `Input not available. UTXO (${coin.txid}:${coin.vout}) was already spent.` });
    await expect(call('sendall', { recipients: [target], inputs: [{ txid: coin.txid, vout: 900 }] }, 'w'))
      .rejects.toMatchObject({ rpcCode: -8, message: `Input not found. UTXO (${coin.txid}:900) is not part of wallet.` });
  });

  it('goes by confirmations', async () => {
    await fund([1]);
    await fund([2]);
    const tx = made(await call('sendall', { recipients: [target], maxconf: 1, add_to_wallet: false }, 'w'));
    expect(tx.totalOut).toBeGreaterThan(1.9 * SAT);
    expect(tx.totalOut).toBeLessThan(2 * SAT);
    await expect(call('sendall', { recipients: [target], minconf: -1 }, 'w')).rejects.toThrow('Invalid minconf (minconf cannot be negative): -1');
    await expect(call('sendall', { recipients: [target], minconf: 3, maxconf: 2 }, 'w')).rejects.toThrow("maxconf can't be lower than minconf: 2 < 3");
    await expect(call('sendall', { recipients: [target], minconf: 9 }, 'w')).rejects.toMatchObject({ rpcCode: -6 });
  });

  it.each<[string, number, (to: string, other: string) => object]>([
    ['Must provide at least one address without a specified amount', -8, (to) => ({ recipients: [{ [to]: 1 }] })],
    ['Invalid parameter, duplicated address', -8, (to) => ({ recipients: [to, to] })],
    ['Assigned more value to outputs than available funds.', -6, (to, other) => ({ recipients: [to, { data: '00' }, { [other]: 2 }] })],
    ['Insufficient funds for fees after creating specified outputs.', -6, (to, other) => ({ recipients: [to, { [other]: 1 }] })],
    ['Specified output amount to %other is below dust threshold.', -8, (to, other) => ({ recipients: [to, { [other]: 0.00000001 }] })],
    ['Fee exceeds maximum configured by user (e.g. -maxtxfee, maxfeerate)', -4, (to) => ({ recipients: [to], fee_rate: 100_000 })],
    ['Fee rate (0.001 sat/vB) is lower than the minimum fee rate setting', -8, (to) => ({ recipients: [to], fee_rate: 0.001 })],
    ['Use lock_unspents instead of lockUnspents', -8, (to) => ({ recipients: [to], options: { lockUnspents: true } })],
    ['Pass the fee_rate either as an argument, or in the options object, but not both', -8, (to) => ({ recipients: [to], options: { fee_rate: 1 }, fee_rate: 2 })],
    ['JSON integer out of range', -1, (to) => ({ recipients: [to], version: -1 })],
  ])('refuses: %s', async (message, code, params) => {
    await fund([1]);
    const other = await call('getnewaddress', [], 'miner');
    await expect(call('sendall', params(target, other), 'w')).rejects.toMatchObject({ rpcCode: code, message: expect.stringContaining(message.replace('%other', other)) });
  });

  it('says that coins it cannot sign for need signatures', async () => {
    await fund([1]);
    const [coin] = await call('listunspent', [], 'w');
    await call('createwallet', { wallet_name: 'watch', disable_private_keys: true });
    await call('importdescriptors', [[{ desc: coin.desc, timestamp: 0 }]], 'watch');
    const answer = await call('sendall', { recipients: [target] }, 'watch');
    expect(answer).toMatchObject({ complete: false, psbt: expect.stringMatching(/^cHNidP8/) });
    expect(answer).not.toHaveProperty('txid');
    const signed = await call('walletprocesspsbt', [answer.psbt], 'w');
    expect(signed.complete).toBe(true);
  });
});
