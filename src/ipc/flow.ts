import { Fifo } from '../util/fifo.ts';

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
