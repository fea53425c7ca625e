import type { Float } from './types.ts';

/** One step of a call on a connection of the node. */
export interface IpcStep {
  /** Milliseconds since 1970. */
  readonly time: Float;
  /** Name of the node's process, and of the other one. */
  readonly self: string;
  readonly peer: string;
  /** Which of the node's connections. */
  readonly connection: number;
  /** From the node, or to it. */
  readonly direction: 'out' | 'in';
  readonly what: 'call' | 'answer' | 'error';
  /** `Interface.method`. */
  readonly method: string;
  /** Number of the call on its connection; those of the two ends are counted apart. */
  readonly call: number;
  readonly bytes: number;
  /** Milliseconds from call to answer; null for the call itself. */
  readonly duration: Float | null;
  /** Arguments, result or error, shortened, without secrets. */
  readonly text: string;
}

/** Hears of the calls between the node and other processes. */
export interface IpcWatcher {
  /** In order; `missed` came between these and the last ones, and were too many to be told. @ordinal 0 @untraced */
  steps(steps: readonly IpcStep[], missed: number): Promise<void>;
}
