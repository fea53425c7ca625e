import type { ManualRate } from '../api.ts';
import { isCurrencyCode } from '../currency.ts';
import { locale } from './i18n.ts';

/** Satoshi of one coin. */
const COIN = 1e8;

/** Digits behind the point that a currency is written with; two where its code is not known. */
function digitsOf(currency: string): number {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

/** A number of units of a currency, as the user's language writes it. */
export function moneyText(value: number, currency: string): string {
  const digits = digitsOf(currency);
  return `${value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${currency}`.replace(/^-/, '\u2212');
}

/** `≈ 12.34 EUR`: what an amount is worth at the rate that the user has typed. */
export function worthText(sat: number, { currency, price }: ManualRate): string {
  const value = (sat * price) / COIN;
  const least = 10 ** -digitsOf(currency);
  // Not nothing, but less than can be written.
  if (sat !== 0 && Math.abs(value) < least / 2) return `< ${moneyText(least, currency)}`;
  return `≈ ${moneyText(value, currency)}`;
}

/** A typed price; null where it is none. Three digits behind a single separator could be thousands: that is not guessed at. */
export function parsePrice(text: string): number | null {
  const plain = text.replace(/[\s\u2009\u00a0]/g, '');
  if (!/^\d{1,12}(?:[.,](?:\d{1,2}|\d{4,8}))?$/.test(plain)) return null;
  const price = Number(plain.replace(',', '.'));
  return price > 0 ? price : null;
}

/** A price as parsePrice takes it. */
export function priceText(price: number): string {
  const text = price.toFixed(8).replace(/\.?0+$/, '');
  return /\.\d{3}$/.test(text) ? `${text}0` : text;
}

/** The code of a currency as it is typed; null where it is none. */
export function parseCurrency(text: string): string | null {
  const code = text.trim().toUpperCase();
  return isCurrencyCode(code) ? code : null;
}
