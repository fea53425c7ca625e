import http from 'node:http';
import net from 'node:net';
import { CoinError } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';

/** Largest body that is read. */
export const MAX_BODY_BYTES = 0x02000000;
/** Largest block of headers. */
export const MAX_HEADER_BYTES = 8192;

export interface HttpRequest {
  readonly method: string;
  /** Path with query, as sent. */
  readonly path: string;
  readonly body: string;
  readonly authorization: string | undefined;
  /** `address:port`. */
  readonly peer: string;
  /** Aborted when the client leaves or the server stops. */
  readonly signal: AbortSignal;
}

export interface HttpReply {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type HttpHandler = (request: HttpRequest) => Promise<HttpReply>;

export interface HttpServerOptions {
  /** Requests that run at the same time. */
  readonly threads: number;
  /** Requests that may wait. */
  readonly queueDepth: number;
  /** Seconds after which an idle connection is closed. */
  readonly idleTimeoutSec: number;
  /** Whether this peer's address may connect. */
  readonly allowPeer: (address: string) => boolean;
}

interface Route { readonly prefix: string; readonly exact: boolean; readonly handler: HttpHandler }

const HTML = { 'Content-Type': 'text/html; charset=ISO-8859-1' };

/** HTTP/1.1 server with the reference's limits and answers; RPC, REST and GUI hang their paths into it. */
export class HttpServer {
  private readonly options: HttpServerOptions;
  private readonly log: Logger;
  private readonly routes: Route[] = [];
  private readonly servers: http.Server[] = [];
  private readonly stopped = new AbortController();
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private idle: (() => void)[] = [];

  constructor(options: HttpServerOptions, modules: { log: Logger }) {
    this.options = options;
    this.log = modules.log;
  }

  /** The first registered match answers. */
  handle(prefix: string, exact: boolean, handler: HttpHandler): void {
    this.routes.push({ prefix, exact, handler });
  }

  /** Listens on one address. @throws CoinError where it cannot */
  async listen(host: string, port: number): Promise<void> {
    const server = http.createServer({ keepAlive: true, maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
      void this.serve(request, response);
    });
    // The runtime's own limits would cut long calls and idle clients that the reference keeps.
    server.requestTimeout = 0;
    server.headersTimeout = 0;
    server.timeout = 0;
    server.keepAliveTimeout = Math.min(this.options.idleTimeoutSec * 1000, 0x7fffffff);
    server.maxRequestsPerSocket = 0;
    server.on('connection', (socket: net.Socket) => {
      socket.setNoDelay(true);
      const address = socket.remoteAddress ?? '';
      if (!this.options.allowPeer(address)) {
        this.log.debug('http', `HTTP request from ${address}:${socket.remotePort} rejected: Client network is not allowed RPC access`);
        socket.destroy();
      }
    });
    server.on('clientError', (_error, socket) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (e) => reject(new CoinError('http-bind', e.message, { cause: e })));
      server.listen({ host, port, exclusive: true }, () => resolve());
    });
    this.servers.push(server);
  }

  private async serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const peer = formatPeer(request.socket);
    const path = request.url ?? '/';
    const method = request.method ?? '';
    this.log.debug('http', `Received a ${method} request for ${path} from ${peer}`);
    const send = (reply: HttpReply): void => {
      const body = Buffer.from(reply.body, 'utf8');
      const headers: Record<string, string | number> = { ...(reply.status === 204 ? {} : HTML), ...reply.headers };
      if (reply.status !== 204) headers['Content-Length'] = body.length;
      response.writeHead(reply.status, headers);
      response.end(reply.status === 204 ? undefined : body);
    };
    if (!['GET', 'POST', 'HEAD', 'PUT', 'OPTIONS'].includes(method)) return send({ status: 405, body: '' });
    const route = this.routes.find((r) => (r.exact ? path === r.prefix : path.startsWith(r.prefix)));
    if (route === undefined) {
      request.resume();
      return send({ status: 404, body: '' });
    }
    if (this.running >= this.options.threads && this.waiting.length >= this.options.queueDepth) {
      this.log.warning('Request rejected because http work queue depth exceeded, it can be increased with the -rpcworkqueue= setting');
      request.resume();
      return send({ status: 503, body: 'Work queue depth exceeded' });
    }
    const body = await readBody(request);
    if (body === null) return send({ status: 413, body: '', headers: { Connection: 'close' } });
    const left = new AbortController();
    response.once('close', () => left.abort());
    await this.turn();
    try {
      const reply = await route.handler({ method, path, body, authorization: request.headers.authorization, peer, signal: AbortSignal.any([left.signal, this.stopped.signal]) });
      if (this.stopped.signal.aborted) response.setHeader('Connection', 'close');
      send(reply);
    } catch (e) {
      this.log.error(`HTTP handler failed: ${e instanceof Error ? e.stack ?? e.message : String(e)}`);
      if (!response.headersSent) send({ status: 500, body: '' });
    } finally {
      this.running -= 1;
      this.waiting.shift()?.();
      if (this.running === 0) for (const done of this.idle.splice(0)) done();
    }
  }

  /** Waits until one of the places for running requests is free, and takes it. */
  private async turn(): Promise<void> {
    if (this.running >= this.options.threads) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.running += 1;
  }

  /** Tells running requests to end (their signal) and takes no new connection. */
  interrupt(): void {
    this.stopped.abort();
    for (const server of this.servers) server.close();
  }

  /** Resolves when no request runs any more and every connection is closed. */
  async stop(): Promise<void> {
    this.interrupt();
    if (this.running > 0) await new Promise<void>((resolve) => this.idle.push(resolve));
    for (const server of this.servers) server.closeIdleConnections();
    // A reply that was just written must reach its client before the connection ends.
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all(this.servers.map((server) => new Promise<void>((resolve) => {
      const timer = setTimeout(() => server.closeAllConnections(), 1000);
      server.close(() => {
        clearTimeout(timer);
        resolve();
      });
      server.closeIdleConnections();
      if (!server.listening) {
        server.getConnections((_e, n) => {
          if (n === 0) {
            clearTimeout(timer);
            resolve();
          }
        });
      }
    })));
  }
}

function formatPeer(socket: net.Socket): string {
  const address = (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '');
  return net.isIPv6(address) ? `[${address}]:${socket.remotePort}` : `${address}:${socket.remotePort}`;
}

/** The whole body as text; null where it is larger than allowed. */
function readBody(request: http.IncomingMessage): Promise<string | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) {
        request.removeAllListeners('data').resume();
        resolve(null);
        return;
      }
      chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.on('error', () => resolve(null));
  });
}
