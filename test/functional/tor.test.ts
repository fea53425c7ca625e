import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { serviceOf, TorControlServer, type TorControlOptions } from '../support/tor-control.ts';
import { freePorts } from './support/ports.ts';
import { TestNode, until } from './support/test-node.ts';

interface NetworkInfo { readonly networks: { readonly name: string; readonly reachable: boolean; readonly proxy: string; readonly proxy_randomize_credentials: boolean }[]; readonly localaddresses: { readonly address: string; readonly port: number; readonly score: number }[] }
interface PeerInfo { readonly network: string; readonly inbound: boolean; readonly version: number; readonly permissions: string[] }

const ending: (() => Promise<unknown>)[] = [];
afterAll(async () => { for (const end of ending.reverse()) await end(); });

async function node(): Promise<TestNode> {
  const made = await TestNode.create();
  ending.push(() => made.destroy());
  return made;
}

async function tor(options: TorControlOptions = {}, port = 0): Promise<TorControlServer> {
  const made = await TorControlServer.start(options, port);
  ending.push(() => made.stop().catch(() => undefined));
  return made;
}

const withTor = (server: TorControlServer, ...more: string[]): string[] => ['-listenonion=1', `-torcontrol=${server.address}`, '-debug=tor', ...more];
const onion = async (one: TestNode): Promise<NetworkInfo['networks'][number] | undefined> => (await one.rpc<NetworkInfo>('getnetworkinfo')).networks.find((n) => n.name === 'onion');
const service = async (one: TestNode): Promise<string> => (await one.rpc<NetworkInfo>('getnetworkinfo')).localaddresses[0]?.address ?? '';

describe('an onion service', () => {
  it('is made by Tor, with a key that stays, and told while it is there', async () => {
    const cookieFile = path.join(fs.mkdtempSync('/tmp/coin-tor-'), 'a "cookie" \\1');
    ending.push(() => fs.promises.rm(path.dirname(cookieFile), { recursive: true }));
    // A port to which it can come back: nobody else gets it meanwhile.
    const [controlPort] = await freePorts(1);
    const server = await tor({ methods: 'COOKIE,SAFECOOKIE', cookieFile, socks: '"127.0.0.1:4711"' }, controlPort);
    server.slow = true;
    const one = await (await node()).start(withTor(server));
    expect((await onion(one))?.proxy).not.toBe('127.0.0.1:9050');
    await until('the service', async () => (await service(one)) !== '');
    const keyFile = path.join(one.netDir, 'onion_v3_private_key');
    const key = fs.readFileSync(keyFile, 'latin1');
    expect(fs.statSync(keyFile).mode & 0o777).toBe(0o600);
    expect((await one.rpc<NetworkInfo>('getnetworkinfo')).localaddresses).toEqual([{ address: `${serviceOf(key)}.onion`, port: 18444, score: 4 }]);
    expect(await onion(one)).toEqual({ name: 'onion', limited: false, reachable: true, proxy: '127.0.0.1:4711', proxy_randomize_credentials: true });
    expect(server.commands.map((c) => c.split(' ')[0])).toEqual(['PROTOCOLINFO', 'AUTHCHALLENGE', 'AUTHENTICATE', 'GETINFO', 'ADD_ONION']);
    expect(server.commands.at(-1)).toBe(`ADD_ONION NEW:ED25519-V3 PoWDefensesEnabled=1 Port=18444,127.0.0.1:${one.p2pPort}`);
    expect(one.log()).toContain(`Got tor service ID ${serviceOf(key)}, advertising service ${serviceOf(key)}.onion:18444`);
    expect(one.log()).not.toContain(key);

    // Tor ends, and comes back: the service is the same.
    const { port } = server;
    await server.stop();
    await until('that it is not told any more', async () => (await service(one)) === '');
    const again = await tor({ socks: '"unix:/run/tor/socks" 192.168.1.1:9 \'127.0.0.1:4712\'' }, port);
    await until('the service', async () => (await service(one)) === `${serviceOf(key)}.onion`);
    expect(again.commands.at(-1)).toBe(`ADD_ONION ${key} PoWDefensesEnabled=1 Port=18444,127.0.0.1:${one.p2pPort}`);
    expect((await onion(one))?.proxy).toBe('127.0.0.1:4712');
    expect((await one.stop()).status).toBe(0);

    // So it is after a restart; and -onion says who leads there.
    await one.start(withTor(again, '-onion=127.0.0.1:5'));
    await until('the service', async () => (await service(one)) === `${serviceOf(key)}.onion`);
    expect((await onion(one))?.proxy).toBe('127.0.0.1:5');
    expect(again.commands.filter((c) => c.startsWith('GETINFO'))).toHaveLength(1);
    expect(fs.readFileSync(keyFile, 'latin1')).toBe(key);
    await one.stop();
  });

  it('leads to an address of its own, where peers come without one', async () => {
    const server = await tor();
    const [port] = await freePorts(1);
    const one = await (await node()).start(withTor(server, `-bind=127.0.0.1:${port}=onion`, '-noonion', '-onlynet=ipv4'));
    await until('the service', () => server.commands.some((c) => c.startsWith('ADD_ONION')));
    expect(server.commands.at(-1)).toMatch(new RegExp(`Port=18444,127\\.0\\.0\\.1:${port}$`));
    // Onion services are not reached, and not told.
    expect((await onion(one))?.reachable).toBe(false);
    expect(await service(one)).toBe('');
    const peer = net.connect(port ?? 0, '127.0.0.1').on('error', () => undefined);
    ending.push(() => Promise.resolve(peer.destroy()));
    await until('the peer', async () => (await one.rpc<PeerInfo[]>('getpeerinfo')).length === 1);
    // Whoever is on the whitelist, it is not who comes from Tor.
    expect((await one.rpc<PeerInfo[]>('getpeerinfo'))[0]).toMatchObject({ network: 'onion', inbound: true, permissions: [] });
    await one.stop();
  });

  it('may need a password, which no log holds', async () => {
    const password = 'open "sesame" please';
    const server = await tor({ methods: 'HASHEDPASSWORD,NULL', password, proofOfWork: false });
    const one = await (await node()).start(withTor(server, `-torpassword=${password}`));
    await until('the service', async () => (await service(one)) !== '');
    expect(server.commands.slice(-2).map((c) => c.includes('PoWDefensesEnabled'))).toEqual([true, false]);
    expect(one.log()).toContain('ADD_ONION successful (PoW defenses disabled)');
    expect(one.log()).not.toContain('sesame');
    await one.stop();
  });

  it.each<[string, TorControlOptions, string[], (command: string) => string | null, string]>([
    ['nothing to authenticate with', { methods: 'FUTURE' }, [], () => null, 'tor: No supported authentication method'],
    ['a password that nobody gave', { methods: 'HASHEDPASSWORD' }, [], () => null, 'tor: The only supported authentication mechanism left is password, but no password provided with -torpassword'],
    ['a password that is not wanted', { methods: 'NULL' }, ['-torpassword=x'], () => null, 'tor: Password provided with -torpassword, but HASHEDPASSWORD authentication is not available'],
    ['a wrong password', { methods: 'HASHEDPASSWORD', password: 'y' }, ['-torpassword=x'], () => null, 'tor: Authentication failed'],
    ['no cookie', { methods: 'SAFECOOKIE' }, [], () => null, 'could not be opened (check permissions)'],
    ['no information', {}, [], (c) => (c.startsWith('PROTO') ? '500 No\r\n' : null), 'tor: Requesting protocol info failed'],
    ['a false server', { methods: 'SAFECOOKIE', cookieFile: '/tmp/coin-tor-cookie' }, [], (c) => (c.startsWith('AUTHCH') ? `250 AUTHCHALLENGE SERVERHASH=00 SERVERNONCE=${'00'.repeat(32)}\r\n` : null), 'tor: ServerHash 00 does not match expected ServerHash'],
    ['a nonce too short', { methods: 'SAFECOOKIE', cookieFile: '/tmp/coin-tor-cookie' }, [], (c) => (c.startsWith('AUTHCH') ? '250 AUTHCHALLENGE SERVERHASH=00 SERVERNONCE=0\r\n' : null), 'tor: ServerNonce is not 32 bytes, as required by spec'],
    ['no such command', {}, [], (c) => (c.startsWith('ADD') ? '510 What\r\n' : null), 'tor: Add onion failed with unrecognized command (You probably need to upgrade Tor)'],
    ['no service', {}, [], (c) => (c.startsWith('ADD') ? '551 No\r\n' : null), 'tor: Add onion failed; error code 551'],
    ['no name of the service', {}, [], (c) => (c.startsWith('ADD') ? '250-PrivateKey=ED25519-V3:secret\r\n250 OK\r\n' : null), 'tor: Error parsing ADD_ONION parameters:'],
    ['no proxy', {}, [], (c) => (c.startsWith('GETINFO') ? '250 OK\r\n' : null), 'tor: Get SOCKS port command returned nothing'],
    ['an endless line', {}, [], (c) => (c.startsWith('PROTO') ? 'x'.repeat(100_001) : null), 'tor: Error processing receive buffer: max_line_length exceeded by LineReader'],
    ['the end of the connection', {}, [], () => '', 'will retry'],
  ])('is not made with %s: one line in the log, and the node lives on', async (_name, options, extra, hook, line) => {
    const cookieFile = options.cookieFile === undefined ? undefined : path.join((await node()).datadir, 'cookie');
    const server = await tor({ ...options, ...(cookieFile === undefined ? {} : { cookieFile }) });
    server.hook = hook;
    const one = await (await node()).start(withTor(server, ...extra));
    await until('the line', () => one.log().includes(line));
    expect(one.log()).not.toContain('ED25519-V3:secret');
    expect((await one.stop()).status).toBe(0);
  });
});
