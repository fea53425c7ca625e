import net from 'node:net';
import type { Logger } from '../util/logger.ts';
import { joinHostPort } from './net-address.ts';
import { socketErrorText } from './socket-error.ts';

export type SocketTarget = { readonly kind: 'tcp'; readonly host: string; readonly port: number } | { readonly kind: 'unix'; readonly path: string };

/**
 * Opens a connection; null where it cannot be made, which the log tells.
 * The socket does not flow: who gets it decides how it is read.
 * @param options.wanted whether a user asked for this connection: then a failure is no matter for the debug log alone
 */
export async function connectSocket(
  target: SocketTarget, options: { readonly timeoutMs: number; readonly wanted: boolean; readonly signal: AbortSignal }, log: Logger,
): Promise<net.Socket | null> {
  const where = target.kind === 'unix' ? target.path : joinHostPort(target.host, target.port);
  const { signal } = options;
  if (signal.aborted) return null;
  const socket = target.kind === 'unix' ? net.connect({ path: target.path }) : net.connect({ host: target.host, port: target.port, noDelay: true });
  let waiting = true;
  const connected = await new Promise<boolean>((resolve) => {
    const done = (ok: boolean): void => {
      waiting = false;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(ok);
    };
    const onAbort = (): void => done(false);
    const timer = setTimeout(() => {
      log.debug('net', `connection attempt to ${where} timed out`);
      done(false);
    }, options.timeoutMs);
    timer.unref();
    signal.addEventListener('abort', onAbort);
    socket.once('connect', () => done(true));
    // Stays: an error that comes between two owners of the socket must not end the process.
    socket.on('error', (e) => {
      if (!waiting) return;
      const text = `connect() to ${where} failed after wait: ${socketErrorText(e)}`;
      if (options.wanted) log.info(text);
      else log.debug('net', text);
      done(false);
    });
  });
  if (connected && !socket.destroyed) return socket;
  socket.destroy();
  return null;
}
