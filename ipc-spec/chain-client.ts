/** A part that follows the chain, as the node starts and stops it. */
export interface ChainClient {
  /** Registers its RPC methods through Chain.handleRpc. */
  registerRpcs(): Promise<void>;
  /** Checks its files; false (after Chain.initError) where start-up must end. */
  verify(): Promise<boolean>;
  /** Opens what is configured; false (after Chain.initError) where start-up must end. */
  load(): Promise<boolean>;
  /** Begins periodic work. */
  start(): Promise<void>;
  /** Ends all work and closes all files. */
  stop(): Promise<void>;
  /** Regtest clock, unix seconds; 0 for the system's. */
  setMockTime(time: number): Promise<void>;
  schedulerMockForward(seconds: number): Promise<void>;
}
