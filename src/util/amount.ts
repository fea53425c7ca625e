import { RpcError } from './errors.ts';
import { type Json, JsonNumber } from './json.ts';

const MAX_MONEY = 2_100_000_000_000_000;

/** Amount as RPC shows it: coins with all eight decimals. */
export function amountToJson(sat: number): JsonNumber {
  return new JsonNumber(formatAmount(sat));
}

/** `1.50000000` */
export function formatAmount(sat: number): string {
  const abs = Math.abs(sat);
  const whole = Math.floor(abs / 1e8);
  return `${sat < 0 ? '-' : ''}${whole}.${String(abs - whole * 1e8).padStart(8, '0')}`;
}

/**
 * Decimal number with at most `decimals` digits behind the point (more only where they are zeros), as an integer of the
 * smallest unit; null where it is no such number or beyond 10^18 of that unit. An exponent is allowed.
 */
export function parseFixedPoint(text: string, decimals: number): number | null {
  const m = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/.exec(text);
  if (m === null) return null;
  const [, sign = '', whole = '0', fraction = '', exponentText = '0'] = m;
  const exponent = Number(exponentText);
  let digits = whole + fraction;
  const zeros = /0*$/.exec(digits)?.[0].length ?? 0;
  digits = digits.slice(0, digits.length - zeros);
  const shift = exponent - fraction.length + zeros + decimals;
  if (digits === '') return 0;
  if (shift < 0 || shift >= 18) return null;
  digits = digits.replace(/^0+/, '') + '0'.repeat(shift);
  if (digits.length > 18) return null;
  const n = Number(digits);
  return Number.isSafeInteger(n) ? (sign === '-' ? -n : n) : n > 0 ? (sign === '-' ? -Infinity : Infinity) : null;
}

/** Satoshi of an amount given by a client: a number or string of coins. @throws RpcError -3 */
export function parseAmount(value: Json | undefined, decimals = 8): number {
  const text = typeof value === 'number' ? String(value) : value instanceof JsonNumber ? value.text : typeof value === 'string' ? value : null;
  if (text === null) throw new RpcError(-3, 'Amount is not a number or string');
  const sat = parseFixedPoint(text, decimals);
  if (sat === null) throw new RpcError(-3, 'Invalid amount');
  if (sat < 0 || sat > MAX_MONEY) throw new RpcError(-3, 'Amount out of range');
  return sat;
}

/** Satoshi of a money string in a flag or file (`0.0001`); null where it is none. At most eight decimals, spaces around are fine. */
export function parseMoney(text: string): number | null {
  const m = /^\s*([0-9]{1,10})?(?:\.([0-9]{0,8}))?\s*$/.exec(text);
  if (m === null || text.trim() === '') return null;
  const sat = Number(m[1] ?? '0') * 1e8 + Number((m[2] ?? '').padEnd(8, '0'));
  return Number.isSafeInteger(sat) && sat <= MAX_MONEY ? sat : null;
}
