import path from 'node:path';
import type { ChainStateImpl } from '../chain/chain-state.ts';
import type { Args } from '../common/arguments.ts';
import { IndexFollower, type IndexFollowerModules, type IndexSummary } from '../index/index-follower.ts';
import { BlockFilterIndex } from '../index/block-filter-index.ts';
import { TxIndex } from '../index/tx-index.ts';
import type { FilterLookup } from '../node/rpc/block-filter.ts';
import type { TxLookup } from '../node/rpc/tx-lookup.ts';
import { InitError } from '../util/errors.ts';

const MAX_CACHE = 1024 * 1024 * 1024;

/** Share of -dbcache that each index gets, as the reference divides it. */
export function indexCacheSizes(args: Args, totalBytes: number): { readonly tx: number; readonly filter: number; readonly total: number } {
  const tx = args.bool('txindex', false) ? Math.min(Math.floor(totalBytes / 10), MAX_CACHE) : 0;
  const filter = wantsFilterIndex(args) ? Math.min(Math.floor(totalBytes / 20), MAX_CACHE) : 0;
  return { tx, filter, total: tx + filter };
}

/** -blockfilterindex: all kinds of filters (there is one), or some by name. @throws InitError */
export function wantsFilterIndex(args: Args): boolean {
  const value = args.string('blockfilterindex') ?? '0';
  if (value === '' || value === '1') return true;
  if (value === '0') return false;
  for (const name of args.strings('blockfilterindex')) if (name !== 'basic') throw new InitError(`Unknown -blockfilterindex value ${name}.`);
  return true;
}

export interface IndexSettings {
  readonly args: Args;
  readonly netDir: string;
  readonly dbCacheBytes: number;
}

/** The optional indexes that were asked for. */
export class NodeIndexes {
  txLookup: TxLookup | null = null;
  filterLookup: FilterLookup | null = null;
  private readonly followers: IndexFollower[] = [];

  /** Opens them. @throws StoreError, IndexError */
  static async open({ args, netDir, dbCacheBytes }: IndexSettings, modules: IndexFollowerModules & { readonly chain: ChainStateImpl }): Promise<NodeIndexes> {
    const out = new NodeIndexes();
    const sizes = indexCacheSizes(args, dbCacheBytes);
    const wipe = args.bool('reindex', false);
    const tellOpening = (dir: string): void => {
      if (wipe) modules.log.info(`Wiping LevelDB in ${dir}`);
      modules.log.info(`Opening LevelDB in ${dir}`);
    };
    try {
      if (args.bool('txindex', false)) {
        const dir = path.join(netDir, 'indexes', 'txindex');
        tellOpening(dir);
        const index = await TxIndex.open({ path: dir, cacheBytes: sizes.tx, wipe }, modules);
        const follower = new IndexFollower(index, modules);
        out.followers.push(follower);
        out.txLookup = { ready: () => follower.caughtUp(), find: (txid) => index.find(txid) };
      }
      if (wantsFilterIndex(args)) {
        const dir = path.join(netDir, 'indexes', 'blockfilter', 'basic');
        tellOpening(path.join(dir, 'db'));
        const index = await BlockFilterIndex.open({ path: dir, cacheBytes: sizes.filter, wipe });
        const follower = new IndexFollower(index, { ...modules, pruneLock: (name, height) => modules.chain.pruning?.setLock(name, height) });
        out.followers.push(follower);
        out.filterLookup = { ready: () => follower.caughtUp(), find: (block) => index.find(block) };
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
