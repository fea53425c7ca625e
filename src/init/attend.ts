import type { IpcAddress } from '../ipc/address.ts';
import { CannotConnect } from '../ipc/connect.ts';
import type { Connection } from '../ipc/connection.ts';
import { BackOff } from '../util/back-off.ts';
import type { Clock } from '../util/clock.ts';
import { CoinError, errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { pause } from '../util/pause.ts';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;
/** A node that is not there (yet), in the system's words. */
const NOT_THERE: ReadonlySet<string> = new Set([
  'ECONNREFUSED', 'ENOENT', 'ENOTDIR', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EAI_AGAIN',
]);

/** Whether an error says that nobody listens there, which may pass. */
export function isNotThere(thrown: unknown): boolean {
  return thrown instanceof CannotConnect && NOT_THERE.has(thrown.reason);
}

/** Whether an error says that somebody is there who had no time for us, or we for him: that passes, too. */
export function isBusy(thrown: unknown): boolean {
  return thrown instanceof CannotConnect && thrown.reason === 'EBUSY';
}

/** A part of the program that works with a node which runs by itself. */
export interface NodeSession {
  /** Whether it has worked with a node already: what is wrong then is on the node's side, and may pass. */
  readonly hasServed: boolean;
  /** Before each attempt. @throws CoinError where there is no sense in going on */
  prepare(): Promise<void>;
  /** Connects, and works until the node has gone or `stop` says so. @returns why it ended @throws CoinError */
  run(stop: AbortSignal): Promise<string>;
  /** There is no node, and why. */
  nodeIsAway(why: string): void;
}

/** Works with one node after the other, that is: with the same one whenever it is there. Ends when `stop` says so. @throws CoinError where it cannot begin */
export async function attendNode(session: NodeSession, address: IpcAddress, modules: { readonly log: Logger; readonly clock: Clock }, stop: AbortSignal): Promise<void> {
  const { log, clock } = modules;
  const backOff = new BackOff({ firstMs: FIRST_DELAY_MS, longestMs: LONGEST_DELAY_MS, calmMs: LONGEST_DELAY_MS });
  let told = '';
  while (!stop.aborted) {
    await session.prepare();
    const sinceMs = clock.monotonicMs();
    try {
      log.info(`The node has gone: ${await session.run(stop)}`);
      told = '';
    } catch (e) {
      if (!(e instanceof CoinError) || (!session.hasServed && !isNotThere(e) && !isBusy(e))) throw e;
      const text = errorText(e);
      if (text !== told) log.info(`Waiting for the node at ${address.text}: ${text}`);
      session.nodeIsAway(text);
      told = text;
    }
    if (!stop.aborted) await pause(backOff.next(clock.monotonicMs() - sinceMs), stop, true);
  }
}

/** Resolves when the connection has ended, or is to end. */
export function untilOver(connection: Connection, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      stop.removeEventListener('abort', over);
      resolve();
    };
    connection.onClosed(over);
    stop.addEventListener('abort', over);
    if (stop.aborted) over();
  });
}
