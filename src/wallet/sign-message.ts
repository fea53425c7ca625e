import { RPC } from '../rpc/errors.ts';
import { signMessage } from '../script/message.ts';
import { scriptForDestination } from '../script/standard.ts';
import { RpcError } from '../util/errors.ts';
import { ensureUnlocked } from './rpc/util.ts';
import { keysForScripts } from './signing.ts';
import type { Wallet } from './wallet.ts';

/** Signs a message with the key of an address of the kind that begins with a key hash. Base64. @throws RpcError -3, -4, -5, -13 */
export function signWithAddress(wallet: Wallet, address: string, message: string): string {
  ensureUnlocked(wallet);
  const destination = wallet.addresses.destination(address);
  if (destination === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Invalid address');
  if (destination.type !== 'pkh') throw new RpcError(RPC.TYPE_ERROR, 'Address does not refer to key');
  const key = keysForScripts(wallet, [scriptForDestination(destination)]).key(destination.hash);
  if (key === undefined) throw new RpcError(RPC.WALLET_ERROR, 'Private key not available');
  return signMessage(message, key, wallet.params.coin.signedMessageMagic);
}
