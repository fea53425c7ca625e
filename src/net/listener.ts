import net from 'node:net';
import { errorText, InitError } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { joinHostPort } from './net-address.ts';
import type { PermissionRange } from './permissions.ts';

/** An address to listen on, and what is known of those who come by it. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** They come from the Tor network, by way of Tor on this machine: their own address is not known. */
  readonly onion: boolean;
  /** What they may do (-whitebind); null for nothing special. */
  readonly permissions: PermissionRange | null;
  /** Nothing is said where the system cannot listen there. */
  readonly optional: boolean;
}

/** Listens; null where an optional address cannot be had. @throws InitError with the reference's text */
export async function openListener(
  { host, port, optional }: ListenAddress, clientName: string, onConnection: (socket: net.Socket) => void, log: Logger,
): Promise<net.Server | null> {
  const server = net.createServer({ noDelay: true }, onConnection);
  const where = joinHostPort(host, port);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, exclusive: true, ipv6Only: true }, () => resolve());
    });
  } catch (e) {
    const text = (e as NodeJS.ErrnoException).code === 'EADDRINUSE'
      ? `Unable to bind to ${where} on this computer. ${clientName} is probably already running.`
      : `Unable to bind to ${where} on this computer (bind returned error ${errorText(e)})`;
    if (!optional) throw new InitError(text);
    log.error(text);
    return null;
  }
  log.info(`Bound to ${where}`);
  server.unref();
  return server;
}
