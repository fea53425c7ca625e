import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { CoinError } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import type { IpcAddress } from './address.ts';
import { connectSocket } from './connect.ts';
import { Connection, type ConnectionOptions } from './connection.ts';

/** Connections that one listener keeps. */
export const MAX_CONNECTIONS = 32;

export interface ListenOptions extends Omit<ConnectionOptions, 'init' | 'peer'> {
  readonly maxConnections?: number;
}

/** Takes connections at one address. */
export class IpcListener {
  readonly address: IpcAddress;
  private readonly options: ListenOptions;
  private readonly m: { readonly log: Logger; readonly makeInit: () => object };
  private readonly server = net.createServer({ pauseOnConnect: false });
  private readonly connections = new Set<Connection>();

  /** @param modules.makeInit what a client is handed first; one for each connection */
  constructor(address: IpcAddress, options: ListenOptions, modules: { readonly log: Logger; readonly makeInit: () => object }) {
    this.address = address;
    this.options = options;
    this.m = modules;
    this.server.on('connection', (socket) => this.accept(socket));
    this.server.on('error', (e) => modules.log.error(`IPC: listening on ${address.text}: ${e.message}`));
  }

  /** Begins. A socket that nobody listens on any more is replaced. @throws CoinError, or the system's error */
  async listen(): Promise<void> {
    const { address } = this;
    if (address.isFile) {
      fs.mkdirSync(path.dirname(address.path), { recursive: true });
      if (fs.lstatSync(address.path, { throwIfNoEntry: false })?.isSocket() === true) {
        if (await isLive(address)) throw new CoinError('ipc-in-use', `Another process listens on ${address.path}`);
        fs.rmSync(address.path);
      }
    }
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ path: address.path, exclusive: true }, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    // The process's umask says so already; a caller's may not.
    if (address.isFile) fs.chmodSync(address.path, 0o600);
  }

  get connectionCount(): number { return this.connections.size; }

  private accept(socket: net.Socket): void {
    const { options, m } = this;
    const most = options.maxConnections ?? MAX_CONNECTIONS;
    if (this.connections.size >= most) {
      m.log.warning(`IPC: ${this.address.text} has ${most} connections: a further one is refused (limit maxConnections)`);
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, { ...options, peer: 'client', init: m.makeInit() }, { log: m.log });
    this.connections.add(connection);
    m.log.debug('ipc', `${options.self}: connection on ${this.address.text}`);
    connection.onClosed(() => this.connections.delete(connection));
  }

  /** Ends listening and all connections. The socket's file stays, as that of the reference does: a client is told that nobody listens. */
  async close(reason: string): Promise<void> {
    for (const connection of [...this.connections]) connection.close(reason);
    const { address, server } = this;
    if (!server.listening) return;
    const aside = `${address.path}.closing`;
    // The runtime removes the file of a listener that it closes.
    if (address.isFile) fs.renameSync(address.path, aside);
    await new Promise<void>((resolve) => { server.close(() => resolve()); });
    if (address.isFile) fs.renameSync(aside, address.path);
  }
}

async function isLive(address: IpcAddress): Promise<boolean> {
  try {
    (await connectSocket(address)).destroy();
    return true;
  } catch {
    return false;
  }
}
