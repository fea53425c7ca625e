/** Runs pieces of work one after the other, in the order in which they came. A failure touches its caller alone. */
export class WorkQueue {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /** Pieces that run or wait. */
  get depth(): number { return this.waiting; }

  run<T>(work: () => T | Promise<T>): Promise<T> {
    this.waiting += 1;
    const step = this.last.then(work);
    const done = (): void => {
      this.waiting -= 1;
    };
    this.last = step.then(done, done);
    return step;
  }

  /** Resolves when everything up to now has run. */
  async idle(): Promise<void> {
    await this.last;
  }
}

/** Lets the event loop have a turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
