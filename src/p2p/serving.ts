import type { BlockIndex } from '../chain/types.ts';
import { equalBytes, hashToHex, isAllZero } from '../util/bytes.ts';
import type { P2pContext } from './context.ts';
import { decodeGetBlockTxn, encodeBlockTxn, invText } from './codecs.ts';
import {
  decodeInv, decodeLocator, encodeHeaders, encodeInv, INV_BLOCK, INV_CMPCT_BLOCK, INV_TX, INV_WITNESS_FLAG, INV_WTX, type InvItem, MAX_HEADERS_RESULTS,
  MAX_LOCATOR_SIZE, TooMany,
} from './messages.ts';
import type { NodePeer } from './node-peer.ts';

const GETBLOCKS_LIMIT = 500;
/** Depth to which a node that keeps few blocks must serve them (BIP 159), with the slack of a race. */
const LIMITED_DEPTH = 288 + 2;
const MAX_BLOCKTXN_DEPTH = 10;
const MONTH_SEC = 30 * 24 * 3600;

/** Answers to what peers ask for: headers, blocks and transactions. */
export class Serving {
  private readonly ctx: P2pContext;

  constructor(ctx: P2pContext) { this.ctx = ctx; }

  private forkOf(hashes: readonly Uint8Array[]): BlockIndex | null {
    const { active } = this.ctx.chain;
    for (const hash of hashes) {
      const index = this.ctx.chain.lookup(hash);
      if (index === undefined) continue;
      if (active.contains(index)) return index;
      const { tip } = active;
      if (tip !== null && index.ancestor(tip.height) === tip) return tip;
    }
    return active.at(0);
  }

  /** Whether a block off the best chain may be shown: recent ones only, so that nobody can be told apart by old ones. */
  private mayShow(index: BlockIndex): boolean {
    const { chain } = this.ctx;
    if (chain.active.contains(index)) return true;
    const best = chain.bestHeader;
    return index.haveData && !index.failed && best !== null && best.time - index.time < MONTH_SEC;
  }

  getHeaders(peer: NodePeer, payload: Uint8Array): void {
    const { ctx } = this;
    const { chain, log } = ctx;
    const { hashes, stop } = decodeLocator(payload);
    if (hashes.length > MAX_LOCATOR_SIZE) {
      ctx.disconnect(peer, `getheaders locator size ${hashes.length} > ${MAX_LOCATOR_SIZE}, `);
      return;
    }
    if (chain.loading) {
      log.debug('net', `Ignoring getheaders from peer=${peer.id} while importing/reindexing`);
      return;
    }
    const { tip } = chain.active;
    if (tip === null || (tip.chainWork < chain.minimumChainWork && !peer.has('download'))) {
      log.debug('net', `Ignoring getheaders from peer=${peer.id} because active chain has too little work; sending empty response`);
      ctx.send(peer, 'headers', encodeHeaders([]));
      return;
    }
    let index: BlockIndex | null;
    if (hashes.length === 0) {
      index = chain.lookup(stop) ?? null;
      if (index === null) return;
      if (!this.mayShow(index)) {
        log.debug('net', `ProcessMessage: ignoring request from peer=${peer.id} for old block header that isn't in the main chain`);
        return;
      }
    } else {
      const fork = this.forkOf(hashes);
      index = fork === null ? null : chain.active.next(fork);
    }
    log.debug('net', `getheaders ${index?.height ?? -1} to ${isAllZero(stop) ? 'end' : hashToHex(stop)} from peer=${peer.id}`);
    const out: BlockIndex[] = [];
    while (index !== null) {
      out.push(index);
      if (out.length >= MAX_HEADERS_RESULTS || equalBytes(index.hash, stop)) break;
      index = chain.active.next(index);
    }
    // Where nothing was sent the peer has our tip: what comes on top of it can be announced by header.
    peer.bestHeaderSent = out[out.length - 1] ?? chain.active.tip;
    ctx.send(peer, 'headers', encodeHeaders(out.map((i) => i.header())));
  }

  getBlocks(peer: NodePeer, payload: Uint8Array): void {
    const { ctx } = this;
    const { chain, log } = ctx;
    const { hashes, stop } = decodeLocator(payload);
    if (hashes.length > MAX_LOCATOR_SIZE) {
      ctx.disconnect(peer, `getblocks locator size ${hashes.length} > ${MAX_LOCATOR_SIZE}, `);
      return;
    }
    const fork = this.forkOf(hashes);
    let index = fork === null ? null : chain.active.next(fork);
    log.debug('net', `getblocks ${index?.height ?? -1} to ${isAllZero(stop) ? 'end' : hashToHex(stop)} limit ${GETBLOCKS_LIMIT} from peer=${peer.id}`);
    for (let left = GETBLOCKS_LIMIT; index !== null; index = chain.active.next(index)) {
      if (equalBytes(index.hash, stop)) {
        log.debug('net', ` getblocks stopping at ${index.height} ${index.hashHex}`);
        break;
      }
      if (!index.haveData) {
        log.debug('net', ` getblocks stopping, pruned or too old block at ${index.height} ${index.hashHex}`);
        break;
      }
      peer.blockInvs.push(index.hash);
      left -= 1;
      if (left <= 0) {
        log.debug('net', ` getblocks stopping at limit ${index.height} ${index.hashHex}`);
        peer.continuation = index.hash;
        break;
      }
    }
  }

  /** Serves everything asked for, in order; waits where the peer takes it slowly. */
  async getData(peer: NodePeer, payload: Uint8Array, drained: () => Promise<void>): Promise<void> {
    const { ctx } = this;
    let items: InvItem[];
    try {
      items = decodeInv(payload);
    } catch (e) {
      if (!(e instanceof TooMany)) throw e;
      ctx.misbehaving(peer, `getdata message size = ${e.count}`);
      return;
    }
    ctx.log.debug('net', `received getdata (${items.length} invsz) peer=${peer.id}`);
    const [first] = items;
    if (first !== undefined) ctx.log.debug('net', `received getdata for: ${invText(first)} peer=${peer.id}`);
    const missing: InvItem[] = [];
    for (const item of items) {
      if (peer.closing) return;
      const base = (item.type & ~INV_WITNESS_FLAG) >>> 0;
      if (base === INV_TX || item.type === INV_WTX) {
        if (!this.serveTx(peer, item)) missing.push(item);
      } else if (base === INV_BLOCK || base === INV_CMPCT_BLOCK || base === 3) {
        this.serveBlock(peer, item, base);
        await drained();
      }
    }
    if (missing.length > 0) ctx.send(peer, 'notfound', encodeInv(missing));
  }

  private serveTx(peer: NodePeer, item: InvItem): boolean {
    const { mempool } = this.ctx;
    const relay = peer.txRelay;
    // Peers that get no transactions do not hear of them when they ask, either.
    if (relay === null) return true;
    const entry = item.type === INV_WTX ? mempool.getByWtxid(item.hash) : mempool.get(item.hash);
    if (entry === undefined || entry.sequence >= relay.lastInvSequence) return false;
    const withWitness = item.type === INV_WTX || (item.type & INV_WITNESS_FLAG) !== 0;
    this.ctx.send(peer, 'tx', withWitness ? entry.tx.raw : entry.tx.serialize(false));
    mempool.clearUnbroadcast(entry.tx.txid);
    return true;
  }

  private serveBlock(peer: NodePeer, item: InvItem, base: number): void {
    const { ctx } = this;
    const { chain, log } = ctx;
    const index = chain.lookup(item.hash);
    if (index === undefined) return;
    if (base === 3) {
      ctx.disconnect(peer, 'filtered block request received when NODE_BLOOM service disabled, ');
      return;
    }
    if (!this.mayShow(index)) {
      log.debug('net', `ProcessGetBlockData: ignoring request from peer=${peer.id} for old block that isn't in the main chain`);
      return;
    }
    const { tip } = chain.active;
    if (!peer.has('noban') && ctx.options.pruned && tip !== null && tip.height - index.height > LIMITED_DEPTH) {
      ctx.disconnect(peer, 'Ignore block request below NODE_NETWORK_LIMITED threshold, ');
      return;
    }
    if (!index.haveData) return;
    const raw = chain.readBlockRaw(index);
    if (raw === null) {
      ctx.disconnect(peer, 'Block was pruned before it could be read, ');
      return;
    }
    if (base === INV_CMPCT_BLOCK || (item.type & INV_WITNESS_FLAG) !== 0) ctx.send(peer, 'block', raw);
    else {
      const block = chain.readBlock(index);
      if (block !== null) ctx.send(peer, 'block', block.serialize(false));
    }
    if (peer.continuation !== null && equalBytes(item.hash, peer.continuation) && tip !== null) {
      peer.continuation = null;
      ctx.send(peer, 'inv', encodeInv([{ type: INV_BLOCK, hash: tip.hash }]));
    }
  }

  getBlockTxn(peer: NodePeer, payload: Uint8Array): void {
    const { ctx } = this;
    const { chain, log } = ctx;
    const { blockHash, indexes } = decodeGetBlockTxn(payload);
    if (indexes.length === 0) {
      ctx.disconnect(peer, 'getblocktxn received with no transaction indexes, ');
      return;
    }
    const index = chain.lookup(blockHash);
    if (index === undefined || !index.haveData) {
      log.debug('net', `Peer ${peer.id} sent us a getblocktxn for a block we don't have`);
      return;
    }
    const tipHeight = chain.active.height;
    if (index.height < tipHeight - MAX_BLOCKTXN_DEPTH) {
      log.debug('net', `Peer ${peer.id} sent us a getblocktxn for a block > ${MAX_BLOCKTXN_DEPTH} deep`);
      this.serveBlock(peer, { type: INV_BLOCK | INV_WITNESS_FLAG, hash: blockHash }, INV_BLOCK);
      return;
    }
    const block = chain.readBlock(index);
    if (block === null) return;
    if (indexes.some((i) => i >= block.txs.length)) {
      ctx.misbehaving(peer, 'getblocktxn with out-of-bounds tx indices');
      return;
    }
    ctx.send(peer, 'blocktxn', encodeBlockTxn(block, indexes));
  }
}
