import type { ConsensusParams } from '../params/chain-params.ts';
import { fallingSubsidy } from './rules/falling-subsidy.ts';

/** New coins, in satoshi, that the block at `height` may make. */
export function blockSubsidy(height: number, consensus: ConsensusParams): number {
  const falling = consensus.rules.fallingSubsidy;
  if (falling !== undefined) return fallingSubsidy(height, falling);
  const halvings = Math.floor(height / consensus.subsidyHalvingInterval);
  return halvings >= 64 ? 0 : Math.floor(consensus.initialSubsidy / 2 ** halvings);
}
