import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InputSizes } from '../../../src/wallet/spend/input-size.ts';
import type { Wallet } from '../../../src/wallet/wallet.ts';
import { ServiceHarness } from './service-harness.ts';

/** A line of listdescriptors. */
interface Listed { readonly desc: string; readonly range: readonly number[]; readonly active: boolean; readonly internal: boolean }

describe('sizes of signed inputs', () => {
  const h = new ServiceHarness();
  const { call } = h;
  const wallet = (name: string): Wallet => {
    const found = h.service.context.find(name);
    if (found === undefined) throw new Error(`no wallet ${name}`);
    return found;
  };

  beforeAll(async () => {
    await h.start();
    await call('createwallet', ['keys']);
    await call('createwallet', { wallet_name: 'watch', disable_private_keys: true });
    const { descriptors } = await call('listdescriptors', [], 'keys');
    await call('importdescriptors', [(descriptors as Listed[]).map(({ desc, range, active, internal }) => ({ desc, range, active, internal, timestamp: 'now' }))], 'watch');
  });
  afterAll(() => h.close());

  // A signature of 71 bytes where the wallet makes it, 72 where it is made elsewhere (a quarter of a byte in a witness); Schnorr signatures are all alike.
  it.each([['legacy', 148, 149], ['p2sh-segwit', 91, 91], ['bech32', 68, 68], ['bech32m', 58, 58]])('of type %s', async (type, withKeys, watching) => {
    const script = wallet('keys').addresses.scriptOf(await call('getnewaddress', ['', type], 'keys'));
    if (script === null) throw new Error('no script');
    expect(new InputSizes(wallet('keys')).ofScript(script)).toBe(withKeys);
    expect(new InputSizes(wallet('watch')).ofScript(script)).toBe(watching);
  });

  it('of scripts that are not the wallet\'s cannot be told', () => {
    expect(new InputSizes(wallet('keys')).ofScript(Uint8Array.of(0x51))).toBe(-1);
  });
});
