import type { MempoolView } from '../api.ts';

/** Virtual bytes of a block that is full. */
export const BLOCK_VSIZE = 1_000_000;

/** Virtual bytes of the pool that pay at least a feerate (sat/kvB), and so go first. */
export function vsizeAhead(view: Pick<MempoolView, 'bands'>, feerate: number): number {
  return view.bands.reduce((sum, band) => sum + (band.feerate >= feerate ? band.vsize : 0), 0);
}

/**
 * In which of the next blocks a transaction of this feerate would be, as the pool is now: 1 is the next. The projected blocks tell of the
 * first ones to the byte, the bands of what comes after. Null where the pool would not take it.
 */
export function blocksToWait(view: Pick<MempoolView, 'bands' | 'blocks' | 'minFeerate'>, feerate: number): number | null {
  if (feerate < view.minFeerate) return null;
  const at = view.blocks.findIndex((block) => block.vsize < BLOCK_VSIZE * 0.99 || feerate > block.minFeerate);
  if (at >= 0) return at + 1;
  return Math.max(view.blocks.length + 1, Math.ceil(vsizeAhead(view, feerate) / BLOCK_VSIZE));
}

/** A place of 0…1 on a logarithmic scale. */
export function toScale(feerate: number, low: number, high: number): number {
  return Math.min(1, Math.max(0, Math.log(feerate / low) / Math.log(high / low)));
}

/** The feerate at a place of 0…1, with three digits that count. */
export function fromScale(place: number, low: number, high: number): number {
  const exact = low * (high / low) ** place;
  const step = 10 ** Math.max(0, Math.floor(Math.log10(exact)) - 2);
  return Math.min(high, Math.max(low, Math.round(exact / step) * step));
}
