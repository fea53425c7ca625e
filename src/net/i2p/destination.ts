import { sha256 } from '../../crypto/hash.ts';
import { i2pText } from '../net-host.ts';
import { SamError } from './sam-reply.ts';

/** A destination without its certificate, and where in it the certificate's length stands (two bytes, big-endian). */
const DESTINATION_SIZE = 387;
const CERTIFICATE_LENGTH_AT = 385;

/** I2P writes base64 with other signs for 62 and 63. */
export function toI2pBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64').replaceAll('+', '-').replaceAll('/', '~');
}

/** @param shown what an error may say of the text: nothing of a private key @throws SamError where the text is none */
export function fromI2pBase64(text: string, shown: string = text): Uint8Array {
  const standard = text.replaceAll('-', '+').replaceAll('~', '/');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(standard) || standard.length % 4 !== 0 || standard.length === 0) {
    throw new SamError(`Cannot decode Base64: "${shown}"`);
  }
  return new Uint8Array(Buffer.from(standard, 'base64'));
}

/** The `.b32.i2p` name of a destination: base32 of its SHA-256. */
export function destinationAddress(destination: Uint8Array): string { return i2pText(sha256(destination)); }

/** The public part of a destination's private keys, with which these begin. @throws SamError where they are no such keys */
export function publicDestination(privateKey: Uint8Array): Uint8Array {
  if (privateKey.length < CERTIFICATE_LENGTH_AT + 2) throw new SamError(`The private key is too short (${privateKey.length} < ${CERTIFICATE_LENGTH_AT + 2})`);
  const certificate = ((privateKey[CERTIFICATE_LENGTH_AT] as number) << 8) | (privateKey[CERTIFICATE_LENGTH_AT + 1] as number);
  const size = DESTINATION_SIZE + certificate;
  if (size > privateKey.length) {
    throw new SamError(`Certificate length (${certificate}) designates that the private key should be ${size} bytes, but it is only ${privateKey.length} bytes`);
  }
  return privateKey.subarray(0, size);
}
