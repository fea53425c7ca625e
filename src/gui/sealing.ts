import type { Node } from '../../ipc-spec/node.ts';
import type { SealOffer } from '../../ipc-spec/types.ts';
import type { Wallet } from '../../ipc-spec/wallet.ts';
import type { WalletLoader } from '../../ipc-spec/wallet-loader.ts';
import { replacePassphrases, takesPassphrase } from '../common/secret-arguments.ts';
import { parseJson, stringifyJson } from '../util/json.ts';
import { overlay } from '../util/stand-in.ts';

/** Seals a passphrase for the wallets' process that has made the offer, good for one call of one method. */
export type Seal = (secret: string, offer: SealOffer, context: { readonly method: string; readonly scope: string }) => string;

/** An open wallet whose passphrases nobody can read between here and the wallet's process. */
export function sealingWallet(wallet: Wallet, name: string, loader: WalletLoader, seal: Seal): Wallet {
  const sealed = async (method: string, secret: string): Promise<string> => (
    secret === '' ? '' : seal(secret, await loader.offerSeal(name), { method: `Wallet.${method}`, scope: name })
  );
  return overlay<Wallet>(wallet, {
    unlock: async (passphrase) => wallet.unlock(await sealed('unlock', passphrase)),
    encryptWallet: async (passphrase) => wallet.encryptWallet(await sealed('encryptWallet', passphrase)),
    changeWalletPassphrase: async (before, after) => wallet.changeWalletPassphrase(await sealed('changeWalletPassphrase', before), await sealed('changeWalletPassphrase', after)),
  });
}

/** The same for wallets that are made or migrated. */
export function sealingLoader(loader: WalletLoader, seal: Seal): WalletLoader {
  return overlay<WalletLoader>(loader, {
    createWallet: async (name, passphrase, flags) => loader.createWallet(
      name, passphrase === '' ? '' : seal(passphrase, await loader.offerSeal(name), { method: 'WalletLoader.createWallet', scope: name }), flags,
    ),
    migrateWallet: async (name, passphrase, load) => loader.migrateWallet(
      name, passphrase === '' ? '' : seal(passphrase, await loader.offerSeal(name), { method: 'WalletLoader.migrateWallet', scope: name }), load,
    ),
  });
}

/** Runs an RPC method as the console does, its passphrases sealed. @throws RpcError */
export async function executeSealed(node: Node, seal: Seal, call: { readonly method: string; readonly params: string; readonly wallet: string | null }): Promise<string> {
  const { method, params, wallet } = call;
  const uri = wallet === null ? '/' : `/wallet/${encodeURIComponent(wallet)}`;
  // Parameters and answer stay text: numbers keep every digit.
  if (!takesPassphrase(method)) return node.executeRpc(method, params, uri);
  const loader = await node.walletLoader();
  const sealed = await replacePassphrases(method, parseJson(params), async (secret) => (
    // Without wallets nobody has a use for it.
    loader === null ? '' : seal(secret, await loader.offerSeal(wallet ?? ''), { method, scope: uri })
  ));
  return node.executeRpc(method, stringifyJson(sealed), uri);
}
