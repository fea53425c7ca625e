/** The 8-byte XOR under which the reference keeps block files and chain state, so that virus scanners leave them alone. */

export const OBFUSCATION_KEY_SIZE = 8;

/** XORs `data` in place; its first byte lies at `offset` (of the file, or 0 for a database value). */
export function obfuscate(data: Uint8Array, key: Uint8Array, offset = 0): void {
  for (let i = 0, k = offset % OBFUSCATION_KEY_SIZE; i < data.length; i++) {
    data[i] = (data[i] as number) ^ (key[k] as number);
    k = (k + 1) & 7;
  }
}

/** True where the key changes anything. */
export function isObfuscating(key: Uint8Array): boolean {
  for (const b of key) if (b !== 0) return true;
  return false;
}
