import type { FallingSubsidy } from '../../params/rules.ts';
import { COIN } from '../amount.ts';

const CUTS_UNTIL_ZERO = 50;

/** Cuts before `height`: years of the earlier spacing, then of the later one. */
function cuts(height: number, rule: FallingSubsidy): number {
  if (height < rule.changeHeight) return Math.floor(height / rule.intervalBefore);
  if (rule.restartInterval) return Math.floor(height / rule.intervalAfter);
  return Math.floor(rule.changeHeight / rule.intervalBefore + (height - rule.changeHeight) / rule.intervalAfter);
}

/**
 * What a miner may make at `height`, satoshi: each interval a twentieth less, a tenth of it left to superblocks.
 * The coins that an earlier chain had are made at height 1.
 */
export function fallingSubsidy(height: number, rule: FallingSubsidy): number {
  if (height === 0) return 50 * COIN;
  if (height === 1) return rule.secondBlock;
  const n = cuts(height, rule);
  if (n >= CUTS_UNTIL_ZERO) return 0;
  let subsidy = height >= rule.changeHeight ? rule.start * 2.5 : rule.start;
  for (let i = 0; i < n; i++) subsidy -= Math.floor(subsidy / 20);
  return subsidy - Math.floor(subsidy / 10);
}
