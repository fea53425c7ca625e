import type { Duplex } from 'node:stream';
import type { Init } from '../../ipc-spec/init.ts';
import { AbortError, Disconnected, Disposed, errorText, InvalidMessage, Overloaded, Unimplemented } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { CallTable, type PendingCall, type ServedCall, serving } from './calls.ts';
import { decodeError, encodeError } from './errors.ts';
import { type ExportEntry, ExportTable, INIT_ID } from './exports.ts';
import { decodeMessage, encodeFrame, encodeSecretFrame, FrameReader, HEADER_BYTES, MalformedFrame } from './frame.ts';
import { initInterface } from './generated/init.ts';
import { INTERFACES } from './generated/interfaces.ts';
import { type Hello, helloMessage, type PeerHello, readHello } from './hello.ts';
import { type Caller, type ImportLink, ImportTable } from './imports.ts';
import type { InterfaceDef, MethodDef } from './interface-def.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { ObjectCodec } from './object-codec.ts';
import { Outgoing } from './outgoing.ts';
import { CallTrace } from './trace.ts';
import { InvalidValue } from './values.ts';

/** First element of every message (ipc-spec/PROTOCOL.md). */
export const KIND = { hello: 0, call: 1, return: 2, throw: 3, cancel: 4, release: 5, ping: 8, pong: 9, goodbye: 10 } as const;
/** Kinds from here on are optional: an end that does not know one ignores it. */
const FIRST_OPTIONAL_KIND = 64;

/** Why an end says goodbye. */
export const GOODBYE = { done: 0, protocol: 1, hello: 2 } as const;

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
}

/** How a connection ended. */
export interface CloseReason {
  /** `local`: by us; `goodbye`: by the peer in order; `lost`: without a word; `fault`: a frame or limit was wrong. */
  readonly how: 'local' | 'goodbye' | 'lost' | 'fault';
  readonly text: string;
}

/** One end of a connection: calls out, calls in, the tables of objects. Both ends are alike. */
export class Connection implements Caller {
  private readonly limits: Limits;
  private readonly log: Logger;
  private readonly socket: Duplex;
  private readonly hello: Hello;
  private readonly initDef: InterfaceDef;
  private readonly silenceMs: number | null;
  private readonly reader: FrameReader;
  private readonly outgoing: Outgoing;
  private readonly exports: ExportTable;
  private readonly imports: ImportTable;
  private readonly codec: ObjectCodec;
  private readonly calls: CallTable;
  private readonly trace: CallTrace;
  private readonly served = new Map<number, ServedCall>();
  private readonly initLink: ImportLink;
  private readonly initProxy: object;
  private nextCall = 1;
  private servedBytes = 0;
  private servedCount = 0;
  private frameLimit: number;
  private peerHello: PeerHello | null = null;
  private releases = new Map<number, number>();
  private closeReason: CloseReason | null = null;
  private heardMs = performance.now();
  private silentTurns = 0;
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

  constructor(socket: Duplex, options: ConnectionOptions, modules: { readonly log: Logger }) {
    this.socket = socket;
    this.log = modules.log;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.frameLimit = this.limits.frameBytes;
    this.hello = { role: options.self, version: options.version ?? '', coin: options.coin ?? '', network: options.network ?? '' };
    this.initDef = options.initInterface ?? initInterface;
    this.silenceMs = options.silenceMs ?? null;
    this.reader = new FrameReader(this.limits.frameBytes);
    this.outgoing = new Outgoing(socket, () => this.addReleases());
    this.exports = new ExportTable(this.limits.objects, (entry, thrown) => this.log.error(`IPC: disposing ${entry.def.name}: ${errorText(thrown)}`));
    this.imports = new ImportTable(this.limits.objects, this);
    this.codec = new ObjectCodec(this.exports, this.imports, this);
    this.calls = new CallTable((frame, secret) => (secret ? this.outgoing.addSecret(frame) : this.outgoing.add(frame)));
    this.trace = new CallTrace(modules.log, options.self, options.peer);
    if (options.init !== null) this.exports.setInit(options.init, this.initDef);
    this.initLink = this.imports.receive(INIT_ID, this.initDef);
    this.initProxy = this.imports.firstProxy(this.initLink);
    this.helloDone = new Promise((resolve) => { this.helloSettled = resolve; });
    this.socketDone = new Promise((resolve) => { socket.once('close', () => resolve()); });
    this.helloTimer = setTimeout(() => this.fail(`no hello within ${this.limits.helloMs} ms (limit helloMs)`, GOODBYE.hello), this.limits.helloMs);
    this.helloTimer.unref();
    this.silenceTimer = setInterval(() => this.checkSilence(), SILENCE_MS);
    this.silenceTimer.unref();
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('end', () => this.lost('the connection was closed'));
    socket.on('close', () => this.lost('the connection was closed'));
    socket.on('error', (e: Error) => this.lost(e.message));
    this.send(helloMessage(this.hello, this.limits, INTERFACES));
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
  get tables(): { exports: number; imports: number; calls: number; served: number } {
    return { exports: this.exports.size, imports: this.imports.size - (this.closeReason === null ? 1 : 0), calls: this.calls.pending.size, served: this.served.size };
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

  // Calls out.

  callRemote(link: ImportLink, proxy: object, method: MethodDef, args: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    if (this.closeReason !== null) return Promise.reject(this.gone('before'));
    if (link.disposed) return Promise.reject(new Disposed(`${method.label}: the object was released`));
    if (signal?.aborted === true) return Promise.reject(new AbortError());
    if (this.beforeSend !== null && !method.express) this.beforeSend();
    const outer = serving.getStore();
    const within = outer !== undefined && outer.active && outer.owner === this ? outer : null;
    const depth = within === null ? 0 : within.depth + 1;
    if (depth > this.limits.nestedDepth) return Promise.reject(new Overloaded(`${method.label}: calls nested more than ${this.limits.nestedDepth} deep (limit nestedDepth)`));
    const counted = within === null && !method.express;
    if (counted && this.calls.queued >= this.limits.queuedCalls) return Promise.reject(new Overloaded(`${method.label}: more than ${this.limits.queuedCalls} calls wait (limit queuedCalls)`));
    const id = this.nextCall++;
    const secret = method.secrets !== null;
    let frame: Buffer;
    let raised: readonly ExportEntry[];
    try {
      const wire = method.encodeArgs(args, this.codec);
      const message = within === null ? [KIND.call, id, link.id, method.ordinal, wire] : [KIND.call, id, link.id, method.ordinal, wire, within.id];
      frame = secret ? encodeSecretFrame(message, this.frameLimit) : encodeFrame(message, this.frameLimit);
      raised = this.codec.takeRaised();
    } catch (e) {
      this.codec.undo(this.codec.takeRaised());
      return Promise.reject(asError(e, method));
    }
    const traced = this.trace.on(method);
    if (traced) this.trace.call('->', method, id, frame.length, args);
    return new Promise((resolve, reject) => {
      const call: PendingCall = {
        id, method, link, proxy, resolve, reject, windowBytes: counted ? frame.length : 0, depth, nested: 0,
        sentMs: traced ? performance.now() : 0, unlisten: null, sent: false, undo: raised.length === 0 ? null : () => this.codec.undo(raised),
      };
      if (signal !== undefined) {
        const abort = (): void => this.cancel(call);
        signal.addEventListener('abort', abort, { once: true });
        call.unlisten = () => signal.removeEventListener('abort', abort);
      }
      this.calls.add(call, frame, secret);
    });
  }

  private cancel(call: PendingCall): void {
    if (this.calls.withdraw(call)) call.reject(new AbortError());
    else if (this.closeReason === null) this.send([KIND.cancel, call.id]);
  }

  private answered(id: unknown, size: number, settle: (call: PendingCall) => { value: unknown } | { error: string }): PendingCall {
    const call = this.calls.take(id);
    if (call === undefined) throw new MalformedFrame('answer to a call that is not under way');
    call.unlisten?.();
    const outcome = settle(call);
    if (call.sentMs > 0) this.trace.answer('<-', call.method, call.id, size, performance.now() - call.sentMs, outcome);
    return call;
  }

  private returned(id: unknown, wire: unknown, size: number): boolean {
    const call = this.answered(id, size, (pending) => {
      try {
        const value = pending.method.decodeResult(wire, this.codec);
        this.codec.takeReceived();
        pending.resolve(value);
        return { value };
      } catch (e) {
        for (const link of this.codec.takeReceived()) link.releaseOne();
        const error = asError(e, pending.method);
        pending.reject(error);
        return { error: error.message };
      }
    });
    if (call.method.final) call.link.dispose();
    return call.method.secrets !== null;
  }

  private threw(id: unknown, wire: unknown, size: number): void {
    this.answered(id, size, (call) => {
      const error = decodeError(wire, `${this.trace.peer}, ${call.method.label}`);
      call.reject(error);
      return { error: error.message };
    });
  }

  // Calls in.

  /** Starts a call in the turn in which its frame was read: calls on one object begin in the order they were sent. */
  private serve(message: readonly unknown[], size: number): boolean {
    const [, id, target, ordinal, wire, parentId] = message;
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 1 || !Array.isArray(wire)) throw new MalformedFrame('call without number or arguments');
    if (this.served.has(id)) throw new MalformedFrame('call with the number of another');
    let parent: PendingCall | null = null;
    if (parentId !== undefined && parentId !== null && parentId !== 0) {
      parent = this.calls.pending.get(parentId as number) ?? null;
      if (parent === null || !parent.sent) throw new MalformedFrame('call within a call that is not under way');
    }
    const entry = typeof target === 'number' ? this.exports.get(target) : undefined;
    const method = typeof ordinal === 'number' ? entry?.def.methods[ordinal] : undefined;
    if (entry === undefined || method === undefined) {
      this.refuseUnknown(id, target, ordinal, entry);
      return false;
    }
    const counted = parent === null && !method.express;
    if (counted && ++this.servedCount > this.limits.calls) throw new MalformedFrame(`more than ${this.limits.calls} calls at once (limit calls)`);
    if (counted && (this.servedBytes += size) > this.limits.windowBytes && this.servedCount > 1) throw new MalformedFrame(`more than ${this.limits.windowBytes} bytes of calls at once (limit windowBytes)`);
    const call: ServedCall = {
      id, owner: this, entry, method, depth: parent === null ? 0 : parent.depth + 1, parent, windowBytes: counted ? size : 0,
      startMs: this.trace.on(method) ? performance.now() : 0, received: [], controller: method.takesSignal ? new AbortController() : null, cancelled: false, active: true,
    };
    this.served.set(id, call);
    if (parent !== null) {
      parent.nested++;
      if (parent.nested > this.limits.nestedCalls) {
        this.refuse(call, new Overloaded(`${method.label}: more than ${this.limits.nestedCalls} calls within one (limit nestedCalls)`));
        return false;
      }
      if (call.depth > this.limits.nestedDepth) {
        this.refuse(call, new Overloaded(`${method.label}: calls nested more than ${this.limits.nestedDepth} deep (limit nestedDepth)`));
        return false;
      }
    }
    let args: unknown[];
    try {
      args = method.decodeArgs(wire as unknown[], this.codec);
    } catch (e) {
      call.received = this.codec.takeReceived();
      this.refuse(call, asError(e, method));
      return false;
    }
    call.received = this.codec.takeReceived();
    if (call.startMs > 0) this.trace.call('<-', method, id, size, args);
    if (!method.ordered) void this.start(call, args);
    else entry.tail = entry.tail === null ? this.start(call, args) : entry.tail.then(() => this.start(call, args));
    return method.secrets !== null;
  }

  private start(call: ServedCall, args: readonly unknown[]): Promise<void> {
    let work: Promise<unknown>;
    try {
      if (call.cancelled) throw new AbortError();
      work = Promise.resolve(serving.run(call, () => call.method.invoke(call.entry.object, args, call.controller?.signal)));
    } catch (e) {
      work = Promise.reject(e as Error);
    }
    return work.then((value) => this.answer(call, value), (e: unknown) => this.refuse(call, e))
      .catch((e: unknown) => this.fail(`answering ${call.method.label}: ${errorText(e)}`, GOODBYE.protocol));
  }

  private answer(call: ServedCall, value: unknown): void {
    if (this.closeReason !== null) return;
    if (this.beforeSend !== null && !call.method.express) this.beforeSend();
    const { method } = call;
    const secret = method.secrets !== null;
    let frame: Buffer;
    let raised: readonly ExportEntry[];
    try {
      const message = [KIND.return, call.id, method.encodeResult(value, this.codec)];
      frame = secret ? encodeSecretFrame(message, this.frameLimit) : encodeFrame(message, this.frameLimit);
      raised = this.codec.takeRaised();
    } catch (e) {
      this.codec.undo(this.codec.takeRaised());
      this.refuse(call, asError(e, method));
      return;
    }
    this.served.delete(call.id);
    this.leave(call);
    if (secret) this.outgoing.addSecret(frame);
    else this.outgoing.add(frame);
    if (call.startMs > 0) this.trace.answer('->', method, call.id, frame.length, performance.now() - call.startMs, { value });
    if (call.received.length > 0) this.settleReceived(call.received, method, raised[0]);
  }

  /** What becomes of the objects among the arguments. */
  private settleReceived(received: readonly ImportLink[], method: MethodDef, result: ExportEntry | undefined): void {
    if (method.retains === 'yes') return;
    const release = (): void => { for (const link of received) link.releaseOne(); };
    if (method.retains === 'with-result' && result !== undefined) result.attached.push(release);
    else release();
  }

  private refuse(call: ServedCall, thrown: unknown): void {
    if (this.closeReason !== null) return;
    if (this.beforeSend !== null && !call.method.express) this.beforeSend();
    const error = encodeError(thrown);
    if (error[1] === 'failed') this.log.debug('ipc', `${call.method.label} failed: ${(thrown instanceof Error ? thrown.stack : undefined) ?? errorText(thrown)}`);
    this.served.delete(call.id);
    this.leave(call);
    const size = this.send([KIND.throw, call.id, error]);
    if (call.startMs > 0) this.trace.answer('->', call.method, call.id, size, performance.now() - call.startMs, { error: error[2] });
    for (const link of call.received) link.releaseOne();
  }

  private leave(call: ServedCall): void {
    call.active = false;
    if (call.parent !== null) call.parent.nested--;
    if (call.windowBytes > 0) {
      this.servedCount--;
      this.servedBytes -= call.windowBytes;
    }
  }

  private refuseUnknown(id: number, target: unknown, ordinal: unknown, entry: ExportEntry | undefined): void {
    if (entry !== undefined) this.send([KIND.throw, id, encodeError(new Unimplemented(missingMethod(entry.def, ordinal)))]);
    else if (target === INIT_ID) this.send([KIND.throw, id, encodeError(new Unimplemented(`${this.hello.role} offers no first object`))]);
    else if (Array.isArray(target)) this.send([KIND.throw, id, encodeError(new Unimplemented('calls on results that are not there yet are not offered'))]);
    else this.send([KIND.throw, id, encodeError(new Disposed('call on an object that was released'))]);
  }

  private cancelled(id: unknown): void {
    // Our answer may have crossed it: then there is nothing left to cancel.
    const call = this.served.get(id as number);
    if (call === undefined) return;
    call.cancelled = true;
    call.controller?.abort(new AbortError());
  }

  // Objects.

  releaseRemote(link: ImportLink, count: number): void {
    if (link === this.initLink || this.closeReason !== null) return;
    this.imports.lower(link, count);
    this.releases.set(link.id, (this.releases.get(link.id) ?? 0) + count);
    this.outgoing.schedule();
  }

  private addReleases(): void {
    if (this.releases.size === 0 || this.closeReason !== null) return;
    const list = [...this.releases];
    this.releases = new Map();
    this.send([KIND.release, list]);
  }

  // Frames.

  private send(message: readonly unknown[]): number {
    const frame = encodeFrame(message, this.frameLimit);
    this.outgoing.add(frame);
    return frame.length;
  }

  private receive(chunk: Buffer): void {
    if (this.closeReason !== null) return;
    this.heardMs = performance.now();
    this.silentTurns = 0;
    try {
      this.reader.push(chunk, this.onFrame);
    } catch (e) {
      this.fail(errorText(e), this.peerHello === null ? GOODBYE.hello : GOODBYE.protocol);
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
      case KIND.call: return this.serve(message, size);
      case KIND.return: return this.returned(message[1], message[2], size);
      case KIND.throw: this.threw(message[1], message[2], size); return false;
      case KIND.cancel: this.cancelled(message[1]); return false;
      case KIND.release: this.exports.release(message[1]); return false;
      case KIND.ping: this.send([KIND.pong, Number.isSafeInteger(message[1]) ? message[1] : 0]); return false;
      case KIND.pong: this.ponged(message[1]); return false;
      case KIND.goodbye: this.end({ how: 'goodbye', text: typeof message[2] === 'string' ? message[2].slice(0, 1000) : 'goodbye' }, null); return false;
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
    for (const def of INTERFACES) {
      const other = peer.interfaces.get(def.name);
      if (other !== undefined && other !== def.fingerprint) this.trace.note(`${peer.role} has another version of ${def.name}`);
    }
    this.calls.open(peer.windowBytes, peer.calls);
    this.helloSettled();
  }

  private ponged(nonce: unknown): void {
    const resolve = this.pings.get(nonce as number);
    this.pings.delete(nonce as number);
    resolve?.();
  }

  private checkSilence(): void {
    const silentMs = performance.now() - this.heardMs;
    if (silentMs < SILENCE_MS || this.peerHello === null) return;
    // Counted in turns of the timer: an end that was busy itself must read first what has come meanwhile.
    if (this.silenceMs !== null && ++this.silentTurns * SILENCE_MS >= this.silenceMs) {
      this.lost(`no answer for ${(silentMs / 1000).toFixed(0)} s`);
      return;
    }
    if (this.calls.pending.size === 0) {
      if (this.silenceMs !== null && this.pings.size === 0) this.ping().catch(() => undefined);
      return;
    }
    this.trace.note(`${this.trace.peer} has been silent for ${(silentMs / 1000).toFixed(0)} s with ${this.calls.pending.size} calls under way`);
    if (this.pings.size === 0) this.ping().catch(() => undefined);
  }

  // The end.

  private gone(phase: 'before' | 'during'): Disconnected {
    return new Disconnected(phase, `${this.trace.peer} is gone: ${this.closeReason?.text ?? ''}`);
  }

  private lost(text: string): void {
    this.end({ how: 'lost', text: this.reader.partial ? `${text} in the middle of a message` : text }, null);
  }

  /** The peer broke the protocol: it loses this connection, nothing more. */
  private fail(text: string, code: number): void {
    if (this.closeReason === null) this.log.warning(`IPC: connection to ${this.trace.peer} ended: ${text}`);
    this.end({ how: 'fault', text }, code);
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
    for (const call of this.calls.clear()) {
      call.unlisten?.();
      call.reject(this.gone(call.sent ? 'during' : 'before'));
    }
    for (const call of this.served.values()) {
      call.active = false;
      call.controller?.abort(new AbortError());
    }
    this.served.clear();
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

function missingMethod(def: InterfaceDef, ordinal: unknown): string {
  const advice = def.retired?.get(ordinal as number);
  return advice === undefined ? `${def.name} has no method ${String(ordinal)} here` : `${def.name} has no method ${String(ordinal)} any more: ${advice}`;
}

/** Errors of encoding and decoding with the place in front; others as they are. */
function asError(thrown: unknown, method: MethodDef): Error {
  if (thrown instanceof InvalidValue) return thrown.toMessage(method.label);
  return thrown instanceof Error ? thrown : new InvalidMessage(`${method.label}: ${errorText(thrown)}`);
}
