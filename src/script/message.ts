import { hash160, hash256 } from '../crypto/hash.ts';
import { recoverCompact, signCompact } from '../crypto/secp256k1.ts';
import { equalBytes, utf8 } from '../util/bytes.ts';
import { Writer } from '../util/writer.ts';
import type { PrivateKey } from './key-io.ts';

/** Hash that a signed message signs. @param magic the coin's line in front */
export function messageHash(message: string, magic: string): Uint8Array {
  return hash256(new Writer().varBytes(utf8(magic)).varBytes(utf8(message)).finish());
}

/** Base64 of the compact signature. */
export function signMessage(message: string, key: PrivateKey, magic: string): string {
  return Buffer.from(signCompact(messageHash(message, magic), key.key, key.compressed)).toString('base64');
}

/** Whether the signature was made by the key with this hash160; null where it is no base64. */
export function verifyMessage(message: string, signature: string, keyHash: Uint8Array, magic: string): boolean | null {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(signature)) return null;
  const pubkey = recoverCompact(new Uint8Array(Buffer.from(signature, 'base64')), messageHash(message, magic));
  return pubkey !== null && equalBytes(hash160(pubkey), keyHash);
}
