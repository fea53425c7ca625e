import { isLowDer } from '../../crypto/secp256k1.ts';
import {
  SCRIPT_VERIFY_DERSIG, SCRIPT_VERIFY_LOW_S, SCRIPT_VERIFY_STRICTENC, SCRIPT_VERIFY_WITNESS_PUBKEYTYPE,
} from '../verify-flags.ts';
import type { ScriptError } from './script-error.ts';

/** Strict DER of a signature with its hash type behind (BIP 66). */
export function isValidSignatureEncoding(sig: Uint8Array): boolean {
  const b = (i: number): number => sig[i] as number;
  if (sig.length < 9 || sig.length > 73) return false;
  if (b(0) !== 0x30 || b(1) !== sig.length - 3) return false;
  const lenR = b(3);
  if (5 + lenR >= sig.length) return false;
  const lenS = b(5 + lenR);
  if (lenR + lenS + 7 !== sig.length) return false;
  if (b(2) !== 0x02 || lenR === 0 || (b(4) & 0x80) !== 0) return false;
  if (lenR > 1 && b(4) === 0 && (b(5) & 0x80) === 0) return false;
  if (b(lenR + 4) !== 0x02 || lenS === 0 || (b(lenR + 6) & 0x80) !== 0) return false;
  return !(lenS > 1 && b(lenR + 6) === 0 && (b(lenR + 7) & 0x80) === 0);
}

function isDefinedHashType(sig: Uint8Array): boolean {
  const type = (sig[sig.length - 1] as number) & ~0x80;
  return type >= 1 && type <= 3;
}

/** An empty signature is a well-formed way to fail. */
export function checkSignatureEncoding(sig: Uint8Array, flags: number): ScriptError | null {
  if (sig.length === 0) return null;
  if ((flags & (SCRIPT_VERIFY_DERSIG | SCRIPT_VERIFY_LOW_S | SCRIPT_VERIFY_STRICTENC)) !== 0 && !isValidSignatureEncoding(sig)) return 'SIG_DER';
  if ((flags & SCRIPT_VERIFY_LOW_S) !== 0 && !isLowDer(sig.subarray(0, sig.length - 1))) return 'SIG_HIGH_S';
  if ((flags & SCRIPT_VERIFY_STRICTENC) !== 0 && !isDefinedHashType(sig)) return 'SIG_HASHTYPE';
  return null;
}

export function isCompressedPubkey(pubkey: Uint8Array): boolean {
  return pubkey.length === 33 && (pubkey[0] === 2 || pubkey[0] === 3);
}

export function isCompressedOrUncompressedPubkey(pubkey: Uint8Array): boolean {
  return isCompressedPubkey(pubkey) || (pubkey.length === 65 && pubkey[0] === 4);
}

export function checkPubkeyEncoding(pubkey: Uint8Array, flags: number, witnessV0: boolean): ScriptError | null {
  if ((flags & SCRIPT_VERIFY_STRICTENC) !== 0 && !isCompressedOrUncompressedPubkey(pubkey)) return 'PUBKEYTYPE';
  if ((flags & SCRIPT_VERIFY_WITNESS_PUBKEYTYPE) !== 0 && witnessV0 && !isCompressedPubkey(pubkey)) return 'WITNESS_PUBKEYTYPE';
  return null;
}
