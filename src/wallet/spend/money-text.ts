/** Coins for messages: at least two decimals, no more zeros than that. */
export function formatMoney(sat: number): string {
  const abs = Math.abs(sat);
  const text = `${Math.floor(abs / 1e8)}.${String(abs % 1e8).padStart(8, '0')}`;
  return (sat < 0 ? '-' : '') + text.replace(/0{1,6}$/, '');
}
