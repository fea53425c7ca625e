import net from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Socks5Server, type Socks5ServerOptions } from '../support/socks5-server.ts';
import { TestNode, until } from './support/test-node.ts';

const ONION = 'pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion';

interface PeerInfo { readonly addr: string; readonly network: string; readonly version: number; readonly inbound: boolean; readonly addrlocal?: string }
interface NetworkInfo { readonly networks: { readonly name: string; readonly reachable: boolean; readonly limited: boolean; readonly proxy: string; readonly proxy_randomize_credentials: boolean }[] }

const ending: (() => Promise<unknown>)[] = [];
afterAll(async () => { for (const end of ending.reverse()) await end(); });

async function node(): Promise<TestNode> {
  const made = await TestNode.create();
  ending.push(() => made.destroy());
  return made;
}

async function proxy(options: Socks5ServerOptions): Promise<Socks5Server> {
  const made = await Socks5Server.start(options);
  ending.push(() => made.stop());
  return made;
}

/** A server that says `answer` to whoever comes, and nothing else. */
async function rudeProxy(answer: Uint8Array | null): Promise<string> {
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => {
      if (answer === null) socket.destroy();
      else socket.end(answer);
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  ending.push(() => new Promise((resolve) => { server.close(resolve); }));
  return `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}

describe('through a SOCKS5 proxy', () => {
  let far: TestNode;
  beforeAll(async () => { far = await (await node()).start(); });

  it('nodes meet that are given by address, onion service and name, each with credentials of its own', async () => {
    const server = await proxy({ authenticate: true, route: ({ host }) => (host === 'nowhere.example' ? 4 : { host: '127.0.0.1', port: far.p2pPort }) });
    const near = await (await node()).start([`-proxy=${server.address}`, '-debug=net', '-debug=proxy']);
    const targets = [['15.61.23.23:1234', 'ipv4'], ['[1233:3432:2434:2343:3234:2345:6546:4534]:5443', 'ipv6'], [ONION, 'onion'], ['node.noumenon:8333', 'not_publicly_routable']] as const;
    for (const [target, network] of targets) {
      await near.rpc('addnode', target, 'onetry');
      await until(`the handshake with ${target}`, async () => (await near.rpc<PeerInfo[]>('getpeerinfo')).some((p) => p.addr === target && p.network === network && p.version > 0));
    }
    await near.rpc('addnode', 'nowhere.example', 'onetry');
    expect(server.requests.map(({ host, port }) => `${host} ${port}`)).toEqual([
      '15.61.23.23 1234', '1233:3432:2434:2343:3234:2345:6546:4534 5443', `${ONION} 18444`, 'node.noumenon 8333', 'nowhere.example 18444',
    ]);
    expect(new Set(server.requests.map(({ user, password }) => `${user} ${password}`)).size).toBe(5);
    expect(server.requests.every(({ user, password }) => user !== null && user === password)).toBe(true);
    expect(near.log()).toContain('Socks5() connect to nowhere.example:18444 failed: host unreachable');
    expect(near.log()).toContain(`Using proxy: ${server.address} to connect to 15.61.23.23:1234`);
    for (const { password } of server.requests) expect(near.log()).not.toContain(password);
    // The name's address is known to the proxy alone: nobody is told anything of it.
    expect((await far.rpc<PeerInfo[]>('getpeerinfo')).every((p) => p.addrlocal === undefined || !p.addrlocal.includes('127.'))).toBe(true);
    expect((await near.rpc<PeerInfo[]>('getpeerinfo')).every((p) => !p.inbound)).toBe(true);
    // Blocks come this way as well.
    const [hash] = await far.rpc<string[]>('generatetodescriptor', 1, 'raw(51)#8lvh9jxk');
    await until('the block', async () => (await near.rpc('getbestblockhash')) === hash);
    await near.stop();
  });

  it('options at the start, a Unix socket and a proxy for one network only are taken', async () => {
    const near = await node();
    const byPath = await proxy({ path: path.join(near.datadir, 'socks'), route: () => ({ host: '127.0.0.1', port: far.p2pPort }) });
    const other = await proxy({ route: () => 5 });
    await near.start([`-onion=${byPath.address}`, `-proxy=${other.address}=ipv6`, '-noproxyrandomize', '-cjdnsreachable', `-addnode=${ONION}`]);
    await until('the onion service', async () => (await near.rpc<PeerInfo[]>('getpeerinfo')).some((p) => p.network === 'onion' && p.version > 0));
    expect(byPath.requests).toEqual([{ host: ONION, port: 18444, user: null, password: null }]);
    await near.rpc('addnode', 'some.name', 'onetry');
    expect(other.requests.map(({ host }) => host)).toEqual(['some.name']);
    const { networks } = await near.rpc<NetworkInfo>('getnetworkinfo');
    const none = { limited: false, reachable: true, proxy: '', proxy_randomize_credentials: false };
    expect(networks).toEqual([
      { name: 'ipv4', ...none }, { name: 'ipv6', ...none, proxy: other.address }, { name: 'onion', ...none, proxy: byPath.address },
      { name: 'i2p', ...none, limited: true, reachable: false }, { name: 'cjdns', ...none },
    ]);
    expect((await near.cli('-getinfo')).stdout).toContain(`Proxies: ${other.address} (ipv6), ${byPath.address} (onion)`);
    await near.stop();
  });

  it.each([
    ['nothing', null, 'Socks5() connect to some.name:18444 failed: InterruptibleRecv() timeout or other failure'], ['another protocol', Buffer.from('HTTP/1.1 400'), 'Proxy failed to initialize'],
    ['no method', Buffer.from([5, 255]), 'Proxy requested wrong authentication method ff'], ['half an answer', Buffer.from([5, 0, 5, 0]), 'Error while reading proxy response'],
    ['half an address', Buffer.from([5, 0, 5, 0, 0, 3, 9, 1]), 'Error reading from proxy'], ['an address of no kind', Buffer.from([5, 0, 5, 0, 0, 9, 9]), 'Error: malformed proxy response'],
  ])('%s as an answer is one line in the log, and the node lives on', async (_name, answer, line) => {
    const near = await (await node()).start([`-proxy=${await rudeProxy(answer)}`]);
    await near.rpc('addnode', 'some.name', 'onetry');
    expect(near.log()).toContain(line);
    expect(await near.rpc('getconnectioncount')).toBe(0);
    expect((await near.stop()).status).toBe(0);
  });

  it('a stop does not wait for a proxy that says nothing', async () => {
    const silent = net.createServer((socket) => { socket.on('error', () => socket.destroy()).resume(); });
    await new Promise<void>((resolve) => { silent.listen(0, '127.0.0.1', resolve); });
    ending.push(() => new Promise((resolve) => { silent.close(resolve); }));
    const near = await (await node()).start([`-proxy=127.0.0.1:${(silent.address() as net.AddressInfo).port}`, ...Array.from({ length: 15 }, (_, i) => `-addnode=name${i}`)]);
    const begin = Date.now();
    expect(await near.stop()).toMatchObject({ status: 0, stderr: '' });
    // The proxy's answers would be waited for 20 seconds.
    expect(Date.now() - begin).toBeLessThan(15_000);
  });
});
