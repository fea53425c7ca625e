import { hash160 } from '../crypto/hash.ts';
import { equalBytes, toKey } from '../util/bytes.ts';
import { xonlyAddTweak } from '../crypto/secp256k1.ts';
import { aggregateExtPubKey } from './descriptor/musig-key.ts';
import { tapTweakHash } from './interpreter/verify-script.ts';
import { aggregatePubkeys, MusigSession, type MusigTweak } from './musig2.ts';
import type { KeyPathTweak } from './signature-creator.ts';
import type { ParticipantValues, SignatureData } from './signature-data.ts';
import type { KeyOrigin, SigningProvider } from './signing-provider.ts';

/** The key that a script or output really has, and how it comes from the aggregate key. */
export interface MusigPlace {
  readonly scriptKey: Uint8Array;
  readonly tweaks: readonly MusigTweak[];
}

/**
 * How the x-only key of a script comes from an aggregate key: it is that key, or a child by `origin`; and on the key path
 * the tree's tweak is on it. Null where it does not.
 */
export function musigPlace(aggregate: Uint8Array, xonly: Uint8Array, origin: KeyOrigin | null, keyPath: KeyPathTweak): MusigPlace | null {
  const tweaks: MusigTweak[] = [];
  let scriptKey = aggregate;
  if (!equalBytes(aggregate.subarray(1), xonly)) {
    if (origin === null || origin.path.length === 0 || !equalBytes(origin.fingerprint, hash160(aggregate).subarray(0, 4))) return null;
    let child = aggregateExtPubKey(aggregate);
    for (const step of origin.path) {
      tweaks.push({ tweak: child.childTweak(step), xonly: false });
      const next = child.derive(step);
      if (next === null) return null;
      child = next;
    }
    if (!equalBytes(child.pubkey.subarray(1), xonly)) return null;
    scriptKey = child.pubkey;
  }
  if (keyPath !== 'none') {
    const tweak = tapTweakHash(xonly, keyPath.merkleRoot);
    const output = xonlyAddTweak(xonly, tweak);
    if (output === null) return null;
    tweaks.push({ tweak, xonly: true });
    scriptKey = new Uint8Array(33);
    scriptKey[0] = 2 + output.parity;
    scriptKey.set(output.xonly, 1);
  }
  return { scriptKey, tweaks };
}

export interface MusigRound extends MusigPlace {
  readonly keys: SigningProvider;
  readonly data: SignatureData;
  readonly aggregate: Uint8Array;
  /** Participants in the order in which they were aggregated. */
  readonly pubkeys: readonly Uint8Array[];
  readonly leafHash: Uint8Array | null;
  /** What is signed. */
  readonly message: Uint8Array;
  /** Where values of participants for this key and leaf are kept. */
  readonly id: string;
}

/** What participants have given, where all have; null otherwise. */
function ofAll(pubkeys: readonly Uint8Array[], entry: ParticipantValues | undefined): Uint8Array[] | null {
  const values = pubkeys.flatMap((pubkey) => entry?.values.get(toKey(pubkey)) ?? []);
  return values.length === pubkeys.length && entry?.values.size === pubkeys.length ? values : null;
}

/** Does what can be done now: the signature, or partial signatures, or nonces. Null where there is no signature yet. */
export function musigRound(round: MusigRound): Uint8Array | null {
  const { data, keys, pubkeys, id, scriptKey, leafHash, message, aggregate } = round;
  const expected = aggregatePubkeys(pubkeys);
  if (expected === null || !equalBytes(expected, aggregate)) return null;
  const nonces = ofAll(pubkeys, data.nonces.get(id));
  const session = nonces === null ? null : MusigSession.create(pubkeys, nonces, round.tweaks, message);
  if (nonces !== null && session !== null) {
    const partials = ofAll(pubkeys, data.partialSignatures.get(id));
    const signature = partials === null ? null : session.aggregate(partials);
    if (signature !== null) return signature;
    signPartially(round, session, nonces);
  }
  if ((data.partialSignatures.get(id)?.values.size ?? 0) > 0 || keys.secretNonces === null) return null;
  const own: ParticipantValues = data.nonces.get(id) ?? { aggregate: scriptKey, leafHash, values: new Map() };
  for (const participant of pubkeys) {
    const key = keys.key(hash160(participant));
    if (key === undefined || own.values.has(toKey(participant))) continue;
    own.values.set(toKey(participant), keys.secretNonces.create({ scriptKey, participant, message }, key.key, aggregate.subarray(1)));
  }
  if (own.values.size > 0) data.nonces.set(id, own);
  return null;
}

function signPartially({ data, keys, pubkeys, id, scriptKey, leafHash, message }: MusigRound, session: MusigSession, nonces: readonly Uint8Array[]): void {
  for (const [i, participant] of pubkeys.entries()) {
    const key = keys.key(hash160(participant));
    const nonce = nonces[i];
    if (key === undefined || nonce === undefined) continue;
    // Taken for good, whatever comes of it: a second signature with the same nonce would give the key away.
    const secret = keys.secretNonces?.take({ scriptKey, participant, message }, nonce);
    if (secret === undefined) continue;
    const partial = session.partialSign(key.key, secret);
    secret.fill(0);
    if (partial === null) continue;
    const own: ParticipantValues = data.partialSignatures.get(id) ?? { aggregate: scriptKey, leafHash, values: new Map() };
    own.values.set(toKey(participant), partial);
    data.partialSignatures.set(id, own);
  }
}
