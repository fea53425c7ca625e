import type { BlockVerdictValue } from '../../ipc-spec/mining-types.ts';
import type { BlockVerdict, ChainState } from '../chain/types.ts';
import type { Block } from '../primitives/block.ts';
import { equalBytes } from '../util/bytes.ts';

/** Takes a complete block; the verdict as miners get it. */
export async function submitBlock(chain: ChainState, block: Block): Promise<BlockVerdictValue> {
  const seen: { verdict: BlockVerdict | null } = { verdict: null };
  const remove = chain.addListener({ blockChecked: (checked, verdict) => { if (equalBytes(checked.hash, block.hash)) seen.verdict = verdict; } });
  let result;
  try {
    result = await chain.processNewBlock(block, { force: true, minPowChecked: true });
  } finally {
    remove();
  }
  if (!result.isNew && result.accepted) return { accepted: false, reason: 'duplicate', debug: '' };
  const verdict = seen.verdict ?? (result.verdict.ok ? null : result.verdict);
  if (verdict === null || (!result.accepted && verdict.ok)) return { accepted: false, reason: 'inconclusive', debug: '' };
  return { accepted: verdict.ok, reason: verdict.reason, debug: verdict.debug };
}
