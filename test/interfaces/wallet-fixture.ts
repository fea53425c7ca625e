import type { Wallet } from '../../ipc-spec/wallet.ts';
import type { SpendControl } from '../../ipc-spec/wallet-types.ts';
import { ServiceHarness } from '../unit/wallet/service-harness.ts';

/** Bits of createWallet's flags. */
export const WATCH_ONLY = 2 ** 32;
export const BLANK = 2 ** 33;
export const DEVICE = 2 ** 35;

/** The wallet chooses everything. */
export const ANYTHING: SpendControl = { inputs: [], feerate: null, confirmTarget: null, changeAddress: null, replaceable: null };

/** A wallet `w` on a chain without a node. */
export async function makeWallet(): Promise<{ object: Wallet; context: ServiceHarness; end: () => Promise<void> }> {
  const harness = new ServiceHarness();
  await harness.start();
  await harness.service.createWallet('w', '', 0);
  const [object] = await harness.service.getWallets();
  if (object === undefined) throw new Error('no wallet');
  return { object, context: harness, end: () => harness.close() };
}

/** A wallet with one coin of 50, confirmed and mature. */
export async function makeRichWallet(): Promise<{ object: Wallet; context: ServiceHarness; end: () => Promise<void> }> {
  const made = await makeWallet();
  await made.context.mine(1, await made.object.getNewDestination('bech32', 'mined'));
  await made.context.mine(100, 'nobody');
  return made;
}
