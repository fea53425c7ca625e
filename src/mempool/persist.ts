import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { Transaction, writeTransaction } from '../primitives/transaction.ts';
import { readFileIfExists, writeFileAtomic } from '../store/atomic-file.ts';
import { OBFUSCATION_KEY_SIZE, obfuscate } from '../store/obfuscation.ts';
import { fromKey, toKey } from '../util/bytes.ts';
import type { Clock } from '../util/clock.ts';
import { errorText, MalformedData } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { Reader } from '../util/reader.ts';
import { Writer } from '../util/writer.ts';
import type { Mempool } from './types.ts';

/** Formats of mempool.dat: plain, and obfuscated with a key of its own. */
const VERSION_PLAIN = 1;
const VERSION_OBFUSCATED = 2;
/** Version, length of the key, and the key. */
const OBFUSCATED_FROM = 8 + 1 + OBFUSCATION_KEY_SIZE;
/** Transactions between two looks at the event loop while the file is read. */
const BATCH = 50;

export interface SavedTransaction {
  readonly tx: Transaction;
  /** Unix seconds. */
  readonly time: number;
  /** Satoshi of prioritisetransaction. */
  readonly delta: number;
}

/** Content of mempool.dat. */
export interface SavedMempool {
  readonly transactions: readonly SavedTransaction[];
  /** Deltas by txid key of transactions that are not in the pool. */
  readonly deltas: ReadonlyMap<string, number>;
  readonly unbroadcast: readonly Uint8Array[];
}

/** Bytes of mempool.dat. @param key obfuscation key of 8 bytes, or null for the plain format */
export function encodeMempool(saved: SavedMempool, key: Uint8Array | null): Uint8Array {
  const w = new Writer(4096);
  w.u64(BigInt(key === null ? VERSION_PLAIN : VERSION_OBFUSCATED));
  if (key !== null) w.varBytes(key);
  w.u64(BigInt(saved.transactions.length));
  for (const { tx, time, delta } of saved.transactions) {
    writeTransaction(w, tx);
    w.i64n(time).i64n(delta);
  }
  w.compactSize(saved.deltas.size);
  for (const [txid, delta] of saved.deltas) w.bytes(fromKey(txid)).i64n(delta);
  w.compactSize(saved.unbroadcast.length);
  for (const txid of saved.unbroadcast) w.bytes(txid);
  const bytes = w.finish();
  if (key !== null) obfuscate(bytes.subarray(OBFUSCATED_FROM), key, OBFUSCATED_FROM);
  return bytes;
}

/** Opens mempool.dat; null for a version that we do not know. @throws MalformedData */
function openSaved(data: Uint8Array): Reader | null {
  const version = new Reader(data).u64();
  if (version === BigInt(VERSION_PLAIN)) return new Reader(data, 8);
  if (version !== BigInt(VERSION_OBFUSCATED)) return null;
  const key = new Reader(data, 8).varBytes(OBFUSCATION_KEY_SIZE).slice();
  if (key.length !== OBFUSCATION_KEY_SIZE) throw new MalformedData('Obfuscation key size not exactly 8 bytes long');
  const copy = data.slice();
  obfuscate(copy.subarray(OBFUSCATED_FROM), key, OBFUSCATED_FROM);
  return new Reader(copy, OBFUSCATED_FROM);
}

function readSavedTransaction(r: Reader): SavedTransaction {
  return { tx: Transaction.read(r), time: r.i64n(), delta: r.i64n() };
}

function readTail(r: Reader): Pick<SavedMempool, 'deltas' | 'unbroadcast'> {
  const deltas = new Map<string, number>();
  for (let n = r.compactSize(); n > 0; n--) deltas.set(toKey(r.hash()), r.i64n());
  const unbroadcast: Uint8Array[] = [];
  for (let n = r.compactSize(); n > 0; n--) unbroadcast.push(r.hash());
  return { deltas, unbroadcast };
}

/** Content of mempool.dat; null for a version that we do not know. @throws MalformedData */
export function decodeMempool(data: Uint8Array): SavedMempool | null {
  const r = openSaved(data);
  if (r === null) return null;
  const transactions: SavedTransaction[] = [];
  for (let n = r.u64(); n > 0n; n--) transactions.push(readSavedTransaction(r));
  return { transactions, ...readTail(r) };
}

export interface LoadOptions {
  readonly path: string;
  readonly expirySec: number;
  readonly useCurrentTime?: boolean;
  readonly applyFeeDeltas?: boolean;
  readonly applyUnbroadcast?: boolean;
}

/** Reads a file into the pool. False where it could not be read (the log says why) or `signal` ended it. */
export async function loadMempool(
  options: LoadOptions, modules: { readonly mempool: Mempool; readonly log: Logger; readonly clock: Clock }, signal: AbortSignal,
): Promise<boolean> {
  const { mempool, log, clock } = modules;
  let data: Uint8Array | null = null;
  try {
    data = readFileIfExists(options.path);
  } catch { /* said below */ }
  if (data === null) {
    log.info('Failed to open mempool file. Continuing anyway.');
    return false;
  }
  const counts = { succeeded: 0, failed: 0, expired: 0, known: 0, unbroadcast: 0 };
  const now = clock.nowSec();
  try {
    const r = openSaved(data);
    if (r === null) return false;
    const total = Number(r.u64());
    log.info(`Loading ${total} mempool transactions from file...`);
    let reported = 0;
    for (let tried = 0; tried < total;) {
      const percent = Math.floor((100 * tried) / total);
      if (reported < Math.floor(percent / 10)) {
        log.info(`Progress loading mempool transactions from file: ${percent}% (tried ${tried}, ${total - tried} remaining)`);
        reported = Math.floor(percent / 10);
      }
      tried += 1;
      const { tx, time: savedTime, delta } = readSavedTransaction(r);
      const time = options.useCurrentTime === true ? now : savedTime;
      if (delta !== 0 && options.applyFeeDeltas !== false) mempool.prioritise(tx.txid, delta);
      if (time <= now - options.expirySec) counts.expired += 1;
      else if (mempool.accept(tx, { timeSec: time }).ok) counts.succeeded += 1;
      else if (mempool.has(tx.txid)) counts.known += 1;
      else counts.failed += 1;
      if (signal.aborted) return false;
      if (tried % BATCH === 0) await new Promise<void>((resolve) => { setImmediate(resolve); });
    }
    const { deltas, unbroadcast } = readTail(r);
    if (options.applyFeeDeltas !== false) for (const [txid, delta] of deltas) mempool.prioritise(fromKey(txid), delta);
    if (options.applyUnbroadcast !== false) {
      counts.unbroadcast = unbroadcast.length;
      for (const txid of unbroadcast) mempool.markUnbroadcast(txid);
    }
  } catch (e) {
    log.info(`Failed to deserialize mempool data on file: ${errorText(e)}. Continuing anyway.`);
    return false;
  }
  log.info(`Imported mempool transactions from file: ${counts.succeeded} succeeded, ${counts.failed} failed, ${counts.expired} expired, `
    + `${counts.known} already there, ${counts.unbroadcast} waiting for initial broadcast`);
  return true;
}

/** Writes the pool to `path`, replacing the file as a whole. False where that failed; the log says why. */
export function saveMempool(options: { readonly path: string; readonly v1?: boolean }, modules: { readonly mempool: Mempool; readonly log: Logger; readonly clock: Clock }): boolean {
  const { mempool, log, clock } = modules;
  const start = clock.monotonicMs();
  const deltas = new Map(mempool.deltas());
  const transactions = mempool.sorted().map((entry) => {
    deltas.delete(toKey(entry.tx.txid));
    return { tx: entry.tx, time: entry.time, delta: entry.modifiedFee - entry.fee };
  });
  const unbroadcast = mempool.unbroadcast();
  const copied = clock.monotonicMs();
  try {
    log.info(`Writing ${transactions.length} mempool transactions to file...`);
    const bytes = encodeMempool({ transactions, deltas, unbroadcast }, options.v1 === true ? null : new Uint8Array(randomBytes(OBFUSCATION_KEY_SIZE)));
    log.info(`Writing ${unbroadcast.length} unbroadcast transactions to file.`);
    writeFileAtomic(options.path, bytes);
    const seconds = (ms: number): string => (ms / 1000).toFixed(3);
    log.info(`Dumped mempool: ${seconds(copied - start)}s to copy, ${seconds(clock.monotonicMs() - copied)}s to dump, ${statSync(options.path).size} bytes dumped to file`);
    return true;
  } catch (e) {
    log.info(`Failed to dump mempool: ${errorText(e)}. Continuing anyway.`);
    return false;
  }
}
