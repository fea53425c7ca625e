import type net from 'node:net';
import { randomInt } from '../crypto/random.ts';
import type { Logger } from '../util/logger.ts';
import { shuffle } from '../util/shuffle.ts';
import { connectSocket } from './connect-socket.ts';
import { connectThroughProxy } from './connect-through-proxy.ts';
import { lookUp, type Resolver } from './lookup.ts';
import { joinHostPort, plainAddress, splitHostPort, UNKNOWN_ADDRESS } from './net-address.ts';
import { I2P_PORT, isRoutable, isValidHost, type NetHost, networkClass, networkOf, parseHost, parseSpecialHost } from './net-host.ts';
import type { PeerNetwork, ReachableNetworks } from './network.ts';
import { IsolationCredentials, type Proxies, proxyText } from './proxy-server.ts';

/** An open connection to another node. */
export interface Dialled {
  /** Not flowing yet. */
  readonly socket: net.Socket;
  /** `host:port`; UNKNOWN_ADDRESS where only the proxy knows it. */
  readonly address: string;
  readonly network: PeerNetwork;
  /** Our end, `host:port`. */
  readonly bind: string;
}

/** Connections to I2P nodes, by way of whatever sessions there are. */
export interface I2pConnector {
  /** Null where it cannot be made, which the log tells. */
  connect(target: { readonly host: string; readonly port: number }): Promise<{ readonly socket: net.Socket; readonly bind: string } | null>;
}

export interface DialerOptions {
  /** Port of nodes that are named without one. */
  readonly defaultPort: number;
  readonly connectTimeoutMs: number;
  /** Null with -dns=0. */
  readonly resolver: Resolver | null;
}

export interface DialerModules {
  readonly log: Logger;
  readonly proxies: Proxies;
  readonly reachable: ReachableNetworks;
  /** Null where there is no I2P router. */
  readonly i2p: I2pConnector | null;
  /** Ends every attempt. */
  readonly signal: AbortSignal;
}

/** Port of a node that is named without one. */
function defaultPortOf(target: string, defaultPort: number): number {
  return parseSpecialHost(target)?.network === 'i2p' ? I2P_PORT : defaultPort;
}

/** Makes connections to other nodes: directly, through the proxy of their network, or by name through the proxy that looks names up. */
export class Dialer {
  private readonly options: DialerOptions;
  private readonly m: DialerModules;
  private readonly credentials = new IsolationCredentials();

  constructor(options: DialerOptions, modules: DialerModules) {
    this.options = options;
    this.m = modules;
  }

  /** Host and port of a node as it is named, its port or the default one. */
  split(target: string): { readonly host: string; readonly port: number } {
    return splitHostPort(target, defaultPortOf(target, this.options.defaultPort));
  }

  /** What an address of a peer is, with fc00::/8 as CJDNS where that is reachable; null for names. */
  hostOf(address: string): NetHost | null { return parseHost(address, this.m.reachable.has('cjdns')); }

  /** Whether a peer may be told that this is its address: one that old messages can hold, that others can reach, and that is not a proxy's. */
  isTellable(address: string): boolean {
    const host = this.hostOf(address);
    return host !== null && (host.network === 'ipv4' || host.network === 'ipv6') && isRoutable(host) && !this.m.proxies.isProxy(host.text);
  }

  /**
   * Connects to a node. Null where that fails (the log says why), or where `isConnected` knows one of its addresses.
   * @param wanted whether a user asked for this connection
   */
  async dial(target: string, wanted: boolean, isConnected: (address: string) => boolean): Promise<Dialled | null> {
    const { proxies, log } = this.m;
    const named = this.split(target);
    const resolver = proxies.names === null ? this.options.resolver : null;
    const found = shuffle(await lookUp(target, named.port, resolver), randomInt);
    const hosts: { host: NetHost; port: number }[] = [];
    for (const { host: text, port } of found) {
      const host = this.hostOf(text);
      const address = joinHostPort(text, port);
      if (host === null || !isValidHost(host)) {
        log.debug('net', `Resolver returned invalid address ${address} for ${target}`);
        return null;
      }
      if (isConnected(address)) {
        log.info(`Not opening a connection to ${target}, already connected to ${address}`);
        return null;
      }
      hosts.push({ host, port });
    }
    for (const { host, port } of hosts) {
      const dialled = await this.dialHost(host, port, wanted);
      if (dialled !== null) return dialled;
    }
    return hosts.length === 0 ? this.dialName(named.host, named.port) : null;
  }

  private async dialHost(host: NetHost, port: number, wanted: boolean): Promise<Dialled | null> {
    const { log, proxies, i2p, signal } = this.m;
    const network = networkOf(host);
    const proxy = network === 'not_publicly_routable' ? null : proxies.get(network);
    const address = joinHostPort(host.text, port);
    const timeoutMs = this.options.connectTimeoutMs;
    if (network === 'i2p' && proxy !== null && i2p !== null) {
      const made = await i2p.connect({ host: host.text, port });
      return made === null ? null : { socket: made.socket, address, network, bind: made.bind };
    }
    let socket: net.Socket | null;
    if (proxy !== null) {
      log.debug('proxy', `Using proxy: ${proxyText(proxy)} to connect to ${address}`);
      socket = await connectThroughProxy(proxy, { host: host.text, port }, { timeoutMs }, { log, credentials: this.credentials, signal });
    } else if (host.network === 'onion' || host.network === 'i2p') {
      log.error(`Cannot create a socket for connecting to ${address}`);
      return null;
    } else {
      socket = await connectSocket({ kind: 'tcp', host: host.text, port }, { timeoutMs, wanted, signal }, log);
    }
    return socket === null ? null : { socket, address, network: networkClass(host), bind: ownEnd(socket) };
  }

  private async dialName(host: string, port: number): Promise<Dialled | null> {
    const { log, proxies, signal } = this.m;
    if (proxies.names === null) return null;
    const socket = await connectThroughProxy(proxies.names, { host, port }, { timeoutMs: this.options.connectTimeoutMs }, { log, credentials: this.credentials, signal });
    return socket === null ? null : { socket, address: UNKNOWN_ADDRESS, network: 'not_publicly_routable', bind: ownEnd(socket) };
  }
}

function ownEnd(socket: net.Socket): string {
  return socket.localAddress === undefined ? UNKNOWN_ADDRESS : joinHostPort(plainAddress(socket.localAddress), socket.localPort ?? 0);
}
