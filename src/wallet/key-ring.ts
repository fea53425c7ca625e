import { ExtKey, type ExtPubKey } from '../crypto/bip32.ts';
import { randomBytes } from '../crypto/random.ts';
import { isValidPrivkey } from '../crypto/secp256k1.ts';
import { DescriptorCache } from '../script/descriptor/cache.ts';
import { parseDescriptors } from '../script/descriptor/parse.ts';
import { encodeExtPubKey, type PrivateKey } from '../script/key-io.ts';
import { SigningProvider } from '../script/signing-provider.ts';
import type { ChainParams } from '../params/chain-params.ts';
import { concatBytes, hashToHex, toHex, toKey } from '../util/bytes.ts';
import { MASTER_KEY_SIZE, newMasterKey, openMasterKey, sealMasterKey } from './crypter.ts';
import { extPubkeys, hasScripts } from './descriptor-facts.ts';
import { DescriptorKeys, type DescriptorState, type KeyStorage } from './descriptor-keys.ts';
import { OUTPUT_TYPES, outputTypeNumber, type OutputType } from './output-type.ts';
import type { MasterKeyRecord } from './records.ts';
import type { WalletDb } from './wallet-db.ts';
import { WalletError } from './wallet-error.ts';

export interface KeyRingHost {
  readonly db: WalletDb;
  readonly params: ChainParams;
  readonly keypoolSize: number;
  readonly displayName: string;
  nowSec(): number;
  log(message: string): void;
  /** The creation time of keys that are here now. */
  keysSince(time: number): void;
  /** There are other addresses to be had than before. */
  addressesChanged(): void;
}

const PURPOSE: Record<OutputType, { prefix: string; suffix: string }> = {
  legacy: { prefix: 'pkh(', suffix: ')' },
  'p2sh-segwit': { prefix: 'sh(wpkh(', suffix: '))' },
  bech32: { prefix: 'wpkh(', suffix: ')' },
  bech32m: { prefix: 'tr(', suffix: ')' },
};
/** Account paths by kind of address: BIP 44, 49, 84, 86. */
const ACCOUNT: Record<OutputType, number> = { legacy: 44, 'p2sh-segwit': 49, bech32: 84, bech32m: 86 };

/** All keys of a wallet: its descriptors, which of them give new addresses, and the encryption over them. */
export class KeyRing implements KeyStorage {
  readonly db: WalletDb;
  private readonly host: KeyRingHost;
  private readonly all = new Map<string, DescriptorKeys>();
  private readonly external = new Map<OutputType, DescriptorKeys>();
  private readonly internal = new Map<OutputType, DescriptorKeys>();
  /** Script (map key) to what can spend it. */
  private readonly byScript = new Map<string, DescriptorKeys[]>();
  readonly masterKeys = new Map<number, MasterKeyRecord>();
  private unlockedKey: Uint8Array | null = null;

  constructor(host: KeyRingHost) {
    this.host = host;
    this.db = host.db;
  }

  get logName(): string { return this.host.displayName; }
  get keypoolSize(): number { return this.host.keypoolSize; }
  get hasEncryptionKeys(): boolean { return this.masterKeys.size > 0; }
  get masterKey(): Uint8Array | null { return this.unlockedKey; }
  get isLocked(): boolean { return this.hasEncryptionKeys && this.unlockedKey === null; }
  log(message: string): void { this.host.log(message); }

  scriptsAdded(scripts: Iterable<string>, keys: DescriptorKeys): void {
    for (const script of scripts) {
      const owners = this.byScript.get(script);
      if (owners === undefined) this.byScript.set(script, [keys]);
      else if (!owners.includes(keys)) owners.push(keys);
    }
    this.host.addressesChanged();
  }

  // -- look-up ------------------------------------------------------------------------------------------------------

  isMine(script: Uint8Array): boolean { return this.byScript.has(toKey(script)); }
  ownersOf(script: Uint8Array): readonly DescriptorKeys[] { return this.byScript.get(toKey(script)) ?? []; }
  list(): DescriptorKeys[] { return [...this.all.values()]; }
  get isEmpty(): boolean { return this.all.size === 0; }
  byId(key: string): DescriptorKeys | undefined { return this.all.get(key); }

  active(type: OutputType, internal: boolean): DescriptorKeys | undefined {
    return (internal ? this.internal : this.external).get(type);
  }

  activeList(): DescriptorKeys[] {
    return [...new Set([...this.external.values(), ...this.internal.values()])];
  }

  isActive(keys: DescriptorKeys): boolean { return this.activeList().includes(keys); }

  /** Whether an active descriptor gives change; undefined where it is not active. */
  isInternal(keys: DescriptorKeys): boolean | undefined {
    if (!this.isActive(keys)) return undefined;
    const type = keys.outputType;
    return type !== null && this.internal.get(type) === keys;
  }

  /** What is known for spending a script, without private keys. */
  solvingProvider(script: Uint8Array): SigningProvider | null {
    return this.ownersOf(script)[0]?.providerFor(toKey(script), false) ?? null;
  }

  /** Whether the wallet has the private key of a public key (33 bytes, or 32 of a taproot key), locked or not. */
  canSignWith(pubkey: Uint8Array): boolean {
    const forms = pubkey.length === 32 ? [concatBytes(Uint8Array.of(2), pubkey), concatBytes(Uint8Array.of(3), pubkey)] : [pubkey];
    return this.list().some((keys) => forms.some((form) => keys.canSignWith(form)));
  }

  privateKey(keyId: Uint8Array): PrivateKey | undefined {
    for (const keys of this.all.values()) {
      const key = keys.privateKey(keyId);
      if (key !== undefined) return key;
    }
    return undefined;
  }

  get haveSealedKeys(): boolean { return this.list().some((keys) => keys.haveSealedKeys); }

  canGetAddresses(internal = false): boolean {
    return OUTPUT_TYPES.some((type) => this.active(type, internal)?.canGetAddresses === true);
  }

  get externalKeypoolSize(): number {
    let sum = 0;
    for (const keys of this.external.values()) sum += keys.keypoolSize;
    return sum;
  }

  get totalKeypoolSize(): number {
    return this.activeList().reduce((sum, keys) => sum + keys.keypoolSize, 0);
  }

  /** Extended public keys, each with the descriptors that use it. */
  hdKeys(filter: 'all' | 'active' | 'unused'): { xpub: ExtPubKey; users: DescriptorKeys[] }[] {
    const found = new Map<string, { xpub: ExtPubKey; users: DescriptorKeys[] }>();
    for (const keys of filter === 'active' ? this.activeList() : this.list()) {
      if (filter === 'unused' && hasScripts(keys.descriptor)) continue;
      for (const xpub of extPubkeys(keys.descriptor)) {
        const id = toHex(xpub.encode());
        const entry = found.get(id) ?? { xpub, users: [] };
        if (!entry.users.includes(keys)) entry.users.push(keys);
        found.set(id, entry);
      }
    }
    return [...found.values()];
  }

  // -- descriptors --------------------------------------------------------------------------------------------------

  /** A descriptor from the file. */
  addLoaded(state: DescriptorState, keys: Map<string, PrivateKey>, sealed: ConstructorParameters<typeof DescriptorKeys>[3]): DescriptorKeys {
    const own = new DescriptorKeys(this, state, keys, sealed);
    this.all.set(own.key, own);
    own.load();
    this.host.keysSince(own.creationTime);
    return own;
  }

  /** Adds a descriptor, or widens the one that is there already. @throws WalletError */
  addOrUpdate(state: DescriptorState, keys: SigningProvider): DescriptorKeys {
    const known = this.all.get(toKey(state.descriptor.id()));
    if (known !== undefined) {
      this.host.log(`Update existing descriptor: ${state.descriptor.toString()}`);
      known.update(state, keys);
      this.host.keysSince(state.creationTime);
      return known;
    }
    const own = new DescriptorKeys(this, state);
    own.addKeysAndTopUp(keys);
    this.all.set(own.key, own);
    this.host.keysSince(own.creationTime);
    return own;
  }

  /** Text of the descriptor that the wallet makes of a master key for a kind of address. */
  standardDescriptor(xpub: ExtPubKey, type: OutputType, internal: boolean): string {
    const { prefix, suffix } = PURPOSE[type];
    const coin = this.host.params.isTestChain ? 1 : 0;
    return `${prefix}${encodeExtPubKey(xpub, this.host.params)}/${ACCOUNT[type]}h/${coin}h/0h/${internal ? 1 : 0}/*${suffix}`;
  }

  /** Makes and activates the descriptor of a kind of address. @throws WalletError while locked */
  setUp(master: ExtKey, type: OutputType, internal: boolean): DescriptorKeys {
    if (this.isLocked) throw new WalletError('SetupDescriptorScriptPubKeyMan: Wallet is locked, cannot setup new descriptors');
    const [descriptor] = parseDescriptors(this.standardDescriptor(master.neuter(), type, internal), this.host.params, new SigningProvider());
    if (descriptor === undefined) throw new WalletError('descriptor expected');
    const own = new DescriptorKeys(this, {
      descriptor, creationTime: this.host.nowSec(), rangeStart: 0, rangeEnd: 0, nextIndex: 0, cache: new DescriptorCache(),
    });
    const keys = new SigningProvider();
    keys.addKey(master.pubkey, { key: master.key, compressed: true });
    own.addKeysAndTopUp(keys);
    if (this.hasEncryptionKeys) own.markDecryptionChecked();
    this.all.set(own.key, own);
    this.host.keysSince(own.creationTime);
    this.activate(own, type, internal);
    return own;
  }

  /** All standard descriptors of a new random master key. */
  setUpAll(): void {
    let seed = randomBytes(32);
    while (!isValidPrivkey(seed)) seed = randomBytes(32);
    const master = ExtKey.fromSeed(seed);
    this.db.transaction(() => {
      for (const internal of [false, true]) for (const type of OUTPUT_TYPES) this.setUp(master, type, internal);
    });
  }

  activate(keys: DescriptorKeys, type: OutputType, internal: boolean): void {
    this.db.writeActive(outputTypeNumber(type), internal, keys.id);
    this.noteActive(keys, type, internal);
  }

  noteActive(keys: DescriptorKeys, type: OutputType, internal: boolean): void {
    this.host.log(`Setting spkMan to active: id = ${hashToHex(keys.id)}, type = ${type}, internal = ${internal ? 'true' : 'false'}`);
    (internal ? this.internal : this.external).set(type, keys);
    const other = internal ? this.external : this.internal;
    if (other.get(type) === keys) other.delete(type);
    this.host.addressesChanged();
  }

  deactivate(keys: DescriptorKeys, type: OutputType, internal: boolean): void {
    if (this.active(type, internal) !== keys) return;
    this.host.log(`Deactivate spkMan: id = ${hashToHex(keys.id)}, type = ${type}, internal = ${internal ? 'true' : 'false'}`);
    this.db.eraseActive(outputTypeNumber(type), internal);
    (internal ? this.internal : this.external).delete(type);
    this.host.addressesChanged();
  }

  topUp(size = 0): boolean {
    return this.db.transaction(() => this.activeList().map((keys) => keys.topUp(size)).every((done) => done));
  }

  // -- encryption ---------------------------------------------------------------------------------------------------

  /** Seals every key under a new master key and leaves the ring unlocked. */
  encrypt(passphrase: string): void {
    const master = newMasterKey();
    const record = sealMasterKey(passphrase, master);
    this.host.log(`Encrypting Wallet with an nDeriveIterations of ${record.iterations}`);
    const id = Math.max(0, ...this.masterKeys.keys()) + 1;
    this.db.transaction(() => {
      this.db.writeMasterKey(id, record);
      for (const keys of this.all.values()) keys.encrypt(master);
    });
    this.masterKeys.set(id, record);
    this.unlockedKey = master;
  }

  /** False where the passphrase is wrong. @throws WalletError for damaged keys */
  unlock(passphrase: string): boolean {
    for (const record of this.masterKeys.values()) {
      const master = openMasterKey(passphrase, record);
      if (master !== null && this.unlockWith(master)) return true;
    }
    return false;
  }

  private unlockWith(master: Uint8Array): boolean {
    for (const keys of this.all.values()) if (!keys.checkMasterKey(master)) return false;
    this.unlockedKey = master;
    return true;
  }

  /** Unlocks with the master key itself, which the caller has tried on the wallet's keys. */
  useMasterKey(master: Uint8Array): void { this.unlockedKey = master.slice(); }

  lock(): boolean {
    if (!this.hasEncryptionKeys) return false;
    this.unlockedKey?.fill(0, 0, MASTER_KEY_SIZE);
    this.unlockedKey = null;
    return true;
  }

  changePassphrase(before: string, after: string): boolean {
    const wasLocked = this.isLocked;
    for (const [id, record] of this.masterKeys) {
      const master = openMasterKey(before, record);
      if (master === null) {
        // As the reference: a wrong passphrase leaves the wallet locked.
        this.lock();
        return false;
      }
      if (!this.unlockWith(master)) continue;
      const changed = sealMasterKey(after, master, record);
      this.host.log(`Wallet passphrase changed to an nDeriveIterations of ${changed.iterations}`);
      this.db.writeMasterKey(id, changed);
      this.masterKeys.set(id, changed);
      if (wasLocked) this.lock();
      return true;
    }
    this.lock();
    return false;
  }
}
