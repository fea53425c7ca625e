import { Disconnected } from './errors.ts';
import { type Subscription, subscription } from './subscribers.ts';

/** Those who can answer what only a user can decide. */
export class Questions<A extends readonly unknown[]> {
  private readonly list = new Set<(...args: A) => Promise<boolean>>();

  add(answer: (...args: A) => Promise<boolean>): Promise<Subscription> {
    const own = (...args: A): Promise<boolean> => answer(...args);
    this.list.add(own);
    return Promise.resolve(subscription(() => { this.list.delete(own); }));
  }

  /** The answer of the first who is there; null where nobody is. Waits as long as that takes. */
  async ask(...args: A): Promise<boolean | null> {
    for (const answer of this.list) {
      try {
        return await answer(...args);
      } catch (e) {
        if (!(e instanceof Disconnected)) throw e;
        this.list.delete(answer);
      }
    }
    return null;
  }
}
