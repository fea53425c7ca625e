/** A method of an interface as a connection has seen it. */
export interface IpcMethodInfo {
  /** `Interface.method`. */
  readonly method: string;
  readonly direction: 'called' | 'served';
  readonly calls: number;
  readonly errors: number;
  readonly bytes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A connection to another process as getipcinfo shows it. */
export interface IpcConnectionInfo {
  /** What the other process calls itself. */
  readonly peer: string;
  /** A process that this one has started, the one that has started it, or one that has connected by itself. */
  readonly kind: 'child' | 'parent' | 'client';
  /** Where a client has connected; null for the others. */
  readonly address: string | null;
  readonly sinceMs: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Objects handed out, and objects held of the other process. */
  readonly exports: number;
  readonly imports: number;
  /** Calls under way: ours, and the other's. */
  readonly calls: number;
  readonly served: number;
  readonly methods: readonly IpcMethodInfo[];
}
