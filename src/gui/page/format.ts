import { locale, t, tn } from './i18n.ts';

/** Units of amounts: digits behind the point, and what follows the number. */
export const UNITS = {
  BTC: { digits: 8, suffix: 'BTC' }, mBTC: { digits: 5, suffix: 'mBTC' }, bits: { digits: 2, suffix: 'bits' }, sat: { digits: 0, suffix: 'sat' },
} as const;
export type Unit = keyof typeof UNITS;

/** Lock times below are heights, from there on unix seconds. */
export const LOCKTIME_THRESHOLD = 500_000_000;

/** Between groups of three digits. */
const THIN_SPACE = '\u2009';

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);
}

/** An amount without its unit: satoshi as `1 234.50000000`. */
export function amountDigits(sat: number, unit: Unit, options: { readonly sign?: boolean } = {}): string {
  const { digits } = UNITS[unit];
  const text = String(Math.abs(sat)).padStart(digits + 1, '0');
  const whole = grouped(text.slice(0, text.length - digits));
  const sign = sat < 0 ? '\u2212' : options.sign === true ? '+' : '';
  return digits === 0 ? sign + whole : `${sign}${whole}.${text.slice(-digits)}`;
}

/** An amount with its unit. */
export function amountText(sat: number, unit: Unit, options: { readonly sign?: boolean } = {}): string {
  return `${amountDigits(sat, unit, options)} ${UNITS[unit].suffix}`;
}

/** Satoshi of a typed amount; null where it is none. Spaces are allowed; a comma counts as the point where there is no other. */
export function parseAmount(text: string, unit: Unit): number | null {
  const plain = text.replace(/[\s\u2009\u00a0]/g, '').replace(/^([^.,]*),([^.,]*)$/, '$1.$2');
  const match = /^(\d{1,16})?(?:\.(\d*))?$/.exec(plain);
  const [, whole = '', fraction = ''] = match ?? [];
  const { digits } = UNITS[unit];
  if (match === null || (whole === '' && fraction === '') || fraction.length > digits) return null;
  const sat = Number(whole + fraction.padEnd(digits, '0'));
  return Number.isSafeInteger(sat) && sat <= 21_000_000 * 1e8 ? sat : null;
}

/** sat/vB with as many digits as it needs, at most three. */
export function feerateText(satPerKvb: number): string {
  return `${(satPerKvb / 1000).toLocaleString('en', { maximumFractionDigits: 3, useGrouping: false })} sat/vB`;
}

/** `1.4 MB`, in steps of 1000. */
export function bytesText(bytes: number): string {
  const names = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let at = 0;
  for (; value >= 1000 && at < names.length - 1; at++) value /= 1000;
  return `${at === 0 ? value : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${names[at] ?? ''}`;
}

/** `3 minutes`: a span in its largest unit, or two. */
export function spanText(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return tn(s, '{n} second', '{n} seconds');
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return tn(minutes, '{n} minute', '{n} minutes');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${tn(hours, '{n} hour', '{n} hours')}${hours < 6 && minutes % 60 > 0 ? ` ${tn(minutes % 60, '{n} minute', '{n} minutes')}` : ''}`;
  const days = Math.floor(hours / 24);
  if (days < 14) return tn(days, '{n} day', '{n} days');
  if (days < 365) return tn(Math.floor(days / 7), '{n} week', '{n} weeks');
  return `${tn(Math.floor(days / 365), '{n} year', '{n} years')}${Math.floor((days % 365) / 7) > 0 ? ` ${tn(Math.floor((days % 365) / 7), '{n} week', '{n} weeks')}` : ''}`;
}

/** Units of a span that has passed, largest first, in seconds. */
const AGO: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [['year', 31_536_000], ['week', 604_800], ['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1]];

/** `5 minutes ago`; `nowSec` and the time in unix seconds. */
export function agoText(unixSec: number, nowSec: number): string {
  const seconds = Math.floor(nowSec - unixSec);
  if (seconds < 5) return t('just now');
  const [unit, length] = AGO.find(([name, least]) => seconds >= least * (name === 'week' ? 2 : 1)) ?? ['second', 1];
  return new Intl.RelativeTimeFormat(locale(), { numeric: 'always' }).format(-Math.floor(seconds / length), unit);
}

/** Date and time as the user's language writes them. */
export function dateText(unixSec: number): string {
  return new Date(unixSec * 1000).toLocaleString(locale(), { dateStyle: 'medium', timeStyle: 'short' });
}

/** `2026-11-21 14:03`, for lists. */
export function isoText(unixSec: number): string {
  const d = new Date(unixSec * 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}`;
}

/** Unix seconds of the first moment of a day (`2026-11-21`) where the user is. Days before 1970 count as its beginning. */
export function dayStart(day: string): number {
  return Math.max(0, Math.floor(new Date(`${day}T00:00:00`).getTime() / 1000));
}

/** The two ends of something long. */
export function shortened(text: string, head = 8, tail = 8): string {
  return text.length <= head + tail + 1 ? text : `${text.slice(0, head)}…${text.slice(-tail)}`;
}
