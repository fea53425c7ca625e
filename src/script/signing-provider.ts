import { hash160 } from '../crypto/hash.ts';
import { toKey } from '../util/bytes.ts';
import type { PrivateKey } from './key-io.ts';
import type { SecretNonces } from './secret-nonces.ts';
import type { TaprootOutput } from './taproot.ts';

/** Where a key comes from: fingerprint (4 bytes) of a master key and the path from there. */
export interface KeyOrigin {
  readonly fingerprint: Uint8Array;
  readonly path: readonly number[];
}

/**
 * What is known for spending: scripts, public keys, origins, private keys, taproot trees.
 * Maps are keyed by `toKey` of the 20-byte hash (scripts, keys) or of the 32-byte output key (trees).
 */
export class SigningProvider {
  readonly scripts = new Map<string, Uint8Array>();
  readonly pubkeys = new Map<string, Uint8Array>();
  readonly origins = new Map<string, { readonly pubkey: Uint8Array; readonly origin: KeyOrigin }>();
  readonly keys = new Map<string, PrivateKey>();
  readonly taproot = new Map<string, TaprootOutput>();
  /** Participants of aggregate keys (BIP 327), by `toKey` of the aggregate key (33 bytes). */
  readonly aggregates = new Map<string, { readonly aggregate: Uint8Array; readonly pubkeys: readonly Uint8Array[] }>();
  /** Nonces between the two rounds of signing for an aggregate key; null: such keys are not signed for. */
  secretNonces: SecretNonces | null = null;

  addScript(script: Uint8Array): void { this.scripts.set(toKey(hash160(script)), script); }
  addPubkey(pubkey: Uint8Array, origin: KeyOrigin | null = null): void {
    const id = toKey(hash160(pubkey));
    this.pubkeys.set(id, pubkey);
    if (origin !== null) this.origins.set(id, { pubkey, origin });
  }
  /** @param pubkey public key of `key` in the form it uses */
  addKey(pubkey: Uint8Array, key: PrivateKey): void {
    const id = toKey(hash160(pubkey));
    this.pubkeys.set(id, pubkey);
    this.keys.set(id, key);
  }

  /** Script by its hash160. */
  script(hash: Uint8Array): Uint8Array | undefined { return this.scripts.get(toKey(hash)); }
  pubkey(keyId: Uint8Array): Uint8Array | undefined { return this.pubkeys.get(toKey(keyId)) ?? this.origins.get(toKey(keyId))?.pubkey; }
  key(keyId: Uint8Array): PrivateKey | undefined { return this.keys.get(toKey(keyId)); }
  origin(keyId: Uint8Array): KeyOrigin | undefined { return this.origins.get(toKey(keyId))?.origin; }

  /** Private key whose public key has this x, with either parity of y. */
  keyByXonly(xonly: Uint8Array): PrivateKey | undefined {
    return this.byXonly(xonly, (id) => this.keys.get(id));
  }

  originByXonly(xonly: Uint8Array): KeyOrigin | undefined {
    return this.byXonly(xonly, (id) => this.origins.get(id)?.origin);
  }

  pubkeyByXonly(xonly: Uint8Array): Uint8Array | undefined {
    return this.byXonly(xonly, (id) => this.pubkeys.get(id) ?? this.origins.get(id)?.pubkey);
  }

  private byXonly<T>(xonly: Uint8Array, find: (id: string) => T | undefined): T | undefined {
    const full = new Uint8Array(33);
    full.set(xonly, 1);
    for (const prefix of [2, 3]) {
      full[0] = prefix;
      const found = find(toKey(hash160(full)));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Takes over everything that `other` knows. */
  merge(other: SigningProvider): this {
    for (const [k, v] of other.scripts) this.scripts.set(k, v);
    for (const [k, v] of other.pubkeys) this.pubkeys.set(k, v);
    for (const [k, v] of other.origins) this.origins.set(k, v);
    for (const [k, v] of other.keys) this.keys.set(k, v);
    for (const [k, v] of other.taproot) this.taproot.set(k, v);
    for (const [k, v] of other.aggregates) this.aggregates.set(k, v);
    this.secretNonces ??= other.secretNonces;
    return this;
  }

  /** The same without private keys, or without the origins of keys. */
  hiding(hidden: { readonly keys?: boolean; readonly origins?: boolean }): SigningProvider {
    const out = new SigningProvider().merge(this);
    if (hidden.keys === true) {
      out.keys.clear();
      out.secretNonces = null;
    }
    if (hidden.origins === true) {
      for (const [id, { pubkey }] of this.origins) if (!out.pubkeys.has(id)) out.pubkeys.set(id, pubkey);
      out.origins.clear();
    }
    return out;
  }
}
