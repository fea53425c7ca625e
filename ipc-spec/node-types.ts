import type { Float } from './types.ts';

// Values of the Node interface. Amounts in satoshi, feerates in sat/kvB, times in unix seconds, durations in seconds; hashes as people write them (hex).

/** A connection to another node. */
export interface PeerStats {
  readonly id: number;
  readonly address: string;
  readonly network: string;
  readonly inbound: boolean;
  readonly type: string;
  readonly permissions: readonly string[];
  readonly transport: string;
  readonly sessionId: string;
  readonly version: number;
  readonly userAgent: string;
  readonly services: readonly string[];
  readonly relaysTransactions: boolean;
  readonly syncedHeaders: number;
  readonly syncedBlocks: number;
  readonly connected: number;
  readonly lastSend: number;
  readonly lastReceive: number;
  readonly lastTransaction: number;
  readonly lastBlock: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** null where none came back yet; so the next two. */
  readonly ping: Float | null;
  readonly minPing: Float | null;
  readonly pingWait: Float | null;
  readonly timeOffset: number;
  readonly addressRelay: boolean;
  readonly addressesProcessed: number;
  readonly addressesRateLimited: number;
}

export interface BanEntry {
  readonly subnet: string;
  readonly created: number;
  readonly until: number;
}

/** Transactions of the pool by feerate: those from `feerate` up to the next band's. */
export interface MempoolBand {
  readonly feerate: number;
  readonly count: number;
  /** Virtual bytes. */
  readonly vsize: number;
}

/** What a block would hold that was mined now, or one after it. */
export interface ProjectedBlock {
  readonly count: number;
  readonly vsize: number;
  readonly fees: number;
  readonly minFeerate: number;
  readonly medianFeerate: number;
  readonly maxFeerate: number;
}

export interface MempoolView {
  readonly count: number;
  readonly vsize: number;
  readonly fees: number;
  /** What a transaction must pay to get in. */
  readonly minFeerate: number;
  readonly bands: readonly MempoolBand[];
  readonly blocks: readonly ProjectedBlock[];
}

export interface BlockSummary {
  readonly hash: string;
  readonly height: number;
  readonly time: number;
  /** null where the block is not on disk; so the next two. */
  readonly transactions: number | null;
  readonly size: number | null;
  readonly weight: number | null;
}

export interface BlockTxSummary {
  readonly txid: string;
  readonly vsize: number;
  /** Sum of its outputs. */
  readonly amount: number;
}

export interface BlockView {
  readonly summary: BlockSummary;
  readonly previous: string | null;
  readonly next: string | null;
  readonly version: number;
  readonly merkleRoot: string;
  readonly bits: number;
  readonly nonce: number;
  readonly medianTime: number;
  /** From `offset` on. */
  readonly transactions: readonly BlockTxSummary[];
}

export interface ChainTxInput {
  /** `txid:n`; empty for a coinbase. */
  readonly outpoint: string;
  readonly amount: number | null;
  readonly address: string | null;
}

export interface ChainTxOutput {
  readonly amount: number;
  readonly address: string | null;
  readonly kind: string;
}

/** A transaction of the pool or of a block. */
export interface ChainTxView {
  readonly txid: string;
  readonly wtxid: string;
  readonly raw: string;
  readonly vsize: number;
  readonly weight: number;
  readonly fee: number | null;
  readonly blockHash: string | null;
  readonly inputs: readonly ChainTxInput[];
  readonly outputs: readonly ChainTxOutput[];
}

export interface NodeTime {
  readonly now: number;
  /** Set by hand (regtest), and not moving. */
  readonly mocked: boolean;
}

/** What a node is, beside its chain. */
export interface NodeAbout {
  /** What it calls itself before other nodes. */
  readonly userAgent: string;
  /** Unix seconds. */
  readonly startTime: number;
  /** Paths; null where there is no such file, or none is used. */
  readonly logFile: string | null;
  readonly configFile: string | null;
}

/** Whole lines of the log. */
export interface LogPiece {
  readonly text: string;
  /** Where in the file they begin and end, bytes. Without text: what is between is one line that is too long, or no whole one. */
  readonly start: number;
  readonly end: number;
}

/** An option, its value, and where that comes from. */
export interface SettingView {
  readonly name: string;
  /** What stands behind the name in the help: `=<n>`. */
  readonly argument: string;
  readonly category: string;
  readonly help: string;
  /** The value that counts as text, null where it is the default; `****` for secrets. */
  readonly value: string | null;
  readonly source: 'default' | 'configuration' | 'settings.json' | 'command line' | 'program';
  /** What settings.json says, as text; null for nothing. */
  readonly stored: string | null;
}

export type NetworkName = 'ipv4' | 'ipv6' | 'onion' | 'i2p' | 'cjdns';

export interface ProxyValue {
  /** An IP address, or `unix:<path>`. */
  readonly address: string;
  /** 0 for a Unix socket. */
  readonly port: number;
  /** Whether it gets names to look up. */
  readonly resolvesNames: boolean;
}

/** An address of our own, with how much we think of it. */
export interface LocalAddress {
  readonly address: string;
  readonly port: number;
  readonly score: number;
}

export type MessageStyle = 'information' | 'warning' | 'error';
