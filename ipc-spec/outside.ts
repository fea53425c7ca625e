import type { ExternalSigner } from './external-signer.ts';
import type { Handler } from './handler.ts';

/** A file that is being read. */
export interface FileSource {
  /** The next bytes; none at the end. @ordinal 0 */
  read(): Promise<Uint8Array>;
}

/** A file that is being written; it is not there before it is finished. */
export interface FileSink {
  /** @ordinal 0 @ordered */
  write(bytes: Uint8Array): Promise<void>;
  /** Writes it to disk, under its name. @ordinal 1 @ordered */
  finish(): Promise<void>;
}

/** What a process that is fenced in asks its parent to do for it. The parent grants what the user has asked for, and no more. */
export interface Outside {
  /** Takes the lock on a file of the process's own; null where another has it. It is held as long as the handler. @ordinal 0 */
  lockFile(path: string): Promise<Handler | null>;
  /** Opens a file that the user has just named; null where it does not exist. @ordinal 1 */
  readFile(path: string): Promise<FileSource | null>;
  /** Makes, or replaces, a file that the user has just named. @ordinal 2 */
  writeFile(path: string): Promise<FileSink>;
  /** Makes a file that the user has just named; null where something is there already. @ordinal 5 @throws CoinError `cannot-create` */
  createFile(path: string): Promise<FileSink | null>;
  /** Runs the user's command for a transaction (hashes as the user sees them; `block` is `unconfirmed` outside of one). @ordinal 3 */
  walletNotify(txid: string, block: string, height: number, wallet: string): Promise<void>;
  /** The same, for one who notes itself how the command has ended: 0 is well, as `Launcher.notify` has it. @ordinal 6 @waits @throws CoinError `denied`, `overloaded` */
  notifyWallet(txid: string, block: string, height: number, wallet: string): Promise<number[]>;
  /** Devices that the user's program for them finds; null where the user has named none. @ordinal 4 @waits @throws RpcError */
  externalSigners(): Promise<ExternalSigner[] | null>;
}
