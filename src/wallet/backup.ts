import { copyFileSync } from 'node:fs';
import { RPC } from '../rpc/errors.ts';
import { errorText, RpcError } from '../util/errors.ts';
import { whileLocked } from './closed-wallet.ts';
import type { WalletContext } from './context.ts';
import { bdbFile, checkDatabase, isBdbWallet, openDatabase, walletFile, walletPath } from './database.ts';

type Copied = Parameters<WalletContext['files']['backup']>[0];

async function copyOut({ files, log }: WalletContext, wallet: Copied, file: string, destination: string): Promise<void> {
  try {
    await files.backup(wallet, file, destination);
  } catch (e) {
    log.warning(errorText(e));
    throw new RpcError(RPC.WALLET_ERROR, 'Error: Wallet backup failed!', { cause: e });
  }
}

/** Copies a wallet's file: of an open wallet, or of a closed one of today's kind or the old one. @throws DatabaseError, RpcError */
export async function backupWallet(context: WalletContext, name: string, destination: string): Promise<void> {
  const path = walletPath(name, context.options.walletDir);
  const wallet = context.find(name);
  if (wallet !== undefined) {
    await wallet.synced();
    await wallet.writeBestBlock();
    await copyOut(context, wallet.db.file, walletFile(path), destination);
    return;
  }
  const old = bdbFile(path);
  if (isBdbWallet(old)) {
    await whileLocked(context, name, old, () => copyOut(context, { backup: (to) => copyFileSync(old, to) }, old, destination));
    return;
  }
  checkDatabase(path, context.params, 'existing');
  await context.whileClosed(name, async () => {
    const file = await openDatabase(path, context.options, context);
    try {
      await copyOut(context, file, walletFile(path), destination);
    } finally {
      await file.close();
    }
  });
}
