import { fillCommand, logCommandEnd, runCommand } from '../common/user-command.ts';
import type { Logger } from '../util/logger.ts';
import { PLATFORM } from '../util/platform.ts';

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

/** Runs -walletnotify's command for a transaction. Its fate is its own. */
export function runNotifyCommand(template: string, event: WalletEvent, log: Logger): void {
  const command = walletCommand(template, event);
  void runCommand(command).then((status) => logCommandEnd(log, command, status));
}
