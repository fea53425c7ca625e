import { spawn } from 'node:child_process';
import { hashToHex } from '../util/bytes.ts';
import type { WalletTx } from './wallet-tx.ts';

function shellEscape(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

/** Runs -walletnotify's command for a transaction. Its fate is its own. */
export function runNotifyCommand(command: string, wtx: WalletTx, walletName: string): void {
  const block = wtx.state.kind === 'confirmed' ? hashToHex(wtx.state.blockHash) : 'unconfirmed';
  const height = wtx.state.kind === 'confirmed' ? wtx.state.height : -1;
  let line = command.replaceAll('%s', hashToHex(wtx.txid)).replaceAll('%b', block).replaceAll('%h', String(height));
  if (process.platform !== 'win32') line = line.replaceAll('%w', shellEscape(walletName));
  const child = spawn(line, { shell: true, stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
