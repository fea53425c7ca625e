import type { JSX } from 'preact';
import { dateText } from '../format.ts';
import { t } from '../i18n.ts';
import { prefs } from '../prefs.ts';
import { useBox } from '../store.ts';
import { moneyText, worthText } from '../worth.ts';

/** What an amount is worth in the user's currency; nothing where no rate was typed, or values are hidden. */
export function Worth({ sat }: { readonly sat: number }): JSX.Element | null {
  const { rate, masked } = useBox(prefs);
  if (rate === null || masked) return null;
  return <span class="worth" title={t('At {price} a coin, as typed on {date}', { price: moneyText(rate.price, rate.currency), date: dateText(rate.since) })}>{worthText(sat, rate)}</span>;
}
