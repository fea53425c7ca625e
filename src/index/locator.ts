import { Reader } from '../util/reader.ts';
import { Writer } from '../util/writer.ts';

/** Stands in front of every locator on disk, and means nothing any more. */
const LOCATOR_VERSION = 70016;

/** Block locator as indexes keep it. @param hashes network order, newest first */
export function encodeLocator(hashes: readonly Uint8Array[]): Uint8Array {
  const w = new Writer(5 + hashes.length * 32).i32(LOCATOR_VERSION).compactSize(hashes.length);
  for (const hash of hashes) w.bytes(hash);
  return w.finish();
}

/** @throws MalformedData */
export function decodeLocator(bytes: Uint8Array): Uint8Array[] {
  const r = new Reader(bytes);
  r.skip(4);
  const hashes: Uint8Array[] = [];
  for (let n = r.compactSize(); n > 0; n--) hashes.push(r.hash());
  r.expectEnd();
  return hashes;
}
