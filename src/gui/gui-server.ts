import http from 'node:http';
import type net from 'node:net';
import { AbortError, CoinError, Disconnected, errorText, RpcError } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import type { Asset } from './assets.ts';
import type { GuiCall } from './call-table.ts';
import { EventStream } from './event-stream.ts';
import { allowedHosts, refuse, type Refusal, SECURITY_HEADERS } from './guard.ts';
import { Sessions } from './sessions.ts';
import { BadRequest, record, text } from './shape.ts';

/** Largest request: a PSBT with all the transactions before it fits. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
const MAX_HEADER_BYTES = 8192;
const MAX_CONNECTIONS = 64;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;

const CALL = record<{ method: string; args: unknown }>({ method: text(64), args: (value) => value });
const OPEN = record<{ token: string }>({ token: text(128) });

export interface GuiServerOptions {
  /** 0: any that is free. */
  readonly port: number;
  /** The page's files by path. */
  readonly assets: ReadonlyMap<string, Asset>;
}

/**
 * The page's server, on loopback only. Every request passes the guard; what is more than the page's own files also needs a session.
 * Calls come as `POST /call`, news leave through one long answer to `POST /events`.
 */
export class GuiServer {
  readonly events = new EventStream();
  private readonly options: GuiServerOptions;
  private readonly log: Logger;
  private readonly calls = new Map<string, GuiCall>();
  private readonly servers: http.Server[] = [];
  private locked: () => boolean = () => false;
  private whileLocked: ReadonlySet<string> = new Set();
  private readonly stopping = new AbortController();
  private sessions: Sessions | null = null;
  private hosts: ReadonlySet<string> = new Set();
  private boundPort = 0;

  constructor(options: GuiServerOptions, modules: { readonly log: Logger }) {
    this.options = options;
    this.log = modules.log;
  }

  /** Adds calls; a later one of the same name replaces the earlier. */
  offer(calls: readonly GuiCall[]): void {
    for (const call of calls) this.calls.set(call.name, call);
  }

  /** While `locked` says so, only these calls are answered, and only these events told. */
  guard(locked: () => boolean, calls: ReadonlySet<string>, events: ReadonlySet<string>): void {
    this.locked = locked;
    this.whileLocked = calls;
    this.events.quiet = () => (locked() ? events : null);
  }

  private refuseLocked(method: string): void {
    if (this.locked() && !this.whileLocked.has(method)) throw new CoinError('page-locked', 'The page is locked.');
  }

  get port(): number { return this.boundPort; }
  get isListening(): boolean { return this.servers.length > 0; }

  /** Listens on 127.0.0.1 and, where there is one, on ::1. @throws CoinError where it cannot */
  async start(): Promise<void> {
    this.boundPort = await this.listen('127.0.0.1', this.options.port);
    this.hosts = allowedHosts(this.boundPort);
    this.sessions = new Sessions({ port: this.boundPort }, { nowMs: () => performance.now() });
    try {
      await this.listen('::1', this.boundPort);
    } catch (e) {
      this.log.debug('http', `The page is not served on ::1: ${errorText(e)}`);
    }
  }

  /** An address that opens the page once. */
  newAddress(): string {
    if (this.sessions === null) throw new CoinError('gui', 'the server does not listen');
    return `http://127.0.0.1:${this.boundPort}/#${this.sessions.newToken()}`;
  }

  private async listen(host: string, port: number): Promise<number> {
    const server = http.createServer({ maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
      this.serve(request, response).catch((e: unknown) => {
        this.log.error(`Answering the page failed: ${errorText(e)}`);
        if (response.headersSent) response.destroy();
        else this.answer(response, 500, { error: { message: 'internal error' } });
      });
    });
    server.maxConnections = MAX_CONNECTIONS;
    server.on('connection', (socket: net.Socket) => socket.setNoDelay(true));
    server.on('clientError', (_e, socket) => socket.destroy());
    server.on('upgrade', (_request, socket) => socket.destroy());
    await new Promise<void>((resolve, reject) => {
      server.once('error', (e) => reject(new CoinError('gui', `The page's port cannot be opened: ${e.message}`, { cause: e })));
      server.listen({ host, port, exclusive: true }, resolve);
    });
    this.servers.push(server);
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  private async serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const method = request.method ?? '';
    const refused = refuse({ method, path, headers: request.headers, remoteAddress: request.socket.remoteAddress ?? '' }, this.hosts);
    if (refused !== null) return this.reject(request, response, refused);
    if (method === 'GET') return this.serveAsset(request, response, path);
    if (path === '/session') return this.openSession(request, response);
    if (this.sessions?.knows(request.headers) !== true) return this.reject(request, response, { status: 403, reason: 'no session' });
    if (path === '/events') {
      request.resume();
      if (!this.events.add(response, SECURITY_HEADERS)) this.answer(response, 503, { error: { message: 'too many pages are open' } });
      return;
    }
    if (path === '/call') return this.serveCall(request, response);
    request.resume();
    this.answer(response, 404, { error: { message: 'no such path' } });
  }

  private reject(request: http.IncomingMessage, response: http.ServerResponse, refused: Refusal): void {
    this.log.debug('http', `Refused a request for the page: ${refused.reason}`);
    request.resume();
    response.setHeader('Connection', 'close');
    this.answer(response, refused.status, { error: { message: refused.reason } });
  }

  private answer(response: http.ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
    const bytes = Buffer.from(JSON.stringify(body), 'utf8');
    response.writeHead(status, { ...SECURITY_HEADERS, 'Content-Type': 'application/json', 'Content-Length': bytes.length, ...headers });
    response.end(bytes);
  }

  private serveAsset(request: http.IncomingMessage, response: http.ServerResponse, path: string): void {
    request.resume();
    const asset = this.options.assets.get(path);
    if (asset === undefined) return this.answer(response, 404, { error: { message: 'no such path' } });
    const packed = String(request.headers['accept-encoding'] ?? '').includes('gzip');
    const body = packed ? asset.gzip : asset.plain;
    response.writeHead(200, {
      ...SECURITY_HEADERS, 'Content-Type': asset.type, 'Content-Length': body.length, Vary: 'Accept-Encoding', ...(packed ? { 'Content-Encoding': 'gzip' } : {}),
    });
    response.end(body);
  }

  private async openSession(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const body = await this.readJson(request, response, 1024);
    if (body === null) return;
    let token: string;
    try {
      ({ token } = OPEN(body.value, 'session'));
    } catch (e) {
      return this.answer(response, 400, { error: { message: errorText(e) } });
    }
    const session = this.sessions?.open(token, request.headers) ?? null;
    if (session === null) return this.reject(request, response, { status: 403, reason: 'this address was used already or is too old' });
    this.answer(response, 200, { secret: session.secret }, session.setCookie === null ? {} : { 'Set-Cookie': session.setCookie });
  }

  private async serveCall(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const body = await this.readJson(request, response, MAX_BODY_BYTES);
    if (body === null) return;
    const left = new AbortController();
    response.once('close', () => left.abort());
    try {
      const { method, args } = CALL(body.value, 'call');
      this.refuseLocked(method);
      const call = this.calls.get(method);
      if (call === undefined) throw new BadRequest(`no such call: ${method}`);
      const result = await call.run(args, AbortSignal.any([left.signal, this.stopping.signal]));
      // It may have been locked meanwhile.
      this.refuseLocked(method);
      this.answer(response, 200, { result: result ?? null });
    } catch (e) {
      if (response.destroyed) return;
      this.answer(response, 200, { error: this.errorBody(e) });
    }
  }

  /** What the page may know of an error: texts of our own errors are meant for users, others are not. */
  private errorBody(e: unknown): { code: string; rpcCode?: number; message: string } {
    if (e instanceof RpcError) return { code: e.code, rpcCode: e.rpcCode, message: e.message };
    if (e instanceof Disconnected) return { code: e.code, message: 'The node is not there.' };
    if (e instanceof AbortError || e instanceof CoinError) return { code: e.code, message: e.message };
    this.log.error(`A call of the page failed: ${e instanceof Error ? e.stack ?? e.message : String(e)}`);
    return { code: 'internal', message: errorText(e) };
  }

  /** The body as JSON; null where the answer (that it is wrong) is already given. */
  private async readJson(request: http.IncomingMessage, response: http.ServerResponse, limit: number): Promise<{ value: unknown } | null> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) {
        this.reject(request, response, { status: 413, reason: `more than ${limit} bytes` });
        return null;
      }
      chunks.push(chunk);
    }
    try {
      return { value: JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown };
    } catch {
      this.reject(request, response, { status: 400, reason: 'no valid JSON' });
      return null;
    } finally {
      // What was typed into the page may have been a passphrase.
      for (const chunk of chunks) chunk.fill(0);
    }
  }

  /** Ends all answers and closes the ports. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.events.close();
    await Promise.all(this.servers.map((server) => new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 500).unref();
    })));
  }
}
