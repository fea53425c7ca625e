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
}
