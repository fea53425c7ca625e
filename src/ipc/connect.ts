import net from 'node:net';
import { getSystemErrorName } from 'node:util';
import { CoinError } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import type { IpcAddress } from './address.ts';
import { Connection, type ConnectionOptions } from './connection.ts';

/** Nobody answers at an address; `reason` is the system's name for why (`ECONNREFUSED`). */
export class CannotConnect extends CoinError {
  readonly reason: string;
  constructor(reason: string, message: string) {
    super('ipc-connect', message);
    this.reason = reason;
  }
}

const TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Connection refused', ENOENT: 'No such file or directory', ENOTDIR: 'Not a directory', EACCES: 'Permission denied',
};

/** A socket to whoever listens at the address. @throws CannotConnect */
export function connectSocket(address: IpcAddress): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ path: address.path });
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (e: NodeJS.ErrnoException) => {
      const reason = e.code ?? (e.errno === undefined ? 'unknown' : getSystemErrorName(e.errno));
      reject(new CannotConnect(reason, TEXTS[reason] ?? e.message));
    });
  });
}

/** A connection to a process that listens. @throws CannotConnect, or CoinError where the other end refuses this one */
export async function connectIpc(address: IpcAddress, options: Omit<ConnectionOptions, 'init' | 'peer'>, modules: { readonly log: Logger }): Promise<Connection> {
  const connection = new Connection(await connectSocket(address), { ...options, peer: address.text, init: null }, modules);
  await connection.ready();
  if (connection.closed !== null) throw new CoinError('ipc-connect', connection.closed.text);
  return connection;
}
