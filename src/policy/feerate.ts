/** A fee over a size. Sizes are virtual bytes or weight units, as the place that uses it says. */
export interface FeeFrac {
  /** Satoshi; may be negative through prioritisation. */
  readonly fee: number;
  readonly size: number;
}

export const EMPTY_FRAC: FeeFrac = Object.freeze({ fee: 0, size: 0 });

/** `a * b - c * d`'s sign, exactly; BigInt only where doubles cannot tell. */
function compareProducts(a: number, b: number, c: number, d: number): number {
  const x = a * b;
  const y = c * d;
  if (Math.abs(x) <= Number.MAX_SAFE_INTEGER && Math.abs(y) <= Number.MAX_SAFE_INTEGER) return x - y;
  const difference = x - y;
  if (Math.abs(difference) > (Math.abs(x) + Math.abs(y)) * 4e-16) return difference;
  const exact = BigInt(a) * BigInt(b) - BigInt(c) * BigInt(d);
  return exact > 0n ? 1 : exact < 0n ? -1 : 0;
}

/** Sign of `a`'s feerate minus `b`'s. An empty fraction equals everything. */
export function compareFeerate(a: FeeFrac, b: FeeFrac): number {
  return compareProducts(a.fee, b.size, b.fee, a.size);
}

function divide(fee: number, factor: number, size: number, up: boolean): number {
  const product = fee * factor;
  if (Math.abs(product) <= Number.MAX_SAFE_INTEGER) {
    const rest = product % size;
    const quotient = (product - rest) / size;
    if (rest > 0 && up) return quotient + 1;
    return rest < 0 && !up ? quotient - 1 : quotient;
  }
  const exact = BigInt(fee) * BigInt(factor);
  const divisor = BigInt(size);
  const rest = exact % divisor;
  const quotient = Number((exact - rest) / divisor);
  if (rest > 0n && up) return quotient + 1;
  return rest < 0n && !up ? quotient - 1 : quotient;
}

/** Fee in satoshi for `vsize` at this rate, rounded up; 0 for an empty rate. */
export function feeFor(rate: FeeFrac, vsize: number): number {
  if (rate.size <= 0) return 0;
  const fee = divide(rate.fee, vsize, rate.size, true);
  return fee === 0 && vsize !== 0 && rate.fee < 0 ? -1 : fee;
}

/** Fee in satoshi for `vsize` at `satPerKvb`, rounded up. */
export function feeAtRate(satPerKvb: number, vsize: number): number {
  return feeFor({ fee: satPerKvb, size: 1000 }, vsize);
}

/** Satoshi for 1000 units, rounded down; 0 for an empty rate. */
export function perKilo(rate: FeeFrac): number {
  return rate.size <= 0 ? 0 : divide(rate.fee, 1000, rate.size, false);
}

/** `0.00001000 BTC/kvB`. */
export function feerateText(satPerKvb: number, unit = 'BTC'): string {
  const fraction = String(Math.abs(satPerKvb % 1e8)).padStart(8, '0');
  return `${Math.trunc(satPerKvb / 1e8)}.${fraction} ${unit}/kvB`;
}

export type DiagramOrder = 'better' | 'worse' | 'equal' | 'unordered';

/**
 * Compares the feerate diagrams of two lists of chunks, each in falling order of feerate: accumulated fee over
 * accumulated size, a straight line between chunks, level after the last one.
 */
export function compareChunks(a: readonly FeeFrac[], b: readonly FeeFrac[]): DiagramOrder {
  const lists = [a, b] as const;
  const next: [number, number] = [0, 0];
  const at: [{ fee: number; size: number }, { fee: number; size: number }] = [{ fee: 0, size: 0 }, { fee: 0, size: 0 }];
  let aBetter = false;
  let bBetter = false;
  const pending = (i: 0 | 1): { fee: number; size: number } | null => {
    const chunk = lists[i][next[i]];
    return chunk === undefined ? null : { fee: at[i].fee + chunk.fee, size: at[i].size + chunk.size };
  };
  for (;;) {
    const pa = pending(0);
    const pb = pending(1);
    if (pa === null && pb === null) break;
    // The corner that comes first is compared with the other diagram's line at that size.
    const first: 0 | 1 = pb === null ? 0 : pa === null ? 1 : pa.size < pb.size ? 0 : 1;
    const corner = (first === 0 ? pa : pb) as { fee: number; size: number };
    const other: 0 | 1 = first === 0 ? 1 : 0;
    const end = first === 0 ? pb : pa;
    const start = at[other];
    const slope = end === null ? { fee: 0, size: 1 } : { fee: end.fee - start.fee, size: end.size - start.size };
    const order = compareProducts(corner.fee - start.fee, slope.size, slope.fee, corner.size - start.size);
    if (order > 0) if (first === 0) aBetter = true; else bBetter = true;
    if (order < 0) if (first === 0) bBetter = true; else aBetter = true;
    at[first] = corner;
    next[first] += 1;
    if (end !== null && end.size === corner.size) {
      at[other] = end;
      next[other] += 1;
    }
  }
  if (aBetter && bBetter) return 'unordered';
  return aBetter ? 'better' : bBetter ? 'worse' : 'equal';
}
