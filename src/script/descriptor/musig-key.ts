import { ExtPubKey } from '../../crypto/bip32.ts';
import { hash160 } from '../../crypto/hash.ts';
import { compareBytes, fromHex } from '../../util/bytes.ts';
import { aggregatePubkeys } from '../musig2.ts';
import type { SigningProvider } from '../signing-provider.ts';
import type { DescriptorCache } from './cache.ts';
import { Bip32Key, type Derivation, type DerivedKey, type KeyExpression, pathText, type PrintContext } from './key-expression.ts';

/** Chain code of every aggregate key that children are derived from (BIP 328). */
const MUSIG_CHAIN_CODE = fromHex('868087ca02a6f974c4598924c36b57762d32cb45717167e300622c7167e38965');

/** Extended key whose children are those of an aggregate key (BIP 328). */
export function aggregateExtPubKey(aggregate: Uint8Array): ExtPubKey {
  return new ExtPubKey({ depth: 0, parentFingerprint: new Uint8Array(4), childNumber: 0, chainCode: MUSIG_CHAIN_CODE }, aggregate);
}

/** `musig(...)`: one key of several signers. */
export class MusigKey implements KeyExpression {
  readonly index: number;
  readonly participants: readonly KeyExpression[];
  private readonly path: readonly number[];
  private readonly derivation: Derivation;

  constructor(index: number, participants: readonly KeyExpression[], path: readonly number[], derivation: Derivation) {
    this.index = index;
    this.participants = participants;
    this.path = path;
    this.derivation = derivation;
  }

  /** Only tr() takes it, where keys are x-only. */
  get size(): number { return 32; }
  get isRange(): boolean { return this.derivation !== 'none' || this.participants.some((p) => p.isRange); }
  get isBip32(): boolean { return this.participants.every((p) => p.isBip32); }

  pubkeyAt(position: number, keys: SigningProvider, readCache: DescriptorCache | null, writeCache: DescriptorCache | null): DerivedKey | null {
    const participants: DerivedKey[] = [];
    for (const participant of this.participants) {
      const found = participant.pubkeyAt(position, keys, readCache, writeCache);
      if (found === null) return null;
      participants.push(found);
    }
    const pubkeys = participants.map((p) => p.pubkey).sort(compareBytes);
    const aggregate = aggregatePubkeys(pubkeys);
    if (aggregate === null) return null;
    const extras = { participants, aggregate, pubkeys };
    if (this.derivation === 'none' && this.path.length === 0) {
      return { pubkey: aggregate, origin: { fingerprint: hash160(aggregate).slice(0, 4), path: [] }, extras };
    }
    const derived = new Bip32Key(this.index, aggregateExtPubKey(aggregate), this.path, this.derivation, false).pubkeyAt(position, keys, readCache, writeCache);
    return derived === null ? null : { ...derived, extras };
  }

  deriveAhead(first: number, count: number, cache: DescriptorCache): void {
    for (const participant of this.participants) participant.deriveAhead?.(first, count, cache);
  }

  privateKeyAt(): null { return null; }

  /** Private where at least one participant's key is there; the others stay public. */
  print(context: PrintContext): string | null {
    let any = false;
    const texts: string[] = [];
    for (const participant of this.participants) {
      let text = participant.print(context);
      if (text !== null) any = true;
      else if (context.form === 'private') text = participant.print({ form: 'public', params: context.params });
      if (text === null) return null;
      texts.push(text);
    }
    if (!any) return null;
    return `musig(${texts.join(',')})${pathText(this.path, false)}${this.derivation === 'none' ? '' : '/*'}`;
  }

  rootPubkey(): null { return null; }
  rootExtPubkey(): null { return null; }
}
