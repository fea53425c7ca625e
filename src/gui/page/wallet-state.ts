import type { WalletList, WalletRow } from '../api.ts';
import { t } from './i18n.ts';
import { prefs, setPrefs } from './prefs.ts';
import { Box } from './store.ts';

/** The open wallets; null before they are known. */
export const walletList = new Box<WalletList | null>(null);

/** The wallet that pages are about: the one looked at last, where it is open. */
export function chosenWallet(list: WalletList | null, name: string | null): WalletRow | null {
  return list?.wallets.find((wallet) => wallet.name === name) ?? list?.wallets[0] ?? null;
}

/** Looks at another wallet from now on. */
export function chooseWallet(name: string): void {
  setPrefs({ wallet: name });
}

/** Name for people. */
export function walletTitle(name: string): string {
  return name === '' ? t('[default wallet]') : name;
}

/** The wallet that is looked at now. */
export function currentWallet(): WalletRow | null {
  return chosenWallet(walletList.value, prefs.value.wallet);
}
