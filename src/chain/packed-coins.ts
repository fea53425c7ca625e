import { randomBytes } from 'node:crypto';
import type { Coin } from './types.ts';

/** What is known of an outpoint besides its coin. */
export const COIN_DIRTY = 1;
/** The database has no unspent coin for it: a spent one need not be written. */
export const COIN_FRESH = 2;
export const COIN_SPENT = 4;

/** Record: key 36, flags 1, coinbase 1, script length 2, height 4, value 8, script. */
const FLAGS_AT = 36;
const COINBASE_AT = 37;
const LENGTH_AT = 38;
const HEIGHT_AT = 40;
const VALUE_AT = 44;
const SCRIPT_AT = 52;
/** Records are multiples of this; a reference counts in it. */
const UNIT = 16;
const CHUNK_UNITS = 65536;
const CHUNK_SIZE = CHUNK_UNITS * UNIT;
/** Longest script inside a record; longer ones lie aside. */
const MAX_INLINE = 8 * UNIT + 12;
const CLASSES = (SCRIPT_AT + MAX_INLINE) / UNIT + 1;
const MIN_SLOTS = 1024;

interface Chunk {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/**
 * Coins by outpoint in typed arrays: no object a coin, so that millions of them cost the garbage collector nothing.
 * An open-addressing table holds references into slabs of records. Hashes are salted, because peers choose txids.
 */
export class PackedCoins {
  private readonly salt: Uint32Array;
  private chunks: Chunk[] = [];
  private nextUnit = 0;
  /** Head of the free list a size class, 0 where empty; the next reference lies in a free record's first bytes. */
  private free = new Uint32Array(CLASSES);
  private slots = new Uint32Array(MIN_SLOTS);
  private hashes = new Uint32Array(MIN_SLOTS);
  private readonly long = new Map<number, Uint8Array>();
  private longBytes = 0;
  private used = 0;
  private dirtyCount = 0;

  constructor() {
    const random = randomBytes(16);
    this.salt = new Uint32Array(4);
    for (let i = 0; i < 4; i++) this.salt[i] = random.readUInt32LE(4 * i);
    // Reference 0 means "none".
    this.nextUnit = 1;
  }

  /** Outpoints in the table, spent ones included. */
  get size(): number { return this.used; }
  get dirty(): number { return this.dirtyCount; }
  /** Slots to walk with {@link at}. */
  get capacity(): number { return this.slots.length; }
  /** Bytes of memory. */
  get usage(): number {
    return this.slots.length * 8 + Math.min(this.nextUnit, this.chunks.length * CHUNK_UNITS) * UNIT + this.longBytes;
  }

  private hash(txid: Uint8Array, vout: number): number {
    const { salt } = this;
    let h = (salt[0] as number) ^ vout;
    for (let i = 0; i < 32; i += 8) {
      const a = (txid[i] as number) | ((txid[i + 1] as number) << 8) | ((txid[i + 2] as number) << 16) | ((txid[i + 3] as number) << 24);
      const b = (txid[i + 4] as number) | ((txid[i + 5] as number) << 8) | ((txid[i + 6] as number) << 16) | ((txid[i + 7] as number) << 24);
      h = Math.imul(h ^ a ^ (salt[1] as number), 0x85ebca6b);
      h = (h << 13) | (h >>> 19);
      h = Math.imul(h ^ b ^ (salt[2] as number), 0xc2b2ae35);
      h ^= h >>> 15;
    }
    h = Math.imul(h ^ (salt[3] as number), 0x27d4eb2f);
    return (h ^ (h >>> 16)) >>> 0;
  }

  private chunk(ref: number): Chunk {
    return this.chunks[Math.floor(ref / CHUNK_UNITS)] as Chunk;
  }

  private matches(ref: number, txid: Uint8Array, vout: number): boolean {
    const { bytes, view } = this.chunk(ref);
    const at = (ref % CHUNK_UNITS) * UNIT;
    if (view.getUint32(at + 32, true) !== vout) return false;
    for (let i = 0; i < 32; i++) if (bytes[at + i] !== txid[i]) return false;
    return true;
  }

  /** Slot of the outpoint, or -1. Any change of the table may move it. */
  find(txid: Uint8Array, vout: number): number {
    const hash = this.hash(txid, vout);
    const mask = this.slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const ref = this.slots[slot] as number;
      if (ref === 0) return -1;
      if (this.hashes[slot] === hash && this.matches(ref, txid, vout)) return slot;
    }
  }

  /** True where the slot holds a record. */
  at(slot: number): boolean { return this.slots[slot] !== 0; }

  flags(slot: number): number {
    const ref = this.slots[slot] as number;
    return this.chunk(ref).bytes[(ref % CHUNK_UNITS) * UNIT + FLAGS_AT] as number;
  }

  setFlags(slot: number, flags: number): void {
    const ref = this.slots[slot] as number;
    const { bytes } = this.chunk(ref);
    const at = (ref % CHUNK_UNITS) * UNIT + FLAGS_AT;
    this.dirtyCount += (flags & COIN_DIRTY) - ((bytes[at] as number) & COIN_DIRTY);
    bytes[at] = flags;
  }

  /** The coin in a slot (spent or not), as a copy. */
  coin(slot: number): Coin {
    const ref = this.slots[slot] as number;
    const { bytes, view } = this.chunk(ref);
    const at = (ref % CHUNK_UNITS) * UNIT;
    const aside = this.long.get(ref);
    const length = view.getUint16(at + LENGTH_AT, true);
    return {
      height: view.getUint32(at + HEIGHT_AT, true),
      coinbase: bytes[at + COINBASE_AT] !== 0,
      value: view.getFloat64(at + VALUE_AT, true),
      scriptPubKey: aside ?? bytes.slice(at + SCRIPT_AT, at + SCRIPT_AT + length),
    };
  }

  /** The outpoint in a slot: txid as a view that is valid until the next change. */
  outpoint(slot: number): { txid: Uint8Array; vout: number } {
    const ref = this.slots[slot] as number;
    const { bytes, view } = this.chunk(ref);
    const at = (ref % CHUNK_UNITS) * UNIT;
    return { txid: bytes.subarray(at, at + 32), vout: view.getUint32(at + 32, true) };
  }

  /** Sets the outpoint's coin and flags, replacing what was there. `coin` null: it is spent. */
  set(txid: Uint8Array, vout: number, coin: Coin | null, flags: number): void {
    const known = this.find(txid, vout);
    if (known >= 0) this.remove(known);
    if ((this.used + 1) * 10 > this.slots.length * 7) this.grow();
    const script = coin === null ? EMPTY : coin.scriptPubKey;
    const inline = script.length <= MAX_INLINE;
    const ref = this.allocate(SCRIPT_AT + (inline ? script.length : 0));
    const { bytes, view } = this.chunk(ref);
    const at = (ref % CHUNK_UNITS) * UNIT;
    bytes.set(txid, at);
    view.setUint32(at + 32, vout, true);
    bytes[at + FLAGS_AT] = flags;
    bytes[at + COINBASE_AT] = coin?.coinbase === true ? 1 : 0;
    view.setUint32(at + HEIGHT_AT, coin?.height ?? 0, true);
    view.setFloat64(at + VALUE_AT, coin?.value ?? 0, true);
    if (inline) {
      view.setUint16(at + LENGTH_AT, script.length, true);
      bytes.set(script, at + SCRIPT_AT);
    } else {
      view.setUint16(at + LENGTH_AT, 0, true);
      this.long.set(ref, script);
      this.longBytes += script.length + 100;
    }
    this.insert(ref, this.hash(txid, vout));
    this.used += 1;
    if ((flags & COIN_DIRTY) !== 0) this.dirtyCount += 1;
  }

  private insert(ref: number, hash: number): void {
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
    this.slots[slot] = ref;
    this.hashes[slot] = hash;
  }

  /** Forgets the record in a slot; later slots of the same run move up. */
  remove(slot: number): void {
    const ref = this.slots[slot] as number;
    const { bytes, view } = this.chunk(ref);
    const at = (ref % CHUNK_UNITS) * UNIT;
    if (((bytes[at + FLAGS_AT] as number) & COIN_DIRTY) !== 0) this.dirtyCount -= 1;
    const aside = this.long.get(ref);
    if (aside !== undefined) {
      this.long.delete(ref);
      this.longBytes -= aside.length + 100;
    }
    const size = Math.ceil((SCRIPT_AT + view.getUint16(at + LENGTH_AT, true)) / UNIT);
    view.setUint32(at, this.free[size] as number, true);
    this.free[size] = ref;
    this.used -= 1;
    // Close the gap, so that no search ends early: an entry moves up unless its home lies behind the gap.
    const mask = this.slots.length - 1;
    let gap = slot;
    for (let next = (gap + 1) & mask; this.slots[next] !== 0; next = (next + 1) & mask) {
      const home = (this.hashes[next] as number) & mask;
      if (((next - home) & mask) >= ((next - gap) & mask)) {
        this.slots[gap] = this.slots[next] as number;
        this.hashes[gap] = this.hashes[next] as number;
        gap = next;
      }
    }
    this.slots[gap] = 0;
  }

  private allocate(bytes: number): number {
    const size = Math.ceil(bytes / UNIT);
    const reused = this.free[size] as number;
    if (reused !== 0) {
      this.free[size] = this.chunk(reused).view.getUint32((reused % CHUNK_UNITS) * UNIT, true);
      return reused;
    }
    // A record never straddles two chunks.
    if ((this.nextUnit % CHUNK_UNITS) + size > CHUNK_UNITS) this.nextUnit = Math.ceil(this.nextUnit / CHUNK_UNITS) * CHUNK_UNITS;
    const ref = this.nextUnit;
    if (Math.floor(ref / CHUNK_UNITS) >= this.chunks.length) {
      const buffer = new Uint8Array(CHUNK_SIZE);
      this.chunks.push({ bytes: buffer, view: new DataView(buffer.buffer) });
    }
    this.nextUnit += size;
    return ref;
  }

  private grow(): void {
    const { slots, hashes } = this;
    this.slots = new Uint32Array(slots.length * 2);
    this.hashes = new Uint32Array(slots.length * 2);
    for (let i = 0; i < slots.length; i++) {
      const ref = slots[i] as number;
      if (ref !== 0) this.insert(ref, hashes[i] as number);
    }
  }

  /** Forgets everything and gives the memory back. */
  clear(): void {
    this.chunks = [];
    this.nextUnit = 1;
    this.free = new Uint32Array(CLASSES);
    this.slots = new Uint32Array(MIN_SLOTS);
    this.hashes = new Uint32Array(MIN_SLOTS);
    this.long.clear();
    this.longBytes = 0;
    this.used = 0;
    this.dirtyCount = 0;
  }
}

const EMPTY = new Uint8Array(0);
