import { ExtKey, HARDENED } from '../../crypto/bip32.ts';
import { hash160 } from '../../crypto/hash.ts';
import { DescriptorCache } from '../../script/descriptor/cache.ts';
import type { Descriptor, Expansion } from '../../script/descriptor/descriptor.ts';
import { inferDescriptor } from '../../script/descriptor/infer.ts';
import { parseDescriptors } from '../../script/descriptor/parse.ts';
import { type AddressParams, encodeExtPubKey, pubkeyOf } from '../../script/key-io.ts';
import { isPayToScriptHash, witnessProgram } from '../../script/script.ts';
import { produceSignature } from '../../script/sign.ts';
import { DUMMY_CREATOR } from '../../script/signature-creator.ts';
import { SignatureData } from '../../script/signature-data.ts';
import { SigningProvider, type KeyOrigin } from '../../script/signing-provider.ts';
import { compareBytes, isAllZero, toHex, toKey } from '../../util/bytes.ts';
import { WalletError } from '../wallet-error.ts';
import type { LegacyKeyStore } from './key-store.ts';
import type { LegacyKey } from './records.ts';

/** A descriptor with its private keys and all that expanding it took. */
export interface PlannedDescriptor {
  readonly descriptor: Descriptor;
  /** Unix seconds; 0 where unknown. */
  readonly creationTime: number;
  /** How many positions of a ranged one are in use. */
  readonly rangeEnd: number;
  readonly keys: SigningProvider;
  readonly cache: DescriptorCache;
}

/** A descriptor for a wallet without private keys. */
export interface PlannedScript {
  /** With checksum. */
  readonly text: string;
  readonly creationTime: number;
}

/** What becomes of the keys and scripts of a wallet without descriptors. */
export interface MigrationPlan {
  /** For the wallet itself. */
  readonly own: readonly PlannedDescriptor[];
  /** What it watched without having the keys. */
  readonly watched: readonly PlannedScript[];
  /** What it could help to spend without watching it. */
  readonly solvable: readonly PlannedScript[];
  /** From which new addresses come; null where there was no seed. */
  readonly master: ExtKey | null;
}

/** How many keys of its chains a wallet may have lost: they are made anew. Counters beyond that are damaged. */
const MAX_LOST_KEYS = 1_000;
/** Steps of work between two pauses: so many keys take some tens of milliseconds. */
const STEPS = 64;

/**
 * Works out descriptors for every script that the wallet counted as its own. The store's keys are open. Changes nothing but the store's view.
 * @param pause called every now and then, so that others get their turn
 * @throws WalletError where keys are missing that records speak of
 */
export async function planMigration(
  store: LegacyKeyStore, settings: { readonly params: AddressParams; readonly privateKeysDisabled: boolean }, pause: () => Promise<void>,
): Promise<MigrationPlan> {
  const planner = new Planner(store, settings, pause);
  return planner.run();
}

class Planner {
  private readonly store: LegacyKeyStore;
  private readonly params: AddressParams;
  private readonly privateKeysDisabled: boolean;
  private readonly pause: () => Promise<void>;
  private readonly provider: SigningProvider;
  private readonly own: PlannedDescriptor[] = [];
  /** Scripts of the wallet that no descriptor has yet, by key. */
  private readonly left = new Map<string, Uint8Array>();
  private steps = 0;

  constructor(store: LegacyKeyStore, settings: { readonly params: AddressParams; readonly privateKeysDisabled: boolean }, pause: () => Promise<void>) {
    this.store = store;
    this.params = settings.params;
    this.privateKeysDisabled = settings.privateKeysDisabled;
    this.pause = pause;
    this.provider = store.provider();
  }

  private async step(): Promise<void> {
    this.steps += 1;
    if (this.steps % STEPS === 0) await this.pause();
  }

  async run(): Promise<MigrationPlan> {
    const { store } = this;
    const candidates = store.candidates();
    for (const [key, script] of candidates) {
      if (store.isMine(script)) this.left.set(key, script);
      await this.step();
    }
    for (const [id, key] of store.keys) if (!this.isOnChain(id)) await this.addSingleKey(id, key);
    const master = await this.addChains();
    const watched = await this.addImported();
    const solvable: PlannedScript[] = [];
    for (const script of candidates.values()) {
      const planned = this.solvableOnly(script);
      if (planned !== null) solvable.push(planned);
      await this.step();
    }
    return { own: this.own, watched, solvable, master };
  }

  /** Whether a key is one that the descriptors of the seeds have. Seeds themselves are not: they can be paid, too. */
  private isOnChain(id: string): boolean {
    const meta = this.store.keyMeta.get(id);
    if (meta === undefined || meta.path === 's' || meta.path === 'm' || isAllZero(meta.seedId)) return false;
    const seed = toKey(meta.seedId);
    return seed === toKey(this.store.hdChain.seedId) || this.store.inactiveChains.has(seed);
  }

  private secret(keyId: Uint8Array): LegacyKey {
    const key = this.store.keys.get(toKey(keyId));
    if (key === undefined) throw new WalletError(`no private key for the seed ${toHex(keyId)}`);
    return key;
  }

  /** A descriptor for all the scripts of one key. */
  private async addSingleKey(id: string, { secret }: LegacyKey): Promise<void> {
    const publicKey = pubkeyOf(secret);
    const meta = this.store.keyMeta.get(id);
    const origin = meta === undefined ? undefined : meta.origin ?? { fingerprint: hash160(publicKey).slice(0, 4), path: [] };
    const keys = new SigningProvider();
    keys.addKey(publicKey, secret);
    await this.add(this.parse(`combo(${origin === undefined ? '' : originText(origin)}${toHex(publicKey)})`), { creationTime: meta?.creationTime ?? 0, rangeEnd: 1, keys });
  }

  /** Descriptors for the keys that seeds have made. @returns the master key of the seed in use */
  private async addChains(): Promise<ExtKey | null> {
    const { store } = this;
    const chains = [store.hdChain, ...store.inactiveChains.values()].filter(({ seedId }) => !isAllZero(seedId)).sort((a, b) => compareBytes(a.seedId, b.seedId));
    const done = new Set<string>();
    for (const chain of chains) {
      const master = ExtKey.fromSeed(this.secret(chain.seedId).secret.key);
      const xpub = encodeExtPubKey(master.neuter(), this.params);
      if (done.has(xpub)) continue;
      done.add(xpub);
      const keys = new SigningProvider();
      keys.addKey(master.pubkey, { key: master.key, compressed: true });
      for (const internal of store.hdChain.split ? [false, true] : [false]) {
        const count = internal ? chain.internal : chain.external;
        if (count > store.keys.size + MAX_LOST_KEYS) throw new WalletError('an HD chain counts more keys than the wallet has');
        const descriptor = this.parse(`combo(${xpub}/0h/${internal ? 1 : 0}h/*h)`);
        const branch = master.derive(HARDENED)?.derive(internal ? HARDENED + 1 : HARDENED) ?? null;
        await this.add(descriptor, { creationTime: 0, rangeEnd: count, keys }, (position, cache) => {
          // The steps that all positions share are gone once: the descriptor by itself goes them each time.
          const child = branch?.derive(HARDENED + position) ?? null;
          const [key] = descriptor.keys;
          if (child === null || key === undefined) return null;
          cache.setDerived(key.index, position, child.neuter());
          return descriptor.expandFromCache(position, cache);
        });
      }
    }
    return isAllZero(store.hdChain.seedId) ? null : ExtKey.fromSeed(this.secret(store.hdChain.seedId).secret.key);
  }

  /** Descriptors for what is left: it was imported. @returns those whose keys are not all here */
  private async addImported(): Promise<PlannedScript[]> {
    const watched: PlannedScript[] = [];
    for (const script of [...this.left.values()]) {
      await this.step();
      if (!this.left.has(toKey(script))) continue;
      const descriptor = inferDescriptor(script, this.provider, this.params);
      if (!this.parses(descriptor)) {
        this.left.delete(toKey(script));
        continue;
      }
      const creationTime = this.creationTime(script);
      if (descriptor.havePrivateKeys(this.provider) || this.privateKeysDisabled) {
        const keys = descriptor.expandPrivate(0, this.provider);
        await this.add(descriptor, { creationTime, rangeEnd: 1, keys });
      } else {
        watched.push({ text: descriptor.toString(), creationTime });
        for (const one of descriptor.expand(0, new SigningProvider())?.scripts ?? []) this.left.delete(toKey(one));
      }
      if (this.left.has(toKey(script))) throw new WalletError('Error: Some output scripts were not migrated.');
    }
    return watched;
  }

  /** A script behind a hash that did not count as the wallet's own, but that it knows how to spend. */
  private solvableOnly(script: Uint8Array): PlannedScript | null {
    const witness = witnessProgram(script);
    if (!isPayToScriptHash(script) && !(witness?.version === 0 && witness.program.length === 32)) return null;
    if (this.store.isMine(script) || !this.canProvide(script)) return null;
    const descriptor = inferDescriptor(script, this.provider, this.params);
    return descriptor.isSolvable && this.parses(descriptor) ? { text: descriptor.toString(), creationTime: this.creationTime(script) } : null;
  }

  /** Whether the wallet knows the script behind a hash, or could sign for it. */
  private canProvide(script: Uint8Array): boolean {
    const ownership = this.store.ownership(script, false);
    if (ownership === 'spend' || ownership === 'watch') return true;
    const data = new SignatureData();
    produceSignature(script, this.provider, DUMMY_CREATOR, data);
    return [...data.signatures.keys()].some((id) => this.store.keys.has(id));
  }

  private creationTime(script: Uint8Array): number { return this.store.scriptMeta.get(toKey(hash160(script)))?.creationTime ?? 0; }

  private parse(text: string): Descriptor {
    const [descriptor] = parseDescriptors(text, this.params, new SigningProvider());
    if (descriptor === undefined) throw new WalletError('descriptor expected');
    return descriptor;
  }

  /** Whether a descriptor that was worked out from a script can be stored: what cannot be read again, no wallet can keep. */
  private parses(descriptor: Descriptor): boolean {
    try {
      return parseDescriptors(descriptor.toString(), this.params, new SigningProvider(), true).length > 0;
    } catch {
      return false;
    }
  }

  private async add(
    descriptor: Descriptor, known: { readonly creationTime: number; readonly rangeEnd: number; readonly keys: SigningProvider },
    expand = (position: number, cache: DescriptorCache): Expansion | null => descriptor.expand(position, known.keys, cache),
  ): Promise<void> {
    const cache = new DescriptorCache();
    for (let position = 0; position < known.rangeEnd; position++) {
      const expansion = expand(position, cache);
      if (expansion === null) throw new WalletError(`cannot expand ${descriptor.toString()}`);
      for (const script of expansion.scripts) this.left.delete(toKey(script));
      await this.step();
    }
    this.own.push({ descriptor, ...known, cache });
  }
}

function originText({ fingerprint, path }: KeyOrigin): string {
  const steps = path.map((n) => `/${n & 0x7fffffff}${n >= 0x80000000 ? 'h' : ''}`);
  return `[${toHex(fingerprint)}${steps.join('')}]`;
}
