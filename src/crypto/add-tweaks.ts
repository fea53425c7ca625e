import { etc, Point } from '@noble/secp256k1';
import { toHex } from '../util/bytes.ts';
import { ELEMENT_BYTES, type Field, loadField, readElement, writeElement } from './field-wasm.ts';

/**
 * Adds multiples of G to many public keys. One at a time, most of the work is in doublings and in an inversion for each key;
 * here the multiples of G come from a table (a byte of the tweak at a time), and all keys share one inversion a step.
 */

const { p: P, n: N } = Point.CURVE();
const POINT_BYTES = 2 * ELEMENT_BYTES;
/** One part of the table for each byte of a tweak, the least significant first: byte · 256^part · G. */
const PARTS = 32;
const ENTRIES = 256;
/** Keys at once: their points, differences and products stay in a processor's cache. */
const BATCH = 512;

const TABLE = ELEMENT_BYTES;
const POINTS = TABLE + PARTS * ENTRIES * POINT_BYTES;
const DIFFERENCES = POINTS + BATCH * POINT_BYTES;
const PRODUCTS = DIFFERENCES + BATCH * ELEMENT_BYTES;
const INVERSE = PRODUCTS + (BATCH + 1) * ELEMENT_BYTES;
const SCRATCH = INVERSE + ELEMENT_BYTES;
const MEMORY_BYTES = SCRATCH + 4 * ELEMENT_BYTES;

const entry = (part: number, byte: number): number => TABLE + (part * ENTRIES + byte) * POINT_BYTES;
const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes)}`);

/** Two keys of a step were the same or opposite: nothing that a key of somebody's choice reaches but by his own tweak. */
class NoSum extends Error {}

/** Adds to the point at `targets[i]` the one at `sources[i]`, all at once. @throws NoSum and leaves them as they are */
function addAll(field: Field, targets: readonly number[], sources: readonly number[]): void {
  let product = PRODUCTS;
  writeElement(field, product, 1n);
  for (let i = 0; i < targets.length; i++) {
    const next = product + ELEMENT_BYTES;
    field.collect(next, product, DIFFERENCES + i * ELEMENT_BYTES, targets[i] as number, sources[i] as number);
    product = next;
  }
  const total = readElement(field, product) % P;
  if (total === 0n) throw new NoSum();
  writeElement(field, INVERSE, etc.invert(total, P));
  for (let i = targets.length - 1; i >= 0; i--) {
    product -= ELEMENT_BYTES;
    const target = targets[i] as number;
    const source = sources[i] as number;
    field.add(INVERSE, product, DIFFERENCES + i * ELEMENT_BYTES, target, target + ELEMENT_BYTES, source, source + ELEMENT_BYTES, SCRATCH);
  }
}

function writePoint(field: Field, at: number, x: bigint, y: bigint): void {
  writeElement(field, at, x);
  writeElement(field, at + ELEMENT_BYTES, y);
}

/** What is not a sum here comes from `pointOf`. */
function buildTable(field: Field, pointOf: (scalar: Uint8Array) => Uint8Array): void {
  for (let bit = 0; bit < 8 * PARTS; bit++) {
    const scalar = new Uint8Array(32);
    scalar[31 - (bit >> 3)] = 1 << (bit & 7);
    const point = pointOf(scalar);
    writePoint(field, entry(bit >> 3, 1 << (bit & 7)), numberOf(point.subarray(1, 33)), numberOf(point.subarray(33)));
  }
  // Each power of two with all that is below it.
  for (let power = 2; power < ENTRIES; power *= 2) {
    for (let low = 1; low < power; low++) {
      const targets: number[] = [];
      const sources: number[] = [];
      for (let part = 0; part < PARTS; part++) {
        const target = entry(part, power + low);
        field.words.copyWithin(target / 4, entry(part, power) / 4, entry(part, power + 1) / 4);
        targets.push(target);
        sources.push(entry(part, low));
      }
      addAll(field, targets, sources);
    }
  }
}

/** Keys with tweaks to be added, several hundred at a time. */
export class TweakAdder {
  private readonly field: Field;

  /** Takes some 20 ms. `pointOf` gives the uncompressed public key of a scalar. @throws where WebAssembly is not there */
  constructor(pointOf: (scalar: Uint8Array) => Uint8Array) {
    this.field = loadField();
    this.field.reserve(MEMORY_BYTES);
    buildTable(this.field, pointOf);
  }

  /**
   * Each of `pubkeys` (65 bytes, on the curve) plus its tweak (32 bytes, big-endian) times G, compressed; null where the tweak
   * is not below the order, or the sum needs more care than is taken here.
   */
  add(pubkeys: readonly Uint8Array[], tweaks: readonly Uint8Array[]): (Uint8Array | null)[] {
    const out: (Uint8Array | null)[] = [];
    for (let from = 0; from < pubkeys.length; from += BATCH) {
      out.push(...this.addBatch(pubkeys.slice(from, from + BATCH), tweaks.slice(from, from + BATCH)));
    }
    return out;
  }

  private addBatch(pubkeys: readonly Uint8Array[], tweaks: readonly Uint8Array[]): (Uint8Array | null)[] {
    const { field } = this;
    const at = (i: number): number => POINTS + i * POINT_BYTES;
    pubkeys.forEach((pubkey, i) => writePoint(field, at(i), numberOf(pubkey.subarray(1, 33)), numberOf(pubkey.subarray(33))));
    try {
      for (let part = 0; part < PARTS; part++) {
        const targets: number[] = [];
        const sources: number[] = [];
        tweaks.forEach((tweak, i) => {
          const byte = tweak[31 - part] as number;
          if (byte === 0) return;
          targets.push(at(i));
          sources.push(entry(part, byte));
        });
        addAll(field, targets, sources);
      }
    } catch (e) {
      if (e instanceof NoSum) return pubkeys.map(() => null);
      throw e;
    }
    return tweaks.map((tweak, i) => (numberOf(tweak) < N ? this.compressed(at(i)) : null));
  }

  private compressed(at: number): Uint8Array {
    const x = readElement(this.field, at) % P;
    const y = readElement(this.field, at + ELEMENT_BYTES) % P;
    return new Uint8Array(Buffer.from(`${(y & 1n) === 0n ? '02' : '03'}${x.toString(16).padStart(64, '0')}`, 'hex'));
  }
}
