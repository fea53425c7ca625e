import type { BlockIndex } from '../chain/types.ts';
import { blockWork } from '../consensus/pow.ts';
import { hashToHex, toKey } from '../util/bytes.ts';
import type { P2pContext } from './context.ts';
import { encodeInv, INV_BLOCK, INV_WITNESS_FLAG } from './messages.ts';
import type { NodePeer } from './node-peer.ts';

export const MAX_BLOCKS_IN_FLIGHT = 16;
const DOWNLOAD_WINDOW = 1024;
/** A tip younger than this many block intervals counts as current. */
const DIRECT_FETCH_INTERVALS = 20;
const ANTI_DOS_WORK_BUFFER = 144n;

/** Who has which blocks, and who was asked for which. */
export class BlockTracker {
  private readonly ctx: P2pContext;
  private readonly requested = new Map<string, NodePeer>();

  constructor(ctx: P2pContext) { this.ctx = ctx; }

  get requestCount(): number { return this.requested.size; }
  isRequested(hash: Uint8Array): boolean { return this.requested.has(toKey(hash)); }

  /** Forgets that the block is asked for: of this peer, or of anybody. */
  removeRequest(hash: Uint8Array, from: NodePeer | null): void {
    const key = toKey(hash);
    const peer = this.requested.get(key);
    if (peer === undefined || (from !== null && peer !== from)) return;
    const first = peer.inFlight.keys().next().value === key;
    peer.inFlight.delete(key);
    if (first) peer.downloadingSinceUs = this.ctx.nowUs();
    this.requested.delete(key);
  }

  forget(peer: NodePeer): void {
    for (const key of peer.inFlight.keys()) this.requested.delete(key);
    peer.inFlight.clear();
  }

  /** Work below which a header or block is not worth its memory. */
  antiDosWork(): bigint {
    const { tip } = this.ctx.chain.active;
    const floor = this.ctx.chain.minimumChainWork;
    if (tip === null) return floor;
    const buffer = blockWork(tip.bits) * ANTI_DOS_WORK_BUFFER;
    const near = tip.chainWork - (buffer < tip.chainWork ? buffer : tip.chainWork);
    return near > floor ? near : floor;
  }

  /** Whether the tip is new enough that announced blocks are fetched at once. */
  canDirectFetch(): boolean {
    const { tip } = this.ctx.chain.active;
    const { powTargetSpacing } = this.ctx.options.params.consensus;
    return tip !== null && tip.time > this.ctx.clock.nowSec() - DIRECT_FETCH_INTERVALS * powTargetSpacing;
  }

  /** Looks again for a block that the peer named before we knew it. */
  settleUnknown(peer: NodePeer): void {
    if (peer.lastUnknown === null) return;
    const index = this.ctx.chain.lookup(peer.lastUnknown);
    if (index === undefined || index.chainWork === 0n) return;
    if (peer.bestKnown === null || index.chainWork >= peer.bestKnown.chainWork) peer.bestKnown = index;
    peer.lastUnknown = null;
  }

  /** The peer has this block. */
  learned(peer: NodePeer, hash: Uint8Array): void {
    this.settleUnknown(peer);
    const index = this.ctx.chain.lookup(hash);
    if (index === undefined) peer.lastUnknown = hash;
    else if (peer.bestKnown === null || index.chainWork >= peer.bestKnown.chainWork) peer.bestKnown = index;
  }

  request(peer: NodePeer, indexes: readonly BlockIndex[]): void {
    const { ctx } = this;
    const items = [];
    for (const index of indexes) {
      this.removeRequest(index.hash, null);
      if (peer.inFlight.size === 0) peer.downloadingSinceUs = ctx.nowUs();
      const key = toKey(index.hash);
      peer.inFlight.set(key, index);
      this.requested.set(key, peer);
      items.push({ type: peer.canServeWitnesses ? INV_BLOCK | INV_WITNESS_FLAG : INV_BLOCK, hash: index.hash });
    }
    if (items.length > 0) ctx.send(peer, 'getdata', encodeInv(items));
  }

  private fetchable(peer: NodePeer, index: BlockIndex): boolean {
    const { segwitHeight } = this.ctx.options.params.consensus;
    return peer.canServeWitnesses || index.height < segwitHeight;
  }

  /** After headers came: asks at once for what leads to `last`, where it is near the tip. */
  directFetch(peer: NodePeer, last: BlockIndex): void {
    const { chain, log } = this.ctx;
    const { tip } = chain.active;
    if (tip === null || !this.canDirectFetch() || last.failed || tip.chainWork > last.chainWork) return;
    const wanted: BlockIndex[] = [];
    let walk: BlockIndex | null = last;
    while (walk !== null && !chain.active.contains(walk) && wanted.length <= MAX_BLOCKS_IN_FLIGHT) {
      if (!walk.haveData && !this.isRequested(walk.hash) && this.fetchable(peer, walk)) wanted.push(walk);
      walk = walk.prev;
    }
    if (walk !== null && !chain.active.contains(walk)) {
      log.debug('net', `Large reorg, won't direct fetch to ${last.hashHex} (${last.height})`);
      return;
    }
    const now = wanted.reverse().slice(0, Math.max(0, MAX_BLOCKS_IN_FLIGHT - peer.inFlight.size));
    for (const index of now) log.debug('net', `Requesting block ${index.hashHex} from peer=${peer.id}`);
    if (now.length > 1) log.debug('net', `Downloading blocks toward ${last.hashHex} (${last.height}) via headers direct fetch`);
    this.request(peer, now);
  }

  /** Blocks that this peer has and nobody was asked for, lowest first. */
  next(peer: NodePeer, count: number): BlockIndex[] {
    const { chain } = this.ctx;
    this.settleUnknown(peer);
    const best = peer.bestKnown;
    const { tip } = chain.active;
    if (best === null || tip === null || count <= 0 || best.chainWork < tip.chainWork || best.chainWork < chain.minimumChainWork) return [];
    let common = peer.lastCommon ?? chain.active.at(Math.min(best.height, tip.height));
    const fork = chain.active.findFork(best);
    if (common === null || best.ancestor(common.height) !== common || (fork !== null && fork.height > common.height)) common = fork;
    if (common === null) return [];
    peer.lastCommon = common;
    const out: BlockIndex[] = [];
    const end = Math.min(best.height, common.height + DOWNLOAD_WINDOW);
    // From the far end back, once: asking for every height would follow the skip list each time.
    const path: BlockIndex[] = [];
    for (let walk = best.ancestor(end); walk !== null && walk !== common; walk = walk.prev) path.push(walk);
    for (let i = path.length - 1; i >= 0 && out.length < count; i--) {
      const index = path[i] as BlockIndex;
      if (index.failed || !this.fetchable(peer, index)) break;
      if (index.haveData || chain.active.contains(index)) {
        if (index.chainTxCount > 0) peer.lastCommon = index;
        continue;
      }
      if (peer.limited && best.height - index.height > 288 - 2) continue;
      if (!this.isRequested(index.hash)) out.push(index);
    }
    return out;
  }

  /** Asks the peer for the next blocks, where it is its turn to give some; ends connections that let a block wait too long. */
  sendPass(peer: NodePeer, syncFromPeer: boolean): void {
    const { ctx } = this;
    const oldest = peer.inFlight.values().next();
    if (oldest.done !== true) {
      const others = new Set(this.requested.values()).size - 1;
      const { powTargetSpacing } = ctx.options.params.consensus;
      if (ctx.nowUs() > peer.downloadingSinceUs + powTargetSpacing * 1e6 * (1 + 0.5 * others)) {
        ctx.disconnect(peer, `Timeout downloading block ${oldest.value.hashHex}, `);
        return;
      }
    }
    if (!peer.canServeBlocks || ctx.chain.loading || peer.inFlight.size >= MAX_BLOCKS_IN_FLIGHT) return;
    if (!((syncFromPeer && !peer.limited) || !ctx.chain.isInitialDownload())) return;
    const wanted = this.next(peer, MAX_BLOCKS_IN_FLIGHT - peer.inFlight.size);
    if (ctx.log.enabled('net')) {
      for (const index of wanted) ctx.log.debug('net', `Requesting block ${index.hashHex} (${index.height}) peer=${peer.id}`);
    }
    this.request(peer, wanted);
  }

  /** getblockfrompeer. Null where it was asked; otherwise the reason why not. */
  fetchFrom(peer: NodePeer, index: BlockIndex): string | null {
    if (!peer.canServeWitnesses) return 'Pre-SegWit peer';
    this.removeRequest(index.hash, null);
    if (this.requested.get(toKey(index.hash)) === peer) return 'Already requested from this peer';
    this.request(peer, [index]);
    this.ctx.log.debug('net', `Requesting block ${hashToHex(index.hash)} from peer=${peer.id}`);
    return null;
  }
}
