import type { WalletDescriptor } from '../../ipc-spec/wallet-types.ts';
import { RPC } from '../rpc/errors.ts';
import { RpcError } from '../util/errors.ts';
import { ensureUnlocked } from './rpc/util.ts';
import type { Wallet } from './wallet.ts';

/** The wallet's descriptors in the order of their texts, with private keys if asked for. @throws RpcError -4, -13 */
export function listDescriptors(wallet: Wallet, withPrivateKeys: boolean): WalletDescriptor[] {
  if (withPrivateKeys) {
    if (wallet.privateKeysDisabled) throw new RpcError(RPC.WALLET_ERROR, "Can't get private descriptor string for watch-only wallets");
    ensureUnlocked(wallet);
  }
  return wallet.keys.list().map((keys): WalletDescriptor => {
    const descriptor = keys.text(withPrivateKeys);
    if (descriptor === null) throw new RpcError(RPC.WALLET_ERROR, "Can't get descriptor string.");
    return {
      descriptor, creationTime: keys.creationTime, active: wallet.keys.isActive(keys), internal: wallet.keys.isInternal(keys) ?? null,
      range: keys.isRange ? { first: keys.rangeStart, last: keys.rangeEnd - 1 } : null, nextIndex: keys.nextIndex,
    };
  }).sort((a, b) => (a.descriptor < b.descriptor ? -1 : a.descriptor > b.descriptor ? 1 : 0));
}
