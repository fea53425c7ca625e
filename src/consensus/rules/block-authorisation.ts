import type { ConsensusParams } from '../../params/chain-params.ts';
import type { Block } from '../../primitives/block.ts';
import { checkSignetSolution } from '../signet.ts';
import { badBlock, BLOCK_OK, type BlockVerdict } from '../verdict.ts';

/** Whether a block from the rule's height on carries a solution to the network's challenge; a taproot output key counts, as BIP 325 alone would not have it. */
export function checkBlockAuthorisation(block: Block, height: number, consensus: ConsensusParams): BlockVerdict {
  const rule = consensus.rules.blockAuthorisation;
  if (rule === undefined || height < rule.fromHeight || checkSignetSolution(block, consensus.signetChallenge, true)) return BLOCK_OK;
  return badBlock('consensus', 'bad-signet-blksig', 'block authorisation failure');
}
