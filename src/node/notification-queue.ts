import type { Logger } from '../util/logger.ts';
import { errorText } from '../util/errors.ts';

/**
 * Events for one subscriber, delivered strictly one after the other: the next starts when the subscriber
 * has answered the one before. Producers never wait; `drained` tells when everything pushed so far is done.
 */
export class NotificationQueue {
  private readonly pending: (() => Promise<void>)[] = [];
  private readonly log: Logger;
  private pump: Promise<void> | null = null;
  private closed = false;

  constructor(modules: { log: Logger }) {
    this.log = modules.log;
  }

  /** Events not yet begun. */
  get depth(): number { return this.pending.length; }

  push(event: () => Promise<void>): void {
    if (this.closed) return;
    this.pending.push(event);
    this.pump ??= this.run();
  }

  /** Resolves when every event pushed before this call has been handled (or the queue was closed). */
  drained(): Promise<void> {
    if (this.closed || this.pump === null) return Promise.resolve();
    return new Promise((resolve) => {
      this.pending.push(() => {
        resolve();
        return Promise.resolve();
      });
      this.onClose.push(resolve);
    });
  }

  private onClose: (() => void)[] = [];

  /** Drops what has not begun; waiting callers of `drained` go on. */
  close(): void {
    this.closed = true;
    this.pending.length = 0;
    for (const resolve of this.onClose) resolve();
    this.onClose = [];
  }

  private async run(): Promise<void> {
    while (this.pending.length > 0) {
      const event = this.pending.shift();
      if (event === undefined) break;
      try {
        await event();
      } catch (e) {
        // A subscriber that fails (or whose process died) must not stop the chain; its connection reports the reason.
        if (!this.closed) this.log.debug('ipc', `notification failed: ${errorText(e)}`);
      }
    }
    this.onClose = [];
    this.pump = null;
  }
}
