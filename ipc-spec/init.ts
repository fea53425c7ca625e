import type { Chain } from './chain.ts';
import type { Echo } from './echo.ts';
import type { LogSink } from './log-sink.ts';
import type { Mining } from './mining.ts';
import type { Outside } from './outside.ts';
import type { Node } from './node.ts';
import type { Rpc } from './rpc.ts';
import type { JsonText } from './types.ts';
import type { WalletLoader } from './wallet-loader.ts';

/** What a child needs to know of its parent's configuration: it reads neither command line nor files itself. */
export interface ProcessConfig {
  readonly coin: string;
  readonly network: string;
  /** Network directory of the data. */
  readonly netDir: string;
  /** Settings by name, each a JSON array of values as the parent has resolved them. */
  readonly settings: JsonText;
  /** JSON object: `spec` is the text of the coin's data file, where it is none that comes with the program. */
  readonly overrides: JsonText;
  /** Unix seconds; 0 for the system's clock. */
  readonly mockTime: number;
  readonly logCategories: readonly string[];
  readonly logTrace: boolean;
}

/** What a process hands out: the first object of every connection. A process gives null for what it has not. */
export interface Init {
  /**
   * First call of a parent: everything else waits for it. A fenced child gets `outside` for what it may not do itself.
   * @ordinal 0 @retains log outside
   */
  configure(config: ProcessConfig, log: LogSink, outside: Outside | null): Promise<void>;
  /** @ordinal 1 */
  makeEcho(): Promise<Echo>;
  /** Access to the chain, for a wallet that connects by itself: waits until it is open; null where it is not granted. @ordinal 2 */
  makeChain(): Promise<Chain | null>;
  /** Wallets that work on the given chain. One that has connected by itself gives those that it has built on the chain it was given. @ordinal 3 @retains chain */
  makeWalletLoader(chain: Chain): Promise<WalletLoader | null>;
  /** @ordinal 4 */
  makeRpc(): Promise<Rpc | null>;
  /** The node, for a user interface. @ordinal 5 */
  makeNode(): Promise<Node | null>;
  /** Templates; waits until the chain is open. Each has its own interrupt. @ordinal 6 */
  makeMining(): Promise<Mining | null>;
}
