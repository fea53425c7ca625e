import type { BlockIndex, ChainState } from '../chain/types.ts';

/** Longest delay that a timer takes. */
const MAX_TIMER_MS = 0x7fffffff;

/**
 * Waits until `done` likes the tip, the time is over (null: never), or the signal is aborted: look at the tip and the signal
 * to know which. `done` is asked at once, and after each move of the tip.
 */
export function waitForTip(chain: ChainState, done: (tip: BlockIndex | null) => boolean, timeoutMs: number | null, signal: AbortSignal): Promise<void> {
  if (signal.aborted || done(chain.active.tip)) return Promise.resolve();
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const finish = (): void => {
      clearTimeout(timer);
      unlisten();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const unlisten = chain.addListener({
      updatedBlockTip: (tip) => {
        if (done(tip)) finish();
      },
    });
    if (timeoutMs !== null) timer = setTimeout(finish, Math.min(Math.max(timeoutMs, 0), MAX_TIMER_MS));
    signal.addEventListener('abort', finish);
  });
}

/** Waits that one call can end together. */
export class Interrupts {
  private current = new AbortController();

  /** Aborted by the next `interrupt`, or by one of the others. */
  signal(...others: (AbortSignal | undefined)[]): AbortSignal {
    return AbortSignal.any([this.current.signal, ...others.filter((s) => s !== undefined)]);
  }

  /** Ends what waits now; what waits later is not touched. */
  interrupt(): void {
    this.current.abort();
    this.current = new AbortController();
  }
}
