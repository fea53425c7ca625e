import type { JSX } from 'preact';
import type { FeeChoice } from '../../api.ts';
import { feerateText, spanText } from '../format.ts';
import { t } from '../i18n.ts';
import { Choice, TextField } from './basics.tsx';
import { useUniqueId } from './unique-id.ts';
import { parseFeerate } from './transaction-dialog.tsx';

/** How the fee is chosen. `feerate` in sat/kvB, where one is typed. */
export interface FeeSetting {
  readonly mode: 'target' | 'rate';
  readonly target: number;
  readonly rate: string;
  readonly feerate?: number | null;
}

const BLOCK_SEC = 600;

/** A feerate by the time that it takes, or typed. */
export function FeePicker({ fees, value, onChange }: { readonly fees: readonly FeeChoice[] | undefined; readonly value: FeeSetting; readonly onChange: (value: FeeSetting) => void }): JSX.Element {
  const id = useUniqueId();
  const list = fees ?? [];
  const at = Math.max(0, list.findIndex((fee) => fee.target === value.target));
  const chosen = list[at];
  return (
    <div class="stack">
      <Choice label={t('How')} value={value.mode} options={[['target', t('By time')], ['rate', t('By feerate')]]}
        onChange={(mode) => onChange({ ...value, mode, ...(mode === 'rate' && value.rate === '' && chosen !== undefined ? { rate: String(chosen.feerate / 1000), feerate: chosen.feerate } : {}) })} />
      {value.mode === 'target' ? (
        <div class="stack small">
          <label for={id} class="fee-line"><span>{chosen === undefined ? '…' : t('within {n} blocks, about {span}', { n: chosen.target, span: spanText(chosen.target * BLOCK_SEC) })}</span><strong>{chosen === undefined ? '' : feerateText(chosen.feerate)}</strong></label>
          <input id={id} type="range" min={0} max={Math.max(0, list.length - 1)} step={1} value={at} aria-valuetext={chosen === undefined ? '' : t('within {n} blocks', { n: chosen.target })}
            onInput={(e) => onChange({ ...value, target: list[Number(e.currentTarget.value)]?.target ?? value.target })} />
          <div class="row between note"><span>{t('soon')}</span><span>{t('cheap')}</span></div>
          {chosen?.reason === 'Fallback fee' && <p class="note">{t('The node has no estimate yet: this is the configured fallback.')}</p>}
        </div>
      ) : (
        <TextField label={t('Feerate')} value={value.rate} inputMode="decimal" error={value.rate !== '' && parseFeerate(value.rate) === null ? t('Not a feerate') : null}
          onChange={(rate) => onChange({ ...value, rate, feerate: parseFeerate(rate) })} after={<span class="suffix">sat/vB</span>} hint={t('Too low, and it may never confirm.')} />
      )}
    </div>
  );
}
