import fs from 'node:fs';
import { hmacSha256 } from '../../crypto/hash.ts';
import { randomBytes } from '../../crypto/random.ts';
import { concatBytes, equalBytes, fromHex, isHex, toHex, utf8 } from '../../util/bytes.ts';
import type { Logger } from '../../util/logger.ts';
import type { TorControlConnection } from './control-connection.ts';
import { TOR_OK, type TorReply } from './control-reply.ts';
import { parseReplyValues, splitReplyLine } from './reply-values.ts';

const COOKIE_SIZE = 32;
const NONCE_SIZE = 32;
const SERVER_KEY = utf8('Tor safe cookie authentication server-to-controller hash');
const CLIENT_KEY = utf8('Tor safe cookie authentication controller-to-server hash');

/** Text of a peer for the log: what is no plain sign is left out. */
export function plainText(text: string): string { return text.replace(/[^A-Za-z0-9 .,;\-_/:?@()]/g, ''); }

/** The cookie that only those can read who may control Tor; null where this user may not. */
function readCookie(path: string, log: Logger): Uint8Array | null {
  const cookie = Buffer.alloc(COOKIE_SIZE);
  let size = 0;
  try {
    // The path came as bytes, and is used as such.
    const fd = fs.openSync(Buffer.from(path, 'latin1'), 'r');
    try {
      for (let n = -1; n !== 0 && size < COOKIE_SIZE; size += n) n = fs.readSync(fd, cookie, size, COOKIE_SIZE - size, null);
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    log.warning(`tor: Authentication cookie ${path} could not be opened (check permissions)`);
    return null;
  }
  if (size === COOKIE_SIZE) return new Uint8Array(cookie);
  log.warning(`tor: Authentication cookie ${path} is not exactly ${COOKIE_SIZE} bytes, as is required by the spec`);
  return null;
}

/** Both ends show that they know the cookie, and neither tells it (control-spec, section 3.24). */
async function safeCookie(connection: TorControlConnection, cookieFile: string, log: Logger): Promise<TorReply | null> {
  log.debug('tor', `Using SAFECOOKIE authentication, reading cookie authentication from ${cookieFile}`);
  const cookie = readCookie(cookieFile, log);
  if (cookie === null) return null;
  const clientNonce = randomBytes(NONCE_SIZE);
  const reply = await connection.command(`AUTHCHALLENGE SAFECOOKIE ${toHex(clientNonce)}`);
  if (reply === null) return null;
  const refuse = (why: string): null => {
    log.warning(`tor: ${why}`);
    return null;
  };
  if (reply.code !== TOR_OK) return refuse('SAFECOOKIE authentication challenge failed');
  log.debug('tor', 'SAFECOOKIE authentication challenge successful');
  const { type, rest } = splitReplyLine(reply.lines[0] ?? '');
  if (type !== 'AUTHCHALLENGE') return refuse('Invalid reply to AUTHCHALLENGE');
  const values = parseReplyValues(rest);
  if (values.size === 0) return refuse(`Error parsing AUTHCHALLENGE parameters: ${plainText(rest)}`);
  const bytes = (name: string): Uint8Array => {
    const text = values.get(name) ?? '';
    return isHex(text) ? fromHex(text) : new Uint8Array(0);
  };
  const serverHash = bytes('SERVERHASH');
  const serverNonce = bytes('SERVERNONCE');
  log.debug('tor', `AUTHCHALLENGE ServerHash ${toHex(serverHash)} ServerNonce ${toHex(serverNonce)}`);
  if (serverNonce.length !== NONCE_SIZE) return refuse('ServerNonce is not 32 bytes, as required by spec');
  const known = concatBytes(cookie, clientNonce, serverNonce);
  const expected = hmacSha256(SERVER_KEY, known);
  if (!equalBytes(expected, serverHash)) return refuse(`ServerHash ${toHex(serverHash)} does not match expected ServerHash ${toHex(expected)}`);
  return connection.command(`AUTHENTICATE ${toHex(hmacSha256(CLIENT_KEY, known))}`);
}

/** Asks Tor which ways it has to recognise us, and takes the best one. False where none works, which the log tells. @param password of -torpassword, empty for none */
export async function authenticate(connection: TorControlConnection, password: string, log: Logger): Promise<boolean> {
  const info = await connection.command('PROTOCOLINFO 1');
  if (info === null) return false;
  if (info.code !== TOR_OK) {
    log.warning('tor: Requesting protocol info failed');
    return false;
  }
  const methods = new Set<string>();
  let cookieFile = '';
  for (const line of info.lines) {
    const { type, rest } = splitReplyLine(line);
    const values = parseReplyValues(rest);
    if (type === 'AUTH') {
      for (const method of (values.get('METHODS') ?? '').split(',')) if (method !== '') methods.add(method);
      cookieFile = values.get('COOKIEFILE') ?? cookieFile;
    } else if (type === 'VERSION' && values.has('Tor')) log.debug('tor', `Connected to Tor version ${plainText(values.get('Tor') ?? '')}`);
  }
  for (const method of [...methods].sort()) log.debug('tor', `Supported authentication method: ${plainText(method)}`);
  let reply: TorReply | null = null;
  if (password !== '') {
    if (!methods.has('HASHEDPASSWORD')) {
      log.warning('tor: Password provided with -torpassword, but HASHEDPASSWORD authentication is not available');
      return false;
    }
    log.debug('tor', 'Using HASHEDPASSWORD authentication');
    reply = await connection.command(`AUTHENTICATE "${Buffer.from(password.replaceAll('"', '\\"')).toString('latin1')}"`);
  } else if (methods.has('NULL')) {
    log.debug('tor', 'Using NULL authentication');
    reply = await connection.command('AUTHENTICATE');
  } else if (methods.has('SAFECOOKIE')) {
    reply = await safeCookie(connection, cookieFile, log);
  } else {
    log.warning(methods.has('HASHEDPASSWORD')
      ? 'tor: The only supported authentication mechanism left is password, but no password provided with -torpassword' : 'tor: No supported authentication method');
    return false;
  }
  if (reply === null) return false;
  if (reply.code === TOR_OK) log.debug('tor', 'Authentication successful');
  else log.warning('tor: Authentication failed');
  return reply.code === TOR_OK;
}
