import { OP } from '../script/opcodes.ts';
import { isPayToAnchor, isPayToScriptHash, isPushOnly, MAX_PUBKEYS_PER_MULTISIG, readInstruction, witnessProgram } from '../script/script.ts';
import { decodeScriptNum, isMinimalNum } from '../script/script-num.ts';

/** What relay policy needs to know of an output script. */
export type OutputForm =
  | { readonly kind: 'nonstandard' | 'scripthash' | 'anchor' | 'nulldata' | 'pubkey' | 'pubkeyhash' | 'witness' | 'witness-unknown' }
  | { readonly kind: 'multisig'; readonly required: number; readonly keys: number };

function isPubkey(data: Uint8Array): boolean {
  const first = data[0];
  return (data.length === 33 && (first === 2 || first === 3)) || (data.length === 65 && (first === 4 || first === 6 || first === 7));
}

function scriptNumber(opcode: number, data: Uint8Array | null): number | null {
  if (opcode >= OP.OP_1 && opcode <= OP.OP_16) return opcode - 0x50;
  if (data === null || data.length === 0 || data.length > 4 || !isMinimalNum(data)) return null;
  const n = decodeScriptNum(data);
  return n > 16 && n <= MAX_PUBKEYS_PER_MULTISIG ? n : null;
}

function multisig(script: Uint8Array): OutputForm | null {
  if (script.length < 1 || script[script.length - 1] !== OP.OP_CHECKMULTISIG) return null;
  const first = readInstruction(script, 0);
  const required = first === null ? null : scriptNumber(first.opcode, first.data);
  if (first === null || required === null) return null;
  let keys = 0;
  let at = first.next;
  for (;;) {
    const one = at < script.length ? readInstruction(script, at) : null;
    if (one === null) return null;
    at = one.next;
    if (one.data !== null && isPubkey(one.data)) {
      keys += 1;
      continue;
    }
    const declared = scriptNumber(one.opcode, one.data);
    if (declared === null || declared !== keys || required > keys || required < 1) return null;
    return at + 1 === script.length ? { kind: 'multisig', required, keys } : null;
  }
}

/** Standard form of an output script (reference: script/solver.cpp). */
export function outputForm(script: Uint8Array): OutputForm {
  if (isPayToScriptHash(script)) return { kind: 'scripthash' };
  const witness = witnessProgram(script);
  if (witness !== null) {
    const { version, program } = witness;
    if (version === 0) return { kind: program.length === 20 || program.length === 32 ? 'witness' : 'nonstandard' };
    if (version === 1 && program.length === 32) return { kind: 'witness' };
    return { kind: isPayToAnchor(script) ? 'anchor' : 'witness-unknown' };
  }
  if (script[0] === OP.OP_RETURN && isPushOnly(script.subarray(1))) return { kind: 'nulldata' };
  const size = script[0] ?? 0;
  if ((size === 33 || size === 65) && script.length === size + 2 && script[size + 1] === OP.OP_CHECKSIG && isPubkey(script.subarray(1, 1 + size))) return { kind: 'pubkey' };
  if (script.length === 25 && script[0] === OP.OP_DUP && script[1] === OP.OP_HASH160 && script[2] === 20 && script[23] === OP.OP_EQUALVERIFY && script[24] === OP.OP_CHECKSIG) {
    return { kind: 'pubkeyhash' };
  }
  return multisig(script) ?? { kind: 'nonstandard' };
}
