import { hash160, ripemd160 } from '../../crypto/hash.ts';
import { isValidPrivkey, isValidPubkey } from '../../crypto/secp256k1.ts';
import { isCompressedPubkey, p2pkScript, p2shScript, p2wshScript, scriptForDestination, solve } from '../../script/standard.ts';
import { SigningProvider } from '../../script/signing-provider.ts';
import { pubkeyOf } from '../../script/key-io.ts';
import { equalBytes, isAllZero, toKey } from '../../util/bytes.ts';
import { decryptSecret } from '../crypter.ts';
import { WalletError } from '../wallet-error.ts';
import type { HdChain, KeyMeta, LegacyKey, LegacySealedKey } from './records.ts';

/** Largest script that an input can bring along to match a hash; larger ones in old wallets can never be spent. */
const MAX_SCRIPT_BYTES = 520;
const NO_SEED = new Uint8Array(20);

/** What a wallet without descriptors has to say to an output script. */
export type Ownership = 'none' | 'watch' | 'spend' | 'invalid';
/** Around which a script stands: nothing, a P2SH hash, a version 0 witness hash. */
type Wrapping = 'top' | 'p2sh' | 'witness';

/** What the store knows for solving a script. Origins belong to keys, and make no key known. */
class LegacyProvider extends SigningProvider {
  override pubkey(keyId: Uint8Array): Uint8Array | undefined { return this.pubkeys.get(toKey(keyId)); }
}

/**
 * Keys and scripts of a wallet without descriptors, and what followed from them: which output scripts were its own. The rules are
 * those of the reference's last release that could use such wallets, with their oddities: payments to these scripts are what is at stake.
 */
export class LegacyKeyStore {
  /** Private keys by key of the public key's id; those under the master key come in with {@link unseal}. */
  readonly keys = new Map<string, LegacyKey>();
  readonly sealed = new Map<string, LegacySealedKey>();
  /** By key of the script. */
  readonly watched = new Map<string, Uint8Array>();
  readonly keyMeta = new Map<string, KeyMeta>();
  /** By key of the script's hash160. */
  readonly scriptMeta = new Map<string, KeyMeta>();
  hdChain: HdChain = { seedId: NO_SEED, split: true, external: 0, internal: 0 };
  /** Chains of seeds before the current one, by key of the seed's id. */
  readonly inactiveChains = new Map<string, HdChain>();
  private readonly watchedKeys = new Map<string, Uint8Array>();
  private readonly scripts = new Map<string, Uint8Array>();

  /** Whether there is anything in it. */
  get isEmpty(): boolean {
    return this.keys.size === 0 && this.sealed.size === 0 && this.watched.size === 0 && this.scripts.size === 0 && this.keyMeta.size === 0 && isAllZero(this.hdChain.seedId);
  }

  // -- filling ------------------------------------------------------------------------------------------------------

  addKey(key: LegacyKey): void {
    this.keys.set(toKey(hash160(key.publicKey)), key);
    this.learnKeyScripts(key.publicKey);
  }

  addSealedKey(key: LegacySealedKey): void {
    this.sealed.set(toKey(hash160(key.publicKey)), key);
    this.learnKeyScripts(key.publicKey);
  }

  /** False for a script that is too large to be of use: it is left out. */
  addScript(script: Uint8Array): boolean {
    if (script.length > MAX_SCRIPT_BYTES) return false;
    this.scripts.set(toKey(hash160(script)), script);
    return true;
  }

  addWatched(script: Uint8Array): void {
    this.watched.set(toKey(script), script);
    const { type, data: [key] } = solve(script);
    if (type !== 'pubkey' || key === undefined || !isValidPubkey(key)) return;
    this.watchedKeys.set(toKey(hash160(key)), key);
    this.learnKeyScripts(key);
  }

  /** Every compressed key may be paid at its witness address, whose script is thus one that the store knows. */
  private learnKeyScripts(publicKey: Uint8Array): void {
    if (isCompressedPubkey(publicKey)) this.addScript(scriptForDestination({ type: 'wpkh', hash: hash160(publicKey) }));
  }

  /**
   * Opens the sealed keys with the master key; false where it is not theirs.
   * @throws WalletError where it opens some but not all
   */
  unseal(master: Uint8Array): boolean {
    const opened: [string, LegacyKey][] = [];
    for (const [id, { publicKey, ciphertext }] of this.sealed) {
      const key = decryptSecret(master, ciphertext, publicKey);
      const secret = key === null || key.length !== 32 || !isValidPrivkey(key) ? null : { key, compressed: publicKey.length === 33 };
      if (secret !== null && equalBytes(pubkeyOf(secret), publicKey)) opened.push([id, { publicKey, secret }]);
      else if (opened.length === 0) return false;
      else throw new WalletError('Error unlocking wallet: some keys decrypt but not all. Your wallet file may be corrupt.');
    }
    for (const [id, key] of opened) this.keys.set(id, key);
    return true;
  }

  // -- looking ------------------------------------------------------------------------------------------------------

  hasKey(keyId: Uint8Array): boolean {
    const id = toKey(keyId);
    return this.keys.has(id) || this.sealed.has(id);
  }

  private publicKey(keyId: Uint8Array): Uint8Array | undefined {
    const id = toKey(keyId);
    return this.keys.get(id)?.publicKey ?? this.sealed.get(id)?.publicKey ?? this.watchedKeys.get(id);
  }

  /** Everything known for solving scripts, with the private keys that are open. */
  provider(): SigningProvider {
    const out = new LegacyProvider();
    for (const [id, script] of this.scripts) out.scripts.set(id, script);
    for (const [id, key] of this.watchedKeys) out.pubkeys.set(id, key);
    for (const [id, { publicKey }] of this.sealed) out.pubkeys.set(id, publicKey);
    for (const [id, { publicKey, secret }] of this.keys) {
      out.pubkeys.set(id, publicKey);
      out.keys.set(id, secret);
    }
    for (const [id, { origin }] of this.keyMeta) {
      const pubkey = out.pubkeys.get(id);
      if (pubkey !== undefined) out.origins.set(id, { pubkey, origin: origin ?? { fingerprint: hash160(pubkey).slice(0, 4), path: [] } });
    }
    return out;
  }

  /**
   * What the wallet says to an output script.
   * @param deep whether what stands behind a script hash is looked into; otherwise knowing the script counts as being able to spend
   */
  ownership(script: Uint8Array, deep = true): Ownership { return this.judge(script, 'top', deep); }

  isMine(script: Uint8Array): boolean {
    const ownership = this.ownership(script);
    return ownership === 'watch' || ownership === 'spend';
  }

  private judge(script: Uint8Array, wrapping: Wrapping, deep: boolean): Ownership {
    const found = this.judgeForm(script, wrapping, deep);
    return found === 'none' && this.watched.has(toKey(script)) ? 'watch' : found;
  }

  private judgeForm(script: Uint8Array, wrapping: Wrapping, deep: boolean): Ownership {
    const { type, data } = solve(script);
    const [first = NO_SEED] = data;
    const inWitness = wrapping === 'witness';
    const spendable = (yes: boolean): Ownership => (yes ? 'spend' : 'none');
    const inner = (known: Uint8Array | undefined, inside: Wrapping): Ownership => (known === undefined ? 'none' : deep ? this.judge(known, inside, deep) : 'spend');
    switch (type) {
      case 'pubkey': return inWitness && first.length !== 33 ? 'invalid' : spendable(this.hasKey(hash160(first)));
      case 'pubkeyhash': {
        const known = inWitness ? this.publicKey(first) : undefined;
        return known !== undefined && !isCompressedPubkey(known) ? 'invalid' : spendable(this.hasKey(first));
      }
      case 'witness_v0_keyhash':
        if (inWitness) return 'invalid';
        if (wrapping === 'top' && !this.knowsScript(script)) return 'none';
        return this.judge(scriptForDestination({ type: 'pkh', hash: first }), 'witness', true);
      case 'scripthash':
        if (wrapping !== 'top') return 'invalid';
        return inner(this.scripts.get(toKey(first)), 'p2sh');
      case 'witness_v0_scripthash':
        if (inWitness) return 'invalid';
        // Bare witness scripts counted only where their P2SH form did: so nothing was taken for paid before there were witnesses.
        if (wrapping === 'top' && !this.knowsScript(script)) return 'none';
        return inner(this.scripts.get(toKey(ripemd160(first))), 'witness');
      case 'multisig': {
        // Bare ones never counted; of others all keys must be ours, or somebody else could spend what we count.
        if (wrapping === 'top') return 'none';
        const keys = data.slice(1, -1);
        if (inWitness && keys.some((key) => key.length !== 33)) return 'invalid';
        return spendable(keys.every((key) => this.hasKey(hash160(key))));
      }
      default: return 'none';
    }
  }

  private knowsScript(script: Uint8Array): boolean { return this.scripts.has(toKey(hash160(script))); }

  /** Output scripts that could be the wallet's, by key, each once. */
  candidates(): Map<string, Uint8Array> {
    const out = new Map<string, Uint8Array>();
    const add = (script: Uint8Array): void => { out.set(toKey(script), script); };
    const withHashes = (script: Uint8Array): void => {
      const witness = p2wshScript(script);
      for (const one of [script, p2shScript(script), witness, p2shScript(witness)]) add(one);
    };
    for (const { publicKey } of [...this.keys.values(), ...this.sealed.values()]) {
      const witness = scriptForDestination({ type: 'wpkh', hash: hash160(publicKey) });
      for (const one of [p2pkScript(publicKey), scriptForDestination({ type: 'pkh', hash: hash160(publicKey) }), witness, p2shScript(witness)]) add(one);
    }
    for (const script of this.scripts.values()) withHashes(script);
    for (const script of this.watched.values()) withHashes(script);
    return out;
  }

  /** Watched scripts that never counted because nothing that pays them could be spent. */
  notMine(): Uint8Array[] { return [...this.watched.values()].filter((script) => !this.isMine(script)); }
}
