import type { ChainStateImpl } from '../../chain/chain-state.ts';
import type { BlockIndex } from '../../chain/types.ts';
import { decodeCompact } from '../../consensus/compact.ts';
import { difficulty } from '../../consensus/pow.ts';
import type { Mempool } from '../../mempool/types.ts';
import type { Block } from '../../primitives/block.ts';
import type { Transaction } from '../../primitives/transaction.ts';
import { hashArg, intArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import { type ScriptNames, transactionToJson } from '../../rpc/transaction-json.ts';
import { hashToHex, toHex } from '../../util/bytes.ts';
import { RpcError } from '../../util/errors.ts';
import { type Json, type JsonObject, JsonNumber } from '../../util/json.ts';
import type { FilterLookup } from './block-filter.ts';
import type { TxLookup } from './tx-lookup.ts';

export interface BlockchainRpcDeps {
  readonly chain: ChainStateImpl;
  /** Null where there is none (-blocksonly still has one). */
  readonly mempool: Mempool | null;
  readonly names: ScriptNames;
  /** Warnings about chain and network. */
  readonly warnings: () => readonly string[];
  /** -deprecatedrpc. */
  readonly deprecated: (feature: string) => boolean;
  /** Resolves when everybody has handled all events of the chain up to now. */
  readonly drained: () => Promise<void>;
  readonly txLookup: TxLookup | null;
  readonly filterLookup: FilterLookup | null;
  /** Bytes of the coins' database cache and of their memory cache, for getchainstates. */
  readonly coinsCacheSizes: { readonly db: number; readonly memory: number };
}

/** 32 bytes as 64 hex digits. */
export function hex256(n: bigint): string {
  return n.toString(16).padStart(64, '0');
}

/** `1d00ffff` */
export function bitsHex(bits: number): string {
  return bits.toString(16).padStart(8, '0');
}

export function targetHex(bits: number): string {
  return hex256(decodeCompact(bits).target);
}

/** A fraction as the reference prints it: sixteen significant digits. */
export function fraction(n: number): Json {
  return Number.isInteger(n) ? n : new JsonNumber(String(Number(n.toPrecision(16))));
}

export function difficultyJson(bits: number): Json {
  return fraction(difficulty(bits));
}

/** @throws RpcError -5 */
export function findBlock(chain: ChainStateImpl, hash: Uint8Array): BlockIndex {
  const index = chain.lookup(hash);
  if (index === undefined) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Block not found');
  return index;
}

/** A block named by hash or by height on the active chain. @throws RpcError */
export function hashOrHeight(chain: ChainStateImpl, value: Json | undefined): BlockIndex {
  if (typeof value !== 'number' && !(value instanceof JsonNumber)) return findBlock(chain, hashArg(value, 'hash_or_height'));
  const height = intArg(value);
  if (height < 0) throw new RpcError(RPC.INVALID_PARAMETER, `Target block height ${height} is negative`);
  const index = chain.active.at(height);
  if (index === null) throw new RpcError(RPC.INVALID_PARAMETER, `Target block height ${height} after current tip ${chain.active.height}`);
  return index;
}

export function tipOf(chain: ChainStateImpl): BlockIndex {
  const { tip } = chain.active;
  if (tip === null) throw new RpcError(RPC.INTERNAL_ERROR, 'no blocks');
  return tip;
}

/** @throws RpcError where data (or undo data) of the block is not there */
export function requireData(chain: ChainStateImpl, index: BlockIndex, undo: boolean): void {
  if (undo ? index.haveUndo : index.haveData) return;
  if (chain.isPruned(index)) throw new RpcError(RPC.MISC_ERROR, `${undo ? 'Undo data' : 'Block'} not available (pruned data)`);
  throw new RpcError(RPC.MISC_ERROR, undo ? 'Undo data not available' : 'Block not available (not fully downloaded)');
}

/** @throws RpcError */
export function readBlockChecked(chain: ChainStateImpl, index: BlockIndex): Block {
  requireData(chain, index, false);
  const block = chain.readBlock(index);
  if (block === null) throw new RpcError(RPC.MISC_ERROR, 'Block not found on disk');
  return block;
}

/** A header with its place in the chain. */
export function headerToJson(chain: ChainStateImpl, index: BlockIndex): JsonObject {
  const tip = tipOf(chain);
  const above = tip.ancestor(index.height + 1);
  const next = above !== null && above.prev === index ? above : null;
  const confirmations = next !== null ? tip.height - index.height + 1 : index === tip ? 1 : -1;
  const out: JsonObject = {
    hash: index.hashHex,
    confirmations,
    height: index.height,
    version: index.version,
    versionHex: bitsHex(index.version >>> 0),
    merkleroot: hashToHex(index.merkleRoot),
    time: index.time,
    mediantime: index.medianTimePast,
    nonce: index.nonce,
    bits: bitsHex(index.bits),
    target: targetHex(index.bits),
    difficulty: difficultyJson(index.bits),
    chainwork: hex256(index.chainWork),
    nTx: index.txCount,
  };
  if (index.prev !== null) out['previousblockhash'] = index.prev.hashHex;
  if (next !== null) out['nextblockhash'] = next.hashHex;
  return out;
}

function coinbaseToJson(coinbase: Transaction): JsonObject {
  const input = coinbase.inputs[0];
  const out: JsonObject = {
    version: coinbase.version, locktime: coinbase.locktime, sequence: input?.sequence ?? 0, coinbase: toHex(input?.scriptSig ?? new Uint8Array(0)),
  };
  const reserved = input?.witness[0];
  if (reserved !== undefined) out['witness'] = toHex(reserved);
  return out;
}

/** A block; `detail` as the verbosity of getblock: 1 txids, 2 transactions, 3 with the outputs they spend. @throws RpcError */
export function blockToJson(chain: ChainStateImpl, names: ScriptNames, block: Block, index: BlockIndex, detail: number): JsonObject {
  const out = headerToJson(chain, index);
  const coinbase = block.txs[0];
  out['strippedsize'] = block.baseSize;
  out['size'] = block.size;
  out['weight'] = block.weight;
  if (coinbase !== undefined) out['coinbase_tx'] = coinbaseToJson(coinbase);
  if (detail <= 1) {
    out['tx'] = block.txs.map((tx) => tx.txidHex);
    return out;
  }
  const undo = index.haveUndo ? chain.readUndo(index) : [];
  if (undo === null) {
    throw new RpcError(RPC.INTERNAL_ERROR, "Undo data expected but can't be read. This could be due to disk corruption or a conflict with a pruning event.");
  }
  out['tx'] = block.txs.map((tx, i) => {
    const spent = i === 0 ? undefined : undo[i - 1];
    return transactionToJson(tx, { names, prevouts: detail >= 3, ...(spent === undefined ? {} : { spent }) });
  });
  return out;
}
