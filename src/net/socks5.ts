import { concatBytes, utf8 } from '../util/bytes.ts';
import { CoinError } from '../util/errors.ts';
import type { ReadFailureKind } from './socket-reader.ts';

/** Largest name that a request holds: its length is one byte. */
export const MAX_SOCKS5_NAME = 255;
const VERSION = 5;
const NO_AUTHENTICATION = 0;
const USER_AND_PASSWORD = 2;
const CONNECT = 1;
const IPV4 = 1;
const NAME = 3;
const IPV6 = 4;
const AUTHENTICATION_VERSION = 1;

/** What a reply says where it is not 0 (RFC 1928, section 6, and Tor's extensions of it). */
const REPLIES: ReadonlyMap<number, string> = new Map([
  [0x01, 'general failure'], [0x02, 'connection not allowed'], [0x03, 'network unreachable'], [0x04, 'host unreachable'], [0x05, 'connection refused'],
  [0x06, 'TTL expired'], [0x07, 'protocol error'], [0x08, 'address type not supported'], [0xf0, 'onion service descriptor can not be found'],
  [0xf1, 'onion service descriptor is invalid'], [0xf2, 'onion service introduction failed'], [0xf3, 'onion service rendezvous failed'],
  [0xf4, 'onion service missing client authorization'], [0xf5, 'onion service wrong client authorization'], [0xf6, 'onion service invalid address'],
  [0xf7, 'onion service introduction timed out'],
]);

export interface Socks5Credentials { readonly user: string; readonly password: string }

/** The proxy did not do what was asked. `level` is that of the line that the log gets; a silent failure gets none. */
export class Socks5Failure extends CoinError {
  readonly level: 'error' | 'info' | 'debug' | 'silent';

  constructor(level: Socks5Failure['level'], message: string) {
    super('socks5', message);
    this.level = level;
  }
}

/** One exchange: what is sent, how many bytes must come then, and what it means where they do not. */
export interface Socks5Step {
  /** What the log is told of it. */
  readonly note?: string;
  readonly send: Uint8Array | null;
  readonly need: number;
  readonly missing: (why: ReadFailureKind) => Socks5Failure;
}

const error = (message: string): Socks5Failure => new Socks5Failure('error', message);

function* reply(request: Uint8Array, dest: string, port: number): Generator<Socks5Step, void, Uint8Array> {
  // A proxy that does not answer here is most often one that waits for a peer: no reason to complain.
  const [version, code = 0, reserved, kind] = yield {
    send: request, need: 4, missing: (why) => (why === 'timeout' ? new Socks5Failure('silent', 'timeout') : error('Error while reading proxy response')),
  };
  if (version !== VERSION) throw error('Proxy failed to accept request');
  if (code !== 0) {
    throw new Socks5Failure('debug', `Socks5() connect to ${dest}:${port} failed: ${REPLIES.get(code) ?? `unknown (0x${code.toString(16).padStart(2, '0')})`}`);
  }
  if (reserved !== 0) throw error('Error: malformed proxy response');
  const missing = (): Socks5Failure => error('Error reading from proxy');
  let length: number;
  if (kind === IPV4) length = 4;
  else if (kind === IPV6) length = 16;
  else if (kind === NAME) [length = 0] = yield { send: null, need: 1, missing };
  else throw error('Error: malformed proxy response');
  // The address that the proxy is bound to is of no use here.
  yield { send: null, need: length, missing };
  yield { send: null, need: 2, missing };
}

/**
 * The client's side of SOCKS5 (RFC 1928, 1929): asks for a connection to `dest`, which always goes as a name, so that the proxy looks it up.
 * Yields each exchange and takes the bytes that came, exactly as many as were needed; never asks for more than 255 at once.
 * @throws Socks5Failure
 */
export function* socks5Exchange(dest: string, port: number, credentials: Socks5Credentials | null): Generator<Socks5Step, void, Uint8Array> {
  const name = utf8(dest);
  if (name.length > MAX_SOCKS5_NAME) throw error('Hostname too long');
  const methods = credentials === null ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, USER_AND_PASSWORD];
  const [version, method = 0xff] = yield {
    send: new Uint8Array([VERSION, methods.length, ...methods]), need: 2,
    missing: () => new Socks5Failure('info', `Socks5() connect to ${dest}:${port} failed: InterruptibleRecv() timeout or other failure`),
  };
  if (version !== VERSION) throw error('Proxy failed to initialize');
  if (method === USER_AND_PASSWORD && credentials !== null) {
    const user = utf8(credentials.user);
    const password = utf8(credentials.password);
    if (user.length > 255 || password.length > 255) throw error('Proxy username or password too long');
    const answer = yield {
      note: 'SOCKS5 sending username/password authentication',
      send: new Uint8Array([AUTHENTICATION_VERSION, user.length, ...user, password.length, ...password]), need: 2,
      missing: () => error('Error reading proxy authentication response'),
    };
    if (answer[0] !== AUTHENTICATION_VERSION || answer[1] !== 0) throw error('Proxy authentication unsuccessful');
  } else if (method !== NO_AUTHENTICATION) {
    throw error(`Proxy requested wrong authentication method ${method.toString(16).padStart(2, '0')}`);
  }
  yield* reply(concatBytes(new Uint8Array([VERSION, CONNECT, 0, NAME, name.length]), name, new Uint8Array([port >> 8, port & 0xff])), dest, port);
}
