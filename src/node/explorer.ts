import type { BlockSummary, BlockView, ChainTxView, MempoolView, ProjectedBlock } from '../../ipc-spec/node-types.ts';
import type { BlockIndex, ChainState } from '../chain/types.ts';
import type { Mempool, MempoolChunk } from '../mempool/types.ts';
import type { Transaction } from '../primitives/transaction.ts';
import { solve } from '../script/standard.ts';
import { hashFromHex, hashToHex, isHex, toHex } from '../util/bytes.ts';

const MAX_ROWS = 1000;
const MAX_BANDS = 64;
const MAX_PROJECTED = 16;
/** Virtual bytes of a block that is full. */
const BLOCK_VSIZE = 1_000_000;
const WEIGHT_PER_VBYTE = 4;

export interface ExplorerModules {
  readonly chain: ChainState;
  readonly mempool: Mempool;
  /** The address of a script; null where it has none. */
  readonly addressOf: (script: Uint8Array) => string | null;
  /** A transaction that an index knows, with the hash of its block (hex). */
  readonly lookUp: (txid: Uint8Array) => Promise<{ readonly tx: Transaction; readonly blockHash: string } | null>;
}

/** Chain and pool for people who look around. */
export class Explorer {
  private readonly m: ExplorerModules;

  constructor(modules: ExplorerModules) {
    this.m = modules;
  }

  /** The pool by feerate, and the blocks that would be mined of it. @param feerates where bands begin, sat/kvB, ascending */
  mempool(feerates: readonly number[], blocks: number): MempoolView {
    const { mempool } = this.m;
    const bands = feerates.slice(0, MAX_BANDS).map((feerate) => ({ feerate, count: 0, vsize: 0 }));
    for (const entry of mempool.entries()) {
      const feerate = (entry.modifiedFee * 1000) / entry.vsize;
      const band = bands.findLast((one) => one.feerate <= feerate) ?? bands[0];
      if (band === undefined) continue;
      band.count += 1;
      band.vsize += entry.vsize;
    }
    return { count: mempool.size, vsize: mempool.totalVsize, fees: mempool.totalFee, minFeerate: mempool.minFeerate(), bands, blocks: project(mempool.chunks(), Math.min(blocks, MAX_PROJECTED)) };
  }

  private summary(index: BlockIndex): BlockSummary {
    const block = index.haveData ? this.m.chain.readBlock(index) : null;
    return { hash: index.hashHex, height: index.height, time: index.time, transactions: block?.txs.length ?? null, size: block?.size ?? null, weight: block?.weight ?? null };
  }

  /** Blocks of the chain from a height downwards; from the tip where it is null. */
  blocks(from: number | null, count: number): BlockSummary[] {
    const { active } = this.m.chain;
    const out: BlockSummary[] = [];
    let index = active.at(Math.min(from ?? active.height, active.height));
    for (; index !== null && out.length < Math.min(count, 50); index = index.prev) out.push(this.summary(index));
    return out;
  }

  /** A block with a part of its transactions; null where it is unknown. */
  block(hash: string, offset: number, limit: number): BlockView | null {
    const { chain } = this.m;
    const index = hash.length === 64 && isHex(hash) ? chain.lookup(hashFromHex(hash)) : undefined;
    if (index === undefined) return null;
    const txs = (index.haveData ? chain.readBlock(index) : null)?.txs ?? [];
    return {
      summary: this.summary(index), previous: index.prev?.hashHex ?? null, next: chain.active.contains(index) ? chain.active.next(index)?.hashHex ?? null : null,
      version: index.version, merkleRoot: hashToHex(index.merkleRoot), bits: index.bits, nonce: index.nonce, medianTime: index.medianTimePast,
      transactions: txs.slice(offset, offset + Math.min(limit, MAX_ROWS)).map((tx) => ({ txid: tx.txidHex, vsize: tx.vsize, amount: tx.totalOut })),
    };
  }

  /** A transaction of the pool, of a block, or of an index; null elsewhere. */
  async transaction(txid: string, blockHash: string | null): Promise<ChainTxView | null> {
    if (txid.length !== 64 || !isHex(txid)) return null;
    const id = hashFromHex(txid);
    const entry = this.m.mempool.get(id);
    if (entry !== undefined && blockHash === null) return this.view(entry.tx, null, entry.fee, null);
    const found = blockHash === null ? await this.m.lookUp(id) : { tx: null, blockHash };
    if (found === null) return null;
    const index = isHex(found.blockHash) && found.blockHash.length === 64 ? this.m.chain.lookup(hashFromHex(found.blockHash)) : undefined;
    const block = index?.haveData === true ? this.m.chain.readBlock(index) : null;
    const at = block?.txs.findIndex((tx) => tx.txidHex === txid) ?? -1;
    const tx = block?.txs[at];
    if (index === undefined || tx === undefined) return found.tx === null ? null : this.view(found.tx, found.blockHash, null, null);
    const spent = at === 0 ? [] : this.m.chain.readUndo(index)?.[at - 1] ?? null;
    const fee = at === 0 || spent === null ? null : spent.reduce((sum, coin) => sum + coin.value, 0) - tx.totalOut;
    return this.view(tx, index.hashHex, fee, spent);
  }

  /** @param spent outputs that the inputs spend, where they are known */
  private view(tx: Transaction, blockHash: string | null, fee: number | null, spent: readonly { readonly value: number; readonly scriptPubKey: Uint8Array }[] | null): ChainTxView {
    const { mempool, addressOf } = this.m;
    return {
      txid: tx.txidHex, wtxid: tx.wtxidHex, raw: toHex(tx.raw), vsize: tx.vsize, weight: tx.weight, fee, blockHash,
      inputs: tx.isCoinbase ? [{ outpoint: '', amount: null, address: null }] : tx.inputs.map(({ prevout }, i) => {
        const coin = spent?.[i] ?? (blockHash === null ? mempool.coins.getCoin(prevout.txid, prevout.vout) : undefined);
        return { outpoint: `${hashToHex(prevout.txid)}:${prevout.vout}`, amount: coin?.value ?? null, address: coin === undefined ? null : addressOf(coin.scriptPubKey) };
      }),
      outputs: tx.outputs.map((output) => ({ amount: output.value, address: addressOf(output.scriptPubKey), kind: solve(output.scriptPubKey).type })),
    };
  }
}

/** The blocks that miners who take the best feerate first would make. */
function project(chunks: readonly MempoolChunk[], count: number): ProjectedBlock[] {
  const out: ProjectedBlock[] = [];
  let block: { count: number; vsize: number; fees: number; rates: { rate: number; vsize: number }[] } = { count: 0, vsize: 0, fees: 0, rates: [] };
  const close = (): void => {
    if (block.count === 0) return;
    const sorted = block.rates.sort((a, b) => a.rate - b.rate);
    let half = block.vsize / 2;
    const median = sorted.find((one) => (half -= one.vsize) <= 0) ?? sorted.at(-1);
    out.push({
      count: block.count, vsize: block.vsize, fees: block.fees, minFeerate: sorted[0]?.rate ?? 0, medianFeerate: median?.rate ?? 0, maxFeerate: sorted.at(-1)?.rate ?? 0,
    });
    block = { count: 0, vsize: 0, fees: 0, rates: [] };
  };
  for (const chunk of chunks) {
    const vsize = Math.ceil(chunk.size / WEIGHT_PER_VBYTE);
    if (block.vsize + vsize > BLOCK_VSIZE) {
      close();
      if (out.length >= count) return out;
    }
    block.count += chunk.entries.length;
    block.vsize += vsize;
    block.fees += chunk.fee;
    block.rates.push({ rate: Math.floor((chunk.fee * 1000) / Math.max(1, vsize)), vsize });
  }
  close();
  return out.slice(0, count);
}
