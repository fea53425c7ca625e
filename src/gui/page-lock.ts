import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { CoinError, InitError } from '../util/errors.ts';
import { RateLimit } from '../util/rate-limit.ts';
import type { LockView } from './api.ts';
import { readJsonFile, writeJsonFile } from './json-file.ts';

const FILE = 'guilock.json';
/** scrypt: 32 MiB and about a tenth of a second for each try. */
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 } as const;
const HASH_BYTES = 32;
const SALT_BYTES = 16;
const MINUTE_MS = 60_000;
/** Tries, right or wrong: so few that not even four digits are found by trying. */
const TRIES_A_MINUTE = 5;
const TRIES_AN_HOUR = 30;

interface Kept { readonly salt: Buffer; readonly hash: Buffer; readonly minutes: number | null }

function hashed(passphrase: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFKC'), salt, HASH_BYTES, COST, (error, key) => { if (error === null) resolve(key); else reject(error); });
  });
}

function bytes(value: unknown, length: number): Buffer | null {
  const out = Buffer.from(typeof value === 'string' ? value : '', 'hex');
  return out.length === length ? out : null;
}

/**
 * The lock of the page: while it is closed the server answers nobody anything, whatever session they have, until the passphrase is given.
 * A hash of it is kept, for this user only; a program that starts with one starts locked. Who can write that file can do without the page.
 */
export class PageLock {
  private readonly file: string;
  private readonly nowMs: () => number;
  private readonly limits = [new RateLimit(TRIES_AN_HOUR, 60 * MINUTE_MS), new RateLimit(TRIES_A_MINUTE, MINUTE_MS)];
  private kept: Kept | null;
  private closed: boolean;
  private timer: NodeJS.Timeout | null = null;
  /** Hears of every change. */
  onChange: (view: LockView) => void = () => undefined;

  /** @throws InitError where what is kept cannot be read */
  constructor(netDir: string, modules: { readonly nowMs: () => number }) {
    this.file = path.join(netDir, FILE);
    this.nowMs = modules.nowMs;
    this.kept = this.read();
    this.closed = this.kept !== null;
  }

  private read(): Kept | null {
    if (!fs.existsSync(this.file)) return null;
    const values = readJsonFile(this.file);
    const [salt, hash, minutes] = [bytes(values.get('salt'), SALT_BYTES), bytes(values.get('hash'), HASH_BYTES), values.get('minutes')];
    // What cannot be read opens nothing.
    if (salt === null || hash === null) throw new InitError(`${this.file} is damaged: remove it to do without the lock of the page.`);
    return { salt, hash, minutes: typeof minutes === 'number' && Number.isSafeInteger(minutes) && minutes > 0 ? minutes : null };
  }

  get locked(): boolean { return this.closed; }
  get view(): LockView { return { set: this.kept !== null, locked: this.closed, minutes: this.kept?.minutes ?? null }; }

  /** Sets a passphrase where there is none. @param minutes without input, after which it locks; null: only when it is told to @throws CoinError */
  async set(passphrase: string, minutes: number | null): Promise<void> {
    this.refuseSecond();
    const salt = randomBytes(SALT_BYTES);
    const hash = await hashed(passphrase, salt);
    this.refuseSecond();
    writeJsonFile(this.file, { salt: salt.toString('hex'), hash: hash.toString('hex'), minutes });
    this.kept = { salt, hash, minutes };
    this.touch();
    this.onChange(this.view);
  }

  private refuseSecond(): void {
    if (this.kept !== null) throw new CoinError('page-lock', 'The page has a lock already.');
  }

  /** @throws CoinError where it is wrong, or was tried too often */
  private async prove(passphrase: string): Promise<void> {
    const { kept } = this;
    if (kept === null) throw new CoinError('page-lock', 'The page has no lock.');
    if (!this.limits.every((limit) => limit.take(this.nowMs()))) throw new CoinError('page-lock-wait', 'Too many attempts: try again later.');
    if (!timingSafeEqual(await hashed(passphrase, kept.salt), kept.hash)) throw new CoinError('passphrase', 'The passphrase is wrong.');
  }

  /** Does without the lock from now on. @throws CoinError */
  async remove(passphrase: string): Promise<void> {
    await this.prove(passphrase);
    this.reset();
  }

  /** The same, for who may reset everything. */
  reset(): void {
    fs.rmSync(this.file, { force: true });
    this.kept = null;
    this.closed = false;
    this.stop();
    this.onChange(this.view);
  }

  /** @throws CoinError where no passphrase is set */
  lock(): void {
    if (this.kept === null) throw new CoinError('page-lock', 'The page has no lock.');
    if (this.closed) return;
    this.closed = true;
    this.stop();
    this.onChange(this.view);
  }

  /** @throws CoinError */
  async unlock(passphrase: string): Promise<void> {
    await this.prove(passphrase);
    this.closed = false;
    this.touch();
    this.onChange(this.view);
  }

  /** Somebody uses a page: the time without input begins anew. */
  touch(): void {
    this.stop();
    const minutes = this.kept?.minutes ?? null;
    if (minutes !== null && !this.closed) this.timer = setTimeout(() => this.lock(), minutes * MINUTE_MS).unref();
  }

  /** Ends its clock. */
  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}
