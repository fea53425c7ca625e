import { expect, it } from '@jest/globals';
import type { ExternalSigner } from '../../ipc-spec/external-signer.ts';
import type { Wallet } from '../../ipc-spec/wallet.ts';
import { walletInterface } from '../../src/ipc/generated/wallet.ts';
import { Transaction } from '../../src/primitives/transaction.ts';
import type { ServiceHarness } from '../unit/wallet/service-harness.ts';
import { bothWays } from './both-ways.ts';
import { ANYTHING, DEVICE, makeWallet, WATCH_ONLY } from './wallet-fixture.ts';

/** A device whose keys are those of a wallet. */
class WalletDevice implements ExternalSigner {
  refusal: string | null = null;
  shows: string | null = null;
  asked = 0;
  released = 0;
  private readonly keys: Wallet;

  constructor(keys: Wallet) {
    this.keys = keys;
  }

  async getName(): Promise<string> { return 'pocket'; }
  async getFingerprint(): Promise<string> { return '00000001'; }

  async getDescriptors(): Promise<{ receive: string[]; internal: string[] }> {
    const list = await this.keys.listDescriptors(false);
    const texts = (internal: boolean): string[] => list.filter((d) => d.internal === internal).map((d) => d.descriptor);
    return { receive: texts(false), internal: texts(true) };
  }

  async displayAddress(): Promise<string> { return this.shows ?? ''; }

  async signPsbt(psbt: Uint8Array): Promise<{ psbt: Uint8Array | null; error: string }> {
    this.asked += 1;
    return this.refusal === null ? { psbt: (await this.keys.fillPsbt(psbt, true)).psbt, error: '' } : { psbt: null, error: this.refusal };
  }

  [Symbol.dispose](): void { this.released += 1; }
}

interface Around { readonly harness: ServiceHarness; readonly device: WalletDevice }

/** A wallet on a device, with two coins. */
async function make(): Promise<{ object: Wallet; context: Around; end: () => Promise<void> }> {
  const { context: harness, object: keys, end } = await makeWallet();
  const device = new WalletDevice(keys);
  harness.signers = () => Promise.resolve([device]);
  await harness.service.createWallet('pocket', '', WATCH_ONLY + DEVICE);
  const object = (await harness.service.getWallets())[1];
  if (object === undefined) throw new Error('no wallet');
  await harness.mine(2, await object.getNewDestination('bech32', ''));
  await harness.mine(100, 'nobody');
  return { object, context: { harness, device }, end };
}

bothWays('Wallet on a device', walletInterface, make, (subject) => {
  it('has the keys of the device, and none of its own', async () => {
    const { object, context: { device } } = subject();
    expect(await object.hasExternalSigner()).toBe(true);
    expect(await object.getInfo()).toMatchObject({ externalSigner: true, privateKeysDisabled: true, blank: false, addressKinds: ['bech32m', 'bech32', 'p2sh-segwit', 'legacy'] });
    expect((await object.getBalances()).balance).toBe(100e8);
    expect(device.released).toBe(1);
  });

  it('shows an address there, and sees when it is another one', async () => {
    const { object, context: { device, harness } } = subject();
    const address = await object.getNewDestination('bech32m', '');
    device.shows = address;
    await object.displayAddress(address);
    expect(await harness.call('walletdisplayaddress', [address], 'pocket')).toEqual({ address });
    device.shows = 'bcrt1other';
    await expect(object.displayAddress(address)).rejects.toMatchObject({ rpcCode: -1, message: 'Signer echoed unexpected address bcrt1other' });
    await expect(object.displayAddress('nonsense')).rejects.toMatchObject({ rpcCode: -5, message: 'Invalid address' });
    harness.signers = () => Promise.resolve(null);
    await expect(object.displayAddress(address)).rejects.toMatchObject({ rpcCode: -1, message: 'restart bitcoind with -signer=<cmd>' });
  });

  it('pays: the device signs, and the fee is raised there too', async () => {
    const { object, context: { device, harness } } = subject();
    const prepared = await object.createTransaction([{ address: await object.getNewDestination('bech32', ''), amount: 1e8, subtractFee: false }], { ...ANYTHING, replaceable: true }, false);
    const unsigned = await object.createPsbt(prepared.tx);
    expect(unsigned.complete).toBe(false);
    const signed = await object.fillPsbt(unsigned.psbt, true);
    expect(signed.complete).toBe(true);
    if (signed.tx === null) throw new Error('no transaction');
    expect(device.asked).toBe(1);
    await object.commitTransaction(signed.tx, []);
    const { txid } = Transaction.fromBytes(signed.tx);
    const bump = await object.createBumpTransaction(txid, ANYTHING);
    expect(bump.newFee).toBeGreaterThan(bump.oldFee);
    expect(await object.commitBumpTransaction(txid, bump.tx)).toHaveLength(32);
    expect(device.asked).toBe(2);
    // What is signed already is not asked for again.
    await object.fillPsbt(signed.psbt, true);
    expect(device.asked).toBe(2);
    expect(await harness.call('send', [{ [await object.getNewDestination('bech32', '')]: 1 }], 'pocket')).toMatchObject({ complete: true });
    await expect(harness.call('sendtoaddress', [await object.getNewDestination('bech32', ''), 1], 'pocket')).rejects.toMatchObject({ rpcCode: -4, message: expect.stringContaining('use send instead') });
    expect(device.released).toBe(4);
  });

  it('says what is wrong with the device', async () => {
    const { object, context: { device, harness } } = subject();
    const prepared = await object.createTransaction([{ address: await object.getNewDestination('bech32', ''), amount: 1e8, subtractFee: false }], ANYTHING, false);
    const { psbt } = await object.createPsbt(prepared.tx);
    device.refusal = 'no';
    await expect(object.fillPsbt(psbt, true)).rejects.toMatchObject({ message: 'The transaction cannot be signed: External signer failed to sign' });
    const send = (): Promise<unknown> => harness.call('send', [{ [prepared.changePosition === null ? '' : 'bcrt1qft5p2uhsdcdc3l2ua4ap5qqfg4pjaqlp250x7us7a8qqhrxrxfsqseac85']: 1 }], 'pocket');
    await expect(send()).rejects.toMatchObject({ rpcCode: -25, message: 'External signer failed to sign' });
    harness.signers = () => Promise.resolve([]);
    await expect(send()).rejects.toMatchObject({ rpcCode: -25, message: 'External signer not found' });
    harness.signers = () => Promise.resolve([device, device]);
    await expect(send()).rejects.toMatchObject({ rpcCode: -25, message: 'External signer not found' });
    await expect(harness.service.createWallet('two', '', WATCH_ONLY + DEVICE)).rejects.toMatchObject({ rpcCode: -1, message: 'More than one external signer found. Please connect only one at a time.' });
    await expect(harness.service.createWallet('two', '', DEVICE)).rejects.toMatchObject({ rpcCode: -4, message: 'Private keys must be disabled when using an external signer' });
    device.getDescriptors = () => Promise.resolve({ receive: ['nonsense'], internal: [] });
    harness.signers = () => Promise.resolve([device]);
    await expect(harness.service.createWallet('two', '', WATCH_ONLY + DEVICE)).rejects.toMatchObject({ rpcCode: -1, message: expect.stringContaining('Invalid descriptor "nonsense"') });
    // Nothing is left behind.
    expect((await harness.service.listWalletDir()).map((entry) => entry.name)).toEqual(['pocket', 'w']);
  });

  it('opens again without its device', async () => {
    const { object, context: { harness } } = subject();
    harness.signers = () => Promise.resolve(null);
    await object.remove();
    const { wallet } = await harness.service.loadWallet('pocket');
    expect((await wallet.getBalances()).balance).toBe(100e8);
    expect(await wallet.hasExternalSigner()).toBe(true);
  });
});
