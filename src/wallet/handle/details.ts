import { statSync } from 'node:fs';
import type { WalletDetails } from '../../../ipc-spec/wallet-types.ts';
import { walletFile, walletPath } from '../database.ts';
import { TIMESTAMP_WINDOW } from '../notifications.ts';
import { UNKNOWN_TIME, type Wallet } from '../wallet.ts';
import { flagNames } from '../wallet-flags.ts';

/** What a wallet is made of and where it lies. */
export async function walletDetails(wallet: Wallet): Promise<WalletDetails> {
  await wallet.synced();
  const { keys, chain } = wallet;
  const path = walletFile(walletPath(wallet.name, wallet.options.walletDir));
  const keypoolReceive = keys.externalKeypoolSize;
  const [first, last] = await Promise.all([
    wallet.birthTime === UNKNOWN_TIME ? null : chain.findFirstBlockWithTimeAndHeight(wallet.birthTime - TIMESTAMP_WINDOW, 0, {}), chain.findBlock(wallet.lastBlockHash, {}),
  ]);
  return {
    path, fileSize: statSync(path, { throwIfNoEntry: false })?.size ?? 0, format: 'sqlite', flags: flagNames(wallet.flags),
    descriptors: keys.list().length, activeDescriptors: keys.activeList().length, keypoolReceive, keypoolChange: keys.totalKeypoolSize - keypoolReceive,
    birthHeight: first?.height ?? null, blockHash: wallet.lastBlockHash, height: wallet.lastBlockHeight, blockTime: last?.time ?? null,
  };
}
