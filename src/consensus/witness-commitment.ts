import { hash256 } from '../crypto/hash.ts';
import type { Block } from '../primitives/block.ts';
import type { Transaction } from '../primitives/transaction.ts';
import { concatBytes, equalBytes } from '../util/bytes.ts';
import { blockWitnessMerkleRoot } from './merkle.ts';
import { badBlock, BLOCK_OK, type BlockVerdict } from './verdict.ts';

/** `OP_RETURN <36 bytes>` with this prefix holds the commitment (BIP 141). */
export const WITNESS_COMMITMENT_HEADER = Uint8Array.of(0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed);
const MIN_WITNESS_COMMITMENT = 38;

/** Position of the output with the witness commitment, -1 where there is none: the last one that looks like it. */
export function witnessCommitmentIndex(coinbase: Transaction): number {
  for (let i = coinbase.outputs.length - 1; i >= 0; i--) {
    const script = coinbase.outputs[i]?.scriptPubKey;
    if (script !== undefined && script.length >= MIN_WITNESS_COMMITMENT && equalBytes(script.subarray(0, 6), WITNESS_COMMITMENT_HEADER)) return i;
  }
  return -1;
}

/** Script of the output that commits to the block's witnesses. `nonce` is the coinbase's witness item. */
export function witnessCommitmentScript(witnessRoot: Uint8Array, nonce: Uint8Array): Uint8Array {
  return concatBytes(WITNESS_COMMITMENT_HEADER, hash256(concatBytes(witnessRoot, nonce)));
}

/** Whether witnesses and commitment agree; `expected` false before segwit is active. */
export function checkWitnessCommitment(block: Block, expected: boolean): BlockVerdict {
  const coinbase = block.txs[0];
  if (expected && coinbase !== undefined) {
    const at = witnessCommitmentIndex(coinbase);
    const script = coinbase.outputs[at]?.scriptPubKey;
    if (script !== undefined) {
      const stack = coinbase.inputs[0]?.witness ?? [];
      const nonce = stack[0];
      if (stack.length !== 1 || nonce?.length !== 32) return badBlock('mutated', 'bad-witness-nonce-size', 'CheckWitnessMalleation : invalid witness reserved value size');
      const hash = hash256(concatBytes(blockWitnessMerkleRoot(block), nonce));
      if (!equalBytes(hash, script.subarray(6, 38))) return badBlock('mutated', 'bad-witness-merkle-match', 'CheckWitnessMalleation : witness merkle commitment mismatch');
      return BLOCK_OK;
    }
  }
  return block.txs.some((tx) => tx.hasWitness) ? badBlock('mutated', 'unexpected-witness', 'CheckWitnessMalleation : unexpected witness data found') : BLOCK_OK;
}
