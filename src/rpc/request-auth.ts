import { createHmac, timingSafeEqual } from 'node:crypto';
import fs from 'node:fs';
import { randomBytes } from '../crypto/random.ts';
import { toHex, utf8 } from '../util/bytes.ts';
import { InitError } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';

export interface AuthOptions {
  readonly user: string;
  /** '' for cookie authentication. */
  readonly password: string;
  /** `user:salt$hmac` each. */
  readonly rpcAuth: readonly string[];
  /** null for no cookie. */
  readonly cookieFile: string | null;
  /** File mode of the cookie. */
  readonly cookieMode: number;
  /** `user:method,method` each. */
  readonly whitelist: readonly string[];
  readonly whitelistDefault: boolean;
}

interface Credential { readonly user: string; readonly salt: string; readonly hash: string }

function hmacHex(salt: string, password: string): string {
  return createHmac('sha256', salt).update(password).digest('hex');
}

function equalText(a: string, b: string): boolean {
  const x = utf8(a);
  const y = utf8(b);
  return x.length === y.length && timingSafeEqual(x, y);
}

/** Who may call what. */
export class RequestAuth {
  private readonly credentials: Credential[] = [];
  private readonly whitelists = new Map<string, Set<string>>();
  private readonly whitelistDefault: boolean;
  private readonly log: Logger;
  private readonly cookieFile: string | null;
  private cookieWritten = false;

  /** Writes the cookie. @throws InitError */
  constructor(options: AuthOptions, modules: { log: Logger }) {
    this.log = modules.log;
    this.cookieFile = options.cookieFile;
    this.whitelistDefault = options.whitelistDefault;
    if (options.password === '') {
      if (options.cookieFile === null) this.log.info('RPC authentication cookie file generation is disabled.');
      else this.writeCookie(options.cookieFile, options.cookieMode);
    } else {
      this.log.info('Config options rpcuser and rpcpassword will soon be deprecated. Locally-run instances may remove rpcuser to use cookie-based auth, or may be replaced with rpcauth. Please see share/rpcauth for rpcauth auth generation.');
      this.addPassword(options.user, options.password);
    }
    for (const text of options.rpcAuth) {
      const m = /^([^:]*):([^$]*)\$(.*)$/s.exec(text);
      if (m === null || m[1]?.includes('$') === true || m[2]?.includes(':') === true) throw new InitError('Invalid -rpcauth argument.');
      this.credentials.push({ user: m[1] as string, salt: m[2] as string, hash: m[3] as string });
    }
    for (const text of options.whitelist) {
      const colon = text.indexOf(':');
      const user = colon < 0 ? text : text.slice(0, colon);
      const before = this.whitelists.get(user);
      if (colon < 0) {
        this.whitelists.set(user, before ?? new Set());
        continue;
      }
      const methods = text.slice(colon + 1).split(/[, ]/).filter((m) => m !== '');
      this.whitelists.set(user, new Set(before === undefined ? methods : methods.filter((m) => before.has(m))));
    }
  }

  private addPassword(user: string, password: string): void {
    const salt = toHex(randomBytes(16));
    this.credentials.push({ user, salt, hash: hmacHex(salt, password) });
  }

  private writeCookie(file: string, mode: number): void {
    const password = toHex(randomBytes(32));
    const temporary = `${file}.tmp`;
    try {
      fs.rmSync(temporary, { force: true });
      fs.writeFileSync(temporary, `__cookie__:${password}`, { mode: 0o600 });
      fs.chmodSync(temporary, mode);
      fs.renameSync(temporary, file);
    } catch (e) {
      throw new InitError(`Unable to start HTTP server. See debug log for details.`, { cause: e });
    }
    this.cookieWritten = true;
    this.log.info(`Generated RPC authentication cookie ${file}`);
    this.log.info('Using random cookie authentication.');
    this.addPassword('__cookie__', password);
  }

  /** The user behind a Basic header; null where it is wrong. */
  authenticate(header: string): string | null {
    if (!header.startsWith('Basic ')) return null;
    const text = Buffer.from(header.slice(6).trim(), 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon < 0) return null;
    const user = text.slice(0, colon);
    const password = text.slice(colon + 1);
    for (const c of this.credentials) {
      if (equalText(c.user, user) && equalText(c.hash, hmacHex(c.salt, password))) return user;
    }
    return null;
  }

  mayCall(user: string, method: string): boolean {
    const list = this.whitelists.get(user);
    return list === undefined ? !this.whitelistDefault : list.has(method);
  }

  /** Removes the cookie that this process wrote. */
  close(): void {
    if (this.cookieWritten && this.cookieFile !== null) fs.rmSync(this.cookieFile, { force: true });
    this.cookieWritten = false;
  }
}
