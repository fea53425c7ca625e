import type { Disconnected } from '../util/errors.ts';
import type { MethodDef } from './interface-def.ts';
import type { Limits } from './limits.ts';

/** What calls need of their connection: frames out, and its state. */
export interface Wire {
  readonly limits: Limits;
  readonly isClosed: boolean;
  /** Bytes that the peer has not taken yet. */
  readonly backlog: number;
  /** The most that may wait for the peer before answers and calls fail. */
  readonly backlogMax: number;
  /** The frame of a message; one with secrets in a buffer of its own. @throws TooLarge */
  encode(message: readonly unknown[], secret: boolean): Buffer;
  put(frame: Buffer, secret: boolean): void;
  /** Encodes and sends; gives the size. */
  send(message: readonly unknown[]): number;
  /** Something waits for the next write: what `gather` of calls in and out adds. */
  schedule(): void;
  /** Log lines that explain what is about to be sent leave first. */
  explain(method: MethodDef): void;
  /** A round trip; gives milliseconds. @throws Disconnected */
  ping(): Promise<number>;
  gone(phase: 'before' | 'during'): Disconnected;
  /** The peer broke the protocol. */
  fail(text: string): void;
}
