/** What may be under way at once: so many bytes in so many pieces. Something larger than the window may go alone. */
export class Window {
  private maxBytes: number;
  private maxCount: number;
  private usedBytes = 0;
  private usedCount = 0;

  /** @param maxCount 0 for a window that is still closed */
  constructor(maxBytes: number, maxCount: number) {
    this.maxBytes = maxBytes;
    this.maxCount = maxCount;
  }

  get bytes(): number { return this.usedBytes; }
  get count(): number { return this.usedCount; }
  get isOpen(): boolean { return this.maxCount > 0; }

  open(maxBytes: number, maxCount: number): void {
    this.maxBytes = maxBytes;
    this.maxCount = maxCount;
  }

  hasRoom(bytes: number): boolean {
    return this.maxCount > 0 && (this.usedCount === 0 || (this.usedCount < this.maxCount && this.usedBytes + bytes <= this.maxBytes));
  }

  take(bytes: number): void {
    this.usedBytes += bytes;
    this.usedCount++;
  }

  give(bytes: number): void {
    this.usedBytes -= bytes;
    this.usedCount--;
  }

  /** What a receiver sees: `bytes` where there are more than agreed, `count` where there are more pieces; else null. */
  get overrun(): 'bytes' | 'count' | null {
    if (this.usedCount > this.maxCount) return 'count';
    return this.usedBytes > this.maxBytes && this.usedCount > 1 ? 'bytes' : null;
  }
}

/** What waits, in its order; taking from the front costs nothing however much waits. */
export class Fifo<T> {
  private items: (T | undefined)[] = [];
  private next = 0;

  get size(): number { return this.items.length - this.next; }
  get first(): T | undefined { return this.items[this.next]; }

  push(item: T): void { this.items.push(item); }

  shift(): T | undefined {
    const item = this.items[this.next];
    if (item === undefined) return undefined;
    this.items[this.next++] = undefined;
    if (this.next === this.items.length) this.clear();
    else if (this.next > 1024 && this.next * 2 > this.items.length) {
      this.items = this.items.slice(this.next);
      this.next = 0;
    }
    return item;
  }

  /** Takes out one that waits; false where it does not. */
  remove(item: T): boolean {
    const at = this.items.indexOf(item, this.next);
    if (at < 0) return false;
    this.items.splice(at, 1);
    return true;
  }

  find(test: (item: T) => boolean): T | undefined {
    for (let i = this.next; i < this.items.length; i++) if (test(this.items[i] as T)) return this.items[i];
    return undefined;
  }

  clear(): void {
    this.items = [];
    this.next = 0;
  }
}

/** Runs so many at once; the others wait, and start in their order. While it is paused nothing starts. */
export class RunQueue<T> {
  private readonly maximum: number;
  private readonly start: (item: T) => void;
  private readonly waiting = new Fifo<T>();
  private running = 0;
  private paused = false;

  constructor(maximum: number, start: (item: T) => void) {
    this.maximum = maximum;
    this.start = start;
  }

  get queued(): number { return this.waiting.size; }
  get active(): number { return this.running; }

  /** Starts it now, or later: then false. */
  add(item: T): boolean {
    if (this.paused || this.running >= this.maximum || this.waiting.size > 0) {
      this.waiting.push(item);
      return false;
    }
    this.running++;
    this.start(item);
    return true;
  }

  /** One that was started has ended. */
  done(): void {
    this.running--;
    this.pump();
  }

  pause(): void { this.paused = true; }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.pump();
  }

  remove(item: T): boolean { return this.waiting.remove(item); }

  clear(): void { this.waiting.clear(); }

  private pump(): void {
    while (!this.paused && this.running < this.maximum) {
      const item = this.waiting.shift();
      if (item === undefined) return;
      this.running++;
      this.start(item);
    }
  }
}

/** One after the other: the next enters when the one before has left. */
export class Line<T> {
  private readonly waiting = new Fifo<T>();
  private busy = false;

  /** True where it is its turn now. */
  enter(item: T): boolean {
    if (this.busy) {
      this.waiting.push(item);
      return false;
    }
    this.busy = true;
    return true;
  }

  /** Whose turn it is now that one has left; undefined where nobody waits. */
  leave(): T | undefined {
    const next = this.waiting.shift();
    if (next === undefined) this.busy = false;
    return next;
  }

  remove(item: T): boolean { return this.waiting.remove(item); }
}
