import { compareBytes, equalBytes, toKey } from '../../util/bytes.ts';
import type { KeyValueFile } from '../wallet-db.ts';

interface Entry { readonly key: Uint8Array; readonly value: Uint8Array }

/** A wallet's records in memory, until they are whole and go into a file together. */
export class MemoryFile implements KeyValueFile {
  private readonly records = new Map<string, Entry>();

  read(key: Uint8Array): Uint8Array | null { return this.records.get(toKey(key))?.value ?? null; }
  write(key: Uint8Array, value: Uint8Array): void { this.records.set(toKey(key), { key, value }); }
  erase(key: Uint8Array): void { this.records.delete(toKey(key)); }

  erasePrefix(prefix: Uint8Array): void {
    this.eraseWhere((key) => key.length >= prefix.length && equalBytes(key.subarray(0, prefix.length), prefix));
  }

  /** Erases what `goes` says, in one pass. */
  eraseWhere(goes: (key: Uint8Array) => boolean): void {
    for (const [id, { key }] of this.records) if (goes(key)) this.records.delete(id);
  }

  *entries(): IterableIterator<Entry> { yield* [...this.records.values()].sort((a, b) => compareBytes(a.key, b.key)); }

  /** Runs the work. Where it throws, what it has written stays: the whole of it is then thrown away. */
  transaction<T>(work: () => T): T { return work(); }
  rewrite(): void { /* There is nothing left of what was overwritten. */ }
  backup(): void { throw new Error('records in memory have no file to copy'); }
  close(): Promise<void> { return Promise.resolve(); }
}
