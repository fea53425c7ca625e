import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import path from 'node:path';
import { acquireProcessLock } from '../../../src/store/process-lock.ts';
import { LegacyWalletWriter } from '../../support/legacy-wallet.ts';
import { ServiceHarness } from './service-harness.ts';

describe('closed wallets', () => {
  let harness: ServiceHarness;
  let elsewhere: string;

  beforeEach(async () => {
    harness = new ServiceHarness();
    elsewhere = fs.mkdtempSync(`${harness.dir}-elsewhere-`);
    await harness.start();
  });
  afterEach(async () => {
    await harness.close();
    fs.rmSync(elsewhere, { recursive: true });
  });

  const at = (...parts: string[]): string => path.join(harness.dir, ...parts);
  const names = async (): Promise<string[]> => (await harness.service.listWalletDir()).map(({ name }) => name);
  const rename = (from: string, to: string): Promise<string[]> => harness.service.renameWallet(from, to);
  const remove = (name: string): Promise<string[]> => harness.service.deleteWallet(name);
  const address = async (name: string): Promise<string> => {
    const { wallet } = await harness.service.loadWallet(name);
    const made = await wallet.getNewDestination('bech32', '');
    await wallet.remove();
    return made;
  };
  /** Makes a wallet, and closes it. */
  const closed = async (name: string): Promise<void> => { await (await harness.service.createWallet(name, '', 0)).wallet.remove(); };
  const start = (list: readonly string[]): void => { harness.node.settings.set('wallet', JSON.stringify(list)); };
  const started = (): unknown => JSON.parse(harness.node.settings.get('wallet') ?? 'null');

  it('take another name with all that lies in their directory, and stay what they were', async () => {
    await closed('one');
    fs.writeFileSync(at('one', 'notes.txt'), 'mine');
    start(['zero', 'one']);
    const before = fs.readFileSync(at('one', 'wallet.dat'));
    expect(await rename('one', 'zwei drei')).toEqual([]);
    expect(await names()).toEqual(['zwei drei']);
    expect(fs.readFileSync(at('zwei drei', 'wallet.dat'))).toEqual(before);
    expect(fs.readFileSync(at('zwei drei', 'notes.txt'), 'utf8')).toBe('mine');
    expect(started()).toEqual(['zero', 'zwei drei']);
    expect(await address('zwei drei')).toMatch(/^bcrt1q/);
    fs.mkdirSync(at('group'));
    await rename('zwei drei', 'group/one');
    await rename('group/one', 'one');
    expect(await names()).toEqual(['one']);
    await expect(address('zwei drei')).rejects.toMatchObject({ rpcCode: -18 });
  });

  it.each([
    ['two', -36, 'There is something named "two"'], ['', -8, 'cannot be empty'], ['../out', -8, 'stay within'], ['a/../../out', -8, 'stay within'], ['/tmp/out', -8, 'stay within'], ['..', -8, 'stay within'], ['.', -8, ''],
    ['./three', -8, ''], ['three/', -8, 'normalized'], ['a//b', -8, 'normalized'], ['nowhere/three', -8, 'is not there'], ['link/three', -8, 'leads out'], ['one/below', -8, 'into itself'],
    ['.deleted-wallet-0123456789abcdef', -8, 'being deleted'], [`${'x'.repeat(300)}`, -4, 'ENAMETOOLONG'], ['nul\0', -8, ''],
  ])('do not take the name %s', async (name, rpcCode, message) => {
    await closed('one');
    await closed('two');
    fs.symlinkSync(elsewhere, at('link'));
    start(['one']);
    await expect(rename('one', name)).rejects.toMatchObject({ rpcCode, message: expect.stringContaining(message) });
    expect(await names()).toEqual(['one', 'two']);
    expect(started()).toEqual(['one']);
    expect(fs.readdirSync(elsewhere)).toEqual([]);
    expect(await address('one')).toMatch(/^bcrt1q/);
  });

  it('are left alone where they are open, in use, elsewhere, or no wallets', async () => {
    const { wallet } = await harness.service.createWallet('open', '', 0);
    await closed('used');
    await closed('away');
    fs.renameSync(at('away'), path.join(elsewhere, 'away'));
    fs.symlinkSync(path.join(elsewhere, 'away'), at('away'));
    fs.mkdirSync(at('empty'));
    fs.writeFileSync(at('old.dat'), new LegacyWalletWriter().watch(Uint8Array.of(0x51)).file());
    const lock = await acquireProcessLock(at('used', 'wallet.dat'));
    for (const work of [(name: string) => rename(name, 'new'), remove]) {
      await expect(work('open')).rejects.toMatchObject({ rpcCode: -35, message: 'Wallet "open" is open: close it first.' });
      await expect(work('used')).rejects.toMatchObject({ rpcCode: -35, message: 'Wallet "used" is in use, by another process or under another name.' });
      await expect(work('away')).rejects.toMatchObject({ rpcCode: -4, message: expect.stringContaining('a directory of their own') });
      await expect(work('old.dat')).rejects.toMatchObject({ rpcCode: -4, message: expect.stringContaining('a directory of their own') });
      await expect(work(path.join(elsewhere, 'away'))).rejects.toMatchObject({ rpcCode: -4, message: 'Only wallets in the wallet directory can be renamed or deleted.' });
      await expect(work('../wallets/x')).rejects.toMatchObject({ rpcCode: -4 });
      await expect(work('')).rejects.toMatchObject({ rpcCode: -4, message: expect.stringContaining('default wallet') });
      for (const name of ['empty', 'nowhere', 'old.dat/below']) await expect(work(name)).rejects.toMatchObject({ rpcCode: -18, message: `There is no wallet "${name}".` });
    }
    await lock.release();
    expect((await names()).sort()).toEqual(['away', 'old.dat', 'open', 'used']);
    expect(fs.existsSync(path.join(elsewhere, 'away', 'wallet.dat'))).toBe(true);
    await wallet.remove();
    await rename('open', 'new');
    expect(await names()).toContain('new');
  });

  it('take no other wallet with them', async () => {
    await closed('one');
    await closed('one/inner');
    await expect(rename('one', 'two')).rejects.toMatchObject({ rpcCode: -4, message: expect.stringContaining('Other wallets lie in') });
    await expect(remove('one')).rejects.toMatchObject({ rpcCode: -4, message: 'There are other files in the directory of "one" (inner): move them away first.' });
    await remove('one/inner');
    expect(await names()).toEqual(['one']);
    await rename('one', 'two');
    expect(await names()).toEqual(['two']);
  });

  it('are deleted with what is theirs, old ones too, and are not opened at the start any more', async () => {
    await closed('one');
    fs.mkdirSync(at('old'));
    fs.writeFileSync(at('old', 'wallet.dat'), new LegacyWalletWriter().watch(Uint8Array.of(0x51)).file());
    fs.writeFileSync(at('old', '.walletlock'), '');
    fs.writeFileSync(at('one', 'copy.bak'), 'mine');
    start(['one', 'other']);
    await expect(remove('one')).rejects.toMatchObject({ rpcCode: -4, message: 'There are other files in the directory of "one" (copy.bak): move them away first.' });
    expect(started()).toEqual(['one', 'other']);
    fs.rmSync(at('one', 'copy.bak'));
    fs.writeFileSync(at('one', 'wallet.dat-journal'), '');
    expect(await remove('one')).toEqual([]);
    expect(await remove('old')).toEqual([]);
    expect(fs.readdirSync(harness.dir)).toEqual([]);
    expect(started()).toEqual(['other']);
    await closed('one');
  });

  it('that a crash has left half deleted are not listed, and are gone after the next start', async () => {
    await closed('one');
    const half = '.deleted-wallet-0123456789abcdef';
    fs.renameSync(at('one'), at(half));
    fs.mkdirSync(at('.deleted-mine'));
    const foreign = at('.deleted-wallet-fedcba9876543210');
    fs.mkdirSync(foreign);
    for (const name of ['wallet.dat', 'notes.txt']) fs.writeFileSync(path.join(foreign, name), 'x');
    expect(await names()).toEqual([]);
    await harness.stop();
    await harness.start();
    expect(fs.readdirSync(harness.dir).sort()).toEqual(['.deleted-mine', path.basename(foreign)]);
    // What nobody has put there for deletion stays.
    expect(fs.readdirSync(foreign)).toEqual(['notes.txt']);
  });

  it('say where they are still named to be opened at the start, or it could not be noted', async () => {
    await closed('one');
    const { home } = harness.service.context;
    const before = home.getSettingsList.bind(home);
    Object.assign(home, { getSettingsList: () => Promise.resolve(['"one"']) });
    expect(await rename('one', 'two')).toEqual(['The command line or the configuration file still names "one" as a wallet to open at the start (-wallet).']);
    Object.assign(home, { getSettingsList: before, updateRwSetting: () => Promise.reject(new Error('gone')) });
    expect(await remove('two')).toEqual(['The settings of wallets that are opened at the start could not be updated.']);
    expect(await names()).toEqual([]);
  });

  it('are backed up without being opened', async () => {
    await closed('one');
    fs.mkdirSync(at('old'));
    const old = new LegacyWalletWriter().watch(Uint8Array.of(0x51)).file();
    fs.writeFileSync(at('old', 'wallet.dat'), old);
    const [first, second] = [path.join(elsewhere, 'one.bak'), path.join(elsewhere, 'old.bak')];
    await harness.service.backupWallet('one', first);
    await harness.service.backupWallet('old', second);
    expect(new Uint8Array(fs.readFileSync(second))).toEqual(new Uint8Array(old));
    const { wallet } = await harness.service.restoreWallet(first, 'again');
    expect((await wallet.listDescriptors(false)).length).toBe(8);
    await expect(harness.service.backupWallet('one', path.join(elsewhere, 'no', 'where'))).rejects.toMatchObject({ rpcCode: -4, message: 'Error: Wallet backup failed!' });
    await expect(harness.service.backupWallet('nowhere', first)).rejects.toMatchObject({ rpcCode: -18 });
    const lock = await acquireProcessLock(at('one', 'wallet.dat'));
    await expect(harness.service.backupWallet('one', first)).rejects.toMatchObject({ message: expect.stringContaining('another instance') });
    await lock.release();
    expect(await names()).toEqual(['again', 'old', 'one']);
  });
});
