import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SEQUENCE_FINAL, Transaction, type TxOut } from '../../../src/primitives/transaction.ts';
import { Psbt, type PsbtInput } from '../../../src/script/psbt/psbt.ts';
import { finalizeAndExtract } from '../../../src/script/psbt/sign.ts';
import { SIGHASH_ALL, SIGHASH_ANYONECANPAY } from '../../../src/script/sighash.ts';
import { p2wshScript } from '../../../src/script/standard.ts';
import { fromHex, hashFromHex, toKey } from '../../../src/util/bytes.ts';
import { fillPsbt } from '../../../src/wallet/psbt.ts';
import type { Wallet } from '../../../src/wallet/wallet.ts';
import { ServiceHarness } from './service-harness.ts';

const TYPES = ['legacy', 'p2sh-segwit', 'bech32', 'bech32m'] as const;
type Type = (typeof TYPES)[number];
const FILL = { sign: false, derivations: true };
const SIGN = { sign: true, derivations: true };

describe('what a wallet adds to a PSBT', () => {
  const h = new ServiceHarness();
  const { call } = h;
  const coins = new Map<Type, { txid: Uint8Array; vout: number }>();
  let wallet: Wallet;

  const spending = (outpoints: readonly { txid: Uint8Array; vout: number }[], version: 0 | 2 = 2, script: Uint8Array = Uint8Array.of(0x51)): Psbt => Psbt.fromTransaction(new Transaction({
    version: 2, locktime: 0, outputs: [{ value: 1000, scriptPubKey: script }],
    inputs: outpoints.map((prevout) => ({ prevout, scriptSig: new Uint8Array(), sequence: SEQUENCE_FINAL, witness: [] })),
  }), version);
  const of = (...types: Type[]): { txid: Uint8Array; vout: number }[] => types.map((type) => {
    const coin = coins.get(type);
    if (coin === undefined) throw new Error(`no ${type} coin`);
    return coin;
  });
  const input = (psbt: Psbt, i = 0): PsbtInput => {
    const found = psbt.inputs[i];
    if (found === undefined) throw new Error(`no input ${i}`);
    return found;
  };
  const foreignCoin = (output: TxOut): { tx: Transaction; txid: Uint8Array; vout: number } => {
    const tx = new Transaction({ version: 2, locktime: 0, outputs: [output], inputs: [{ prevout: { txid: new Uint8Array(32).fill(7), vout: 0 }, scriptSig: new Uint8Array(), sequence: SEQUENCE_FINAL, witness: [] }] });
    return { tx, txid: tx.txid, vout: 0 };
  };

  beforeAll(async () => {
    await h.start();
    await call('createwallet', ['w']);
    for (const type of TYPES) await h.mine(1, await call('getnewaddress', [type, type]));
    await h.mine(100, 'nobody');
    for (const coin of await call('listunspent')) coins.set(coin.label, { txid: hashFromHex(coin.txid), vout: coin.vout });
    const found = h.service.context.find('w');
    if (found === undefined) throw new Error('no wallet');
    wallet = found;
  });
  afterAll(() => h.close());

  it.each(TYPES)('signs an input of type %s', (type) => {
    const psbt = spending(of(type));
    expect(fillPsbt(wallet, psbt, FILL)).toEqual({ complete: false });
    expect(input(psbt).isFinal).toBe(false);
    expect(input(psbt).utxo?.value).toBe(50e8);
    expect(fillPsbt(wallet, psbt, SIGN)).toEqual({ complete: true });
    const tx = finalizeAndExtract(psbt);
    expect(tx?.inputs[0]?.witness.length).toBe(type === 'legacy' ? 0 : type === 'bech32m' ? 1 : 2);
    expect(tx?.inputs[0]?.scriptSig.length).toBeGreaterThanOrEqual(type === 'legacy' ? 100 : type === 'p2sh-segwit' ? 23 : 0);
  });

  it('says by which path keys are derived only where that is wanted', () => {
    const bare = spending(of('bech32', 'bech32m'));
    fillPsbt(wallet, bare, { sign: false, derivations: false });
    expect([input(bare, 0).keyPaths.size, input(bare, 1).tapKeyPaths.size]).toEqual([0, 0]);
    const full = spending(of('bech32', 'bech32m'));
    fillPsbt(wallet, full, FILL);
    const [path] = [...input(full, 0).keyPaths.values()];
    expect(path?.origin.path).toHaveLength(5);
    expect(path?.origin.path[0]).toBe(0x80000000 + 84);
    expect([...input(full, 1).tapKeyPaths.values()][0]?.origin.path[0]).toBe(0x80000000 + 86);
  });

  it('describes outputs of its own, and leaves others alone', async () => {
    const own = wallet.addresses.scriptOf(await call('getnewaddress', ['', 'bech32']));
    if (own === null) throw new Error('no script');
    const psbt = spending(of('bech32'), 2, own);
    fillPsbt(wallet, psbt, SIGN);
    expect(psbt.outputs[0]?.keyPaths.size).toBe(1);
    const other = spending(of('bech32'));
    fillPsbt(wallet, other, SIGN);
    expect(other.outputs[0]?.keyPaths.size).toBe(0);
  });

  it('keeps whole previous transactions unless every input is taproot', () => {
    const mixed = spending(of('bech32', 'bech32m'));
    fillPsbt(wallet, mixed, FILL);
    expect(mixed.inputs.map(({ nonWitnessUtxo }) => nonWitnessUtxo !== null)).toEqual([true, true]);
    const taproot = spending(of('bech32m'));
    fillPsbt(wallet, taproot, FILL);
    expect(input(taproot).nonWitnessUtxo).toBeNull();
    expect(input(taproot).witnessUtxo?.value).toBe(50e8);
  });

  it('leaves signatures as they are where it is not to make final scripts', () => {
    const psbt = spending(of('bech32', 'bech32m'));
    expect(fillPsbt(wallet, psbt, { ...SIGN, finalize: false })).toEqual({ complete: false });
    expect(input(psbt, 0).partialSignatures.size).toBe(1);
    expect(input(psbt, 1).tapKeySignature).toHaveLength(64);
    expect(psbt.inputs.some((one) => one.isFinal)).toBe(false);
    expect(fillPsbt(wallet, psbt, SIGN)).toEqual({ complete: true });
  });

  it('signs with the hash type that is asked for, and no other than the PSBT says', () => {
    const type = SIGHASH_ALL | SIGHASH_ANYONECANPAY;
    const psbt = spending(of('bech32'));
    expect(fillPsbt(wallet, psbt, { ...SIGN, hashType: type, finalize: false })).toEqual({ complete: false });
    expect([...input(psbt).partialSignatures.values()][0]?.signature.at(-1)).toBe(type);
    expect(input(psbt).sighashType).toBe(type);
    expect(fillPsbt(wallet, psbt, SIGN)).toEqual({ fault: 'sighash-mismatch' });
    expect(fillPsbt(wallet, psbt, { ...SIGN, hashType: type })).toEqual({ complete: true });
  });

  it('knows nothing of inputs of others', () => {
    const psbt = spending([...of('bech32'), { txid: new Uint8Array(32).fill(9), vout: 0 }]);
    expect(fillPsbt(wallet, psbt, SIGN)).toEqual({ complete: false });
    expect(input(psbt, 0).isFinal).toBe(true);
    expect(input(psbt, 1).utxo).toBeNull();
    expect(input(psbt, 1).keyPaths.size).toBe(0);
  });

  it('refuses an output that its own transaction does not have', () => {
    const [coin] = of('bech32');
    if (coin === undefined) throw new Error('no coin');
    expect(fillPsbt(wallet, spending([{ ...coin, vout: 77 }]), SIGN)).toEqual({ fault: 'missing-inputs' });
  });

  it('refuses inputs whose lock times go against each other', () => {
    const psbt = spending(of('bech32', 'bech32m'));
    input(psbt, 0).heightLocktime = 100;
    input(psbt, 1).timeLocktime = 1_600_000_000;
    expect(fillPsbt(wallet, psbt, SIGN)).toEqual({ fault: 'invalid-tx' });
  });

  it('signs its part of a script that it does not watch, where the input names its key', async () => {
    const info = await call('getaddressinfo', [await call('getnewaddress', ['', 'bech32'])]);
    // 2 of 2: its own key and one of somebody else.
    const witnessScript = fromHex(`5221${info.pubkey}210279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f8179852ae`);
    const coin = foreignCoin({ value: 5000, scriptPubKey: p2wshScript(witnessScript) });
    const psbt = spending([coin]);
    input(psbt).nonWitnessUtxo = coin.tx;
    input(psbt).witnessScript = witnessScript;
    expect(fillPsbt(wallet, psbt, SIGN)).toEqual({ complete: false });
    expect(input(psbt).partialSignatures.size).toBe(0);
    const pubkey = fromHex(info.pubkey);
    input(psbt).keyPaths.set(toKey(pubkey), { pubkey, origin: { fingerprint: fromHex(info.hdmasterfingerprint), path: [] } });
    expect(fillPsbt(wallet, psbt, FILL)).toEqual({ complete: false });
    expect(input(psbt).partialSignatures.size).toBe(0);
    expect(fillPsbt(wallet, psbt, SIGN)).toEqual({ complete: false });
    expect([...input(psbt).partialSignatures.values()].map((entry) => toKey(entry.pubkey))).toEqual([toKey(pubkey)]);
  });

  it('does not sign while it is locked', async () => {
    await call('createwallet', { wallet_name: 'locked', passphrase: 'secret' });
    await h.mine(1, await call('getnewaddress', ['', 'bech32'], 'locked'));
    await h.mine(100, 'nobody');
    const [coin] = await call('listunspent', [], 'locked');
    const own = h.service.context.find('locked');
    if (own === undefined) throw new Error('no wallet');
    const psbt = spending([{ txid: hashFromHex(coin.txid), vout: coin.vout }]);
    expect(fillPsbt(own, psbt, SIGN)).toEqual({ complete: false });
    expect(input(psbt).isFinal || input(psbt).partialSignatures.size > 0).toBe(false);
    await call('walletpassphrase', ['secret', 60], 'locked');
    expect(fillPsbt(own, psbt, SIGN)).toEqual({ complete: true });
    await call('unloadwallet', [], 'locked');
  });
});
