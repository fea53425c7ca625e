import { RPC } from '../rpc/errors.ts';
import { signGenericMessage } from '../script/generic-message/sign.ts';
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

/**
 * Signs a message for an address of any kind: with the key itself where it is of a key hash, as signmessage does, and in the forms of BIP 322
 * otherwise. @throws RpcError -4, -5, -13
 */
export function signGenerically(wallet: Wallet, address: string, message: string): string {
  const destination = wallet.addresses.destination(address);
  if (destination?.type === 'pkh') return signWithAddress(wallet, address, message);
  ensureUnlocked(wallet);
  if (destination === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Invalid address');
  const script = scriptForDestination(destination);
  if (!wallet.keys.isMine(script)) throw new RpcError(RPC.WALLET_ERROR, 'The address is not of this wallet');
  const keys = keysForScripts(wallet, [script]);
  if (keys.keys.size === 0) throw new RpcError(RPC.WALLET_ERROR, 'Private key not available');
  const signature = signGenericMessage(script, message, keys);
  if (signature === null) throw new RpcError(RPC.WALLET_ERROR, 'The wallet has not all keys that a signature of this address takes');
  return signature;
}
