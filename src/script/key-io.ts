import { decodeBase58, decodeBase58Check, encodeBase58Check } from '../crypto/base58.ts';
import { convertBits, decodeBech32, encodeBech32, locateBech32Errors } from '../crypto/bech32.ts';
import { ExtKey, ExtPubKey } from '../crypto/bip32.ts';
import { isValidPrivkey, publicKey } from '../crypto/secp256k1.ts';
import type { Base58Prefixes } from '../params/chain-params.ts';
import { concatBytes, equalBytes } from '../util/bytes.ts';
import type { Destination } from './standard.ts';

/** What of a network's parameters addresses and keys depend on. */
export interface AddressParams {
  readonly base58: Base58Prefixes;
  readonly bech32Hrp: string;
}

/** A private key as wallets write it. */
export interface PrivateKey {
  readonly key: Uint8Array;
  /** Whether its public key is used in compressed form. */
  readonly compressed: boolean;
}

export function pubkeyOf(key: PrivateKey): Uint8Array {
  return publicKey(key.key, key.compressed);
}

const ANCHOR_PROGRAM = Uint8Array.of(0x4e, 0x73);

/** Address of a destination; '' for a bare public key, which has none. */
export function encodeDestination(destination: Destination, params: AddressParams): string {
  const segwit = (version: number, program: Uint8Array): string =>
    encodeBech32(version === 0 ? 'bech32' : 'bech32m', params.bech32Hrp, [version, ...(convertBits(program, 8, 5, true) ?? [])]);
  switch (destination.type) {
    case 'pubkey': return '';
    case 'pkh': return encodeBase58Check(concatBytes(params.base58.pubkey, destination.hash));
    case 'sh': return encodeBase58Check(concatBytes(params.base58.script, destination.hash));
    case 'wpkh': return segwit(0, destination.hash);
    case 'wsh': return segwit(0, destination.hash);
    case 'tr': return segwit(1, destination.xonly);
    case 'anchor': return segwit(1, ANCHOR_PROGRAM);
    case 'witness-unknown': return segwit(destination.version, destination.program);
  }
}

export type DecodedDestination =
  | { readonly ok: true; readonly destination: Destination }
  | { readonly ok: false; readonly error: string; readonly places: readonly number[] };

/** Reads an address; where it is none, says why in the reference's words, with places of wrong characters where they can be told. */
export function decodeDestination(text: string, params: AddressParams): DecodedDestination {
  const bad = (error: string, places: readonly number[] = []): DecodedDestination => ({ ok: false, error, places });
  const isBech32 = text.slice(0, params.bech32Hrp.length).toLowerCase() === params.bech32Hrp;
  const data = isBech32 ? null : decodeBase58Check(text, 21);
  if (data !== null) {
    const { pubkey, script } = params.base58;
    const after = (prefix: Uint8Array): boolean => data.length === 20 + prefix.length && equalBytes(data.subarray(0, prefix.length), prefix);
    if (after(pubkey)) return { ok: true, destination: { type: 'pkh', hash: data.slice(pubkey.length) } };
    if (after(script)) return { ok: true, destination: { type: 'sh', hash: data.slice(script.length) } };
    const startsLike = (prefix: Uint8Array): boolean => data.length >= prefix.length && equalBytes(data.subarray(0, prefix.length), prefix);
    return bad(startsLike(pubkey) || startsLike(script) ? 'Invalid length for Base58 address (P2PKH or P2SH)' : 'Invalid or unsupported Base58-encoded address.');
  }
  if (!isBech32) {
    // Longer than any address, but base58 all the same: then it is the checksum.
    return bad(decodeBase58(text, 100) === null ? 'Invalid or unsupported Segwit (Bech32) or Base58 encoding.' : 'Invalid checksum or length of Base58 address (P2PKH or P2SH)');
  }
  const decoded = decodeBech32(text);
  if (decoded === null) {
    const located = locateBech32Errors(text);
    return bad(located.message, located.places);
  }
  if (decoded.values.length === 0) return bad('Empty Bech32 data section');
  if (decoded.hrp !== params.bech32Hrp) return bad(`Invalid or unsupported prefix for Segwit (Bech32) address (expected ${params.bech32Hrp}, got ${decoded.hrp}).`);
  const version = decoded.values[0] as number;
  if (version === 0 && decoded.encoding !== 'bech32') return bad('Version 0 witness address must use Bech32 checksum');
  if (version !== 0 && decoded.encoding !== 'bech32m') return bad('Version 1+ witness address must use Bech32m checksum');
  const bits = convertBits(decoded.values.slice(1), 5, 8, false);
  if (bits === null) return bad('Invalid padding in Bech32 data section');
  const program = Uint8Array.from(bits);
  const size = `${program.length} byte${program.length === 1 ? '' : 's'}`;
  if (version === 0) {
    if (program.length === 20) return { ok: true, destination: { type: 'wpkh', hash: program } };
    if (program.length === 32) return { ok: true, destination: { type: 'wsh', hash: program } };
    return bad(`Invalid Bech32 v0 address program size (${size}), per BIP141`);
  }
  if (version === 1 && program.length === 32) return { ok: true, destination: { type: 'tr', xonly: program } };
  if (version === 1 && equalBytes(program, ANCHOR_PROGRAM)) return { ok: true, destination: { type: 'anchor' } };
  if (version > 16) return bad('Invalid Bech32 address witness version');
  if (program.length < 2 || program.length > 40) return bad(`Invalid Bech32 address program size (${size})`);
  return { ok: true, destination: { type: 'witness-unknown', version, program } };
}

/** WIF. */
export function encodePrivateKey({ key, compressed }: PrivateKey, params: AddressParams): string {
  return encodeBase58Check(compressed ? concatBytes(params.base58.secret, key, Uint8Array.of(1)) : concatBytes(params.base58.secret, key));
}

/** Null where it is no private key of this network. */
export function decodePrivateKey(text: string, params: AddressParams): PrivateKey | null {
  const data = decodeBase58Check(text, 34);
  const prefix = params.base58.secret;
  if (data === null || !equalBytes(data.subarray(0, prefix.length), prefix)) return null;
  const compressed = data.length === 33 + prefix.length && data[data.length - 1] === 1;
  if (!compressed && data.length !== 32 + prefix.length) return null;
  const key = data.slice(prefix.length, prefix.length + 32);
  return isValidPrivkey(key) ? { key, compressed } : null;
}

export function encodeExtPubKey(key: ExtPubKey, params: AddressParams): string {
  return encodeBase58Check(concatBytes(params.base58.extPublic, key.encode()));
}

export function decodeExtPubKey(text: string, params: AddressParams): ExtPubKey | null {
  const data = decodeBase58Check(text, 78);
  const prefix = params.base58.extPublic;
  return data === null || data.length !== 78 || !equalBytes(data.subarray(0, 4), prefix) ? null : ExtPubKey.decode(data.subarray(4));
}

export function encodeExtKey(key: ExtKey, params: AddressParams): string {
  return encodeBase58Check(concatBytes(params.base58.extSecret, key.encode()));
}

export function decodeExtKey(text: string, params: AddressParams): ExtKey | null {
  const data = decodeBase58Check(text, 78);
  const prefix = params.base58.extSecret;
  return data === null || data.length !== 78 || !equalBytes(data.subarray(0, 4), prefix) ? null : ExtKey.decode(data.subarray(4));
}
