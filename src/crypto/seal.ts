import { createCipheriv, createDecipheriv, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, type KeyObject } from 'node:crypto';
import { CoinError } from '../util/errors.ts';
import { randomBytes } from './random.ts';

/** With what one secret may be sealed: a public key (X25519, 32 bytes), and a number that is good for one time (16 bytes). */
export interface SealOffer {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
}

/** What a sealed secret is for: it cannot be opened for anything else. */
export interface SealContext {
  /** The method that is called. */
  readonly method: string;
  /** The wallet, or the path that names it. */
  readonly scope: string;
}

/** A sealed secret does not open. */
export class BadSeal extends CoinError {
  constructor(message: string) { super('bad-seal', message); }
}

/** No passphrase that somebody types begins so. */
const PREFIX = '\0coin-sealed-1:';
const LABEL = 'coin-sealed-1';
const KEY_BYTES = 32;
const NONCE_BYTES = 16;
const TAG_BYTES = 16;
const LENGTH_BYTES = 4;
/** Sealed texts come in steps of so many bytes, so that they do not tell how long the secret is. */
const STEP = 64;
/** DER of an X25519 public key before its 32 bytes (RFC 8410). */
const SPKI = Buffer.from('302a300506032b656e032100', 'hex');
const ZERO_NONCE = new Uint8Array(12);

function publicKey(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki' });
}

function rawKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(SPKI.length);
}

/** A key for one secret: of what both ends share, and of both public keys. @throws where a public key is worthless */
function secretKey(privateKey: KeyObject, theirs: Uint8Array, sender: Uint8Array, receiver: Uint8Array): Uint8Array {
  const shared = diffieHellman({ privateKey, publicKey: publicKey(theirs) });
  return new Uint8Array(hkdfSync('sha256', shared, Buffer.concat([sender, receiver]), LABEL, KEY_BYTES));
}

function bound(nonce: Uint8Array, { method, scope }: SealContext): Buffer {
  return Buffer.concat([nonce, Buffer.from(JSON.stringify([method, scope]), 'utf8')]);
}

/** Whether a text is a sealed secret. */
export function isSealed(text: string): boolean { return text.startsWith(PREFIX); }

/**
 * Seals a secret for the process that has made the offer: X25519 with a key of its own, HKDF-SHA-256, ChaCha20-Poly1305.
 * @returns text that goes in the secret's place @throws BadSeal for an offer that is none
 */
export function seal(secret: string, offer: SealOffer, context: SealContext): string {
  if (offer.key.length !== KEY_BYTES || offer.nonce.length !== NONCE_BYTES) throw new BadSeal('a malformed offer to seal a passphrase');
  const own = generateKeyPairSync('x25519');
  const sender = rawKey(own.publicKey);
  const bytes = Buffer.from(secret, 'utf8');
  const padded = Buffer.alloc(Math.ceil((LENGTH_BYTES + bytes.length) / STEP) * STEP);
  padded.writeUInt32LE(bytes.length);
  bytes.copy(padded, LENGTH_BYTES);
  try {
    const cipher = createCipheriv('chacha20-poly1305', secretKey(own.privateKey, offer.key, sender, offer.key), ZERO_NONCE, { authTagLength: TAG_BYTES });
    cipher.setAAD(bound(offer.nonce, context), { plaintextLength: padded.length });
    const text = Buffer.concat([cipher.update(padded), cipher.final()]);
    return PREFIX + Buffer.concat([sender, offer.nonce, text, cipher.getAuthTag()]).toString('base64');
  } finally {
    bytes.fill(0);
    padded.fill(0);
  }
}

/** Offers that may be open at a time; further ones take the place of the oldest. */
const MAX_OFFERS = 256;

/** The process that secrets are sealed for. Its key is made when it starts, and leaves it never. */
export class SealBox {
  private readonly privateKey: KeyObject;
  private readonly key: Uint8Array;
  private readonly open_ = new Set<string>();

  constructor() {
    const pair = generateKeyPairSync('x25519');
    this.privateKey = pair.privateKey;
    this.key = new Uint8Array(rawKey(pair.publicKey));
  }

  /** For one secret. */
  offer(): SealOffer {
    const nonce = randomBytes(NONCE_BYTES);
    if (this.open_.size >= MAX_OFFERS) for (const oldest of this.open_) {
      this.open_.delete(oldest);
      break;
    }
    this.open_.add(Buffer.from(nonce).toString('hex'));
    return { key: this.key, nonce };
  }

  /**
   * The secret; a text that is not sealed is the secret itself. A second time it does not open.
   * @throws BadSeal where it was sealed for another process or use, was changed on its way, or has been here before
   */
  open(text: string, context: SealContext): string {
    if (!isSealed(text)) return text;
    const bytes = Buffer.from(text.slice(PREFIX.length), 'base64');
    if (bytes.length < KEY_BYTES + NONCE_BYTES + TAG_BYTES + STEP) throw new BadSeal('The sealed passphrase is malformed.');
    const sender = bytes.subarray(0, KEY_BYTES);
    const nonce = bytes.subarray(KEY_BYTES, KEY_BYTES + NONCE_BYTES);
    if (!this.open_.delete(nonce.toString('hex'))) throw new BadSeal('The passphrase was sealed for another process, or has been used. Try again.');
    const padded = this.decrypt(bytes, sender, bound(nonce, context));
    try {
      const length = padded.readUInt32LE();
      if (length > padded.length - LENGTH_BYTES) throw new BadSeal('The sealed passphrase is malformed.');
      return padded.toString('utf8', LENGTH_BYTES, LENGTH_BYTES + length);
    } finally {
      padded.fill(0);
    }
  }

  private decrypt(bytes: Buffer, sender: Uint8Array, aad: Uint8Array): Buffer {
    const text = bytes.subarray(KEY_BYTES + NONCE_BYTES, bytes.length - TAG_BYTES);
    try {
      const cipher = createDecipheriv('chacha20-poly1305', secretKey(this.privateKey, sender, sender, this.key), ZERO_NONCE, { authTagLength: TAG_BYTES });
      cipher.setAAD(aad, { plaintextLength: text.length });
      cipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
      return Buffer.concat([cipher.update(text), cipher.final()]);
    } catch {
      throw new BadSeal('The passphrase was sealed for another call, or was changed on its way.');
    }
  }
}
