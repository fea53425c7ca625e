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
  /** @secret passphrase */
  createWallet(name: string, passphrase: string, flags: number): Promise<LoadedWallet>;
  loadWallet(name: string): Promise<LoadedWallet>;
  getWalletDir(): Promise<string>;
  listWalletDir(): Promise<WalletDirEntry[]>;
  getWallets(): Promise<Wallet[]>;
  /** Called with each wallet that is opened from now on. */
  handleLoadWallet(callback: (wallet: Wallet) => Promise<void>): Promise<Handler>;
}
