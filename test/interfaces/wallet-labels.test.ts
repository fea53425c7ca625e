import { expect, it } from '@jest/globals';
import type { Wallet } from '../../ipc-spec/wallet.ts';
import { walletInterface } from '../../src/ipc/generated/wallet.ts';
import { hashToHex } from '../../src/util/bytes.ts';
import { bothWays } from './both-ways.ts';
import { ANYTHING, BLANK, makeRichWallet, WATCH_ONLY } from './wallet-fixture.ts';

/** The file's lines. */
async function exported(wallet: Wallet): Promise<Record<string, unknown>[]> {
  const text = new TextDecoder().decode(await wallet.exportLabels());
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
}

function file(...lines: (object | string)[]): Uint8Array {
  return new TextEncoder().encode(lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
}

bothWays('Wallet: messages, descriptors and labels', walletInterface, makeRichWallet, (subject) => {
  it('signs a message with the key of an address, and only of a legacy one of its own', async () => {
    const { object, context } = subject();
    const address = await object.getNewDestination('legacy', '');
    const signature = await object.signMessage(address, 'I am I');
    expect(signature).toBe(await context.call('signmessage', [address, 'I am I']));
    expect(Buffer.from(signature, 'base64')).toHaveLength(65);
    await expect(object.signMessage(await object.getNewDestination('bech32', ''), 'x')).rejects.toMatchObject({ rpcCode: -3, message: 'Address does not refer to key' });
    await expect(object.signMessage('mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn', 'x')).rejects.toMatchObject({ rpcCode: -4, message: 'Private key not available' });
    await expect(object.signMessage('nonsense', 'x')).rejects.toMatchObject({ rpcCode: -5 });
    await object.encryptWallet('secret');
    await expect(object.signMessage(address, 'I am I')).rejects.toMatchObject({ rpcCode: -13 });
  });

  it('lists its descriptors, private ones only where it is unlocked', async () => {
    const { object, context } = subject();
    const list = await object.listDescriptors(false);
    expect(list).toHaveLength(8);
    expect(list.map((d) => d.descriptor)).toEqual((await context.call('listdescriptors')).descriptors.map((d: { desc: string }) => d.desc));
    expect(list[0]).toMatchObject({ active: true, range: { first: 0, last: 2 }, nextIndex: 0 });
    expect(list.filter((d) => d.internal === true)).toHaveLength(4);
    expect(list.every((d) => d.descriptor.includes('tpub'))).toBe(true);
    expect((await object.listDescriptors(true)).every((d) => d.descriptor.includes('tprv'))).toBe(true);
    await object.encryptWallet('secret');
    await expect(object.listDescriptors(true)).rejects.toMatchObject({ rpcCode: -13 });
  });

  it('is copied by its descriptors into a wallet that only watches, with its past', async () => {
    const { object, context } = subject();
    await context.service.createWallet('watch', '', WATCH_ONLY + BLANK);
    const watch = (await context.service.getWallets())[1];
    if (watch === undefined) throw new Error('no wallet');
    expect(await watch.getInfo()).toMatchObject({ privateKeysDisabled: true, blank: true });
    const requests = (await object.listDescriptors(false)).map(({ descriptor, active, internal, range, nextIndex }) => (
      { descriptor, active, internal, range, nextIndex, timestamp: 1, label: null }
    ));
    const bad = { descriptor: 'nonsense', active: false, internal: null, range: null, nextIndex: null, timestamp: null, label: 'x' };
    const verdicts = await watch.importDescriptors([...requests, bad]);
    expect(verdicts.slice(0, 8).every((verdict) => verdict.ok && verdict.error === '' && verdict.code === 0)).toBe(true);
    expect(verdicts[8]).toMatchObject({ ok: false, code: -5 });
    expect((await watch.getBalances()).balance).toBe(50e8);
    expect(await watch.getNewDestination('bech32', '')).toBe(await object.getNewDestination('bech32', ''));
    await expect(watch.listDescriptors(true)).rejects.toMatchObject({ rpcCode: -4 });
  });

  it('imports by itself what it is asked to, and says what is wrong with each', async () => {
    const { object } = subject();
    const own = (await object.listDescriptors(true))[0];
    if (own === undefined) throw new Error('no descriptor');
    const blank = { active: false, internal: null, range: null, nextIndex: null, timestamp: null, label: null };
    const verdicts = await object.importDescriptors([
      { ...blank, descriptor: own.descriptor, range: { first: 0, last: 9 } },
      { ...blank, descriptor: own.descriptor, range: { first: 0, last: 9 }, nextIndex: 10 },
      { ...blank, descriptor: own.descriptor, range: { first: 0, last: 9 }, label: 'x' },
    ]);
    expect(verdicts[0]).toMatchObject({ ok: true });
    expect(verdicts[1]).toMatchObject({ ok: false, code: -8, error: 'next_index is out of range' });
    expect(verdicts[2]).toMatchObject({ ok: false, code: -8, error: 'Ranged descriptors should not have a label' });
  });

  it('writes labels as BIP 329 has them, and takes them back', async () => {
    const { object, context } = subject();
    const [coin] = await object.listCoins(0, 1);
    if (coin === undefined) throw new Error('no coin');
    const coinRef = `${hashToHex(coin.outpoint.txid)}:${coin.outpoint.vout}`;
    const txid = hashToHex(coin.outpoint.txid);
    const other = 'bcrt1qft5p2uhsdcdc3l2ua4ap5qqfg4pjaqlp250x7us7a8qqhrxrxfsqseac85';
    const { verdicts, taken } = await object.importLabels(file(
      { type: 'tx', ref: txid, label: 'first block' }, { type: 'addr', ref: other, label: 'a friend' }, { type: 'addr', ref: coin.address, label: 'pit' },
      { type: 'output', ref: coinRef, label: 'savings', spendable: false }, '', { type: 'input', ref: `${txid}:0`, label: 'from nowhere' },
      { type: 'addr', ref: 'nonsense', label: 'x' }, { type: 'xpub', ref: 'tpub', label: 'x' }, { type: 'tx', ref: 'ab'.repeat(32), label: 'x' }, 'no json', '[]',
      { type: 'output', ref: `${txid}:7`, label: 'x' }, { type: 'tx', ref: txid }, { type: 'tx', label: 'x' }, { type: 'output', ref: coinRef, spendable: 'maybe' },
      { type: 'wish', ref: 'x', label: 'x' }, { type: 'tx', ref: txid, label: 7 }, { type: 'output', ref: 'x:y', label: 'x' },
    ));
    expect(taken).toBe(5);
    expect(verdicts.filter((v) => v.taken).map((v) => v.line)).toEqual([1, 2, 3, 4, 6]);
    expect(verdicts.filter((v) => !v.taken).map((v) => v.reason)).toEqual([
      'not an address of this network', 'the wallet keeps no labels of type xpub', 'the transaction is not in the wallet', expect.stringContaining('not JSON'), 'not a JSON object',
      'the transaction has no output 7', 'there is no label', 'type or ref is missing', 'spendable is neither true nor false', "unknown type 'wish'", 'the label is not text',
      'ref is not a transaction id with a number',
    ]);
    const lines = await exported(object);
    expect(lines).toEqual(expect.arrayContaining([
      { type: 'tx', ref: txid, label: 'first block' }, { type: 'addr', ref: other, label: 'a friend' }, { type: 'addr', ref: coin.address, label: 'pit' },
      { type: 'output', ref: coinRef, label: 'savings', spendable: false }, { type: 'input', ref: `${txid}:0`, label: 'from nowhere' },
    ]));
    expect(lines).toHaveLength(5);
    expect((await object.listCoins(0, 1))[0]).toMatchObject({ label: 'savings', locked: true });
    expect(await object.getWalletTxDetails(coin.outpoint.txid)).toMatchObject({ comment: 'first block', inputs: [], outputs: [{ label: 'savings' }] });
    expect((await object.getAddresses()).find((a) => a.address === other)).toMatchObject({ label: 'a friend', purpose: 'send', isMine: false });
    // It is all there when the wallet is opened again.
    await object.remove();
    await context.service.loadWallet('w');
    const again = (await context.service.getWallets())[0];
    if (again === undefined) throw new Error('no wallet');
    expect(await exported(again)).toEqual(lines);
    expect(await again.importLabels(file({ type: 'output', ref: coinRef, label: '', spendable: true }, { type: 'tx', ref: txid, label: '' }))).toMatchObject({ taken: 2 });
    expect((await exported(again)).map((line) => line['type']).sort()).toEqual(['addr', 'addr', 'input']);
    expect((await again.listCoins(0, 1))[0]).toMatchObject({ label: 'pit', locked: false });
  });

  it('says where spendable does not matter, and lists what is locked without a label', async () => {
    const { object, context } = subject();
    const [coin] = await object.listCoins(0, 1);
    if (coin === undefined) throw new Error('no coin');
    const ref = `${hashToHex(coin.outpoint.txid)}:${coin.outpoint.vout}`;
    await object.lockCoin(coin.outpoint, false);
    expect(await exported(object)).toEqual([{ type: 'addr', ref: coin.address, label: 'mined' }, { type: 'output', ref, spendable: false }]);
    await object.unlockCoin(coin.outpoint);
    const { tx } = await object.createTransaction([{ address: await object.getNewDestination('bech32', ''), amount: 1e8, subtractFee: false }], ANYTHING, true);
    await object.commitTransaction(tx, []);
    await context.mine(1, 'nobody');
    expect((await object.importLabels(file({ type: 'output', ref, label: 'gone', spendable: false }))).verdicts).toEqual([
      { line: 1, taken: true, reason: 'spendable does not matter: the output is spent or not of the wallet' },
    ]);
    expect((await object.importLabels(file({ type: 'output', ref, spendable: false }))).taken).toBe(0);
    expect(await exported(object)).toContainEqual({ type: 'output', ref, label: 'gone' });
  });

  it('refuses what is no file of labels, and changes nothing', async () => {
    const { object } = subject();
    await expect(object.importLabels(Uint8Array.of(0xff, 0xfe))).rejects.toMatchObject({ rpcCode: -22 });
    await expect(object.importLabels(file(...Array.from({ length: 50_001 }, () => '{}')))).rejects.toMatchObject({ rpcCode: -8 });
    expect(await exported(object)).toHaveLength(1);
  });

  it('has no device that signs', async () => {
    const { object } = subject();
    expect(await object.hasExternalSigner()).toBe(false);
    await expect(object.displayAddress(await object.getNewDestination('bech32', ''))).rejects.toMatchObject({ rpcCode: -1, message: 'There is no ScriptPubKeyManager for this address' });
  });
});
