import net from 'node:net';

/** What a client of the proxy has asked for. */
export interface Socks5Request {
  readonly host: string;
  readonly port: number;
  readonly user: string | null;
  readonly password: string | null;
}

export interface Socks5ServerOptions {
  /** Whether user and password are asked for where the client offers them. */
  readonly authenticate?: boolean;
  /** Where a request leads to; a number is the code of a refusal. */
  readonly route: (request: Socks5Request) => { readonly host: string; readonly port: number } | number;
  /** Path of a Unix socket; loopback where there is none. */
  readonly path?: string;
}

/** Collects bytes until there are enough of them. */
class Inbox {
  private held = Buffer.alloc(0);
  private wake: () => void = () => undefined;
  private ended = false;

  constructor(socket: net.Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.held = Buffer.concat([this.held, chunk]);
      this.wake();
    });
    socket.on('close', () => {
      this.ended = true;
      this.wake();
    });
  }

  async take(count: number): Promise<Buffer> {
    while (this.held.length < count) {
      if (this.ended) throw new Error('the client has gone');
      await new Promise<void>((resolve) => { this.wake = resolve; });
    }
    const out = this.held.subarray(0, count);
    this.held = this.held.subarray(count);
    return out;
  }

  async takeCounted(): Promise<Buffer> { return this.take((await this.take(1)).readUInt8()); }
  rest(): Buffer { return this.held; }
}

/** A small SOCKS5 proxy that writes down who asked for what, and connects them to where the test says. */
export class Socks5Server {
  readonly requests: Socks5Request[] = [];
  private readonly options: Socks5ServerOptions;
  private readonly server: net.Server;
  private readonly sockets = new Set<net.Socket>();

  private constructor(options: Socks5ServerOptions) {
    this.options = options;
    this.server = net.createServer({ noDelay: true }, (socket) => {
      this.hold(socket);
      this.serve(socket).catch(() => socket.destroy());
    });
  }

  static async start(options: Socks5ServerOptions): Promise<Socks5Server> {
    const made = new Socks5Server(options);
    await new Promise<void>((resolve, reject) => {
      made.server.once('error', reject);
      if (options.path !== undefined) made.server.listen(options.path, resolve);
      else made.server.listen(0, '127.0.0.1', resolve);
    });
    return made;
  }

  /** As -proxy takes it. */
  get address(): string {
    const address = this.server.address();
    return typeof address === 'string' ? `unix:${address}` : `127.0.0.1:${address?.port ?? 0}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => { this.server.close(() => resolve()); });
  }

  private hold(socket: net.Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.sockets.delete(socket));
  }

  private async serve(socket: net.Socket): Promise<void> {
    const inbox = new Inbox(socket);
    await inbox.take(1);
    const methods = await inbox.takeCounted();
    let user: string | null = null;
    let password: string | null = null;
    if (this.options.authenticate === true && methods.includes(2)) {
      socket.write(Buffer.from([5, 2]));
      await inbox.take(1);
      user = (await inbox.takeCounted()).toString();
      password = (await inbox.takeCounted()).toString();
      socket.write(Buffer.from([1, 0]));
    } else {
      socket.write(Buffer.from([5, 0]));
    }
    const kind = (await inbox.take(4))[3];
    if (kind !== 3) throw new Error('not a name');
    const host = (await inbox.takeCounted()).toString();
    const request = { host, port: (await inbox.take(2)).readUInt16BE(), user, password };
    this.requests.push(request);
    const target = this.options.route(request);
    if (typeof target === 'number') {
      socket.end(Buffer.from([5, target, 0, 1, 0, 0, 0, 0, 0, 0]));
      return;
    }
    const onward = net.connect({ ...target, noDelay: true });
    this.hold(onward);
    await new Promise<void>((resolve, reject) => {
      onward.once('connect', resolve);
      onward.once('error', reject);
    });
    // One byte at a time: the client must wait for all of it, and take no more.
    for (const byte of [5, 0, 0, 3, 2, 104, 105, 0, 80]) socket.write(Buffer.from([byte]));
    onward.write(inbox.rest());
    socket.on('data', (chunk: Buffer) => onward.write(chunk));
    onward.on('data', (chunk: Buffer) => socket.write(chunk));
    socket.on('close', () => onward.destroy());
    onward.on('close', () => socket.destroy());
  }
}
