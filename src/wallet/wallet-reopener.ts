import { errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';

/** Between two attempts. */
const REOPEN_MS = 1_000;

/**
 * Opens wallets again that were open and cannot be opened now: a full disk, for one, may have room later. Tries until it can be
 * done or is told to stop; a reason is logged once.
 */
export class WalletReopener {
  private readonly log: Logger;
  private readonly load: (name: string) => Promise<void>;
  /** By name: the reason that was last logged. */
  private readonly missing = new Map<string, string>();
  private timer: NodeJS.Timeout | null = null;

  /** @param load opens a wallet, or does nothing where it is open by now */
  constructor(log: Logger, load: (name: string) => Promise<void>) {
    this.log = log;
    this.load = load;
  }

  /** The wallets that are not open yet. */
  get names(): string[] { return [...this.missing.keys()]; }

  /** @param told why it is not open, where that has been logged already */
  add(name: string, told = ''): void {
    this.missing.set(name, told);
    this.timer ??= this.plan();
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.missing.clear();
  }

  private plan(): NodeJS.Timeout {
    const timer = setTimeout(() => {
      void this.attempt().then(() => { if (this.timer === timer) this.timer = this.missing.size === 0 ? null : this.plan(); });
    }, REOPEN_MS).unref();
    return timer;
  }

  private async attempt(): Promise<void> {
    for (const [name, told] of [...this.missing]) {
      if (!this.missing.has(name)) continue;
      try {
        await this.load(name);
        if (this.missing.delete(name)) this.log.info(`Wallet "${name}" is open again`);
      } catch (e) {
        if (!this.missing.has(name)) continue;
        const text = errorText(e);
        if (text !== told) this.log.warning(`Wallet "${name}" cannot be opened again yet: ${text}`);
        this.missing.set(name, text);
      }
    }
  }
}
