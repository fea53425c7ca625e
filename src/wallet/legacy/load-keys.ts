import { hash160 } from '../../crypto/hash.ts';
import { equalBytes, isAllZero, toKey } from '../../util/bytes.ts';
import { errorText, MalformedData } from '../../util/errors.ts';
import { Reader } from '../../util/reader.ts';
import { decodeMasterKey, RECORD, type MasterKeyRecord } from '../records.ts';
import { flagsTolerable } from '../wallet-flags.ts';
import type { BdbRecord } from './bdb-reader.ts';
import { LegacyKeyStore } from './key-store.ts';
import { decodeHdChain, decodeKey, decodeKeyMeta, decodeSealedKey, LEGACY, placeOf, readPublicKey, type HdChain } from './records.ts';

/** How well the records could be read, worst last. `fail`: a kind of record that nobody reads any more. */
export type LegacyVerdict = 'ok' | 'noncritical' | 'fail' | 'too-new' | 'corrupt';
const SEVERITY: readonly LegacyVerdict[] = ['ok', 'noncritical', 'too-new', 'fail', 'corrupt'];

/** Keys, scripts and flags of a wallet without descriptors. */
export interface LegacyWallet {
  readonly verdict: LegacyVerdict;
  readonly flags: bigint;
  readonly store: LegacyKeyStore;
  readonly masterKeys: ReadonlyMap<number, MasterKeyRecord>;
}

/** Records of wallets with descriptors, which one without does not have. */
const NOT_LEGACY: ReadonlySet<string> = new Set([RECORD.descriptor, RECORD.descriptorCache, RECORD.descriptorLhCache, RECORD.descriptorCkey, RECORD.descriptorKey, RECORD.activeExternalSpk, RECORD.activeInternalSpk]);
const YES = 0x31;
/** More rounds for a passphrase than any program has ever chosen: they would take minutes. */
const MAX_ITERATIONS = 200_000_000;

/** A record that is passed over, and not a reason to give the wallet up. */
class Unusable extends MalformedData {}

type Row = { readonly key: Reader; readonly value: Uint8Array };

/** Reads what a migration must know of a wallet before anything is changed. @param log hears what is wrong */
export function loadLegacyWallet(records: readonly BdbRecord[], log: (message: string) => void): LegacyWallet {
  const load = new LegacyLoad(log);
  load.read(records);
  return load;
}

class LegacyLoad implements LegacyWallet {
  verdict: LegacyVerdict = 'ok';
  flags = 0n;
  readonly store = new LegacyKeyStore();
  readonly masterKeys = new Map<number, MasterKeyRecord>();
  private readonly log: (message: string) => void;
  private readonly byType = new Map<string, Row[]>();
  private readonly chains = new Map<string, HdChain>();

  constructor(log: (message: string) => void) {
    this.log = log;
  }

  private worsen(verdict: LegacyVerdict, message: string): void {
    this.log(message);
    if (SEVERITY.indexOf(verdict) > SEVERITY.indexOf(this.verdict)) this.verdict = verdict;
  }

  /** Each record of a type; what cannot be read is one fault of the wallet. */
  private each(type: string, take: (row: Row) => void): number {
    const rows = this.byType.get(type) ?? [];
    for (const row of rows) {
      try {
        take(row);
      } catch (e) {
        this.worsen(e instanceof Unusable ? 'noncritical' : 'corrupt', errorText(e));
      }
    }
    return rows.length;
  }

  read(records: readonly BdbRecord[]): void {
    for (const { key, value } of records) {
      const r = new Reader(key);
      let type: string;
      try {
        type = r.varString();
      } catch {
        // No record of ours: the reference looks records up by their type and never meets such a one.
        continue;
      }
      const rows = this.byType.get(type);
      if (rows === undefined) this.byType.set(type, [{ key: r, value }]);
      else rows.push({ key: r, value });
    }
    this.each(RECORD.flags, ({ value }) => { this.flags = new Reader(value).u64(); });
    if (!flagsTolerable(this.flags)) return this.worsen('too-new', 'Error reading wallet database: Unknown non-tolerable wallet flags found');
    if ([...this.byType.keys()].some((type) => NOT_LEGACY.has(type))) this.worsen('corrupt', 'Error: Unexpected descriptor entry found in legacy wallet');
    this.readKeys();
    this.readMeta();
    this.each(RECORD.masterKey, ({ key, value }) => {
      const record = decodeMasterKey(value);
      if (record.iterations > MAX_ITERATIONS) throw new MalformedData(`Error reading wallet database: CMasterKey with ${record.iterations} iterations`);
      this.masterKeys.set(key.u32(), record);
    });
    const { store } = this;
    if (store.keys.size > 0 && (store.sealed.size > 0 || this.masterKeys.size > 0)) this.worsen('corrupt', 'Wallet contains both unencrypted and encrypted keys');
    if (store.sealed.size > 0 && this.masterKeys.size === 0) this.worsen('corrupt', 'Wallet contains encrypted keys but no master key');
  }

  private readKeys(): void {
    const { store } = this;
    this.each(LEGACY.hdChain, ({ value }) => { store.hdChain = decodeHdChain(value); });
    const plain = this.each(LEGACY.key, ({ key, value }) => store.addKey(decodeKey(key, value)));
    const sealed = this.each(LEGACY.cryptedKey, ({ key, value }) => store.addSealedKey(decodeSealedKey(key, value)));
    this.each(LEGACY.script, ({ value }) => {
      const script = new Reader(value).varBytes().slice();
      if (!store.addScript(script)) this.log(`LoadCScript: Warning: This wallet contains a redeemScript of size ${script.length} which exceeds maximum size 520 thus can never be redeemed.`);
    });
    const withMeta = this.byType.get(LEGACY.keyMeta)?.length ?? 0;
    this.log(`Legacy Wallet Keys: ${plain} plaintext, ${sealed} encrypted, ${withMeta} w/ metadata, ${plain + sealed} total.`);
  }

  private readMeta(): void {
    const { store } = this;
    this.each(LEGACY.keyMeta, (row) => this.readKeyMeta(row));
    for (const [id, chain] of this.chains) if (!equalBytes(chain.seedId, store.hdChain.seedId)) store.inactiveChains.set(id, chain);
    this.each(LEGACY.watchScript, ({ key, value }) => {
      const script = key.varBytes().slice();
      if (new Reader(value).u8() === YES) store.addWatched(script);
    });
    this.each(LEGACY.watchMeta, ({ key, value }) => { store.scriptMeta.set(toKey(hash160(key.varBytes())), decodeKeyMeta(value)); });
    // Nobody needs the default key, but one that is damaged tells of damage.
    this.each(LEGACY.defaultKey, ({ value }) => {
      if (readPublicKey(new Reader(value)) === null) throw new MalformedData('Error reading wallet database: Default Key corrupt');
    });
    this.each(LEGACY.wkey, () => this.worsen('fail', "Found unsupported 'wkey' record, try loading with version 0.18"));
  }

  private readKeyMeta({ key, value }: Row): void {
    const id = toKey(hash160(readPublicKey(key) ?? new Uint8Array(0)));
    const meta = decodeKeyMeta(value);
    this.store.keyMeta.set(id, meta);
    if (!meta.hasHd || isAllZero(meta.seedId) || meta.path === '') return;
    let place;
    try {
      place = placeOf(meta);
    } catch (e) {
      throw new Unusable(errorText(e), { cause: e });
    }
    const seed = toKey(meta.seedId);
    const chain = this.chains.get(seed) ?? { seedId: meta.seedId, split: false, external: 0, internal: 0 };
    this.chains.set(seed, chain);
    // A seed itself counts as the first of its keys, as in the reference.
    const { internal, index } = place ?? { internal: false, index: 0 };
    if (internal) {
      chain.split = true;
      chain.internal = Math.max(chain.internal, index + 1);
    } else {
      chain.external = Math.max(chain.external, index + 1);
    }
  }
}
