import { fork, spawn, type SerializationType } from 'node:child_process';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { parentPort, Worker } from 'node:worker_threads';
import { RpcSession, RpcTarget, type RpcTransport } from 'capnweb';

/** Another way to ask another process (or thread) for an echo. */
export interface Other {
  readonly name: string;
  readonly call: (value: string) => Promise<string>;
  /** One that carries bytes; null where it has to make a text of them. */
  readonly bytes: ((value: Uint8Array) => Promise<Uint8Array>) | null;
  readonly close: () => Promise<void>;
}

/** Texts behind a length of four bytes, as our frames are. */
class FramedTexts implements RpcTransport {
  private readonly socket: Duplex;
  private readonly texts: string[] = [];
  private readonly waiting: { resolve: (text: string) => void; reject: (e: Error) => void }[] = [];
  private rest: Buffer = Buffer.alloc(0);
  private ended = false;

  constructor(socket: Duplex) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('close', () => {
      this.ended = true;
      for (const { reject } of this.waiting.splice(0)) reject(new Error('closed'));
    });
    socket.on('error', () => undefined);
  }

  private take(chunk: Buffer): void {
    let data = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    while (data.length >= 4 && data.length >= 4 + data.readUInt32LE(0)) {
      const end = 4 + data.readUInt32LE(0);
      const text = data.toString('utf8', 4, end);
      data = data.subarray(end);
      const next = this.waiting.shift();
      if (next === undefined) this.texts.push(text);
      else next.resolve(text);
    }
    this.rest = data;
  }

  send(text: string): void {
    const size = Buffer.byteLength(text);
    const frame = Buffer.allocUnsafe(4 + size);
    frame.writeUInt32LE(size, 0);
    frame.write(text, 4);
    this.socket.write(frame);
  }

  receive(): Promise<string> {
    const text = this.texts.shift();
    if (text !== undefined) return Promise.resolve(text);
    if (this.ended) return Promise.reject(new Error('closed'));
    return new Promise((resolve, reject) => { this.waiting.push({ resolve, reject }); });
  }

  abort(): void { this.socket.destroy(); }
}

class EchoTarget extends RpcTarget {
  echo(value: string): string { return value; }
}

interface Question { readonly id: number; readonly value: unknown }

/** What the other side of each of them does, by the word it was started with. @returns whether it is one of these words */
export function serveOther(word: string): boolean {
  switch (word) {
    case 'fork':
      process.on('message', (m: Question) => process.send?.({ id: m.id, value: m.value }));
      return true;
    case 'port':
      parentPort?.on('message', (m: Question) => parentPort?.postMessage({ id: m.id, value: m.value }));
      return true;
    case 'capnweb': {
      const socket = new net.Socket({ fd: 3 });
      new RpcSession(new FramedTexts(socket), new EchoTarget());
      socket.on('close', () => process.exit(0));
      return true;
    }
    case 'raw': {
      const socket = new net.Socket({ fd: 3 });
      socket.on('data', (chunk) => socket.write(chunk));
      socket.on('end', () => process.exit(0));
      return true;
    }
    default:
      return false;
  }
}

/** Questions with numbers, and who waits for their answers. */
class Waiting {
  private readonly byId = new Map<number, (value: unknown) => void>();
  private next = 1;
  ask(send: (question: Question) => void, value: unknown): Promise<unknown> {
    return new Promise((resolve) => {
      const id = this.next++;
      this.byId.set(id, resolve);
      send({ id, value });
    });
  }

  answer({ id, value }: Question): void {
    this.byId.get(id)?.(value);
    this.byId.delete(id);
  }
}

function forked(script: string, serialization: SerializationType): Other {
  const child = fork(script, ['fork'], { serialization });
  const waiting = new Waiting();
  child.on('message', (m) => waiting.answer(m as unknown as Question));
  const ask = (value: unknown): Promise<unknown> => waiting.ask((question) => { child.send(question as unknown as object); }, value);
  return {
    name: `child_process, ${serialization}`, call: async (value) => await ask(value) as string,
    bytes: serialization === 'advanced' ? async (value) => await ask(value) as Uint8Array : null,
    close: async () => {
      child.disconnect();
      await new Promise((resolve) => { child.once('exit', resolve); });
    },
  };
}

function worker(script: string): Other {
  const thread = new Worker(script, { argv: ['port'] });
  const waiting = new Waiting();
  thread.on('message', (m: Question) => waiting.answer(m));
  const ask = (value: unknown): Promise<unknown> => waiting.ask((question) => thread.postMessage(question), value);
  return {
    name: 'worker, MessagePort', call: async (value) => await ask(value) as string, bytes: async (value) => await ask(value) as Uint8Array,
    close: async () => { await thread.terminate(); },
  };
}

function capnweb(script: string): Other {
  const child = spawn(process.execPath, [script, 'capnweb'], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  const socket = child.stdio[3] as Duplex;
  const stub = new RpcSession<EchoTarget>(new FramedTexts(socket)).getRemoteMain();
  return {
    name: 'capnweb over the same socket', call: async (value) => await stub.echo(value), bytes: null,
    close: async () => {
      socket.end();
      socket.destroy();
      await new Promise((resolve) => { child.once('exit', resolve); });
    },
  };
}

/** Those that we are compared with; `script` runs `serveOther`. */
export const others = (script: string): readonly (() => Other)[] => [
  () => forked(script, 'json'), () => forked(script, 'advanced'), () => worker(script), () => capnweb(script),
];
