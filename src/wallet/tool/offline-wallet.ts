import { readdirSync, readFileSync, rmSync, rmdirSync } from 'node:fs';
import type { Chain } from '../../../ipc-spec/chain.ts';
import type { ChainParams } from '../../params/chain-params.ts';
import { errorText } from '../../util/errors.ts';
import type { Clock } from '../../util/clock.ts';
import type { Logger } from '../../util/logger.ts';
import { Addresses } from '../addresses.ts';
import { bdbFile, checkDatabase, DatabaseError, isBdbWallet, openDatabase, walletFile, walletPath } from '../database.ts';
import { DIRECT_FILES } from '../files.ts';
import { readBdb } from '../legacy/bdb-reader.ts';
import { loadRecords, type LoadVerdict } from '../load-records.ts';
import { Wallet } from '../wallet.ts';
import { type KeyValueFile, WalletDb } from '../wallet-db.ts';
import { FLAG } from '../wallet-flags.ts';
import type { WalletOptions } from '../wallet-options.ts';
import { dumpPath, readDump, writeDump } from './dump.ts';

export interface ToolModules {
  readonly params: ChainParams;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Without a node the wallet's word counts: all that it asks while it is read is whether its blocks are still in the chain. */
const NO_CHAIN: Partial<Chain> = { findBlock: (hash) => Promise.resolve({ hash, height: 0, time: 0, inActiveChain: true }) };
const READABLE: ReadonlySet<LoadVerdict> = new Set(['ok', 'noncritical', 'rescan']);

/** Works on wallet files without a node. */
export class OfflineWallets {
  private readonly options: WalletOptions;
  private readonly m: ToolModules;

  constructor(options: WalletOptions, modules: ToolModules) {
    this.options = options;
    this.m = modules;
  }

  private async open(name: string, want: 'existing' | 'new'): Promise<Wallet> {
    const { options, m } = this;
    const path = walletPath(name, options.walletDir);
    checkDatabase(path, m.params, want);
    const file = await openDatabase(path, options, { ...m, files: DIRECT_FILES });
    return new Wallet(name, options, { ...m, db: new WalletDb(file), chain: NO_CHAIN as Chain, signers: () => Promise.resolve(null), addresses: new Addresses(m.params), files: DIRECT_FILES });
  }

  /** What there is to tell of a wallet. Null where it cannot be read. @throws DatabaseError */
  async info(name: string): Promise<string | null> {
    const wallet = await this.open(name, 'existing');
    try {
      return READABLE.has(await loadRecords(wallet)) ? describe(wallet) : null;
    } finally {
      await wallet.db.file.close();
    }
  }

  /** Makes a new wallet with keys of its own. @param progress called before the slow part @throws DatabaseError */
  async create(name: string, progress: () => void): Promise<string> {
    const wallet = await this.open(name, 'new');
    try {
      wallet.db.writeVersion();
      wallet.setFlags(FLAG.descriptors | FLAG.lastHardenedXpubCached);
      wallet.keys.setUpAll();
      progress();
      wallet.keys.topUp();
      return describe(wallet);
    } finally {
      await wallet.db.file.close();
    }
  }

  /** Writes all records to a text file. @throws DatabaseError, DumpError */
  async dump(name: string, dumpFile: string | undefined): Promise<void> {
    const path = walletPath(name, this.options.walletDir);
    const old = bdbFile(path);
    if (isBdbWallet(old)) {
      writeDump(legacyRecords(old), dumpPath(dumpFile, 'dump'), 'bdb_ro');
      return;
    }
    checkDatabase(path, this.m.params, 'existing');
    const file = await openDatabase(path, this.options, { ...this.m, files: DIRECT_FILES });
    try {
      writeDump(file, dumpPath(dumpFile, 'dump'));
    } finally {
      await file.close();
    }
  }

  /** Makes a wallet of the records in a text file; of one that is at fault it leaves nothing. @throws DatabaseError, DumpError */
  async createFromDump(name: string, dumpFile: string | undefined): Promise<void> {
    const dump = readDump(dumpPath(dumpFile, 'createfromdump'));
    const path = walletPath(name, this.options.walletDir);
    checkDatabase(path, this.m.params, 'new');
    const file = await openDatabase(path, this.options, { ...this.m, files: DIRECT_FILES });
    let done = false;
    try {
      file.transaction(() => dump.fill(file));
      done = true;
    } finally {
      await file.close();
      if (!done) {
        rmSync(walletFile(path), { force: true });
        if (readdirSync(path).length === 0) rmdirSync(path);
      }
    }
  }
}

/** What a wallet of the old kind holds. @throws DatabaseError */
function legacyRecords(file: string): Pick<KeyValueFile, 'entries'> {
  try {
    const records = readBdb(readFileSync(file));
    return { entries: () => records.values() };
  } catch (e) {
    throw new DatabaseError('load', errorText(e), { cause: e });
  }
}

function describe(wallet: Wallet): string {
  const yes = (value: boolean): string => (value ? 'yes' : 'no');
  const active = wallet.keys.activeList();
  return [
    'Wallet info', '===========', `Name: ${wallet.name}`, 'Format: sqlite', `Descriptors: ${yes(wallet.hasFlag(FLAG.descriptors))}`,
    `Encrypted: ${yes(wallet.keys.masterKeys.size > 0)}`, `HD (hd seed available): ${yes(active.length > 0 && active.every((keys) => keys.isRange))}`,
    `Keypool Size: ${wallet.keys.totalKeypoolSize}`, `Transactions: ${wallet.txs.size}`, `Address Book: ${wallet.book.size}`, '',
  ].join('\n');
}
