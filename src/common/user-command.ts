import { spawn } from 'node:child_process';
import os from 'node:os';
import type { Logger } from '../util/logger.ts';
import { PLATFORM } from '../util/platform.ts';

/** What a command is told: a value for each place (`%s`). */
export type CommandValues = Readonly<Record<`%${'s' | 'b' | 'h' | 'w'}`, string>>;

/** Puts values into a command that the user has named. A place without a value stays, and places within values are none. */
export function fillCommand(template: string, values: Partial<CommandValues>): string {
  return template.replace(/%[sbhw]/g, (place) => values[place as keyof CommandValues] ?? place);
}

/** What -walletnotify's command is told; hashes as the user sees them. */
export interface WalletEvent {
  readonly txid: string;
  /** `unconfirmed` where it is in no block. */
  readonly block: string;
  /** -1 where it is in no block. */
  readonly height: number;
  readonly wallet: string;
}

/** -walletnotify's command for a transaction. A wallet's name may be anything: where it cannot be made harmless it is not given. */
export function walletCommand(template: string, { txid, block, height, wallet }: WalletEvent): string {
  const quote = PLATFORM.quoteForShell;
  return fillCommand(template, { '%s': txid, '%b': block, '%h': String(height), ...(quote === null ? {} : { '%w': quote(wallet) }) });
}

/** Of a text, what means nothing to a shell within single quotes; the reference's choice (SanitizeString). */
export function harmlessText(text: string): string {
  return text.replace(/[^A-Za-z0-9 .,;\-_/:?@()]/g, '');
}

/**
 * Runs a command in the system's shell; its output goes where ours goes. It may outlive this process, which does not wait for it.
 * @param waits keeps this process until it has ended
 * @returns how it ended, as the system's own `system()` tells it: 0 is well, then 256 times its exit code, or a signal's number; -1: not started
 */
export function runCommand(command: string, { waits = false } = {}): Promise<number> {
  return new Promise((resolve) => {
    try {
      const child = spawn(command, { shell: true, stdio: ['ignore', 'inherit', 'inherit'], windowsHide: true });
      if (!waits) child.unref();
      child.on('error', () => resolve(-1));
      child.on('exit', (code, signal) => resolve(signal === null ? (code ?? 0) * (PLATFORM.processGroups ? 256 : 1) : os.constants.signals[signal]));
    } catch {
      // A command with a zero byte is none.
      resolve(-1);
    }
  });
}

/** Notes what went wrong with a command. @param status see {@link runCommand} */
export function logCommandEnd(log: Logger, command: string, status: number): void {
  if (status !== 0) log.warning(`runCommand error: system(${command}) returned ${status}`);
}
