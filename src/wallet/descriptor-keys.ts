import { hash160 } from '../crypto/hash.ts';
import { randomBytes } from '../crypto/random.ts';
import { isValidPrivkey } from '../crypto/secp256k1.ts';
import { DescriptorCache } from '../script/descriptor/cache.ts';
import type { Descriptor, Expansion, OutputType } from '../script/descriptor/descriptor.ts';
import { type PrivateKey, pubkeyOf } from '../script/key-io.ts';
import { SecretNonces } from '../script/secret-nonces.ts';
import { type KeyOrigin, SigningProvider } from '../script/signing-provider.ts';
import { equalBytes, toKey } from '../util/bytes.ts';
import { decryptSecret, encryptSecret } from './crypter.ts';
import type { DescriptorRecord } from './records.ts';
import { canSelfExpand } from './descriptor-facts.ts';
import type { CacheItems, WalletDb } from './wallet-db.ts';
import { WalletError } from './wallet-error.ts';

/** What a set of keys needs of the wallet around it. */
export interface KeyStorage {
  readonly db: WalletDb;
  readonly logName: string;
  readonly keypoolSize: number;
  readonly hasEncryptionKeys: boolean;
  /** Null while locked (or where the wallet is not encrypted). */
  readonly masterKey: Uint8Array | null;
  log(message: string): void;
  /** New scripts (map keys) that this set can spend. */
  scriptsAdded(scripts: Iterable<string>, keys: DescriptorKeys): void;
}

/** A private key that only the master key opens. */
export interface SealedKey {
  readonly publicKey: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** A descriptor with what the wallet remembers of it. */
export interface DescriptorState {
  readonly descriptor: Descriptor;
  readonly creationTime: number;
  rangeStart: number;
  rangeEnd: number;
  nextIndex: number;
  readonly cache: DescriptorCache;
}

/** An address that was handed out but may be given back. */
export interface ReservedScript {
  readonly script: Uint8Array;
  readonly index: number;
}

/** One descriptor of the wallet: its scripts, its private keys, and how far it has been used. */
export class DescriptorKeys {
  readonly id: Uint8Array;
  /** Map key of `id`. */
  readonly key: string;
  private state: DescriptorState;
  private readonly storage: KeyStorage;
  /** By key of the public key's hash160. */
  private readonly plainKeys: Map<string, PrivateKey>;
  private readonly sealedKeys: Map<string, SealedKey>;
  private readonly positions = new Map<string, number>();
  private readonly pubkeyPositions = new Map<string, number>();
  private readonly providers = new Map<number, SigningProvider>();
  private readonly secretNonces = new SecretNonces(randomBytes);
  private lastCached = -1;
  private checkedThoroughly = false;

  constructor(storage: KeyStorage, state: DescriptorState, keys = new Map<string, PrivateKey>(), sealed = new Map<string, SealedKey>()) {
    if (keys.size > 0 && sealed.size > 0) throw new WalletError('Wallet contains both unencrypted and encrypted keys');
    this.storage = storage;
    this.state = state;
    this.id = state.descriptor.id();
    this.key = toKey(this.id);
    this.plainKeys = keys;
    this.sealedKeys = sealed;
  }

  /** Works out the scripts of a descriptor that comes from the file. @throws WalletError */
  load(): void {
    const added: string[] = [];
    this.lastCached = this.state.rangeStart - 1;
    const { descriptor, cache, rangeStart, rangeEnd } = this.state;
    let i = rangeStart;
    for (const expanded of descriptor.expandManyFromCache(rangeStart, Math.max(0, rangeEnd - rangeStart), cache)) {
      if (expanded === null) throw new WalletError('Error: Unable to expand wallet descriptor from cache');
      for (const script of expanded.scripts) {
        const key = toKey(script);
        const known = this.positions.get(key);
        if (known !== undefined) throw new WalletError(`Error: Already loaded script at index ${i} as being at index ${known}`);
        this.positions.set(key, i);
        added.push(key);
      }
      this.notePubkeys(expanded.provider, i);
      this.lastCached = i++;
    }
    this.storage.scriptsAdded(added, this);
  }

  get descriptor(): Descriptor { return this.state.descriptor; }
  get creationTime(): number { return this.state.creationTime; }
  get rangeStart(): number { return this.state.rangeStart; }
  get rangeEnd(): number { return this.state.rangeEnd; }
  get nextIndex(): number { return this.state.nextIndex; }
  get cache(): DescriptorCache { return this.state.cache; }
  get isRange(): boolean { return this.state.descriptor.isRange; }
  get outputType(): OutputType | null { return this.state.descriptor.outputType; }
  get havePrivateKeys(): boolean { return this.plainKeys.size > 0 || this.sealedKeys.size > 0; }
  get haveSealedKeys(): boolean { return this.sealedKeys.size > 0; }
  /** How many addresses are ready to be handed out. */
  get keypoolSize(): number { return this.state.rangeEnd - this.state.nextIndex; }

  hasScript(scriptKey: string): boolean { return this.positions.has(scriptKey); }
  scriptKeys(): IterableIterator<string> { return this.positions.keys(); }

  /** Only descriptors of one kind with a range can give addresses, as long as there are any left. */
  get canGetAddresses(): boolean {
    const { descriptor, nextIndex, rangeEnd } = this.state;
    return descriptor.isSingleType && descriptor.isRange && (this.havePrivateKeys || nextIndex < rangeEnd || canSelfExpand(descriptor));
  }

  record(): DescriptorRecord {
    const { descriptor, creationTime, nextIndex, rangeStart, rangeEnd } = this.state;
    return { text: descriptor.toString(), creationTime, nextIndex, rangeStart, rangeEnd };
  }

  write(): void {
    this.storage.db.writeDescriptor(this.id, this.record());
  }

  // -- private keys -------------------------------------------------------------------------------------------------

  /** Private keys that can be had now: all, or none while locked. */
  privateKeys(): SigningProvider {
    const out = new SigningProvider();
    if (this.storage.hasEncryptionKeys) {
      const master = this.storage.masterKey;
      if (master !== null) for (const sealed of this.sealedKeys.values()) this.unseal(master, sealed, out);
      return out;
    }
    for (const key of this.plainKeys.values()) out.addKey(pubkeyOf(key), key);
    return out;
  }

  private unseal(master: Uint8Array, sealed: SealedKey, out: SigningProvider): boolean {
    const secret = decryptSecret(master, sealed.ciphertext, sealed.publicKey);
    if (secret === null || secret.length !== 32 || !isValidPrivkey(secret)) return false;
    const key = { key: secret, compressed: sealed.publicKey.length === 33 };
    if (!equalBytes(pubkeyOf(key), sealed.publicKey)) return false;
    out.addKey(sealed.publicKey, key);
    return true;
  }

  hasPrivateKey(keyId: Uint8Array): boolean {
    const id = toKey(keyId);
    return this.plainKeys.has(id) || this.sealedKeys.has(id);
  }

  /** Whether the private key of a public key that was derived here is the wallet's, locked or not. */
  canSignWith(pubkey: Uint8Array): boolean {
    const position = this.pubkeyPositions.get(toKey(pubkey));
    if (position === undefined) return false;
    return this.descriptor.keys.flatMap((key) => key.participants ?? [key]).some((key) => {
      const root = key.rootPubkey() ?? key.rootExtPubkey()?.pubkey;
      if (root === undefined || !this.hasPrivateKey(hash160(root))) return false;
      const own = key.pubkeyAt(position, new SigningProvider(), this.cache, null);
      return own !== null && equalBytes(own.pubkey, pubkey);
    });
  }

  privateKey(keyId: Uint8Array): PrivateKey | undefined {
    return this.privateKeys().key(keyId);
  }

  /** Whether `master` opens the keys here. @throws WalletError where it opens some but not all */
  checkMasterKey(master: Uint8Array): boolean {
    if (this.plainKeys.size > 0) return false;
    let pass = this.sealedKeys.size === 0;
    for (const sealed of this.sealedKeys.values()) {
      if (!this.unseal(master, sealed, new SigningProvider())) {
        if (pass && this.sealedKeys.size > 0) {
          throw new WalletError('Error unlocking wallet: some keys decrypt but not all. Your wallet file may be corrupt.');
        }
        return false;
      }
      pass = true;
      if (this.checkedThoroughly) break;
    }
    if (pass) this.checkedThoroughly = true;
    return pass;
  }

  /** Seals all keys; inside a transaction of the caller. */
  encrypt(master: Uint8Array): void {
    for (const [id, key] of this.plainKeys) {
      const publicKey = pubkeyOf(key);
      const ciphertext = encryptSecret(master, key.key, publicKey);
      this.sealedKeys.set(id, { publicKey, ciphertext });
      this.storage.db.writeDescriptorCkey(this.id, publicKey, ciphertext);
    }
    this.plainKeys.clear();
  }

  /** Stores a private key, sealed where the wallet is encrypted. @throws WalletError while locked */
  addKey(key: PrivateKey): void {
    const publicKey = pubkeyOf(key);
    const id = toKey(hash160(publicKey));
    if (this.plainKeys.has(id) || this.sealedKeys.has(id)) return;
    if (this.storage.hasEncryptionKeys) {
      const master = this.storage.masterKey;
      if (master === null) throw new WalletError('AddDescriptorKeyWithDB: writing descriptor private key failed');
      const ciphertext = encryptSecret(master, key.key, publicKey);
      this.sealedKeys.set(id, { publicKey, ciphertext });
      this.storage.db.writeDescriptorCkey(this.id, publicKey, ciphertext);
    } else {
      this.plainKeys.set(id, key);
      this.storage.db.writeDescriptorKey(this.id, publicKey, key.key);
    }
  }

  // -- scripts ------------------------------------------------------------------------------------------------------

  /** Fills the keypool up to `size` (0: as configured); false where that takes private keys that are locked away. */
  topUp(size = 0): boolean {
    return this.storage.db.transaction(() => this.topUpNow(size));
  }

  private topUpNow(size: number): boolean {
    const { state } = this;
    const target = size > 0 ? size : this.storage.keypoolSize;
    let end = Math.max(state.nextIndex + target, state.rangeEnd);
    if (!state.descriptor.isRange) {
      end = 1;
      state.rangeStart = 0;
      state.rangeEnd = 1;
    }
    if (this.lastCached < state.rangeStart - 1) this.lastCached = state.rangeStart - 1;
    const added: string[] = [];
    const first = this.lastCached + 1;
    const keys = first < end ? this.privateKeys() : new SigningProvider();
    // The first may leave in the cache what the others need.
    let many: Iterator<Expansion | null> | null = null;
    for (let i = first; i < end; i++) {
      if (i > first) many ??= state.descriptor.expandManyFromCache(i, end - i, state.cache);
      let expanded: Expansion | null = many === null ? state.descriptor.expandFromCache(i, state.cache) : many.next().value as Expansion | null;
      if (expanded === null) {
        const fresh = new DescriptorCache();
        expanded = state.descriptor.expand(i, keys, fresh);
        if (expanded === null) {
          this.storage.scriptsAdded(added, this);
          return false;
        }
        this.storage.db.writeCacheItems(this.id, cacheItems(state.cache.mergeAndDiff(fresh)));
      }
      for (const script of expanded.scripts) {
        const key = toKey(script);
        if (!this.positions.has(key)) added.push(key);
        this.positions.set(key, i);
      }
      this.notePubkeys(expanded.provider, i);
      this.lastCached = i;
    }
    state.rangeEnd = end;
    this.write();
    this.storage.scriptsAdded(added, this);
    return true;
  }

  private notePubkeys(provider: SigningProvider, position: number): void {
    for (const pubkey of provider.pubkeys.values()) {
      const key = toKey(pubkey);
      if (!this.pubkeyPositions.has(key)) this.pubkeyPositions.set(key, position);
    }
  }

  /** The next script to be paid to. @throws WalletError with the reference's text */
  newScript(type: OutputType): ReservedScript {
    if (!this.canGetAddresses) throw new WalletError('No addresses available');
    if (type !== this.outputType) {
      throw new WalletError('GetNewDestination: Types are inconsistent. Stored type does not match type of newly generated address');
    }
    this.topUp();
    const ranOut = 'Error: Keypool ran out, please call keypoolrefill first';
    const { state } = this;
    if (state.rangeEnd <= this.lastCached && !this.topUp(1)) throw new WalletError(ranOut);
    const index = state.nextIndex;
    const script = index <= this.lastCached ? state.descriptor.expandFromCache(index, state.cache)?.scripts[0] : undefined;
    if (script === undefined) throw new WalletError(ranOut);
    // Worked out a second time, alone: what was derived among many must be the same, or money would be paid to nobody.
    if (this.positions.get(toKey(script)) !== index) throw new WalletError(`Error: Derived two scripts for index ${index}`);
    state.nextIndex += 1;
    this.write();
    return { script, index };
  }

  /** Takes back a reserved script, where none was handed out after it. */
  giveBack(index: number): void {
    if (this.state.nextIndex - 1 === index) this.state.nextIndex -= 1;
    this.write();
  }

  /** Marks everything up to a script that was seen in use as used; returns the scripts that this passed over. */
  markUsed(scriptKey: string): Uint8Array[] {
    const index = this.positions.get(scriptKey);
    if (index === undefined) return [];
    const { state } = this;
    const passed: Uint8Array[] = [];
    if (index >= state.nextIndex) {
      this.storage.log(`MarkUnusedAddresses: Detected a used keypool item at index ${index}, mark all keypool items up to this item as used`);
      for (; state.nextIndex <= index; state.nextIndex++) {
        const script = state.descriptor.expandFromCache(state.nextIndex, state.cache)?.scripts[0];
        if (script === undefined) throw new WalletError('MarkUnusedAddresses: Unable to expand descriptor from cache');
        passed.push(script);
      }
    }
    // Nothing to fill while enough addresses are left: spares a write for each payment to a known address.
    if (passed.length > 0 || this.lastCached + 1 < state.nextIndex + (state.descriptor.isRange ? this.storage.keypoolSize : 0)) {
      if (!this.topUp()) this.storage.log('MarkUnusedAddresses: Topping up keypool failed (locked wallet)');
    }
    return passed;
  }

  /** What is known for spending a script; null where it is not one of ours. */
  providerFor(scriptKey: string, withPrivateKeys: boolean): SigningProvider | null {
    const index = this.positions.get(scriptKey);
    return index === undefined ? null : this.providerAt(index, withPrivateKeys);
  }

  /** The same by public key; only where its private key is here. */
  providerForPubkey(pubkey: Uint8Array): SigningProvider | null {
    const index = this.pubkeyPositions.get(toKey(pubkey));
    const out = index === undefined ? null : this.providerAt(index, true);
    return out?.key(hash160(pubkey)) === undefined ? null : out;
  }

  private providerAt(index: number, withPrivateKeys: boolean): SigningProvider | null {
    let known = this.providers.get(index);
    if (known === undefined) {
      known = this.state.descriptor.expandFromCache(index, this.state.cache)?.provider;
      if (known === undefined) return null;
      this.providers.set(index, known);
    }
    const out = new SigningProvider().merge(known);
    if (withPrivateKeys && this.havePrivateKeys) {
      out.merge(this.state.descriptor.expandPrivate(index, this.privateKeys()));
      // Also for a descriptor without musig(): its key may be a participant's of somebody else's.
      out.secretNonces = this.secretNonces;
    }
    return out;
  }

  /** Origin of the one key behind a script. */
  originOf(scriptKey: string): KeyOrigin | null {
    const provider = this.providerFor(scriptKey, false);
    if (provider === null) return null;
    const [first] = provider.origins.values();
    return first?.origin ?? null;
  }

  /** The descriptor as text, with checksum: with private master keys, or with hardened steps moved into the origin. */
  text(withPrivateKeys: boolean): string | null {
    const { descriptor, cache } = this.state;
    if (!withPrivateKeys) return descriptor.toNormalizedString(this.privateKeys(), cache);
    const { text, any } = descriptor.toPartlyPrivateString(this.privateKeys());
    return any ? text : null;
  }

  /** Stores the last hardened public keys of a wallet that was made before they were kept. */
  upgradeCache(): void {
    const { state } = this;
    if (state.cache.lastHardened.size > 0) return;
    const fresh = new DescriptorCache();
    if (state.descriptor.expand(0, this.privateKeys(), fresh) === null) throw new WalletError('Unable to expand descriptor');
    this.storage.db.writeCacheItems(this.id, cacheItems(state.cache.mergeAndDiff(fresh)));
  }

  /** Takes over a new range, index and keys for the same descriptor. @throws WalletError */
  update(next: DescriptorState, keys: SigningProvider): void {
    if (next.descriptor.isRange && (next.rangeStart > this.state.rangeStart || next.rangeEnd < this.state.rangeEnd)) {
      throw new WalletError(`new range must include current range = [${this.state.rangeStart},${this.state.rangeEnd - 1}]`);
    }
    for (const [i, key] of this.state.cache.parents) next.cache.parents.set(i, key);
    for (const [i, key] of this.state.cache.lastHardened) next.cache.lastHardened.set(i, key);
    for (const [i, own] of this.state.cache.derived) for (const [position, key] of own) next.cache.setDerived(i, position, key);
    this.positions.clear();
    this.pubkeyPositions.clear();
    this.providers.clear();
    this.lastCached = next.rangeStart - 1;
    this.state = next;
    this.addKeysAndTopUp(keys);
  }

  /** First use of an imported or generated descriptor. @throws WalletError */
  addKeysAndTopUp(keys: SigningProvider): void {
    this.storage.db.transaction(() => {
      for (const key of keys.keys.values()) this.addKey(key);
      this.write();
      if (!this.topUpNow(0)) throw new WalletError('Could not top up scriptPubKeys');
    });
  }

  /** Stores all that is remembered for expanding it. */
  writeCache(): void { this.storage.db.writeCacheItems(this.id, cacheItems(this.state.cache)); }

  markDecryptionChecked(): void {
    this.checkedThoroughly = true;
  }
}

function cacheItems(diff: DescriptorCache): CacheItems {
  return {
    parents: [...diff.parents].map(([keyIndex, key]) => ({ keyIndex, xpub: key.encode() })),
    lastHardened: [...diff.lastHardened].map(([keyIndex, key]) => ({ keyIndex, xpub: key.encode() })),
    derived: [...diff.derived].flatMap(([keyIndex, own]) => [...own].map(([position, key]) => ({ keyIndex, position, xpub: key.encode() }))),
  };
}
