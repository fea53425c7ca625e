import { createCipheriv, createDecipheriv } from 'node:crypto';

/** AES-256-CBC with PKCS#7 padding. Key 32 bytes, iv 16. */
export function aes256CbcEncrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  return new Uint8Array(Buffer.concat([cipher.update(data), cipher.final()]));
}

/** Null where the padding is wrong (a wrong key, or damaged data). */
export function aes256CbcDecrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array | null {
  try {
    const cipher = createDecipheriv('aes-256-cbc', key, iv);
    return new Uint8Array(Buffer.concat([cipher.update(data), cipher.final()]));
  } catch {
    return null;
  }
}
