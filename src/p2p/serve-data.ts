import { MalformedData } from '../util/errors.ts';
import { decodeInv, encodeInv, INV_BLOCK, INV_CMPCT_BLOCK, INV_TX, INV_WITNESS_FLAG, INV_WTX, type InvItem } from './messages.ts';
import type { Peer } from './peer.ts';
import type { Protocol } from './protocol.ts';

/** Answers getdata: blocks of the active chain (and recent ones beside it), transactions of the pool. */
export async function serveGetData(protocol: Protocol, peer: Peer, payload: Uint8Array): Promise<void> {
  const { m } = protocol;
  const items = decodeInv(payload);
  m.log.debug('net', `received getdata (${items.length} invsz) peer=${peer.id}`);
  const missing: InvItem[] = [];
  for (const item of items) {
    const base = item.type & ~INV_WITNESS_FLAG;
    if (base === INV_BLOCK || base === INV_CMPCT_BLOCK) {
      serveBlock(protocol, peer, item);
      // A long list must not hold up everybody else.
      await new Promise<void>((resolve) => { setImmediate(resolve); });
    } else if (base === INV_TX || item.type === INV_WTX) {
      const entry = item.type === INV_WTX ? m.mempool.getByWtxid(item.hash) : m.mempool.get(item.hash);
      // A peer that asks for what it was not told of yet would find out when it came here.
      if (entry === undefined || !peer.relaysTxs || entry.sequence >= peer.announcedSequence) {
        missing.push(item);
        continue;
      }
      protocol.send(peer, 'tx', entry.tx.serialize(item.type !== INV_TX));
      m.mempool.clearUnbroadcast(entry.tx.txid);
    } else {
      throw new MalformedData(`unknown inventory type ${item.type}`);
    }
  }
  if (missing.length > 0) protocol.send(peer, 'notfound', encodeInv(missing));
}

function serveBlock(protocol: Protocol, peer: Peer, item: InvItem): void {
  const { chain, log } = protocol.m;
  const index = chain.lookup(item.hash);
  if (index === undefined || !index.haveData) return;
  const { tip } = chain.active;
  const recent = tip !== null && chain.bestHeader !== null && chain.bestHeader.time - index.time < 30 * 24 * 3600 && !index.failed;
  if (!chain.active.contains(index) && !recent) {
    log.debug('net', `Ignoring request from peer=${peer.id} for old block that isn't in the main chain`);
    return;
  }
  if ((item.type & INV_WITNESS_FLAG) !== 0 || item.type === INV_CMPCT_BLOCK) {
    const raw = chain.readBlockRaw(index);
    if (raw !== null) protocol.send(peer, 'block', raw);
    return;
  }
  const block = chain.readBlock(index);
  if (block !== null) protocol.send(peer, 'block', block.serialize(false));
}
