import type { ExternalSigner } from './external-signer.ts';
import type { Handler } from './handler.ts';

/** Who a process within a fence is to those outside, and what its wallet process may touch. */
export interface LaunchInfo {
  /** Process id of the launcher: who ends that ends all. */
  readonly launcherPid: number;
  /** The caller's own process id, as it is seen outside. */
  readonly pid: number;
  /** What fences the processes in. */
  readonly sandbox: string;
  /** Directories of the wallet process, without symbolic links, that of the wallets first. */
  readonly walletDirs: string[];
}

/** A process of this program, as it is seen outside of the fences. */
export interface LaunchedProcess {
  /** Name of its executable: `coin-wallet`. */
  readonly role: string;
  readonly pid: number;
  readonly uptimeSec: number;
  /** Null where the system does not tell. */
  readonly memoryBytes: number | null;
  /** `none` where nothing fences it in. */
  readonly sandbox: string;
}

/**
 * What the user wants to be told of by a command of -alertnotify, -blocknotify, -startupnotify, -shutdownnotify or -walletnotify, and what is told.
 * Hashes are 64 hex digits, as the user sees them; `block` is `unconfirmed` and `height` -1 outside of a block.
 */
export type UserNotification =
  | { readonly kind: 'alert'; readonly text: string }
  | { readonly kind: 'block'; readonly hash: string }
  | { readonly kind: 'startup' }
  | { readonly kind: 'shutdown' }
  | { readonly kind: 'wallet'; readonly txid: string; readonly block: string; readonly height: number; readonly wallet: string };

/**
 * What a node that is fenced in asks of the process that has started it and stands outside. It says when, never what: programs, options and
 * places are the launcher's own.
 */
export interface Launcher {
  /** @ordinal 0 */
  info(): Promise<LaunchInfo>;
  /** Resolves when the node is to end. @ordinal 1 @waits */
  untilStop(): Promise<void>;
  /**
   * Starts the wallet process on the connection that the caller has just made to the launcher's socket. One at a time, and not in quick succession.
   * @ordinal 2 @throws CoinError `denied`, `overloaded` @returns its process id
   */
  startWallet(): Promise<number>;
  /** Resolves when the wallet process that was started last has ended: an exit code or a signal. @ordinal 3 @waits @throws CoinError `denied` */
  untilWalletEnds(): Promise<string>;
  /** Ends the wallet process at once. @ordinal 4 */
  killWallet(): Promise<void>;
  /** Takes the lock on a wallet's file; null where another has it. It is held as long as the handler. @ordinal 5 @max path 4096 @throws CoinError `denied` */
  lockWalletFile(path: string): Promise<Handler | null>;
  /** The launcher, and the processes that it has started but for the caller. @ordinal 6 */
  processes(): Promise<LaunchedProcess[]>;
  /**
   * Runs the user's commands for what has happened, as the launcher has read them, with values that it has looked at. Start and end once each;
   * of others so many at a time. @ordinal 7 @waits @throws CoinError `denied`, `overloaded`
   * @returns how each command has ended: 0 is well, 256 times an exit code, a signal's number, -1 where it did not start
   */
  notify(what: UserNotification): Promise<number[]>;
  /** Devices that the user's program for them finds; null where the user has named none. @ordinal 8 @waits @throws RpcError */
  externalSigners(): Promise<ExternalSigner[] | null>;
}
