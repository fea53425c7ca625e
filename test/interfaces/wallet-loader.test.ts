import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import type { WalletLoader } from '../../ipc-spec/wallet-loader.ts';
import { seal } from '../../src/crypto/seal.ts';
import { walletLoaderInterface } from '../../src/ipc/generated/wallet-loader.ts';
import { releaseProxy } from '../../src/ipc/remote-object.ts';
import { LegacyWalletWriter, testKey } from '../support/legacy-wallet.ts';
import { until } from '../unit/ipc/support.ts';
import { ServiceHarness } from '../unit/wallet/service-harness.ts';
import { bothWays } from './both-ways.ts';
import { BLANK, WATCH_ONLY } from './wallet-fixture.ts';

async function make(): Promise<{ object: WalletLoader; context: ServiceHarness; end: () => Promise<void> }> {
  const harness = new ServiceHarness();
  await harness.start();
  return { object: harness.service, context: harness, end: () => harness.close() };
}

bothWays('WalletLoader', walletLoaderInterface, make, (subject) => {
  it('makes, lists, closes and opens wallets, and tells of each that is opened', async () => {
    const { object, context } = subject();
    const opened: string[] = [];
    const handler = await object.handleLoadWallet(async (wallet) => {
      opened.push(await wallet.getWalletName());
      releaseProxy(wallet);
    });
    expect(await object.getWalletDir()).toBe(context.dir);
    const made = await object.createWallet('one', '', 0);
    expect(made.warnings).toEqual([]);
    expect(await made.wallet.getWalletName()).toBe('one');
    const sealed = seal('secret', await object.offerSeal('two'), { method: 'WalletLoader.createWallet', scope: 'two' });
    const second = await object.createWallet('two', sealed, 1);
    expect(await second.wallet.getInfo()).toMatchObject({ crypted: true, locked: true, avoidReuse: true });
    expect(await second.wallet.unlock('secret')).toBe(true);
    const third = await object.createWallet('three', '', WATCH_ONLY + BLANK);
    expect(await third.wallet.getInfo()).toMatchObject({ privateKeysDisabled: true, blank: true, addressKinds: [] });
    await expect(object.createWallet('one', '', 0)).rejects.toMatchObject({ rpcCode: -4, message: expect.stringContaining('Database already exists') });
    await expect(object.createWallet('four', 'secret', WATCH_ONLY)).rejects.toMatchObject({ rpcCode: -4 });
    await expect(object.createWallet('', '', 0)).rejects.toMatchObject({ rpcCode: -8 });
    expect((await object.listWalletDir()).map(({ name }) => name)).toEqual(['one', 'three', 'two']);
    const list = await object.getWallets();
    expect(await Promise.all(list.map((wallet) => wallet.getWalletName()))).toEqual(['one', 'two', 'three']);
    expect(list[0]).toBe(made.wallet);
    await made.wallet.remove();
    for (const wallet of [made.wallet, second.wallet, third.wallet]) releaseProxy(wallet);
    const again = await object.loadWallet('one');
    expect(await again.wallet.getWalletName()).toBe('one');
    await expect(object.loadWallet('nowhere')).rejects.toMatchObject({ rpcCode: -18 });
    await until(() => opened.length === 4, 'news of all');
    expect(opened).toEqual(['one', 'two', 'three', 'one']);
    releaseProxy(again.wallet);
    await handler.disconnect();
    releaseProxy(handler);
  });

  it('copies a wallet, whole or without its keys, and makes wallets of the copies', async () => {
    const { object, context } = subject();
    const { wallet } = await object.createWallet('one', '', 0);
    const address = await wallet.getNewDestination('bech32', 'mine');
    await wallet.importLabels(new TextEncoder().encode(JSON.stringify({ type: 'addr', ref: address, label: 'pit' })));
    await context.mine(1, address);
    await context.mine(100, 'nobody');
    const [whole, watching] = [path.join(context.dir, 'whole.bak'), path.join(context.dir, 'watching.bak')];
    await object.backupWallet('one', whole);
    expect(await object.exportWatchOnlyWallet('one', watching)).toBe(watching);
    await expect(object.exportWatchOnlyWallet('one', watching)).rejects.toMatchObject({ rpcCode: -4, message: `Error: Export destination '${watching}' already exists` });
    await expect(object.exportWatchOnlyWallet('one', '')).rejects.toMatchObject({ rpcCode: -4 });
    await expect(object.exportWatchOnlyWallet('one', path.join(context.dir, 'no', 'where'))).rejects.toMatchObject({ rpcCode: -4, message: expect.stringContaining('Could not create file') });
    await expect(object.exportWatchOnlyWallet('nobody', watching)).rejects.toMatchObject({ rpcCode: -18 });
    expect(fs.readFileSync(watching).includes('walletdescriptorkey')).toBe(false);
    expect(fs.readFileSync(whole).includes('walletdescriptorkey')).toBe(true);
    const copies = [await object.restoreWallet(whole, 'two'), await object.restoreWallet(watching, 'three')];
    const [two, three] = copies.map((copy) => copy.wallet);
    if (two === undefined || three === undefined) throw new Error('no wallets');
    expect(await two.getInfo()).toMatchObject({ privateKeysDisabled: false, transactions: 1 });
    expect(await three.getInfo()).toMatchObject({ privateKeysDisabled: true, transactions: 1 });
    for (const copy of [two, three]) {
      expect((await copy.getBalances()).balance).toBe(50e8);
      expect(await copy.getAddress(address)).toMatchObject({ label: 'pit', isMine: true });
      expect(await copy.listDescriptors(false)).toEqual(await wallet.listDescriptors(false));
    }
    expect(await three.getNewDestination('bech32m', '')).toBe(await two.getNewDestination('bech32m', ''));
    await expect(object.restoreWallet(path.join(context.dir, 'nothing'), 'four')).rejects.toMatchObject({ rpcCode: -8 });
    await expect(object.backupWallet('one', path.join(context.dir, 'no', 'where'))).rejects.toMatchObject({ rpcCode: -4, message: 'Error: Wallet backup failed!' });
    for (const one of [wallet, two, three]) releaseProxy(one);
  });

  it('has nothing to export of a wallet without descriptors', async () => {
    const { object, context } = subject();
    const { wallet } = await object.createWallet('bare', '', WATCH_ONLY);
    releaseProxy(wallet);
    const file = path.join(context.dir, 'bare.bak');
    await expect(object.exportWatchOnlyWallet('bare', file)).rejects.toMatchObject({ rpcCode: -4, message: 'Error: Wallet has no descriptors to export' });
    expect(fs.readdirSync(context.dir).filter((name) => name.startsWith('bare.bak'))).toEqual([]);
  });

  it('says whether a wallet is encrypted, open or not', async () => {
    const { object } = subject();
    for (const [name, passphrase] of [['plain', ''], ['sealed', 'secret']] as const) {
      const { wallet } = await object.createWallet(name, passphrase, 0);
      expect(await object.isEncrypted(name)).toBe(passphrase !== '');
      await wallet.remove();
      releaseProxy(wallet);
      expect(await object.isEncrypted(name)).toBe(passphrase !== '');
    }
    await expect(object.isEncrypted('nowhere')).rejects.toMatchObject({ rpcCode: -18 });
  });

  it('makes wallets with descriptors of those without', async () => {
    const { object, context } = subject();
    const writer = new LegacyWalletWriter().encrypt('secret');
    writer.seed(testKey('seed'), 2, 2);
    for (const name of ['old', 'older']) {
      fs.mkdirSync(path.join(context.dir, name));
      fs.writeFileSync(path.join(context.dir, name, 'wallet.dat'), name === 'old' ? writer.file() : new LegacyWalletWriter().watch(Uint8Array.of(0x51)).file());
    }
    expect(await object.listWalletDir()).toEqual([{ name: 'old', format: 'bdb' }, { name: 'older', format: 'bdb' }]);
    expect([await object.isEncrypted('old'), await object.isEncrypted('older')]).toEqual([true, false]);
    await expect(object.migrateWallet('nowhere', '', true)).rejects.toMatchObject({ rpcCode: -4, message: 'Error: Wallet does not exist' });
    await expect(object.migrateWallet('old', 'wrong', true)).rejects.toMatchObject({ rpcCode: -4 });
    const sealed = seal('secret', await object.offerSeal('old'), { method: 'WalletLoader.migrateWallet', scope: 'old' });
    const migrated = await object.migrateWallet('old', sealed, true);
    expect(migrated).toMatchObject({ name: 'old', watchOnlyName: null, solvablesName: null });
    expect(fs.existsSync(migrated.backupPath)).toBe(true);
    expect(await migrated.wallet?.getInfo()).toMatchObject({ crypted: true, locked: true });
    if (migrated.wallet !== null) releaseProxy(migrated.wallet);
    // The backup makes the old wallet again, which only its migration opens.
    await expect(object.restoreWallet(migrated.backupPath, 'again')).rejects.toMatchObject({ rpcCode: -18, message: expect.stringContaining('appears to be a Legacy wallet') });
    await object.restoreClosedWallet(migrated.backupPath, 'again');
    expect((await object.listWalletDir()).find(({ name }) => name === 'again')).toEqual({ name: 'again', format: 'bdb' });
    expect(await object.isEncrypted('again')).toBe(true);
    await expect(object.restoreClosedWallet(migrated.backupPath, 'again')).rejects.toMatchObject({ rpcCode: -36, message: expect.stringContaining('Database file exists') });
    await expect(object.restoreClosedWallet(path.join(context.dir, 'nothing'), 'four')).rejects.toMatchObject({ rpcCode: -8 });
    const text = path.join(context.dir, 'text');
    fs.writeFileSync(text, 'no wallet');
    await expect(object.restoreClosedWallet(text, 'four')).rejects.toMatchObject({ rpcCode: -18, message: expect.stringContaining('Data is not in recognized format.') });
    expect(fs.existsSync(path.join(context.dir, 'four'))).toBe(false);
    fs.rmSync(path.join(context.dir, 'again'), { recursive: true });
    const watching = await object.migrateWallet('older', '', false);
    expect(watching).toMatchObject({ name: 'older_watchonly', wallet: null, watchOnlyName: 'older_watchonly' });
    expect(await object.listWalletDir()).toEqual([{ name: 'old', format: 'sqlite' }, { name: 'older_watchonly', format: 'sqlite' }]);
  });

  it('remembers what to open at the start', async () => {
    const { object, context } = subject();
    const { wallet } = await object.createWallet('one', '', 0);
    releaseProxy(wallet);
    await object.setLoadOnStartup('one', true);
    expect(JSON.parse(context.node.settings.get('wallet') ?? '[]')).toEqual(['one']);
    await object.setLoadOnStartup('one', false);
    expect(JSON.parse(context.node.settings.get('wallet') ?? '[]')).toEqual([]);
  });

  it('renames and deletes wallets that are closed', async () => {
    const { object, context } = subject();
    const { wallet } = await object.createWallet('one', '', 0);
    await expect(object.renameWallet('one', 'two')).rejects.toMatchObject({ rpcCode: -35 });
    await expect(object.deleteWallet('one')).rejects.toMatchObject({ rpcCode: -35 });
    await wallet.remove();
    releaseProxy(wallet);
    await object.setLoadOnStartup('one', true);
    const copy = path.join(context.dir, 'copy.bak');
    await object.backupWallet('one', copy);
    expect(await object.renameWallet('one', 'two')).toEqual([]);
    expect(await object.listWalletDir()).toEqual([{ name: 'two', format: 'sqlite' }]);
    expect(JSON.parse(context.node.settings.get('wallet') ?? '[]')).toEqual(['two']);
    await expect(object.renameWallet('one', 'three')).rejects.toMatchObject({ rpcCode: -18 });
    expect(await object.deleteWallet('two')).toEqual([]);
    expect(await object.listWalletDir()).toEqual([]);
    expect(JSON.parse(context.node.settings.get('wallet') ?? '[]')).toEqual([]);
    await expect(object.deleteWallet('two')).rejects.toMatchObject({ rpcCode: -18 });
    const again = await object.restoreWallet(copy, 'one');
    expect(await again.wallet.getWalletName()).toBe('one');
    releaseProxy(again.wallet);
  });
});
