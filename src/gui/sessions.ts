import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type http from 'node:http';

/** Pages that may be open at once: the one used longest ago makes room. */
const MAX_SESSIONS = 16;
/** Addresses given out and not opened yet. */
const MAX_TOKENS = 8;
const TOKEN_LIFE_MS = 10 * 60_000;
const SECRET_BYTES = 32;

interface Session { readonly cookie: Buffer; readonly header: Buffer; usedMs: number }

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Who may call. An address carries a one-time token behind its `#`, where no server and no log sees it; the page hands it in
 * once and gets two secrets: a cookie that no script can read, and a word that it sends in a header. Both are needed:
 * cookies are shared by all ports of a host, headers are not.
 */
export class Sessions {
  private readonly port: number;
  private readonly nowMs: () => number;
  private readonly tokens = new Map<string, number>();
  private sessions: Session[] = [];

  constructor(options: { readonly port: number }, modules: { readonly nowMs: () => number }) {
    this.port = options.port;
    this.nowMs = modules.nowMs;
  }

  private get cookieName(): string { return `coin-gui-${this.port}`; }

  /** A token that opens the page once, within ten minutes. */
  newToken(): string {
    const token = randomBytes(SECRET_BYTES).toString('base64url');
    this.tokens.set(digest(token).toString('hex'), this.nowMs());
    for (const key of this.tokens.keys()) if (this.tokens.size > MAX_TOKENS) this.tokens.delete(key);
    return token;
  }

  /**
   * Exchanges a token; null where it is none, was used, or is too old. A browser that has a page open already keeps its cookie (`setCookie`
   * null), which all its pages share; each has a word of its own.
   */
  open(token: string, headers: http.IncomingHttpHeaders): { readonly setCookie: string | null; readonly secret: string } | null {
    const key = digest(token).toString('hex');
    const since = this.tokens.get(key);
    if (since === undefined) return null;
    this.tokens.delete(key);
    if (this.nowMs() - since > TOKEN_LIFE_MS) return null;
    const known = this.knownCookie(headers);
    const cookie = known ?? randomBytes(SECRET_BYTES).toString('base64url');
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    this.sessions.push({ cookie: digest(cookie), header: digest(secret), usedMs: this.nowMs() });
    if (this.sessions.length > MAX_SESSIONS) this.sessions = this.sessions.sort((a, b) => b.usedMs - a.usedMs).slice(0, MAX_SESSIONS);
    return { setCookie: known === null ? `${this.cookieName}=${cookie}; Path=/; HttpOnly; SameSite=Strict` : null, secret };
  }

  private knownCookie(headers: http.IncomingHttpHeaders): string | null {
    const cookie = this.cookieOf(headers.cookie ?? '');
    if (cookie === null) return null;
    const wanted = digest(cookie);
    return this.sessions.some((session) => timingSafeEqual(session.cookie, wanted)) ? cookie : null;
  }

  /** Whether both secrets of one session came with the request. */
  knows(headers: http.IncomingHttpHeaders): boolean {
    const secret = headers['x-coin-session'];
    const cookie = this.cookieOf(headers.cookie ?? '');
    if (typeof secret !== 'string' || cookie === null) return false;
    const [a, b] = [digest(cookie), digest(secret)];
    const session = this.sessions.find((s) => timingSafeEqual(s.cookie, a) && timingSafeEqual(s.header, b));
    if (session !== undefined) session.usedMs = this.nowMs();
    return session !== undefined;
  }

  private cookieOf(header: string): string | null {
    for (const part of header.split(';')) {
      const at = part.indexOf('=');
      if (part.slice(0, at).trim() === this.cookieName) return part.slice(at + 1).trim();
    }
    return null;
  }
}
