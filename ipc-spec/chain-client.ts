/** A part that follows the chain, as the node starts and stops it. */
export interface ChainClient {
  /** Registers its RPC methods through Chain.handleRpc. @ordinal 0 */
  registerRpcs(): Promise<void>;
  /** Checks its files; false (after Chain.initError) where start-up must end. @ordinal 1 */
  verify(): Promise<boolean>;
  /** Opens what is configured; false (after Chain.initError) where start-up must end. @ordinal 2 */
  load(): Promise<boolean>;
  /** Begins periodic work. @ordinal 3 */
  start(): Promise<void>;
  /** Ends all work and closes all files. @ordinal 4 */
  stop(): Promise<void>;
  /** Regtest clock, unix seconds; 0 for the system's. @ordinal 5 */
  setMockTime(time: number): Promise<void>;
  /** @ordinal 6 */
  schedulerMockForward(seconds: number): Promise<void>;
}
