import type { Logger } from '../util/logger.ts';
import { errorText } from '../util/errors.ts';
import type { ChainListener } from './types.ts';

/** Tells all listeners, in the order in which they came. One that throws does not keep the others from hearing. */
export class ChainEvents {
  private readonly listeners = new Set<ChainListener>();
  private readonly log: Logger;

  constructor(log: Logger) {
    this.log = log;
  }

  add(listener: ChainListener): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  emit<K extends keyof ChainListener>(event: K, ...args: Parameters<NonNullable<ChainListener[K]>>): void {
    for (const listener of [...this.listeners]) {
      const method = listener[event] as ((...a: unknown[]) => void) | undefined;
      if (method === undefined) continue;
      try {
        method.apply(listener, args);
      } catch (e) {
        this.log.error(`A listener to ${event} failed: ${errorText(e)}`);
      }
    }
  }
}
