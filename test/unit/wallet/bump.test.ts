import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Transaction } from '../../../src/primitives/transaction.ts';
import { parsePsbtBase64 } from '../../../src/script/psbt/read.ts';
import { fromHex } from '../../../src/util/bytes.ts';
import { ServiceHarness } from './service-harness.ts';

const SAT = 1e8;

describe('psbtbumpfee', () => {
  let h: ServiceHarness;
  let call: ServiceHarness['call'];

  beforeEach(async () => {
    h = new ServiceHarness();
    call = h.call;
    await h.start();
    await call('createwallet', ['w']);
    await h.mine(2, await call('getnewaddress', [], 'w'));
    await h.mine(100, 'nobody');
  });
  afterEach(() => h.close());

  it('replaces as bumpfee would, but leaves the signing to others', async () => {
    const txid = await call('sendtoaddress', { address: await call('getnewaddress'), amount: 1, fee_rate: 2 });
    const old = await call('gettransaction', [txid]);
    const bumped = await call('psbtbumpfee', { txid, fee_rate: 20 });
    expect(bumped).toMatchObject({ origfee: -old.fee, errors: [] });
    const psbt = parsePsbtBase64(bumped.psbt);
    expect(psbt.version).toBe(2);
    expect(psbt.inputs.every((input) => !input.isFinal && input.partialSignatures.size === 0 && input.tapKeySignature.length === 0)).toBe(true);
    expect(psbt.inputs.some((input) => input.keyPaths.size + input.tapKeyPaths.size > 0)).toBe(true);
    expect((await call('gettransaction', [txid]))).not.toHaveProperty('replaced_by_txid');
    const signed = await call('walletprocesspsbt', [bumped.psbt]);
    expect(signed.complete).toBe(true);
    expect((await call('simulaterawtransaction', [[signed.hex]])).balance_change).toBeCloseTo(-bumped.fee, 8);
  });

  it('makes the version that is asked for', async () => {
    const txid = await call('sendtoaddress', { address: await call('getnewaddress'), amount: 1, fee_rate: 2 });
    expect(parsePsbtBase64((await call('psbtbumpfee', { txid, psbt_version: 0 })).psbt).version).toBe(0);
    await expect(call('psbtbumpfee', { txid, psbt_version: 1 })).rejects.toMatchObject({ rpcCode: -8, message: 'The PSBT version can only be 2 or 0' });
  });

  it('replaces with inputs of others, as heavy as those may be', async () => {
    await call('createwallet', ['other']);
    await h.mine(1, await call('getnewaddress', ['', 'bech32'], 'other'));
    await h.mine(100, 'nobody');
    const [[mine], [theirs]] = [await call('listunspent', [], 'w'), await call('listunspent', [], 'other')];
    const { psbt } = await call('walletcreatefundedpsbt', {
      inputs: [mine, theirs].map(({ txid, vout }) => ({ txid, vout })), outputs: [{ [await call('getnewaddress', [], 'other')]: 70 }],
      options: { fee_rate: 3, solving_data: { descriptors: [theirs.desc] }, changeAddress: await call('getrawchangeaddress', [], 'w') },
    }, 'w');
    const first = await call('walletprocesspsbt', [psbt], 'w');
    const second = await call('walletprocesspsbt', [first.psbt], 'other');
    expect(second.complete).toBe(true);
    await h.node.asChain().broadcastTransaction(fromHex(second.hex), 0, true);
    const [{ txid }] = (await call('listtransactions', ['*', 5], 'w')).slice(-1);
    await expect(call('bumpfee', { txid, fee_rate: 30 }, 'w')).rejects.toMatchObject({ rpcCode: -4, message: "Transaction contains inputs that don't belong to this wallet" });
    const bumped = await call('psbtbumpfee', { txid, fee_rate: 30 }, 'w');
    const done = await call('walletprocesspsbt', [(await call('walletprocesspsbt', [bumped.psbt], 'w')).psbt], 'other');
    expect(done.complete).toBe(true);
    const { vsize } = Transaction.fromBytes(fromHex(done.hex));
    expect(bumped.fee * SAT / vsize).toBeGreaterThanOrEqual(30);
    expect(bumped.fee * SAT / vsize).toBeLessThan(30.5);
  });

  it('says where it cannot be', async () => {
    const txid = await call('sendtoaddress', { address: await call('getnewaddress'), amount: 1, fee_rate: 2 });
    const refused = (params: object): Promise<unknown> => call('psbtbumpfee', { txid, ...params }).catch((e: unknown) => e);
    expect(await refused({ original_change_index: -1 })).toMatchObject({ rpcCode: -1, message: 'JSON integer out of range' });
    expect(await refused({ original_change_index: 2 })).toMatchObject({ rpcCode: -8, message: 'Change position is out of range' });
    expect(await refused({ outputs: [] })).toMatchObject({ rpcCode: -8, message: 'Invalid parameter, output argument cannot be an empty array' });
    expect(await refused({ fee_rate: 0 })).toMatchObject({ rpcCode: -8, message: expect.stringMatching(/^Insufficient total fee 0\.00, must be at least/) });
    const { decoded: { vin: [spent] } } = await call('gettransaction', { txid, verbose: true });
    await h.mine(1, 'nobody');
    expect(await refused({})).toMatchObject({ rpcCode: -1, message: `${spent.txid}:${spent.vout} is already spent` });
  });
});
