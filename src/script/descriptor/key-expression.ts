import { type ExtPubKey, ExtKey, HARDENED } from '../../crypto/bip32.ts';
import { hash160 } from '../../crypto/hash.ts';
import { publicKey } from '../../crypto/secp256k1.ts';
import { toHex } from '../../util/bytes.ts';
import { type AddressParams, encodeExtKey, encodeExtPubKey, encodePrivateKey, type PrivateKey } from '../key-io.ts';
import type { KeyOrigin, SigningProvider } from '../signing-provider.ts';
import type { DescriptorCache } from './cache.ts';

/** How a descriptor is printed: as written, in the form that ids are made from, normalized (hardened steps in the origin), or with private keys. */
export type StringForm = 'public' | 'compat' | 'normalized' | 'private';

export interface PrintContext {
  readonly form: StringForm;
  readonly params: AddressParams;
  /** Private keys for `private` and `normalized`. */
  readonly keys?: SigningProvider;
  /** For `normalized` without private keys. */
  readonly cache?: DescriptorCache | undefined;
}

/** Text of `/1/2h`. `h` or an apostrophe marks hardened steps. */
export function pathText(path: readonly number[], apostrophe: boolean): string {
  return path.map((n) => `/${n % HARDENED}${n >= HARDENED ? (apostrophe ? "'" : 'h') : ''}`).join('');
}

/** A key at a position, and where it comes from. */
export interface DerivedKey {
  readonly pubkey: Uint8Array;
  readonly origin: KeyOrigin | null;
  /** Of an aggregate key (or a child of one): those whose keys went into it, and their keys in the order that was used. */
  readonly extras?: { readonly participants: readonly DerivedKey[]; readonly aggregate: Uint8Array; readonly pubkeys: readonly Uint8Array[] };
}

/** One key of a descriptor. */
export interface KeyExpression {
  /** Place among the descriptor's keys: caches are kept by it. */
  readonly index: number;
  readonly isRange: boolean;
  /** Bytes of the public keys. */
  readonly size: number;
  readonly isBip32: boolean;
  /** Public key at a position; null where the private key (or the cache) that it takes is missing. */
  pubkeyAt(position: number, keys: SigningProvider, readCache: DescriptorCache | null, writeCache: DescriptorCache | null): DerivedKey | null;
  /** Adds to `cache` what `pubkeyAt` would derive from it one at a time for the `count` positions from `first` on. */
  deriveAhead?(first: number, count: number, cache: DescriptorCache): void;
  /** Keys that this one is made of, where it is not one itself. */
  readonly participants?: readonly KeyExpression[];
  privateKeyAt(position: number, keys: SigningProvider): { pubkey: Uint8Array; key: PrivateKey } | null;
  /** Null where private parts were asked for and are missing. */
  print(context: PrintContext): string | null;
  /** The key itself, where it has no derivation. */
  rootPubkey(): Uint8Array | null;
  rootExtPubkey(): ExtPubKey | null;
}

/** A fixed public key. */
export class ConstKey implements KeyExpression {
  readonly index: number;
  readonly isRange = false;
  readonly isBip32 = false;
  private readonly pubkey: Uint8Array;
  private readonly xonly: boolean;

  constructor(index: number, pubkey: Uint8Array, xonly: boolean) {
    this.index = index;
    this.pubkey = pubkey;
    this.xonly = xonly;
  }

  get size(): number { return this.pubkey.length; }

  pubkeyAt(): { pubkey: Uint8Array; origin: KeyOrigin | null } {
    return { pubkey: this.pubkey, origin: { fingerprint: hash160(this.pubkey).slice(0, 4), path: [] } };
  }

  privateKeyAt(_position: number, keys: SigningProvider): { pubkey: Uint8Array; key: PrivateKey } | null {
    const key = this.find(keys);
    return key === undefined ? null : { pubkey: publicKey(key.key, key.compressed), key };
  }

  private find(keys: SigningProvider): PrivateKey | undefined {
    return this.xonly ? keys.keyByXonly(this.pubkey.subarray(1)) : keys.key(hash160(this.pubkey));
  }

  print({ form, params, keys }: PrintContext): string | null {
    if (form === 'private') {
      const key = keys === undefined ? undefined : this.find(keys);
      return key === undefined ? null : encodePrivateKey(key, params);
    }
    return toHex(this.xonly ? this.pubkey.subarray(1) : this.pubkey);
  }

  rootPubkey(): Uint8Array { return this.pubkey; }
  rootExtPubkey(): null { return null; }
}

export type Derivation = 'none' | 'unhardened' | 'hardened';

/** An extended key with a path and perhaps a last step that runs. */
export class Bip32Key implements KeyExpression {
  readonly index: number;
  readonly isBip32 = true;
  readonly size = 33;
  private readonly root: ExtPubKey;
  private readonly path: readonly number[];
  private readonly derivation: Derivation;
  private readonly apostrophe: boolean;

  constructor(index: number, root: ExtPubKey, path: readonly number[], derivation: Derivation, apostrophe: boolean) {
    this.index = index;
    this.root = root;
    this.path = path;
    this.derivation = derivation;
    this.apostrophe = apostrophe;
  }

  get isRange(): boolean { return this.derivation !== 'none'; }
  private get isHardened(): boolean { return this.derivation === 'hardened' || this.path.some((n) => n >= HARDENED); }

  private rootKey(keys: SigningProvider): ExtKey | null {
    const key = keys.key(hash160(this.root.pubkey));
    return key === undefined ? null : new ExtKey(this.root, key.key);
  }

  /** Key behind the path (without the running step), and the last one of a hardened step on the way. */
  private derivePrivate(keys: SigningProvider): { parent: ExtKey; lastHardened: ExtKey | null } | null {
    let parent = this.rootKey(keys);
    let lastHardened: ExtKey | null = null;
    for (const step of this.path) {
      parent = parent?.derive(step) ?? null;
      if (parent === null) return null;
      if (step >= HARDENED) lastHardened = parent;
    }
    return parent === null ? null : { parent, lastHardened };
  }

  private origin(position: number): KeyOrigin {
    const path = [...this.path];
    if (this.derivation === 'unhardened') path.push(position);
    if (this.derivation === 'hardened') path.push(position + HARDENED);
    return { fingerprint: this.root.fingerprint, path };
  }

  pubkeyAt(position: number, keys: SigningProvider, readCache: DescriptorCache | null, writeCache: DescriptorCache | null): { pubkey: Uint8Array; origin: KeyOrigin } | null {
    let parent: ExtPubKey | null = null;
    let final: ExtPubKey | null = null;
    let lastHardened: ExtPubKey | null = null;
    if (readCache !== null) {
      final = readCache.derived.get(this.index)?.get(position) ?? null;
      if (final === null) {
        if (this.derivation === 'hardened') return null;
        parent = readCache.parents.get(this.index) ?? null;
        if (parent === null) return null;
        final = this.derivation === 'unhardened' ? parent.derive(position) : parent;
      }
    } else if (this.isHardened) {
      const own = this.derivePrivate(keys);
      if (own === null) return null;
      parent = own.parent.neuter();
      lastHardened = own.lastHardened?.neuter() ?? null;
      if (this.derivation === 'unhardened') final = parent.derive(position);
      else if (this.derivation === 'hardened') final = own.parent.derive(position + HARDENED)?.neuter() ?? null;
      else final = parent;
    } else {
      parent = this.root;
      for (const step of this.path) {
        parent = parent.derive(step);
        if (parent === null) return null;
      }
      final = this.derivation === 'unhardened' ? parent.derive(position) : parent;
    }
    if (final === null) return null;
    if (writeCache !== null && parent !== null) {
      if (this.derivation !== 'hardened') {
        writeCache.parents.set(this.index, parent);
        if (lastHardened !== null) writeCache.lastHardened.set(this.index, lastHardened);
      } else {
        writeCache.setDerived(this.index, position, final);
      }
    }
    return { pubkey: final.pubkey, origin: this.origin(position) };
  }

  deriveAhead(first: number, count: number, cache: DescriptorCache): void {
    const parent = this.derivation === 'unhardened' ? cache.parents.get(this.index) : undefined;
    parent?.deriveMany(first, count).forEach((key, i) => {
      if (key !== null) cache.setDerived(this.index, first + i, key);
    });
  }

  privateKeyAt(position: number, keys: SigningProvider): { pubkey: Uint8Array; key: PrivateKey } | null {
    let key: ExtKey | null = this.derivePrivate(keys)?.parent ?? null;
    if (key !== null && this.derivation !== 'none') key = key.derive(this.derivation === 'hardened' ? position + HARDENED : position);
    return key === null ? null : { pubkey: key.pubkey, key: { key: key.key, compressed: true } };
  }

  private get star(): string {
    return this.derivation === 'none' ? '' : this.derivation === 'unhardened' ? '/*' : this.apostrophe ? "/*'" : '/*h';
  }

  print(context: PrintContext): string | null {
    const { form, params, keys } = context;
    if (form === 'normalized') return this.printNormalized(context);
    // Ids were made when apostrophes were the only way to write hardened steps.
    const apostrophe = form === 'compat' ? true : this.apostrophe;
    const star = this.derivation === 'hardened' ? (apostrophe ? "/*'" : '/*h') : this.star;
    let root = encodeExtPubKey(this.root, params);
    if (form === 'private') {
      const key = keys === undefined ? null : this.rootKey(keys);
      if (key === null) return null;
      root = encodeExtKey(key, params);
    }
    return root + pathText(this.path, apostrophe) + star;
  }

  /** The last hardened step's public key with the steps before it as its origin. */
  private printNormalized(context: PrintContext): string | null {
    const { params, keys, cache } = context;
    if (this.derivation === 'hardened') return `${encodeExtPubKey(this.root, params)}${pathText(this.path, false)}/*h`;
    const last = this.path.findLastIndex((n) => n >= HARDENED);
    if (last < 0) return this.print({ ...context, form: 'public' });
    let xpub = cache?.lastHardened.get(this.index) ?? null;
    if (xpub === null) {
      let key = keys === undefined ? null : this.rootKey(keys);
      for (const step of this.path.slice(0, last + 1)) key = key?.derive(step) ?? null;
      xpub = key?.neuter() ?? null;
    }
    if (xpub === null) return null;
    const origin = `[${toHex(this.root.fingerprint)}${pathText(this.path.slice(0, last + 1), false)}]`;
    return origin + encodeExtPubKey(xpub, params) + pathText(this.path.slice(last + 1), false) + (this.isRange ? '/*' : '');
  }

  rootPubkey(): null { return null; }
  rootExtPubkey(): ExtPubKey { return this.root; }
}

/** A key with a written origin in front. */
export class OriginKey implements KeyExpression {
  readonly index: number;
  private readonly written: KeyOrigin;
  private readonly inner: KeyExpression;
  private readonly apostrophe: boolean;

  constructor(written: KeyOrigin, inner: KeyExpression, apostrophe: boolean) {
    this.index = inner.index;
    this.written = written;
    this.inner = inner;
    this.apostrophe = apostrophe;
  }

  get isRange(): boolean { return this.inner.isRange; }
  get isBip32(): boolean { return this.inner.isBip32; }
  get size(): number { return this.inner.size; }

  pubkeyAt(position: number, keys: SigningProvider, readCache: DescriptorCache | null, writeCache: DescriptorCache | null): { pubkey: Uint8Array; origin: KeyOrigin } | null {
    const found = this.inner.pubkeyAt(position, keys, readCache, writeCache);
    if (found === null) return null;
    return { pubkey: found.pubkey, origin: { fingerprint: this.written.fingerprint, path: [...this.written.path, ...(found.origin?.path ?? [])] } };
  }

  deriveAhead(first: number, count: number, cache: DescriptorCache): void { this.inner.deriveAhead?.(first, count, cache); }

  privateKeyAt(position: number, keys: SigningProvider): { pubkey: Uint8Array; key: PrivateKey } | null {
    return this.inner.privateKeyAt(position, keys);
  }

  print(context: PrintContext): string | null {
    const text = this.inner.print(context);
    if (text === null) return null;
    const apostrophe = context.form === 'compat' ? true : context.form === 'normalized' ? false : this.apostrophe;
    const origin = toHex(this.written.fingerprint) + pathText(this.written.path, apostrophe);
    if (context.form === 'normalized' && text.startsWith('[')) {
      // The inner key has moved steps of its own in front: they come behind ours, and the fingerprint there is not wanted.
      return `[${origin}${text.slice(9)}`;
    }
    return `[${origin}]${text}`;
  }

  rootPubkey(): Uint8Array | null { return this.inner.rootPubkey(); }
  rootExtPubkey(): ExtPubKey | null { return this.inner.rootExtPubkey(); }
}
