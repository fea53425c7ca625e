import { expect, it } from '@jest/globals';
import type { MessageVerdict } from '../../ipc-spec/inspect-types.ts';
import type { Wallet } from '../../ipc-spec/wallet.ts';
import { walletInterface } from '../../src/ipc/generated/wallet.ts';
import { builtinCoin } from '../../src/params/builtin-coins.ts';
import { networkParams } from '../../src/params/chain-params.ts';
import { withChecksum } from '../../src/script/descriptor/checksum.ts';
import { verifyGenericMessage } from '../../src/script/generic-message/verify.ts';
import { decodeDestination } from '../../src/script/key-io.ts';
import { bothWays } from './both-ways.ts';
import { BLANK, makeWallet, WATCH_ONLY } from './wallet-fixture.ts';

const COIN = builtinCoin('bitcoin');
if (COIN === undefined) throw new Error('bitcoin is not built in');
const REGTEST = networkParams(COIN, 'regtest');
const KEY = 'cUeKHd5orzT3mz8P9pxyREHfsWtVfgsfDjiZZBcjUBAaGk1BTj7N';
const KEY_2 = 'cVpF924EspNh8KjYsfhgY96mmxvT6DgdWiTYMtMjuM74hJaU5psW';
const PUB_2 = '02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5';
const FOREIGN = 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw';

function judge(address: string, signature: string, message: string): MessageVerdict {
  const decoded = decodeDestination(address, REGTEST);
  if (!decoded.ok) throw new Error('not an address');
  return verifyGenericMessage(decoded.destination, signature, message, REGTEST.coin.signedMessageMagic);
}

/** Imports a descriptor of one address, which it gives. */
async function imported(wallet: Wallet, descriptor: string): Promise<string> {
  const label = `from ${descriptor}`;
  const [verdict] = await wallet.importDescriptors([{ descriptor: withChecksum(descriptor), active: false, internal: null, range: null, nextIndex: null, timestamp: null, label }]);
  expect(verdict).toMatchObject({ ok: true, error: '' });
  const found = (await wallet.getAddresses()).find((one) => one.label === label);
  if (found === undefined) throw new Error('no address');
  return found.address;
}

bothWays('Wallet: messages signed as BIP 322 has it', walletInterface, makeWallet, (subject) => {
  it('signs for an address of every kind, and a legacy one as ever', async () => {
    const { object, context } = subject();
    for (const [kind, form] of [['bech32', 'simple'], ['bech32m', 'simple'], ['p2sh-segwit', 'full'], ['legacy', 'legacy']] as const) {
      const address = await object.getNewDestination(kind, '');
      const signature = await object.signGenericMessage(address, 'Grüße\n');
      expect(judge(address, signature, 'Grüße\n')).toEqual({ state: 'valid', form, locktime: 0, sequence: 0, fault: null, detail: '' });
      expect(judge(address, signature, 'Grüße').state).toBe('invalid');
      if (kind === 'legacy') expect(signature).toBe(await context.call('signmessage', [address, 'Grüße\n']));
      else await expect(context.call('signmessage', [address, 'Grüße\n'])).rejects.toMatchObject({ rpcCode: -3, message: 'Address does not refer to key' });
    }
  });

  it('does not sign while it is locked, nor for what is not its own', async () => {
    const { object } = subject();
    const address = await object.getNewDestination('bech32m', '');
    await expect(object.signGenericMessage(FOREIGN, 'x')).rejects.toMatchObject({ rpcCode: -4, message: 'The address is not of this wallet' });
    await expect(object.signGenericMessage('mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn', 'x')).rejects.toMatchObject({ rpcCode: -4, message: 'Private key not available' });
    await expect(object.signGenericMessage('nonsense', 'x')).rejects.toMatchObject({ rpcCode: -5, message: 'Invalid address' });
    await object.encryptWallet('secret');
    await expect(object.signGenericMessage(address, 'x')).rejects.toMatchObject({ rpcCode: -13 });
    expect(await object.unlock('secret')).toBe(true);
    expect(judge(address, await object.signGenericMessage(address, 'x'), 'x').state).toBe('valid');
  });

  it('does not sign where it only watches', async () => {
    const { object, context } = subject();
    await context.service.createWallet('watch', '', WATCH_ONLY + BLANK);
    const watch = (await context.service.getWallets())[1];
    if (watch === undefined) throw new Error('no wallet');
    const [bech32] = (await object.listDescriptors(false)).filter(({ descriptor, internal }) => descriptor.startsWith('wpkh(') && internal === false);
    if (bech32 === undefined) throw new Error('no descriptor');
    const { descriptor, active, internal, range, nextIndex } = bech32;
    await watch.importDescriptors([{ descriptor, active, internal, range, nextIndex, timestamp: null, label: null }]);
    const address = await object.getNewDestination('bech32', '');
    expect(await watch.isSpendable(address)).toBe(true);
    await expect(watch.signGenericMessage(address, 'x')).rejects.toMatchObject({ rpcCode: -4, message: 'Private key not available' });
  });

  it('signs for shared addresses only with all keys that they take', async () => {
    const { object } = subject();
    const shared = await imported(object, `wsh(multi(2,${KEY},${PUB_2}))`);
    await expect(object.signGenericMessage(shared, 'x')).rejects.toMatchObject({ rpcCode: -4, message: 'The wallet has not all keys that a signature of this address takes' });
    const ours = await imported(object, `wsh(multi(2,${KEY},${KEY_2}))`);
    expect(judge(ours, await object.signGenericMessage(ours, 'x'), 'x')).toMatchObject({ state: 'valid', form: 'simple' });
    const either = await imported(object, `sh(multi(1,${KEY},${PUB_2}))`);
    expect(judge(either, await object.signGenericMessage(either, 'x'), 'x')).toMatchObject({ state: 'valid', form: 'full' });
    const later = await imported(object, `wsh(and_v(v:pk(${KEY}),older(144)))`);
    expect(judge(later, await object.signGenericMessage(later, 'x'), 'x')).toMatchObject({ state: 'valid', form: 'full', sequence: 144 });
  });
});
