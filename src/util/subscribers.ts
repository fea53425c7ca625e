import { Disconnected, errorText } from './errors.ts';
import type { Logger } from './logger.ts';

/** Ends a subscription. */
export interface Subscription { disconnect(): Promise<void> }

/** A subscription that `leave` ends; the connection disposes of it when the other process goes. */
export function subscription(leave: () => void): Subscription & Disposable {
  return {
    disconnect: () => {
      leave();
      return Promise.resolve();
    },
    [Symbol.dispose]: leave,
  };
}

interface Subscriber<A extends readonly unknown[]> {
  readonly call: (...args: A) => Promise<void>;
  /** Whether a call runs; `next` is what comes after it. */
  busy: boolean;
  next: A[];
}

/**
 * Callbacks of other parts or processes for one kind of event. Each gets one call at a time.
 * `all`: every event in order; `latest`: of those that came while a call ran only the last.
 */
export class Subscribers<A extends readonly unknown[]> {
  private readonly mode: 'all' | 'latest';
  private readonly log: () => Logger | null;
  private readonly list = new Set<Subscriber<A>>();

  constructor(options: { readonly mode: 'all' | 'latest' }, modules: { readonly log: () => Logger | null }) {
    this.mode = options.mode;
    this.log = modules.log;
  }

  add(call: (...args: A) => Promise<void>): Promise<Subscription> {
    const subscriber: Subscriber<A> = { call, busy: false, next: [] };
    this.list.add(subscriber);
    return Promise.resolve(subscription(() => { this.list.delete(subscriber); }));
  }

  /** Tells everybody; waits for nobody. */
  emit(...args: A): void {
    for (const subscriber of this.list) {
      if (this.mode === 'latest') subscriber.next = [args];
      else subscriber.next.push(args);
      if (!subscriber.busy) void this.deliver(subscriber);
    }
  }

  private async deliver(subscriber: Subscriber<A>): Promise<void> {
    subscriber.busy = true;
    for (let args = subscriber.next.shift(); args !== undefined && this.list.has(subscriber); args = subscriber.next.shift()) {
      try {
        await subscriber.call(...args);
      } catch (e) {
        if (e instanceof Disconnected) this.list.delete(subscriber);
        else this.log()?.debug('ipc', `a subscriber failed: ${errorText(e)}`);
      }
    }
    subscriber.busy = false;
  }
}
