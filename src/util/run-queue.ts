import { Fifo } from './fifo.ts';

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
