import type { BlockIndex } from '../chain/types.ts';
import { isBlockMutated } from '../consensus/block-check.ts';
import { readHeader } from '../primitives/auxpow.ts';
import { Block, type BlockHeader } from '../primitives/block.ts';
import { equalBytes, hashToHex, isAllZero, toKey } from '../util/bytes.ts';
import { Reader } from '../util/reader.ts';
import {
  decodeHeaders, decodeLocator, encodeHeaders, encodeInv, encodeLocator, INV_BLOCK, INV_WITNESS_FLAG, MAX_HEADERS_RESULTS, MAX_LOCATOR_SIZE,
} from './messages.ts';
import type { Peer } from './peer.ts';
import type { Protocol } from './protocol.ts';

const MAX_BLOCKS_IN_FLIGHT = 16;
const DOWNLOAD_WINDOW = 1024;
const MAX_BLOCKS_TO_ANNOUNCE = 8;
const BLOCK_TIMEOUT_MS = 10 * 60_000;
const GETBLOCKS_RESULTS = 500;

/** Headers first, then blocks; and the other way round: telling peers of the chain. */
export class BlockSync {
  private readonly protocol: Protocol;
  /** Blocks asked for, by hash key: from whom, since when. */
  private readonly inFlight = new Map<string, { peer: Peer; sinceMs: number }>();

  constructor(protocol: Protocol) {
    this.protocol = protocol;
  }

  handshakeDone(peer: Peer): void { this.startHeaders(peer); }

  disconnected(peer: Peer): void {
    for (const key of peer.blocksInFlight.keys()) this.inFlight.delete(key);
    peer.blocksInFlight.clear();
  }

  private startHeaders(peer: Peer): void {
    const { chain, log } = this.protocol.m;
    const best = chain.bestHeader ?? chain.active.tip;
    if (best === null || peer.sentGetHeaders || peer.type === 'feeler' || peer.type === 'addr-fetch') return;
    peer.sentGetHeaders = true;
    // From one before the best: then a peer with the same chain answers with it, and we know that it has it.
    const start = best.prev ?? best;
    log.debug('net', `initial getheaders (${start.height}) to peer=${peer.id} (startheight:${peer.version?.startHeight ?? -1})`);
    this.getHeaders(peer, start);
  }

  private getHeaders(peer: Peer, from: BlockIndex | null): void {
    const { chain } = this.protocol.m;
    this.protocol.send(peer, 'getheaders', encodeLocator(this.protocol.options.params.coin.protocolVersion, chain.active.locator(from)));
  }

  // -- what the peer has ----------------------------------------------------------------------------------------

  /** Takes note that the peer has a block. */
  private peerHas(peer: Peer, hash: Uint8Array): void {
    const index = this.protocol.m.chain.lookup(hash);
    if (index === undefined) {
      peer.lastUnknown = hash;
      return;
    }
    if (peer.bestKnown === null || index.chainWork >= peer.bestKnown.chainWork) peer.bestKnown = index;
  }

  private settleUnknown(peer: Peer): void {
    if (peer.lastUnknown === null) return;
    const index = this.protocol.m.chain.lookup(peer.lastUnknown);
    if (index === undefined) return;
    peer.lastUnknown = null;
    if (peer.bestKnown === null || index.chainWork >= peer.bestKnown.chainWork) peer.bestKnown = index;
  }

  /** A block was announced by inv. */
  onInvBlock(peer: Peer, hash: Uint8Array): void {
    const { chain, log } = this.protocol.m;
    this.settleUnknown(peer);
    this.peerHas(peer, hash);
    if (chain.lookup(hash) !== undefined || this.inFlight.has(toKey(hash))) return;
    this.getHeaders(peer, chain.bestHeader);
    log.debug('net', `getheaders (${chain.bestHeader?.height ?? -1}) ${hashToHex(hash)} to peer=${peer.id}`);
  }

  onHeaders(peer: Peer, payload: Uint8Array): void {
    const { m } = this.protocol;
    const headers = decodeHeaders(payload);
    const [first] = headers;
    const lastHeader = headers.at(-1);
    if (first === undefined || lastHeader === undefined) return;
    for (let i = 1; i < headers.length; i++) {
      if (!equalBytes((headers[i] as BlockHeader).prevHash, (headers[i - 1] as BlockHeader).hash)) {
        this.protocol.misbehaving(peer, 'non-continuous headers sequence');
        return;
      }
    }
    if (m.chain.lookup(first.prevHash) === undefined) {
      // An announcement from the middle of a chain: ask for what is between.
      this.getHeaders(peer, m.chain.bestHeader);
      m.log.debug('net', `received header ${first.hashHex}: missing prev block ${hashToHex(first.prevHash)}, sending getheaders (${m.chain.bestHeader?.height ?? -1}) to end (peer=${peer.id})`);
      this.peerHas(peer, lastHeader.hash);
      return;
    }
    const { verdict, last } = m.chain.processNewHeaders(headers, true);
    if (!verdict.ok) {
      if (verdict.result === 'time-future' || verdict.result === 'header-low-work' || verdict.result === 'unbuilt') return;
      if (verdict.result === 'cached-invalid' && peer.inbound) return;
      this.protocol.misbehaving(peer, `invalid header received`);
      return;
    }
    if (last !== null && (peer.bestKnown === null || last.chainWork >= peer.bestKnown.chainWork)) peer.bestKnown = last;
    this.settleUnknown(peer);
    if (headers.length === MAX_HEADERS_RESULTS) {
      m.log.debug('net', `more getheaders (${last?.height ?? -1}) to end to peer=${peer.id} (startheight:${peer.version?.startHeight ?? -1})`);
      this.getHeaders(peer, last);
    }
    this.requestBlocks(peer);
  }

  /** Asks for the next blocks of the peer's chain that nobody sends yet. */
  private requestBlocks(peer: Peer): void {
    const { chain, log } = this.protocol.m;
    const target = peer.bestKnown;
    const { tip } = chain.active;
    if (target === null || tip === null || target.failed || target.chainWork < tip.chainWork || target.chainWork < this.protocol.options.params.consensus.minimumChainWork) return;
    if (peer.type === 'feeler' || peer.type === 'addr-fetch') return;
    const fork = chain.active.findFork(target);
    if (fork === null) return;
    const wanted: BlockIndex[] = [];
    const limit = Math.min(target.height, fork.height + DOWNLOAD_WINDOW);
    for (let height = fork.height + 1; height <= limit && peer.blocksInFlight.size + wanted.length < MAX_BLOCKS_IN_FLIGHT; height++) {
      const index = target.ancestor(height);
      if (index === null || index.failed) break;
      if (!index.haveData && !this.inFlight.has(toKey(index.hash))) wanted.push(index);
    }
    if (wanted.length === 0) return;
    const now = this.protocol.m.clock.systemMs();
    for (const index of wanted) {
      this.inFlight.set(toKey(index.hash), { peer, sinceMs: now });
      peer.blocksInFlight.set(toKey(index.hash), index);
      log.debug('net', `Requesting block ${index.hashHex} (${index.height}) peer=${peer.id}`);
    }
    this.protocol.send(peer, 'getdata', encodeInv(wanted.map((index) => ({ type: INV_BLOCK | INV_WITNESS_FLAG, hash: index.hash }))));
  }

  async onBlock(peer: Peer, payload: Uint8Array): Promise<void> {
    const { m, options } = this.protocol;
    const block = Block.fromBytes(payload);
    const key = toKey(block.hash);
    m.log.debug('net', `received block ${block.hashHex} peer=${peer.id}`);
    const prev = m.chain.lookup(block.header.prevHash);
    if (prev !== undefined && isBlockMutated(block, prev.height + 1 >= options.params.consensus.segwitHeight)) {
      this.forget(peer, key);
      this.protocol.misbehaving(peer, 'mutated block');
      return;
    }
    const requested = peer.blocksInFlight.has(key);
    this.forget(peer, key);
    this.peerHas(peer, block.hash);
    const { accepted, isNew, verdict } = await m.chain.processNewBlock(block, { force: requested, minPowChecked: true });
    if (isNew) peer.lastBlockSec = m.clock.nowSec();
    this.settleUnknown(peer);
    const index = m.chain.lookup(block.hash);
    if (!verdict.ok || index?.failed === true) this.punish(peer, verdict.result === '' ? 'consensus' : verdict.result, verdict.reason);
    else if (!accepted) m.log.debug('net', `block ${block.hashHex} not accepted peer=${peer.id}`);
    this.requestBlocks(peer);
  }

  private punish(peer: Peer, result: string, reason: string): void {
    switch (result) {
      case 'consensus': case 'mutated': case 'invalid-header': case 'invalid-prev': case 'missing-prev':
        this.protocol.misbehaving(peer, reason);
        break;
      case 'cached-invalid':
        // An outbound peer that follows a chain known to be bad is of no use; an inbound one may be on another version.
        if (!peer.inbound) this.protocol.misbehaving(peer, reason);
        break;
      default:
    }
  }

  private forget(peer: Peer, key: string): void {
    const entry = this.inFlight.get(key);
    if (entry !== undefined) entry.peer.blocksInFlight.delete(key);
    peer.blocksInFlight.delete(key);
    this.inFlight.delete(key);
  }

  /** Compact blocks are taken as an announcement: the whole block is asked for. */
  onCompactBlock(peer: Peer, payload: Uint8Array): void {
    const header = readHeader(new Reader(payload));
    if (this.protocol.m.chain.lookup(header.prevHash) === undefined) {
      this.getHeaders(peer, this.protocol.m.chain.bestHeader);
      return;
    }
    this.onHeaders(peer, encodeHeaders([header]));
  }

  // -- telling the peer -----------------------------------------------------------------------------------------

  onGetHeaders(peer: Peer, payload: Uint8Array): void {
    const { chain, log } = this.protocol.m;
    const { hashes, stop } = decodeLocator(payload);
    if (hashes.length > MAX_LOCATOR_SIZE) {
      log.debug('net', `getheaders locator size ${hashes.length} > ${MAX_LOCATOR_SIZE}, disconnecting peer=${peer.id}`);
      this.protocol.m.disconnect(peer);
      return;
    }
    const { tip } = chain.active;
    if (tip === null || tip.chainWork < this.protocol.options.params.consensus.minimumChainWork) {
      log.debug('net', `Ignoring getheaders from peer=${peer.id} because active chain has too little work; sending empty response`);
      this.protocol.send(peer, 'headers', encodeHeaders([]));
      return;
    }
    let index: BlockIndex | null;
    if (hashes.length === 0) {
      index = chain.lookup(stop) ?? null;
      if (index === null) return;
      if (!chain.active.contains(index) && !(chain.bestHeader !== null && chain.bestHeader.time - index.time < 30 * 24 * 3600)) return;
    } else {
      index = chain.active.next(this.locatorFork(hashes));
    }
    const headers: BlockHeader[] = [];
    log.debug('net', `getheaders ${index?.height ?? -1} to ${isAllZero(stop) ? 'end' : hashToHex(stop)} from peer=${peer.id}`);
    let last: BlockIndex | null = null;
    for (; index !== null; index = chain.active.next(index)) {
      headers.push(chain.fullHeader(index));
      last = index;
      if (headers.length >= MAX_HEADERS_RESULTS || equalBytes(index.hash, stop)) break;
    }
    peer.bestHeaderSent = last ?? tip;
    this.protocol.send(peer, 'headers', encodeHeaders(headers));
  }

  private locatorFork(hashes: readonly Uint8Array[]): BlockIndex {
    const { chain } = this.protocol.m;
    for (const hash of hashes) {
      const index = chain.lookup(hash);
      if (index === undefined) continue;
      if (chain.active.contains(index)) return index;
      const { tip } = chain.active;
      if (tip !== null && index.ancestor(tip.height) === tip) return tip;
    }
    return chain.active.at(0) as BlockIndex;
  }

  onGetBlocks(peer: Peer, payload: Uint8Array): void {
    const { chain, log } = this.protocol.m;
    const { hashes, stop } = decodeLocator(payload);
    if (hashes.length > MAX_LOCATOR_SIZE) {
      log.debug('net', `getblocks locator size ${hashes.length} > ${MAX_LOCATOR_SIZE}, disconnecting peer=${peer.id}`);
      this.protocol.m.disconnect(peer);
      return;
    }
    const items: { type: number; hash: Uint8Array }[] = [];
    for (let index = chain.active.next(this.locatorFork(hashes)); index !== null; index = chain.active.next(index)) {
      if (equalBytes(index.hash, stop)) break;
      items.push({ type: INV_BLOCK, hash: index.hash });
      if (items.length >= GETBLOCKS_RESULTS) break;
    }
    if (items.length > 0) this.protocol.send(peer, 'inv', encodeInv(items));
  }

  /** The tip has moved: every peer is told of what is new since the fork. */
  tipChanged(tip: BlockIndex, fork: BlockIndex | null): void {
    if (this.protocol.m.chain.isInitialDownload()) return;
    const fresh: BlockIndex[] = [];
    for (let index: BlockIndex | null = tip; index !== null && index !== fork; index = index.prev) {
      fresh.unshift(index);
      if (fresh.length > MAX_BLOCKS_TO_ANNOUNCE) break;
    }
    for (const peer of this.protocol.m.peers()) {
      if (!peer.handshakeDone) continue;
      peer.blocksToAnnounce.push(...fresh);
      this.announce(peer);
    }
  }

  private peerHasHeader(peer: Peer, index: BlockIndex): boolean {
    return (peer.bestKnown !== null && peer.bestKnown.ancestor(index.height) === index) || (peer.bestHeaderSent !== null && peer.bestHeaderSent.ancestor(index.height) === index);
  }

  private announce(peer: Peer): void {
    const fresh = peer.blocksToAnnounce;
    if (fresh.length === 0) return;
    peer.blocksToAnnounce = [];
    const { chain } = this.protocol.m;
    const headers: BlockIndex[] = [];
    let byInv = !peer.prefersHeaders || fresh.length > MAX_BLOCKS_TO_ANNOUNCE;
    let found = false;
    for (const index of fresh) {
      if (byInv) break;
      if (!chain.active.contains(index) || (headers.length > 0 && index.prev !== headers.at(-1))) {
        byInv = true;
      } else if (found) {
        headers.push(index);
      } else if (!this.peerHasHeader(peer, index)) {
        if (index.prev === null || this.peerHasHeader(peer, index.prev)) {
          found = true;
          headers.push(index);
        } else {
          byInv = true;
        }
      }
    }
    if (byInv) {
      const last = fresh.at(-1);
      if (last !== undefined && !this.peerHasHeader(peer, last)) this.protocol.send(peer, 'inv', encodeInv([{ type: INV_BLOCK, hash: last.hash }]));
      return;
    }
    const last = headers.at(-1);
    if (last === undefined) return;
    this.protocol.m.log.debug('net', `sendBlock: sending header ${last.hashHex} to peer=${peer.id}`);
    this.protocol.send(peer, 'headers', encodeHeaders(headers.map((index) => this.protocol.m.chain.fullHeader(index))));
    peer.bestHeaderSent = last;
  }

  sendPass(peer: Peer): void {
    const { chain, clock, log } = this.protocol.m;
    if (!peer.sentSendHeaders && chain.active.tip !== null && peer.bestKnown !== null && peer.bestKnown.chainWork > this.protocol.options.params.consensus.minimumChainWork) {
      peer.sentSendHeaders = true;
      this.protocol.send(peer, 'sendheaders');
    }
    this.announce(peer);
    const [oldest] = peer.blocksInFlight.keys();
    const since = oldest === undefined ? undefined : this.inFlight.get(oldest)?.sinceMs;
    if (since !== undefined && clock.systemMs() - since > BLOCK_TIMEOUT_MS) {
      log.info(`Timeout downloading block ${peer.blocksInFlight.get(oldest as string)?.hashHex ?? ''}, disconnecting peer=${peer.id}`);
      this.protocol.m.disconnect(peer);
      return;
    }
    if (peer.blocksInFlight.size < MAX_BLOCKS_IN_FLIGHT) this.requestBlocks(peer);
  }
}
