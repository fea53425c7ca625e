// What page and server say to each other: types only, for both.

/** What this program is, and on which chain it works. */
export interface About {
  readonly client: string;
  readonly version: string;
  readonly network: 'main' | 'test' | 'testnet4' | 'signet' | 'regtest';
  readonly dataDir: string;
  readonly blocksDir: string;
  /** Everything in one process. */
  readonly monolithic: boolean;
  readonly addressPrefix: string;
  /** Blocks can be made at will. */
  readonly mineOnDemand: boolean;
}

export interface AppState {
  readonly about: About;
  readonly phase: 'starting' | 'running' | 'failed' | 'ending';
  /** How the start goes, or why it failed. */
  readonly message: string;
}

/** Where the node stands. Times are unix seconds, sizes bytes. */
export interface NodeStatus {
  readonly blocks: number;
  readonly headers: number;
  readonly headerTime: number;
  readonly bestBlock: string;
  readonly lastBlockTime: number;
  /** 0…1 */
  readonly progress: number;
  readonly initialDownload: boolean;
  readonly peersIn: number;
  readonly peersOut: number;
  readonly networkActive: boolean;
  readonly mempoolSize: number;
  readonly mempoolUsage: number;
  readonly mempoolMax: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly warnings: readonly string[];
}

export interface ProcessRow {
  readonly role: string;
  readonly pid: number;
  readonly state: string;
  readonly restarts: number;
  readonly uptimeSec: number;
  readonly memoryBytes: number | null;
  readonly sandbox: string;
  readonly pingMs: number | null;
  readonly lastEnd: string | null;
}
