import type { Block } from '../primitives/block.ts';
import type { Transaction } from '../primitives/transaction.ts';

/** What RPC and wallet ask of the network side. The full peer records live with the p2p code. */
export interface TxRelay {
  /** Announces a transaction of the pool to every peer that wants transactions. */
  announceTransaction(tx: Transaction): void;
}

export interface BlockAnnouncer {
  /** Announces a block that this node made or got by RPC (headers or inv, as each peer asked). */
  announceBlock(block: Block): void;
}

export interface NetworkSummary {
  readonly connections: number;
  readonly inbound: number;
  readonly outbound: number;
  readonly networkActive: boolean;
}
