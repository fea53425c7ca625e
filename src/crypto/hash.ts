import { createHash, createHmac, type Hash } from 'node:crypto';
import { ripemd160 as nobleRipemd160, sha1 as nobleSha1 } from '@noble/hashes/legacy.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';

/** SHA-256. Short inputs go to noble, which is faster there; long ones to the runtime. */
export function sha256(data: Uint8Array): Uint8Array {
  return data.length < 200 ? nobleSha256(data) : new Uint8Array(createHash('sha256').update(data).digest());
}

/** Double SHA-256: txids, block hashes, checksums. */
export function hash256(data: Uint8Array): Uint8Array {
  return nobleSha256(sha256(data));
}

export function ripemd160(data: Uint8Array): Uint8Array {
  return nobleRipemd160(data);
}

/** Double SHA-256 over one long beginning and several short ends: the beginning is hashed once. */
export class Hash256Prefix {
  private readonly state: Hash;

  constructor(prefix: Uint8Array) {
    this.state = createHash('sha256').update(prefix);
  }

  digest(end: Uint8Array): Uint8Array {
    return nobleSha256(new Uint8Array(this.state.copy().update(end).digest()));
  }
}

/** RIPEMD-160 of SHA-256: key and script hashes of addresses. */
export function hash160(data: Uint8Array): Uint8Array {
  return nobleRipemd160(sha256(data));
}

export function sha1(data: Uint8Array): Uint8Array {
  return nobleSha1(data);
}

/** SHA3-256: checksum of onion addresses. */
export function sha3_256(data: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha3-256').update(data).digest());
}

export function sha512(data: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha512').update(data).digest());
}

export function hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac('sha256', key).update(data).digest());
}

export function hmacSha512(key: Uint8Array, data: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac('sha512', key).update(data).digest());
}
