import { toKey } from '../util/bytes.ts';
import type { NodePeer } from './node-peer.ts';

const REQUEST_TIMEOUT_US = 60_000_000;
const NONPREFERRED_DELAY_US = 2_000_000;
const TXID_DELAY_US = 2_000_000;
const OVERLOADED_DELAY_US = 2_000_000;
const MAX_IN_FLIGHT = 100;
const MAX_ANNOUNCEMENTS = 5000;

export interface TxId { readonly hash: Uint8Array; readonly isWtxid: boolean }

interface Announcement {
  readonly id: TxId;
  readonly peer: NodePeer;
  readonly preferred: boolean;
  /** May be asked for from then on; for a request, when it counts as unanswered. */
  timeUs: number;
  state: 'waiting' | 'requested' | 'done';
}

/** Who announced which transaction, and who was asked: one peer at a time for each. */
export class TxRequests {
  private readonly byHash = new Map<string, Announcement[]>();
  private readonly byPeer = new Map<number, Map<string, Announcement>>();

  announced(peer: NodePeer, id: TxId, nowUs: number, wtxidPeers: number): void {
    const own = this.byPeer.get(peer.id) ?? new Map<string, Announcement>();
    const key = toKey(id.hash);
    if (own.has(key) || (own.size >= MAX_ANNOUNCEMENTS && !peer.has('relay'))) return;
    let inFlight = 0;
    for (const a of own.values()) if (a.state === 'requested') inFlight += 1;
    let delay = peer.preferredDownload ? 0 : NONPREFERRED_DELAY_US;
    if (!id.isWtxid && wtxidPeers > 0) delay += TXID_DELAY_US;
    if (inFlight >= MAX_IN_FLIGHT && !peer.has('relay')) delay += OVERLOADED_DELAY_US;
    const announcement: Announcement = { id, peer, preferred: peer.preferredDownload, timeUs: nowUs + delay, state: 'waiting' };
    own.set(key, announcement);
    this.byPeer.set(peer.id, own);
    const list = this.byHash.get(key);
    if (list === undefined) this.byHash.set(key, [announcement]);
    else list.push(announcement);
  }

  /** What to ask this peer for now; counts as asked. `expired` is told of requests that were not answered in time. */
  due(peer: NodePeer, nowUs: number, expired: (id: TxId) => void): TxId[] {
    const own = this.byPeer.get(peer.id);
    const out: TxId[] = [];
    if (own === undefined) return out;
    for (const [key, announcement] of [...own]) {
      const list = this.byHash.get(key) ?? [];
      const open = list.find((a) => a.state === 'requested');
      if (open !== undefined) {
        if (open.timeUs > nowUs) continue;
        open.state = 'done';
        if (open.peer === peer) expired(open.id);
      }
      if (announcement.state === 'waiting' && announcement.timeUs <= nowUs && this.best(list, nowUs) === announcement) {
        announcement.state = 'requested';
        announcement.timeUs = nowUs + REQUEST_TIMEOUT_US;
        out.push(announcement.id);
      }
      this.dropIfDone(key, list);
    }
    return out;
  }

  private best(list: readonly Announcement[], nowUs: number): Announcement | undefined {
    const ready = list.filter((a) => a.state === 'waiting' && a.timeUs <= nowUs);
    return ready.find((a) => a.preferred) ?? ready[0];
  }

  private dropIfDone(key: string, list: readonly Announcement[]): void {
    if (list.every((a) => a.state === 'done')) this.forgetKey(key);
  }

  /** The peer answered (with the transaction, or that it has none). */
  answered(peer: NodePeer, hash: Uint8Array): void {
    const key = toKey(hash);
    const announcement = this.byPeer.get(peer.id)?.get(key);
    if (announcement === undefined) return;
    announcement.state = 'done';
    this.dropIfDone(key, this.byHash.get(key) ?? []);
  }

  /** Nobody need be asked any more. */
  forget(hash: Uint8Array): void { this.forgetKey(toKey(hash)); }

  private forgetKey(key: string): void {
    for (const a of this.byHash.get(key) ?? []) this.byPeer.get(a.peer.id)?.delete(key);
    this.byHash.delete(key);
  }

  peerGone(peer: NodePeer): void {
    const own = this.byPeer.get(peer.id);
    if (own === undefined) return;
    for (const key of own.keys()) {
      const rest = (this.byHash.get(key) ?? []).filter((a) => a.peer !== peer);
      if (rest.length === 0) this.byHash.delete(key);
      else this.byHash.set(key, rest);
    }
    this.byPeer.delete(peer.id);
  }
}
