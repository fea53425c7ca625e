import { AbortError, Disposed, errorText, Overloaded, Unimplemented } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { RunQueue } from '../util/run-queue.ts';
import { AnswerTable, type Outcome, placeOf } from './answers.ts';
import { type PendingCall, type ServedCall, serving } from './calls.ts';
import { encodeError, type WireError } from './errors.ts';
import { type ExportEntry, type ExportTable, INIT_ID } from './exports.ts';
import { Line, Window } from './flow.ts';
import { MalformedFrame } from './frame.ts';
import type { ImportLink, ImportTable } from './imports.ts';
import type { InterfaceDef, MethodDef } from './interface-def.ts';
import { KIND } from './kinds.ts';
import type { ObjectCodec } from './object-codec.ts';
import type { CallMeter } from './meter.ts';
import type { CallTrace } from './trace.ts';
import { asError } from './values.ts';
import type { Wire } from './wire.ts';

export interface CallsInModules {
  readonly wire: Wire;
  readonly codec: ObjectCodec;
  readonly exports: ExportTable;
  readonly imports: ImportTable;
  readonly trace: CallTrace;
  readonly meter: CallMeter;
  readonly log: Logger;
  /** Our own calls, which those of the peer may name as their parents. */
  readonly pending: ReadonlyMap<number, PendingCall>;
}

export interface CallsInOptions {
  /** Name of this process, for errors. */
  readonly role: string;
  /** Whether errors carry their stacks to the other end while calls are traced. */
  readonly stacks: boolean;
}

/** Where a call goes: an object, or one in the result of a call that still runs. */
interface Place { readonly def: InterfaceDef; readonly entry: ExportEntry | null; readonly behind: ServedCall | null; readonly index: number }

const NONE: readonly never[] = Object.freeze([]);

/** Calls of the other end: what has come, what runs, and its answers. */
export class CallsIn {
  /** By id, until they are answered. */
  readonly served = new Map<number, ServedCall>();
  private readonly options: CallsInOptions;
  private readonly m: CallsInModules;
  private readonly window: Window;
  private readonly streams: Window;
  private readonly running: RunQueue<ServedCall>;
  private readonly answers: AnswerTable;
  /** The last call done of each stream, to be acknowledged with the next write. */
  private readonly done = new Map<ExportEntry, number>();
  private credits: number[] = [];
  /** Calls that count for no window, and are nested in none. */
  private free = 0;

  constructor(options: CallsInOptions, modules: CallsInModules) {
    const { limits } = modules.wire;
    this.options = options;
    this.m = modules;
    this.window = new Window(limits.windowBytes, limits.calls);
    this.streams = new Window(limits.streamBytes, Number.MAX_SAFE_INTEGER);
    this.running = new RunQueue(limits.running, (call) => this.start(call));
    this.answers = new AnswerTable(limits.answers, modules.exports, modules.imports);
  }

  /** Calls that wait for a place among those that run. */
  get queued(): number { return this.running.queued; }
  /** Answers kept for calls made ahead. */
  get kept(): number { return this.answers.size; }

  /** The peer has taken what it had to: its calls start again. */
  resume(): void { this.running.resume(); }

  /**
   * Takes a call in the turn in which its frame was read: calls on one object begin in the order they were sent.
   * @returns whether the frame's bytes are to be overwritten
   * @throws MalformedFrame
   */
  serve(message: readonly unknown[], size: number): boolean {
    const { codec, exports, trace, wire } = this.m;
    const [, id, target, ordinal, encoded, parentId] = message;
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 1 || !Array.isArray(encoded)) throw new MalformedFrame('call without number or arguments');
    if (this.served.has(id)) throw new MalformedFrame('call with the number of another');
    const outer = this.parent(parentId);
    let entry = typeof target === 'number' ? exports.get(target) : undefined;
    let place: Place | null = null;
    let method = entry === undefined || typeof ordinal !== 'number' ? undefined : entry.def.methods[ordinal];
    if (method === undefined) {
      try {
        if (entry === undefined) place = this.promised(target);
        const def = place?.def ?? entry?.def as InterfaceDef;
        entry = place?.entry ?? entry;
        method = knownMethod(def, ordinal);
        if (method.stream && entry === undefined) throw new Unimplemented(`${method.label}: a stream needs an object that is there`);
      } catch (e) {
        // The arguments were not looked at: objects among them count as not sent.
        wire.send([KIND.throw, id, encodeError(e), true]);
        return false;
      }
    }
    const parent = method.stream ? null : outer;
    const counted = parent === null && !method.express && !method.stream;
    const call: ServedCall = {
      id, owner: wire, entry: entry ?? null, method, depth: parent === null ? 0 : parent.depth + 1, parent, window: null, size, slot: counted && !method.waits,
      startMs: performance.now(), args: NONE, received: NONE, controller: method.takesSignal ? new AbortController() : null,
      state: 'waits', holds: false, broken: null, followers: null,
    };
    if (counted) this.count(call);
    else if (method.stream) this.countStream(call, entry as ExportEntry);
    else if (parent === null) this.free++;
    else parent.nested++;
    this.served.set(id, call);
    try {
      if (!counted) this.checkUncounted(call);
      call.args = method.decodeArgs(encoded as unknown[], codec);
    } catch (e) {
      call.received = codec.takeReceived();
      const error = asError(e, method);
      // A stream hears of its calls in their order.
      if (method.stream) {
        call.broken = error;
        this.admit(call);
      } else this.refuse(call, error);
      return method.secrets !== null;
    }
    call.received = codec.takeReceived();
    if (trace.on(method)) trace.call('<-', method, id, size, call.args);
    if (method.waits && counted) this.credit(call);
    if (place !== null && place.behind !== null) (place.behind.followers ??= []).push({ call, index: place.index });
    else this.admit(call);
    return method.secrets !== null;
  }

  private parent(id: unknown): PendingCall | null {
    if (id === undefined || id === null || id === 0) return null;
    const parent = this.m.pending.get(id as number);
    if (parent === undefined || !parent.sent) throw new MalformedFrame('call within a call that is not under way');
    return parent;
  }

  /** The object that an answer has brought, or will bring. @throws CoinError */
  private promised(target: unknown): Place {
    if (!Array.isArray(target)) throw target === INIT_ID ? new Unimplemented(`${this.options.role} offers no first object`) : new Disposed('call on an object that was released');
    const [callId, path] = target as unknown[];
    const behind = this.served.get(callId as number);
    if (behind === undefined) {
      const entry = this.answers.find(callId, path);
      return { def: entry.def, entry, behind: null, index: 0 };
    }
    const objects = behind.method.results?.() ?? NONE;
    const index = placeOf(objects, path);
    return { def: (objects[index] as { def: InterfaceDef }).def, entry: null, behind, index };
  }

  // What counts.

  private count(call: ServedCall): void {
    const { limits } = this.m.wire;
    call.window = this.window;
    this.window.take(call.size);
    const over = this.window.overrun;
    if (over === 'count') throw new MalformedFrame(`more than ${limits.calls} calls at once (limit calls)`);
    if (over === 'bytes') throw new MalformedFrame(`more than ${limits.windowBytes} bytes of calls at once (limit windowBytes)`);
  }

  private countStream(call: ServedCall, entry: ExportEntry): void {
    const { limits } = this.m.wire;
    const own = entry.stream ??= new Window(limits.windowBytes, limits.calls);
    call.window = own;
    own.take(call.size);
    this.streams.take(call.size);
    if (own.overrun === 'count') throw new MalformedFrame(`more than ${limits.calls} calls of one stream at once (limit calls)`);
    if (own.overrun === 'bytes') throw new MalformedFrame(`more than ${limits.windowBytes} bytes of one stream at once (limit windowBytes)`);
    if (this.streams.overrun !== null) throw new MalformedFrame(`more than ${limits.streamBytes} bytes of streams at once (limit streamBytes)`);
  }

  private checkUncounted(call: ServedCall): void {
    const { limits } = this.m.wire;
    const { method, parent } = call;
    if (method.stream) return;
    if (parent === null) {
      if (this.free > limits.freeCalls) throw new Overloaded(`${method.label}: more than ${limits.freeCalls} such calls at once (limit freeCalls)`);
      return;
    }
    if (parent.nested > limits.nestedCalls) throw new Overloaded(`${method.label}: more than ${limits.nestedCalls} calls within one (limit nestedCalls)`);
    if (call.depth > limits.nestedDepth) throw new Overloaded(`${method.label}: calls nested more than ${limits.nestedDepth} deep (limit nestedDepth)`);
  }

  /** The caller may go on as if this call were answered. */
  private credit(call: ServedCall): void {
    // With too many of them the credit stays out, and the window bounds the rest.
    if (this.free >= this.m.wire.limits.freeCalls) return;
    this.free++;
    call.window?.give(call.size);
    call.window = null;
    this.credits.push(call.id);
    this.m.wire.schedule();
  }

  private leave(call: ServedCall): void {
    call.state = 'done';
    this.served.delete(call.id);
    if (call.window !== null) {
      call.window.give(call.size);
      if (call.method.stream) this.streams.give(call.size);
    } else if (call.parent === null) this.free--;
    if (call.parent !== null) call.parent.nested--;
  }

  // From the frame to the object.

  /** Ordered calls wait for their turn on the object, then all for a place among those that run. */
  private admit(call: ServedCall): void {
    const entry = call.entry as ExportEntry;
    if (call.method.ordered && !(entry.line ??= new Line<ServedCall>()).enter(call)) this.hold(call, entry);
    else this.ready(call);
  }

  private ready(call: ServedCall): void {
    if (!call.slot) {
      this.start(call);
      return;
    }
    const { wire } = this.m;
    if (wire.backlog > wire.limits.backlogBytes) this.running.pause();
    if (!this.running.add(call) && call.state === 'waits') this.hold(call, call.entry as ExportEntry);
  }

  /** An object that is released now stays until the calls on it have begun. */
  private hold(call: ServedCall, entry: ExportEntry): void {
    if (call.holds) return;
    call.holds = true;
    entry.holds++;
  }

  private unhold(call: ServedCall): void {
    if (!call.holds || call.entry === null) return;
    call.holds = false;
    this.m.exports.unhold(call.entry);
  }

  private start(call: ServedCall): void {
    if (this.m.wire.isClosed) return;
    const { entry, method } = call;
    call.state = 'runs';
    let work: Promise<unknown>;
    try {
      if (call.broken !== null) throw call.broken;
      work = Promise.resolve(serving.run(call, () => method.invoke((entry as ExportEntry).object, call.args, call.controller?.signal)));
    } catch (e) {
      work = Promise.reject(e as Error);
    }
    if (call.holds) this.unhold(call);
    work.then((value) => this.answer(call, value), (e: unknown) => this.refuse(call, e))
      .catch((e: unknown) => this.m.wire.fail(`answering ${method.label}: ${errorText(e)}`));
  }

  /** The next of those that have waited for this one. */
  private next(call: ServedCall): void {
    if (call.slot) this.running.done();
    if (call.method.ordered) this.turn(call);
  }

  private turn(call: ServedCall): void {
    const next = call.entry?.line?.leave();
    if (next !== undefined) this.ready(next);
  }

  // Answers.

  private answer(call: ServedCall, value: unknown): void {
    const { codec, trace, wire } = this.m;
    if (wire.isClosed) return;
    const { method } = call;
    if (method.stream) {
      this.streamed(call, null);
      return;
    }
    wire.explain(method);
    const secret = method.secrets !== null;
    let frame: Buffer;
    let raised: readonly ExportEntry[];
    let encoded: unknown;
    try {
      encoded = method.encodeResult(value, codec);
      frame = wire.encode([KIND.return, call.id, encoded], secret);
      if (wire.backlog + frame.length > wire.backlogMax) throw new Overloaded(`${method.label}: ${trace.peer} does not take its answers (limit backlogBytes)`);
      raised = codec.takeRaised();
    } catch (e) {
      codec.undo(codec.takeRaised());
      this.refuse(call, asError(e, method));
      return;
    }
    this.leave(call);
    wire.put(frame, secret);
    this.answered(call, frame.length, { value });
    for (const entry of raised) entry.owned = true;
    const settle = call.received.length === 0 ? null : (): void => settleReceived(call.received, method, raised[0]);
    if (method.results === null) settle?.();
    else this.follow(call, this.answers.outcome(encoded, method.results()), settle);
    this.next(call);
  }

  private refuse(call: ServedCall, thrown: unknown): void {
    const { log, trace, wire } = this.m;
    if (wire.isClosed) return;
    const { method } = call;
    wire.explain(method);
    const error = encodeError(thrown, this.options.stacks && trace.on(method));
    if (error[1] === 'failed') log.debug('ipc', `${method.label} failed: ${(thrown instanceof Error ? thrown.stack : undefined) ?? errorText(thrown)}`);
    const hasRun = call.state === 'runs';
    if (method.stream) {
      this.streamed(call, error);
      return;
    }
    this.leave(call);
    const size = wire.send([KIND.throw, call.id, error]);
    this.answered(call, size, { error: error[2] });
    for (const link of call.received) link.releaseOne();
    if (method.results !== null) this.follow(call, thrown instanceof Error ? thrown : new Disposed(errorText(thrown)), null);
    if (hasRun) this.next(call);
  }

  private answered(call: ServedCall, size: number, outcome: { value: unknown } | { error: string }): void {
    const { meter, trace } = this.m;
    const ms = performance.now() - call.startMs;
    meter.add('served', call.method, call.size + size, ms, 'error' in outcome);
    if (trace.on(call.method)) trace.answer('->', call.method, call.id, size, ms, outcome);
  }

  /** A stream call is done: what follows on the stream begins, and the sender hears of it, at once of an error. */
  private streamed(call: ServedCall, error: WireError | null): void {
    const entry = call.entry as ExportEntry;
    const { wire } = this.m;
    const hasRun = call.state === 'runs';
    this.leave(call);
    if (error === null) {
      this.done.set(entry, call.id);
      wire.schedule();
    } else {
      this.done.delete(entry);
      wire.send([KIND.ack, call.id, error]);
    }
    this.answered(call, 0, error === null ? { value: null } : { error: error[2] });
    for (const link of call.received) link.releaseOne();
    if (hasRun) this.next(call);
  }

  /** Calls on the result of this one begin, or fail with it; later ones find it in the table. */
  private follow(call: ServedCall, outcome: Outcome, settle: (() => void) | null): void {
    const objects = call.method.results?.() ?? NONE;
    // Where the result is an object of the caller's own, it may be one of the arguments.
    const late = settle !== null && !(outcome instanceof Error) && outcome.some((o) => !(o instanceof Error) && o.id < 0);
    this.answers.keep(call.id, objects, outcome, late ? settle : null);
    if (!late) settle?.();
    const { followers } = call;
    if (followers === null) return;
    call.followers = null;
    for (const { call: follower, index } of followers) {
      if (follower.state === 'done') continue;
      const entry = outcome instanceof Error ? outcome : outcome[index] ?? new Disposed('a call on a result that is nothing');
      if (entry instanceof Error) this.refuse(follower, entry);
      else {
        follower.entry = entry;
        this.admit(follower);
      }
    }
  }

  /** The caller wants no answer any more: what runs is told, what waits is answered. */
  cancelled(id: unknown): void {
    // Our answer may have crossed it: then there is nothing left to cancel.
    const call = this.served.get(id as number);
    if (call === undefined || call.method.stream) return;
    if (call.state === 'runs') {
      call.controller?.abort(new AbortError());
      return;
    }
    const atTurn = this.running.remove(call) && call.method.ordered;
    if (!atTurn) call.entry?.line?.remove(call);
    this.refuse(call, new AbortError());
    this.unhold(call);
    if (atTurn) this.turn(call);
  }

  /** The caller has read these answers. @throws MalformedFrame */
  forget(list: unknown): void { this.answers.forget(list); }

  /** Before each write: acknowledgements and credits. */
  gather(): void {
    const { wire } = this.m;
    if (this.done.size > 0) {
      for (const id of this.done.values()) wire.send([KIND.ack, id]);
      this.done.clear();
    }
    if (this.credits.length > 0) {
      const list = this.credits;
      this.credits = [];
      wire.send([KIND.credit, list]);
    }
  }

  /** The connection has ended: what runs is told. */
  clear(): void {
    this.running.clear();
    this.done.clear();
    this.answers.clear();
    for (const call of this.served.values()) {
      call.state = 'done';
      call.controller?.abort(new AbortError());
    }
    this.served.clear();
  }
}

/** @throws Unimplemented with what to use instead, where that is known */
function knownMethod(def: InterfaceDef, ordinal: unknown): MethodDef {
  const method = typeof ordinal === 'number' ? def.methods[ordinal] : undefined;
  if (method !== undefined) return method;
  const advice = typeof ordinal === 'number' ? def.retired?.get(ordinal) : undefined;
  throw new Unimplemented(`${def.name} has no method ${String(ordinal).slice(0, 20)} ${advice === undefined ? 'here' : `any more: ${advice}`}`);
}

/** What becomes of the objects among the arguments. */
function settleReceived(received: readonly ImportLink[], method: MethodDef, result: ExportEntry | undefined): void {
  if (method.retains === 'yes') return;
  const release = (): void => { for (const link of received) link.releaseOne(); };
  if (method.retains === 'with-result' && result !== undefined) result.attached.push(release);
  else release();
}
