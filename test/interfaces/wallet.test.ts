import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import type { Handler } from '../../ipc-spec/handler.ts';
import { walletInterface } from '../../src/ipc/generated/wallet.ts';
import { releaseProxy } from '../../src/ipc/remote-object.ts';
import { outPointKey } from '../../src/primitives/outpoint.ts';
import { Transaction } from '../../src/primitives/transaction.ts';
import { until } from '../unit/ipc/support.ts';
import { bothWays } from './both-ways.ts';
import { ANYTHING, BLANK, makeRichWallet, WATCH_ONLY } from './wallet-fixture.ts';

const OTHER = 'bcrt1qft5p2uhsdcdc3l2ua4ap5qqfg4pjaqlp250x7us7a8qqhrxrxfsqseac85';
const ALL = { text: '', kind: null, since: 0, until: Number.MAX_SAFE_INTEGER, minAmount: 0 } as const;

bothWays('Wallet', walletInterface, makeRichWallet, (subject) => {
  it('says what it is', async () => {
    const { object } = subject();
    expect(await object.getWalletName()).toBe('w');
    expect(await object.getInfo()).toEqual({
      name: 'w', crypted: false, locked: false, privateKeysDisabled: false, blank: false, avoidReuse: false, externalSigner: false, addressKinds: ['bech32m', 'bech32', 'p2sh-segwit', 'legacy'],
      defaultKind: 'bech32', transactions: 1, height: 101, birthTime: expect.any(Number), scanning: null,
    });
    expect([await object.hdEnabled(), await object.canGetAddresses(), await object.isCrypted(), await object.isLocked()]).toEqual([true, true, false, false]);
    expect([await object.getConfirmTarget(), await object.getDefaultMaxTxFee()]).toEqual([6, 10_000_000]);
    const balances = { balance: 50e8, unconfirmedBalance: 0, immatureBalance: 0, usedBalance: 0, nonmempoolBalance: 0 };
    expect(await object.getBalances()).toEqual(balances);
    const at = await object.tryGetBalances();
    expect(at.balances).toEqual(balances);
    expect(at.blockHash).toEqual(subject().context.node.blocks.at(-1)?.hash);
  });

  it('says what it is made of, and where it lies', async () => {
    const { object, context } = subject();
    const file = path.join(context.dir, 'w', 'wallet.dat');
    expect(await object.getDetails()).toEqual({
      path: file, fileSize: fs.statSync(file).size, format: 'sqlite', flags: ['last_hardened_xpub_cached', 'descriptor_wallet'], descriptors: 8, activeDescriptors: 8,
      keypoolReceive: 12, keypoolChange: 12, birthHeight: 0, blockHash: context.node.blocks.at(-1)?.hash, height: 101, blockTime: context.node.time,
    });
    const { wallet } = await context.service.createWallet('bare', '', WATCH_ONLY + BLANK + 1);
    expect(await wallet.getDetails()).toMatchObject({
      flags: ['avoid_reuse', 'last_hardened_xpub_cached', 'disable_private_keys', 'blank', 'descriptor_wallet'], descriptors: 0, keypoolReceive: 0, keypoolChange: 0, birthHeight: null,
    });
  });

  it('has a passphrase once it is given one', async () => {
    const { object } = subject();
    let told = 0;
    const handler = await object.handleStatusChanged(async () => { told += 1; });
    await expect(object.encryptWallet('')).rejects.toMatchObject({ rpcCode: -8 });
    await object.encryptWallet('first');
    expect([await object.isCrypted(), await object.isLocked()]).toEqual([true, true]);
    await expect(object.encryptWallet('again')).rejects.toMatchObject({ rpcCode: -15 });
    expect(await object.unlock('wrong')).toBe(false);
    expect(await object.unlock('first')).toBe(true);
    expect(await object.isLocked()).toBe(false);
    expect(await object.lock()).toBe(true);
    expect(await object.changeWalletPassphrase('wrong', 'second')).toBe(false);
    expect(await object.changeWalletPassphrase('first', 'second')).toBe(true);
    expect(await object.unlock('second')).toBe(true);
    await until(() => told > 0, 'news of its state');
    await handler.disconnect();
    releaseProxy(handler);
  });

  it('keeps addresses, its own and those of others', async () => {
    const { object } = subject();
    const told: string[] = [];
    const handler = await object.handleAddressBookChanged(async (address) => { told.push(address); });
    const own = await object.getNewDestination('bech32m', 'rent');
    await expect(object.getNewDestination('nonsense', '')).rejects.toMatchObject({ rpcCode: -5 });
    await object.setAddressBook(OTHER, 'friend', null);
    expect(await object.getAddress(own)).toEqual({ address: own, isMine: true, label: 'rent', purpose: 'receive' });
    expect(await object.getAddress(OTHER.toUpperCase())).toEqual({ address: OTHER, isMine: false, label: 'friend', purpose: 'send' });
    expect([await object.getAddress('nonsense'), await object.getAddress('bcrt1qql62smlsrp2rk9pz0cwsltvvrwp9fhqvk92m9l')]).toEqual([null, null]);
    expect((await object.getAddresses()).map((a) => a.label).sort()).toEqual(['friend', 'mined', 'rent']);
    expect([await object.isSpendable(own), await object.isSpendable(OTHER)]).toEqual([true, false]);
    await expect(object.isSpendable('nonsense')).rejects.toMatchObject({ rpcCode: -5 });
    await object.setAddressReceiveRequest(own, '1', Uint8Array.of(1, 2));
    expect(await object.getAddressReceiveRequests()).toEqual([{ address: own, id: '1', value: Uint8Array.of(1, 2) }]);
    await object.setAddressReceiveRequest(own, '1', null);
    expect(await object.getAddressReceiveRequests()).toEqual([]);
    await expect(object.setAddressReceiveRequest(OTHER, '1', null)).rejects.toMatchObject({ rpcCode: -4 });
    expect([await object.delAddressBook(OTHER), await object.delAddressBook(own)]).toEqual([true, false]);
    expect(await object.getAddress(OTHER)).toBeNull();
    await until(() => told.at(-1) === OTHER, 'news of the address book');
    releaseProxy(handler);
  });

  it('knows the keys behind its scripts', async () => {
    const { object, context } = subject();
    const address = await object.getNewDestination('bech32', '');
    const script = context.service.context.addresses.scriptOf(address) ?? new Uint8Array(0);
    const hash = script.slice(2);
    const pubkey = await object.getPubKey(script, hash);
    expect(pubkey).toHaveLength(33);
    expect([await object.getPubKey(script, new Uint8Array(20)), await object.getPubKey(Uint8Array.of(0x51), hash)]).toEqual([null, null]);
    expect(await object.canSignWith([pubkey ?? new Uint8Array(33), new Uint8Array(33).fill(2)])).toEqual([true, false]);
    expect([await object.txoutIsMine(script), await object.txoutIsMine(Uint8Array.of(0x51))]).toEqual([true, false]);
    expect([await object.getCredit(7, script), await object.getCredit(7, Uint8Array.of(0x51))]).toEqual([7, 0]);
  });

  it('looks after its coins', async () => {
    const { object } = subject();
    const [coin, ...more] = await object.listCoins(0, 10);
    if (coin === undefined) throw new Error('no coin');
    expect(more).toEqual([]);
    const { outpoint } = coin;
    const unknown = { txid: outpoint.txid, vout: 9 };
    expect(await object.getCoins([outpoint, unknown])).toEqual([{ amount: 50e8, scriptPubKey: expect.any(Uint8Array), address: coin.address, mine: true, time: coin.time, depth: 101, spent: false }, null]);
    expect([await object.txinIsMine(outpoint), await object.txinIsMine(unknown)]).toEqual([true, false]);
    expect([await object.getDebit(outpoint), await object.getDebit(unknown)]).toEqual([50e8, 0]);
    expect(await object.getAvailableBalance(ANYTHING)).toBe(50e8);
    expect(await object.lockCoin(outpoint, true)).toBe(true);
    expect([await object.isLockedCoin(outpoint), await object.isLockedCoin(unknown), await object.lockCoin(unknown, false)]).toEqual([true, false, false]);
    expect(await object.listLockedCoins()).toEqual([{ txid: outpoint.txid, vout: outpoint.vout }]);
    expect(await object.getAvailableBalance(ANYTHING)).toBe(0);
    expect([await object.unlockCoin(outpoint), await object.unlockCoin(outpoint)]).toEqual([true, false]);
    expect(await object.listLockedCoins()).toEqual([]);
  });

  it('knows what a transaction would cost', async () => {
    const { object } = subject();
    expect(await object.getRequiredFee(1000)).toBe(1000);
    expect(await object.getMinimumFee(1000, ANYTHING)).toEqual({ fee: 20_000, feerate: 20_000, target: null, reason: 'Fallback fee' });
    expect(await object.getMinimumFee(500, { ...ANYTHING, feerate: 4000 })).toEqual({ fee: 2000, feerate: 4000, target: null, reason: 'User Specified Fee' });
    expect(await object.getFeerates([2, 6])).toEqual([{ target: 2, feerate: 20_000, reason: 'Fallback fee' }, { target: 6, feerate: 20_000, reason: 'Fallback fee' }]);
  });

  it('pays, raises the fee, and keeps the history', async () => {
    const { object, context } = subject();
    const seen = new Set<string>();
    const handler = await object.handleTransactionChanged(async (txid) => { seen.add(Buffer.from(txid).toString('hex')); });
    const coin = (await object.listCoins(0, 1))[0]?.outpoint;
    if (coin === undefined) throw new Error('no coin');
    const made = await object.createTransaction([{ address: OTHER, amount: 1e8, subtractFee: false }], { ...ANYTHING, replaceable: true }, true);
    expect(made).toMatchObject({ vsize: expect.any(Number), feeReason: 'Fallback fee' });
    await object.commitTransaction(made.tx, ['for the roof']);
    const { txid } = Transaction.fromBytes(made.tx);
    expect((await object.getCoins([coin]))[0]).toMatchObject({ spent: true });
    expect(await object.tryGetTxStatus(txid)).toEqual({
      blockHeight: null, blocksToMaturity: 0, depth: 0, timeReceived: expect.any(Number), lockTime: expect.any(Number), trusted: true, abandoned: false, coinbase: false, inMainChain: false,
      blocks: 101, blockTime: context.node.blocks.at(-1)?.header.time,
    });
    expect(await object.tryGetTxStatus(coin.txid)).toMatchObject({ blockHeight: 1, blocksToMaturity: 0, depth: 101, coinbase: true, inMainChain: true });
    expect(await object.tryGetTxStatus(new Uint8Array(32))).toBeNull();
    expect(await object.getWalletTxDetails(txid)).toMatchObject({ messages: ['for the roof'], canBump: true, canAbandon: false, fee: made.fee, status: 'unconfirmed' });
    expect(await object.getWalletTxDetails(new Uint8Array(32))).toBeNull();
    expect(await object.abandonTransaction(txid)).toBe(false);
    const bump = await object.createBumpTransaction(txid, ANYTHING);
    expect(bump.newFee).toBeGreaterThan(bump.oldFee);
    const next = await object.commitBumpTransaction(txid, bump.tx);
    expect(await object.getWalletTxDetails(txid)).toMatchObject({ replacedBy: next });
    const page = await object.queryTransactions(ALL, 0, 10);
    expect(page.total).toBe(3);
    expect((await object.queryTransactions({ ...ALL, kind: 'mined' }, 0, 10)).rows).toMatchObject([{ kind: 'mined', amount: 50e8, label: 'mined' }]);
    await until(() => seen.has(Buffer.from(next).toString('hex')), 'news of the replacement');
    await expect(object.createTransaction([{ address: 'nonsense', amount: 1, subtractFee: false }], ANYTHING, true)).rejects.toMatchObject({ rpcCode: -5 });
    await expect(object.createTransaction([{ address: OTHER, amount: 99e8, subtractFee: false }], ANYTHING, true)).rejects.toMatchObject({ rpcCode: -6 });
    await expect(object.commitTransaction(Uint8Array.of(1), [])).rejects.toMatchObject({ rpcCode: -22 });
    releaseProxy(handler);
  });

  it('makes and signs a PSBT', async () => {
    const { object } = subject();
    const made = await object.createTransaction([{ address: OTHER, amount: 1e8, subtractFee: true }], ANYTHING, false);
    const psbt = await object.createPsbt(made.tx);
    expect(psbt).toMatchObject({ complete: false, tx: null });
    expect(await object.fillPsbt(psbt.psbt, false)).toMatchObject({ complete: false });
    const signed = await object.fillPsbt(psbt.psbt, true);
    expect(signed.complete).toBe(true);
    expect(outPointKey(Transaction.fromBytes(signed.tx ?? new Uint8Array(0)).txid, 0)).toBe(outPointKey(Transaction.fromBytes(made.tx).txid, 0));
    await expect(object.fillPsbt(Uint8Array.of(1), true)).rejects.toMatchObject({ rpcCode: -22 });
  });

  it('reads the chain again, and tells how far it is', async () => {
    const { object } = subject();
    const told: number[] = [];
    const handler = await object.handleShowProgress(async (_title, percent) => { told.push(percent); });
    await object.abortRescan();
    await object.rescan(0);
    await until(() => told.at(-1) === 100, 'the end of it');
    expect((await object.getBalances()).balance).toBe(50e8);
    releaseProxy(handler);
  });

  it('tells when it may give other addresses, and when it is closed', async () => {
    const { object, context } = subject();
    let changed = 0;
    let closed = 0;
    const handlers: Handler[] = [
      await object.handleCanGetAddressesChanged(async () => { changed += 1; }),
      await object.handleUnload(async () => { closed += 1; }),
    ];
    await context.call('keypoolrefill', [5]);
    await until(() => changed > 0, 'news of addresses');
    await object.remove();
    await until(() => closed === 1, 'news of the end');
    expect(await context.service.getWallets()).toEqual([]);
    for (const handler of handlers) releaseProxy(handler);
  });
});
