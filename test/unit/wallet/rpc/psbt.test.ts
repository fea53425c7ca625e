import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Transaction } from '../../../../src/primitives/transaction.ts';
import { parsePsbtBase64 } from '../../../../src/script/psbt/read.ts';
import { fromHex } from '../../../../src/util/bytes.ts';
import { ServiceHarness } from '../service-harness.ts';

const SAT = 1e8;

/** A line of listdescriptors. */
interface Listed { readonly desc: string; readonly range: readonly number[]; readonly active: boolean; readonly internal: boolean }

describe('PSBT methods of the wallet', () => {
  let h: ServiceHarness;
  let call: ServiceHarness['call'];
  let to: string;

  beforeEach(async () => {
    h = new ServiceHarness();
    call = h.call;
    await h.start();
    await call('createwallet', ['w']);
    await h.mine(2, await call('getnewaddress', ['', 'bech32']));
    await h.mine(100, 'nobody');
    to = await call('getnewaddress', ['', 'bech32']);
  });
  afterEach(() => h.close());

  const refusal = (method: string, params: unknown): Promise<unknown> => call(method, params).then(() => null, (e: unknown) => e);

  describe('walletcreatefundedpsbt', () => {
    it('adds inputs and change, and says what it costs', async () => {
      const { psbt: text, fee, changepos } = await call('walletcreatefundedpsbt', { outputs: [{ [to]: 1 }], options: { fee_rate: 10, changePosition: 1 } });
      const psbt = parsePsbtBase64(text);
      expect(changepos).toBe(1);
      expect(psbt.inputs).toHaveLength(1);
      const paid = psbt.outputs.reduce((sum, output) => sum + output.amount, 0);
      expect(50 * SAT - paid).toBe(Math.round(fee * SAT));
      expect(psbt.inputs[0]?.keyPaths.size).toBe(1);
      expect(psbt.inputs[0]?.isFinal).toBe(false);
    });

    it('makes either version, version 2 where none is named', async () => {
      const make = async (more: object): Promise<number> => parsePsbtBase64((await call('walletcreatefundedpsbt', { outputs: [{ [to]: 1 }], ...more })).psbt).version;
      expect(await make({})).toBe(2);
      expect(await make({ psbt_version: 0 })).toBe(0);
      expect(await refusal('walletcreatefundedpsbt', { outputs: [{ [to]: 1 }], psbt_version: 1 })).toMatchObject({ rpcCode: -8, message: 'The PSBT version can only be 2 or 0' });
      expect(await refusal('walletcreatefundedpsbt', { outputs: [{ [to]: 1 }], psbt_version: -1 })).toMatchObject({ rpcCode: -1, message: 'JSON integer out of range' });
    });

    it('takes the fee from the outputs that are named, in equal parts', async () => {
      const second = await call('getnewaddress');
      const { psbt, fee } = await call('walletcreatefundedpsbt', { outputs: [{ [to]: 1 }, { [second]: 2 }], options: { subtractFeeFromOutputs: [0, 1], changePosition: 2, fee_rate: 7 } });
      const [first, other] = parsePsbtBase64(psbt).outputs.map(({ amount }) => amount);
      expect(3 * SAT - (first ?? 0) - (other ?? 0)).toBe(Math.round(fee * SAT));
      expect(Math.abs((SAT - (first ?? 0)) - (2 * SAT - (other ?? 0)))).toBeLessThanOrEqual(1);
    });

    it('leaves the paths of keys out where they are not wanted', async () => {
      const { psbt } = await call('walletcreatefundedpsbt', { outputs: [{ [to]: 1 }], bip32derivs: false });
      expect(parsePsbtBase64(psbt).inputs[0]?.keyPaths.size).toBe(0);
    });

    it('says why it cannot', async () => {
      expect(await refusal('walletcreatefundedpsbt', { outputs: [{ [to]: 1000 }] })).toMatchObject({ rpcCode: -4, message: 'Insufficient funds' });
      expect(await refusal('walletcreatefundedpsbt', { outputs: [] })).toMatchObject({ rpcCode: -8, message: 'TX must have at least one output' });
      expect(await refusal('walletcreatefundedpsbt', { outputs: [{ [to]: 1 }], options: { changePosition: 5 } })).toMatchObject({ rpcCode: -8, message: 'changePosition out of bounds' });
      expect(await refusal('walletcreatefundedpsbt', { outputs: [{ [to]: 1 }], options: { input_weights: [] } }))
        .toMatchObject({ rpcCode: -8, message: 'Input weights should be specified in inputs rather than in options.' });
    });
  });

  describe('walletprocesspsbt', () => {
    let psbt: string;
    beforeEach(async () => { ({ psbt } = await call('walletcreatefundedpsbt', { outputs: [{ [to]: 1 }], options: { fee_rate: 5 } })); });

    it('signs, and hands out the transaction where nothing is missing', async () => {
      const signed = await call('walletprocesspsbt', [psbt]);
      expect(signed.complete).toBe(true);
      expect(Transaction.fromBytes(fromHex(signed.hex)).inputs[0]?.witness).toHaveLength(2);
      expect(parsePsbtBase64(signed.psbt).inputs[0]?.isFinal).toBe(true);
    });

    it('signs nothing, or makes nothing final, where that is not wanted', async () => {
      const filled = await call('walletprocesspsbt', { psbt, sign: false });
      expect(filled).toEqual({ psbt, complete: false });
      const open = await call('walletprocesspsbt', { psbt, finalize: false });
      expect(open).not.toHaveProperty('hex');
      expect(parsePsbtBase64(open.psbt).inputs[0]).toMatchObject({ isFinal: false, partialSignatures: { size: 1 } });
    });

    it('wants the passphrase for signing only', async () => {
      await call('encryptwallet', ['secret']);
      expect(await refusal('walletprocesspsbt', [psbt])).toMatchObject({ rpcCode: -13 });
      expect((await call('walletprocesspsbt', { psbt, sign: false })).complete).toBe(false);
    });

    it('says what is wrong with a PSBT or a hash type', async () => {
      expect(await refusal('walletprocesspsbt', ['nonsense'])).toMatchObject({ rpcCode: -22, message: expect.stringMatching(/^TX decode failed/) });
      expect(await refusal('walletprocesspsbt', { psbt, sighashtype: 'SOME' })).toMatchObject({ rpcCode: -8, message: "'SOME' is not a valid sighash parameter." });
      const single = await call('walletprocesspsbt', { psbt, sighashtype: 'SINGLE|ANYONECANPAY', finalize: false });
      expect(await refusal('walletprocesspsbt', { psbt: single.psbt, sighashtype: 'ALL' }))
        .toMatchObject({ rpcCode: -22, message: 'Specified sighash value does not match value stored in PSBT' });
    });
  });

  describe('send', () => {
    it('stores and sends what it has signed', async () => {
      const { txid, complete } = await call('send', { outputs: { [to]: 1 }, fee_rate: 10 });
      expect(complete).toBe(true);
      const { fee, decoded } = await call('gettransaction', { txid, verbose: true });
      expect(-fee * SAT / decoded.vsize).toBeGreaterThanOrEqual(10);
      expect([...h.node.mempool.values()].map((tx) => tx.txidHex)).toEqual([txid]);
    });

    it('keeps it back where the client wants it for itself', async () => {
      const kept = await call('send', { outputs: { [to]: 1 }, options: { add_to_wallet: false, locktime: 33 } });
      const tx = Transaction.fromBytes(fromHex(kept.hex));
      expect([tx.txidHex, tx.locktime]).toEqual([kept.txid, 33]);
      const asPsbt = await call('send', { outputs: { [to]: 1 }, options: { psbt: true } });
      expect(asPsbt).toMatchObject({ complete: true, hex: expect.any(String), psbt: expect.any(String) });
      expect(h.node.mempool.size).toBe(0);
    });

    it('locks to the current height or a little before, unless told otherwise', async () => {
      const { hex } = await call('send', { outputs: { [to]: 1 }, options: { add_to_wallet: false } });
      const { locktime } = Transaction.fromBytes(fromHex(hex));
      expect(locktime).toBeGreaterThan(0);
      expect(locktime).toBeLessThanOrEqual(102);
    });

    it('returns a PSBT where it has no private keys', async () => {
      const { descriptors } = await call('listdescriptors');
      await call('createwallet', { wallet_name: 'watch', disable_private_keys: true });
      const requests = (descriptors as Listed[]).map((d) => ({ desc: d.desc, timestamp: 0, range: d.range, active: d.active, internal: d.internal }));
      await call('importdescriptors', [requests], 'watch');
      const answer = await call('send', { outputs: { [to]: 1 } }, 'watch');
      expect(answer).toEqual({ complete: false, psbt: expect.any(String) });
      expect((await call('walletprocesspsbt', [answer.psbt], 'w')).complete).toBe(true);
    });

    it.each<[string, object]>([
      ['Use change_address instead of changeAddress', { options: { changeAddress: 'x' } }],
      ['Use change_position instead of changePosition', { options: { changePosition: 0 } }],
      ['Use subtract_fee_from_outputs instead of subtractFeeFromOutputs', { options: { subtractFeeFromOutputs: [0] } }],
      ['Use fee_rate (sat/vB) instead of feeRate', { options: { feeRate: 1 } }],
      ['Specify estimate_mode', { conf_target: 3 }],
      ['Pass conf_target and estimate_mode either as arguments or in the options object, but not both', { estimate_mode: 'economical', options: { conf_target: 3, estimate_mode: 'economical' } }],
      ['Cannot specify both conf_target and fee_rate. Please provide either a confirmation target in blocks for automatic fee estimation, or an explicit fee rate.', { conf_target: 3, estimate_mode: 'economical', fee_rate: 2 }],
    ])('refuses: %s', async (message, params) => {
      expect(await refusal('send', { outputs: { [to]: 1 }, ...params })).toMatchObject({ rpcCode: -8, message });
      expect(h.node.mempool.size).toBe(0);
    });
  });
});
