import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { dateText } from '../format.ts';
import { t } from '../i18n.ts';
import { prefs, setPrefs } from '../prefs.ts';
import { useBox } from '../store.ts';
import { moneyText, parseCurrency, parsePrice, priceText } from '../worth.ts';
import { Button, Card, TextField } from './basics.tsx';

/** The rate at which amounts are shown in another currency, too: typed, and asked of nobody. */
export function RateSettings(): JSX.Element {
  const { rate } = useBox(prefs);
  const [code, setCode] = useState(rate?.currency ?? '');
  const [typed, setTyped] = useState(rate === null ? '' : priceText(rate.price));
  const known = useRef(rate);
  useEffect(() => {
    // Only what has changed elsewhere takes the place of what is being typed.
    if (known.current === rate) return;
    known.current = rate;
    setCode(rate?.currency ?? '');
    setTyped(rate === null ? '' : priceText(rate.price));
  }, [rate]);
  const currency = parseCurrency(code);
  const price = parsePrice(typed);
  const save = (): void => { if (currency !== null && price !== null) setPrefs({ rate: { currency, price, since: Math.floor(Date.now() / 1000) } }); };
  return (
    <Card title={t('Amounts in a currency')}>
      <form class="stack small" onSubmit={(e) => { e.preventDefault(); save(); }}>
        <p class="note">{t('Amounts are shown in this currency, too, at the price that you type. Nobody is asked for it, and it is as old as you leave it.')}</p>
        <div class="two">
          <TextField label={t('Currency')} value={code} onChange={setCode} placeholder="EUR" error={code.trim() !== '' && currency === null ? t('A code of three to five letters, such as EUR') : null} />
          <TextField label={t('Price of one coin')} value={typed} onChange={setTyped} inputMode="decimal" placeholder="58250.75"
            hint={currency !== null && price !== null ? moneyText(price, currency) : undefined} error={typed.trim() !== '' && price === null ? t('A number without separators of thousands, such as 58250.75') : null} />
        </div>
        <div class="row">
          <Button submit disabled={currency === null || price === null}>{t('Use this rate')}</Button>
          {rate !== null && <Button onClick={() => setPrefs({ rate: null })}>{t('Show no more')}</Button>}
          {rate !== null && <span class="note">{t('Typed on {date}', { date: dateText(rate.since) })}</span>}
        </div>
      </form>
    </Card>
  );
}
