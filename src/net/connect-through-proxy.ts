import type net from 'node:net';
import type { Logger } from '../util/logger.ts';
import { connectSocket } from './connect-socket.ts';
import type { IsolationCredentials, ProxyServer } from './proxy-server.ts';
import { ReadFailure, SocketReader } from './socket-reader.ts';
import { socks5Exchange, Socks5Failure } from './socks5.ts';

/** For each answer of a proxy: Tor takes its time. */
const ANSWER_TIMEOUT_MS = 20_000;

export interface ProxyConnectModules { readonly log: Logger; readonly credentials: IsolationCredentials; readonly signal: AbortSignal }

function logFailure(log: Logger, failure: Socks5Failure): void {
  if (failure.level === 'error') log.error(failure.message);
  else if (failure.level === 'info') log.info(failure.message);
  else if (failure.level === 'debug') log.debug('net', failure.message);
}

/** Speaks SOCKS5 on a fresh connection to a proxy. @throws Socks5Failure */
async function negotiate(socket: net.Socket, proxy: ProxyServer, host: string, port: number, modules: ProxyConnectModules): Promise<void> {
  const { log, signal } = modules;
  const credentials = proxy.isolate ? modules.credentials.next() : null;
  const reader = new SocketReader(socket, signal);
  try {
    const exchange = socks5Exchange(host, port, credentials);
    for (let step = exchange.next(); step.done !== true;) {
      const { note, send, need, missing } = step.value;
      if (note !== undefined) log.debug('proxy', note);
      if (send !== null) reader.write(send);
      let bytes: Uint8Array;
      try {
        bytes = await reader.exactly(need, ANSWER_TIMEOUT_MS);
      } catch (e) {
        if (!(e instanceof ReadFailure)) throw e;
        throw missing(e.kind);
      }
      step = exchange.next(bytes);
    }
  } finally {
    reader.release();
  }
}

/** Opens a connection to `host` by way of a proxy, which looks names up; null where that fails, which the log tells. */
export async function connectThroughProxy(
  proxy: ProxyServer, target: { readonly host: string; readonly port: number }, options: { readonly timeoutMs: number }, modules: ProxyConnectModules,
): Promise<net.Socket | null> {
  const { log, signal } = modules;
  const socket = await connectSocket(proxy, { timeoutMs: options.timeoutMs, wanted: true, signal }, log);
  if (socket === null) return null;
  log.debug('net', `SOCKS5 connecting ${target.host}`);
  try {
    await negotiate(socket, proxy, target.host, target.port, modules);
  } catch (e) {
    socket.destroy();
    if (!(e instanceof Socks5Failure)) throw e;
    if (!signal.aborted) logFailure(log, e);
    return null;
  }
  log.debug('net', `SOCKS5 connected ${target.host}`);
  return socket;
}
