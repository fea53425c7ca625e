import { createHash } from 'node:crypto';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8 } from '../util/bytes.ts';
import { sha256 } from './hash.ts';

type Midstate = ReturnType<typeof nobleSha256.create>;
const midstates = new Map<string, Midstate>();

/** SHA-256 of SHA-256(tag) twice and the parts (BIP 340); the state after the tag is kept. */
export function taggedHash(tag: string, ...parts: readonly Uint8Array[]): Uint8Array {
  let start = midstates.get(tag);
  if (start === undefined) {
    const prefix = sha256(utf8(tag));
    start = nobleSha256.create().update(prefix).update(prefix);
    midstates.set(tag, start);
  }
  const state = start.clone();
  for (const part of parts) state.update(part);
  return state.digest();
}

/** Same, for input of any size in one pass through the runtime's hash. */
export function taggedHashLong(tag: string, data: Uint8Array): Uint8Array {
  const prefix = sha256(utf8(tag));
  return new Uint8Array(createHash('sha256').update(concatBytes(prefix, prefix)).update(data).digest());
}
