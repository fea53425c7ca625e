import type { BlockIndex, BlockVerdict } from '../chain/types.ts';
import { checkProofOfWork, blockWork } from '../consensus/pow.ts';
import type { BlockHeader } from '../primitives/block.ts';
import { equalBytes, hashToHex } from '../util/bytes.ts';
import type { BlockTracker } from './block-tracker.ts';
import type { P2pContext } from './context.ts';
import { decodeHeaders, encodeHeaders, encodeInv, encodeLocator, INV_BLOCK, MAX_HEADERS_RESULTS, TooMany } from './messages.ts';
import type { NodePeer } from './node-peer.ts';

const HEADERS_RESPONSE_US = 120_000_000;
const MAX_BLOCKS_TO_ANNOUNCE = 8;
const DAY_SEC = 86_400;

/** Headers: asking for them, taking them, and telling peers of new tips. */
export class HeaderSync {
  private readonly ctx: P2pContext;
  private readonly blocks: BlockTracker;
  /** Who delivered a block that is being judged. */
  private lastInvHash: Uint8Array = new Uint8Array(0);

  constructor(ctx: P2pContext, blocks: BlockTracker) {
    this.ctx = ctx;
    this.blocks = blocks;
  }

  private bestHeader(): BlockIndex | null { return this.ctx.chain.bestHeader ?? this.ctx.chain.active.tip; }

  /** Asks for headers after `from`, unless an earlier question may still be answered. */
  ask(peer: NodePeer, from: BlockIndex | null): boolean {
    const now = this.ctx.nowUs();
    if (now - peer.lastGetHeadersUs <= HEADERS_RESPONSE_US) return false;
    this.ctx.send(peer, 'getheaders', encodeLocator(peer.commonVersion, this.ctx.chain.active.locator(from)));
    peer.lastGetHeadersUs = now;
    return true;
  }

  /** An inv named a block that we do not have: `hash` is the last such one. */
  invOfBlock(peer: NodePeer, hash: Uint8Array): void {
    if (!peer.syncStarted && (peer.invStartedHeaders || equalBytes(hash, this.lastInvHash))) return;
    const best = this.bestHeader();
    if (this.ask(peer, best)) this.ctx.log.debug('net', `getheaders (${best?.height ?? -1}) ${hashToHex(hash)} to peer=${peer.id}`);
    if (!peer.syncStarted) {
      peer.invStartedHeaders = true;
      this.lastInvHash = hash;
    }
  }

  headersMessage(peer: NodePeer, payload: Uint8Array): void {
    if (this.ctx.chain.loading) {
      this.ctx.log.debug('net', `Unexpected headers message received from peer ${peer.id}`);
      return;
    }
    let headers: BlockHeader[];
    try {
      headers = decodeHeaders(payload);
    } catch (e) {
      if (!(e instanceof TooMany)) throw e;
      this.ctx.misbehaving(peer, `headers message size = ${e.count}`);
      return;
    }
    this.process(peer, headers, false);
  }

  /** @returns false where the headers were refused or do not connect */
  process(peer: NodePeer, headers: readonly BlockHeader[], viaCompactBlock: boolean): boolean {
    const { ctx } = this;
    const { chain, log } = ctx;
    const first = headers[0];
    const lastHeader = headers[headers.length - 1];
    if (first === undefined || lastHeader === undefined) {
      peer.lastGetHeadersUs = 0;
      return true;
    }
    const { consensus } = ctx.options.params;
    for (const header of headers) {
      if (!checkProofOfWork(header.hash, header.bits, consensus)) {
        ctx.misbehaving(peer, 'header with invalid proof of work');
        return false;
      }
    }
    for (let i = 1; i < headers.length; i++) {
      if (!equalBytes((headers[i] as BlockHeader).prevHash, (headers[i - 1] as BlockHeader).hash)) {
        ctx.misbehaving(peer, 'non-continuous headers sequence');
        return false;
      }
    }
    const start = chain.lookup(first.prevHash);
    if (start === undefined) {
      const best = this.bestHeader();
      if (this.ask(peer, best)) {
        log.debug('net', `received header ${first.hashHex}: missing prev block ${hashToHex(first.prevHash)}, sending getheaders (${best?.height ?? -1}) to end (peer=${peer.id})`);
      }
      this.blocks.learned(peer, lastHeader.hash);
      return false;
    }
    peer.lastGetHeadersUs = 0;
    const full = headers.length >= MAX_HEADERS_RESULTS;
    const known = chain.lookup(lastHeader.hash);
    const trusted = peer.has('noban')
      || (known !== undefined && (chain.active.contains(known) || chain.bestHeader?.ancestor(known.height) === known));
    if (!trusted && !full) {
      let work = start.chainWork;
      for (const header of headers) work += blockWork(header.bits);
      if (work < this.blocks.antiDosWork()) {
        log.debug('net', `Ignoring low-work chain (height=${start.height + headers.length}) from peer=${peer.id}`);
        return false;
      }
    }
    const { verdict, last } = chain.processNewHeaders(headers, true);
    if (!verdict.ok) {
      if (!peer.inbound && verdict.result === 'cached-invalid') {
        log.warning(`${verdict.debug} (received from peer=${peer.id}). If this happens with all peers, consider database corruption (that -reindex may fix) or a potential consensus incompatibility.`);
      }
      this.punish(peer, verdict, viaCompactBlock, 'invalid header received');
      return false;
    }
    if (last === null) return false;
    if (known === undefined) this.logHeader(peer, last, viaCompactBlock);
    if (full && this.ask(peer, last)) log.debug('net', `more getheaders (${last.height}) to end to peer=${peer.id}`);
    this.blocks.learned(peer, last.hash);
    if (!full && chain.isInitialDownload() && peer.bestKnown !== null && peer.bestKnown.chainWork < chain.minimumChainWork
      && (peer.kind === 'outbound-full-relay' || peer.blockOnly)) {
      ctx.disconnect(peer, 'outbound peer headers chain has insufficient work, ');
      return false;
    }
    if (!viaCompactBlock) this.blocks.directFetch(peer, last);
    return true;
  }

  private logHeader(peer: NodePeer, index: BlockIndex, viaCompactBlock: boolean): void {
    const { log, chain } = this.ctx;
    const text = `Saw new ${viaCompactBlock ? 'cmpctblock ' : ''}header hash=${index.hashHex} height=${index.height} ${this.ctx.logPeer(peer)}`;
    if (chain.isInitialDownload()) log.debug('validation', text);
    else log.info(text);
  }

  /** Judges the peer by what became of its header or block. */
  punish(peer: NodePeer, verdict: BlockVerdict, viaCompactBlock: boolean, message: string): void {
    const { ctx } = this;
    switch (verdict.result) {
      case 'consensus':
      case 'mutated':
        if (!viaCompactBlock) return ctx.misbehaving(peer, message);
        break;
      case 'cached-invalid':
        // A peer that connected to us may follow other rules in good faith.
        if (!viaCompactBlock && !peer.inbound) return ctx.misbehaving(peer, message);
        break;
      case 'invalid-header':
      case 'invalid-prev':
      case 'missing-prev':
        return ctx.misbehaving(peer, message);
      default:
    }
    if (message !== '') ctx.log.debug('net', `peer=${peer.id}: ${message}`);
  }

  // -- sending ------------------------------------------------------------------------------------------------------

  private startedCount(): number {
    let n = 0;
    for (const peer of this.ctx.peers()) if (peer.syncStarted) n += 1;
    return n;
  }

  private preferredCount(): number {
    let n = 0;
    for (const peer of this.ctx.peers()) if (peer.preferredDownload) n += 1;
    return n;
  }

  /** Starts header sync where it is due. @returns whether blocks may be fetched from this peer now */
  startSync(peer: NodePeer): boolean {
    const { ctx } = this;
    let syncFrom = peer.preferredDownload;
    if (!syncFrom && peer.canServeBlocks && peer.kind !== 'addr-fetch') syncFrom = this.preferredCount() === 0 || this.blocks.requestCount === 0;
    const best = this.bestHeader();
    if (!peer.syncStarted && peer.canServeBlocks && !ctx.chain.loading && best !== null) {
      if ((syncFrom && this.startedCount() === 0) || best.time > ctx.clock.nowSec() - DAY_SEC) {
        // One back, so that a peer with the same headers answers with one at least.
        const from = best.prev ?? best;
        if (this.ask(peer, from)) {
          ctx.log.debug('net', `initial getheaders (${from.height}) to peer=${peer.id}`);
          peer.syncStarted = true;
        }
      }
    }
    return syncFrom;
  }

  /** sendheaders, once the peer has a chain worth hearing of. */
  maybeSendHeaders(peer: NodePeer): void {
    if (peer.sendHeadersSent || peer.commonVersion < 70012) return;
    this.blocks.settleUnknown(peer);
    if (peer.bestKnown === null || peer.bestKnown.chainWork <= this.ctx.chain.minimumChainWork) return;
    this.ctx.send(peer, 'sendheaders', new Uint8Array(0));
    peer.sendHeadersSent = true;
  }

  /** Queues blocks of the best chain, `tip` being new, for every peer. */
  tipMoved(tip: BlockIndex, fork: BlockIndex | null): void {
    const fresh: BlockIndex[] = [];
    for (let walk: BlockIndex | null = tip; walk !== null && walk !== fork && fresh.length < MAX_BLOCKS_TO_ANNOUNCE; walk = walk.prev) fresh.push(walk);
    fresh.reverse();
    for (const peer of this.ctx.peers()) peer.toAnnounce.push(...fresh);
    this.ctx.wakeAll();
  }

  /** Tells the peer of new tips: by header where it wants that and has the one before, otherwise by inv. */
  announce(peer: NodePeer): void {
    const { ctx } = this;
    const queue = peer.toAnnounce;
    if (queue.length > 0) {
      peer.toAnnounce = [];
      this.blocks.settleUnknown(peer);
      const headers = peer.prefersHeaders && queue.length <= MAX_BLOCKS_TO_ANNOUNCE ? this.connectingHeaders(peer, queue) : null;
      if (headers === null) this.queueInv(peer, queue[queue.length - 1] as BlockIndex);
      else if (headers.length > 0) {
        const [head, tail] = [headers[0] as BlockIndex, headers[headers.length - 1] as BlockIndex];
        ctx.log.debug('net', headers.length > 1
          ? `SendMessages: ${headers.length} headers, range (${head.hashHex}, ${tail.hashHex}), to peer=${peer.id}`
          : `SendMessages: sending header ${head.hashHex} to peer=${peer.id}`);
        ctx.send(peer, 'headers', encodeHeaders(headers.map((h) => h.header())));
        peer.bestHeaderSent = tail;
      }
    }
    if (peer.blockInvs.length > 0) {
      const hashes = peer.blockInvs;
      peer.blockInvs = [];
      for (let i = 0; i < hashes.length; i += 1000) {
        ctx.send(peer, 'inv', encodeInv(hashes.slice(i, i + 1000).map((hash) => ({ type: INV_BLOCK, hash }))));
      }
    }
  }

  /** What the peer lacks of `queue`; null where headers would not connect for it. */
  private connectingHeaders(peer: NodePeer, queue: readonly BlockIndex[]): BlockIndex[] | null {
    const { active } = this.ctx.chain;
    const out: BlockIndex[] = [];
    let before: BlockIndex | null = null;
    for (const index of queue) {
      if (!active.contains(index) || (before !== null && index.prev !== before)) return null;
      before = index;
      if (out.length > 0) out.push(index);
      else if (peer.hasHeader(index)) continue;
      else if (index.prev === null || peer.hasHeader(index.prev)) out.push(index);
      else return null;
    }
    return out;
  }

  private queueInv(peer: NodePeer, index: BlockIndex): void {
    const { chain, log } = this.ctx;
    if (!chain.active.contains(index)) {
      log.debug('net', `Announcing block ${index.hashHex} not on main chain (tip=${chain.active.tip?.hashHex ?? ''})`);
    }
    if (peer.hasHeader(index)) return;
    peer.blockInvs.push(index.hash);
    log.debug('net', `SendMessages: sending inv peer=${peer.id} hash=${index.hashHex}`);
  }
}
