import { accessSync, closeSync, constants, existsSync, lstatSync, mkdirSync, openSync, readdirSync, readSync, statSync, type Stats } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { SqliteError, SqliteKeyValue } from '../store/sqlite.ts';
import type { ChainParams } from '../params/chain-params.ts';
import { CoinError, errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import type { WalletFiles } from './files.ts';
import { walletNameFault } from './wallet-name.ts';
import type { WalletOptions } from './wallet-options.ts';

/** Why a wallet's file could not be opened or made. */
export type DatabaseFault =
  | 'bad-path' | 'not-found' | 'bad-format' | 'already-exists' | 'already-loaded' | 'legacy' | 'load' | 'create' | 'verify' | 'encrypt' | 'unnamed' | 'invalid-backup';

/** The reference's text with what kind of fault it is. */
export class DatabaseError extends CoinError {
  readonly fault: DatabaseFault;

  constructor(fault: DatabaseFault, message: string, options?: { cause?: unknown }) {
    super('wallet-database', message, options);
    this.fault = fault;
  }
}

const WALLET_FILE = 'wallet.dat';
/** Directories of wallets that are being deleted. */
export const DELETED_WALLET = /^\.deleted-wallet-[0-9a-f]{16}$/;
const SQLITE_MAGIC = 'SQLite format 3\0';
const BDB_MAGICS = [0x00053162, 0x62310500];

function stat(path: string): Stats | null {
  return statSync(path, { throwIfNoEntry: false }) ?? null;
}

function readAt(path: string, at: number, size: number): Buffer | null {
  const fd = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(size);
    return readSync(fd, buffer, 0, size, at) === size ? buffer : null;
  } finally {
    closeSync(fd);
  }
}

/** Whether a file is a wallet of this network: SQLite's mark, and the network's where an application puts its own. */
export function isSqliteWallet(path: string, messageStart: Uint8Array): boolean {
  const info = stat(path);
  if (info === null || !info.isFile() || info.size < 512) return false;
  const head = readAt(path, 0, 72);
  return head !== null && head.toString('latin1', 0, 16) === SQLITE_MAGIC && head.subarray(68, 72).equals(messageStart);
}

/** Whether a file is a Berkeley DB, as wallets were until 2025. */
export function isBdbWallet(path: string): boolean {
  const info = stat(path);
  if (info === null || !info.isFile() || info.size < 4096) return false;
  const magic = readAt(path, 12, 4);
  return magic !== null && BDB_MAGICS.includes(magic.readUInt32LE(0));
}

/** The file of a wallet of before 2025, whose path may name the file itself, for the sake of very old set-ups. */
export function bdbFile(path: string): string {
  return stat(path)?.isFile() === true ? path : join(path, WALLET_FILE);
}

export function walletFile(path: string): string {
  return join(path, WALLET_FILE);
}

/** What lies at a path, links not followed; below a file lies nothing. */
export function linkStat(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw e;
  }
}

/** Directory of a wallet by its name. @throws DatabaseError */
export function walletPath(name: string, walletDir: string): string {
  const bad = (message: string): never => { throw new DatabaseError('bad-path', message); };
  const fault = walletNameFault(name);
  if (fault !== null) bad(fault);
  const path = isAbsolute(name) ? name : join(walletDir, name);
  const link = linkStat(path);
  const isFine = link === undefined || link.isDirectory() || (link.isSymbolicLink() && stat(path)?.isDirectory() === true)
    || (link.isFile() && basename(name) === name);
  if (!isFine) {
    bad(`Invalid -wallet path '${name}'. -wallet path should point to a directory where wallet.dat and database/log.?????????? files can be stored, `
      + 'a location where such a directory could be created, or (for backwards compatibility) the name of an existing data file in -walletdir '
      + `("${walletDir.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}")`);
  }
  return path;
}

/** Finds out what lies at a path and whether it is what the caller wants. @throws DatabaseError */
export function checkDatabase(path: string, params: ChainParams, want: 'existing' | 'new'): void {
  let exists: boolean;
  try {
    exists = linkStat(path) !== undefined;
  } catch (e) {
    throw new DatabaseError('bad-path', `Failed to access database path '${path}': ${errorText(e)}`, { cause: e });
  }
  let format: 'sqlite' | 'bdb' | null = null;
  if (exists) {
    if (isBdbWallet(bdbFile(path))) format = 'bdb';
    if (isSqliteWallet(walletFile(path), params.messageStart)) {
      if (format !== null) throw new DatabaseError('bad-format', `Failed to load database path '${path}'. Data is in ambiguous format.`);
      format = 'sqlite';
    }
  } else if (want === 'existing') {
    throw new DatabaseError('not-found', `Failed to load database path '${path}'. Path does not exist.`);
  }
  if (format === null && want === 'existing') throw new DatabaseError('bad-format', `Failed to load database path '${path}'. Data is not in recognized format.`);
  if (format !== null && want === 'new') throw new DatabaseError('already-exists', `Failed to create database path '${path}'. Database already exists.`);
  if (format === 'bdb') {
    throw new DatabaseError('legacy', `Failed to open database path '${path}'. The wallet appears to be a Legacy wallet, please use the wallet migration tool (migratewallet RPC or the GUI option).`);
  }
}

/** The mark of the network's wallets in a file's header. */
export function databaseId(params: ChainParams): number {
  const [a = 0, b = 0, c = 0, d = 0] = params.messageStart;
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

export interface DatabaseModules {
  readonly params: ChainParams;
  readonly log: Logger;
  readonly files: WalletFiles;
}

/** Opens (or makes) and verifies the file of a wallet in its directory. @throws DatabaseError */
export function openDatabase(path: string, options: WalletOptions, modules: DatabaseModules): Promise<SqliteKeyValue> {
  return openDatabaseFile(walletFile(path), options, modules);
}

/** Opens (or makes) and verifies a wallet's file, wherever it lies. @throws DatabaseError */
export async function openDatabaseFile(file: string, options: WalletOptions, modules: DatabaseModules): Promise<SqliteKeyValue> {
  const { params, log, files } = modules;
  const path = dirname(file);
  try {
    mkdirSync(path, { recursive: true });
    try {
      accessSync(path, constants.W_OK | constants.X_OK);
    } catch (e) {
      throw new DatabaseError('load', `SQLiteDatabase: Failed to open database in directory '${path}': directory is not writable`, { cause: e });
    }
    if (options.unsafeSqliteSync) log.warning('SQLite is configured to not wait for data to be flushed to disk. Data loss and corruption may occur.');
    const database = await SqliteKeyValue.open({
      path: file, applicationId: databaseId(params), unsafeSync: options.unsafeSqliteSync,
      clientName: params.coin.clientName, lock: (walletDat) => files.lock(walletDat),
    });
    const fault = database.verify();
    if (fault !== null) {
      await database.close();
      throw new DatabaseError('verify', fault);
    }
    return database;
  } catch (e) {
    if (e instanceof DatabaseError) throw e;
    throw new DatabaseError(e instanceof SqliteError ? 'load' : 'bad-path', errorText(e), { cause: e });
  }
}

/** Wallets below a directory, by name, in the order of the directory. What cannot be read is reported and passed over. */
export function listDatabases(walletDir: string, params: ChainParams, log: Logger): { name: string; format: 'sqlite' | 'bdb' }[] {
  const found: { name: string; format: 'sqlite' | 'bdb' }[] = [];
  const visit = (dir: string, prefix: string): void => {
    let names: string[];
    try {
      names = readdirSync(dir);
    } catch (e) {
      log.warning(prefix === '' ? `Error scanning directory entries under ${dir}: ${errorText(e)}` : `Error while scanning wallet dir item: ${errorText(e)} [${dir}].`);
      return;
    }
    for (const name of names.sort()) {
      const path = join(dir, name);
      const relative = prefix === '' ? name : `${prefix}/${name}`;
      if (DELETED_WALLET.test(relative)) continue;
      try {
        const link = lstatSync(path);
        const info = link.isSymbolicLink() ? stat(path) : link;
        if (info?.isDirectory() === true) {
          if (isBdbWallet(bdbFile(path))) found.push({ name: relative, format: 'bdb' });
          else if (isSqliteWallet(walletFile(path), params.messageStart)) found.push({ name: relative, format: 'sqlite' });
          if (!link.isSymbolicLink()) visit(path, relative);
        } else if (prefix === '' && link.isFile() && !name.endsWith('.bak')) {
          if (name === WALLET_FILE) {
            if (isBdbWallet(path)) found.push({ name: '', format: 'bdb' });
            else if (isSqliteWallet(path, params.messageStart)) found.push({ name: '', format: 'sqlite' });
          } else if (isBdbWallet(path)) {
            found.push({ name, format: 'bdb' });
          }
        }
      } catch (e) {
        log.warning(`Error while scanning wallet dir item: ${errorText(e)} [${path}].`);
      }
    }
  };
  if (existsSync(walletDir)) visit(walletDir, '');
  return found;
}
