import type { Transaction } from '../primitives/transaction.ts';
import { OP } from './opcodes.ts';
import { isPayToScriptHash, isPushOnly, MAX_PUBKEYS_PER_MULTISIG, readInstruction, witnessProgram } from './script.ts';
import { SCRIPT_VERIFY_P2SH, SCRIPT_VERIFY_WITNESS } from './verify-flags.ts';

/** Signature operations of a script; `accurate` counts OP_CHECKMULTISIG by the number in front of it. */
export function countSigOps(script: Uint8Array, accurate: boolean): number {
  let n = 0;
  let last: number = OP.OP_INVALIDOPCODE;
  for (let at = 0; at < script.length;) {
    const one = readInstruction(script, at);
    if (one === null) break;
    if (one.opcode === OP.OP_CHECKSIG || one.opcode === OP.OP_CHECKSIGVERIFY) n += 1;
    else if (one.opcode === OP.OP_CHECKMULTISIG || one.opcode === OP.OP_CHECKMULTISIGVERIFY) {
      n += accurate && last >= OP.OP_1 && last <= OP.OP_16 ? last - 0x50 : MAX_PUBKEYS_PER_MULTISIG;
    }
    last = one.opcode;
    at = one.next;
  }
  return n;
}

/** The last push of a push-only script; null where it is not push-only or empty. */
export function lastPush(script: Uint8Array): Uint8Array | null {
  let data: Uint8Array | null = null;
  for (let at = 0; at < script.length;) {
    const one = readInstruction(script, at);
    if (one === null || one.opcode > OP.OP_16) return null;
    data = one.data ?? new Uint8Array(0);
    at = one.next;
  }
  return data;
}

/** Signature operations that a P2SH input runs. */
export function p2shSigOps(scriptPubKey: Uint8Array, scriptSig: Uint8Array): number {
  if (!isPayToScriptHash(scriptPubKey)) return countSigOps(scriptPubKey, true);
  const redeem = lastPush(scriptSig);
  return redeem === null ? 0 : countSigOps(redeem, true);
}

/** Signature operations in the scripts of a transaction itself, without its inputs' outputs. */
export function legacySigOps(tx: Transaction): number {
  let n = 0;
  for (const input of tx.inputs) n += countSigOps(input.scriptSig, false);
  for (const output of tx.outputs) n += countSigOps(output.scriptPubKey, false);
  return n;
}

function witnessProgramSigOps(version: number, program: Uint8Array, witness: readonly Uint8Array[]): number {
  if (version !== 0) return 0;
  if (program.length === 20) return 1;
  const script = witness[witness.length - 1];
  return program.length === 32 && script !== undefined ? countSigOps(script, true) : 0;
}

/** Signature operations of an input's witness (BIP 141). */
export function witnessSigOps(scriptSig: Uint8Array, scriptPubKey: Uint8Array, witness: readonly Uint8Array[], flags: number): number {
  if ((flags & SCRIPT_VERIFY_WITNESS) === 0) return 0;
  const direct = witnessProgram(scriptPubKey);
  if (direct !== null) return witnessProgramSigOps(direct.version, direct.program, witness);
  if (isPayToScriptHash(scriptPubKey) && isPushOnly(scriptSig)) {
    const redeem = lastPush(scriptSig);
    const nested = redeem === null ? null : witnessProgram(redeem);
    if (nested !== null) return witnessProgramSigOps(nested.version, nested.program, witness);
  }
  return 0;
}

/** Cost of a transaction's signature operations: legacy and P2SH ones count four times (BIP 141). `scriptOf` gives an input's output script. */
export function transactionSigOpCost(tx: Transaction, scriptOf: (input: number) => Uint8Array, flags: number): number {
  let cost = legacySigOps(tx) * 4;
  if (tx.isCoinbase) return cost;
  for (let i = 0; i < tx.inputs.length; i++) {
    const input = tx.inputs[i];
    if (input === undefined) break;
    const scriptPubKey = scriptOf(i);
    if ((flags & SCRIPT_VERIFY_P2SH) !== 0 && isPayToScriptHash(scriptPubKey)) cost += p2shSigOps(scriptPubKey, input.scriptSig) * 4;
    cost += witnessSigOps(input.scriptSig, scriptPubKey, input.witness, flags);
  }
  return cost;
}
