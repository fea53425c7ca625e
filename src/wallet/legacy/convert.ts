import { DescriptorCache } from '../../script/descriptor/cache.ts';
import { parseDescriptors } from '../../script/descriptor/parse.ts';
import { SigningProvider } from '../../script/signing-provider.ts';
import { hashToHex, toKey } from '../../util/bytes.ts';
import { Reader } from '../../util/reader.ts';
import type { DescriptorKeys } from '../descriptor-keys.ts';
import { hasScripts } from '../descriptor-facts.ts';
import { OUTPUT_TYPES } from '../output-type.ts';
import { decodeTx, encodeTx, RECORD } from '../records.ts';
import type { Wallet } from '../wallet.ts';
import { WalletError } from '../wallet-error.ts';
import { FLAG } from '../wallet-flags.ts';
import { WalletTx } from '../wallet-tx.ts';
import type { MemoryFile } from './memory-file.ts';
import type { BESIDE } from './names.ts';
import type { MigrationPlan, PlannedScript } from './plan.ts';

/** A wallet whose records are in memory. */
export interface DraftWallet {
  readonly wallet: Wallet;
  readonly file: MemoryFile;
}

/** What a wallet without descriptors becomes. */
export interface Drafts {
  /** Null where nothing is left for it. */
  readonly main: DraftWallet | null;
  readonly watchOnly: DraftWallet | null;
  readonly solvables: DraftWallet | null;
}

export interface ConvertOptions {
  /** Addresses of each kind that are made ready. */
  readonly keypoolSize: number;
  /** Watched scripts that never counted: what is said of their addresses is dropped. */
  readonly notMine: readonly Uint8Array[];
  /** Makes an empty wallet that the scripts without private keys go into. @throws DatabaseError where there is one of that name */
  readonly make: (kind: keyof typeof BESIDE, flags: bigint) => DraftWallet;
  /** Called every now and then, so that others get their turn: nobody else has these wallets yet. */
  readonly pause: () => Promise<void>;
}

/** Positions of a descriptor, or whole descriptors, transactions and the like, between two pauses. */
const STEPS = 64;

/**
 * Puts planned descriptors into a wallet, which has its address book and transactions but no keys, and moves what is no longer its own
 * into others.
 * @param main unlocked @throws WalletError where something belongs nowhere
 */
export async function convertWallet(main: DraftWallet, plan: MigrationPlan, options: ConvertOptions): Promise<Drafts> {
  const { wallet } = main;
  const shared = FLAG.disablePrivateKeys | FLAG.blank | FLAG.descriptors | FLAG.lastHardenedXpubCached | (wallet.flags & (FLAG.avoidReuse | FLAG.keyOriginMetadata));
  const watchOnly = plan.watched.length === 0 ? null : options.make('watchOnly', shared);
  if (watchOnly !== null) {
    wallet.log('Making a new watchonly wallet containing the watched scripts');
    await fillWatching(watchOnly.wallet, plan.watched, options.pause);
  }
  const solvables = plan.solvable.length === 0 ? null : options.make('solvables', shared);
  if (solvables !== null) {
    wallet.log('Making a new watchonly wallet containing the unwatched solvable scripts');
    await fillWatching(solvables.wallet, plan.solvable, options.pause);
  }
  await fillMain(wallet, plan, options);
  const others = [watchOnly, solvables].filter((one) => one !== null).map((one) => one.wallet);
  const locator = wallet.db.readBestBlock() ?? [];
  // Even an empty one is of use: a wallet that has it reads the whole chain.
  for (const other of others) other.db.writeBestBlock(locator);
  await options.pause();
  moveTransactions(main, watchOnly?.wallet ?? null);
  await options.pause();
  moveAddresses(main, others, options.notMine);
  return { main: wallet.keys.isEmpty && others.length > 0 ? null : main, watchOnly, solvables };
}

async function fillWatching(wallet: Wallet, scripts: readonly PlannedScript[], pause: () => Promise<void>): Promise<void> {
  for (const [i, { text, creationTime }] of scripts.entries()) {
    if (i % STEPS === 0) await pause();
    const [descriptor] = parseDescriptors(text, wallet.params, new SigningProvider(), true);
    if (descriptor === undefined) throw new WalletError(`cannot read ${text}`);
    wallet.keys.addOrUpdate({ descriptor, creationTime, rangeStart: 0, rangeEnd: 0, nextIndex: 0, cache: new DescriptorCache() }, new SigningProvider());
    if (!hasScripts(descriptor)) continue;
    for (const script of descriptor.expand(0, new SigningProvider())?.scripts ?? []) {
      const address = wallet.addresses.ofScript(script);
      if (address !== null) wallet.book.set(address, '', 'receive');
    }
  }
}

/** Makes positions of a descriptor ready, up to `end`. */
async function makeReady(keys: DescriptorKeys, end: number, pause: () => Promise<void>): Promise<void> {
  for (let size = 0; size < end;) {
    size = Math.min(size + STEPS, end);
    keys.topUp(size);
    await pause();
  }
}

async function fillMain(wallet: Wallet, plan: MigrationPlan, { keypoolSize, pause }: ConvertOptions): Promise<void> {
  for (const [i, { descriptor, creationTime, rangeEnd, keys, cache }] of plan.own.entries()) {
    if (i % STEPS === 0) await pause();
    if (wallet.keys.byId(toKey(descriptor.id())) !== undefined) throw new WalletError('Error: Duplicate descriptors created during migration. Your wallet may be corrupted.');
    const own = wallet.keys.addOrUpdate({ descriptor, creationTime, rangeStart: 0, rangeEnd: 0, nextIndex: 0, cache }, keys);
    if (descriptor.isRange) await makeReady(own, rangeEnd, pause);
    own.writeCache();
  }
  wallet.setFlags(wallet.flags | FLAG.descriptors | FLAG.lastHardenedXpubCached);
  if ((plan.own.length === 0 && plan.master === null) || wallet.privateKeysDisabled) return;
  const { master } = plan;
  if (master === null) wallet.keys.setUpAll();
  else for (const internal of [false, true]) for (const type of OUTPUT_TYPES) wallet.keys.setUp(master, type, internal);
  wallet.setFlags(wallet.flags & ~FLAG.blank);
  for (const keys of wallet.keys.activeList()) await makeReady(keys, keypoolSize, pause);
}

/** Each transaction stays where it pays or spends something, or goes to the wallet that watches; oldest first, so that spending is seen. */
function moveTransactions({ wallet, file }: DraftWallet, watching: Wallet | null): void {
  wallet.txs.refreshOwnOutputs();
  if (watching !== null) {
    watching.txs.orderPosNext = wallet.txs.orderPosNext;
    watching.db.writeOrderPosNext(wallet.txs.orderPosNext);
  }
  const gone = new Set<string>();
  const concerns = (one: Wallet, { tx }: WalletTx): boolean => one.txs.paysMe(tx) || one.txs.isFromMe(tx);
  for (const wtx of wallet.txs.inOrder()) {
    const stays = concerns(wallet, wtx);
    const goes = watching !== null && concerns(watching, wtx);
    if (goes) copyTransaction(wtx, watching);
    if (stays) wallet.db.writeTx(wtx);
    else if (goes) gone.add(wtx.key);
    else throw new WalletError(`Error: Transaction ${hashToHex(wtx.txid)} in wallet cannot be identified to belong to migrated wallets`);
  }
  if (gone.size === 0) return;
  file.eraseWhere((key) => {
    const r = new Reader(key);
    const type = r.varString();
    return (type === RECORD.tx || type === RECORD.wtxVariant) && gone.has(toKey(r.hash()));
  });
}

function copyTransaction(wtx: WalletTx, to: Wallet): void {
  const copy = WalletTx.fromRecord(decodeTx(encodeTx(wtx.toRecord())));
  for (const variant of wtx.allVariants) copy.addVariant(variant);
  if (!to.txs.addLoaded(copy)) throw new WalletError(`Error: Could not add watchonly tx ${hashToHex(wtx.txid)} to watchonly wallet`);
  to.db.writeTx(copy);
}

/** Addresses of others' are copied to all wallets; those to be paid at go where their script is. */
function moveAddresses({ wallet, file }: DraftWallet, others: readonly Wallet[], notMine: readonly Uint8Array[]): void {
  const dropped = new Set(notMine.map((script) => wallet.addresses.ofScript(script)));
  const isMine = (one: Wallet, script: Uint8Array | null): boolean => script !== null && one.isMine(script);
  const gone = new Set<string>();
  for (const [address, entry] of wallet.book.all()) {
    const script = wallet.addresses.scriptOf(address);
    if (entry.purpose !== 'receive' || isMine(wallet, script)) {
      for (const other of others) other.book.adopt(address, entry);
      continue;
    }
    const home = others.find((other) => isMine(other, script));
    home?.book.adopt(address, entry);
    if (home === undefined && !dropped.has(address)) throw new WalletError('Error: Address book data in wallet cannot be identified to belong to migrated wallets');
    gone.add(address);
  }
  if (gone.size === 0) return;
  file.eraseWhere((key) => {
    const r = new Reader(key);
    const type = r.varString();
    return (type === RECORD.name || type === RECORD.purpose || type === RECORD.destData) && gone.has(r.varString());
  });
}
