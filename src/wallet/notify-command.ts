import { spawn } from 'node:child_process';

/** What -walletnotify's command is told; hashes as the user sees them. */
export interface WalletEvent {
  readonly txid: string;
  /** `unconfirmed` where it is in no block. */
  readonly block: string;
  /** -1 where it is in no block. */
  readonly height: number;
  readonly wallet: string;
}

function shellEscape(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

/** Runs -walletnotify's command for a transaction. Its fate is its own. */
export function runNotifyCommand(command: string, { txid, block, height, wallet }: WalletEvent): void {
  let line = command.replaceAll('%s', txid).replaceAll('%b', block).replaceAll('%h', String(height));
  if (process.platform !== 'win32') line = line.replaceAll('%w', shellEscape(wallet));
  const child = spawn(line, { shell: true, stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
