import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { hash256 } from '../../crypto/hash.ts';
import { fromHex, isHex, toHex } from '../../util/bytes.ts';
import { CoinError } from '../../util/errors.ts';
import type { KeyValueFile } from '../wallet-db.ts';

const MAGIC = 'BITCOIN_CORE_WALLET_DUMP';
const VERSION = '1';

/** A dump that cannot be written or read; the message is the reference's. */
export class DumpError extends CoinError {
  constructor(message: string) {
    super('dump', message);
  }
}

/** Path of the dump file, from -dumpfile. @throws DumpError */
export function dumpPath(given: string | undefined, command: 'dump' | 'createfromdump'): string {
  if (given === undefined || given === '') throw new DumpError(`No dump file provided. To use ${command}, -dumpfile=<filename> must be provided.`);
  return resolve(given);
}

function checksum(lines: readonly string[]): string {
  return toHex(hash256(new TextEncoder().encode(lines.join(''))));
}

/** Writes every record of a wallet, in hex, one a line, with a checksum behind them. @throws DumpError */
export function writeDump(file: Pick<KeyValueFile, 'entries'>, path: string, format: 'sqlite' | 'bdb_ro' = 'sqlite'): void {
  if (existsSync(path)) throw new DumpError(`File ${path} already exists. If you are sure this is what you want, move it out of the way first.`);
  const lines = [`${MAGIC},${VERSION}\n`, `format,${format}\n`];
  for (const { key, value } of file.entries()) lines.push(`${toHex(key)},${toHex(value)}\n`);
  let fd: number;
  try {
    // It holds private keys.
    fd = openSync(path, 'wx', 0o600);
  } catch {
    throw new DumpError(`Unable to open ${path} for writing`);
  }
  try {
    const bytes = new TextEncoder().encode(`${lines.join('')}checksum,${checksum(lines)}\n`);
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
  } catch (e) {
    rmSync(path, { force: true });
    throw e;
  } finally {
    closeSync(fd);
  }
}

/** The records of a dump. */
export interface Dump {
  /** Fills a wallet's file. Whatever is wrong is found before it is done: call it within a transaction. @throws DumpError */
  fill(file: KeyValueFile): void;
}

/** Reads a dump's head; its records are read when they are wanted. @throws DumpError */
export function readDump(path: string): Dump {
  if (!existsSync(path)) throw new DumpError(`Dump file ${path} does not exist.`);
  const text = readFileSync(path, 'latin1');
  let at = 0;
  const until = (end: string): string => {
    const found = text.indexOf(end, at);
    const part = text.slice(at, found < 0 ? text.length : found);
    at = found < 0 ? text.length : found + 1;
    return part;
  };
  const magic = until(',');
  const version = until('\n');
  if (magic !== MAGIC) throw new DumpError(`Error: Dumpfile identifier record is incorrect. Got "${magic}", expected "${MAGIC}".`);
  if (!/^\d{1,10}$/.test(version) || Number(version) > 0xffffffff) throw new DumpError(`Error: Unable to parse version ${version} as a uint32_t`);
  if (version !== VERSION) {
    throw new DumpError(`Error: Dumpfile version is not supported. This version of bitcoin-wallet only supports version 1 dumpfiles. Got dumpfile with version ${version}`);
  }
  const formatKey = until(',');
  const format = until('\n');
  if (formatKey !== 'format') throw new DumpError(`Error: Dumpfile format record is incorrect. Got "${formatKey}", expected "format".`);
  if (format !== 'sqlite') {
    throw new DumpError(`Error: Dumpfile specifies an unsupported database format (${format}). Only sqlite database dumps are supported`);
  }
  const lines = [`${magic},${version}\n`, `${formatKey},${format}\n`];
  const start = at;
  return {
    fill: (file) => {
      at = start;
      lines.length = 2;
      let expected: string | null = null;
      while (at < text.length) {
        const key = until(',');
        const value = until('\n');
        if (key === 'checksum') {
          if (value.length !== 64 || !isHex(value)) throw new DumpError('Error: Checksum is not the correct size');
          expected = value.toLowerCase();
          break;
        }
        lines.push(`${key},${value}\n`);
        if (key === '' || value === '') continue;
        if (!isHex(key)) throw new DumpError(`Error: Got key that was not hex: ${key}`);
        if (!isHex(value)) throw new DumpError(`Error: Got value that was not hex: ${value}`);
        file.write(fromHex(key), fromHex(value));
      }
      if (expected === null) throw new DumpError('Error: Missing checksum');
      const computed = checksum(lines);
      if (computed !== expected) throw new DumpError(`Error: Dumpfile checksum does not match. Computed ${computed}, expected ${expected}`);
    },
  };
}
