import type { JSX } from 'preact';
import type { MempoolView } from '../../api.ts';
import { blocksToWait, BLOCK_VSIZE, toScale, vsizeAhead } from '../fee-wait.ts';
import { bytesText, feerateText } from '../format.ts';
import { numberText, t, tn } from '../i18n.ts';

const WIDTH = 300;
const HEIGHT = 72;
/** Feerates that are written under the picture, sat/kvB. */
const TICKS = [100, 1_000, 10_000, 100_000, 1_000_000];

/** What a transaction of this feerate would wait for. */
export function waitText(view: MempoolView, feerate: number): string {
  const blocks = blocksToWait(view, feerate);
  if (blocks === null) return t('Too low: this node does not take less than {rate}.', { rate: feerateText(view.minFeerate) });
  const ahead = vsizeAhead(view, feerate);
  if (ahead === 0) return t('Nothing that waits pays as much: it would be in the next block.');
  return t('{size} go first: it would be {when}.', { size: bytesText(ahead).replace('B', 'vB'), when: blocks === 1 ? t('in the next block') : tn(blocks, 'in {n} block', 'in {n} blocks') });
}

/**
 * The pool behind a slider of feerates: how much goes first at each of them, with a line for every block's worth, and where the chosen one stands.
 * The scale is logarithmic, from `low` to `high` (sat/kvB).
 */
export function FeePicture({ view, feerate, low, high }: { readonly view: MempoolView; readonly feerate: number | null; readonly low: number; readonly high: number }): JSX.Element {
  const most = Math.max(BLOCK_VSIZE * 1.25, vsizeAhead(view, 0));
  const x = (rate: number): number => toScale(rate, low, high) * WIDTH;
  const y = (vsize: number): number => HEIGHT - (vsize / most) * (HEIGHT - 4);
  // From the dear end to the cheap one: each band adds what it holds.
  let sum = 0;
  let path = `M${WIDTH} ${HEIGHT}`;
  for (const band of [...view.bands].reverse()) {
    if (band.feerate > high && band.vsize === 0) continue;
    sum += band.vsize;
    path += `V${y(sum).toFixed(1)}H${x(Math.max(low, band.feerate)).toFixed(1)}`;
  }
  path += `H0V${HEIGHT}Z`;
  const blocks = Math.min(8, Math.floor(most / BLOCK_VSIZE));
  const ticks = TICKS.filter((tick) => tick >= low && tick <= high);
  return (
    <figure class="fee-picture">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={t('What waits in the pool, by feerate')}>
        {Array.from({ length: blocks }, (_, i) => <line key={i} class="fee-block" x1={0} x2={WIDTH} y1={y((i + 1) * BLOCK_VSIZE)} y2={y((i + 1) * BLOCK_VSIZE)} />)}
        <path class="fee-area" d={path} />
        {feerate !== null && <line class="fee-mark" x1={x(feerate)} x2={x(feerate)} y1={0} y2={HEIGHT} />}
      </svg>
      <div class="fee-ticks" aria-hidden="true">{ticks.map((tick) => <span key={tick} style={{ left: `${toScale(tick, low, high) * 100}%` }}>{numberText(tick / 1000)}</span>)}</div>
      <figcaption class="note">{feerate === null ? '' : waitText(view, feerate)}</figcaption>
    </figure>
  );
}
