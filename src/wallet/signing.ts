import type { Transaction, TxOut } from '../primitives/transaction.ts';
import { signTransaction, type SignedTransaction } from '../script/sign.ts';
import { SigningProvider } from '../script/signing-provider.ts';
import { toKey } from '../util/bytes.ts';
import type { Wallet } from './wallet.ts';

/** Private keys of the wallet for a set of output scripts. */
export function keysForScripts(wallet: Wallet, scripts: Iterable<Uint8Array>): SigningProvider {
  const keys = new SigningProvider();
  for (const script of scripts) {
    for (const owner of wallet.keys.ownersOf(script)) {
      const provider = owner.providerFor(toKey(script), true);
      if (provider !== null) keys.merge(provider);
    }
  }
  return keys;
}

/** Signs what the wallet can. @param coins the output that each input spends; undefined where it is not known */
export function signWithWallet(wallet: Wallet, tx: Transaction, coins: readonly (TxOut | undefined)[], hashType?: number): SignedTransaction {
  const keys = keysForScripts(wallet, coins.flatMap((coin) => coin?.scriptPubKey ?? []));
  return hashType === undefined ? signTransaction(tx, coins, keys) : signTransaction(tx, coins, keys, hashType);
}

/** Signs a transaction all of whose inputs are the wallet's; null where it stays incomplete. */
export function signOwnInputs(wallet: Wallet, tx: Transaction): Transaction | null {
  const coins = tx.inputs.map(({ prevout }) => wallet.txs.output(prevout.txid, prevout.vout));
  if (coins.includes(undefined)) return null;
  const signed = signWithWallet(wallet, tx, coins);
  return signed.complete ? signed.tx : null;
}
