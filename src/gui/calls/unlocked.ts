import type { Wallet } from '../../../ipc-spec/wallet.ts';
import { CoinError } from '../../util/errors.ts';

/** Does something with the passphrase given; `locks`: the wallet is locked again behind it. @throws CoinError */
async function withPassphrase<T>(wallet: Wallet, passphrase: string | null, locks: boolean, work: () => Promise<T>): Promise<T> {
  if (passphrase === null) throw new CoinError('locked', 'The wallet is locked: its passphrase is needed.');
  if (!(await wallet.unlock(passphrase))) throw new CoinError('passphrase', 'The passphrase is wrong.');
  try {
    return await work();
  } finally {
    if (locks) await wallet.lock();
  }
}

/** Does something that needs keys: unlocks a locked wallet with the passphrase for as long as that takes. @throws CoinError */
export async function unlocked<T>(wallet: Wallet, passphrase: string | null, work: () => Promise<T>): Promise<T> {
  return await wallet.isLocked() ? withPassphrase(wallet, passphrase, true, work) : work();
}

/** Does something only the owner may ask for: an encrypted wallet wants its passphrase even where it is unlocked just now, and stays as it was. @throws CoinError */
export async function proven<T>(wallet: Wallet, passphrase: string | null, work: () => Promise<T>): Promise<T> {
  const [crypted, wasLocked] = await Promise.all([wallet.isCrypted(), wallet.isLocked()]);
  return crypted ? withPassphrase(wallet, passphrase, wasLocked, work) : work();
}
