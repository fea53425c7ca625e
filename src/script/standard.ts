import { hash160, sha256 } from '../crypto/hash.ts';
import { toKey } from '../util/bytes.ts';
import { isCompressedPubkey } from './interpreter/signature-encoding.ts';
import { OP } from './opcodes.ts';
import {
  buildScript, isMinimalPush, isPayToAnchor, isPayToScriptHash, isPushOnly, MAX_PUBKEYS_PER_MULTI_A, MAX_PUBKEYS_PER_MULTISIG, pushData, pushNumber,
  readInstruction, witnessProgram,
} from './script.ts';
import { concatBytes } from '../util/bytes.ts';

/** Standard forms of an output script, by the names that RPC shows. */
export type ScriptType =
  | 'nonstandard' | 'anchor' | 'pubkey' | 'pubkeyhash' | 'scripthash' | 'multisig' | 'nulldata' | 'witness_v0_keyhash'
  | 'witness_v0_scripthash' | 'witness_v1_taproot' | 'witness_unknown';

/** Form of a script and the data in it: hashes, keys; for multisig the threshold (1 byte), keys, and their number (1 byte). */
export interface Solution {
  readonly type: ScriptType;
  readonly data: readonly Uint8Array[];
}

/** Who an output pays. */
export type Destination =
  | { readonly type: 'pubkey'; readonly pubkey: Uint8Array }
  | { readonly type: 'pkh'; readonly hash: Uint8Array }
  | { readonly type: 'sh'; readonly hash: Uint8Array }
  | { readonly type: 'wpkh'; readonly hash: Uint8Array }
  | { readonly type: 'wsh'; readonly hash: Uint8Array }
  | { readonly type: 'tr'; readonly xonly: Uint8Array }
  | { readonly type: 'anchor' }
  | { readonly type: 'witness-unknown'; readonly version: number; readonly program: Uint8Array };

/** Length and prefix of a public key fit. */
export function isPubkeyShape(bytes: Uint8Array): boolean {
  const first = bytes[0];
  return (bytes.length === 33 && (first === 2 || first === 3)) || (bytes.length === 65 && (first === 4 || first === 6 || first === 7));
}

export { isCompressedPubkey };

function matchPubkey(script: Uint8Array): Uint8Array | null {
  const n = script[0];
  if ((n !== 33 && n !== 65) || script.length !== n + 2 || script[n + 1] !== OP.OP_CHECKSIG) return null;
  const key = script.slice(1, 1 + n);
  return isPubkeyShape(key) ? key : null;
}

/** A number of a script from 0 to 16, or a minimal push of up to `max`; -1 otherwise. */
function smallNumber(opcode: number, data: Uint8Array | null, max: number): number {
  if (opcode === OP.OP_0) return 0;
  if (opcode >= OP.OP_1 && opcode <= OP.OP_16) return opcode - 0x50;
  if (data === null || data.length === 0 || data.length > 2 || !isMinimalPush(opcode, data)) return -1;
  const n = data.length === 1 ? (data[0] as number) : (data[0] as number) | ((data[1] as number) << 8);
  return n >= 1 && n <= max && ((data[data.length - 1] as number) & 0x80) === 0 ? n : -1;
}

/** `m <keys> n OP_CHECKMULTISIG`; null where it is none. */
export function matchMultisig(script: Uint8Array): { threshold: number; pubkeys: Uint8Array[] } | null {
  if (script.length < 1 || script[script.length - 1] !== OP.OP_CHECKMULTISIG) return null;
  let at = 0;
  const first = readInstruction(script, at);
  if (first === null) return null;
  const threshold = smallNumber(first.opcode, first.data, MAX_PUBKEYS_PER_MULTISIG);
  if (threshold < 1) return null;
  at = first.next;
  const pubkeys: Uint8Array[] = [];
  for (;;) {
    const one = at < script.length ? readInstruction(script, at) : null;
    if (one === null) return null;
    at = one.next;
    if (one.data !== null && isPubkeyShape(one.data)) {
      pubkeys.push(one.data.slice());
      continue;
    }
    const count = smallNumber(one.opcode, one.data, MAX_PUBKEYS_PER_MULTISIG);
    if (count < 1 || count !== pubkeys.length || count < threshold || at + 1 !== script.length) return null;
    return { threshold, pubkeys };
  }
}

/** Tapscript `<key> OP_CHECKSIG <key> OP_CHECKSIGADD … m OP_NUMEQUAL`; null where it is none. */
export function matchMultiA(script: Uint8Array): { threshold: number; xonlys: Uint8Array[] } | null {
  if (script[0] !== 32 || script.length === 0 || script[script.length - 1] !== OP.OP_NUMEQUAL) return null;
  const xonlys: Uint8Array[] = [];
  let at = 0;
  while (script.length - at >= 34 && script[at] === 32) {
    xonlys.push(script.slice(at + 1, at + 33));
    if (script[at + 33] !== (xonlys.length === 1 ? OP.OP_CHECKSIG : OP.OP_CHECKSIGADD)) return null;
    at += 34;
  }
  if (xonlys.length === 0 || xonlys.length > MAX_PUBKEYS_PER_MULTI_A) return null;
  const one = readInstruction(script, at);
  if (one === null || one.next !== script.length - 1) return null;
  const threshold = smallNumber(one.opcode, one.data, xonlys.length);
  return threshold < 1 ? null : { threshold, xonlys };
}

/** Finds the standard form of an output script. */
export function solve(script: Uint8Array): Solution {
  if (isPayToScriptHash(script)) return { type: 'scripthash', data: [script.slice(2, 22)] };
  const witness = witnessProgram(script);
  if (witness !== null) {
    const { version, program } = witness;
    if (version === 0 && program.length === 20) return { type: 'witness_v0_keyhash', data: [program.slice()] };
    if (version === 0 && program.length === 32) return { type: 'witness_v0_scripthash', data: [program.slice()] };
    if (version === 1 && program.length === 32) return { type: 'witness_v1_taproot', data: [program.slice()] };
    if (isPayToAnchor(script)) return { type: 'anchor', data: [] };
    if (version !== 0) return { type: 'witness_unknown', data: [Uint8Array.of(version), program.slice()] };
    return { type: 'nonstandard', data: [] };
  }
  if (script.length >= 1 && script[0] === OP.OP_RETURN && isPushOnly(script.subarray(1))) return { type: 'nulldata', data: [] };
  const key = matchPubkey(script);
  if (key !== null) return { type: 'pubkey', data: [key] };
  if (script.length === 25 && script[0] === OP.OP_DUP && script[1] === OP.OP_HASH160 && script[2] === 20 && script[23] === OP.OP_EQUALVERIFY && script[24] === OP.OP_CHECKSIG) {
    return { type: 'pubkeyhash', data: [script.slice(3, 23)] };
  }
  const multisig = matchMultisig(script);
  if (multisig !== null) return { type: 'multisig', data: [Uint8Array.of(multisig.threshold), ...multisig.pubkeys, Uint8Array.of(multisig.pubkeys.length)] };
  return { type: 'nonstandard', data: [] };
}

/** Who the script pays, an address or a bare key; null where nobody that has a name. */
export function extractDestination(script: Uint8Array): Destination | null {
  const { type, data } = solve(script);
  const [first = new Uint8Array(0), second = new Uint8Array(0)] = data;
  switch (type) {
    case 'pubkey': return { type: 'pubkey', pubkey: first };
    case 'pubkeyhash': return { type: 'pkh', hash: first };
    case 'scripthash': return { type: 'sh', hash: first };
    case 'witness_v0_keyhash': return { type: 'wpkh', hash: first };
    case 'witness_v0_scripthash': return { type: 'wsh', hash: first };
    case 'witness_v1_taproot': return { type: 'tr', xonly: first };
    case 'anchor': return { type: 'anchor' };
    case 'witness_unknown': return { type: 'witness-unknown', version: first[0] as number, program: second };
    default: return null;
  }
}

/** Script of `OP_<version> <program>`. */
export function witnessScript(version: number, program: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(version === 0 ? OP.OP_0 : 0x50 + version), pushData(program));
}

export function scriptForDestination(destination: Destination): Uint8Array {
  switch (destination.type) {
    case 'pubkey': return p2pkScript(destination.pubkey);
    case 'pkh': return buildScript(OP.OP_DUP, OP.OP_HASH160, destination.hash, OP.OP_EQUALVERIFY, OP.OP_CHECKSIG);
    case 'sh': return buildScript(OP.OP_HASH160, destination.hash, OP.OP_EQUAL);
    case 'wpkh': return witnessScript(0, destination.hash);
    case 'wsh': return witnessScript(0, destination.hash);
    case 'tr': return witnessScript(1, destination.xonly);
    case 'anchor': return Uint8Array.of(OP.OP_1, 2, 0x4e, 0x73);
    case 'witness-unknown': return witnessScript(destination.version, destination.program);
  }
}

/** Whether a destination has an address (a bare public key has none). */
export function hasAddress(destination: Destination | null): destination is Exclude<Destination, { type: 'pubkey' }> {
  return destination !== null && destination.type !== 'pubkey';
}

export function p2pkScript(pubkey: Uint8Array): Uint8Array { return buildScript(pubkey, OP.OP_CHECKSIG); }
export function p2shScript(redeemScript: Uint8Array): Uint8Array { return scriptForDestination({ type: 'sh', hash: hash160(redeemScript) }); }
export function p2wshScript(witnessScript_: Uint8Array): Uint8Array { return witnessScript(0, sha256(witnessScript_)); }

export function multisigScript(threshold: number, pubkeys: readonly Uint8Array[]): Uint8Array {
  return concatBytes(pushNumber(threshold), ...pubkeys.map(pushData), pushNumber(pubkeys.length), Uint8Array.of(OP.OP_CHECKMULTISIG));
}

/** Map key of a destination: equal for equal destinations. */
export function destinationKey(destination: Destination): string {
  return toKey(scriptForDestination(destination));
}
