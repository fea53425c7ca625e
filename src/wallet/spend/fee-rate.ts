/** Feerates are satoshi a thousand virtual bytes. */

/** Satoshi for `vbytes` at `feerate`, rounded up. */
export function feeFor(feerate: number, vbytes: number): number {
  const product = feerate * vbytes;
  if (Number.isSafeInteger(product)) return Math.ceil(product / 1000);
  return Number((BigInt(feerate) * BigInt(vbytes) + 999n) / 1000n);
}

/** Feerate of a transaction, rounded down. */
export function feerateOf(feeSat: number, vbytes: number): number {
  return vbytes === 0 ? 0 : Math.floor(feeSat * 1000 / vbytes);
}

/** `1.234 sat/vB`. */
export function satPerVbText(feerate: number): string {
  return `${Math.floor(feerate / 1000)}.${String(feerate % 1000).padStart(3, '0')} sat/vB`;
}

/** `0.00001000 BTC/kvB`. */
export function coinPerKvbText(feerate: number, unit = 'BTC'): string {
  return `${Math.floor(feerate / 100_000_000)}.${String(feerate % 100_000_000).padStart(8, '0')} ${unit}/kvB`;
}
