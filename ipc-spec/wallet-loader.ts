import type { ChainClient } from './chain-client.ts';
import type { Handler } from './handler.ts';
import type { Wallet } from './wallet.ts';
import type { WalletDirEntry } from './types.ts';

/** A wallet that was made or opened, with what the user should know. */
export interface LoadedWallet {
  readonly wallet: Wallet;
  readonly warnings: readonly string[];
}

/** Makes, opens and lists wallets. Errors are RpcError with the reference's code and text. */
export interface WalletLoader extends ChainClient {
  /** @ordinal 32 @secret passphrase */
  createWallet(name: string, passphrase: string, flags: number): Promise<LoadedWallet>;
  /** @ordinal 33 */
  loadWallet(name: string): Promise<LoadedWallet>;
  /** @ordinal 34 */
  getWalletDir(): Promise<string>;
  /** @ordinal 35 */
  listWalletDir(): Promise<WalletDirEntry[]>;
  /** @ordinal 36 */
  getWallets(): Promise<Wallet[]>;
  /** Called with each wallet that is opened from now on. @retains callback @ordinal 37 */
  handleLoadWallet(callback: (wallet: Wallet) => Promise<void>): Promise<Handler>;
}
