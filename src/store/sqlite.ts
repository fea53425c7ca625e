import { closeSync, existsSync, fsyncSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { Database, Statement } from 'node-sqlite3-wasm';
import { CoinError, errorText } from '../util/errors.ts';
import { LockHeld, type ProcessLock } from './process-lock.ts';

/** A wallet database that could not be opened, read or written; the message is the reference's. */
export class SqliteError extends CoinError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('sqlite', message, options);
  }
}

export interface KeyValueOptions {
  /** The file; its directory exists. */
  readonly path: string;
  /** Unsigned 32-bit application id of the header (the network's magic, big-endian). */
  readonly applicationId: number;
  /** Do not wait for the disk: tests only. */
  readonly unsafeSync: boolean;
  /** Name of the program in the message for a file in use. */
  readonly clientName: string;
  /** Takes the exclusive lock on the file. @throws LockHeld */
  readonly lock: (path: string) => Promise<ProcessLock>;
}

/** Schema version in the header; the only one there is. */
const SCHEMA_VERSION = 0;

const STATEMENTS = {
  read: 'SELECT value FROM main WHERE key = ?',
  write: 'INSERT or REPLACE into main values(?, ?)',
  erase: 'DELETE FROM main WHERE key = ?',
  prefix: 'DELETE FROM main WHERE instr(key, ?) = 1',
} as const;

/**
 * One wallet.dat: a table of keys and values in a SQLite file with a rollback journal, held exclusively.
 * Everything is synchronous: the file is small and local, and what a method has written is on disk when it returns.
 */
export class SqliteKeyValue {
  private readonly db: Database;
  private readonly lock: ProcessLock | null;
  private readonly options: KeyValueOptions;
  private readonly statements = new Map<keyof typeof STATEMENTS, Statement>();
  private depth = 0;

  private constructor(db: Database, lock: ProcessLock | null, options: KeyValueOptions) {
    this.db = db;
    this.lock = lock;
    this.options = options;
  }

  /** Runs a statement, which is prepared once. @throws where the file cannot be read or written */
  private run<T>(which: keyof typeof STATEMENTS, work: (statement: Statement) => T): T {
    const statement = this.statements.get(which) ?? this.db.prepare(STATEMENTS[which]);
    this.statements.set(which, statement);
    try {
      return work(statement);
    } catch (e) {
      // It tells of its failure once more when it is used again: the next caller is to have a new one.
      this.statements.delete(which);
      finalize(statement);
      throw e;
    }
  }

  /**
   * Opens the file, or makes it where there is none. @throws SqliteError
   */
  static async open(options: KeyValueOptions): Promise<SqliteKeyValue> {
    const inUse = 'SQLiteDatabase: Unable to obtain an exclusive lock on the database, is it being used by another instance of '
      + `${options.clientName}?\n`;
    // The engine is large: only a process that opens a wallet pays for it.
    const sqlite = await import('node-sqlite3-wasm');
    const Engine = sqlite.Database ?? (sqlite as unknown as { default: { Database: typeof Database } }).default.Database;
    let lock: ProcessLock;
    try {
      if (!existsSync(options.path)) writeFileSync(options.path, '');
      lock = await options.lock(options.path);
    } catch (e) {
      throw e instanceof LockHeld ? new SqliteError(inUse, { cause: e }) : new SqliteError(`SQLiteDatabase: Failed to open database: ${errorText(e)}\n`, { cause: e });
    }
    let db: Database | null = null;
    try {
      // The engine marks a file in use by a directory, which a killed process leaves behind. With the lock held, it is stale.
      rmSync(`${options.path}.lock`, { recursive: true, force: true });
      db = new Engine(options.path);
      setUp(db, options, inUse);
      return new SqliteKeyValue(db, lock, options);
    } catch (e) {
      try {
        if (db !== null && db.isOpen) db.close();
      } finally {
        await lock.release();
      }
      throw e instanceof SqliteError ? e : new SqliteError(`SQLiteDatabase: Failed to open database: ${errorText(e)}\n`, { cause: e });
    }
  }

  /** A problem with header or content, or null. The check reads the whole file. */
  verify(): string | null {
    const applicationId = this.pragma('application_id') >>> 0;
    if (applicationId !== this.options.applicationId >>> 0) {
      return `SQLiteDatabase: Unexpected application id. Expected ${this.options.applicationId >>> 0}, got ${applicationId}`;
    }
    const version = this.pragma('user_version');
    if (version !== SCHEMA_VERSION) {
      return `SQLiteDatabase: Unknown sqlite wallet schema version ${version}. Only version ${SCHEMA_VERSION} is supported`;
    }
    let problems = '';
    try {
      for (const row of this.db.all('PRAGMA integrity_check')) {
        const text = String(Object.values(row)[0]);
        if (text !== 'ok') problems += `${text}\n`;
      }
    } catch (e) {
      return `SQLiteDatabase: Failed to execute statement to verify database: ${errorText(e)}`;
    }
    return problems === '' ? null : `Failed to verify database\n${problems}`;
  }

  private pragma(name: string): number {
    const row = this.db.get(`PRAGMA ${name}`);
    return row === null ? 0 : Number(Object.values(row)[0]);
  }

  read(key: Uint8Array): Uint8Array | null {
    // Stepped to its end: an open statement would stand in the way of rewriting and copying the file.
    const [row] = this.run('read', (statement) => statement.all([key]));
    return row === undefined ? null : row['value'] as Uint8Array;
  }

  write(key: Uint8Array, value: Uint8Array): void {
    this.run('write', (statement) => statement.run([key, value]));
  }

  erase(key: Uint8Array): void {
    this.run('erase', (statement) => statement.run([key]));
  }

  erasePrefix(prefix: Uint8Array): void {
    this.run('prefix', (statement) => statement.run([prefix]));
  }

  /** Every record, in the order of the keys' bytes. */
  *entries(): IterableIterator<{ key: Uint8Array; value: Uint8Array }> {
    for (const row of this.db.all('SELECT key, value FROM main ORDER BY key')) {
      yield { key: row['key'] as Uint8Array, value: row['value'] as Uint8Array };
    }
  }

  /**
   * Runs `work` in one transaction: all its writes are on disk when it returns, or none where it throws.
   * Inside another transaction it is part of that one. `work` must not wait.
   */
  transaction<T>(work: () => T): T {
    if (this.depth === 0) this.db.exec('BEGIN TRANSACTION');
    this.depth += 1;
    try {
      const result = work();
      if (this.depth === 1) this.db.exec('COMMIT TRANSACTION');
      return result;
    } catch (e) {
      // A full disk may leave it open, or may have ended it.
      if (this.depth === 1 && this.db.inTransaction) this.db.exec('ROLLBACK TRANSACTION');
      throw e;
    } finally {
      this.depth -= 1;
    }
  }

  /** Writes the file anew, so that no remains of overwritten records are left in it. */
  rewrite(): void {
    this.db.exec('VACUUM');
  }

  /** A consistent copy at `destination`, replacing what is there. @throws SqliteError */
  backup(destination: string): void {
    try {
      if (existsSync(destination)) {
        const there = statSync(destination);
        const own = statSync(this.options.path);
        if (there.isDirectory() || (there.ino === own.ino && there.dev === own.dev)) throw new SqliteError('the destination is a directory or the wallet itself');
        rmSync(destination);
      }
      this.db.run('VACUUM INTO ?', [destination]);
      const fd = openSync(destination, 'r+');
      fsyncSync(fd);
      closeSync(fd);
    } catch (e) {
      throw new SqliteError(`Unable to begin sqlite backup: ${errorText(e)}`, { cause: e });
    }
  }

  /** Closes the file and lets others have it, also where the file could not be written. */
  async close(): Promise<void> {
    try {
      this.statements.forEach(finalize);
      this.statements.clear();
      if (this.db.isOpen) this.db.close();
    } finally {
      await this.lock?.release();
    }
  }
}

/** Gives a statement's memory back. */
function finalize(statement: Statement): void {
  try {
    if (!statement.isFinalized) statement.finalize();
  } catch {
    // What it says here is how its last run failed: whoever ran it has been told.
  }
}

function setUp(db: Database, options: KeyValueOptions, inUse: string): void {
  db.exec('PRAGMA locking_mode = exclusive');
  try {
    db.exec('BEGIN EXCLUSIVE TRANSACTION');
  } catch (e) {
    throw new SqliteError(inUse, { cause: e });
  }
  db.exec('COMMIT');
  db.exec('PRAGMA fullfsync = true');
  db.exec(`PRAGMA synchronous = ${options.unsafeSync ? 'OFF' : 'FULL'}`);
  const table = db.get("SELECT name FROM sqlite_master WHERE type='table' AND name='main'");
  if (table !== null) return;
  db.exec('CREATE TABLE main(key BLOB PRIMARY KEY NOT NULL, value BLOB NOT NULL)');
  db.exec(`PRAGMA application_id = ${options.applicationId | 0}`);
  db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
}
