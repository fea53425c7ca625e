import type { JSX } from 'preact';
import type { FeeChoice, MempoolView } from '../../api.ts';
import { fromScale, toScale } from '../fee-wait.ts';
import { feerateText, spanText } from '../format.ts';
import { t } from '../i18n.ts';
import { useQuery } from '../store.ts';
import { Choice, TextField } from './basics.tsx';
import { FeePicture } from './fee-picture.tsx';
import { parseFeerate } from './transaction-dialog.tsx';
import { useUniqueId } from './unique-id.ts';

/** How the fee is chosen. `feerate` in sat/kvB, where one is typed. */
export interface FeeSetting {
  readonly mode: 'target' | 'rate';
  readonly target: number;
  readonly rate: string;
  readonly feerate?: number | null;
}

const BLOCK_SEC = 600;
/** The scale of feerates reaches up to here at least, sat/kvB. */
const LEAST_HIGH = 200_000;
const STEPS = 400;

/** A feerate by the time that it takes, or by itself, before a picture of what waits in the pool. */
export function FeePicker({ fees, value, onChange }: { readonly fees: readonly FeeChoice[] | undefined; readonly value: FeeSetting; readonly onChange: (value: FeeSetting) => void }): JSX.Element {
  const id = useUniqueId();
  const view = useQuery<MempoolView>('mempool.feerates', {}, ['tip', 'wallet'], 5_000).data;
  const list = fees ?? [];
  const at = Math.max(0, list.findIndex((fee) => fee.target === value.target));
  const chosen = list[at];
  const feerate = value.mode === 'rate' ? value.feerate ?? null : chosen?.feerate ?? null;
  const low = Math.max(100, Math.min(view?.minFeerate ?? 1000, 1000));
  const high = Math.max(LEAST_HIGH, view?.blocks[0]?.maxFeerate ?? 0, ...list.map((fee) => fee.feerate));
  const setRate = (rate: string): void => onChange({ ...value, rate, feerate: parseFeerate(rate) });
  return (
    <div class="stack">
      <Choice label={t('How')} value={value.mode} options={[['target', t('By time')], ['rate', t('By feerate')]]}
        onChange={(mode) => onChange({ ...value, mode, ...(mode === 'rate' && value.rate === '' && chosen !== undefined ? { rate: String(chosen.feerate / 1000), feerate: chosen.feerate } : {}) })} />
      {value.mode === 'rate' && (
        <TextField label={t('Feerate')} value={value.rate} inputMode="decimal" error={value.rate !== '' && parseFeerate(value.rate) === null ? t('Not a feerate') : null}
          onChange={setRate} after={<span class="suffix">sat/vB</span>} />
      )}
      {value.mode === 'target' && (
        <div class="stack small">
          <label for={id} class="fee-line"><span>{chosen === undefined ? '…' : t('within {n} blocks, about {span}', { n: chosen.target, span: spanText(chosen.target * BLOCK_SEC) })}</span><strong>{chosen === undefined ? '' : feerateText(chosen.feerate)}</strong></label>
          <input id={id} type="range" min={0} max={Math.max(0, list.length - 1)} step={1} value={at} aria-valuetext={chosen === undefined ? '' : t('within {n} blocks', { n: chosen.target })}
            onInput={(e) => onChange({ ...value, target: list[Number(e.currentTarget.value)]?.target ?? value.target })} />
          <div class="row between note"><span>{t('soon')}</span><span>{t('cheap')}</span></div>
          {chosen?.reason === 'Fallback fee' && <p class="note">{t('The node has no estimate yet: this is the configured fallback.')}</p>}
        </div>
      )}
      {view !== undefined && (
        <div class="fee-slider">
          <FeePicture view={view} feerate={feerate} low={low} high={high} />
          {value.mode === 'rate' && (
            <input type="range" class="over-picture" min={0} max={STEPS} step={1} value={feerate === null ? 0 : Math.round(toScale(feerate, low, high) * STEPS)} aria-label={t('Feerate on a scale')}
              aria-valuetext={feerate === null ? '' : feerateText(feerate)} onInput={(e) => setRate(String(fromScale(Number(e.currentTarget.value) / STEPS, low, high) / 1000))} />
          )}
        </div>
      )}
    </div>
  );
}
