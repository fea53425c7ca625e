/** Satoshi in one coin. */
export const COIN = 100_000_000;
/** No amount may be larger, in satoshi. */
export const MAX_MONEY = 21_000_000 * COIN;

export function moneyRange(sat: number): boolean {
  return sat >= 0 && sat <= MAX_MONEY;
}
