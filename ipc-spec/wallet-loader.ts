import type { ChainClient } from './chain-client.ts';
import type { Handler } from './handler.ts';
import type { Wallet } from './wallet.ts';
import type { SealOffer, WalletDirEntry } from './types.ts';

/** A wallet that was made or opened, with what the user should know. */
export interface LoadedWallet {
  readonly wallet: Wallet;
  readonly warnings: readonly string[];
}

/** What a wallet of the old kind has become: up to three wallets. */
export interface MigratedWallet {
  /** Name of the first of them: the old one, or that which watches where there was nothing else in it. */
  readonly name: string;
  /** That wallet; null where it was not to be opened. */
  readonly wallet: Wallet | null;
  /** With what it only watched; null where there was nothing. */
  readonly watchOnlyName: string | null;
  /** With what it could solve but did not watch; null where there was nothing. */
  readonly solvablesName: string | null;
  readonly backupPath: string;
}

/** Makes, opens and lists wallets. Errors are RpcError with the reference's code and text. */
export interface WalletLoader extends ChainClient {
  /**
   * Makes a wallet. `flags` is the sum of: 1 avoid reuse, 2^32 no private keys (watch-only), 2^33 blank (descriptors are imported later), 2^35 a device signs
   * (with 2^32). @ordinal 32 @secret passphrase @throws RpcError
   */
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
  /** Makes a wallet of a backup, under a new name, and opens it. @ordinal 38 @throws RpcError */
  restoreWallet(backupFile: string, name: string): Promise<LoadedWallet>;
  /** Copies a wallet's file, open or not. @ordinal 39 @throws RpcError */
  backupWallet(name: string, path: string): Promise<void>;
  /** Whether an open wallet is opened at every start. @ordinal 40 @throws RpcError */
  setLoadOnStartup(name: string, startup: boolean): Promise<void>;
  /**
   * With what to seal one passphrase, for the process that has this wallet open or would make it ('': the first). Every parameter
   * that is a passphrase may be such a sealed text instead, bound to the method (`Wallet.unlock`) and the wallet's name; in
   * parameters of RPC to the RPC's name and the request's path. It opens once. @ordinal 41
   */
  offerSeal(wallet: string): Promise<SealOffer>;
  /** Whether a wallet is encrypted, open or not. @ordinal 42 @throws RpcError */
  isEncrypted(name: string): Promise<boolean>;
  /** Writes a new file with an open wallet without its private keys, for restoreWallet. Gives the file's path. @ordinal 43 @throws RpcError */
  exportWatchOnlyWallet(name: string, path: string): Promise<string>;
  /**
   * Makes wallets with descriptors of one that has none (`bdb` in listWalletDir), and opens them where `load` says so. The old file is kept as
   * a backup. What fails changes nothing. @ordinal 44 @secret passphrase @throws RpcError
   */
  migrateWallet(name: string, passphrase: string, load: boolean): Promise<MigratedWallet>;
  /** Makes a wallet of a backup, under a new name, and leaves it closed: one that has to be migrated cannot be opened. @ordinal 45 @throws RpcError */
  restoreClosedWallet(backupFile: string, name: string): Promise<void>;
  /**
   * Gives a closed wallet of the wallet directory another name there; settings of what is opened at the start follow. All of it, or nothing where it
   * cannot be done. Gives what the user should know. @ordinal 46 @throws RpcError
   */
  renameWallet(name: string, newName: string): Promise<string[]>;
  /**
   * Deletes a closed wallet of the wallet directory, with its keys; it is no longer opened at the start. Nothing happens where its directory holds
   * anything else. Gives what the user should know. @ordinal 47 @throws RpcError
   */
  deleteWallet(name: string): Promise<string[]>;
}
