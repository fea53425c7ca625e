import type { Node } from '../../ipc-spec/node.ts';
import { errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import type { MempoolPast, TrafficView } from './api.ts';

const TICK_MS = 1_000;
/** Samples that are kept: half an hour by the second, a day by ten seconds. */
const FINE = 1_800;
const COARSE = 8_640;
const COARSE_TICKS = 10;
const MAX_POINTS = 600;

/** Where bands of feerates begin, sat/kvB. */
export const BANDS: readonly number[] = [0, 1000, 2000, 3000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000];

interface Sample { readonly time: number; readonly received: number; readonly sent: number }

/** Looks at traffic and pool every now and then, so that a page which is opened later has a past to show. */
export class Recorder {
  private readonly node: Node;
  private readonly log: Logger;
  private readonly fine: Sample[] = [];
  private readonly coarse: Sample[] = [];
  private readonly pool: { time: number; vsize: readonly number[] }[] = [];
  private timer: NodeJS.Timeout | null = null;
  private busy = false;
  private ticks = 0;

  constructor(modules: { readonly node: Node; readonly log: Logger }) {
    this.node = modules.node;
    this.log = modules.log;
  }

  start(): void {
    this.timer = setInterval(() => { void this.tick(); }, TICK_MS).unref();
    void this.tick();
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  private async tick(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      const [received, sent] = await Promise.all([this.node.getTotalBytesRecv(), this.node.getTotalBytesSent()]);
      const sample = { time: Date.now() / 1000, received, sent };
      keep(this.fine, sample, FINE);
      if (this.ticks++ % COARSE_TICKS === 0) {
        keep(this.coarse, sample, COARSE);
        const { bands } = await this.node.getMempoolView(BANDS, 0);
        keep(this.pool, { time: sample.time, vsize: bands.map((band) => band.vsize) }, COARSE);
      }
    } catch (e) {
      // The node may be going: what is missing shows as a gap.
      this.log.debug('ipc', `looking at traffic: ${errorText(e)}`);
    } finally {
      this.busy = false;
    }
  }

  /** Bytes a second over a span, thinned out. */
  traffic(spanSec: number): TrafficView {
    const samples = this.fine.length < 2 || spanSec <= FINE ? this.fine : this.coarse;
    const since = Date.now() / 1000 - spanSec;
    const within = samples.filter((sample) => sample.time >= since);
    const step = Math.max(1, Math.ceil(within.length / MAX_POINTS));
    const out: { time: number[]; received: number[]; sent: number[] } = { time: [], received: [], sent: [] };
    for (let i = step; i < within.length; i += step) {
      const [a, b] = [within[i - step], within[i]];
      if (a === undefined || b === undefined || b.time <= a.time) continue;
      out.time.push(b.time);
      out.received.push((b.received - a.received) / (b.time - a.time));
      out.sent.push((b.sent - a.sent) / (b.time - a.time));
    }
    const last = this.fine.at(-1);
    return { ...out, totalReceived: last?.received ?? 0, totalSent: last?.sent ?? 0 };
  }

  /** The pool by bands over a span, thinned out. */
  mempool(spanSec: number): MempoolPast {
    const since = Date.now() / 1000 - spanSec;
    const within = this.pool.filter((one) => one.time >= since);
    const step = Math.max(1, Math.ceil(within.length / MAX_POINTS));
    const thin = within.filter((_, i) => i % step === 0 || i === within.length - 1);
    return { feerates: BANDS, time: thin.map((one) => one.time), vsize: BANDS.map((_, band) => thin.map((one) => one.vsize[band] ?? 0)) };
  }
}

function keep<T>(list: T[], item: T, maximum: number): void {
  list.push(item);
  if (list.length > maximum) list.splice(0, list.length - maximum);
}
