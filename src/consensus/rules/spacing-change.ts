import type { ConsensusParams } from '../../params/chain-params.ts';

/** Blocks between retargets, as the block after `lastHeight` counts them. */
export function intervalAfter(lastHeight: number, consensus: ConsensusParams): number {
  const change = consensus.rules.spacingChange;
  return change !== undefined && lastHeight < change.height ? change.intervalBefore : consensus.difficultyAdjustmentInterval;
}

/** Seconds without a block after which a test network takes an easy one: the spacing counted is the later one, at every height. */
export function slowBlockGap(consensus: ConsensusParams): number {
  return consensus.powTargetSpacing * (consensus.rules.spacingChange?.slowBlockSpacings ?? 2);
}

/** Seconds that a period counts in a retarget: a quarter of the target to four times it, or what the spec says from some height on. */
export function clampedTimespan(seconds: number, lastHeight: number, consensus: ConsensusParams): number {
  const clamp = consensus.rules.spacingChange?.clamp ?? null;
  const span = consensus.powTargetTimespan;
  const [min, max] = clamp !== null && lastHeight >= clamp.height ? [clamp.min, clamp.max] : [Math.floor(span / 4), span * 4];
  return Math.min(Math.max(seconds, min), max);
}
