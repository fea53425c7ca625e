import fs from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { SamRouter } from '../support/sam-router.ts';
import { freePorts } from './support/ports.ts';
import { TestNode, until } from './support/test-node.ts';

interface PeerInfo { readonly addr: string; readonly network: string; readonly version: number; readonly inbound: boolean; readonly addrbind: string }
interface NetworkInfo { readonly networks: { readonly name: string; readonly reachable: boolean; readonly proxy: string }[]; readonly localaddresses: { readonly address: string; readonly port: number }[] }

const ending: (() => Promise<unknown>)[] = [];
afterAll(async () => { for (const end of ending.reverse()) await end(); });

async function node(): Promise<TestNode> {
  const made = await TestNode.create();
  ending.push(() => made.destroy());
  return made;
}

it('nodes meet over I2P: one with a lasting address that it tells, the other with one for each connection', async () => {
  // A port to which it can come back: nobody else gets it meanwhile.
  const [port] = await freePorts(1);
  const router = await SamRouter.start(port);
  ending.push(() => router.stop());
  const options = [`-i2psam=${router.address}`, '-debug=i2p', '-debug=net'];
  const far = await (await node()).start(options);
  const own = async (): Promise<string> => (await far.rpc<NetworkInfo>('getnetworkinfo')).localaddresses.find((l) => l.address.endsWith('.b32.i2p'))?.address ?? '';
  await until('its address', async () => (await own()) !== '');
  const address = await own();
  expect(far.log()).toContain(`created, my address=${address}:0`);
  expect(fs.statSync(path.join(far.netDir, 'i2p_private_key')).mode & 0o777).toBe(0o600);

  const near = await (await node()).start([...options, '-i2pacceptincoming=0', '-onlynet=i2p']);
  expect((await near.rpc<NetworkInfo>('getnetworkinfo')).networks.map(({ name, reachable, proxy }) => [name, reachable, proxy])).toEqual([
    ['ipv4', false, ''], ['ipv6', false, ''], ['onion', false, ''], ['i2p', true, router.address], ['cjdns', false, ''],
  ]);
  expect((await near.rpc<NetworkInfo>('getnetworkinfo')).localaddresses).toEqual([]);
  await near.rpc('addnode', address, 'onetry');
  const [hash] = await far.rpc<string[]>('generatetodescriptor', 1, 'raw(51)#8lvh9jxk');
  await until('the block', async () => (await near.rpc('getbestblockhash')) === hash);
  const [there] = await near.rpc<PeerInfo[]>('getpeerinfo');
  const [here] = await far.rpc<PeerInfo[]>('getpeerinfo');
  expect(there).toMatchObject({ addr: address, network: 'i2p', inbound: false });
  expect(here).toMatchObject({ network: 'i2p', inbound: true, addrbind: `${address}:0`, addr: there?.addrbind });
  expect(near.log()).toMatch(/Transient I2P SAM session [0-9a-f]{10} created/);
  expect(fs.existsSync(path.join(near.netDir, 'i2p_private_key'))).toBe(false);

  // The address of a connection goes with it.
  await near.rpc('disconnectnode', address);
  await until('the end of its session', () => near.log().includes('Destroying I2P SAM session'));
  await far.rpc('setban', here?.addr.replace(/:0$/, '') ?? '', 'add');
  expect((await far.rpc<{ address: string }[]>('listbanned')).map((b) => b.address)).toEqual([here?.addr.replace(/:0$/, '')]);

  // The lasting one is the same after a restart, and after a restart of the router.
  expect((await far.stop()).status).toBe(0);
  await far.start(options);
  await until('its address', async () => (await own()) === address);
  await router.stop();
  await until('that it is not told any more', async () => (await own()) === '');
  const again = await SamRouter.start(port);
  ending.push(() => again.stop());
  await until('its address', async () => (await own()) === address);
  await near.rpc('addnode', `${address}:0`, 'onetry');
  await until('the handshake', async () => (await near.rpc<PeerInfo[]>('getpeerinfo')).some((p) => p.network === 'i2p' && p.version > 0));
  await near.stop();
  expect((await far.stop()).status).toBe(0);
});

it('a port, or a router that is not there, is one line in the log', async () => {
  const near = await (await node()).start(['-i2psam=127.0.0.1:1', '-debug=i2p', '-debug=net']);
  const host = 'zsxwyo6qcn3chqzwxnseusqgsnuw3maqnztkiypyfxtya4snkoka.b32.i2p';
  await near.rpc('addnode', `${host}:8333`, 'onetry');
  expect(near.log()).toContain(`Error connecting to ${host}:8333, connection refused due to arbitrary port 8333`);
  await near.rpc('addnode', host, 'onetry');
  expect(near.log()).toContain(`Error connecting to ${host}:0: Cannot connect to 127.0.0.1:1`);
  expect((await near.stop()).status).toBe(0);
});
