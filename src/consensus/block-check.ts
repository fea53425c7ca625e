import type { ConsensusParams } from '../params/chain-params.ts';
import type { Block, BlockHeader } from '../primitives/block.ts';
import { legacySigOps } from '../script/sigops.ts';
import { pushNumber } from '../script/script.ts';
import { equalBytes } from '../util/bytes.ts';
import { MAX_BLOCK_SIGOPS_COST, MAX_BLOCK_WEIGHT, MAX_FUTURE_BLOCK_TIME, MAX_TIMEWARP, WITNESS_SCALE_FACTOR } from './limits.ts';
import { blockMerkleRoot } from './merkle.ts';
import { type HeaderNode, nextWorkRequired } from './pow.ts';
import { baseVersion, checkAuxPowTag, checkAuxPowVersion } from './rules/auxpow.ts';
import { checkBlockAuthorisation } from './rules/block-authorisation.ts';
import { checkSignetSolution } from './signet.ts';
import { checkTransaction } from './tx-check.ts';
import { isFinalTx } from './tx-verify.ts';
import { badBlock, BLOCK_OK, type BlockVerdict } from './verdict.ts';
import { checkWitnessCommitment } from './witness-commitment.ts';
import { checkHeaderWork } from './work.ts';

/** A header's parent, with its median time. */
export interface ParentNode extends HeaderNode {
  readonly medianTimePast: number;
}

/** Rules for a header by itself. */
export function checkBlockHeader(header: BlockHeader, consensus: ConsensusParams, checkPow = true): BlockVerdict {
  // The first block is known by its hash: that of some coins breaks their own rule.
  return checkPow && !checkHeaderWork(header, consensus) && !equalBytes(header.hash, consensus.genesisHash)
    ? badBlock('invalid-header', 'high-hash', 'proof of work failed') : BLOCK_OK;
}

/** Rules for a header after its parent. @param nowSec adjusted time */
export function checkHeaderInContext(header: BlockHeader, parent: ParentNode, consensus: ConsensusParams, nowSec: number): BlockVerdict {
  const height = parent.height + 1;
  if (header.bits !== nextWorkRequired(parent, header.time, consensus)) return badBlock('invalid-header', 'bad-diffbits', 'incorrect proof of work');
  if (header.time <= parent.medianTimePast) return badBlock('invalid-header', 'time-too-old', "block's timestamp is too early");
  if (consensus.enforceBip94 && height % consensus.difficultyAdjustmentInterval === 0 && header.time < parent.time - MAX_TIMEWARP) {
    return badBlock('invalid-header', 'time-timewarp-attack', "block's timestamp is too early on diff adjustment block");
  }
  if (header.time > nowSec + MAX_FUTURE_BLOCK_TIME) return badBlock('time-future', 'time-too-new', 'block timestamp too far in the future');
  const { auxpow } = consensus.rules;
  const version = baseVersion(header.version, auxpow);
  if ((version < 2 && height >= consensus.bip34Height) || (version < 3 && height >= consensus.bip66Height)
    || (version < 4 && height >= consensus.bip65Height)) {
    const hex = (header.version >>> 0).toString(16).padStart(8, '0');
    return badBlock('invalid-header', `bad-version(0x${hex})`, `rejected nVersion=0x${hex} block`);
  }
  return auxpow === undefined ? BLOCK_OK : checkAuxPowVersion(header, height, auxpow);
}

/** Whether the header's merkle root is that of the transactions, in an order that no other list shares. */
export function checkMerkleRoot(block: Block): BlockVerdict {
  const { root, mutated } = blockMerkleRoot(block);
  if (!equalBytes(root, block.header.merkleRoot)) return badBlock('mutated', 'bad-txnmrklroot', 'hashMerkleRoot mismatch');
  return mutated ? badBlock('mutated', 'bad-txns-duplicate', 'duplicate transaction') : BLOCK_OK;
}

/** Rules for a block by itself, without its place in the chain. */
export function checkBlock(block: Block, consensus: ConsensusParams, options: { checkPow?: boolean; checkMerkle?: boolean } = {}): BlockVerdict {
  const checkPow = options.checkPow ?? true;
  const header = checkBlockHeader(block.header, consensus, checkPow);
  if (!header.ok) return header;
  if (consensus.signetBlocks && checkPow && !equalBytes(block.hash, consensus.genesisHash) && !checkSignetSolution(block, consensus.signetChallenge)) {
    return badBlock('consensus', 'bad-signet-blksig', 'signet block signature validation failure');
  }
  if (options.checkMerkle ?? true) {
    const merkle = checkMerkleRoot(block);
    if (!merkle.ok) return merkle;
  }
  const { txs } = block;
  if (txs.length === 0 || txs.length * WITNESS_SCALE_FACTOR > MAX_BLOCK_WEIGHT || block.baseSize * WITNESS_SCALE_FACTOR > MAX_BLOCK_WEIGHT) {
    return badBlock('consensus', 'bad-blk-length', 'size limits failed');
  }
  if (txs[0]?.isCoinbase !== true) return badBlock('consensus', 'bad-cb-missing', 'first tx is not coinbase');
  for (let i = 1; i < txs.length; i++) {
    if (txs[i]?.isCoinbase === true) return badBlock('consensus', 'bad-cb-multiple', 'more than one coinbase');
  }
  let sigOps = 0;
  for (const tx of txs) {
    const verdict = checkTransaction(tx);
    if (!verdict.ok) return badBlock('consensus', verdict.reason, `Transaction check failed (tx hash ${tx.txidHex}) ${verdict.debug}`);
    sigOps += legacySigOps(tx);
  }
  if (sigOps * WITNESS_SCALE_FACTOR > MAX_BLOCK_SIGOPS_COST) return badBlock('consensus', 'bad-blk-sigops', 'out-of-bounds SigOpCount');
  return BLOCK_OK;
}

/** Rules for a block after its parent (null for the first block), without its inputs. */
export function checkBlockInContext(block: Block, parent: ParentNode | null, consensus: ConsensusParams): BlockVerdict {
  const height = parent === null ? 0 : parent.height + 1;
  const cutoff = parent !== null && height >= consensus.csvHeight ? parent.medianTimePast : block.header.time;
  for (const tx of block.txs) {
    if (!isFinalTx(tx, height, cutoff)) return badBlock('consensus', 'bad-txns-nonfinal', 'non-final transaction');
  }
  if (height >= consensus.bip34Height) {
    const expected = pushNumber(height);
    const scriptSig = block.txs[0]?.inputs[0]?.scriptSig ?? new Uint8Array(0);
    if (scriptSig.length < expected.length || !equalBytes(scriptSig.subarray(0, expected.length), expected)) {
      return badBlock('consensus', 'bad-cb-height', 'block height mismatch in coinbase');
    }
  }
  if (consensus.rules.auxpow !== undefined && parent !== null) {
    const tagged = checkAuxPowTag(block.header, parent, consensus);
    if (!tagged.ok) return tagged;
  }
  const authorised = checkBlockAuthorisation(block, height, consensus);
  if (!authorised.ok) return authorised;
  const witness = checkWitnessCommitment(block, height >= consensus.segwitHeight);
  if (!witness.ok) return witness;
  return block.weight > MAX_BLOCK_WEIGHT ? badBlock('consensus', 'bad-blk-weight', 'ContextualCheckBlock : weight limit failed') : BLOCK_OK;
}

/** Whether what a peer sent under this header may be a mangled copy of a good block: then the header must not be blamed. */
export function isBlockMutated(block: Block, checkWitnessRoot: boolean): boolean {
  if (!checkMerkleRoot(block).ok) return true;
  if (block.txs[0]?.isCoinbase !== true) return block.txs.some((tx) => tx.baseSize === 64);
  return !checkWitnessCommitment(block, checkWitnessRoot).ok;
}
