import type { Mempool, MempoolChunk, MempoolEntry } from '../../mempool/types.ts';
import { amountToJson } from '../../util/amount.ts';
import type { Json, JsonObject } from '../../util/json.ts';
import { signalsReplacement } from '../../policy/rbf.ts';

/** getmempoolinfo, which REST shows too. */
export function mempoolInfoToJson(mempool: Mempool, deprecated: (name: string) => boolean): JsonObject {
  return {
    loaded: mempool.loaded,
    size: mempool.size,
    bytes: mempool.totalVsize,
    usage: mempool.usage,
    total_fee: amountToJson(mempool.totalFee),
    maxmempool: mempool.maxBytes,
    mempoolminfee: amountToJson(mempool.minFeerate()),
    minrelaytxfee: amountToJson(mempool.minRelayFeerate),
    incrementalrelayfee: amountToJson(mempool.incrementalFeerate),
    unbroadcastcount: mempool.unbroadcast().length,
    permitbaremultisig: mempool.permitBareMultisig,
    maxdatacarriersize: mempool.maxDatacarrierBytes ?? 0,
    limitclustercount: mempool.limits.clusterCount,
    limitclustersize: mempool.limits.clusterVsize,
    optimal: mempool.optimal,
    ...(deprecated('fullrbf') ? { fullrbf: true } : {}),
  };
}

function sortedTxids(entries: readonly MempoolEntry[]): string[] {
  return entries.map((entry) => entry.tx.txidHex).sort();
}

/** One entry as getmempoolentry shows it. */
export function entryToJson(mempool: Mempool, entry: MempoolEntry, deprecated: (name: string) => boolean): JsonObject {
  const { tx } = entry;
  const chunk = mempool.clusterChunks(tx.txid).find((c) => c.entries.includes(entry)) ?? { fee: entry.modifiedFee, size: entry.weight };
  const json: JsonObject = {
    vsize_adjusted: entry.vsize,
    vsize: entry.vsize,
    vsize_bip141: tx.vsize,
    weight: entry.weight,
    time: entry.time,
    height: entry.height,
    descendantcount: entry.descendantCount,
    descendantsize: entry.descendantVsize,
    ancestorcount: entry.ancestorCount,
    ancestorsize: entry.ancestorVsize,
    wtxid: tx.wtxidHex,
    chunkweight: chunk.size,
    fees: {
      base: amountToJson(entry.fee),
      modified: amountToJson(entry.modifiedFee),
      ancestor: amountToJson(entry.ancestorFees),
      descendant: amountToJson(entry.descendantFees),
      chunk: amountToJson(chunk.fee),
    },
    depends: sortedTxids(mempool.parents(tx.txid)),
    spentby: sortedTxids(mempool.children(tx.txid)),
    unbroadcast: entry.unbroadcast,
  };
  if (deprecated('bip125')) {
    json['bip125-replaceable'] = signalsReplacement(tx) || mempool.ancestors(tx.txid).some((ancestor) => signalsReplacement(ancestor.tx));
  }
  return json;
}

/** Entries by txid (verbose) or their txids. */
export function entriesToJson(mempool: Mempool, entries: readonly MempoolEntry[], verbose: boolean, deprecated: (name: string) => boolean): Json {
  if (!verbose) return entries.map((entry) => entry.tx.txidHex);
  const json: JsonObject = {};
  for (const entry of entries) json[entry.tx.txidHex] = entryToJson(mempool, entry, deprecated);
  return json;
}

function chunkToJson(chunk: MempoolChunk): Json {
  return { chunkfee: amountToJson(chunk.fee), chunkweight: chunk.size, txs: chunk.entries.map((entry) => entry.tx.txidHex) };
}

export function clusterToJson(chunks: readonly MempoolChunk[]): Json {
  return {
    clusterweight: chunks.reduce((sum, chunk) => sum + chunk.size, 0),
    txcount: chunks.reduce((sum, chunk) => sum + chunk.entries.length, 0),
    chunks: chunks.map(chunkToJson),
  };
}

/** Corners of the pool's feerate diagram. */
export function diagramToJson(chunks: readonly MempoolChunk[]): Json {
  let weight = 0;
  let fee = 0;
  const points: Json[] = [{ weight, fee: amountToJson(fee) }];
  for (const chunk of chunks) {
    weight += chunk.size;
    fee += chunk.fee;
    points.push({ weight, fee: amountToJson(fee) });
  }
  return points;
}
