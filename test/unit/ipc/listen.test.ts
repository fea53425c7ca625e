import { afterEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { parseIpcAddress, type TcpAddress } from '../../../src/ipc/address.ts';
import { connectIpc } from '../../../src/ipc/connect.ts';
import type { Connection } from '../../../src/ipc/connection.ts';
import type { IpcKey } from '../../../src/ipc/key-file.ts';
import { IpcListener, type ListenOptions } from '../../../src/ipc/listen.ts';
import { SILENT } from '../../../src/util/logger.ts';
import { freePorts } from '../../functional/support/ports.ts';
import { platformOf } from '../../../src/util/platform.ts';
import { until } from './support.ts';

const newKey = (file: string): IpcKey => ({ file, bytes: randomBytes(32) });
const KEY = newKey('/keys/ours');
const listeners: IpcListener[] = [];
const clients: Connection[] = [];
const sockets: net.Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const client of clients.splice(0)) {
    client.close();
    await client.finished();
  }
  for (const listener of listeners.splice(0)) await listener.close('the test is over');
});

interface Server { readonly address: TcpAddress; readonly listener: IpcListener; readonly warnings: string[] }

async function listen(options: Partial<ListenOptions> = {}): Promise<Server> {
  const [port = 0] = await freePorts(1);
  const address = parseIpcAddress(`tcp:127.0.0.1:${port}`, { netDir: '/', platform: platformOf('linux') });
  if (address.kind !== 'tcp') throw new Error('no port');
  const warnings: string[] = [];
  const log = { ...SILENT, warning: (text: string): void => { warnings.push(text); } };
  const makeInit = (): object => ({ makeEcho: () => Promise.resolve({ echo: (text: string) => Promise.resolve(text) }) });
  const listener = new IpcListener(address, { self: 'coin-node', coin: 'coin', network: 'regtest', key: KEY, ...options }, { log, makeInit });
  listeners.push(listener);
  await listener.listen();
  return { address, listener, warnings };
}

async function connect(address: TcpAddress, key: IpcKey, network = 'regtest'): Promise<Connection> {
  const client = await connectIpc(address, { self: 'coin-wallet', coin: 'coin', network, init: null }, { log: SILENT, key: () => key });
  clients.push(client);
  return client;
}

function raw(address: TcpAddress): net.Socket {
  const socket = net.connect(address.port, address.host);
  socket.on('error', () => undefined);
  socket.resume();
  sockets.push(socket);
  return socket;
}

describe('a port with a key', () => {
  it('serves those who have the key', async () => {
    const { address, warnings } = await listen();
    const echo = await (await connect(address, KEY)).peerInit().makeEcho();
    // More than one record, and more than one turn.
    const text = 'x'.repeat(300_000);
    expect(await echo.echo(text)).toBe(text);
    expect(warnings).toEqual([]);
  });

  it('sends nothing that can be read on the way', async () => {
    const { address } = await listen();
    const seen: Buffer[] = [];
    const relay = net.createServer((from) => {
      const to = raw(address);
      sockets.push(from);
      from.on('error', () => undefined);
      for (const [a, b] of [[from, to], [to, from]] as const) a.on('data', (bytes: Buffer) => { seen.push(bytes); b.write(bytes); });
    });
    relay.listen(0, '127.0.0.1');
    await once(relay, 'listening');
    const echo = await (await connect({ ...address, port: (relay.address() as net.AddressInfo).port }, KEY)).peerInit().makeEcho();
    expect(await echo.echo('the words of the seed')).toBe('the words of the seed');
    const all = Buffer.concat(seen);
    expect(all.length).toBeGreaterThan(500);
    for (const text of ['the words', 'coin-wallet', 'makeEcho', 'Init']) expect(all.includes(text)).toBe(false);
    relay.close();
  });

  it('refuses another key, and both ends say so', async () => {
    const { address, listener, warnings } = await listen();
    await expect(connect(address, newKey('/keys/theirs'))).rejects.toThrow(`${address.text}: the other end has another key than /keys/theirs`);
    await until(() => warnings.length > 0, 'a warning');
    expect(warnings).toEqual([`IPC: connection on ${address.text} from 127.0.0.1 refused: the other end has another key than /keys/ours`]);
    expect(listener.connections.size).toBe(0);
    await (await connect(address, KEY)).ping();
  });

  it('refuses those who speak TLS without a key, or no TLS at all', async () => {
    const { address, warnings } = await listen();
    const without = tls.connect({ host: address.host, port: address.port, rejectUnauthorized: false });
    sockets.push(without);
    const [fault] = await once(without, 'error') as [NodeJS.ErrnoException];
    expect(fault.code).toMatch(/^ERR_SSL_/);
    await until(() => warnings.length > 0, 'a warning');
    expect(warnings[0]).toMatch(/from 127\.0\.0\.1 refused: the other end does not speak TLS 1\.3 with a key \(ERR_SSL_/);
    const plain = raw(address);
    plain.write('GET / HTTP/1.1\r\n\r\n');
    await once(plain, 'close');
    // Strangers cannot fill the log.
    expect(warnings).toHaveLength(1);
  });

  it('is not taken in by a server without the key', async () => {
    const server = tls.createServer({ minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256', pskCallback: () => randomBytes(32) });
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    const address: TcpAddress = { kind: 'tcp', text: `tcp:127.0.0.1:${port}`, host: '127.0.0.1', port };
    await expect(connect(address, KEY)).rejects.toThrow(/the other end has another key than \/keys\/ours/);
    const plain = net.createServer((socket) => socket.end('hello'));
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    await expect(connect({ ...address, port: (plain.address() as net.AddressInfo).port }, KEY)).rejects.toThrow(/does not speak TLS 1\.3 with a key/);
    server.close();
    plain.close();
  });

  it('gives a peer no more than the time for hello: before the key is proved, and after', async () => {
    const short = await listen({ limits: { helloMs: 100 } });
    await once(raw(short.address), 'close');
    await until(() => short.warnings.length > 0, 'a warning');
    expect(short.warnings[0]).toMatch(/refused: it has not proved in time that it has the key$/);
    // Proving it takes a moment, too: a busy machine needs more than the time above.
    const { address, warnings, listener } = await listen({ limits: { helloMs: 2000 } });
    const silent = tls.connect({
      host: address.host, port: address.port, minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256', checkServerIdentity: () => undefined,
      pskCallback: () => ({ psk: KEY.bytes, identity: 'coin-ipc' }),
    });
    sockets.push(silent);
    silent.resume();
    await once(silent, 'close');
    expect(warnings).toEqual([expect.stringMatching(/no hello within 2000 ms \(limit helloMs\)/)]);
    expect(listener.connections.size).toBe(0);
  });

  it('keeps strangers from using up the connections of those who have the key', async () => {
    const { address } = await listen({ maxConnections: 2 });
    for (let i = 0; i < 30; i++) await once(raw(address), 'connect');
    await (await connect(address, KEY)).ping();
    await (await connect(address, KEY)).ping();
    await expect(connect(address, KEY)).rejects.toThrow();
  });

  it('is for one network', async () => {
    const { address } = await listen();
    await expect(connect(address, KEY, 'main')).rejects.toThrow(/network/);
  });

  it('is not opened without a key', () => {
    expect(() => new IpcListener({ kind: 'tcp', text: 'tcp:h:1', host: 'h', port: 1 }, { self: '', key: null }, { log: SILENT, makeInit: () => ({}) })).toThrow('tcp:h:1 needs a key');
  });
});
