/** What is known of one method on one connection. */
export interface MethodFigures {
  /** `Interface.method`. */
  readonly method: string;
  /** Whether this end calls it, or serves it. */
  readonly direction: 'called' | 'served';
  readonly calls: number;
  readonly errors: number;
  /** Of calls and answers together. */
  readonly bytes: number;
  /** Milliseconds from call to answer: half of the calls took no longer. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A connection in figures. */
export interface ConnectionFigures {
  readonly peer: string;
  /** How long it has been there. */
  readonly sinceMs: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Objects handed out, and objects held of the peer. */
  readonly exports: number;
  readonly imports: number;
  /** Calls under way: ours, and the peer's. */
  readonly calls: number;
  readonly served: number;
  readonly methods: readonly MethodFigures[];
}
