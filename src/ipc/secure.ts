import net from 'node:net';
import tls from 'node:tls';
import type { IpcKey } from './key-file.ts';

/**
 * TLS 1.3 with a key that both ends have beforehand: no certificates. Each end proves that it has the key, and a fresh
 * Diffie-Hellman exchange keeps past connections secret even from those who get the key later.
 */
const PROTOCOL = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256' } as const;
const IDENTITY = 'coin-ipc';
/** The system asks a silent peer after this. */
const KEEP_ALIVE_MS = 15_000;

/** What OpenSSL says where the keys differ: the end that checks, and the one that is told. */
const WRONG_KEY: ReadonlySet<string> = new Set(['ERR_SSL_BINDER_DOES_NOT_VERIFY', 'ERR_SSL_SSLV3_ALERT_ILLEGAL_PARAMETER', 'ERR_SSL_BAD_PSK']);
/** Said by an end that reached no handshake of ours. */
const OTHER_PROTOCOL = /^ERR_SSL_|^ERR_TLS_/;

/** A server that hands out a socket only when its peer has proved that it has the key. */
export function secureServer(key: IpcKey, handshakeMs: number): tls.Server {
  return tls.createServer({
    ...PROTOCOL, handshakeTimeout: handshakeMs, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS,
    pskCallback: (_socket, identity) => (identity === IDENTITY ? key.bytes : null),
  });
}

/** Begins a connection; it is good for use from `secureConnect` on. */
export function secureConnect(host: string, port: number, key: IpcKey): tls.TLSSocket {
  const socket = net.connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
  return tls.connect({
    ...PROTOCOL, socket, pskCallback: () => ({ psk: key.bytes, identity: IDENTITY }),
    // There is no certificate: the key is what tells who the other end is.
    checkServerIdentity: () => undefined,
  });
}

/** Whether a peer has not proved in time that it has the key. */
export function tookTooLong(e: NodeJS.ErrnoException): boolean {
  return e.code === 'ERR_TLS_HANDSHAKE_TIMEOUT';
}

/** Why a handshake failed, for the user of this end. */
export function handshakeFault(e: NodeJS.ErrnoException, key: IpcKey): string {
  const code = e.code ?? '';
  if (WRONG_KEY.has(code)) return `the other end has another key than ${key.file}`;
  if (tookTooLong(e)) return 'it has not proved in time that it has the key';
  if (OTHER_PROTOCOL.test(code)) return `the other end does not speak TLS 1.3 with a key (${code})`;
  return e.message;
}
