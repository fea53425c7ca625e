import type { WalletBalances } from './types.ts';

/** One open wallet. */
export interface Wallet {
  /** @ordinal 0 */
  getWalletName(): Promise<string>;
  /** @ordinal 1 */
  isCrypted(): Promise<boolean>;
  /** @ordinal 2 */
  isLocked(): Promise<boolean>;
  /** @ordinal 3 */
  lock(): Promise<boolean>;
  /** @ordinal 4 @secret passphrase */
  unlock(passphrase: string): Promise<boolean>;
  /** @ordinal 5 */
  getBalances(): Promise<WalletBalances>;
  /** A new address of `type` (legacy, p2sh-segwit, bech32, bech32m). @ordinal 6 @throws RpcError */
  getNewDestination(type: string, label: string): Promise<string>;
  /** Unloads it. @ordinal 7 */
  remove(): Promise<void>;
}
