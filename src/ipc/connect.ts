import net from 'node:net';
import type { Duplex } from 'node:stream';
import { getSystemErrorName } from 'node:util';
import { CoinError } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import type { IpcAddress, LocalAddress, TcpAddress } from './address.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import type { IpcKey } from './key-file.ts';
import { TCP_LIMITS, TCP_SILENCE_MS } from './limits.ts';
import { handshakeFault, secureConnect } from './secure.ts';

/** Nobody answers at an address; `reason` is the system's name for why (`ECONNREFUSED`), or `EBUSY` where somebody is there and one of us had no time. */
export class CannotConnect extends CoinError {
  readonly reason: string;
  constructor(reason: string, message: string) {
    super('ipc-connect', message);
    this.reason = reason;
  }
}

/** Somebody answers, but not to us: another coin, network or protocol, or no room. */
export class ConnectionRefused extends CoinError {
  constructor(message: string) { super('ipc-refused', message); }
}

const TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Connection refused', ENOENT: 'No such file or directory', ENOTDIR: 'Not a directory', EACCES: 'Permission denied',
  EHOSTUNREACH: 'No route to host', ENETUNREACH: 'Network is unreachable', ETIMEDOUT: 'Connection timed out', ENOTFOUND: 'Unknown host name',
};
/** Time for connection and handshake over a network. */
const TCP_CONNECT_MS = 15_000;

function systemFault(e: NodeJS.ErrnoException): CannotConnect {
  const reason = e.code ?? (e.errno === undefined ? 'unknown' : getSystemErrorName(e.errno));
  return new CannotConnect(reason, TEXTS[reason] ?? e.message);
}

/** A socket to whoever listens on this machine. @throws CannotConnect */
export function connectLocal(address: LocalAddress): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ path: address.path });
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (e: NodeJS.ErrnoException) => reject(systemFault(e)));
  });
}

/** A socket to a process that has proved that it has the key. @throws CannotConnect */
function connectTcp(address: TcpAddress, key: IpcKey): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = secureConnect(address.host, address.port, key);
    const timer = setTimeout(() => socket.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })), TCP_CONNECT_MS);
    const failed = (e: NodeJS.ErrnoException): void => {
      clearTimeout(timer);
      reject(e.code !== undefined && TEXTS[e.code] !== undefined ? systemFault(e) : new CannotConnect(e.code ?? 'unknown', `${address.text}: ${handshakeFault(e, key)}`));
    };
    socket.once('error', failed);
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.removeListener('error', failed);
      resolve(socket);
    });
  });
}

function keyFor(address: TcpAddress, key: (() => IpcKey) | undefined): IpcKey {
  if (key === undefined) throw new CoinError('ipc-key', `${address.text} needs a key`);
  return key();
}

/**
 * A connection to a process that listens. `key` gives the key where the address needs one.
 * @throws CannotConnect, ConnectionRefused, or CoinError where there is no key
 */
export async function connectIpc(
  address: IpcAddress, options: Omit<ConnectionOptions, 'peer'>, modules: { readonly log: Logger; readonly key?: () => IpcKey },
): Promise<Connection> {
  const remote = address.kind === 'tcp';
  const socket = remote ? await connectTcp(address, keyFor(address, modules.key)) : await connectLocal(address);
  const connection = new Connection(socket, {
    ...options, peer: address.text, ...(remote ? { limits: { ...TCP_LIMITS, ...options.limits }, silenceMs: TCP_SILENCE_MS } : {}),
  }, modules);
  await connection.ready();
  const { closed } = connection;
  if (closed?.how === 'lost') throw new CannotConnect('ECONNRESET', closed.text);
  if (closed?.how === 'late') throw new CannotConnect('EBUSY', closed.text);
  if (closed !== null) throw new ConnectionRefused(closed.text);
  return connection;
}
