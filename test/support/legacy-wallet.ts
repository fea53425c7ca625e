import { createCipheriv, createHash } from 'node:crypto';
import { ExtKey, HARDENED } from '../../src/crypto/bip32.ts';
import { hash160, hash256 } from '../../src/crypto/hash.ts';
import { publicKey } from '../../src/crypto/secp256k1.ts';
import { builtinCoin } from '../../src/params/builtin-coins.ts';
import { networkParams } from '../../src/params/chain-params.ts';
import { encodeDestination } from '../../src/script/key-io.ts';
import { scriptForDestination } from '../../src/script/standard.ts';
import type { Transaction } from '../../src/primitives/transaction.ts';
import { concatBytes } from '../../src/util/bytes.ts';
import { Writer } from '../../src/util/writer.ts';
import { encodePrivateKey } from '../../src/wallet/records.ts';
import { writeBdb, type BdbOptions, type BdbPair } from './bdb-writer.ts';

/** A private key of 32 bytes that a test can name. */
export function testKey(name: string): Uint8Array { return createHash('sha256').update(name).digest(); }

/** Its public key. */
export function testPubkey(name: string): Uint8Array { return publicKey(testKey(name)); }

export function wpkhScript(key: Uint8Array): Uint8Array { return scriptForDestination({ type: 'wpkh', hash: hash160(key) }); }

/** The witness address of a key on regtest. */
export function regtestAddress(key: Uint8Array): string {
  const coin = builtinCoin('bitcoin');
  if (coin === undefined) throw new Error('no parameters');
  return encodeDestination({ type: 'wpkh', hash: hash160(key) }, networkParams(coin, 'regtest'));
}

interface Meta { readonly time?: number; readonly path?: string; readonly seedId?: Uint8Array; readonly origin?: readonly number[] | null }
interface Key { readonly secret: Uint8Array; readonly publicKey: Uint8Array; readonly meta: Meta | null; readonly hashed: boolean }

const NO_ID = new Uint8Array(20);

/** Writes the records of a wallet as programs of before 2025 did: one without descriptors, in Berkeley DB. */
export class LegacyWalletWriter {
  private readonly keys: Key[] = [];
  private readonly records: BdbPair[] = [];
  private chain: { seedId: Uint8Array; version: number; external: number; internal: number } | null = null;
  private passphrase: string | null = null;
  private orderNext = 0;

  /** Any record. */
  record(type: string, key: (w: Writer) => void, value: (w: Writer) => void): this {
    const [k, v] = [new Writer(), new Writer()];
    k.varString(type);
    key(k);
    value(v);
    this.records.push({ key: k.finish(), value: v.finish() });
    return this;
  }

  /** A key of its own. `meta: null`: of before there was any; `hashed: false`: of before keys had a checksum. @returns its public key */
  key(secret: Uint8Array, options: { compressed?: boolean; meta?: Meta | null; hashed?: boolean } = {}): Uint8Array {
    const pubkey = publicKey(secret, options.compressed ?? true);
    this.keys.push({ secret, publicKey: pubkey, meta: options.meta === undefined ? { time: 1_600_000_000 } : options.meta, hashed: options.hashed ?? true });
    return pubkey;
  }

  /**
   * A seed with its chain of keys, as the wallet in use has it; a second call makes the first one's chain an inactive one.
   * @returns public keys of the two branches
   */
  seed(secret: Uint8Array, external: number, internal: number, options: { split?: boolean; origins?: boolean } = {}): { external: Uint8Array[]; internal: Uint8Array[] } {
    const split = options.split ?? true;
    const seedId = hash160(publicKey(secret));
    const master = ExtKey.fromSeed(secret);
    this.key(secret, { meta: { time: 1_600_000_000, path: 's', seedId, ...(options.origins === true ? { origin: [] } : {}) } });
    const branch = (which: number, count: number): Uint8Array[] => Array.from({ length: count }, (_, i) => {
      const path = [HARDENED, HARDENED + which, HARDENED + i];
      const child = path.reduce<ExtKey | null>((key, step) => key?.derive(step) ?? null, master);
      if (child === null) throw new Error('no such key');
      return this.key(child.key, { meta: { time: 1_600_000_000, path: `m/0'/${which}'/${i}'`, seedId, ...(options.origins === true ? { origin: path } : {}) } });
    });
    this.chain = { seedId, version: split ? 2 : 1, external, internal };
    return { external: branch(0, external), internal: split ? branch(1, internal) : [] };
  }

  /** A script that an input would have to bring along. */
  script(script: Uint8Array): this { return this.record('cscript', (w) => w.bytes(hash160(script)), (w) => w.varBytes(script)); }

  /** An output script that is watched. */
  watch(script: Uint8Array, time = 1_600_000_000): this {
    this.record('watchs', (w) => w.varBytes(script), (w) => w.u8(0x31));
    return this.record('watchmeta', (w) => w.varBytes(script), (w) => w.i32(12).i64n(time).varString('').bytes(NO_ID).bytes(new Uint8Array(4)).compactSize(0).u8(0));
  }

  address(address: string, label: string | null, purpose: string | null): this {
    if (label !== null) this.record('name', (w) => w.varString(address), (w) => w.varString(label));
    return purpose === null ? this : this.record('purpose', (w) => w.varString(address), (w) => w.varString(purpose));
  }

  destData(address: string, name: string, value: string): this { return this.record('destdata', (w) => w.varString(address).varString(name), (w) => w.varString(value)); }

  /** A transaction in a block. `order: false`: of before transactions had one. */
  tx(tx: Transaction, block: { hash: Uint8Array; index: number; time: number }, options: { order?: boolean; values?: Record<string, string> } = {}): this {
    const values = { fromaccount: '', spent: '0', timesmart: String(block.time), ...(options.order === false ? {} : { n: String(this.orderNext) }), ...options.values };
    this.orderNext += 1;
    return this.record('tx', (w) => w.bytes(tx.txid), (w) => {
      w.bytes(tx.raw).bytes(block.hash).compactSize(0).i32(block.index).compactSize(0);
      const entries = Object.entries(values).sort();
      w.compactSize(entries.length);
      for (const [name, value] of entries) w.varString(name).varString(value);
      w.compactSize(0).u32(1).u32(block.time).u8(0).u8(0);
    });
  }

  /** Hashes, newest first. */
  bestBlock(locator: readonly Uint8Array[]): this {
    this.record('bestblock', () => undefined, (w) => w.i32(169900).compactSize(0));
    return this.record('bestblock_nomerkle', () => undefined, (w) => { w.i32(169900).compactSize(locator.length); for (const hash of locator) w.bytes(hash); });
  }

  flags(flags: bigint): this { return this.record('flags', () => undefined, (w) => w.u64(flags)); }

  /** Seals the keys, as encryptwallet did. */
  encrypt(passphrase: string): this {
    this.passphrase = passphrase;
    return this;
  }

  private static readonly MASTER = testKey('master key of a test wallet');
  private static cbc(key: Uint8Array, iv: Uint8Array, plain: Uint8Array): Uint8Array {
    const cipher = createCipheriv('aes-256-cbc', key, iv);
    return concatBytes(cipher.update(plain), cipher.final());
  }

  private addKeys(): void {
    const metaOf = (w: Writer, { time = 0, path = '', seedId = NO_ID, origin }: Meta): void => {
      w.i32(origin === undefined ? 10 : 12).i64n(time).varString(path).bytes(seedId);
      if (origin === undefined) return;
      w.bytes(origin === null ? new Uint8Array(4) : this.fingerprint(seedId)).compactSize(origin?.length ?? 0);
      for (const step of origin ?? []) w.u32(step);
      w.u8(origin === null ? 0 : 1);
    };
    for (const { secret, publicKey: pubkey, meta, hashed } of this.keys) {
      if (meta !== null) this.record('keymeta', (w) => w.varBytes(pubkey), (w) => metaOf(w, meta));
      if (this.passphrase === null) {
        const der = encodePrivateKey(secret, pubkey);
        this.record('key', (w) => w.varBytes(pubkey), (w) => { w.varBytes(der); if (hashed) w.bytes(hash256(concatBytes(pubkey, der))); });
      } else {
        const sealed = LegacyWalletWriter.cbc(LegacyWalletWriter.MASTER, hash256(pubkey).slice(0, 16), secret);
        this.record('ckey', (w) => w.varBytes(pubkey), (w) => { w.varBytes(sealed); if (hashed) w.bytes(hash256(sealed)); });
      }
    }
  }

  /** The first bytes of the master key's id. */
  private fingerprint(seedId: Uint8Array): Uint8Array {
    const seed = this.keys.find(({ publicKey: pubkey }) => Buffer.compare(hash160(pubkey), seedId) === 0);
    return seed === undefined ? new Uint8Array(4) : ExtKey.fromSeed(seed.secret).fingerprint;
  }

  private addMasterKey(passphrase: string): void {
    const salt = testKey('salt').slice(0, 8);
    const rounds = 1000;
    let digest: Uint8Array = concatBytes(Buffer.from(passphrase), salt);
    for (let i = 0; i < rounds; i++) digest = createHash('sha512').update(digest).digest();
    const sealed = LegacyWalletWriter.cbc(digest.slice(0, 32), digest.slice(32, 48), LegacyWalletWriter.MASTER);
    this.record('mkey', (w) => w.u32(1), (w) => w.varBytes(sealed).varBytes(salt).u32(0).u32(rounds).varBytes(new Uint8Array(0)));
  }

  /** The whole file. Can be called once. */
  file(options: BdbOptions = {}): Uint8Array {
    this.addKeys();
    if (this.passphrase !== null) this.addMasterKey(this.passphrase);
    const { chain } = this;
    if (chain !== null) {
      this.record('hdchain', () => undefined, (w) => {
        w.i32(chain.version).u32(chain.external).bytes(chain.seedId);
        if (chain.version >= 2) w.u32(chain.internal);
      });
    }
    if (this.orderNext > 0) this.record('orderposnext', () => undefined, (w) => w.i64n(this.orderNext));
    this.record('version', () => undefined, (w) => w.i32(209900)).record('minversion', () => undefined, (w) => w.i32(169900));
    this.record('pool', (w) => w.i64n(1), (w) => w.i32(209900).i64n(1_600_000_000).varBytes(this.keys[0]?.publicKey ?? new Uint8Array(33)).u8(0).u8(0));
    return writeBdb(this.records, options);
  }
}
