import type { Args } from '../common/arguments.ts';
import { lookUp, type Resolver, systemResolver } from '../net/lookup.ts';
import { isValidHost, parseHost } from '../net/net-host.ts';
import { type Network, parseNetwork, ReachableNetworks } from '../net/network.ts';
import { Proxies, type ProxyServer, unixSocketPath } from '../net/proxy-server.ts';
import { InitError } from '../util/errors.ts';

export const DEFAULT_SOCKS_PORT = 9050;
const DEFAULT_SAM_PORT = 7656;

/** How this node reaches others. */
export interface Routes {
  readonly reachable: ReachableNetworks;
  readonly proxies: Proxies;
  /** Null with -dns=0. */
  readonly resolver: Resolver | null;
  /** Whether -onlynet lets onion services in, whatever leads to them. */
  readonly onionAllowed: boolean;
}

type ReadArgs = Pick<Args, 'string' | 'strings' | 'bool' | 'isSet'>;

/** Networks of -onlynet; empty where it is not given. @throws InitError */
function onlyNetworks(args: ReadArgs): Network[] {
  return args.strings('onlynet').map((name) => {
    const network = parseNetwork(name);
    if (network === null) throw new InitError(`Unknown network specified in -onlynet: '${name}'`);
    return network;
  });
}

/** A proxy's address, looked up where it is a name; null where there is none. */
async function proxyAt(text: string, defaultPort: number, isolate: boolean, resolver: Resolver | null): Promise<ProxyServer | null> {
  const path = unixSocketPath(text);
  if (path !== null) return { kind: 'unix', path, isolate };
  const [found] = await lookUp(text, defaultPort, resolver);
  if (found === undefined) return null;
  const host = parseHost(found.host, false);
  return host === null || !isValidHost(host) ? null : { kind: 'tcp', host: host.text, port: found.port, isolate };
}

interface ProxyChoice { ipv4: ProxyServer | null; ipv6: ProxyServer | null; onion: ProxyServer | null; cjdns: ProxyServer | null; names: ProxyServer | null }

/** -proxy: `<where>[=<network>]`, later ones in place of earlier ones; an empty one or 0 takes back. @throws InitError */
async function proxyOption(args: ReadArgs, isolate: boolean, resolver: Resolver | null): Promise<ProxyChoice> {
  let choice: ProxyChoice = { ipv4: null, ipv6: null, onion: null, cjdns: null, names: null };
  for (const text of args.strings('proxy')) {
    const equals = text.lastIndexOf('=');
    const where = equals < 0 ? text : text.slice(0, equals);
    const network = equals < 0 ? '' : text.slice(equals + 1).toLowerCase();
    if (equals >= 0 && network === '') throw new InitError(`Invalid -proxy address or hostname, ends with '=': '${text}'`);
    const none = where === '' || where === '0';
    const proxy = none ? null : await proxyAt(where, DEFAULT_SOCKS_PORT, isolate, resolver);
    if (proxy === null && !none) throw new InitError(`Invalid -proxy address or hostname: '${where}'`);
    if (network === '') choice = { ipv4: proxy, ipv6: proxy, onion: proxy, cjdns: proxy, names: proxy };
    else if (network === 'ipv4') choice.ipv4 = choice.names = proxy;
    else if (network === 'ipv6') choice.ipv6 = choice.names = proxy;
    else if (network === 'onion') choice.onion = proxy;
    else if (network === 'cjdns') choice.cjdns = proxy;
    else throw new InitError(`Unrecognized network in -proxy='${text}': '${network}'`);
  }
  return choice;
}

/** -onion over what -proxy says of onion services. @throws InitError */
async function onionProxy(args: ReadArgs, fromProxy: ProxyServer | null, onlyOnion: boolean, isolate: boolean, resolver: Resolver | null): Promise<ProxyServer | null> {
  const text = args.string('onion') ?? '';
  let proxy = fromProxy;
  if (text === '0') {
    if (onlyOnion) {
      throw new InitError('Outbound connections restricted to Tor (-onlynet=onion) but the proxy for reaching the Tor network is explicitly forbidden: -onion=0');
    }
    proxy = null;
  } else if (text !== '') {
    proxy = await proxyAt(text, DEFAULT_SOCKS_PORT, isolate, resolver);
    if (proxy === null) throw new InitError(`Invalid -onion address or hostname: '${text}'`);
  }
  if (proxy === null && onlyOnion && !args.bool('listenonion', true)) {
    throw new InitError('Outbound connections restricted to Tor (-onlynet=onion) but the proxy for reaching the Tor network is not provided: none of -proxy, -onion or -listenonion is given');
  }
  return proxy;
}

/**
 * Which networks are reached, and through which proxies: -onlynet, -cjdnsreachable, -proxy, -onion, -i2psam, -proxyrandomize, -dns.
 * @param lookUpBy the resolver that -dns=1 stands for
 * @throws InitError with the reference's texts
 */
export async function readRoutes(args: ReadArgs, lookUpBy: Resolver = systemResolver): Promise<Routes> {
  const reachable = new ReachableNetworks();
  const only = onlyNetworks(args);
  if (only.length > 0) reachable.restrictTo(only);
  // The reference asks whether the option is there at all, whatever its value.
  if (!args.isSet('cjdnsreachable')) {
    if (only.includes('cjdns')) throw new InitError('Outbound connections restricted to CJDNS (-onlynet=cjdns) but -cjdnsreachable is not provided');
    reachable.remove('cjdns');
  }
  if (args.bool('dnsseed', false) && !reachable.has('ipv4') && !reachable.has('ipv6')) {
    throw new InitError('Incompatible options: -dnsseed=1 was explicitly specified, but -onlynet forbids connections to IPv4/IPv6');
  }
  const resolver = args.bool('dns', true) ? lookUpBy : null;
  const isolate = args.bool('proxyrandomize', true);
  const proxies = new Proxies();
  const choice = await proxyOption(args, isolate, resolver);
  for (const network of ['ipv4', 'ipv6', 'cjdns'] as const) {
    const proxy = choice[network];
    if (proxy !== null) proxies.set(network, proxy);
  }
  proxies.names = choice.names;
  const onion = await onionProxy(args, choice.onion, only.includes('onion'), isolate, resolver);
  if (onion !== null) proxies.set('onion', onion);
  else reachable.remove('onion');
  const sam = args.string('i2psam') ?? '';
  if (sam !== '') {
    // Not a SOCKS proxy, and no Unix socket either.
    const router = sam.startsWith('unix:') ? null : await proxyAt(sam, DEFAULT_SAM_PORT, false, resolver);
    if (router === null) throw new InitError(`Invalid -i2psam address or hostname: '${sam}'`);
    proxies.set('i2p', router);
  } else {
    if (only.includes('i2p')) throw new InitError('Outbound connections restricted to i2p (-onlynet=i2p) but -i2psam is not provided');
    reachable.remove('i2p');
  }
  return { reachable, proxies, resolver, onionAllowed: only.length === 0 || only.includes('onion') };
}
