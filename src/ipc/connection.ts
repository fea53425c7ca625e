import type { Duplex } from 'node:stream';
import type { Init } from '../../ipc-spec/init.ts';
import type { IpcStep } from '../../ipc-spec/ipc-watcher.ts';
import type { ConnectionFigures } from '../util/connection-figures.ts';
import { Disconnected, errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import type { Watch } from '../util/watch.ts';
import { CallsIn } from './calls-in.ts';
import { CallsOut } from './calls-out.ts';
import { ExportTable, INIT_ID } from './exports.ts';
import { decodeMessage, encodeFrame, encodeSecretFrame, FrameReader, HEADER_BYTES, MalformedFrame } from './frame.ts';
import { initInterface } from './generated/init.ts';
import { INTERFACES } from './generated/interfaces.ts';
import { type Hello, helloMessage, type PeerHello, readHello } from './hello.ts';
import { ImportTable } from './imports.ts';
import type { InterfaceDef, MethodDef } from './interface-def.ts';
import { FIRST_OPTIONAL_KIND, GOODBYE, KIND } from './kinds.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { CallMeter } from './meter.ts';
import { ObjectCodec } from './object-codec.ts';
import { Outgoing } from './outgoing.ts';
import { CallTrace } from './trace.ts';
import type { Wire } from './wire.ts';

/** Silence while calls wait before the other end is asked whether it lives. */
const SILENCE_MS = 10_000;
/** How long an end that said goodbye waits for the other to close. */
const LINGER_MS = 5_000;

export interface ConnectionOptions {
  /** Name of this process for logs and the peer: `coin-node`. */
  readonly self: string;
  /** Name of the other one for logs, until its hello tells. */
  readonly peer: string;
  /** What this end hands out first; null for nothing. */
  readonly init: object | null;
  /** Interface of `init` and of the peer's first object; Init where absent. */
  readonly initInterface?: InterfaceDef;
  readonly version?: string;
  /** Coin and network where they are known: the peer must have the same. */
  readonly coin?: string;
  readonly network?: string;
  readonly limits?: Partial<Limits>;
  /** Silence, in spite of questions, after which the peer counts as lost; absent: none (the system tells of the end of a process). */
  readonly silenceMs?: number;
  /** Interfaces that this end says it has; those of the program where absent. */
  readonly interfaces?: readonly InterfaceDef[];
}

export interface ConnectionModules {
  readonly log: Logger;
  /** Is told of every call; absent: nobody watches. */
  readonly watch?: Watch<IpcStep>;
}

/** How a connection ended. */
export interface CloseReason {
  /** `local`: by us; `goodbye`: by the peer in order; `lost`: without a word; `fault`: a frame or limit was wrong; `late`: one end had no time to introduce itself. */
  readonly how: 'local' | 'goodbye' | 'lost' | 'fault' | 'late';
  readonly text: string;
}

/** One end of a connection: frames and their kinds, the first words and the last. Both ends are alike. */
export class Connection implements Wire {
  readonly limits: Limits;
  private readonly log: Logger;
  private readonly socket: Duplex;
  private readonly hello: Hello;
  private readonly initDef: InterfaceDef;
  private readonly silenceMs: number | null;
  private readonly interfaces: readonly InterfaceDef[];
  private readonly reader: FrameReader;
  private readonly outgoing: Outgoing;
  private readonly exports: ExportTable;
  private readonly imports: ImportTable;
  private readonly codec: ObjectCodec;
  private readonly out: CallsOut;
  private readonly in: CallsIn;
  private readonly trace: CallTrace;
  private readonly meter = new CallMeter();
  private readonly sinceMs = performance.now();
  private receivedBytes = 0;
  private readonly initProxy: object;
  private frameLimit: number;
  private peerHello: PeerHello | null = null;
  private closeReason: CloseReason | null = null;
  private heardMs = performance.now();
  private silentTurns = 0;
  private movedMs = performance.now();
  private readonly pings = new Map<number, () => void>();
  private nextPing = 1;
  private readonly helloTimer: NodeJS.Timeout;
  private readonly silenceTimer: NodeJS.Timeout;
  private readonly closeListeners: ((reason: string) => void)[] = [];
  private readonly helloDone: Promise<void>;
  private helloSettled: () => void = () => undefined;
  private readonly socketDone: Promise<void>;
  /** Runs before a call or an answer is sent, so that the log lines which explain it leave first. */
  beforeSend: (() => void) | null = null;

  constructor(socket: Duplex, options: ConnectionOptions, modules: ConnectionModules) {
    const { log } = modules;
    this.socket = socket;
    this.log = log;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.frameLimit = this.limits.frameBytes;
    this.hello = { role: options.self, version: options.version ?? '', coin: options.coin ?? '', network: options.network ?? '' };
    this.initDef = options.initInterface ?? initInterface;
    this.silenceMs = options.silenceMs ?? null;
    this.interfaces = options.interfaces ?? INTERFACES;
    this.reader = new FrameReader(this.limits.frameBytes);
    this.outgoing = new Outgoing(socket, () => this.gather());
    this.exports = new ExportTable(this.limits.objects, (entry, thrown) => log.error(`IPC: disposing ${entry.def.name}: ${errorText(thrown)}`));
    this.trace = new CallTrace(options, modules);
    // The tables know the calls that they belong to, and those the tables.
    this.imports = new ImportTable(this.limits.objects, () => this.out);
    this.codec = new ObjectCodec(this.exports, this.imports, () => this.out);
    const shared = { wire: this, codec: this.codec, imports: this.imports, trace: this.trace, meter: this.meter, log };
    this.out = new CallsOut(shared);
    // A wallet's stack could show what it works on.
    this.in = new CallsIn({ role: options.self, stacks: !options.self.endsWith('-wallet') }, { ...shared, exports: this.exports, pending: this.out.pending });
    if (options.init !== null) this.exports.setInit(options.init, this.initDef);
    const first = this.imports.receive(INIT_ID, this.initDef);
    this.out.setFirst(first);
    this.initProxy = this.imports.firstProxy(first);
    this.helloDone = new Promise((resolve) => { this.helloSettled = resolve; });
    this.socketDone = new Promise((resolve) => { socket.once('close', () => resolve()); });
    this.helloTimer = setTimeout(() => this.noHello(), this.limits.helloMs);
    this.helloTimer.unref();
    this.silenceTimer = setInterval(() => this.checkSilence(), Math.min(SILENCE_MS, this.limits.stallMs / 4));
    this.silenceTimer.unref();
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('drain', () => this.in.resume());
    socket.on('end', () => this.lost('the connection was closed'));
    socket.on('close', () => this.lost('the connection was closed'));
    // What the system says of a closed connection depends on what was under way in it.
    socket.on('error', (e: NodeJS.ErrnoException) => this.lost(e.code === 'ECONNRESET' || e.code === 'EPIPE' ? 'the connection was closed' : e.message));
    this.send(helloMessage(this.hello, this.limits, this.interfaces));
  }

  /** The peer's first object. Calls wait for its hello. */
  peerInit(): Init { return this.initProxy as Init; }

  /** The peer's first object where that is of another interface. */
  peerObject(): object { return this.initProxy; }

  /** What the peer calls itself. */
  get peerName(): string { return this.trace.peer; }

  /** Resolves when the peer has introduced itself, or the connection has ended. */
  ready(): Promise<void> { return this.helloDone; }

  /** Resolves when the socket is closed on both sides. */
  finished(): Promise<void> { return this.socketDone; }

  get isClosed(): boolean { return this.closeReason !== null; }
  get closed(): CloseReason | null { return this.closeReason; }

  /** What the tables hold, first objects not counted: all zero where nothing leaks. */
  get tables(): { exports: number; imports: number; calls: number; served: number; answers: number } {
    const imports = this.imports.size - (this.closeReason === null ? 1 : 0);
    return { exports: this.exports.size, imports, calls: this.out.pending.size, served: this.in.served.size, answers: this.in.kept };
  }

  /** Calls that wait: ours for room at the other end, those of the other end for a place here. */
  get queues(): { out: number; in: number } { return { out: this.out.queued, in: this.in.queued }; }

  /** What this end has counted so far. */
  get stats(): ConnectionFigures {
    const { exports, imports, calls, served } = this.tables;
    return {
      peer: this.peerName, sinceMs: performance.now() - this.sinceMs, sentBytes: this.outgoing.bytes, receivedBytes: this.receivedBytes,
      exports, imports, calls, served, methods: this.meter.figures(),
    };
  }

  /** Runs `listener` once, when the connection has ended and its calls are rejected; at once where it has. */
  onClosed(listener: (reason: string) => void): void {
    if (this.closeReason !== null) listener(this.closeReason.text);
    else this.closeListeners.push(listener);
  }

  /** Ends the connection in order: what was sent still arrives. */
  close(reason = 'done'): void {
    this.end({ how: 'local', text: reason }, GOODBYE.done);
  }

  /** Milliseconds until the peer's event loop answers. @throws Disconnected */
  async ping(): Promise<number> {
    if (this.closeReason !== null) throw this.gone('before');
    const startMs = performance.now();
    const nonce = this.nextPing++;
    await new Promise<void>((resolve) => {
      this.pings.set(nonce, resolve);
      this.send([KIND.ping, nonce]);
    });
    if (this.isClosed) throw this.gone('during');
    return performance.now() - startMs;
  }

  // Frames.

  get backlog(): number { return this.outgoing.backlog; }
  get backlogMax(): number { return this.limits.backlogBytes + 2 * this.frameLimit; }

  encode(message: readonly unknown[], secret: boolean): Buffer {
    return secret ? encodeSecretFrame(message, this.frameLimit) : encodeFrame(message, this.frameLimit);
  }

  put(frame: Buffer, secret: boolean): void {
    if (secret) this.outgoing.addSecret(frame);
    else this.outgoing.add(frame);
  }

  send(message: readonly unknown[]): number {
    const frame = encodeFrame(message, this.frameLimit);
    this.outgoing.add(frame);
    return frame.length;
  }

  schedule(): void { this.outgoing.schedule(); }

  explain(method: MethodDef): void {
    if (this.beforeSend !== null && !method.express) this.beforeSend();
  }

  /** What calls in and out have for the next write. */
  private gather(): void {
    if (this.closeReason !== null) return;
    this.in.gather();
    this.out.gather();
  }

  private receive(chunk: Buffer): void {
    if (this.closeReason !== null) return;
    this.heardMs = performance.now();
    this.silentTurns = 0;
    this.receivedBytes += chunk.length;
    try {
      this.reader.push(chunk, this.onFrame);
    } catch (e) {
      this.fail(errorText(e));
    }
  }

  private readonly onFrame = (data: Buffer, start: number, end: number): boolean => {
    const message = decodeMessage(data, start, end, this.limits);
    if (this.handle(message, end - start + HEADER_BYTES)) data.fill(0, start, end);
    return this.closeReason === null;
  };

  /** True where the frame's bytes are to be overwritten. */
  private handle(message: readonly unknown[], size: number): boolean {
    if (this.peerHello === null && message[0] !== KIND.goodbye) {
      this.greeted(readHello(message, this.hello));
      return false;
    }
    switch (message[0]) {
      case KIND.call: return this.in.serve(message, size);
      case KIND.return: return this.out.returned(message[1], message[2], size);
      case KIND.throw: this.out.threw(message[1], message[2], message[3], size); return false;
      case KIND.cancel: this.in.cancelled(message[1]); return false;
      case KIND.release:
        this.exports.release(message[1]);
        this.in.forget(message[2]);
        return false;
      case KIND.credit: this.out.credited(message[1]); return false;
      case KIND.ack: this.out.acknowledged(message[1], message[2]); return false;
      case KIND.ping: this.send([KIND.pong, Number.isSafeInteger(message[1]) ? message[1] : 0]); return false;
      case KIND.pong: this.ponged(message[1]); return false;
      case KIND.goodbye: this.end({ how: message[1] === GOODBYE.late ? 'late' : 'goodbye', text: typeof message[2] === 'string' ? message[2].slice(0, 1000) : 'goodbye' }, null); return false;
      default:
        if (typeof message[0] !== 'number' || message[0] < FIRST_OPTIONAL_KIND) throw new MalformedFrame(`unknown kind of message ${String(message[0]).slice(0, 20)}`);
        return false;
    }
  }

  private greeted(peer: PeerHello): void {
    this.peerHello = peer;
    clearTimeout(this.helloTimer);
    if (peer.role !== '') this.trace.peer = peer.role;
    this.frameLimit = Math.min(this.limits.frameBytes, peer.frameBytes);
    for (const def of this.interfaces) {
      const other = peer.interfaces.get(def.name)?.fingerprint;
      if (other !== undefined && other !== def.fingerprint) this.trace.note(`${peer.role} has another version of ${def.name}`);
    }
    this.out.open(peer, this.interfaces);
    this.helloSettled();
  }

  /** An end that was busy itself must read first what has come meanwhile: in a turn of the event loop timers run before that. */
  private noHello(): void {
    setImmediate(() => {
      if (this.peerHello !== null || this.closeReason !== null) return;
      this.breakOff('late', `no hello within ${this.limits.helloMs} ms (limit helloMs)`, GOODBYE.late);
    });
  }

  private ponged(nonce: unknown): void {
    const resolve = this.pings.get(nonce as number);
    this.pings.delete(nonce as number);
    resolve?.();
  }

  private checkSilence(): void {
    this.checkStall();
    const silentMs = performance.now() - this.heardMs;
    if (silentMs < SILENCE_MS || this.peerHello === null) return;
    // Counted in turns of the timer: an end that was busy itself must read first what has come meanwhile.
    if (this.silenceMs !== null && ++this.silentTurns * SILENCE_MS >= this.silenceMs) {
      this.lost(`no answer for ${(silentMs / 1000).toFixed(0)} s`);
      return;
    }
    if (this.out.pending.size === 0) {
      if (this.silenceMs !== null && this.pings.size === 0) this.ping().catch(() => undefined);
      return;
    }
    this.trace.note(`${this.trace.peer} has been silent for ${(silentMs / 1000).toFixed(0)} s with ${this.out.pending.size} calls under way`);
    if (this.pings.size === 0) this.ping().catch(() => undefined);
  }

  /** A peer that takes nothing of what fills our memory is given up. */
  private checkStall(): void {
    const now = performance.now();
    if (this.outgoing.hasMoved() || this.backlog <= this.limits.backlogBytes) this.movedMs = now;
    else if (now - this.movedMs >= this.limits.stallMs) this.fail(`${this.trace.peer} has taken nothing for ${this.limits.stallMs} ms (limit stallMs)`);
  }

  // The end.

  gone(phase: 'before' | 'during'): Disconnected {
    return new Disconnected(phase, `${this.trace.peer} is gone: ${this.closeReason?.text ?? ''}`);
  }

  private lost(text: string): void {
    this.end({ how: 'lost', text: this.reader.partial ? `${text} in the middle of a message` : text }, null);
  }

  /** The peer broke the protocol: it loses this connection, nothing more. */
  fail(text: string): void {
    this.breakOff('fault', text, this.peerHello === null ? GOODBYE.hello : GOODBYE.protocol);
  }

  private breakOff(how: 'fault' | 'late', text: string, goodbye: number): void {
    if (this.closeReason === null) this.log.warning(`IPC: connection to ${this.trace.peer} ended: ${text}`);
    this.end({ how, text }, goodbye);
  }

  private end(reason: CloseReason, goodbye: number | null): void {
    if (this.closeReason !== null) return;
    if (goodbye !== null) {
      if (this.beforeSend !== null) this.beforeSend();
      this.send([KIND.goodbye, goodbye, reason.text.slice(0, 1000)]);
      this.outgoing.flush();
    }
    this.closeReason = reason;
    this.outgoing.close();
    clearTimeout(this.helloTimer);
    clearInterval(this.silenceTimer);
    this.out.clear();
    this.in.clear();
    this.exports.clear();
    this.imports.clear();
    for (const resolve of this.pings.values()) resolve();
    this.pings.clear();
    this.helloSettled();
    this.socket.end();
    // A peer that does not close its side would hold the socket for ever.
    if (!this.socket.destroyed) {
      const timer = setTimeout(() => this.socket.destroy(), LINGER_MS);
      timer.unref();
      this.socket.once('close', () => clearTimeout(timer));
    }
    for (const listener of this.closeListeners.splice(0)) listener(reason.text);
  }
}
