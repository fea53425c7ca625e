import path from 'node:path';
import type { ChainStateImpl } from '../chain/chain-state.ts';
import type { Args } from '../common/arguments.ts';
import { IndexFollower, type IndexFollowerModules, type IndexSummary } from '../index/index-follower.ts';
import { TxIndex } from '../index/tx-index.ts';
import type { TxLookup } from '../node/rpc/tx-lookup.ts';

const MAX_TX_INDEX_CACHE = 1024 * 1024 * 1024;

/** Share of -dbcache that each index gets, as the reference divides it. */
export function indexCacheSizes(args: Args, totalBytes: number): { readonly tx: number } {
  return { tx: args.bool('txindex', false) ? Math.min(Math.floor(totalBytes / 10), MAX_TX_INDEX_CACHE) : 0 };
}

export interface IndexSettings {
  readonly args: Args;
  readonly netDir: string;
  readonly dbCacheBytes: number;
}

/** The optional indexes that were asked for. */
export class NodeIndexes {
  txLookup: TxLookup | null = null;
  private readonly followers: IndexFollower[] = [];

  /** Opens them. @throws StoreError, IndexError */
  static async open({ args, netDir, dbCacheBytes }: IndexSettings, modules: IndexFollowerModules & { readonly chain: ChainStateImpl }): Promise<NodeIndexes> {
    const out = new NodeIndexes();
    const sizes = indexCacheSizes(args, dbCacheBytes);
    const wipe = args.bool('reindex', false);
    try {
      if (args.bool('txindex', false)) {
        const index = await TxIndex.open({ path: path.join(netDir, 'indexes', 'txindex'), cacheBytes: sizes.tx, wipe }, modules);
        const follower = new IndexFollower(index, modules);
        out.followers.push(follower);
        out.txLookup = { ready: () => follower.caughtUp(), find: (txid) => index.find(txid) };
      }
      for (const follower of out.followers) follower.open();
    } catch (e) {
      await out.stop();
      throw e;
    }
    return out;
  }

  get isEmpty(): boolean { return this.followers.length === 0; }

  /** Starts catching up: once blocks that lie in files have been imported. */
  start(): void {
    for (const follower of this.followers) follower.start();
  }

  async stop(): Promise<void> {
    for (const follower of this.followers.splice(0)) await follower.stop();
  }

  summaries(): IndexSummary[] { return this.followers.map((follower) => follower.summary()); }
}
