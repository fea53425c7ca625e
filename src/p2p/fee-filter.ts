import { randomInt } from '../crypto/random.ts';

const MAX_MONEY = 2_100_000_000_000_000;
const SPACING = 1.1;
const HIGHEST_RATE = 1e7;
/** Half of the reference's default relay rate (sat/kvB): the lowest step above none. */
const LOWEST_RATE = 50;
const MEAN_INTERVAL_MS = 10 * 60_000;
const MAX_CHANGE_DELAY_MS = 5 * 60_000;

function makeSteps(): readonly number[] {
  const steps = [0];
  for (let rate = LOWEST_RATE; rate <= HIGHEST_RATE; rate *= SPACING) steps.push(rate);
  return steps;
}

const STEPS = makeSteps();

/**
 * Rounds a feerate (sat/kvB) to one of the steps beside it, two times of three to the lower: a filter as exact as the
 * pool's own rate would be a fingerprint of the node.
 */
export function roundFeeFilter(feerate: number, random: (below: number) => number = randomInt): number {
  const at = STEPS.findIndex((step) => step >= feerate);
  if (at < 0) return Math.trunc(STEPS.at(-1) ?? 0);
  return Math.trunc(STEPS[at > 0 && random(3) !== 0 ? at - 1 : at] ?? 0);
}

/** What is sent while blocks are still missing: transactions would be of no use. */
export const NO_TRANSACTIONS_FILTER = Math.trunc(STEPS.at(-1) ?? 0);

/** What the node needs to tell a peer below which feerate (sat/kvB) it wants no transactions. */
export interface FeeFilterState {
  readonly nowMs: number;
  readonly initialDownload: boolean;
  /** What a full pool asks; 0 where it is not full. */
  readonly poolFeerate: number;
  readonly minRelayFeerate: number;
}

/** When a peer is told of a feerate (BIP 133), and of which. */
export class FeeFilterSchedule {
  private sent = -1;
  private nextMs = 0;
  private readonly random: (below: number) => number;

  constructor(random: (below: number) => number = randomInt) { this.random = random; }

  /** The feerate to send now; null for none. */
  due({ nowMs, initialDownload, poolFeerate, minRelayFeerate }: FeeFilterState): number | null {
    const current = initialDownload ? MAX_MONEY : poolFeerate;
    // Out of the first download: the peer has to know at once, it drops for good what it holds back.
    if (!initialDownload && this.sent === NO_TRANSACTIONS_FILTER) this.nextMs = 0;
    if (nowMs > this.nextMs) {
      const filter = Math.max(roundFeeFilter(current, this.random), minRelayFeerate);
      this.nextMs = nowMs - Math.log(1 - this.random(2 ** 32) / 2 ** 32) * MEAN_INTERVAL_MS;
      if (filter === this.sent) return null;
      this.sent = filter;
      return filter;
    }
    const changed = current < (3 * this.sent) / 4 || current > (4 * this.sent) / 3;
    if (changed && nowMs + MAX_CHANGE_DELAY_MS < this.nextMs) this.nextMs = nowMs + this.random(MAX_CHANGE_DELAY_MS);
    return null;
  }
}
