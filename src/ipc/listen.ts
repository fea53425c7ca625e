import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { CoinError } from '../util/errors.ts';
import type { IpcAddress, LocalAddress } from './address.ts';
import { connectLocal } from './connect.ts';
import { Connection, type ConnectionModules, type ConnectionOptions } from './connection.ts';
import type { IpcKey } from './key-file.ts';
import { DEFAULT_LIMITS, TCP_LIMITS, TCP_SILENCE_MS } from './limits.ts';
import { handshakeFault, secureServer, tookTooLong } from './secure.ts';

/** Connections that one listener keeps. */
export const MAX_CONNECTIONS = 32;
/** Further sockets of a port whose peers have yet to prove that they have the key. */
const MAX_HANDSHAKES = 32;
/** Strangers cannot fill the log: one line in this time. */
const REFUSALS_MS = 5_000;

export interface ListenOptions extends Omit<ConnectionOptions, 'init' | 'peer'> {
  readonly maxConnections?: number;
  /** For a port; clients must have the same. */
  readonly key: IpcKey | null;
}

export interface ListenModules extends ConnectionModules {
  /** What a client is handed first; one for each connection, which `connection` gives once it is there. */
  readonly makeInit: (connection: () => Connection) => object;
}

/** Takes connections at one address. */
export class IpcListener {
  readonly address: IpcAddress;
  readonly connections: ReadonlySet<Connection>;
  private readonly options: ListenOptions;
  private readonly m: ListenModules;
  private readonly server: net.Server;
  private readonly open = new Set<Connection>();
  private refusedMs = -REFUSALS_MS;
  private refused = 0;

  /** @throws CoinError for a port without key */
  constructor(address: IpcAddress, options: ListenOptions, modules: ListenModules) {
    this.address = address;
    this.options = options;
    this.m = modules;
    this.connections = this.open;
    if (address.kind === 'tcp') {
      if (options.key === null) throw new CoinError('ipc-key', `${address.text} needs a key`);
      this.server = this.port(options.key);
    } else {
      this.server = net.createServer();
      this.server.on('connection', (socket) => this.accept(socket, 'client'));
    }
    this.server.on('error', (e) => modules.log.error(`IPC: listening on ${address.text}: ${e.message}`));
  }

  private port(key: IpcKey): net.Server {
    const server = secureServer(key, this.options.limits?.helloMs ?? DEFAULT_LIMITS.helloMs);
    server.maxConnections = (this.options.maxConnections ?? MAX_CONNECTIONS) + MAX_HANDSHAKES;
    server.on('secureConnection', (socket) => this.accept(socket, `client at ${socket.remoteAddress ?? 'an unknown address'}`));
    server.on('tlsClientError', (e, socket) => {
      this.refuse(socket.remoteAddress, handshakeFault(e, key));
      // The runtime ends a connection whose handshake fails, but not one whose handshake takes too long.
      if (tookTooLong(e)) socket.destroy();
    });
    server.on('drop', (data) => this.refuse(data?.remoteAddress, 'too many connections have not proved yet that they have the key'));
    return server;
  }

  private refuse(from: string | undefined, why: string): void {
    const nowMs = performance.now();
    this.refused++;
    if (nowMs - this.refusedMs < REFUSALS_MS) return;
    this.m.log.warning(`IPC: connection on ${this.address.text}${from === undefined ? '' : ` from ${from}`} refused: ${why}${this.refused > 1 ? ` (${this.refused} since the last report)` : ''}`);
    this.refusedMs = nowMs;
    this.refused = 0;
  }

  /** Begins. A socket that nobody listens on any more is replaced. @throws CoinError, or the system's error */
  async listen(): Promise<void> {
    const { address } = this;
    if (address.kind === 'unix' && address.isFile) await makeRoom(address);
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      const where = address.kind === 'unix' ? { path: address.path, exclusive: true } : { host: address.host, port: address.port, exclusive: true };
      this.server.listen(where, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    // The process's umask says so already; a caller's may not.
    if (address.kind === 'unix' && address.isFile) fs.chmodSync(address.path, 0o600);
  }

  private accept(socket: net.Socket, peer: string): void {
    const { options, m } = this;
    const most = options.maxConnections ?? MAX_CONNECTIONS;
    if (this.open.size >= most) {
      m.log.warning(`IPC: ${this.address.text} has ${most} connections: a further one is refused (limit maxConnections)`);
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    const remote = this.address.kind === 'tcp' ? { limits: { ...TCP_LIMITS, ...options.limits }, silenceMs: TCP_SILENCE_MS } : {};
    const connection: Connection = new Connection(socket, { ...options, ...remote, peer, init: m.makeInit(() => connection) }, m);
    this.open.add(connection);
    m.log.debug('ipc', `${options.self}: connection of ${peer} on ${this.address.text}`);
    connection.onClosed(() => this.open.delete(connection));
  }

  /** Ends listening and all connections. The socket's file stays, as that of the reference does: a client is told that nobody listens. */
  async close(reason: string): Promise<void> {
    for (const connection of [...this.open]) connection.close(reason);
    const { address, server } = this;
    if (!server.listening) return;
    const file = address.kind === 'unix' && address.isFile && fs.existsSync(address.path) ? address.path : null;
    // The runtime removes the file of a listener that it closes.
    if (file !== null) fs.renameSync(file, `${file}.closing`);
    await new Promise<void>((resolve) => { server.close(() => resolve()); });
    if (file !== null) fs.renameSync(`${file}.closing`, file);
  }
}

/** Removes a socket that its process has left behind. @throws CoinError where it is in use */
async function makeRoom(address: LocalAddress): Promise<void> {
  fs.mkdirSync(path.dirname(address.path), { recursive: true });
  if (fs.lstatSync(address.path, { throwIfNoEntry: false })?.isSocket() !== true) return;
  if (await isLive(address)) throw new CoinError('ipc-in-use', `Another process listens on ${address.path}`);
  fs.rmSync(address.path);
}

async function isLive(address: LocalAddress): Promise<boolean> {
  try {
    (await connectLocal(address)).destroy();
    return true;
  } catch {
    return false;
  }
}
