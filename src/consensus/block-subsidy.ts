import type { ConsensusParams } from '../params/chain-params.ts';
import { COIN } from './amount.ts';

/** New coins, in satoshi, that the block at `height` may make. */
export function blockSubsidy(height: number, consensus: ConsensusParams): number {
  const halvings = Math.floor(height / consensus.subsidyHalvingInterval);
  return halvings >= 64 ? 0 : Math.floor((50 * COIN) / 2 ** halvings);
}
