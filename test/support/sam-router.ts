import crypto from 'node:crypto';
import net from 'node:net';

interface Session { readonly id: string; readonly destination: Buffer; readonly control: net.Socket; readonly waiting: net.Socket[] }

/** Answers a test may put in place of the router's own; null leaves it as it is, an empty text closes the connection. */
export type SamHook = (request: string) => string | null;

const DIGITS = 'abcdefghijklmnopqrstuvwxyz234567';

function base64(bytes: Buffer): string { return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '~'); }
function fromBase64(text: string): Buffer { return Buffer.from(text.replaceAll('-', '+').replaceAll('~', '/'), 'base64'); }

/** The name of a destination, by its own reckoning. */
export function b32(destination: Buffer): string {
  const bits = [...crypto.createHash('sha256').update(destination).digest()].map((b) => b.toString(2).padStart(8, '0')).join('');
  return `${(bits.match(/.{1,5}/g) ?? []).map((five) => DIGITS[parseInt(five.padEnd(5, '0'), 2)]).join('')}.b32.i2p`;
}

/** An I2P router with a network of its own: sessions of the clients that are connected to it reach each other (SAM 3.1). */
export class SamRouter {
  readonly requests: string[] = [];
  readonly sessions = new Map<string, Session>();
  hook: SamHook = () => null;
  /** Whether every byte comes by itself. */
  slow = false;
  private readonly server: net.Server;
  private readonly sockets = new Set<net.Socket>();

  private constructor() {
    this.server = net.createServer({ noDelay: true }, (socket) => this.serve(socket));
  }

  static async start(port = 0): Promise<SamRouter> {
    const made = new SamRouter();
    await new Promise<void>((resolve, reject) => {
      made.server.once('error', reject);
      made.server.listen(port, '127.0.0.1', resolve);
    });
    return made;
  }

  get port(): number { return (this.server.address() as net.AddressInfo).port; }
  get address(): string { return `127.0.0.1:${this.port}`; }

  async stop(): Promise<void> {
    this.dropAll();
    await new Promise<void>((resolve) => { this.server.close(() => resolve()); });
  }

  /** Closes every connection, as a router does that ends. */
  dropAll(): void { for (const socket of this.sockets) socket.destroy(); }

  private say(socket: net.Socket, line: string): void {
    const bytes = Buffer.from(`${line}\n`);
    if (this.slow) for (const byte of bytes) socket.write(Buffer.from([byte]));
    else socket.write(bytes);
  }

  private serve(socket: net.Socket): void {
    this.sockets.add(socket);
    let held = '';
    const onData = (chunk: Buffer): void => {
      held += chunk.toString('latin1');
      for (let end = held.indexOf('\n'); end >= 0; end = held.indexOf('\n')) {
        const request = held.slice(0, end);
        held = held.slice(end + 1);
        this.requests.push(request);
        const other = this.hook(request);
        if (other === '') socket.destroy();
        else if (other !== null) this.say(socket, other);
        else if (this.answer(socket, request)) socket.off('data', onData);
      }
    };
    socket.on('data', onData);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.sockets.delete(socket);
      for (const session of this.sessions.values()) {
        if (session.control !== socket) continue;
        this.sessions.delete(session.id);
        for (const one of session.waiting) one.destroy();
      }
    });
  }

  /** True where the connection is a stream from now on. */
  private answer(socket: net.Socket, request: string): boolean {
    const value = (key: string): string => new RegExp(`(?:^| )${key}=(\\S*)`).exec(request)?.[1] ?? '';
    if (request.startsWith('HELLO')) this.say(socket, 'HELLO REPLY RESULT=OK VERSION=3.1');
    else if (request.startsWith('DEST GENERATE')) {
      const key = newKey();
      this.say(socket, `DEST REPLY PUB=${base64(publicPart(key))} PRIV=${base64(key)}`);
    } else if (request.startsWith('SESSION CREATE')) {
      const key = value('DESTINATION') === 'TRANSIENT' ? newKey() : fromBase64(value('DESTINATION'));
      this.sessions.set(value('ID'), { id: value('ID'), destination: publicPart(key), control: socket, waiting: [] });
      this.say(socket, `SESSION STATUS RESULT=OK DESTINATION=${base64(key)}`);
    } else if (request.startsWith('NAMING LOOKUP')) {
      const found = [...this.sessions.values()].find(({ destination }) => b32(destination) === value('NAME'));
      this.say(socket, found === undefined ? `NAMING REPLY RESULT=KEY_NOT_FOUND NAME=${value('NAME')}` : `NAMING REPLY RESULT=OK NAME=${value('NAME')} VALUE=${base64(found.destination)}`);
    } else if (request.startsWith('STREAM ACCEPT')) {
      const session = this.sessions.get(value('ID'));
      this.say(socket, `STREAM STATUS RESULT=${session === undefined ? 'INVALID_ID' : 'OK'}`);
      session?.waiting.push(socket);
      return session !== undefined;
    } else if (request.startsWith('STREAM CONNECT')) return this.connect(socket, value('ID'), fromBase64(value('DESTINATION')));
    return false;
  }

  private connect(socket: net.Socket, id: string, destination: Buffer): boolean {
    const from = this.sessions.get(id);
    const to = [...this.sessions.values()].find((session) => session.destination.equals(destination));
    const other = to?.waiting.shift();
    if (from === undefined || other === undefined) {
      this.say(socket, `STREAM STATUS RESULT=${from === undefined ? 'INVALID_ID' : 'CANT_REACH_PEER'} MESSAGE="nobody there"`);
      return false;
    }
    this.say(other, base64(from.destination));
    this.say(socket, 'STREAM STATUS RESULT=OK');
    for (const [a, b] of [[socket, other], [other, socket]] as const) {
      a.on('data', (chunk: Buffer) => b.write(chunk));
      a.on('close', () => b.destroy());
    }
    return true;
  }
}

/** Private keys: a destination with a certificate of four bytes, and what only its owner knows. */
function newKey(): Buffer {
  const key = crypto.randomBytes(391 + 64);
  key[384] = 5;
  key.writeUInt16BE(4, 385);
  return key;
}

function publicPart(key: Buffer): Buffer { return key.subarray(0, 387 + key.readUInt16BE(385)); }
