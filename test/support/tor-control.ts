import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';

const SERVER_KEY = 'Tor safe cookie authentication server-to-controller hash';
const CLIENT_KEY = 'Tor safe cookie authentication controller-to-server hash';

export interface TorControlOptions {
  readonly methods?: string;
  /** File of the cookie, which is written. */
  readonly cookieFile?: string;
  readonly password?: string;
  /** What GETINFO says of SOCKS listeners. */
  readonly socks?: string;
  /** Whether ADD_ONION knows PoWDefensesEnabled. */
  readonly proofOfWork?: boolean;
}

function base32(bytes: Buffer): string {
  const bits = [...bytes].map((b) => b.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((five) => 'abcdefghijklmnopqrstuvwxyz234567'[parseInt(five.padEnd(5, '0'), 2)]).join('');
}

/** The service that belongs to a key, by our own reckoning: any 32 bytes do for a public key. */
export function serviceOf(key: string): string {
  const publicKey = crypto.createHash('sha256').update(key).digest();
  const checksum = crypto.createHash('sha3-256').update(Buffer.concat([Buffer.from('.onion checksum'), publicKey, Buffer.from([3])])).digest().subarray(0, 2);
  return base32(Buffer.concat([publicKey, checksum, Buffer.from([3])]));
}

/** A Tor that only has a control port. */
export class TorControlServer {
  readonly commands: string[] = [];
  /** Replies in place of its own; null leaves them as they are, an empty text closes the connection. */
  hook: (command: string) => string | null = () => null;
  /** Whether every byte comes by itself. */
  slow = false;
  private readonly options: TorControlOptions;
  private readonly server: net.Server;
  private readonly sockets = new Set<net.Socket>();
  private readonly cookie = crypto.randomBytes(32);

  private constructor(options: TorControlOptions) {
    this.options = options;
    if (options.cookieFile !== undefined) fs.writeFileSync(options.cookieFile, this.cookie);
    this.server = net.createServer({ noDelay: true }, (socket) => this.serve(socket));
  }

  static async start(options: TorControlOptions = {}, port = 0): Promise<TorControlServer> {
    const made = new TorControlServer(options);
    await new Promise<void>((resolve, reject) => {
      made.server.once('error', reject);
      made.server.listen(port, '127.0.0.1', resolve);
    });
    return made;
  }

  get port(): number { return (this.server.address() as net.AddressInfo).port; }
  get address(): string { return `127.0.0.1:${this.port}`; }
  get connections(): number { return this.sockets.size; }

  send(text: string): void { for (const socket of this.sockets) socket.write(text); }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => { this.server.close(() => resolve()); });
  }

  private serve(socket: net.Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => this.sockets.delete(socket));
    const session = { expected: this.options.methods === undefined ? '' : null as string | null };
    let held = '';
    socket.on('data', (chunk: Buffer) => {
      held += chunk.toString('latin1');
      for (let end = held.indexOf('\r\n'); end >= 0; end = held.indexOf('\r\n')) {
        const command = held.slice(0, end);
        held = held.slice(end + 2);
        this.commands.push(command);
        const reply = this.hook(command) ?? this.answer(command, session);
        if (reply === '') socket.destroy();
        else if (this.slow) for (const byte of Buffer.from(reply, 'latin1')) socket.write(Buffer.from([byte]));
        else socket.write(reply, 'latin1');
      }
    });
  }

  private answer(command: string, session: { expected: string | null }): string {
    const { methods = 'NULL', cookieFile, password, socks = '"127.0.0.1:9050"', proofOfWork = true } = this.options;
    if (command === 'PROTOCOLINFO 1') {
      const file = cookieFile === undefined ? '' : ` COOKIEFILE="${cookieFile.replace(/["\\]/g, '\\$&')}"`;
      return `250-PROTOCOLINFO 1\r\n250-AUTH METHODS=${methods}${file}\r\n250-VERSION Tor="0.4.8.1"\r\n250 OK\r\n`;
    }
    const challenge = /^AUTHCHALLENGE SAFECOOKIE ([0-9a-f]{64})$/.exec(command);
    if (challenge !== null) {
      const nonce = crypto.randomBytes(32);
      const known = Buffer.concat([this.cookie, Buffer.from(challenge[1] ?? '', 'hex'), nonce]);
      session.expected = crypto.createHmac('sha256', CLIENT_KEY).update(known).digest('hex');
      return `250 AUTHCHALLENGE SERVERHASH=${crypto.createHmac('sha256', SERVER_KEY).update(known).digest('hex').toUpperCase()} SERVERNONCE=${nonce.toString('hex').toUpperCase()}\r\n`;
    }
    if (command.startsWith('AUTHENTICATE')) {
      const shown = command.slice('AUTHENTICATE'.length).trim();
      const good = password !== undefined ? shown === `"${password.replaceAll('"', '\\"')}"` : shown === (session.expected ?? 'nothing');
      return good ? '250 OK\r\n' : '515 Authentication failed\r\n';
    }
    if (command === 'GETINFO net/listeners/socks') return `250-net/listeners/socks=${socks}\r\n250 OK\r\n`;
    const onion = /^ADD_ONION (\S+)( PoWDefensesEnabled=1)? Port=\d+,\S+$/.exec(command);
    if (onion !== null) {
      if (onion[2] !== undefined && !proofOfWork) return '512 Unrecognized option\r\n';
      const isNew = onion[1] === 'NEW:ED25519-V3';
      const key = isNew ? `ED25519-V3:${crypto.randomBytes(64).toString('base64')}` : onion[1] ?? '';
      return `250-ServiceID=${serviceOf(key)}\r\n${isNew ? `250-PrivateKey=${key}\r\n` : ''}250 OK\r\n`;
    }
    return '510 Unrecognized command\r\n';
  }
}
