import type { ChainState } from '../chain/types.ts';
import { MAX_BLOCK_WEIGHT } from '../consensus/limits.ts';
import { perKilo } from '../policy/feerate.ts';
import { Reader } from '../util/reader.ts';
import { equalBytes, hashToHex, ZERO_32 } from '../util/bytes.ts';
import type { Clock } from '../util/clock.ts';
import { MalformedData } from '../util/errors.ts';
import { Writer } from '../util/writer.ts';
import type { Mempool } from './types.ts';

/** Blocks that have to agree with the pool before it is believed. */
const WINDOW_BLOCKS = 6;
/** Share of the blocks' weight that the pool must have known. */
const COVERAGE = 0.75;
/** Weight below which six blocks say nothing about coverage. */
const MIN_WINDOW_WEIGHT = MAX_BLOCK_WEIGHT;
const CACHE_SEC = 7;
const FILE_VERSION = 1;
/** Weight that a template keeps for header and coinbase, and its floor in sat/kvB. */
const RESERVED_WEIGHT = 8000;
const BLOCK_MIN_FEERATE = 1;
export const MEMPOOL_ESTIMATE_TARGET = 2;
const NAME = 'mempool_policy';

export interface MinedBlockStats {
  readonly height: number;
  /** Weight of its transactions that were in the pool, and of all of them but the coinbase. */
  readonly removedWeight: number;
  readonly blockWeight: number;
}

/** Estimates from what the next block would hold, as long as the last blocks held what the pool expected. */
export class MempoolFeeEstimator {
  private readonly m: { readonly mempool: Mempool; readonly chain: ChainState; readonly clock: Clock };
  private stats: MinedBlockStats[] = [];
  private tipHash: Uint8Array = ZERO_32;
  private cached: { readonly conservative: number; readonly economical: number; readonly tip: Uint8Array; readonly madeSec: number } | null = null;

  constructor(modules: { readonly mempool: Mempool; readonly chain: ChainState; readonly clock: Clock }) {
    this.m = modules;
  }

  get blocks(): readonly MinedBlockStats[] { return this.stats; }

  processBlock(stats: MinedBlockStats, hash: Uint8Array): void {
    this.stats = this.stats.filter((known) => known.height < stats.height);
    const last = this.stats[this.stats.length - 1];
    if (last !== undefined && last.height + 1 !== stats.height) this.stats = [];
    this.stats = [...this.stats, stats].slice(-WINDOW_BLOCKS);
    this.tipHash = hash;
    this.cached = null;
  }

  /** Feerate in sat/kvB, or why there is none. */
  estimate(conservative: boolean): { readonly feerate: number } | { readonly error: string } {
    const { mempool, chain, clock } = this.m;
    if (!mempool.loaded) return { error: `${NAME}: Mempool not loaded yet, no fee rate estimate available` };
    if (this.stats.length < WINDOW_BLOCKS) return { error: `${NAME}: Not enough recent block data for fee rate estimation` };
    const blockWeight = this.stats.reduce((sum, block) => sum + block.blockWeight, 0);
    const removedWeight = this.stats.reduce((sum, block) => sum + block.removedWeight, 0);
    if (blockWeight >= MIN_WINDOW_WEIGHT && removedWeight / blockWeight < COVERAGE) {
      return { error: `${NAME}: Mempool is unreliable for fee rate estimation` };
    }
    const tip = chain.active.tip?.hash ?? ZERO_32;
    const now = clock.nowSec();
    if (this.cached === null || !equalBytes(this.cached.tip, tip) || this.cached.madeSec + CACHE_SEC < now) {
      this.cached = { ...this.percentiles(), tip, madeSec: now };
    }
    return { feerate: conservative ? this.cached.conservative : this.cached.economical };
  }

  /** Feerates at which half and three quarters of a block's weight are reached; the pool's floor where it holds less. */
  private percentiles(): { conservative: number; economical: number } {
    const { mempool } = this.m;
    const floor = mempool.minFeerate();
    let weight = 0;
    let half: number | null = null;
    for (const chunk of mempool.chunks()) {
      const vsize = Math.ceil(chunk.size / 4);
      const rate = perKilo({ fee: chunk.fee, size: vsize });
      if (rate < BLOCK_MIN_FEERATE) break;
      if (RESERVED_WEIGHT + weight + chunk.size >= MAX_BLOCK_WEIGHT) continue;
      weight += vsize * 4;
      if (half === null && weight >= MAX_BLOCK_WEIGHT / 2) half = rate;
      if (weight >= (MAX_BLOCK_WEIGHT * 3) / 4) return { conservative: half ?? rate, economical: rate };
    }
    return { conservative: half ?? floor, economical: floor };
  }

  /** Bytes of mempool_policy_estimator.dat. */
  encode(): Uint8Array {
    const w = new Writer();
    w.i32(FILE_VERSION).compactSize(this.stats.length);
    for (const block of this.stats) w.i64n(block.height).i64n(block.removedWeight).i64n(block.blockWeight);
    return w.bytes(this.tipHash).finish();
  }

  /** Takes over what a file says, where it ends at our tip. @throws MalformedData with the text for the log; nothing has changed then */
  restore(data: Uint8Array): void {
    const r = new Reader(data);
    const broken = `${NAME}: Unable to read mined-block stats from stream (non-fatal)`;
    const stats: MinedBlockStats[] = [];
    let tipHash: Uint8Array;
    let version: number;
    try {
      version = r.i32();
      if (version === FILE_VERSION) for (let n = r.compactSize(); n > 0; n--) stats.push({ height: r.u64n(), removedWeight: r.u64n(), blockWeight: r.u64n() });
      tipHash = version === FILE_VERSION ? r.hash() : ZERO_32;
    } catch (e) {
      throw new MalformedData(broken, { cause: e });
    }
    if (version !== FILE_VERSION) throw new MalformedData(`${NAME}: file version not supported; continuing anyway`);
    if (stats.length > WINDOW_BLOCKS) throw new MalformedData(`${NAME}: Number of previously mined blocks read exceeds the maximum of ${WINDOW_BLOCKS}; ignoring file`);
    stats.slice(1).forEach((block, i) => {
      const expected = (stats[i]?.height ?? 0) + 1;
      if (block.height !== expected) throw new MalformedData(`${NAME}: Non-consecutive block heights read, expected height ${expected} but found ${block.height}; ignoring file`);
    });
    const last = stats[stats.length - 1];
    const { tip } = this.m.chain.active;
    if (last !== undefined) {
      const where = `${NAME}: Mined-block stats read end at height ${last.height} block ${hashToHex(tipHash)}, but`;
      if (tip === null) throw new MalformedData(`${where} there is no active chain tip; ignoring file`);
      if (last.height !== tip.height || !equalBytes(tip.hash, tipHash)) {
        throw new MalformedData(`${where} the active chain tip is height ${tip.height} block ${hashToHex(tip.hash)}; ignoring file`);
      }
    }
    this.stats = stats;
    this.tipHash = tipHash;
    this.cached = null;
  }
}
