import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { PLATFORM } from '../util/platform.ts';

/** What one says who has no links, and wants to see the page. */
const SHOW = 'show';
/** Bytes of what one who starts may say, and how long it may take. */
const MAX_BYTES = 64 * 1024;
const MAX_URIS = 10;
const TIMEOUT_MS = 3_000;

/** Where a user interface listens for links: a socket that only its user can open, in the network's directory. Null where its name is too long. */
function socketPath(netDir: string): string | null {
  const file = path.resolve(netDir, 'gui.sock');
  return Buffer.byteLength(file) >= PLATFORM.socketPathBytes ? null : PLATFORM.socketAddress(file);
}

function readLine(socket: net.Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('it took too long')));
    socket.setEncoding('utf8');
    socket.on('data', (piece: string) => {
      text += piece;
      const at = text.indexOf('\n');
      if (at >= 0) resolve(text.slice(0, at));
      else if (text.length > MAX_BYTES) socket.destroy(new Error('it said too much'));
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('it hung up')));
  });
}

function wishOf(line: string): string[] | typeof SHOW {
  const value: unknown = JSON.parse(line);
  if (value === SHOW) return SHOW;
  if (!Array.isArray(value) || value.length > MAX_URIS) throw new Error('not a list of links');
  return value.map((one) => {
    if (typeof one !== 'string' || !/^bitcoin:/i.test(one)) throw new Error('not a link');
    return one;
  });
}

/** Asks the user interface that runs on a network's directory for something. False where none does, or it says no. */
async function ask(netDir: string, what: readonly string[] | typeof SHOW): Promise<boolean> {
  const file = socketPath(netDir);
  if (file === null) return false;
  const socket = net.connect(file);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    socket.write(`${JSON.stringify(what)}\n`);
    return await readLine(socket) === 'ok';
  } catch {
    // Nobody is there, or nobody who answers: whoever has asked goes on by itself.
    return false;
  } finally {
    socket.destroy();
  }
}

/** Hands links to the user interface that runs on a network's directory. False where none does. */
export function handOver(netDir: string, uris: readonly string[]): Promise<boolean> {
  return ask(netDir, uris.slice(0, MAX_URIS));
}

/** Asks the user interface that runs on a network's directory to open its page. False where none runs, or its page is open already. */
export function askToShow(netDir: string): Promise<boolean> {
  return ask(netDir, SHOW);
}

export interface LinkListenerModules {
  readonly log: Logger;
  readonly open: (uris: readonly string[]) => void;
  /** Opens the page; false where it is open, or cannot be opened from here. */
  readonly show: () => boolean;
}

/** Takes links that programs started later hand over. */
export class LinkListener {
  private readonly file: string | null;
  private readonly m: LinkListenerModules;
  private server: net.Server | null = null;

  constructor(options: { readonly netDir: string }, modules: LinkListenerModules) {
    this.file = socketPath(options.netDir);
    this.m = modules;
  }

  /** Begins to listen; where that cannot be, links open nothing, and the log says why. */
  async start(): Promise<void> {
    if (this.file === null) return this.m.log.debug('http', 'The directory has too long a name: links are not taken over');
    if (await this.listen(this.file)) return;
    // What is left of one that crashed is in the way; one that runs answers.
    if (await handOver(path.dirname(this.file), [])) return this.m.log.debug('http', 'Another user interface takes links over');
    if (PLATFORM.socketFiles) fs.rmSync(this.file, { force: true });
    await this.listen(this.file);
  }

  private listen(file: string): Promise<boolean> {
    const server = net.createServer((socket) => { void this.serve(socket); });
    server.maxConnections = 4;
    return new Promise((resolve) => {
      server.once('error', (e) => {
        this.m.log.debug('http', `Links are not taken over: ${errorText(e)}`);
        resolve(false);
      });
      server.listen(file, () => {
        this.server = server;
        resolve(true);
      });
    });
  }

  private async serve(socket: net.Socket): Promise<void> {
    try {
      const wish = wishOf(await readLine(socket));
      if (wish === SHOW) return void socket.end(this.m.show() ? 'ok\n' : 'no\n');
      socket.end('ok\n');
      if (wish.length > 0) this.m.open(wish);
    } catch (e) {
      this.m.log.debug('http', `A link was not taken over: ${errorText(e)}`);
      socket.destroy();
    }
  }

  /** Ends; the socket's file goes with it. */
  async stop(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (server !== null) await new Promise<void>((resolve) => { server.close(() => resolve()); });
  }
}
