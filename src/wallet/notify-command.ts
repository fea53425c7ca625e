import { spawn } from 'node:child_process';
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

/** Runs -walletnotify's command for a transaction. Its fate is its own. */
export function runNotifyCommand(command: string, { txid, block, height, wallet }: WalletEvent): void {
  let line = command.replaceAll('%s', txid).replaceAll('%b', block).replaceAll('%h', String(height));
  // A wallet's name may be anything: where it cannot be made harmless it is not given.
  if (PLATFORM.quoteForShell !== null) line = line.replaceAll('%w', PLATFORM.quoteForShell(wallet));
  const child = spawn(line, { shell: true, stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
