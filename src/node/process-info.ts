/** What becomes of a process that another one has started. */
export type ChildState = 'starting' | 'running' | 'hung' | 'waiting' | 'ended';

/** A process as getprocesses shows it. */
export interface ProcessInfo {
  /** Name of its executable: `coin-wallet`. */
  readonly role: string;
  /** 0 where there is none now. */
  readonly pid: number;
  readonly state: ChildState;
  /** How many times it was started again. */
  readonly restarts: number;
  /** Seconds since it was started; 0 where there is none. */
  readonly uptimeSec: number;
  /** Bytes that it holds in memory; null where the system does not tell. */
  readonly memoryBytes: number | null;
  /** What fences it in. */
  readonly sandbox: string;
  /** Round trip of the last question whether it lives, in milliseconds; null where there was none. */
  readonly pingMs: number | null;
  /** Why it ended last; null where it never did. */
  readonly lastEnd: string | null;
}
