import { RPC } from '../rpc/errors.ts';
import { DescriptorCache } from '../script/descriptor/cache.ts';
import { parseDescriptors } from '../script/descriptor/parse.ts';
import { SigningProvider } from '../script/signing-provider.ts';
import { SqliteKeyValue } from '../store/sqlite.ts';
import { CoinError, errorText, RpcError } from '../util/errors.ts';
import { Reader } from '../util/reader.ts';
import { canSelfExpand, hasScripts } from './descriptor-facts.ts';
import type { DescriptorKeys } from './descriptor-keys.ts';
import type { WalletContext } from './context.ts';
import { databaseId, walletFile, walletPath } from './database.ts';
import { CANNOT_CREATE } from './files.ts';
import { RECORD } from './records.ts';
import { Wallet } from './wallet.ts';
import { WalletDb } from './wallet-db.ts';
import { FLAG } from './wallet-flags.ts';

/** Records that a copy has as they are: what happened, what the user said about it, and how far the chain was followed. */
const SAME_IN_COPY: ReadonlySet<string> = new Set([
  RECORD.tx, RECORD.wtxVariant, RECORD.orderPosNext, RECORD.lockedUtxo, RECORD.name, RECORD.purpose, RECORD.destData, RECORD.coinLabel, RECORD.bestBlock, RECORD.bestBlockNoMerkle,
]);

/**
 * Writes a file with what a wallet knows but its private keys: a wallet that watches. It is not there before it is whole.
 * @returns the path as it was given @throws RpcError -4 with the reference's texts
 */
export async function exportWatchOnly(wallet: Wallet, destination: string, context: WalletContext): Promise<string> {
  const fail = (text: string, cause?: unknown): never => { throw new RpcError(RPC.WALLET_ERROR, text, { cause }); };
  if (destination === '') fail('Error: Export destination cannot be empty');
  await wallet.synced();
  wallet.keys.topUp();
  await wallet.writeBestBlock();
  let made: boolean;
  try {
    made = await context.files.create(async (file) => writeCopy(wallet, file, context), walletFile(walletPath(wallet.name, context.options.walletDir)), destination);
  } catch (e) {
    if (e instanceof CoinError && e.code === CANNOT_CREATE) return fail(`Error: Could not create file '${destination}'`, e);
    throw e instanceof RpcError ? e : new RpcError(RPC.WALLET_ERROR, `Error: Unable to write the exported wallet: ${errorText(e)}`, { cause: e });
  }
  return made ? destination : fail(`Error: Export destination '${destination}' already exists`);
}

async function writeCopy(wallet: Wallet, path: string, context: WalletContext): Promise<void> {
  if (wallet.keys.isEmpty) throw new RpcError(RPC.WALLET_ERROR, 'Error: Wallet has no descriptors to export');
  const file = await SqliteKeyValue.open({
    path, applicationId: databaseId(context.params), unsafeSync: context.options.unsafeSqliteSync, clientName: context.params.coin.clientName, lock: (name) => context.files.lock(name),
  });
  try {
    const copy = new Wallet(`${wallet.name}_watchonly_temp`, context.options, {
      db: new WalletDb(file), chain: wallet.chain, params: wallet.params, addresses: wallet.addresses, signers: wallet.signers, clock: wallet.clock, log: context.log, files: context.files,
    });
    copy.db.transaction(() => {
      copy.db.writeVersion();
      copy.setFlags(wallet.flags | FLAG.disablePrivateKeys);
      for (const own of wallet.keys.list()) copyDescriptor(wallet, own, copy);
      for (const { key, value } of wallet.db.file.entries()) if (SAME_IN_COPY.has(new Reader(key).varString())) file.write(key, value);
    });
  } finally {
    await file.close();
  }
}

function copyDescriptor(wallet: Wallet, own: DescriptorKeys, copy: Wallet): void {
  const text = own.text(false);
  const [descriptor] = text === null ? [] : parseDescriptors(text, wallet.params, new SigningProvider(), true);
  if (descriptor === undefined) throw new RpcError(RPC.WALLET_ERROR, "Can't get descriptor string.");
  const cache = new DescriptorCache();
  // What takes private keys to derive goes along, as far as it has come.
  const isHardened = hasScripts(descriptor) && !canSelfExpand(descriptor);
  if (isHardened) cache.mergeAndDiff(own.cache);
  const { creationTime, rangeStart, rangeEnd, nextIndex } = own;
  const keys = copy.keys.addOrUpdate({ descriptor, creationTime, rangeStart, rangeEnd, nextIndex, cache }, new SigningProvider());
  if (isHardened) keys.writeCache();
  const internal = wallet.keys.isInternal(own);
  if (internal !== undefined && keys.outputType !== null) copy.keys.activate(keys, keys.outputType, internal);
}
