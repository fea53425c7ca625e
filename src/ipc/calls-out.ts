import { AbortError, Disposed, InvalidMessage, Overloaded, Unimplemented } from '../util/errors.ts';
import { offerAhead } from '../util/ahead.ts';
import { Fifo } from '../util/fifo.ts';
import type { Logger } from '../util/logger.ts';
import { type PendingCall, type ServedCall, serving } from './calls.ts';
import { decodeError } from './errors.ts';
import { Window } from './flow.ts';
import { MalformedFrame } from './frame.ts';
import type { PeerHello } from './hello.ts';
import type { Caller, ImportLink, ImportTable } from './imports.ts';
import type { InterfaceDef, MethodDef } from './interface-def.ts';
import { KIND } from './kinds.ts';
import type { ObjectCodec } from './object-codec.ts';
import { type AheadCaller, PromisedResult } from './promised.ts';
import { StreamsOut } from './streams-out.ts';
import type { CallMeter } from './meter.ts';
import type { CallTrace } from './trace.ts';
import { asError } from './values.ts';
import type { Wire } from './wire.ts';

interface Waiting { readonly frame: Buffer; readonly secret: boolean; readonly call: PendingCall }

/** Where a call goes: an object, or one in a result that has not come. */
type Target = { readonly link: ImportLink; readonly ahead: null } | { readonly link: null; readonly ahead: PromisedResult; readonly index: number };

export interface CallsOutModules {
  readonly wire: Wire;
  readonly codec: ObjectCodec;
  readonly imports: ImportTable;
  readonly trace: CallTrace;
  readonly meter: CallMeter;
  readonly log: Logger;
}

/** Our calls: those under way, and those that wait for room at the other end. */
export class CallsOut implements Caller, AheadCaller {
  /** By id. */
  readonly pending = new Map<number, PendingCall>();
  private readonly m: CallsOutModules;
  private readonly window = new Window(0, 0);
  private readonly waiting = new Fifo<Waiting>();
  private readonly streams: StreamsOut;
  /** Methods that the other end has not. */
  private unavailable: ReadonlySet<MethodDef> | null = null;
  private waitingBytes = 0;
  private nextId = 1;
  private releases = new Map<number, number>();
  private finished: number[] = [];
  private leakSeen = false;
  /** The first object is never released. */
  private first: ImportLink | null = null;

  constructor(modules: CallsOutModules) {
    this.m = modules;
    this.streams = new StreamsOut((call, frame, secret) => {
      this.leave(call, frame, secret);
      call.resolve(undefined);
    });
  }

  setFirst(link: ImportLink): void { this.first = link; }

  /** What the other end allows and has, from its hello. Until then everything waits. */
  open(peer: PeerHello, interfaces: readonly InterfaceDef[]): void {
    this.window.open(peer.windowBytes, peer.calls);
    const missing = new Set<MethodDef>();
    for (const def of interfaces) {
      const theirs = peer.interfaces.get(def.name);
      if (theirs === undefined) continue;
      for (const method of def.methods) if (method !== undefined && (method.ordinal > theirs.highest || theirs.retired.has(method.ordinal))) missing.add(method);
    }
    if (missing.size > 0) this.unavailable = missing;
    this.pump();
    this.streams.open(peer.windowBytes, peer.calls, peer.streamBytes);
  }

  /** Calls that wait at this end. */
  get queued(): number { return this.waiting.size + this.streams.queued; }

  callRemote(link: ImportLink, proxy: object, method: MethodDef, args: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    if (link.disposed) return Promise.reject(this.m.wire.isClosed ? this.m.wire.gone('before') : new Disposed(`${method.label}: the object was released`));
    const outer = serving.getStore();
    if (this.streams.queued > 0 && !method.stream && !method.express && this.streams.holdsBack(link)) {
      // The stream's calls on this object have not left: this one comes after them.
      return new Promise((resolve) => this.streams.after(link, () => resolve(this.begin({ link, ahead: null }, proxy, method, args, signal, outer))));
    }
    return this.begin({ link, ahead: null }, proxy, method, args, signal, outer);
  }

  callAhead(ahead: PromisedResult, index: number, proxy: object, method: MethodDef, args: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    if (method.stream || method.barrier) return Promise.reject(new InvalidMessage(`${method.label}: a stream needs its object: await it first`));
    return this.begin({ link: null, ahead, index }, proxy, method, args, signal, serving.getStore());
  }

  private begin(target: Target, proxy: object, method: MethodDef, args: readonly unknown[], signal: AbortSignal | undefined, outer: ServedCall | undefined): Promise<unknown> {
    const { wire, codec, trace } = this.m;
    const { limits } = wire;
    if (wire.isClosed) return Promise.reject(wire.gone('before'));
    if (signal?.aborted === true) return Promise.reject(new AbortError());
    if (this.unavailable?.has(method) === true) return Promise.reject(new Unimplemented(`${trace.peer} is of another version: it has no ${method.label}`));
    wire.explain(method);
    // A call on a result that has not left itself comes after it, and by then the outer call may have ended.
    const behind = target.ahead !== null && !this.isSent(target.ahead);
    const within = outer !== undefined && outer.state !== 'done' && outer.owner === wire && !method.stream && !behind ? outer : null;
    const depth = within === null ? 0 : within.depth + 1;
    if (depth > limits.nestedDepth) return Promise.reject(new Overloaded(`${method.label}: calls nested more than ${limits.nestedDepth} deep (limit nestedDepth)`));
    const counted = within === null && !method.express && !method.stream;
    if (within === null && !method.express && this.queued >= limits.queuedCalls) return Promise.reject(new Overloaded(`${method.label}: more than ${limits.queuedCalls} calls wait (limit queuedCalls)`));
    const id = this.nextId++;
    const secret = method.secrets !== null;
    let frame: Buffer;
    let undo: (() => void) | null = null;
    try {
      const to = target.ahead === null ? target.link.id : [target.ahead.callId, target.ahead.objects[target.index]?.path ?? []];
      const encoded = method.encodeArgs(args, codec);
      frame = wire.encode(within === null ? [KIND.call, id, to, method.ordinal, encoded] : [KIND.call, id, to, method.ordinal, encoded, within.id], secret);
      const waits = this.waitingBytes + this.streams.queuedBytes + frame.length;
      if (waits > limits.queuedBytes && this.queued > 0) throw new Overloaded(`${method.label}: more than ${limits.queuedBytes} bytes of calls wait (limit queuedBytes)`);
      if (wire.backlog + frame.length > wire.backlogMax) throw new Overloaded(`${method.label}: ${trace.peer} does not take what was sent (limit backlogBytes)`);
      const raised = codec.takeRaised();
      if (raised.length > 0) undo = () => codec.undo(raised);
      // Whoever keeps an argument also gives it up.
      if (method.retains === 'yes') for (const entry of raised) entry.owned = true;
    } catch (e) {
      codec.undo(codec.takeRaised());
      return Promise.reject(asError(e, method));
    }
    const traced = trace.on(method);
    if (traced) trace.call('->', method, id, frame.length, args);
    const { ahead, link } = target;
    let promised: PromisedResult | null = null;
    const result = new Promise<unknown>((resolve, reject) => {
      if (method.results !== null) promised = new PromisedResult(id, method.results(), this);
      const call: PendingCall = {
        id, method, link, ahead, proxy, resolve, reject, counts: counted, depth, nested: 0, size: frame.length, sentMs: performance.now(),
        site: traced ? (new Error().stack ?? null) : null, unlisten: null, sent: false, undo, promised,
      };
      if (signal !== undefined) {
        const abort = (): void => this.cancel(call);
        signal.addEventListener('abort', abort, { once: true });
        call.unlisten = () => signal.removeEventListener('abort', abort);
      }
      this.pending.set(id, call);
      if (method.stream && link !== null) this.streams.add(link, call, frame, secret);
      else this.add(call, frame, secret, behind);
    });
    const made = promised as PromisedResult | null;
    if (made !== null) offerAhead(result, () => made.view());
    return result;
  }

  private isSent(promised: PromisedResult): boolean {
    const call = this.pending.get(promised.callId);
    return call === undefined || call.sent;
  }

  /** Sends a call now or when there is room. What does not count goes at once, once there is a window. */
  private add(call: PendingCall, frame: Buffer, secret: boolean, behind: boolean): void {
    if (this.window.isOpen && !behind && (!call.counts || (this.waiting.size === 0 && this.window.hasRoom(call.size)))) {
      this.sendNow({ frame, secret, call });
      return;
    }
    this.waiting.push({ frame, secret, call });
    this.waitingBytes += frame.length;
    call.ahead?.unsent.add(call);
    if (call.link !== null) call.link.unsent++;
  }

  private sendNow(waiting: Waiting): void {
    if (waiting.call.counts) this.window.take(waiting.call.size);
    this.leave(waiting.call, waiting.frame, waiting.secret);
  }

  private leave(call: PendingCall, frame: Buffer, secret: boolean): void {
    call.sent = true;
    this.m.wire.put(frame, secret);
  }

  /** A call waits no longer: what was kept for it can go. */
  private unwait(waiting: Waiting): void {
    const { call, frame } = waiting;
    this.waitingBytes -= frame.length;
    if (call.link !== null) call.link.left();
    if (call.ahead === null) return;
    for (const link of call.ahead.leave(call)) link.left();
    if (call.ahead.isSettled && call.ahead.unsent.size === 0) this.finish(call.ahead.callId);
  }

  private pump(): void {
    for (let waiting = this.waiting.first; waiting !== undefined; waiting = this.waiting.first) {
      if (waiting.call.counts && !this.window.hasRoom(waiting.call.size)) return;
      this.waiting.shift();
      this.sendNow(waiting);
      this.unwait(waiting);
    }
  }

  private cancel(call: PendingCall): void {
    if (!call.sent) this.withdraw(call, new AbortError());
    else if (!this.m.wire.isClosed && this.pending.has(call.id)) this.m.wire.send([KIND.cancel, call.id]);
  }

  /** Takes a call out that was not sent, and those on its result. */
  private withdraw(call: PendingCall, error: Error): void {
    const waiting = this.waiting.find((w) => w.call === call);
    if (waiting === undefined) return;
    this.waiting.remove(waiting);
    this.pending.delete(call.id);
    call.unlisten?.();
    call.undo?.();
    this.unwait(waiting);
    if (call.promised !== null) {
      call.promised.fail(error);
      for (const dependent of [...call.promised.unsent]) this.withdraw(dependent, error);
    }
    call.reject(error);
  }

  private free(call: PendingCall): void {
    if (!call.counts) return;
    this.window.give(call.size);
    call.counts = false;
    if (this.waiting.size > 0) this.pump();
  }

  // What comes back.

  private take(id: unknown): PendingCall {
    const call = this.pending.get(id as number);
    if (call === undefined || !call.sent || call.method.stream) throw new MalformedFrame('answer to a call that is not under way');
    this.pending.delete(call.id);
    call.unlisten?.();
    return call;
  }

  private answered(call: PendingCall, size: number, outcome: { value: unknown } | { error: string }): void {
    const { meter, trace } = this.m;
    const ms = performance.now() - call.sentMs;
    meter.add('called', call.method, call.size + size, ms, 'error' in outcome);
    if (trace.on(call.method)) trace.answer('<-', call.method, call.id, size, ms, outcome);
  }

  /** @returns whether the frame's bytes are to be overwritten */
  returned(id: unknown, wireValue: unknown, size: number): boolean {
    const call = this.take(id);
    const { codec } = this.m;
    const { method } = call;
    try {
      const value = method.decodeResult(wireValue, codec);
      codec.takeReceived();
      const late = method.barrier && call.link !== null ? this.streams.takeError(call.link) : null;
      call.promised?.settle(value);
      if (late !== null) call.reject(late);
      else call.resolve(value);
      this.answered(call, size, late === null ? { value } : { error: late.message });
    } catch (e) {
      for (const link of codec.takeReceived()) link.releaseOne();
      this.refused(call, asError(e, method), size);
    }
    this.over(call);
    if (method.final) call.link?.dispose();
    return method.secrets !== null;
  }

  /** @param unseen true where the other end has not looked at the arguments: what was exported with them is not held there */
  threw(id: unknown, wireError: unknown, unseen: unknown, size: number): void {
    const call = this.take(id);
    if (unseen === true) call.undo?.();
    this.refused(call, decodeError(wireError, `${this.m.trace.peer}, ${call.method.label}`, call.site), size);
    this.over(call);
  }

  private refused(call: PendingCall, error: Error, size: number): void {
    call.promised?.fail(error);
    call.reject(error);
    this.answered(call, size, { error: error.message });
  }

  private over(call: PendingCall): void {
    if (call.promised !== null && call.promised.unsent.size === 0) this.finish(call.id);
    this.free(call);
  }

  /** These calls go on, but count no longer. @throws MalformedFrame */
  credited(list: unknown): void {
    if (!Array.isArray(list)) throw new MalformedFrame('credit without a list');
    for (const id of list as unknown[]) {
      const call = this.pending.get(id as number);
      if (call === undefined || !call.sent || !call.counts) throw new MalformedFrame('credit for a call that does not count');
      this.free(call);
    }
  }

  /** The stream is done up to a call; with an error, that one has failed. @throws MalformedFrame */
  acknowledged(id: unknown, wireError: unknown): void {
    const upTo = this.pending.get(id as number);
    if (upTo === undefined || !upTo.sent || !upTo.method.stream || upTo.link === null) throw new MalformedFrame('acknowledgement of a call that is in no stream');
    const error = wireError === undefined || wireError === null ? null : decodeError(wireError, `${this.m.trace.peer}, ${upTo.method.label}`, upTo.site);
    const done = this.streams.acknowledge(upTo.link, upTo, error);
    if (done === null) throw new MalformedFrame('acknowledgement of a call that is in no stream');
    for (const call of done) {
      this.pending.delete(call.id);
      this.answered(call, 0, error !== null && call === upTo ? { error: error.message } : { value: null });
    }
    // Nobody may ever ask.
    if (error !== null) this.m.log.warning(`IPC: ${upTo.method.label} failed: ${error.message}`);
  }

  // Objects.

  releaseRemote(link: ImportLink, count: number): void {
    if (link === this.first || this.m.wire.isClosed) return;
    this.m.imports.lower(link, count);
    if (link.unsent > 0) link.owed += count;
    else this.release(link.id, count);
  }

  release(id: number, count: number): void {
    if (this.m.wire.isClosed) return;
    this.releases.set(id, (this.releases.get(id) ?? 0) + count);
    this.m.wire.schedule();
  }

  leaked(link: ImportLink): void {
    if (this.leakSeen || this.m.wire.isClosed) return;
    this.leakSeen = true;
    this.m.log.warning(`IPC: a ${link.def.name} of ${this.m.trace.peer} was never released; it was collected instead (told once a connection)`);
  }

  /** Resolves when the other end has read what was sent up to now, or is gone. */
  async settled(): Promise<void> { await this.m.wire.ping().catch(() => undefined); }

  private finish(callId: number): void {
    this.finished.push(callId);
    this.m.wire.schedule();
  }

  /** Before each write. */
  gather(): void {
    if (this.releases.size === 0 && this.finished.length === 0) return;
    const list = [...this.releases];
    this.releases = new Map();
    const { finished } = this;
    this.finished = [];
    this.m.wire.send(finished.length === 0 ? [KIND.release, list] : [KIND.release, list, finished]);
  }

  /** The connection has ended: every call fails. */
  clear(): void {
    const calls = [...this.pending.values()];
    this.pending.clear();
    this.waiting.clear();
    this.waitingBytes = 0;
    this.streams.clear();
    for (const call of calls) {
      call.unlisten?.();
      const error = this.m.wire.gone(call.sent ? 'during' : 'before');
      call.promised?.fail(error);
      call.reject(error);
    }
  }
}
