import type { WalletBalances } from './types.ts';

/** One open wallet. */
export interface Wallet {
  getWalletName(): Promise<string>;
  isCrypted(): Promise<boolean>;
  isLocked(): Promise<boolean>;
  lock(): Promise<boolean>;
  /** @secret passphrase */
  unlock(passphrase: string): Promise<boolean>;
  getBalances(): Promise<WalletBalances>;
  /** A new address of `type` (legacy, p2sh-segwit, bech32, bech32m). @throws RpcError */
  getNewDestination(type: string, label: string): Promise<string>;
  /** Unloads it. */
  remove(): Promise<void>;
}
