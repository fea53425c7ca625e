import net from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Dialer } from '../../../src/net/dialer.ts';
import { UNKNOWN_ADDRESS } from '../../../src/net/net-address.ts';
import { ReachableNetworks } from '../../../src/net/network.ts';
import { Proxies } from '../../../src/net/proxy-server.ts';
import type { Logger } from '../../../src/util/logger.ts';
import { Socks5Server } from '../../support/socks5-server.ts';

const ONION = 'pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion';
const I2P = 'zsxwyo6qcn3chqzwxnseusqgsnuw3maqnztkiypyfxtya4snkoka.b32.i2p';

let node: net.Server;
let port: number;
let proxy: Socks5Server;
let proxies: Proxies;
let reachable: ReachableNetworks;
let lines: string[];
let asked: string[];
let names: Record<string, string[]>;
let stop: AbortController;
const open: net.Socket[] = [];

beforeEach(async () => {
  node = net.createServer((socket) => { open.push(socket.on('error', () => socket.destroy())); });
  await new Promise<void>((resolve) => { node.listen(0, '127.0.0.1', resolve); });
  port = (node.address() as net.AddressInfo).port;
  proxy = await Socks5Server.start({ route: () => ({ host: '127.0.0.1', port }) });
  proxies = new Proxies();
  reachable = new ReachableNetworks();
  reachable.remove('cjdns');
  lines = [];
  asked = [];
  names = {};
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  for (const socket of open.splice(0)) socket.destroy();
  await proxy.stop();
  await new Promise((resolve) => { node.close(resolve); });
});

function dialer(options: { readonly dns?: boolean } = {}): Dialer {
  const put = (line: string): void => { lines.push(line); };
  const log: Logger = { info: put, warning: put, error: put, debug: (category, line) => put(`[${category}] ${line}`), trace: () => undefined, enabled: () => true };
  const resolver = (name: string): Promise<string[]> => {
    asked.push(name);
    return Promise.resolve(names[name] ?? []);
  };
  return new Dialer({ defaultPort: 8333, connectTimeoutMs: 20_000, resolver: options.dns === false ? null : resolver }, { log, proxies, reachable, i2p: null, signal: stop.signal });
}

async function dial(target: string, options: { readonly dns?: boolean; readonly connected?: string[] } = {}): Promise<{ address: string; network: string } | null> {
  const made = await dialer(options).dial(target, true, (address) => options.connected?.includes(address) === true);
  if (made === null) return null;
  open.push(made.socket);
  return { address: made.address, network: made.network };
}

/** Leads to the proxy of this test. */
const there = (): Parameters<Proxies['set']>[1] => ({ kind: 'tcp', host: '127.0.0.1', port: Number(proxy.address.split(':')[1]), isolate: false });

describe('names of nodes', () => {
  it('go to the proxy that looks names up, and to nobody else', async () => {
    proxies.names = there();
    names['node.example'] = ['127.0.0.1'];
    expect(await dial('node.example')).toEqual({ address: UNKNOWN_ADDRESS, network: 'not_publicly_routable' });
    expect(await dial('node.example:7')).not.toBeNull();
    expect(asked).toEqual([]);
    expect(proxy.requests.map((r) => `${r.host}:${r.port}`)).toEqual(['node.example:8333', 'node.example:7']);
  });

  it('are looked up where there is no such proxy, and each address is tried', async () => {
    names['node.example'] = ['127.0.0.2', '127.0.0.1', '127.0.0.3'];
    expect(await dial(`node.example:${port}`)).toEqual({ address: `127.0.0.1:${port}`, network: 'not_publicly_routable' });
    expect(asked).toEqual(['node.example']);
    expect(await dial('nobody.example')).toBeNull();
    expect(await dial(`node.example:${port}`, { dns: false })).toBeNull();
    expect(asked).toEqual(['node.example', 'nobody.example']);
  });

  it('that lead to where a connection is, or nowhere, are not followed', async () => {
    names['node.example'] = ['127.0.0.1'];
    expect(await dial(`node.example:${port}`, { connected: [`127.0.0.1:${port}`] })).toBeNull();
    expect(lines).toEqual([`Not opening a connection to node.example:${port}, already connected to 127.0.0.1:${port}`]);
    names['none.example'] = ['0.0.0.0'];
    expect(await dial('none.example')).toBeNull();
    expect(lines.at(-1)).toBe('[net] Resolver returned invalid address 0.0.0.0:8333 for none.example');
  });
});

describe('addresses of nodes', () => {
  it('go through the proxy of their network', async () => {
    proxies.set('ipv6', there());
    proxies.set('onion', there());
    expect(await dial('[2a00::1]:5')).toEqual({ address: '[2a00::1]:5', network: 'ipv6' });
    expect(await dial(ONION)).toEqual({ address: `${ONION}:8333`, network: 'onion' });
    expect(await dial(`127.0.0.1:${port}`)).toEqual({ address: `127.0.0.1:${port}`, network: 'not_publicly_routable' });
    expect(proxy.requests.map((r) => r.host)).toEqual(['2a00::1', ONION]);
  });

  it('of CJDNS are of no network where that is not reachable', async () => {
    proxies.set('cjdns', there());
    reachable.add('cjdns');
    expect(await dial('[fc00::1]:5')).toEqual({ address: '[fc00::1]:5', network: 'cjdns' });
  });

  it('of networks that nothing leads to are refused', async () => {
    expect(await dial(ONION)).toBeNull();
    expect(await dial(I2P)).toBeNull();
    expect(lines).toEqual([`Cannot create a socket for connecting to ${ONION}:8333`, `Cannot create a socket for connecting to ${I2P}:0`]);
  });

  it('are told to peers only where they are theirs', () => {
    proxies.set('ipv4', { kind: 'tcp', host: '8.8.8.8', port: 1, isolate: false });
    const one = dialer();
    expect(['9.9.9.9', '2a00::1', '8.8.8.8', '127.0.0.1', '10.0.0.1', ONION, I2P, '::', 'name'].filter((host) => one.isTellable(host))).toEqual(['9.9.9.9', '2a00::1']);
  });

  it('are not connected to any more when the program ends', async () => {
    stop.abort();
    expect(await dial(`127.0.0.1:${port}`)).toBeNull();
    proxies.names = there();
    expect(await dial('name')).toBeNull();
    expect(lines.filter((line) => !line.startsWith('[proxy]'))).toEqual([]);
  });
});
