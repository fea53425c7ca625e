import { describe, expect, it } from '@jest/globals';
import { Args } from '../../../src/common/arguments.ts';
import { NODE_OPTIONS } from '../../../src/common/node-options.ts';
import { readRoutes, type Routes } from '../../../src/init/proxy-options.ts';
import { NETWORKS } from '../../../src/net/network.ts';
import { proxyText } from '../../../src/net/proxy-server.ts';

const NAMES: Record<string, string[]> = { 'proxy.example': ['127.7.7.7'], nobody: [] };

function routes(...argv: string[]): Promise<Routes> {
  const args = new Args(NODE_OPTIONS);
  args.parseCommandLine(argv);
  return readRoutes(args, (name) => Promise.resolve(NAMES[name] ?? []));
}

/** `network=proxy` of every network that has one, and `names=proxy`. */
async function proxies(...argv: string[]): Promise<string[]> {
  const { proxies: table } = await routes(...argv);
  const out = NETWORKS.flatMap((network) => {
    const proxy = table.get(network);
    return proxy === null ? [] : [`${network}=${proxyText(proxy)}${proxy.isolate ? '' : ' shared'}`];
  });
  return table.names === null ? out : [...out, `names=${proxyText(table.names)}`];
}

async function reachable(...argv: string[]): Promise<string[]> {
  const { reachable: networks } = await routes(...argv);
  return NETWORKS.filter((network) => networks.has(network));
}

const ALL = (where: string): string[] => [`ipv4=${where}`, `ipv6=${where}`, `onion=${where}`, `cjdns=${where}`, `names=${where}`];

describe('proxies', () => {
  it('are none where none are given, or where they are taken back', async () => {
    for (const argv of [[], ['-noproxy'], ['-proxy=0'], ['-proxy='], ['-proxy=127.1.1.1', '-noproxy'], ['-proxy=127.1.1.1', '-proxy=0']]) expect(await proxies(...argv)).toEqual([]);
  });

  it('lead everywhere but to I2P, on port 9050 where none is given', async () => {
    expect(await proxies('-proxy=127.1.1.1')).toEqual(ALL('127.1.1.1:9050'));
    expect(await proxies('-proxy=127.1.1.1:1', '-proxy=[::1]:2')).toEqual(ALL('[::1]:2'));
    expect(await proxies('-proxy=proxy.example:80')).toEqual(ALL('127.7.7.7:80'));
    expect(await proxies('-proxy=unix:/tmp/a=b=ipv4')).toEqual(['ipv4=unix:/tmp/a=b', 'names=unix:/tmp/a=b']);
  });

  it('are given for one network each', async () => {
    expect(await proxies('-proxy=127.1.1.1:1=IPV4', '-proxy=127.2.2.2:2=ipv6')).toEqual(['ipv4=127.1.1.1:1', 'ipv6=127.2.2.2:2', 'names=127.2.2.2:2']);
    expect(await proxies('-proxy=127.1.1.1:1', '-proxy=0=cjdns', '-onion=127.2.2.2')).toEqual(['ipv4=127.1.1.1:1', 'ipv6=127.1.1.1:1', 'onion=127.2.2.2:9050', 'names=127.1.1.1:1']);
    expect(await proxies('-proxy=127.1.1.1:1', '-noonion')).toEqual(['ipv4=127.1.1.1:1', 'ipv6=127.1.1.1:1', 'cjdns=127.1.1.1:1', 'names=127.1.1.1:1']);
    expect(await proxies('-onion=127.2.2.2', '-noproxyrandomize')).toEqual(['onion=127.2.2.2:9050 shared']);
  });

  it.each([
    [['-proxy=nobody:1'], "Invalid -proxy address or hostname: 'nobody:1'"], [['-proxy=0.0.0.0:1'], "Invalid -proxy address or hostname: '0.0.0.0:1'"],
    [['-proxy=proxy.example', '-dns=0'], "Invalid -proxy address or hostname: 'proxy.example'"], [[`-proxy=unix:${'x'.repeat(108)}`], `Invalid -proxy address or hostname: 'unix:${'x'.repeat(108)}'`],
    [['-proxy=127.0.0.1:9050='], "Invalid -proxy address or hostname, ends with '=': '127.0.0.1:9050='"], [['-proxy=127.0.0.1=i2p'], "Unrecognized network in -proxy='127.0.0.1=i2p': 'i2p'"],
    [['-onion=nobody'], "Invalid -onion address or hostname: 'nobody'"], [['-onlynet=abc'], "Unknown network specified in -onlynet: 'abc'"],
    [['-onlynet=cjdns'], 'Outbound connections restricted to CJDNS (-onlynet=cjdns) but -cjdnsreachable is not provided'],
    [['-onlynet=i2p'], 'Outbound connections restricted to i2p (-onlynet=i2p) but -i2psam is not provided'],
    [['-onlynet=onion', '-noonion'], 'Outbound connections restricted to Tor (-onlynet=onion) but the proxy for reaching the Tor network is explicitly forbidden: -onion=0'],
    [['-onlynet=onion', '-listenonion=0'], 'Outbound connections restricted to Tor (-onlynet=onion) but the proxy for reaching the Tor network is not provided: none of -proxy, -onion or -listenonion is given'],
    [['-onlynet=onion', '-onion=127.0.0.1', '-dnsseed=1'], 'Incompatible options: -dnsseed=1 was explicitly specified, but -onlynet forbids connections to IPv4/IPv6'],
  ])('of %j are refused', async (argv, message) => { await expect(routes(...argv)).rejects.toThrow(message); });
});

describe('networks that are reached', () => {
  it('are those that something leads to, within -onlynet', async () => {
    expect(await reachable()).toEqual(['ipv4', 'ipv6']);
    expect(await reachable('-proxy=127.1.1.1')).toEqual(['ipv4', 'ipv6', 'onion']);
    expect(await reachable('-onion=127.1.1.1', '-cjdnsreachable')).toEqual(['ipv4', 'ipv6', 'onion', 'cjdns']);
    expect(await reachable('-onlynet=IPv4', '-onlynet=onion', '-proxy=127.1.1.1')).toEqual(['ipv4', 'onion']);
    // Tor may tell of its proxy later.
    expect(await reachable('-onlynet=onion', '-listenonion=1')).toEqual([]);
  });
});
