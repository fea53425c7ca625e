import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { hash256 } from '../crypto/hash.ts';
import { concatBytes } from '../util/bytes.ts';
import type { MasterKeyRecord } from './records.ts';

export const MASTER_KEY_SIZE = 32;
const SALT_SIZE = 8;
const IV_SIZE = 16;
/** Fewest iterations that a new or changed passphrase gets, however slow the machine. */
export const MIN_ITERATIONS = 25000;
/** How long deriving the key from the passphrase should take. */
const TARGET_MS = 100;

/**
 * Key (32 bytes) and initialisation vector (16) from a passphrase: SHA-512 over passphrase and salt, repeated.
 * null for a derivation method or salt that does not exist.
 */
export function deriveKey(passphrase: string, salt: Uint8Array, iterations: number, method: number): { key: Uint8Array; iv: Uint8Array } | null {
  if (iterations === 0 || salt.length !== SALT_SIZE || method !== 0) return null;
  let digest: Uint8Array = createHash('sha512').update(concatBytes(Buffer.from(passphrase, 'utf8'), salt)).digest();
  for (let i = 1; i < iterations; i++) digest = createHash('sha512').update(digest).digest();
  return { key: digest.slice(0, MASTER_KEY_SIZE), iv: digest.slice(MASTER_KEY_SIZE, MASTER_KEY_SIZE + IV_SIZE) };
}

/** AES-256-CBC with PKCS 7 padding. */
export function aesEncrypt(key: Uint8Array, iv: Uint8Array, plain: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  return concatBytes(cipher.update(plain), cipher.final());
}

/** null where the padding is wrong, which is what a wrong key mostly looks like. */
export function aesDecrypt(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array | null {
  try {
    const decipher = createDecipheriv('aes-256-cbc', key, iv);
    return concatBytes(decipher.update(ciphertext), decipher.final());
  } catch {
    return null;
  }
}

/** A secret under the master key; the public key it belongs to gives the initialisation vector. */
export function encryptSecret(masterKey: Uint8Array, secret: Uint8Array, publicKey: Uint8Array): Uint8Array {
  return aesEncrypt(masterKey, hash256(publicKey).subarray(0, IV_SIZE), secret);
}

export function decryptSecret(masterKey: Uint8Array, ciphertext: Uint8Array, publicKey: Uint8Array): Uint8Array | null {
  return aesDecrypt(masterKey, hash256(publicKey).subarray(0, IV_SIZE), ciphertext);
}

export function newMasterKey(): Uint8Array {
  return new Uint8Array(randomBytes(MASTER_KEY_SIZE));
}

/**
 * The master key under a passphrase. Iterations are chosen so that trying one passphrase takes about a tenth of a second here.
 * @param previous the record that this one replaces: its salt and iterations are the start
 */
export function sealMasterKey(passphrase: string, masterKey: Uint8Array, previous?: MasterKeyRecord, nowMs: () => number = () => performance.now()): MasterKeyRecord {
  const salt = previous?.salt ?? new Uint8Array(randomBytes(SALT_SIZE));
  let iterations = previous?.iterations ?? MIN_ITERATIONS;
  for (let round = 0; round < 2; round++) {
    const start = nowMs();
    deriveKey(passphrase, salt, iterations, 0);
    const elapsed = nowMs() - start;
    if (elapsed <= 0) {
      iterations = MIN_ITERATIONS;
      break;
    }
    const target = Math.floor(iterations * TARGET_MS / elapsed);
    iterations = Math.floor((iterations * round + target) / (round + 1));
  }
  iterations = Math.min(Math.max(iterations, MIN_ITERATIONS), 0xffffffff);
  const derived = deriveKey(passphrase, salt, iterations, 0);
  if (derived === null) throw new RangeError('sealMasterKey: salt of wrong size');
  return { ciphertext: aesEncrypt(derived.key, derived.iv, masterKey), salt, method: 0, iterations, extra: new Uint8Array() };
}

/** The master key, or null where the passphrase is wrong (or, one time in 256, bytes that are not it: the caller tries them on a key). */
export function openMasterKey(passphrase: string, record: MasterKeyRecord): Uint8Array | null {
  const derived = deriveKey(passphrase, record.salt, record.iterations, record.method);
  if (derived === null) return null;
  const key = aesDecrypt(derived.key, derived.iv, record.ciphertext);
  return key !== null && key.length === MASTER_KEY_SIZE ? key : null;
}
