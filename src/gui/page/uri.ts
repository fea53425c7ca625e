import { t } from './i18n.ts';

/** A request for payment as an address bar or a code carries it (BIP 21). `amount` in satoshi; null where it says none. */
export interface PaymentUri {
  readonly address: string;
  readonly amount: number | null;
  readonly label: string;
  readonly message: string;
}

/** Longest text that goes into a code. */
export const MAX_CODE_TEXT = 255;

/** Why a text is no request for payment that we can follow. */
export class UriError extends Error {}

/** Satoshi of a BIP 21 amount: a decimal number of whole coins. */
function amountOf(text: string): number {
  const [, whole = '', fraction = ''] = /^(\d{0,8})(?:\.(\d{0,8}))?$/.exec(text) ?? [];
  if (whole === '' && fraction === '') throw new UriError(t('the amount is not valid'));
  return Number(whole) * 100_000_000 + Number(fraction.padEnd(8, '0'));
}

/** Reads `bitcoin:…`. Null where the text is none at all. @throws UriError where it is one that must not be followed */
export function parsePaymentUri(text: string): PaymentUri | null {
  const [, rest] = /^bitcoin:(.*)$/is.exec(text.trim()) ?? [];
  if (rest === undefined) return null;
  if (rest.startsWith('//')) throw new UriError(t('\'bitcoin://\' is not a valid URI. Use \'bitcoin:\' instead.'));
  const at = rest.indexOf('?');
  const address = decodeURIComponent(at < 0 ? rest : rest.slice(0, at));
  let amount: number | null = null;
  let label = '';
  let message = '';
  for (const [key, value] of new URLSearchParams(at < 0 ? '' : rest.slice(at + 1))) {
    if (key === 'amount') amount = amountOf(value);
    else if (key === 'label') label = value;
    else if (key === 'message') message = value;
    else if (key === 'r' && address === '') throw new UriError(t('it asks for a payment protocol (BIP 70) that is insecure and no longer in use: ask the payee for a plain address'));
    else if (key.startsWith('req-')) throw new UriError(t('it needs something unknown ({key})', { key }));
  }
  if (address === '') throw new UriError(t('it has no address'));
  // Codes hold capital letters in less space; bech32 addresses mean the same in either.
  return { address: /^[A-Z0-9]+$/.test(address) ? address.toLowerCase() : address, amount, label, message };
}

/** Writes `bitcoin:…`. Bech32 addresses in capital letters, for a smaller code. */
export function paymentUri(request: Omit<PaymentUri, 'amount'> & { readonly amount: number }, bech32Prefix: string): string {
  const bech32 = request.address.startsWith(`${bech32Prefix}1`);
  const query: string[] = [];
  if (request.amount > 0) {
    const text = String(request.amount).padStart(9, '0');
    query.push(`amount=${`${text.slice(0, -8)}.${text.slice(-8)}`.replace(/\.?0+$/, '')}`);
  }
  if (request.label !== '') query.push(`label=${encodeURIComponent(request.label)}`);
  if (request.message !== '') query.push(`message=${encodeURIComponent(request.message)}`);
  return `bitcoin:${bech32 ? request.address.toUpperCase() : request.address}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}
