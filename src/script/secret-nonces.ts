import { sha256 } from '../crypto/hash.ts';
import { concatBytes, toKey } from '../util/bytes.ts';
import { generateNonce } from './musig2.ts';

/** Sessions that may wait for their second round at a time; the oldest gives way. */
const MAX_NONCES = 50_000;

/** What a secret nonce is for. */
export interface NoncePurpose {
  /** The key that the signature is valid for, with all tweaks. */
  readonly scriptKey: Uint8Array;
  /** Public key of the signer. */
  readonly participant: Uint8Array;
  readonly message: Uint8Array;
}

/**
 * Secret halves of MuSig2 nonces between the first round and the second: in memory only, each given out once.
 * Nothing reads them but {@link take}, which forgets what it returns.
 */
export class SecretNonces {
  private readonly secrets = new Map<string, Uint8Array>();
  private readonly random: (n: number) => Uint8Array;
  private readonly limit: number;
  private made = 0;

  /** @param random unpredictable bytes */
  constructor(random: (n: number) => Uint8Array, limit = MAX_NONCES) {
    this.random = random;
    this.limit = limit;
  }

  get size(): number { return this.secrets.size; }

  /** Makes a nonce and keeps its secret half. @param aggregate x-only key of all signers @returns the public half */
  create(purpose: NoncePurpose, key: Uint8Array, aggregate: Uint8Array): Uint8Array {
    // The count keeps two nonces apart even where the randomness failed.
    const extra = new Uint8Array(8);
    new DataView(extra.buffer).setBigUint64(0, BigInt(this.made++));
    const nonce = generateNonce({ key, aggregate, message: purpose.message, random: this.random(32), extra });
    this.secrets.set(sessionId(purpose, nonce.public), nonce.secret);
    for (const [id, secret] of this.secrets) {
      if (this.secrets.size <= this.limit) break;
      secret.fill(0);
      this.secrets.delete(id);
    }
    return nonce.public;
  }

  /** The secret half of a nonce that was made here; undefined the second time. The caller wipes it after use. */
  take(purpose: NoncePurpose, publicNonce: Uint8Array): Uint8Array | undefined {
    const id = sessionId(purpose, publicNonce);
    const secret = this.secrets.get(id);
    this.secrets.delete(id);
    return secret;
  }
}

function sessionId({ scriptKey, participant, message }: NoncePurpose, publicNonce: Uint8Array): string {
  return toKey(sha256(concatBytes(scriptKey, participant, message, publicNonce)));
}
