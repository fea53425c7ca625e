import type { BlockIndex, ChainState } from '../chain/types.ts';
import { randomBytes } from '../crypto/random.ts';
import { SipHasher } from '../crypto/siphash.ts';
import { HEADER_SIZE } from '../primitives/block.ts';
import { Transaction } from '../primitives/transaction.ts';
import { LevelDb } from '../store/leveldb.ts';
import { concatBytes, equalBytes } from '../util/bytes.ts';
import { errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { Reader } from '../util/reader.ts';
import { compactSizeLength, Writer } from '../util/writer.ts';
import type { BlockRecorder, IndexedBlock } from './index-follower.ts';
import { decodeLocator, encodeLocator } from './locator.ts';

const TX = 0x78; // 'x'
const SEQUENCE = 0x73; // 's'
const BLOCK_HASH = 0x68; // 'h'
/** Rows of the layout before this one: whole txid, place in the block files. */
const LEGACY_TX = 0x74; // 't'
const LEGACY_BEST_BLOCK = Uint8Array.of(0x42); // 'B'
const EMPTY = new Uint8Array(0);
/** Bytes of a txid's hash that a row keeps: rarely shared, and then the transactions themselves decide. */
const PREFIX_SIZE = 5;

const text = (name: string): Uint8Array => new Writer(32).varString(name).finish();
const NEXT_SEQUENCE = text('next_block_seq');
const SALT = text('txid_hash_salt');
const BEST_BLOCK = text('best_block_v2');

const sequenceKey = (sequence: number): Uint8Array => new Writer(8).u8(SEQUENCE).varInt(sequence).finish();
const blockKey = (hash: Uint8Array): Uint8Array => concatBytes(Uint8Array.of(BLOCK_HASH), hash);

export interface FoundTransaction {
  readonly tx: Transaction;
  readonly block: BlockIndex;
}

/** The chain as the index needs it for looking up. */
export interface TxIndexChain extends ChainState {
  blockAt(file: number, position: number): BlockIndex | undefined;
}

export interface TxIndexOptions {
  readonly path: string;
  readonly cacheBytes: number;
  /** Start anew. */
  readonly wipe: boolean;
}

/** Where each transaction of the chain lies (datadir format, section 7). Rows of blocks that left the chain stay. */
export class TxIndex implements BlockRecorder {
  readonly name = 'txindex';
  readonly needsUndo = false;
  readonly allowsPruning = false;
  private readonly db: LevelDb;
  private readonly chain: TxIndexChain;
  private readonly log: Logger;
  private readonly hasher: SipHasher;
  private readonly hasLegacy: boolean;
  private nextSequence: number;

  private constructor(db: LevelDb, modules: { readonly chain: TxIndexChain; readonly log: Logger }, salt: Uint8Array, hasLegacy: boolean) {
    this.db = db;
    this.chain = modules.chain;
    this.log = modules.log;
    const r = new Reader(salt);
    this.hasher = new SipHasher(r.u64(), r.u64());
    this.hasLegacy = hasLegacy;
    const next = db.get(NEXT_SEQUENCE);
    this.nextSequence = next === undefined ? 0 : new Reader(next).u32();
  }

  /** @throws StoreError */
  static async open(options: TxIndexOptions, modules: { readonly chain: TxIndexChain; readonly log: Logger }): Promise<TxIndex> {
    const db = await LevelDb.open({ path: options.path, name: 'txindex', cacheBytes: options.cacheBytes, wipe: options.wipe });
    let salt = db.get(SALT);
    if (salt === undefined) {
      salt = randomBytes(16);
      await db.put(SALT, salt, true);
    }
    let hasLegacy = false;
    for await (const rows of db.iterate({ gte: Uint8Array.of(LEGACY_TX), lt: Uint8Array.of(LEGACY_TX + 1), limit: 1 })) hasLegacy = rows.length > 0;
    if (hasLegacy) {
      modules.log.info(`txindex has rows of an old format, which take much space. To have that back, stop the program, delete ${options.path} and start it again.`);
    }
    return new TxIndex(db, modules, salt, hasLegacy);
  }

  bestBlock(): readonly Uint8Array[] | null {
    const stored = this.db.get(BEST_BLOCK) ?? this.db.get(LEGACY_BEST_BLOCK);
    return stored === undefined ? null : decodeLocator(stored);
  }

  /** Rows stand for themselves: there is nothing to go on from. */
  resume(): void { return undefined; }

  private prefix(txid: Uint8Array): Uint8Array {
    this.hasher.hashWide(txid);
    // The top five bytes of eight, big-endian.
    return new Writer(1 + PREFIX_SIZE).u8(TX).u32be(this.hasher.hi).u8(this.hasher.lo >>> 24).finish();
  }

  async append({ index, block }: IndexedBlock): Promise<void> {
    // The first block's outputs can not be spent: its transaction counts for nothing.
    if (index.height === 0 || this.db.has(blockKey(index.hash))) return;
    const sequence = this.nextSequence;
    const batch = this.db.batch();
    batch.put(blockKey(index.hash), new Writer(4).u32(sequence).finish());
    batch.put(sequenceKey(sequence), index.hash);
    batch.put(NEXT_SEQUENCE, new Writer(4).u32(sequence + 1).finish());
    let offset = HEADER_SIZE + block.header.extension.length + compactSizeLength(block.txs.length);
    for (const tx of block.txs) {
      batch.put(new Writer(16).bytes(this.prefix(tx.txid)).varInt(sequence).u8(offset >>> 16).u16be(offset & 0xffff).finish(), EMPTY);
      offset += tx.raw.length;
    }
    await batch.write();
    this.nextSequence = sequence + 1;
  }

  /** Rows stay: a transaction of a block that left the chain can be found still. */
  remove(): Promise<void> { return Promise.resolve(); }

  commit(locator: readonly Uint8Array[]): Promise<void> {
    return this.db.put(BEST_BLOCK, encodeLocator(locator));
  }

  close(): Promise<void> { return this.db.close(); }

  /** The transaction and a block that has it, of the best chain where one does; null where the index has it not. */
  async find(txid: Uint8Array): Promise<FoundTransaction | null> {
    const { chain } = this;
    const prefix = this.prefix(txid);
    const places: { readonly block: BlockIndex; readonly sequence: number; readonly offset: number; readonly isActive: boolean }[] = [];
    for await (const rows of this.db.iterate({ gte: prefix, lt: nextPrefix(prefix) })) {
      for (const [key] of rows) {
        const r = new Reader(key, prefix.length);
        const sequence = r.varInt();
        const offset = r.u8() * 0x10000 + r.u16be();
        const hash = this.db.get(sequenceKey(sequence));
        const block = hash === undefined ? undefined : chain.lookup(hash);
        if (block === undefined) this.log.warning(`txindex: no block with the number ${sequence}`);
        else if (block.haveData) places.push({ block, sequence, offset, isActive: chain.active.contains(block) });
      }
    }
    places.sort((a, b) => Number(b.isActive) - Number(a.isActive) || b.sequence - a.sequence);
    for (const { block, offset } of places) {
      const tx = this.readAt(block, offset, txid);
      if (tx !== null) return { tx, block };
    }
    return this.hasLegacy ? this.findLegacy(txid) : null;
  }

  private findLegacy(txid: Uint8Array): FoundTransaction | null {
    const place = this.db.get(concatBytes(Uint8Array.of(LEGACY_TX), txid));
    if (place === undefined) return null;
    const r = new Reader(place);
    const block = this.chain.blockAt(r.varInt(), r.varInt());
    const tx = block === undefined ? null : this.readAt(block, HEADER_SIZE + r.varInt(), txid);
    return block === undefined || tx === null ? null : { tx, block };
  }

  private readAt(block: BlockIndex, offset: number, txid: Uint8Array): Transaction | null {
    try {
      const raw = this.chain.readBlockRaw(block);
      const tx = raw === null ? null : Transaction.read(new Reader(raw, offset));
      return tx !== null && equalBytes(tx.txid, txid) ? tx : null;
    } catch (e) {
      this.log.warning(`txindex: reading from block ${block.hashHex}: ${errorText(e)}`);
      return null;
    }
  }
}

/** The first key behind all that begin with `prefix`; its first byte is never 255. */
function nextPrefix(prefix: Uint8Array): Uint8Array {
  const out = prefix.slice();
  for (let i = out.length - 1; i >= 0; i--) {
    out[i] = ((out[i] as number) + 1) & 0xff;
    if (out[i] !== 0) break;
  }
  return out;
}
