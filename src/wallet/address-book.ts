import type { WalletDb } from './wallet-db.ts';

export type Purpose = 'receive' | 'send' | 'refund';

export function parsePurpose(text: string): Purpose | undefined {
  return text === 'receive' || text === 'send' || text === 'refund' ? text : undefined;
}

/** What the wallet knows of an address. Without a label it is change (or nothing but a remark on its past). */
export interface AddressEntry {
  label: string | undefined;
  purpose: Purpose | undefined;
  /** Spent from before, in a wallet that avoids reuse. */
  spentBefore: boolean;
  /** Requests for payment by id, in the reference's serialization. */
  readonly receiveRequests: Map<string, Uint8Array>;
}

/** Labels and the like, by address. */
export class AddressBook {
  private readonly db: WalletDb;
  private readonly changed: (address: string) => void;
  private readonly entries = new Map<string, AddressEntry>();

  /** @param changed hears of every label that is set or removed */
  constructor(db: WalletDb, changed: (address: string) => void = () => undefined) {
    this.db = db;
    this.changed = changed;
  }

  get size(): number { return this.entries.size; }

  private entry(address: string): AddressEntry {
    let entry = this.entries.get(address);
    if (entry === undefined) {
      entry = { label: undefined, purpose: undefined, spentBefore: false, receiveRequests: new Map() };
      this.entries.set(address, entry);
    }
    return entry;
  }

  /** Fills an entry from the file. */
  loaded(address: string): AddressEntry { return this.entry(address); }

  /** The entry of an address that has a label; addresses of change have none. */
  find(address: string): (AddressEntry & { label: string }) | undefined {
    const entry = this.entries.get(address);
    return entry?.label === undefined ? undefined : entry as AddressEntry & { label: string };
  }

  /** Every entry, labelled or not. */
  all(): IterableIterator<[string, AddressEntry]> { return this.entries.entries(); }

  /** Takes over all that another book says of an address. */
  adopt(address: string, { label, purpose, spentBefore, receiveRequests }: AddressEntry): void {
    this.entries.set(address, { label, purpose, spentBefore, receiveRequests: new Map(receiveRequests) });
    this.db.transaction(() => {
      if (purpose !== undefined) this.db.writePurpose(address, purpose);
      if (label !== undefined) this.db.writeName(address, label);
      for (const [id, value] of receiveRequests) this.db.writeDestBytes(address, `rr${id}`, value);
      if (spentBefore) this.db.writeDestData(address, 'used', '1');
    });
    this.changed(address);
  }

  /** Labelled addresses in the order of their text. */
  *labelled(): IterableIterator<{ address: string; label: string; purpose: Purpose | undefined }> {
    for (const address of [...this.entries.keys()].sort()) {
      const entry = this.entries.get(address);
      if (entry?.label !== undefined) yield { address, label: entry.label, purpose: entry.purpose };
    }
  }

  set(address: string, label: string, purpose: Purpose | undefined): void {
    const entry = this.entry(address);
    entry.label = label;
    if (purpose !== undefined) entry.purpose = purpose;
    this.db.transaction(() => {
      if (purpose !== undefined) this.db.writePurpose(address, purpose);
      this.db.writeName(address, label);
    });
    this.changed(address);
  }

  /** Forgets an address altogether; false where it had no label. */
  remove(address: string): boolean {
    if (this.find(address) === undefined) return false;
    this.db.eraseAddress(address);
    this.entries.delete(address);
    this.changed(address);
    return true;
  }

  /** Every request for payment. */
  *requests(): IterableIterator<{ address: string; id: string; value: Uint8Array }> {
    for (const [address, entry] of this.entries) for (const [id, value] of entry.receiveRequests) yield { address, id, value };
  }

  /** Stores a request for payment, or removes it (null). */
  setRequest(address: string, id: string, value: Uint8Array | null): void {
    const { receiveRequests } = this.entry(address);
    if (value === null) {
      receiveRequests.delete(id);
      this.db.eraseDestData(address, `rr${id}`);
    } else {
      receiveRequests.set(id, value);
      this.db.writeDestBytes(address, `rr${id}`, value);
    }
    this.changed(address);
  }

  spentBefore(address: string): boolean { return this.entries.get(address)?.spentBefore ?? false; }

  markSpentBefore(address: string): void {
    this.entry(address).spentBefore = true;
    this.db.writeDestData(address, 'used', '1');
  }

  /** Labels in order, of one purpose or all. */
  labels(purpose?: Purpose): string[] {
    const found = new Set<string>();
    for (const entry of this.labelled()) if (purpose === undefined || entry.purpose === purpose) found.add(entry.label);
    return [...found].sort();
  }
}
