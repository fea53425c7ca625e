import { logCommandEnd, runCommand, walletCommand, type WalletEvent } from '../common/user-command.ts';
import type { Logger } from '../util/logger.ts';

/** Runs -walletnotify's command for a transaction. Its fate is its own. */
export function runNotifyCommand(template: string, event: WalletEvent, log: Logger): void {
  const command = walletCommand(template, event);
  void runCommand(command).then((status) => logCommandEnd(log, command, status));
}
