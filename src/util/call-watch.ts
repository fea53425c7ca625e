/** One step of a call between two processes. */
export interface CallStep {
  /** Milliseconds since 1970, with fractions. */
  readonly timeMs: number;
  /** Name of this process, and of the other one. */
  readonly self: string;
  readonly peer: string;
  /** Which of this process's connections, counted from 1. */
  readonly connection: number;
  /** Where the bytes go: from this process, or to it. */
  readonly direction: 'out' | 'in';
  readonly what: 'call' | 'answer' | 'error';
  /** `Interface.method`. */
  readonly method: string;
  /** Number of the call on its connection; those of the two ends are counted apart. */
  readonly call: number;
  readonly bytes: number;
  /** From call to answer; null for the call itself. */
  readonly durationMs: number | null;
  /** Arguments, result or error, shortened, without secrets. */
  readonly text: string;
}

/** Tells those who watch of every call that crosses a connection of this process. Costs nothing while nobody does. */
export class CallWatch {
  private readonly watchers = new Set<(step: CallStep) => void>();
  private connections = 0;

  /** Whether anybody watches. */
  get on(): boolean { return this.watchers.size > 0; }

  /** A number for a connection. */
  nextConnection(): number { return ++this.connections; }

  /** @returns what ends it */
  watch(watcher: (step: CallStep) => void): () => void {
    // Its own function each time: the same one may watch twice.
    const own = (step: CallStep): void => watcher(step);
    this.watchers.add(own);
    return () => { this.watchers.delete(own); };
  }

  tell(step: CallStep): void {
    for (const watcher of this.watchers) watcher(step);
  }
}
