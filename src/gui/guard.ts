import type http from 'node:http';
import net from 'node:net';

/** Why a request is not answered. */
export interface Refusal { readonly status: 400 | 403 | 405 | 413 | 415 | 421; readonly reason: string }

/** What the rules look at. */
export interface Asked {
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  /** Address of the other end of the socket. */
  readonly remoteAddress: string;
}

const LOOPBACK = new net.BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether an address of a socket is of this machine. Decided by parsing: `127.0.0.1.example` is a name, not an address. */
export function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '');
  const version = net.isIP(plain);
  return version !== 0 && LOOPBACK.check(plain, version === 6 ? 'ipv6' : 'ipv4');
}

/** The only values of Host that are answered: a name that somebody else has made point here is none of them. */
export function allowedHosts(port: number): ReadonlySet<string> {
  return new Set([`127.0.0.1:${port}`, `[::1]:${port}`, `localhost:${port}`]);
}

/** Rules for every request, before anything of it is used. Null where it may go on. */
export function refuse(asked: Asked, hosts: ReadonlySet<string>): Refusal | null {
  const { headers, method, path } = asked;
  if (!isLoopback(asked.remoteAddress)) return { status: 403, reason: 'not from this machine' };
  const host = headers.host ?? '';
  if (!hosts.has(host)) return { status: 421, reason: 'unknown Host' };
  const { origin } = headers;
  if (origin !== undefined && origin !== `http://${host}`) return { status: 403, reason: 'foreign Origin' };
  const site = headers['sec-fetch-site'];
  if (method === 'GET') {
    // The page itself holds no secret and may be reached by a link; into a frame it does not go, and its parts are for it alone.
    const opened = path === '/' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
    if (site !== undefined && site !== 'same-origin' && site !== 'none' && !opened) return { status: 403, reason: 'asked for by another site' };
    return null;
  }
  if (method !== 'POST') return { status: 405, reason: 'only GET and POST' };
  if (origin === undefined) return { status: 403, reason: 'no Origin' };
  if (site !== undefined && site !== 'same-origin') return { status: 403, reason: 'asked for by another site' };
  // A form of another site can send text/plain, but neither this type nor the session's header.
  if (headers['content-type'] !== 'application/json') return { status: 415, reason: 'not JSON' };
  return null;
}

/** Headers of every answer. Nothing from elsewhere is loaded, nothing of ours is shown or read elsewhere. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:", "connect-src 'self'", "base-uri 'none'",
    "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  // The page itself may ask for the camera, to read codes; the user then decides.
  'Permissions-Policy': 'camera=(self), microphone=(), geolocation=(), usb=(), serial=(), hid=(), payment=(), clipboard-write=(self), clipboard-read=(self)',
  'Cache-Control': 'no-store',
};
