import type { Duplex } from 'node:stream';

/** Small frames are gathered in chunks of this size; larger ones than the next figure go as they are. */
const CHUNK_BYTES = 64 * 1024;
const LARGE_BYTES = 8 * 1024;

/** Gathers what one turn of the event loop sends, and writes it at once. */
export class Outgoing {
  private readonly socket: Duplex;
  private readonly before: () => void;
  private chunk: Buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  private from = 0;
  private at = 0;
  private ready: Buffer[] = [];
  private secrets: Buffer[] = [];
  private scheduled = false;
  private closed = false;
  /** Bytes gathered and not written. */
  private gathered = 0;
  private taken = false;
  /** Of all frames so far. */
  bytes = 0;

  /** @param before runs before each write, to add what has waited for it */
  constructor(socket: Duplex, before: () => void) {
    this.socket = socket;
    this.before = before;
  }

  /** Bytes that the other end has not taken. */
  get backlog(): number { return this.gathered + this.socket.writableLength; }

  /** Whether the other end has taken something since this was last asked. */
  hasMoved(): boolean {
    const { taken } = this;
    this.taken = false;
    return taken;
  }

  /** Takes a frame out of a pool: it is copied, or belongs to us from now on where it is large. */
  add(frame: Buffer): void {
    const size = frame.length;
    this.gathered += size;
    this.bytes += size;
    if (size > LARGE_BYTES) {
      this.cut();
      this.ready.push(frame);
    } else {
      if (this.at + size > CHUNK_BYTES) {
        this.cut();
        this.chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
        this.from = this.at = 0;
      }
      this.chunk.set(frame, this.at);
      this.at += size;
    }
    this.schedule();
  }

  /** Takes a frame in its own buffer, which is overwritten once it has gone. */
  addSecret(frame: Buffer): void {
    this.gathered += frame.length;
    this.bytes += frame.length;
    this.cut();
    this.ready.push(frame);
    this.secrets.push(frame);
    this.schedule();
  }

  schedule(): void {
    if (this.scheduled || this.closed) return;
    this.scheduled = true;
    process.nextTick(() => this.flush());
  }

  private cut(): void {
    if (this.at > this.from) this.ready.push(this.chunk.subarray(this.from, this.at));
    this.from = this.at;
  }

  flush(): void {
    this.before();
    this.scheduled = false;
    this.cut();
    const ready = this.ready;
    if (ready.length === 0 || this.closed) return;
    this.ready = [];
    this.gathered = 0;
    let { written } = this;
    if (this.secrets.length > 0) {
      const { secrets } = this;
      this.secrets = [];
      written = (): void => {
        this.taken = true;
        for (const s of secrets) s.fill(0);
      };
    }
    if (ready.length === 1) {
      this.socket.write(ready[0], written);
      return;
    }
    this.socket.cork();
    for (let i = 0; i < ready.length; i++) this.socket.write(ready[i], i === ready.length - 1 ? written : undefined);
    this.socket.uncork();
  }

  private readonly written = (): void => { this.taken = true; };

  /** Nothing is written from now on. */
  close(): void {
    this.closed = true;
    for (const s of this.secrets) s.fill(0);
    this.ready = [];
    this.secrets = [];
  }
}
