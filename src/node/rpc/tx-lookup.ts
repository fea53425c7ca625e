import type { FoundTransaction } from '../../index/tx-index.ts';

/** The transaction index as RPC methods use it. */
export interface TxLookup {
  /** Waits for blocks that are connected by now; false while the index is being built. */
  ready(): Promise<boolean>;
  find(txid: Uint8Array): Promise<FoundTransaction | null>;
}
