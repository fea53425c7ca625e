/** Waits, but no longer than until `signal` is aborted. @param holds whether the process stays alive for it */
export function pause(ms: number, signal: AbortSignal, holds = false): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (!holds) timer.unref();
    signal.addEventListener('abort', done);
  });
}
