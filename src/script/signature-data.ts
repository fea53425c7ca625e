import { hash160 } from '../crypto/hash.ts';
import { NO_WITNESS } from '../primitives/transaction.ts';
import { toKey } from '../util/bytes.ts';
import type { KeyOrigin } from './signing-provider.ts';
import type { TapLeaf } from './taproot.ts';

const EMPTY = new Uint8Array(0);

export interface KeyedSignature {
  readonly pubkey: Uint8Array;
  /** With its hash type behind. */
  readonly signature: Uint8Array;
}

export interface KeyWithOrigin {
  readonly pubkey: Uint8Array;
  readonly origin: KeyOrigin;
}

/** An x-only key, where it comes from, and the leaves that it stands in. */
export interface TaprootKeyOrigin {
  readonly xonly: Uint8Array;
  /** By `toKey` of the leaf hash. */
  readonly leafHashes: Map<string, Uint8Array>;
  readonly origin: KeyOrigin;
}

/** One leaf script with the control blocks that lead to it. */
export interface LeafSpend {
  readonly script: Uint8Array;
  readonly leafVersion: number;
  /** By `toKey` of the control block. */
  readonly controlBlocks: Map<string, Uint8Array>;
}

export interface LeafSignature {
  readonly xonly: Uint8Array;
  readonly leafHash: Uint8Array;
  readonly signature: Uint8Array;
}

/** Bytes of each participant of one aggregate key in one place (the key path, or a leaf). */
export interface ParticipantValues {
  readonly aggregate: Uint8Array;
  /** Null for the key path. */
  readonly leafHash: Uint8Array | null;
  /** By `toKey` of the participant's public key. */
  readonly values: Map<string, Uint8Array>;
}

export type PreimageKind = 'ripemd160' | 'sha256' | 'hash160' | 'hash256';

/** Map key of a leaf script. */
export function leafKey(script: Uint8Array, leafVersion: number): string {
  return `${toKey(script)}${String.fromCharCode(leafVersion)}`;
}

/** Map key of values of participants: aggregate key and leaf, the key path first. */
export function participantKey(aggregate: Uint8Array, leafHash: Uint8Array | null): string {
  return toKey(aggregate) + toKey(leafHash ?? new Uint8Array(32));
}

/** Shorter control blocks first: the one to spend with. */
export function compareControlBlocks(a: Uint8Array, b: Uint8Array): number {
  return a.length - b.length || Buffer.compare(a, b);
}

/**
 * All that is known for spending one output: what signing uses, adds to, and reports as missing.
 * Maps are keyed by `toKey` of the hash or key that they are about.
 */
export class SignatureData {
  /** scriptSig and scriptWitness spend the output. */
  complete = false;
  /** The spend is one with a witness. */
  witness = false;
  scriptSig: Uint8Array = EMPTY;
  scriptWitness: readonly Uint8Array[] = NO_WITNESS;
  redeemScript: Uint8Array = EMPTY;
  witnessScript: Uint8Array = EMPTY;
  /** ECDSA signatures by hash160 of the key. */
  readonly signatures = new Map<string, KeyedSignature>();
  /** Keys of the output by their hash160. */
  readonly keys = new Map<string, KeyWithOrigin>();

  internalKey: Uint8Array | null = null;
  merkleRoot: Uint8Array | null = null;
  readonly leaves = new Map<string, LeafSpend>();
  /** The whole tree, leaves in depth-first order, where it is known. */
  tree: readonly TapLeaf[] | null = null;
  keyPathSignature: Uint8Array | null = null;
  /** By x-only key and leaf hash. */
  readonly leafSignatures = new Map<string, LeafSignature>();
  /** By x-only key. */
  readonly taprootKeys = new Map<string, TaprootKeyOrigin>();

  readonly preimages: Readonly<Record<PreimageKind, Map<string, Uint8Array>>> = {
    ripemd160: new Map(), sha256: new Map(), hash160: new Map(), hash256: new Map(),
  };

  /** Participants of aggregate keys (BIP 373), by aggregate key. */
  readonly participants = new Map<string, { readonly aggregate: Uint8Array; readonly pubkeys: readonly Uint8Array[] }>();
  readonly nonces = new Map<string, ParticipantValues>();
  readonly partialSignatures = new Map<string, ParticipantValues>();

  /** hash160 of keys that are not known. */
  readonly missingPubkeys: Uint8Array[] = [];
  /** hash160 of keys whose signatures are missing. */
  readonly missingSignatures: Uint8Array[] = [];
  missingRedeemScript: Uint8Array | null = null;
  missingWitnessScript: Uint8Array | null = null;

  /** Notes the key in a leaf (null: the key path) with its origin. */
  addTaprootKey(xonly: Uint8Array, origin: KeyOrigin, leafHash: Uint8Array | null): void {
    const id = toKey(xonly);
    let entry = this.taprootKeys.get(id);
    if (entry === undefined) {
      entry = { xonly, leafHashes: new Map(), origin };
      this.taprootKeys.set(id, entry);
    }
    if (leafHash !== null) entry.leafHashes.set(toKey(leafHash), leafHash);
  }

  addLeaf(script: Uint8Array, leafVersion: number, controlBlocks: Iterable<Uint8Array>): void {
    const id = leafKey(script, leafVersion);
    let entry = this.leaves.get(id);
    if (entry === undefined) {
      entry = { script, leafVersion, controlBlocks: new Map() };
      this.leaves.set(id, entry);
    }
    for (const block of controlBlocks) entry.controlBlocks.set(toKey(block), block);
  }

  /** The key behind a hash160 as far as this data tells; x-only keys count with even y. */
  pubkeyOf(keyId: Uint8Array): Uint8Array | undefined {
    const id = toKey(keyId);
    const known = this.signatures.get(id)?.pubkey ?? this.keys.get(id)?.pubkey;
    if (known !== undefined) return known;
    for (const { xonly } of this.taprootKeys.values()) {
      if (toKey(hash160(xonly)) !== id) continue;
      const full = new Uint8Array(33);
      full[0] = 2;
      full.set(xonly, 1);
      return full;
    }
    return undefined;
  }

  /** Takes over signatures and scripts of another's data for the same input (combination of raw transactions). */
  merge(other: SignatureData): void {
    if (this.complete) return;
    if (other.complete) {
      this.complete = true;
      this.scriptSig = other.scriptSig;
      this.scriptWitness = other.scriptWitness;
      return;
    }
    if (this.redeemScript.length === 0) this.redeemScript = other.redeemScript;
    if (this.witnessScript.length === 0) this.witnessScript = other.witnessScript;
    for (const [id, signature] of other.signatures) if (!this.signatures.has(id)) this.signatures.set(id, signature);
  }
}
