import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { syncDirectory, writeFileAtomic } from '../../store/atomic-file.ts';
import { LockHeld, type ProcessLock } from '../../store/process-lock.ts';
import { equalBytes } from '../../util/bytes.ts';
import { errorText } from '../../util/errors.ts';
import { Reader } from '../../util/reader.ts';
import { awayChain } from '../away-chain.ts';
import type { WalletContext } from '../context.ts';
import { openMasterKey } from '../crypter.ts';
import { bdbFile, checkDatabase, DatabaseError, isBdbWallet, openDatabaseFile, walletFile, walletPath } from '../database.ts';
import { loadHistory } from '../load-records.ts';
import { LEGACY_RECORDS, RECORD } from '../records.ts';
import { Wallet } from '../wallet.ts';
import { WalletDb } from '../wallet-db.ts';
import { WalletError } from '../wallet-error.ts';
import { FLAG } from '../wallet-flags.ts';
import { readBdb, type BdbRecord } from './bdb-reader.ts';
import { convertWallet, type Drafts, type DraftWallet } from './convert.ts';
import { loadLegacyWallet, type LegacyWallet } from './load-keys.ts';
import { MemoryFile } from './memory-file.ts';
import { BESIDE } from './names.ts';
import { orderTransactions } from './order-transactions.ts';
import { planMigration } from './plan.ts';

/** What a migration has led to. */
export interface Migrated {
  /** The wallet that stands for the old one: under its name, or that which watches where there was nothing else in it. */
  readonly name: string;
  /** Null where it was not to be opened. */
  readonly wallet: Wallet | null;
  readonly watchOnlyName: string | null;
  readonly solvablesName: string | null;
  readonly backupPath: string;
}

const ALREADY_NEW = 'Error: This wallet is already a descriptor wallet';
/** Behind the name of a file that is not yet a wallet. */
const DRAFT_SUFFIX = '.migrating';
const nextTurn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

/**
 * Makes wallets with descriptors of one without, in a Berkeley DB file. A copy of that file is kept. Everything is worked out in memory
 * and written to files beside the old one, which is replaced last: until then it is untouched, and what fails after is undone.
 * @param load whether the new wallets are opened, now and at every start @throws DatabaseError, WalletError with the reference's texts
 */
export async function migrateWallet(context: WalletContext, name: string, passphrase: string, load: boolean): Promise<Migrated> {
  if (context.find(name) !== undefined) throw new WalletError(ALREADY_NEW);
  const path = walletPath(name, context.options.walletDir);
  if (!existsSync(path)) throw new WalletError('Error: Wallet does not exist');
  const file = bdbFile(path);
  if (!isBdbWallet(file)) throw new WalletError(ALREADY_NEW);
  let lock: ProcessLock;
  try {
    lock = await context.files.lock(file);
  } catch (e) {
    if (!(e instanceof LockHeld)) throw e;
    throw new DatabaseError('load', 'Wallet already loading.', { cause: e });
  }
  try {
    return await new Migration(context, name, path, file).run(passphrase, load);
  } finally {
    await lock.release();
  }
}

/** Whether an old wallet's file says that its keys are sealed. @throws DatabaseError */
export function isLegacyEncrypted(file: string): boolean {
  try {
    return readBdb(readFileSync(file)).some(({ key }) => typeOf(key) === RECORD.masterKey);
  } catch (e) {
    throw new DatabaseError('load', errorText(e), { cause: e });
  }
}

class Migration {
  private readonly context: WalletContext;
  private readonly name: string;
  private readonly path: string;
  private readonly file: string;
  private readonly bytes: Uint8Array;

  constructor(context: WalletContext, name: string, path: string, file: string) {
    this.context = context;
    this.name = name;
    this.path = path;
    this.file = file;
    this.bytes = readFileSync(file);
  }

  private get prefix(): string { return this.name === '' ? 'default_wallet' : this.name; }
  private log(message: string): void { this.context.log.info(`[${this.name === '' ? 'default wallet' : this.name}] ${message}`); }

  async run(passphrase: string, load: boolean): Promise<Migrated> {
    const records = this.read();
    const legacy = loadLegacyWallet(records, (message) => this.log(message));
    const fault = this.faultOf(legacy);
    if (fault !== null) throw new DatabaseError('load', `Wallet loading failed. ${fault}`);
    if ((legacy.flags & FLAG.descriptors) !== 0n) throw new WalletError(ALREADY_NEW);
    const main = this.draft(this.name, legacy.flags);
    await this.loadMain(main, records, legacy);
    const backupPath = this.backUp();
    const drafts = await this.convert(main, legacy, hasLegacyRecords(records), passphrase);
    return this.replace(drafts, backupPath, load);
  }

  // -- reading ------------------------------------------------------------------------------------------------------

  private read(): BdbRecord[] {
    try {
      return readBdb(this.bytes);
    } catch (e) {
      throw new DatabaseError('load', `Wallet file verification failed. ${errorText(e)}`, { cause: e });
    }
  }

  private faultOf({ verdict }: LegacyWallet): string | null {
    switch (verdict) {
      case 'ok':
      case 'noncritical': return null;
      case 'corrupt': return `Error loading ${this.file}: Wallet corrupted`;
      case 'too-new': return `Error loading ${this.file}: Wallet requires newer version of ${this.context.params.coin.clientName}`;
      case 'fail': return `Error loading ${this.file}`;
    }
  }

  /** An empty wallet in memory, without a chain: nothing is to be told or asked while it is filled. */
  private draft(name: string, flags: bigint): DraftWallet {
    const { params, addresses, signers, clock, log, files } = this.context;
    const options = { ...this.context.options, keypoolSize: 0, notifyCommand: '', broadcast: false };
    const file = new MemoryFile();
    const chain = awayChain(() => 'the wallet is being migrated');
    const wallet = new Wallet(name, options, { db: new WalletDb(file), chain, params, addresses, signers, clock, log, files });
    wallet.flags = flags;
    return { wallet, file };
  }

  /** Address book, transactions and all else that wallets of both kinds have. */
  private async loadMain({ wallet, file }: DraftWallet, records: readonly BdbRecord[], legacy: LegacyWallet): Promise<void> {
    this.log('Migrating wallet storage database from BerkeleyDB to SQLite.');
    for (const { key, value } of records) if (!isLegacyRecord(key)) file.write(key.slice(), value.slice());
    for (const [id, record] of legacy.masterKeys) wallet.keys.masterKeys.set(id, record);
    const verdict = await loadHistory(wallet, (txs) => {
      const next = orderTransactions(txs);
      if (next === null) return;
      wallet.txs.orderPosNext = next;
      wallet.db.writeOrderPosNext(next);
    });
    if (verdict === 'corrupt') throw new DatabaseError('load', `Wallet loading failed. Error loading ${this.file}: Wallet corrupted`);
  }

  // -- backup and keys ----------------------------------------------------------------------------------------------

  /** Copies the file as it is. A backup that is there already and says something else is left alone. */
  private backUp(): string {
    const { options, clock, log } = this.context;
    const name = this.name === '' ? this.prefix : basename(realpathSync(this.path));
    const path = join(options.walletDir, `${name}_${clock.nowSec()}.legacy.bak`);
    try {
      if (existsSync(path) && !equalBytes(readFileSync(path), this.bytes)) throw new WalletError(`${path} is there already`);
      writeFileAtomic(path, this.bytes);
    } catch (e) {
      log.warning(`error copying ${this.file} to ${path} - ${errorText(e)}`);
      throw new WalletError('Error: Unable to make a backup of your wallet', { cause: e });
    }
    log.info(`copied ${this.file} to ${path}`);
    return path;
  }

  private unlock(wallet: Wallet, { store, masterKeys }: LegacyWallet, passphrase: string): void {
    if (masterKeys.size === 0) return;
    for (const record of masterKeys.values()) {
      const master = openMasterKey(passphrase, record);
      if (master === null || !store.unseal(master)) continue;
      wallet.keys.useMasterKey(master);
      master.fill(0);
      return;
    }
    throw new WalletError(passphrase.includes('\0')
      ? 'Error: Wallet decryption failed, the wallet passphrase entered was incorrect. The passphrase contains a null character (ie - a zero byte). '
        + 'If this passphrase was set with a version of this software prior to 25.0, please try again with only the characters up to — but not including — the first null character.'
      : 'Error: Wallet decryption failed, the wallet passphrase was not provided or was incorrect.');
  }

  private async convert(main: DraftWallet, legacy: LegacyWallet, hasRecords: boolean, passphrase: string): Promise<Drafts> {
    const { wallet } = main;
    this.unlock(wallet, legacy, passphrase);
    try {
      if (!hasRecords) {
        wallet.setFlags(wallet.flags | FLAG.descriptors);
        return { main, watchOnly: null, solvables: null };
      }
      const plan = await planMigration(legacy.store, { params: this.context.params, privateKeysDisabled: wallet.privateKeysDisabled }, nextTurn).catch((e: unknown) => {
        this.context.log.error(`Migrating ${this.file}: ${errorText(e)}`);
        throw new WalletError('Error: Unable to produce descriptors for this legacy wallet. Make sure to provide the wallet\'s passphrase if it is encrypted.', { cause: e });
      });
      const drafts = await convertWallet(main, plan, {
        pause: nextTurn, keypoolSize: this.context.options.keypoolSize, notMine: legacy.store.notMine(), make: (kind, flags) => this.make(this.prefix + BESIDE[kind], flags),
      });
      this.log('Wallet migration complete.');
      return drafts;
    } finally {
      wallet.keys.lock();
    }
  }

  private make(name: string, flags: bigint): DraftWallet {
    try {
      checkDatabase(walletPath(name, this.context.options.walletDir), this.context.params, 'new');
    } catch (e) {
      throw new WalletError(`Wallet file creation failed: ${errorText(e)}`, { cause: e });
    }
    const made = this.draft(name, flags);
    made.wallet.db.writeVersion();
    made.wallet.setFlags(flags);
    return made;
  }

  // -- files --------------------------------------------------------------------------------------------------------

  /** Writes the new wallets, puts them in place and opens them. */
  private async replace({ main, watchOnly, solvables }: Drafts, backupPath: string, load: boolean): Promise<Migrated> {
    const { context } = this;
    const undo = new Undo(() => this.putBack(backupPath));
    const others = [watchOnly, solvables].filter((one) => one !== null);
    let opened: Wallet[] = [];
    try {
      const places: { from: string; to: string }[] = [];
      for (const { wallet, file } of others) {
        const dir = walletPath(wallet.name, context.options.walletDir);
        if (!existsSync(dir)) {
          mkdirSync(dir, { recursive: true });
          undo.dirs.push(dir);
        }
        places.push(await this.write(file, walletFile(dir), undo));
      }
      const draft = main === null ? null : await this.write(main.file, this.file, undo);
      for (const { from, to } of places) {
        renameSync(from, to);
        undo.files.push(to);
        syncDirectory(dirname(to));
      }
      this.putInPlace(draft?.from ?? null, undo);
      if (load) opened = await this.open([main, ...others].filter((one) => one !== null).map((one) => one.wallet.name));
    } catch (e) {
      undo.run(e);
      throw e instanceof DatabaseError ? e : new WalletError(`Error: Unable to write the migrated wallet: ${errorText(e)}`, { cause: e });
    }
    await this.remember(others.map((one) => one.wallet.name), load);
    return {
      name: (main ?? watchOnly ?? solvables)?.wallet.name ?? this.name, wallet: opened[0] ?? null, watchOnlyName: watchOnly?.wallet.name ?? null,
      solvablesName: solvables?.wallet.name ?? null, backupPath,
    };
  }

  /** Writes records to a file beside `place`; they are on the disk when this resolves. */
  private async write(records: MemoryFile, place: string, undo: Undo): Promise<{ from: string; to: string }> {
    const from = place + DRAFT_SUFFIX;
    rmSync(from, { force: true });
    undo.files.push(from);
    const file = await openDatabaseFile(from, this.context.options, this.context);
    try {
      file.transaction(() => { for (const { key, value } of records.entries()) file.write(key, value); });
    } finally {
      await file.close();
    }
    return { from, to: place };
  }

  /** Replaces the old file by the new one. A wallet that was a file in the wallet directory becomes a directory. */
  private putInPlace(draft: string | null, undo: Undo): void {
    undo.replaced = true;
    if (draft === null) {
      rmSync(this.file);
    } else if (this.file === this.path) {
      rmSync(this.file);
      mkdirSync(this.path);
      undo.dirs.push(this.path);
      undo.files.push(walletFile(this.path));
      renameSync(draft, walletFile(this.path));
      syncDirectory(this.path);
    } else {
      undo.files.push(this.file);
      renameSync(draft, this.file);
    }
    syncDirectory(dirname(this.file));
  }

  /** Opens the new wallets, or none. @throws DatabaseError */
  private async open(names: readonly string[]): Promise<Wallet[]> {
    const { context } = this;
    context.log.info('Loading new wallets after migration...');
    const opened: Wallet[] = [];
    try {
      for (const name of names) opened.push((await context.load(name)).wallet);
    } catch (e) {
      context.log.error(`Failed to load wallet '${names[opened.length] ?? ''}' after migration. Rolling back migration to preserve consistency. Error cause: ${errorText(e)}`);
      for (const wallet of opened) await context.unload(wallet, false);
      throw e;
    }
    return opened;
  }

  /** What is opened at the start: as the old wallet was, where the new ones are opened now. The wallets are there whether this works or not. */
  private async remember(others: readonly string[], load: boolean): Promise<void> {
    try {
      if (!load) await this.context.setLoadOnStartup(this.name, false);
      for (const name of others) await this.context.setLoadOnStartup(name, load);
    } catch (e) {
      this.context.log.warning(`Wallet load on startup setting could not be updated: ${errorText(e)}`);
    }
  }

  /** The old file as it was. */
  private putBack(backupPath: string): void {
    writeFileAtomic(this.file, readFileSync(backupPath));
  }
}

/** What has to go again where a migration fails, and how the old file comes back. */
class Undo {
  readonly files: string[] = [];
  readonly dirs: string[] = [];
  /** Whether the old file has been touched. */
  replaced = false;
  private readonly putBack: () => void;

  constructor(putBack: () => void) {
    this.putBack = putBack;
  }

  /** @param cause what has failed @throws WalletError where not even this works */
  run(cause: unknown): void {
    try {
      for (const file of this.files) for (const one of [file, `${file}-journal`]) rmSync(one, { force: true });
      for (const dir of this.dirs) removeEmpty(dir);
      if (this.replaced) this.putBack();
    } catch (e) {
      throw new WalletError(`${errorText(cause)}${errorText(e)}\nUnable to restore backup of wallet.`, { cause });
    }
  }
}

/** Removes a directory that was made; where somebody has put something into it meanwhile, it stays. */
function removeEmpty(dir: string): void {
  try {
    rmdirSync(dir);
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw e;
  }
}

function typeOf(key: Uint8Array): string | null {
  try {
    return new Reader(key).varString();
  } catch {
    return null;
  }
}

function isLegacyRecord(key: Uint8Array): boolean {
  const type = typeOf(key);
  // What has no type cannot be a record of any wallet, and would keep one from being read.
  return type === null || LEGACY_RECORDS.has(type);
}

function hasLegacyRecords(records: readonly BdbRecord[]): boolean {
  return records.some(({ key }) => LEGACY_RECORDS.has(typeOf(key) ?? ''));
}
