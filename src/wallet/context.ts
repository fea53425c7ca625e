import { existsSync, mkdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Chain } from '../../ipc-spec/chain.ts';
import type { ChainParams } from '../params/chain-params.ts';
import { SealBox } from '../crypto/seal.ts';
import { equalBytes, ZERO_32 } from '../util/bytes.ts';
import type { Clock } from '../util/clock.ts';
import { Disconnected, errorText } from '../util/errors.ts';
import { parseJson, stringifyJson, type Json } from '../util/json.ts';
import type { Logger } from '../util/logger.ts';
import { Reader } from '../util/reader.ts';
import { Addresses } from './addresses.ts';
import { bdbFile, checkDatabase, DatabaseError, isBdbWallet, openDatabase, walletFile, walletPath } from './database.ts';
import { addDeviceDescriptors, deviceDescriptors, type FindSigners } from './external-signer.ts';
import { rememberConstants } from './constant-answers.ts';
import { DIRECT_FILES, type WalletFiles } from './files.ts';
import { isLegacyEncrypted } from './legacy/migrate.ts';
import { loadRecords, type LoadVerdict } from './load-records.ts';
import { TIMESTAMP_WINDOW, WalletNotifications } from './notifications.ts';
import { beginScan, endScan, scanBlocks } from './scan.ts';
import { RECORD } from './records.ts';
import { Wallet } from './wallet.ts';
import { WalletDb } from './wallet-db.ts';
import { WalletError } from './wallet-error.ts';
import { FLAG } from './wallet-flags.ts';
import type { WalletOptions } from './wallet-options.ts';
import { WalletReopener } from './wallet-reopener.ts';

/** Whom the wallets tell about their start, and who remembers which of them to open. */
export type WalletHome = Pick<Chain, 'initMessage' | 'initWarning' | 'initError' | 'getSettingsList' | 'updateRwSetting'>;

export interface WalletContextModules {
  readonly chain: Chain;
  readonly params: ChainParams;
  readonly clock: Clock;
  readonly log: Logger;
  /** Finds devices that sign; null where the user has named no program for it. Absent: there are none. */
  readonly signers?: FindSigners;
  /** Absent: this process does it all itself. */
  readonly files?: WalletFiles;
  /** Absent: the node. */
  readonly home?: WalletHome;
}

/** A wallet with what its user should hear about opening it. */
export interface Opened {
  readonly wallet: Wallet;
  readonly warnings: string[];
}

export interface CreateOptions {
  readonly flags: bigint;
  /** '' for none. */
  readonly passphrase: string;
  /** Whether to open it at start-up from now on; undefined leaves that as it is. */
  readonly loadOnStartup?: boolean | undefined;
}

/** Something that a wallet tells the node, or asks it, while it closes: where the node is gone, the wallet closes all the same. */
export async function unlessGone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (e) {
    if (!(e instanceof Disconnected)) throw e;
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

/** The wallets of this process: makes, opens, restores and closes them. */
export class WalletContext {
  readonly options: WalletOptions;
  readonly chain: Chain;
  readonly params: ChainParams;
  readonly clock: Clock;
  readonly log: Logger;
  readonly files: WalletFiles;
  readonly home: WalletHome;
  readonly addresses: Addresses;
  /** Opens passphrases that were sealed for this process. */
  readonly seals = new SealBox();
  readonly signers: FindSigners;
  readonly wallets: Wallet[] = [];
  readonly loadCallbacks = new Set<(wallet: Wallet) => Promise<void>>();
  private readonly loading = new Set<string>();
  private readonly reopener: WalletReopener;
  private readonly behind = new WeakSet<Wallet>();
  private isClosing = false;
  /** Whether the unnamed wallet was opened at start though no setting names it. */
  openedByHabit = false;

  constructor(options: WalletOptions, modules: WalletContextModules) {
    this.options = options;
    this.chain = rememberConstants(modules.chain);
    this.params = modules.params;
    this.clock = modules.clock;
    this.log = modules.log;
    this.files = modules.files ?? DIRECT_FILES;
    this.home = modules.home ?? modules.chain;
    this.addresses = new Addresses(modules.params);
    this.signers = modules.signers ?? ((): Promise<null> => Promise.resolve(null));
    this.reopener = new WalletReopener(this.log, async (name) => { if (this.find(name) === undefined) await this.load(name); });
  }

  find(name: string): Wallet | undefined { return this.wallets.find((wallet) => wallet.name === name); }

  // -- making and opening -------------------------------------------------------------------------------------------

  /** @throws DatabaseError with the reference's text */
  async create(name: string, options: CreateOptions): Promise<Opened> {
    if (name === '') throw new DatabaseError('unnamed', 'Wallet name cannot be empty');
    const flags = options.flags | FLAG.descriptors;
    if ((flags & FLAG.externalSigner) !== 0n && (flags & FLAG.disablePrivateKeys) === 0n) {
      throw new DatabaseError('create', 'Private keys must be disabled when using an external signer');
    }
    if (options.passphrase !== '' && (flags & FLAG.disablePrivateKeys) !== 0n) {
      throw new DatabaseError('create', 'Passphrase provided but private keys are disabled. A passphrase is only used to encrypt private keys, so cannot be used for wallets with private keys disabled.');
    }
    // Before there is a file: what the device has to say may be no.
    const device = (flags & FLAG.externalSigner) === 0n ? null : await deviceDescriptors(this.signers, this.params);
    const wallet = await this.open(name, 'new', 'verify');
    const warnings: string[] = [...this.options.warnings];
    try {
      await this.home.initMessage('Creating wallet…');
      const start = this.clock.monotonicMs();
      wallet.db.writeVersion();
      wallet.setFlags(flags | FLAG.lastHardenedXpubCached);
      if (device !== null) addDeviceDescriptors(wallet, device);
      else if (options.passphrase === '' && (flags & (FLAG.blank | FLAG.disablePrivateKeys)) === 0n) wallet.keys.setUpAll();
      const height = await this.chain.getHeight();
      if (height !== null) {
        wallet.setLastBlock(height, await this.chain.getBlockHash(height) ?? ZERO_32);
        await wallet.writeBestBlock();
      }
      wallet.log(`Wallet completed creation in ${String(Math.round(this.clock.monotonicMs() - start)).padStart(15)}ms`);
      wallet.keys.topUp();
      await this.attach(wallet, false);
      if (options.passphrase !== '') wallet.encrypt(options.passphrase);
    } catch (e) {
      await this.dispose(wallet);
      throw new DatabaseError('create', `Wallet creation failed. ${errorText(e)}`, { cause: e });
    }
    wallet.logStats();
    await this.finishOpening(wallet);
    await this.updateSetting(name, options.loadOnStartup, warnings);
    return { wallet, warnings };
  }

  /** @throws DatabaseError */
  async load(name: string, loadOnStartup?: boolean): Promise<Opened> {
    if (this.loading.has(name)) throw new DatabaseError('load', 'Wallet already loading.');
    this.loading.add(name);
    try {
      const wallet = await this.open(name, 'existing', null);
      await this.home.initMessage('Loading wallet…');
      // Opening and reading a file hold up everything else: what has come in meanwhile is heard after each, and a second call for it is told so.
      await nextTurn();
      const opened = await this.readWallet(wallet, 'Wallet loading failed. ');
      await nextTurn();
      await this.finishOpening(wallet);
      await this.updateSetting(name, loadOnStartup, opened.warnings);
      return opened;
    } finally {
      this.loading.delete(name);
    }
  }

  /** Opens a configured wallet at start-up, before the node is ready for more. @throws DatabaseError */
  async loadAtStart(name: string): Promise<Opened> {
    const path = walletPath(name, this.options.walletDir);
    checkDatabase(path, this.params, 'existing');
    const wallet = await this.openFile(name, path);
    await this.home.initMessage('Loading wallet…');
    const opened = await this.readWallet(wallet, '');
    await this.tellLoaded(wallet);
    this.wallets.push(wallet);
    if (this.behind.has(wallet)) void this.reopen(wallet, 'while it was opened');
    return opened;
  }

  private async open(name: string, want: 'existing' | 'new', fault: 'verify' | null): Promise<Wallet> {
    try {
      const path = walletPath(name, this.options.walletDir);
      checkDatabase(path, this.params, want);
      return await this.openFile(name, path);
    } catch (e) {
      if (!(e instanceof DatabaseError)) throw e;
      // As the reference: whatever is wrong with a new wallet's file is one kind of fault.
      throw new DatabaseError(fault ?? e.fault, `Wallet file verification failed. ${e.message}`, { cause: e });
    }
  }

  private async openFile(name: string, path: string): Promise<Wallet> {
    const file = await openDatabase(path, this.options, this);
    return new Wallet(name, this.options, {
      db: new WalletDb(file), chain: this.chain, params: this.params, addresses: this.addresses, signers: this.signers, clock: this.clock, log: this.log, files: this.files,
    });
  }

  private async readWallet(wallet: Wallet, prefix: string): Promise<Opened> {
    const warnings: string[] = [...this.options.warnings];
    const file = walletFile(walletPath(wallet.name, this.options.walletDir));
    try {
      const start = this.clock.monotonicMs();
      const verdict = await loadRecords(wallet);
      const fatal = loadFault(verdict, file, this.params.coin.clientName);
      if (fatal !== null) throw new WalletError(fatal);
      if (verdict === 'noncritical') {
        warnings.push(`Error reading ${file}! All keys read correctly, but transaction data or address metadata may be missing or incorrect.`);
      } else if (verdict === 'rescan') {
        warnings.push(`Error reading ${file}! Transaction data may be missing or incorrect. Rescanning wallet.`);
      }
      if (wallet.privateKeysDisabled && wallet.keys.activeList().some((keys) => keys.havePrivateKeys)) {
        warnings.push(`Warning: Private keys detected in wallet {${file}} with disabled private keys`);
      }
      wallet.log(`Wallet completed loading in ${String(Math.round(this.clock.monotonicMs() - start)).padStart(15)}ms`);
      wallet.keys.topUp();
      await this.attach(wallet, verdict === 'rescan');
      wallet.logStats();
      return { wallet, warnings };
    } catch (e) {
      await this.dispose(wallet);
      throw new DatabaseError('load', `${prefix}${errorText(e)}`, { cause: e });
    }
  }

  /** Subscribes to the chain and catches up with it. What happens meanwhile waits. @throws WalletError */
  private async attach(wallet: Wallet, rescanAll: boolean): Promise<void> {
    const { chain } = this;
    const locator = wallet.db.readBestBlock();
    if (!this.options.crossChain && locator !== null && locator.length > 0 && await chain.getHeight() !== null) {
      const genesis = await chain.getBlockHash(0);
      if (genesis === null || !equalBytes(genesis, locator[locator.length - 1] as Uint8Array)) {
        throw new WalletError('Wallet files should not be reused across chains. Restart bitcoind with -walletcrosschain to override.');
      }
    }
    let open = (): void => undefined;
    const ready = new Promise<void>((resolve) => { open = resolve; });
    try {
      wallet.subscription = await chain.handleNotifications(new WalletNotifications(wallet, { ready, failed: (why) => { void this.reopen(wallet, why); } }));
      await this.catchUp(wallet, rescanAll || locator === null ? 0 : await chain.findLocatorFork(locator) ?? 0);
    } finally {
      open();
    }
  }

  private async catchUp(wallet: Wallet, from: number): Promise<void> {
    const { chain } = this;
    const tip = await chain.getHeight();
    if (tip === null) {
      wallet.setLastBlock(-1, ZERO_32);
      return;
    }
    wallet.setLastBlock(tip, await chain.getBlockHash(tip) ?? ZERO_32);
    if (tip === from) return;
    const first = await chain.findFirstBlockWithTimeAndHeight(wallet.birthTime - TIMESTAMP_WINDOW, from, {});
    const start = first === null ? tip : first.height;
    if (await chain.havePruned() || await chain.hasAssumedValidChain()) {
      let lowest = tip;
      while (lowest > 0 && lowest !== start && await chain.haveBlockOnDisk(lowest - 1)) lowest -= 1;
      if (lowest !== start) {
        throw new WalletError(await chain.havePruned()
          ? 'Prune: last wallet synchronisation goes beyond pruned data. You need to -reindex (download the whole blockchain again in case of a pruned node)'
          : 'Error loading wallet. Wallet requires blocks to be downloaded, and software does not currently support loading wallets while blocks are being '
            + 'downloaded out of order when using assumeutxo snapshots. Wallet should be able to load successfully after node sync reaches height '
            + `${lowest}`);
      }
    }
    await this.home.initMessage('Rescanning…');
    wallet.log(`Rescanning last ${tip - start} blocks (from block ${start})...`);
    if (!beginScan(wallet)) throw new WalletError('Failed to acquire rescan reserver during wallet initialization');
    try {
      const hash = await chain.getBlockHash(start);
      const result = hash === null ? null : await scanBlocks(wallet, hash, start, null, true);
      if (result === null || result.status !== 'success' || result.lastScannedHeight === null || result.lastScannedHash === null) {
        throw new WalletError('Failed to rescan the wallet during initialization');
      }
      wallet.setLastBlock(result.lastScannedHeight, result.lastScannedHash);
      await wallet.writeBestBlock();
    } finally {
      endScan(wallet);
    }
  }

  private async finishOpening(wallet: Wallet): Promise<void> {
    await this.tellLoaded(wallet);
    this.wallets.push(wallet);
    if (this.behind.has(wallet)) void this.reopen(wallet, 'while it was opened');
    else await this.postInit(wallet);
  }

  private async tellLoaded(wallet: Wallet): Promise<void> {
    for (const callback of this.loadCallbacks) await callback(wallet);
  }

  /** Puts the wallet's unconfirmed transactions into the mempool, and takes in what is there. */
  async postInit(wallet: Wallet): Promise<void> {
    await wallet.resubmit(false, true);
    await this.chain.requestMempoolTransactions(WalletNotifications.replay(wallet));
  }

  // -- closing ------------------------------------------------------------------------------------------------------

  /** Closes a wallet; its file is free when this resolves. */
  async unload(wallet: Wallet, loadOnStartup?: boolean): Promise<string[]> {
    const at = this.wallets.indexOf(wallet);
    if (at >= 0) this.wallets.splice(at, 1);
    const warnings: string[] = [];
    await unlessGone(wallet.writeBestBlock());
    wallet.log(`Releasing wallet ${wallet.name}..`);
    await this.dispose(wallet);
    wallet.events.unload.emit();
    await this.updateSetting(wallet.name, loadOnStartup, warnings);
    return warnings;
  }

  private async dispose(wallet: Wallet): Promise<void> {
    if (wallet.subscription !== null) await unlessGone(wallet.subscription.disconnect());
    wallet.subscription = null;
    wallet.lock();
    await wallet.db.file.close();
  }

  /** Names of the wallets that are open, or that are being opened again after a failure. */
  get openNames(): string[] { return [...new Set([...this.wallets.map(({ name }) => name), ...this.reopener.names])]; }

  /** Opens a wallet that was open as soon as that can be done. @param told why it is not, as it has been logged */
  openLater(name: string, told: string): void { this.reopener.add(name, told); }

  /**
   * A wallet could not take a block in. What it holds in memory is no longer what is on the disk: it is closed, and opened from there
   * as soon as that can be done, and catches up with the chain.
   */
  private async reopen(wallet: Wallet, why: unknown): Promise<void> {
    const at = this.wallets.indexOf(wallet);
    if (this.isClosing) return;
    if (at < 0) {
      // It is still being opened: its turn comes when that is done.
      this.behind.add(wallet);
      return;
    }
    const { name } = wallet;
    this.log.error(`Wallet "${name}" could not take in a block (${errorText(why)}): closing it, to open it again from its file`);
    this.wallets.splice(at, 1);
    this.reopener.add(name);
    try {
      await this.dispose(wallet);
    } catch (e) {
      this.log.error(`Closing wallet "${name}": ${errorText(e)}`);
    }
    wallet.events.unload.emit();
  }

  /** Does something with a wallet that is not open, and is not opened here meanwhile. @throws DatabaseError where it is just being opened */
  async whileClosed<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (this.loading.has(name)) throw new DatabaseError('load', 'Wallet already loading.');
    this.loading.add(name);
    try {
      return await work();
    } finally {
      this.loading.delete(name);
    }
  }

  async unloadAll(): Promise<void> {
    this.isClosing = true;
    this.reopener.stop();
    for (const wallet of [...this.wallets].reverse()) await this.unload(wallet);
  }

  // -- looking ------------------------------------------------------------------------------------------------------

  /** Whether a wallet has its keys sealed, open or not. @throws DatabaseError */
  async isEncrypted(name: string): Promise<boolean> {
    const open = this.find(name);
    if (open !== undefined) return open.keys.hasEncryptionKeys;
    const path = walletPath(name, this.options.walletDir);
    const old = bdbFile(path);
    if (isBdbWallet(old)) return isLegacyEncrypted(old);
    checkDatabase(path, this.params, 'existing');
    const file = await openDatabase(path, this.options, this);
    try {
      for (const { key } of file.entries()) if (new Reader(key).varString() === RECORD.masterKey) return true;
      return false;
    } finally {
      await file.close();
    }
  }

  // -- restoring ----------------------------------------------------------------------------------------------------

  /** Makes a wallet of a backup file and opens it. @throws DatabaseError */
  restore(backupFile: string, name: string, loadOnStartup?: boolean): Promise<Opened> {
    return this.restoreAnd(backupFile, name, () => this.load(name, loadOnStartup));
  }

  /** Puts a backup file where a wallet of a name would lie, and leaves it closed. @throws DatabaseError */
  restoreClosed(backupFile: string, name: string): Promise<void> {
    return this.restoreAnd(backupFile, name, (path) => {
      if (isBdbWallet(bdbFile(path))) return Promise.resolve();
      checkDatabase(path, this.params, 'existing');
      return Promise.resolve();
    });
  }

  /** Copies a backup file to its place; where what follows fails, it is taken away again. */
  private async restoreAnd<T>(backupFile: string, name: string, next: (path: string) => Promise<T>): Promise<T> {
    if (name === '') throw new DatabaseError('unnamed', 'Wallet name cannot be empty');
    const path = isAbsolute(name) ? name : join(this.options.walletDir, name);
    const file = walletFile(path);
    if (!await this.files.exists(backupFile)) throw new DatabaseError('invalid-backup', 'Backup file does not exist');
    let madeDirectory = false;
    if (existsSync(path)) {
      if (!statSync(path).isDirectory()) throw new DatabaseError('already-exists', `Failed to restore wallet. Database file exists '${path}'.`);
      if (existsSync(file)) throw new DatabaseError('already-exists', `Failed to restore wallet. Database file exists in '${file}'.`);
    } else {
      try {
        mkdirSync(path, { recursive: true });
      } catch (e) {
        throw new DatabaseError('already-exists', `Failed to restore database path '${path}'.`, { cause: e });
      }
      madeDirectory = true;
    }
    let copied = false;
    try {
      await this.files.restore(backupFile, file);
      copied = true;
      return await next(path);
    } catch (e) {
      if (copied) rmSync(file, { force: true });
      if (madeDirectory) rmdirSync(path);
      throw e instanceof DatabaseError ? e : new DatabaseError('load', `Unexpected exception: ${errorText(e)}`, { cause: e });
    }
  }

  // -- settings -----------------------------------------------------------------------------------------------------

  /** Whether a wallet is opened at every start. */
  async setLoadOnStartup(name: string, startup: boolean): Promise<void> {
    await this.updateSetting(name, startup, []);
  }

  private async updateSetting(name: string, loadOnStartup: boolean | undefined, warnings: string[]): Promise<void> {
    if (loadOnStartup === undefined) return;
    const change = (value: Json): Json | undefined => (loadOnStartup ? addName(value, name, this.openedByHabit ? [''] : []) : removeName(value, name));
    const done = await this.home.updateRwSetting('wallet', (value) => {
      const next = change(value === null ? null : parseJson(value));
      return Promise.resolve(next === undefined ? null : stringifyJson(next));
    });
    if (!done) {
      warnings.push(`Wallet load on startup setting could not be updated, so wallet may ${loadOnStartup ? 'not be loaded' : 'still be loaded'} next node startup.`);
    }
  }
}

/**
 * The setting with a name more; undefined where it is there. `unset` are the names that an absent setting stands for:
 * the unnamed wallet, opened by habit, has to be written down when the setting comes to exist.
 */
function addName(value: Json, name: string, unset: readonly string[]): Json | undefined {
  const list = Array.isArray(value) ? value : [...unset];
  if (value === null && list.includes(name)) return list;
  return list.includes(name) ? undefined : [...list, name];
}

/** The setting without a name; undefined where it changes nothing. An empty list keeps the unnamed wallet from being opened by habit. */
function removeName(value: Json, name: string): Json | undefined {
  if (!Array.isArray(value)) return name === '' && value === null ? [] : undefined;
  const left = value.filter((one) => one !== name);
  return left.length === value.length ? undefined : left;
}

function loadFault(verdict: LoadVerdict, file: string, clientName: string): string | null {
  switch (verdict) {
    case 'ok':
    case 'noncritical':
    case 'rescan': return null;
    case 'corrupt': return `Error loading ${file}: Wallet corrupted`;
    case 'too-new': return `Error loading ${file}: Wallet requires newer version of ${clientName}`;
    case 'unknown-descriptor':
      return `Unrecognized descriptor found. Loading wallet ${file}\n\nThe wallet might have been created on a newer version.\nPlease try running the latest software version.\n`;
    case 'legacy-entry':
      return `Unexpected legacy entry in descriptor wallet found. Loading wallet ${file}\n\nThe wallet might have been tampered with or created with malicious intent.\n`;
    case 'legacy': return `Error loading ${file}: Wallet is a legacy wallet. Please migrate to a descriptor wallet using the migration tool (migratewallet RPC).`;
    case 'fail': return `Error loading ${file}`;
  }
}
