import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { amountDigits, parseAmount, UNITS } from '../format.ts';
import { t } from '../i18n.ts';
import { prefs } from '../prefs.ts';
import { useBox } from '../store.ts';
import { TextField } from './basics.tsx';
import { Worth } from './worth.tsx';

/** An amount in the user's unit. `value` in satoshi; null where nothing valid is typed. */
export function AmountField({ label, value, onChange, optional = false, hint, error, after }: {
  readonly label: string; readonly value: number | null; readonly onChange: (sat: number | null) => void; readonly optional?: boolean; readonly hint?: ComponentChildren;
  readonly error?: string | null; readonly after?: ComponentChildren;
}): JSX.Element {
  const { unit, rate, masked } = useBox(prefs);
  const shown = (sat: number | null): string => (sat === null ? '' : amountDigits(sat, unit).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, ''));
  const [text, setText] = useState(() => shown(value));
  useEffect(() => {
    if (parseAmount(text, unit) !== value) setText(shown(value));
  }, [value, unit]);
  const wrong = text.trim() !== '' && parseAmount(text, unit) === null;
  const worth = rate === null || masked || value === null || value === 0 ? undefined : <>{hint}{hint === undefined ? '' : ' '}<Worth sat={value} /></>;
  return (
    <TextField
      label={label} value={text} inputMode="decimal" placeholder={optional ? t('any') : '0'} hint={worth ?? hint} error={wrong ? t('Not an amount in {unit}', { unit: UNITS[unit].suffix }) : error}
      onChange={(next) => {
        setText(next);
        onChange(parseAmount(next, unit));
      }}
      after={<>{after}<span class="suffix">{UNITS[unit].suffix}</span></>}
    />
  );
}
