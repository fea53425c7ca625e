import { Fifo } from '../util/fifo.ts';
import type { PendingCall } from './calls.ts';
import { Window } from './flow.ts';
import type { ImportLink } from './imports.ts';

interface Item {
  readonly call: PendingCall | null;
  readonly frame: Buffer | null;
  readonly secret: boolean;
  /** What is no stream call, but waits behind some. */
  readonly run: (() => void) | null;
}

interface OutStream {
  readonly link: ImportLink;
  readonly window: Window;
  readonly waiting: Fifo<Item>;
  /** Sent and not acknowledged, in order; what each took of the window. */
  readonly sent: Fifo<{ readonly call: PendingCall; readonly bytes: number }>;
  error: Error | null;
}

/**
 * Calls of `@stream` methods: those on one object are one stream with a window of its own; all streams together have another.
 * A call resolves when it leaves. An acknowledgement stands for all before it; the first error waits for the next barrier.
 */
export class StreamsOut {
  private readonly streams = new Map<ImportLink, OutStream>();
  private readonly blocked = new Set<OutStream>();
  private readonly total = new Window(0, 0);
  private readonly send: (call: PendingCall, frame: Buffer, secret: boolean) => void;
  private maxBytes = 0;
  private maxCount = 0;
  private queuedCount = 0;
  private waitingBytes = 0;

  constructor(send: (call: PendingCall, frame: Buffer, secret: boolean) => void) {
    this.send = send;
  }

  /** Calls that wait here. */
  get queued(): number { return this.queuedCount; }
  get queuedBytes(): number { return this.waitingBytes; }

  /** What the other end allows: one stream, and all. */
  open(windowBytes: number, calls: number, totalBytes: number): void {
    this.maxBytes = windowBytes;
    this.maxCount = calls;
    this.total.open(totalBytes, Number.MAX_SAFE_INTEGER);
    for (const stream of this.streams.values()) stream.window.open(windowBytes, calls);
    this.pumpAll();
  }

  private of(link: ImportLink): OutStream {
    let stream = this.streams.get(link);
    if (stream === undefined) {
      stream = { link, window: new Window(this.maxBytes, this.maxCount), waiting: new Fifo(), sent: new Fifo(), error: null };
      this.streams.set(link, stream);
    }
    return stream;
  }

  /** A stream call: leaves now, or when there is room. */
  add(link: ImportLink, call: PendingCall, frame: Buffer, secret: boolean): void {
    const stream = this.of(link);
    if (stream.waiting.size === 0 && this.hasRoom(stream, frame.length)) this.sendNow(stream, call, frame, secret);
    else this.wait(stream, { call, frame, secret, run: null });
  }

  /** Whether calls of this object's stream wait, so that others on it have to. */
  holdsBack(link: ImportLink): boolean { return (this.streams.get(link)?.waiting.size ?? 0) > 0; }

  /** Runs `run` when all calls of the stream have left. */
  after(link: ImportLink, run: () => void): void {
    this.wait(this.of(link), { call: null, frame: null, secret: false, run });
  }

  /** The other end has done all calls up to this one. Gives them; null where it was not sent. */
  acknowledge(link: ImportLink, upTo: PendingCall, error: Error | null): PendingCall[] | null {
    const stream = this.streams.get(link);
    if (stream === undefined) return null;
    const done: PendingCall[] = [];
    for (;;) {
      const item = stream.sent.shift();
      if (item === undefined) return null;
      stream.window.give(item.bytes);
      this.total.give(item.bytes);
      done.push(item.call);
      if (item.call === upTo) break;
    }
    stream.error ??= error;
    if (this.blocked.size > 0) this.pumpAll();
    this.forget(link);
    return done;
  }

  /** The first error since the last barrier. */
  takeError(link: ImportLink): Error | null {
    const stream = this.streams.get(link);
    if (stream === undefined || stream.error === null) return null;
    const { error } = stream;
    stream.error = null;
    this.forget(link);
    return error;
  }

  clear(): void {
    // What only waited behind streams has to hear of the end.
    const behind: (() => void)[] = [];
    for (const stream of this.streams.values()) {
      for (let item = stream.waiting.shift(); item !== undefined; item = stream.waiting.shift()) if (item.run !== null) behind.push(item.run);
    }
    this.streams.clear();
    this.blocked.clear();
    this.queuedCount = 0;
    this.waitingBytes = 0;
    for (const run of behind) run();
  }

  private forget(link: ImportLink): void {
    const stream = this.streams.get(link);
    if (stream !== undefined && stream.error === null && stream.waiting.size === 0 && stream.sent.size === 0) this.streams.delete(link);
  }

  private hasRoom(stream: OutStream, bytes: number): boolean {
    return stream.window.hasRoom(bytes) && this.total.hasRoom(bytes);
  }

  private wait(stream: OutStream, item: Item): void {
    stream.waiting.push(item);
    stream.link.unsent++;
    this.queuedCount++;
    this.waitingBytes += item.frame?.length ?? 0;
    this.blocked.add(stream);
  }

  private sendNow(stream: OutStream, call: PendingCall, frame: Buffer, secret: boolean): void {
    stream.window.take(frame.length);
    this.total.take(frame.length);
    stream.sent.push({ call, bytes: frame.length });
    this.send(call, frame, secret);
  }

  private pumpAll(): void {
    for (const stream of [...this.blocked]) this.pump(stream);
  }

  private pump(stream: OutStream): void {
    for (let item = stream.waiting.first; item !== undefined; item = stream.waiting.first) {
      if (item.frame !== null && !this.hasRoom(stream, item.frame.length)) return;
      stream.waiting.shift();
      this.queuedCount--;
      this.waitingBytes -= item.frame?.length ?? 0;
      if (item.call !== null && item.frame !== null) this.sendNow(stream, item.call, item.frame, item.secret);
      // After the call has left, so that a release which waits for it comes behind.
      item.run?.();
      stream.link.left();
    }
    this.blocked.delete(stream);
  }
}
