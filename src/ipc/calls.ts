import { AsyncLocalStorage } from 'node:async_hooks';
import type { ExportEntry } from './exports.ts';
import type { MethodDef } from './interface-def.ts';
import type { ImportLink } from './imports.ts';

/** A call of ours that waits for its answer. Holds its proxy, so that collecting it in between loses nothing. */
export interface PendingCall {
  readonly id: number;
  readonly method: MethodDef;
  readonly link: ImportLink;
  readonly proxy: object;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  /** Bytes of the frame where it counts against the window, else 0. */
  readonly windowBytes: number;
  /** How deep in calls within calls. */
  readonly depth: number;
  /** Calls of the other end that name this one as their parent, under way now. */
  nested: number;
  readonly sentMs: number;
  /** Takes the listener off the caller's signal. */
  unlisten: (() => void) | null;
  /** False while it waits at this end for room. */
  sent: boolean;
  /** Where it waits at this end: takes back what it exports, should it never leave. */
  undo: (() => void) | null;
}

/** A call of the other end that we serve. */
export interface ServedCall {
  readonly id: number;
  readonly owner: object;
  readonly entry: ExportEntry;
  readonly method: MethodDef;
  readonly depth: number;
  /** Our pending call from within which it came. */
  readonly parent: PendingCall | null;
  readonly windowBytes: number;
  readonly startMs: number;
  /** Objects among the arguments. */
  received: readonly ImportLink[];
  controller: AbortController | null;
  cancelled: boolean;
  /** False once answered: calls made after that are no calls within it. */
  active: boolean;
}

/** The call that the running code serves: calls it makes name it as their parent, and so never wait for the window. */
export const serving = new AsyncLocalStorage<ServedCall>();

interface Waiting { readonly frame: Buffer; readonly secret: boolean; readonly call: PendingCall }

/** Calls of ours: those that wait for answers, and those that wait for room to be sent. */
export class CallTable {
  readonly pending = new Map<number, PendingCall>();
  private readonly send: (frame: Buffer, secret: boolean) => void;
  private waiting: Waiting[] = [];
  private next = 0;
  private bytes = 0;
  private count = 0;
  private window = 0;
  private maximum = 0;

  constructor(send: (frame: Buffer, secret: boolean) => void) {
    this.send = send;
  }

  /** Calls that wait to be sent. */
  get queued(): number { return this.waiting.length - this.next; }

  /** What the other end allows: from its hello. Until then every counted call waits. */
  open(windowBytes: number, calls: number): void {
    this.window = windowBytes;
    this.maximum = calls;
    this.pump();
  }

  /** Sends a call now or when there is room. Calls that do not count against the window go at once, once there is a window. */
  add(call: PendingCall, frame: Buffer, secret: boolean): void {
    this.pending.set(call.id, call);
    if (this.maximum > 0 && (call.windowBytes === 0 || (this.queued === 0 && this.hasRoom(call.windowBytes)))) this.sendNow({ frame, secret, call });
    else this.waiting.push({ frame, secret, call });
  }

  private hasRoom(bytes: number): boolean {
    return this.count === 0 || (this.count < this.maximum && this.bytes + bytes <= this.window);
  }

  private sendNow(waiting: Waiting): void {
    const { call } = waiting;
    if (call.windowBytes > 0) {
      this.bytes += call.windowBytes;
      this.count++;
    }
    call.undo = null;
    call.sent = true;
    this.send(waiting.frame, waiting.secret);
  }

  private pump(): void {
    while (this.next < this.waiting.length) {
      const waiting = this.waiting[this.next] as Waiting;
      if (waiting.call.windowBytes > 0 && !this.hasRoom(waiting.call.windowBytes)) break;
      this.next++;
      this.sendNow(waiting);
    }
    if (this.next === this.waiting.length) {
      this.waiting = [];
      this.next = 0;
    } else if (this.next > 1024) {
      this.waiting = this.waiting.slice(this.next);
      this.next = 0;
    }
  }

  /** Removes an answered call. Undefined where there is none of that number, or it was not sent yet. */
  take(id: unknown): PendingCall | undefined {
    const call = this.pending.get(id as number);
    if (call === undefined || !call.sent) return undefined;
    this.pending.delete(call.id);
    if (call.windowBytes > 0) {
      this.bytes -= call.windowBytes;
      this.count--;
      if (this.waiting.length > 0) this.pump();
    }
    return call;
  }

  /** Takes a call out that was not sent yet. False where it was. */
  withdraw(call: PendingCall): boolean {
    if (call.sent) return false;
    for (let i = this.next; i < this.waiting.length; i++) {
      if (this.waiting[i]?.call !== call) continue;
      this.waiting.splice(i, 1);
      this.pending.delete(call.id);
      call.undo?.();
      return true;
    }
    return false;
  }

  /** Empties the table; gives what was in it. */
  clear(): PendingCall[] {
    const calls = [...this.pending.values()];
    this.pending.clear();
    this.waiting = [];
    this.next = 0;
    return calls;
  }
}
