import { hash256 } from '../crypto/hash.ts';
import type { Transaction } from '../primitives/transaction.ts';
import { concatBytes } from '../util/bytes.ts';
import { MalformedData } from '../util/errors.ts';
import {
  CLIENT_VERSION, decodeLocator, encodeDescriptor, encodeLocator, encodeMasterKey, encodePrivateKey, encodeTx, RECORD, recordKey, recordValue,
  type DescriptorRecord, type MasterKeyRecord,
} from './records.ts';
import type { WalletTx } from './wallet-tx.ts';

/** What the wallet needs of its file; src/store has it on SQLite. */
export interface KeyValueFile {
  read(key: Uint8Array): Uint8Array | null;
  write(key: Uint8Array, value: Uint8Array): void;
  erase(key: Uint8Array): void;
  erasePrefix(prefix: Uint8Array): void;
  entries(): IterableIterator<{ key: Uint8Array; value: Uint8Array }>;
  transaction<T>(work: () => T): T;
  rewrite(): void;
  backup(destination: string): void;
  close(): Promise<void>;
}

/** Extended public keys that a descriptor derived, to be stored beside it. */
export interface CacheItems {
  readonly parents: readonly { readonly keyIndex: number; readonly xpub: Uint8Array }[];
  readonly derived: readonly { readonly keyIndex: number; readonly position: number; readonly xpub: Uint8Array }[];
  readonly lastHardened: readonly { readonly keyIndex: number; readonly xpub: Uint8Array }[];
}

/** The wallet's file in terms of its records. Every method is durable when it returns. */
export class WalletDb {
  readonly file: KeyValueFile;

  constructor(file: KeyValueFile) {
    this.file = file;
  }

  /** All writes of `work` at once, or none. */
  transaction<T>(work: () => T): T { return this.file.transaction(work); }

  writeVersion(): void {
    this.file.write(recordKey(RECORD.version), recordValue((w) => w.i32(CLIENT_VERSION)));
  }

  writeFlags(flags: bigint): void {
    this.file.write(recordKey(RECORD.flags), recordValue((w) => w.u64(flags)));
  }

  writeName(address: string, label: string): void {
    this.file.write(recordKey(RECORD.name, (w) => w.varString(address)), recordValue((w) => w.varString(label)));
  }

  writePurpose(address: string, purpose: string): void {
    this.file.write(recordKey(RECORD.purpose, (w) => w.varString(address)), recordValue((w) => w.varString(purpose)));
  }

  writeDestData(address: string, name: string, value: string): void {
    this.file.write(recordKey(RECORD.destData, (w) => w.varString(address).varString(name)), recordValue((w) => w.varString(value)));
  }

  /** @param end input or output @param index its number in the transaction */
  writeCoinLabel(end: string, txid: Uint8Array, index: number, label: string): void {
    this.file.write(recordKey(RECORD.coinLabel, (w) => w.varString(end).bytes(txid).u32(index)), recordValue((w) => w.varString(label)));
  }

  eraseCoinLabel(end: string, txid: Uint8Array, index: number): void {
    this.file.erase(recordKey(RECORD.coinLabel, (w) => w.varString(end).bytes(txid).u32(index)));
  }

  writeDestBytes(address: string, name: string, value: Uint8Array): void {
    this.file.write(recordKey(RECORD.destData, (w) => w.varString(address).varString(name)), recordValue((w) => w.varBytes(value)));
  }

  eraseDestData(address: string, name: string): void {
    this.file.erase(recordKey(RECORD.destData, (w) => w.varString(address).varString(name)));
  }

  /** Name, purpose and everything else kept for an address. */
  eraseAddress(address: string): void {
    this.transaction(() => {
      this.file.erasePrefix(recordKey(RECORD.destData, (w) => w.varString(address)));
      this.file.erase(recordKey(RECORD.purpose, (w) => w.varString(address)));
      this.file.erase(recordKey(RECORD.name, (w) => w.varString(address)));
    });
  }

  /** The transaction and each of its witness variants. */
  writeTx(wtx: WalletTx): void {
    this.transaction(() => {
      this.file.write(recordKey(RECORD.tx, (w) => w.bytes(wtx.txid)), encodeTx(wtx.toRecord()));
      for (const variant of wtx.allVariants) this.writeVariant(wtx.txid, variant);
    });
  }

  private writeVariant(txid: Uint8Array, tx: Transaction): void {
    this.file.write(recordKey(RECORD.wtxVariant, (w) => w.bytes(txid).bytes(tx.wtxid)), tx.raw);
  }

  eraseTx(txid: Uint8Array): void {
    this.transaction(() => {
      this.file.erase(recordKey(RECORD.tx, (w) => w.bytes(txid)));
      this.file.erasePrefix(recordKey(RECORD.wtxVariant, (w) => w.bytes(txid)));
    });
  }

  writeOrderPosNext(next: number): void {
    this.file.write(recordKey(RECORD.orderPosNext), recordValue((w) => w.i64n(next)));
  }

  writeLockedCoin(txid: Uint8Array, vout: number): void {
    this.file.write(recordKey(RECORD.lockedUtxo, (w) => w.bytes(txid).u32(vout)), recordValue((w) => w.u8(0x31)));
  }

  eraseLockedCoin(txid: Uint8Array, vout: number): void {
    this.file.erase(recordKey(RECORD.lockedUtxo, (w) => w.bytes(txid).u32(vout)));
  }

  /** The locator goes under the newer name; the older one stays empty, which makes very old software rescan. */
  writeBestBlock(locator: readonly Uint8Array[]): void {
    this.transaction(() => {
      this.file.write(recordKey(RECORD.bestBlock), encodeLocator([]));
      this.file.write(recordKey(RECORD.bestBlockNoMerkle), encodeLocator(locator));
    });
  }

  /** Null where there is none, or none that can be read: then the chain is read from its beginning. */
  readBestBlock(): Uint8Array[] | null {
    for (const type of [RECORD.bestBlock, RECORD.bestBlockNoMerkle]) {
      const value = this.file.read(recordKey(type));
      if (value === null) continue;
      const locator = locatorOf(value);
      if (locator === null) continue;
      if (locator.length > 0 || type === RECORD.bestBlockNoMerkle) return locator;
    }
    return null;
  }

  writeMasterKey(id: number, record: MasterKeyRecord): void {
    this.file.write(recordKey(RECORD.masterKey, (w) => w.u32(id)), encodeMasterKey(record));
  }

  eraseMasterKey(id: number): void {
    this.file.erase(recordKey(RECORD.masterKey, (w) => w.u32(id)));
  }

  writeDescriptor(id: Uint8Array, record: DescriptorRecord): void {
    this.file.write(recordKey(RECORD.descriptor, (w) => w.bytes(id)), encodeDescriptor(record));
  }

  writeDescriptorKey(id: Uint8Array, publicKey: Uint8Array, privateKey: Uint8Array): void {
    const der = encodePrivateKey(privateKey, publicKey);
    this.file.write(
      recordKey(RECORD.descriptorKey, (w) => w.bytes(id).varBytes(publicKey)),
      recordValue((w) => w.varBytes(der).bytes(hash256(concatBytes(publicKey, der)))),
    );
  }

  /** Replaces the key in the clear. */
  writeDescriptorCkey(id: Uint8Array, publicKey: Uint8Array, ciphertext: Uint8Array): void {
    this.transaction(() => {
      this.file.write(recordKey(RECORD.descriptorCkey, (w) => w.bytes(id).varBytes(publicKey)), recordValue((w) => w.varBytes(ciphertext)));
      this.file.erase(recordKey(RECORD.descriptorKey, (w) => w.bytes(id).varBytes(publicKey)));
    });
  }

  writeCacheItems(id: Uint8Array, items: CacheItems): void {
    const value = (xpub: Uint8Array): Uint8Array => recordValue((w) => w.varBytes(xpub));
    for (const { keyIndex, xpub } of items.parents) {
      this.file.write(recordKey(RECORD.descriptorCache, (w) => w.bytes(id).u32(keyIndex)), value(xpub));
    }
    for (const { keyIndex, position, xpub } of items.derived) {
      this.file.write(recordKey(RECORD.descriptorCache, (w) => w.bytes(id).u32(keyIndex).u32(position)), value(xpub));
    }
    for (const { keyIndex, xpub } of items.lastHardened) {
      this.file.write(recordKey(RECORD.descriptorLhCache, (w) => w.bytes(id).u32(keyIndex)), value(xpub));
    }
  }

  /** @param type OutputType as its number in the format */
  writeActive(type: number, internal: boolean, id: Uint8Array): void {
    this.file.write(activeKey(type, internal), recordValue((w) => w.bytes(id)));
  }

  eraseActive(type: number, internal: boolean): void {
    this.file.erase(activeKey(type, internal));
  }
}

function locatorOf(value: Uint8Array): Uint8Array[] | null {
  try {
    return decodeLocator(value);
  } catch (e) {
    if (!(e instanceof MalformedData)) throw e;
    return null;
  }
}

function activeKey(type: number, internal: boolean): Uint8Array {
  return recordKey(internal ? RECORD.activeInternalSpk : RECORD.activeExternalSpk, (w) => w.u8(type));
}
