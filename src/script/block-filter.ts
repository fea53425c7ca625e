import { GolombSet } from '../crypto/golomb-set.ts';
import { hash256 } from '../crypto/hash.ts';
import type { Block } from '../primitives/block.ts';
import { concatBytes } from '../util/bytes.ts';
import { OP } from './opcodes.ts';

/** Parameters of the basic filter (BIP 158). */
const BASIC_FILTER_P = 19;
const BASIC_FILTER_M = 784931;

function params(blockHash: Uint8Array): { k0: bigint; k1: bigint; p: number; m: number } {
  const view = new DataView(blockHash.buffer, blockHash.byteOffset, 16);
  return { k0: view.getBigUint64(0, true), k1: view.getBigUint64(8, true), p: BASIC_FILTER_P, m: BASIC_FILTER_M };
}

/** Scripts that a basic filter holds: those of the block's outputs but for data outputs, and those that it spends. */
export function* basicFilterElements(block: Block, spentScripts: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const tx of block.txs) {
    for (const { scriptPubKey } of tx.outputs) if (scriptPubKey.length > 0 && scriptPubKey[0] !== OP.OP_RETURN) yield scriptPubKey;
  }
  for (const script of spentScripts) if (script.length > 0) yield script;
}

/** Basic filter of a block. @param spentScripts scripts of all outputs that its transactions spend, in any order */
export function buildBasicFilter(block: Block, spentScripts: Iterable<Uint8Array>): GolombSet {
  return GolombSet.build(params(block.hash), basicFilterElements(block, spentScripts));
}

/** Basic filter from its encoded form. @param blockHash network order @throws MalformedData */
export function decodeBasicFilter(blockHash: Uint8Array, encoded: Uint8Array, check = true): GolombSet {
  return GolombSet.decode(params(blockHash), encoded, check);
}

/** Hash of a filter, network order. */
export function filterHash(filter: GolombSet): Uint8Array {
  return hash256(filter.encoded);
}

/** Header that chains a filter's hash to the header before it (BIP 157). */
export function filterHeader(hash: Uint8Array, previousHeader: Uint8Array): Uint8Array {
  return hash256(concatBytes(hash, previousHeader));
}
