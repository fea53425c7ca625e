import type { Block } from '../primitives/block.ts';
import { Transaction } from '../primitives/transaction.ts';
import { rejectText } from '../mempool/types.ts';
import { fromKey, hashToHex, toKey } from '../util/bytes.ts';
import { randomInt } from '../crypto/random.ts';
import { decodeInv, encodeFee, encodeInv, INV_BLOCK, INV_TX, INV_WITNESS_FLAG, INV_WTX, MAX_INV_SIZE } from './messages.ts';
import type { Peer } from './peer.ts';
import type { Protocol } from './protocol.ts';

const INBOUND_DELAY_MS = 5_000;
const OUTBOUND_DELAY_MS = 2_000;
const NONPREF_DELAY_MS = 2_000;
const REQUEST_TIMEOUT_MS = 60_000;
const MAX_ORPHANS = 100;
const MAX_REJECTS = 10_000;
const MAX_INV_PER_PASS = 1_000;

interface Wanted { readonly hash: Uint8Array; readonly type: number; readonly from: Peer[]; asked: Peer | null; dueMs: number }
interface Orphan { readonly tx: Transaction; readonly peer: number }

/** Transactions: who has told of them, from whom they were asked, who must be told. */
export class TxRelay {
  private readonly protocol: Protocol;
  /** Announced transactions that we have not got, by id key. */
  private readonly wanted = new Map<string, Wanted>();
  private readonly rejected = new Set<string>();
  private readonly orphans = new Map<string, Orphan>();

  constructor(protocol: Protocol) {
    this.protocol = protocol;
  }

  handshakeDone(peer: Peer): void {
    this.sendFeeFilter(peer);
  }

  disconnected(peer: Peer): void {
    for (const [key, wanted] of this.wanted) {
      const at = wanted.from.indexOf(peer);
      if (at >= 0) wanted.from.splice(at, 1);
      if (wanted.asked === peer) {
        wanted.asked = null;
        wanted.dueMs = 0;
      }
      if (wanted.from.length === 0 && wanted.asked === null) this.wanted.delete(key);
    }
    for (const [key, orphan] of this.orphans) if (orphan.peer === peer.id) this.orphans.delete(key);
  }

  blockConnected(block: Block): void {
    this.rejected.clear();
    for (const tx of block.txs) {
      this.wanted.delete(toKey(tx.txid));
      this.wanted.delete(toKey(tx.wtxid));
      this.orphans.delete(toKey(tx.wtxid));
    }
  }

  private sendFeeFilter(peer: Peer): void {
    if (this.protocol.options.ignoreIncomingTxs || peer.type === 'block-relay-only' || peer.has('forcerelay')) return;
    const { chain, mempool, clock } = this.protocol.m;
    const fee = peer.feeFilterSchedule.due({
      nowMs: clock.nowMs(), initialDownload: chain.isInitialDownload(), poolFeerate: mempool.rollingFeerate(), minRelayFeerate: mempool.minRelayFeerate,
    });
    if (fee !== null) this.protocol.send(peer, 'feefilter', encodeFee(fee));
  }

  private have(hash: Uint8Array, type: number): boolean {
    const key = toKey(hash);
    const { mempool } = this.protocol.m;
    return (type === INV_WTX ? mempool.getByWtxid(hash) !== undefined || this.orphans.has(key) : mempool.has(hash)) || this.rejected.has(key);
  }

  onInv(peer: Peer, payload: Uint8Array): void {
    const { m, options, blocks } = this.protocol;
    const items = decodeInv(payload);
    const noTxs = options.ignoreIncomingTxs && !peer.has('relay');
    let lastBlock: Uint8Array | null = null;
    for (const { type, hash } of items) {
      if (type === INV_BLOCK) {
        const known = m.chain.lookup(hash)?.haveData === true;
        m.log.debug('net', `got inv: block ${hashToHex(hash)} ${known ? 'have' : 'new'} peer=${peer.id}`);
        lastBlock = hash;
        continue;
      }
      if (type !== INV_TX && type !== INV_WTX) continue;
      // A peer announces by the kind of id that it has agreed to.
      if ((type === INV_WTX) !== peer.wtxidRelay) continue;
      if (noTxs || peer.type === 'block-relay-only') {
        m.log.debug('net', `transaction (${hashToHex(hash)}) inv sent in violation of protocol, disconnecting peer=${peer.id}`);
        m.disconnect(peer);
        return;
      }
      const known = this.have(hash, type);
      m.log.debug('net', `got inv: ${type === INV_WTX ? 'wtx' : 'tx'} ${hashToHex(hash)} ${known ? 'have' : 'new'} peer=${peer.id}`);
      peer.remember(toKey(hash));
      if (!known && !m.chain.isInitialDownload()) this.want(peer, hash, type);
    }
    if (lastBlock !== null) blocks.onInvBlock(peer, lastBlock);
  }

  private want(peer: Peer, hash: Uint8Array, type: number): void {
    const key = toKey(hash);
    const now = this.protocol.m.clock.nowMs();
    const preferred = !peer.inbound || peer.has('noban');
    const wanted = this.wanted.get(key);
    if (wanted !== undefined) {
      if (!wanted.from.includes(peer)) wanted.from.push(peer);
      return;
    }
    if (this.wanted.size > MAX_INV_SIZE) return;
    const others = this.protocol.m.peers().some((p) => !p.inbound && p.handshakeDone);
    this.wanted.set(key, { hash, type, from: [peer], asked: null, dueMs: now + (preferred || !others ? 0 : NONPREF_DELAY_MS) });
  }

  private request(peer: Peer): void {
    const now = this.protocol.m.clock.nowMs();
    const ask: Wanted[] = [];
    for (const wanted of this.wanted.values()) {
      if (wanted.dueMs > now) continue;
      if (wanted.asked !== null) {
        // Asked long ago in vain: the next who announced it gets the question.
        const at = wanted.from.indexOf(wanted.asked);
        if (at >= 0) wanted.from.splice(at, 1);
        wanted.asked = null;
      }
      if (wanted.from[0] !== peer) continue;
      wanted.asked = peer;
      wanted.dueMs = now + REQUEST_TIMEOUT_MS;
      ask.push(wanted);
      this.protocol.m.log.debug('net', `Requesting ${wanted.type === INV_WTX ? 'wtx' : 'tx'} ${hashToHex(wanted.hash)} peer=${peer.id}`);
    }
    if (ask.length > 0) {
      this.protocol.send(peer, 'getdata', encodeInv(ask.map((w) => ({ type: w.type === INV_WTX ? INV_WTX : INV_TX | INV_WITNESS_FLAG, hash: w.hash }))));
    }
  }

  onNotFound(peer: Peer, payload: Uint8Array): void {
    for (const { hash } of decodeInv(payload)) {
      const wanted = this.wanted.get(toKey(hash));
      if (wanted?.asked === peer) {
        const at = wanted.from.indexOf(peer);
        if (at >= 0) wanted.from.splice(at, 1);
        wanted.asked = null;
        wanted.dueMs = 0;
        if (wanted.from.length === 0) this.wanted.delete(toKey(hash));
      }
    }
  }

  onTx(peer: Peer, payload: Uint8Array): void {
    const { m, options } = this.protocol;
    if ((options.ignoreIncomingTxs && !peer.has('relay')) || peer.type === 'block-relay-only') {
      m.log.debug('net', `transaction sent in violation of protocol, disconnecting peer=${peer.id}`);
      m.disconnect(peer);
      return;
    }
    if (m.chain.isInitialDownload()) return;
    const tx = Transaction.fromBytes(payload);
    peer.remember(toKey(tx.wtxid));
    peer.remember(toKey(tx.txid));
    this.wanted.delete(toKey(tx.txid));
    this.wanted.delete(toKey(tx.wtxid));
    if (m.mempool.getByWtxid(tx.wtxid) !== undefined || this.rejected.has(toKey(tx.wtxid))) {
      if (peer.has('forcerelay') && m.mempool.has(tx.txid)) {
        m.log.info(`Force relaying tx ${tx.txidHex} (wtxid=${tx.wtxidHex}) from peer=${peer.id}`);
        this.announce(tx);
      }
      return;
    }
    this.consider(peer, tx);
  }

  private consider(peer: Peer, tx: Transaction): void {
    const { m } = this.protocol;
    const result = m.mempool.accept(tx);
    if (result.ok) {
      peer.lastTxSec = m.clock.nowSec();
      m.log.debug('mempool', `AcceptToMemoryPool: peer=${peer.id}: accepted ${tx.txidHex} (wtxid=${tx.wtxidHex}) (poolsz ${m.mempool.size} txn, ${Math.round(m.mempool.usage / 1000)} kB)`);
      this.announce(tx);
      this.orphans.delete(toKey(tx.wtxid));
      for (const { tx: child, peer: from } of this.orphansOf(tx)) {
        this.orphans.delete(toKey(child.wtxid));
        this.consider(m.peers().find((p) => p.id === from) ?? peer, child);
      }
      return;
    }
    if (result.kind === 'missing-inputs') {
      if (this.addOrphan(peer, tx)) return;
    }
    m.log.debug('mempoolrej', `${tx.txidHex} (wtxid=${tx.wtxidHex}) from peer=${peer.id} was not accepted: ${rejectText(result)}`);
    if (result.kind !== 'witness-stripped' && result.kind !== 'no-mempool') {
      if (this.rejected.size >= MAX_REJECTS) this.rejected.clear();
      this.rejected.add(toKey(tx.wtxid));
      if (result.kind === 'inputs-not-standard' && tx.hasWitness) this.rejected.add(toKey(tx.txid));
    }
    if (result.kind === 'consensus') this.protocol.misbehaving(peer, result.reason);
  }

  private orphansOf(parent: Transaction): Orphan[] {
    const id = toKey(parent.txid);
    return [...this.orphans.values()].filter((o) => o.tx.inputs.some((i) => toKey(i.prevout.txid) === id));
  }

  private addOrphan(peer: Peer, tx: Transaction): boolean {
    const { m } = this.protocol;
    if (tx.weight > 400_000) {
      m.log.debug('txpackages', `ignoring large orphan tx (size: ${tx.weight}, txid: ${tx.txidHex}, wtxid: ${tx.wtxidHex})`);
      return false;
    }
    // A child of what was refused is refused with it.
    if (tx.inputs.some((i) => this.rejected.has(toKey(i.prevout.txid)))) {
      m.log.debug('mempool', `not keeping orphan with rejected parents ${tx.txidHex} (wtxid=${tx.wtxidHex})`);
      return false;
    }
    if (this.orphans.size >= MAX_ORPHANS) {
      const victim = [...this.orphans.keys()][randomInt(this.orphans.size)];
      if (victim !== undefined) this.orphans.delete(victim);
    }
    this.orphans.set(toKey(tx.wtxid), { tx, peer: peer.id });
    m.log.debug('txpackages', `stored orphan tx ${tx.txidHex} (wtxid=${tx.wtxidHex}), weight: ${tx.weight} (mapsz ${this.orphans.size})`);
    for (const { prevout } of tx.inputs) {
      if (!m.mempool.has(prevout.txid) && m.mempool.coins.getCoin(prevout.txid, prevout.vout) === undefined) this.want(peer, prevout.txid, INV_TX);
    }
    return true;
  }

  /** Peers are told of it when their turn comes. */
  announce(tx: Transaction): void {
    const txid = toKey(tx.txid);
    for (const peer of this.protocol.m.peers()) {
      if (!peer.handshakeDone || !peer.relaysTxs) continue;
      if (!peer.knownTxs.has(peer.wtxidRelay ? toKey(tx.wtxid) : txid)) peer.txsToAnnounce.add(txid);
    }
  }

  onMempool(peer: Peer): void {
    if (!peer.has('mempool')) {
      this.protocol.m.log.debug('net', `mempool request with bloom filters disabled, disconnecting peer=${peer.id}`);
      this.protocol.m.disconnect(peer);
      return;
    }
    const items = [...this.protocol.m.mempool.entries()].map(({ tx }) => ({ type: peer.wtxidRelay ? INV_WTX : INV_TX, hash: peer.wtxidRelay ? tx.wtxid : tx.txid }));
    peer.announcedSequence = this.protocol.m.mempool.sequence;
    if (items.length > 0) this.protocol.send(peer, 'inv', encodeInv(items.slice(0, MAX_INV_SIZE)));
  }

  sendPass(peer: Peer): void {
    this.request(peer);
    this.sendFeeFilter(peer);
    const { m } = this.protocol;
    const now = m.clock.nowMs();
    if (now < peer.nextInvMs && !peer.has('noban')) return;
    peer.announcedSequence = m.mempool.sequence;
    if (peer.txsToAnnounce.size === 0 && now < peer.nextInvMs) return;
    const mean = peer.inbound ? INBOUND_DELAY_MS : OUTBOUND_DELAY_MS;
    // Exponential waiting times: who sees our announcements cannot tell when we learnt of a transaction.
    peer.nextInvMs = now - Math.log(1 - randomInt(2 ** 32) / 2 ** 32) * mean;
    const items: { type: number; hash: Uint8Array }[] = [];
    const waiting = [...peer.txsToAnnounce].map((key) => m.mempool.get(fromKey(key))).filter((e) => e !== undefined);
    peer.txsToAnnounce.clear();
    // Parents before children.
    waiting.sort((a, b) => a.ancestorCount - b.ancestorCount || a.sequence - b.sequence);
    for (const { tx, fee, vsize } of waiting) {
      const hash = peer.wtxidRelay ? tx.wtxid : tx.txid;
      const key = toKey(hash);
      if (peer.knownTxs.has(key) || (fee * 1000) / vsize < peer.feeFilter) continue;
      peer.remember(key);
      items.push({ type: peer.wtxidRelay ? INV_WTX : INV_TX, hash });
      if (items.length >= MAX_INV_PER_PASS) {
        this.protocol.send(peer, 'inv', encodeInv(items.splice(0)));
      }
    }
    if (items.length > 0) this.protocol.send(peer, 'inv', encodeInv(items));
  }
}
