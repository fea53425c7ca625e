import { randomBytes } from '../crypto/random.ts';
import { toHex } from '../util/bytes.ts';
import { PLATFORM } from '../util/platform.ts';
import { joinHostPort } from './net-address.ts';
import type { Network } from './network.ts';
import type { Socks5Credentials } from './socks5.ts';

/** What a path of a Unix socket begins with in options. */
const UNIX_PREFIX = 'unix:';

/** Where a proxy listens. `isolate`: every connection shows credentials of its own, so that Tor gives it a circuit of its own. */
export type ProxyServer =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly isolate: boolean }
  | { readonly kind: 'unix'; readonly path: string; readonly isolate: boolean };

/** The path of `unix:<path>`; null where the text is none, or where the path is too long for the system. */
export function unixSocketPath(text: string): string | null {
  if (!PLATFORM.socketFiles || !text.startsWith(UNIX_PREFIX)) return null;
  const path = text.slice(UNIX_PREFIX.length);
  return Buffer.byteLength(path) + 1 > PLATFORM.socketPathBytes ? null : path;
}

/** As options and RPC write it: `127.0.0.1:9050`, `[::1]:9050`, `unix:/run/tor`. */
export function proxyText(proxy: ProxyServer): string {
  return proxy.kind === 'unix' ? `${UNIX_PREFIX}${proxy.path}` : joinHostPort(proxy.host, proxy.port);
}

/** Which proxy leads to which network. It may change while the node runs: Tor's own is known once Tor has told it. */
export class Proxies {
  private readonly byNetwork = new Map<Network, ProxyServer>();
  /** Gets the names of nodes that are given by name; null: they are looked up here. */
  names: ProxyServer | null = null;

  get(network: Network): ProxyServer | null { return this.byNetwork.get(network) ?? null; }
  set(network: Network, proxy: ProxyServer): void { this.byNetwork.set(network, proxy); }

  /** Whether an address is that of a proxy: peers that come from there have no address of their own. */
  isProxy(host: string): boolean {
    return [...this.byNetwork.values()].some((proxy) => proxy.kind === 'tcp' && proxy.host === host);
  }
}

/** Credentials that no other connection has, neither of this run nor of another. */
export class IsolationCredentials {
  private readonly prefix = toHex(randomBytes(8));
  private count = 0;

  next(): Socks5Credentials {
    const word = `${this.prefix}-${this.count++}`;
    return { user: word, password: word };
  }
}
