/** Who a user interface within a fence is to those outside. */
export interface PageLaunchInfo {
  /** Its own process id, as it is seen outside. */
  readonly pid: number;
  /** What fences it in. */
  readonly sandbox: string;
}

/** What a user interface that is fenced in asks of the process that has started it and stands outside. */
export interface PageLauncher {
  /** @ordinal 0 */
  info(): Promise<PageLaunchInfo>;
  /** Resolves when the user interface is to end. @ordinal 1 @waits */
  untilStop(): Promise<void>;
  /** Resolves when the node that was started with it has ended: an exit code or a signal. @ordinal 2 @waits @throws CoinError `denied` */
  untilNodeEnds(): Promise<string>;
  /** Opens the page in the user's browser: an address on this machine, as the page's server gives it. @ordinal 3 @max address 200 @throws CoinError `denied`, `overloaded` */
  openPage(address: string): Promise<void>;
}
