import { sha256 } from '../../crypto/hash.ts';
import { taggedHash } from '../../crypto/tagged-hash.ts';
import { xonlyAddTweak } from '../../crypto/secp256k1.ts';
import { compareBytes, concatBytes, equalBytes } from '../../util/bytes.ts';
import { Writer } from '../../util/writer.ts';
import { OP } from '../opcodes.ts';
import { castToBool } from '../script-num.ts';
import {
  buildScript, isPayToAnchor, isPayToScriptHash, isPushOnly, MAX_SCRIPT_ELEMENT_SIZE, MAX_STACK_SIZE, pushData, witnessProgram,
} from '../script.ts';
import {
  SCRIPT_VERIFY_CLEANSTACK, SCRIPT_VERIFY_DISCOURAGE_UPGRADABLE_TAPROOT_VERSION, SCRIPT_VERIFY_DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM,
  SCRIPT_VERIFY_P2SH, SCRIPT_VERIFY_SIGPUSHONLY, SCRIPT_VERIFY_TAPROOT, SCRIPT_VERIFY_WITNESS,
} from '../verify-flags.ts';
import type { ExecutionData, SignatureChecker, SigVersion } from './checker.ts';
import { evaluateScript, scanTapscript } from './evaluate.ts';
import type { ScriptError } from './script-error.ts';

export const TAPROOT_LEAF_MASK = 0xfe;
export const TAPROOT_LEAF_TAPSCRIPT = 0xc0;
export const ANNEX_TAG = 0x50;
const CONTROL_BASE_SIZE = 33;
const CONTROL_NODE_SIZE = 32;
const CONTROL_MAX_NODES = 128;
/** Head start of a tapscript's signature budget (BIP 342). */
const VALIDATION_WEIGHT_OFFSET = 50;

function newExecution(): ExecutionData {
  return { annex: null, leafHash: new Uint8Array(0), codeSeparatorPosition: 0xffffffff, validationWeightLeft: 0 };
}

/** Hash of a leaf of a taproot tree. */
export function tapLeafHash(leafVersion: number, script: Uint8Array): Uint8Array {
  return taggedHash('TapLeaf', new Writer(script.length + 8).u8(leafVersion).varBytes(script).finish());
}

/** Hash of a branch over two nodes, in either order. */
export function tapBranchHash(a: Uint8Array, b: Uint8Array): Uint8Array {
  return compareBytes(a, b) <= 0 ? taggedHash('TapBranch', a, b) : taggedHash('TapBranch', b, a);
}

/** Tweak of an internal key; `merkleRoot` null for a key path only output. */
export function tapTweakHash(internalKey: Uint8Array, merkleRoot: Uint8Array | null): Uint8Array {
  return merkleRoot === null ? taggedHash('TapTweak', internalKey) : taggedHash('TapTweak', internalKey, merkleRoot);
}

function verifyTaprootCommitment(control: Uint8Array, program: Uint8Array, leafHash: Uint8Array): boolean {
  let node = leafHash;
  for (let at = CONTROL_BASE_SIZE; at < control.length; at += CONTROL_NODE_SIZE) node = tapBranchHash(node, control.subarray(at, at + CONTROL_NODE_SIZE));
  const internal = control.slice(1, 33);
  const output = xonlyAddTweak(internal, tapTweakHash(internal, node));
  return output !== null && output.parity === ((control[0] as number) & 1) && equalBytes(output.xonly, program);
}

function runWitnessScript(
  stack: Uint8Array[], script: Uint8Array, flags: number, version: SigVersion, checker: SignatureChecker, exec: ExecutionData,
): ScriptError | null {
  if (version === 'tapscript') {
    const scan = scanTapscript(script, flags);
    if (scan === 'success') return null;
    if (scan !== 'run') return scan;
    if (stack.length > MAX_STACK_SIZE) return 'STACK_SIZE';
  }
  for (const item of stack) if (item.length > MAX_SCRIPT_ELEMENT_SIZE) return 'PUSH_SIZE';
  const error = evaluateScript(stack, script, flags, checker, version, exec);
  if (error !== null) return error;
  if (stack.length !== 1) return 'CLEANSTACK';
  return castToBool(stack[0] as Uint8Array) ? null : 'EVAL_FALSE';
}

/** Bytes of a serialized witness stack. */
function witnessSize(witness: readonly Uint8Array[]): number {
  const w = new Writer(256).compactSize(witness.length);
  for (const item of witness) w.varBytes(item);
  return w.length;
}

function verifyTaproot(witness: readonly Uint8Array[], program: Uint8Array, flags: number, checker: SignatureChecker): ScriptError | null {
  if ((flags & SCRIPT_VERIFY_TAPROOT) === 0) return null;
  if (witness.length === 0) return 'WITNESS_PROGRAM_WITNESS_EMPTY';
  const stack = [...witness];
  const exec = newExecution();
  const last = stack[stack.length - 1] as Uint8Array;
  if (stack.length >= 2 && last.length > 0 && last[0] === ANNEX_TAG) {
    exec.annex = last;
    stack.pop();
  }
  if (stack.length === 1) return checker.checkSchnorr(stack[0] as Uint8Array, program, 'taproot', exec);
  const control = stack.pop() as Uint8Array;
  const script = stack.pop() as Uint8Array;
  const nodes = (control.length - CONTROL_BASE_SIZE) / CONTROL_NODE_SIZE;
  if (nodes < 0 || nodes > CONTROL_MAX_NODES || !Number.isInteger(nodes)) return 'TAPROOT_WRONG_CONTROL_SIZE';
  const leafVersion = (control[0] as number) & TAPROOT_LEAF_MASK;
  exec.leafHash = tapLeafHash(leafVersion, script);
  if (!verifyTaprootCommitment(control, program, exec.leafHash)) return 'WITNESS_PROGRAM_MISMATCH';
  if (leafVersion === TAPROOT_LEAF_TAPSCRIPT) {
    exec.validationWeightLeft = witnessSize(witness) + VALIDATION_WEIGHT_OFFSET;
    return runWitnessScript(stack, script, flags, 'tapscript', checker, exec);
  }
  return (flags & SCRIPT_VERIFY_DISCOURAGE_UPGRADABLE_TAPROOT_VERSION) !== 0 ? 'DISCOURAGE_UPGRADABLE_TAPROOT_VERSION' : null;
}

function verifyWitnessProgram(
  witness: readonly Uint8Array[], version: number, program: Uint8Array, flags: number, checker: SignatureChecker, isP2sh: boolean,
): ScriptError | null {
  if (version === 0) {
    if (program.length === 32) {
      const script = witness[witness.length - 1];
      if (script === undefined) return 'WITNESS_PROGRAM_WITNESS_EMPTY';
      if (!equalBytes(sha256(script), program)) return 'WITNESS_PROGRAM_MISMATCH';
      return runWitnessScript(witness.slice(0, -1), script, flags, 'witness-v0', checker, newExecution());
    }
    if (program.length === 20) {
      if (witness.length !== 2) return 'WITNESS_PROGRAM_MISMATCH';
      const script = buildScript(OP.OP_DUP, OP.OP_HASH160, program, OP.OP_EQUALVERIFY, OP.OP_CHECKSIG);
      return runWitnessScript([...witness], script, flags, 'witness-v0', checker, newExecution());
    }
    return 'WITNESS_PROGRAM_WRONG_LENGTH';
  }
  if (version === 1 && program.length === 32 && !isP2sh) return verifyTaproot(witness, program, flags, checker);
  if (!isP2sh && isPayToAnchor(concatBytes(Uint8Array.of(version + 0x50), pushData(program)))) return null;
  // Anything else is for a later soft fork to define.
  return (flags & SCRIPT_VERIFY_DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM) !== 0 ? 'DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM' : null;
}

/** Whether an input's scripts and witness may spend an output: null where they may. Pure, but for what `checker` remembers. */
export function verifyScript(
  scriptSig: Uint8Array, scriptPubKey: Uint8Array, witness: readonly Uint8Array[], flags: number, checker: SignatureChecker,
): ScriptError | null {
  if ((flags & SCRIPT_VERIFY_SIGPUSHONLY) !== 0 && !isPushOnly(scriptSig)) return 'SIG_PUSHONLY';
  let stack: Uint8Array[] = [];
  let error = evaluateScript(stack, scriptSig, flags, checker, 'base', newExecution());
  if (error !== null) return error;
  const afterSig = (flags & SCRIPT_VERIFY_P2SH) !== 0 ? [...stack] : [];
  error = evaluateScript(stack, scriptPubKey, flags, checker, 'base', newExecution());
  if (error !== null) return error;
  const topIsTrue = (): boolean => stack.length > 0 && castToBool(stack[stack.length - 1] as Uint8Array);
  if (!topIsTrue()) return 'EVAL_FALSE';

  const useWitness = (flags & SCRIPT_VERIFY_WITNESS) !== 0;
  let hadWitness = false;
  if (useWitness) {
    const program = witnessProgram(scriptPubKey);
    if (program !== null) {
      hadWitness = true;
      if (scriptSig.length !== 0) return 'WITNESS_MALLEATED';
      error = verifyWitnessProgram(witness, program.version, program.program, flags, checker, false);
      if (error !== null) return error;
      stack.length = 1; // The witness left exactly one item: the clean stack rule below must see it so.
    }
  }
  if ((flags & SCRIPT_VERIFY_P2SH) !== 0 && isPayToScriptHash(scriptPubKey)) {
    if (!isPushOnly(scriptSig)) return 'SIG_PUSHONLY';
    stack = afterSig;
    const redeem = stack.pop();
    // A push-only script that satisfied the hash left at least one item.
    if (redeem === undefined) return 'EVAL_FALSE';
    error = evaluateScript(stack, redeem, flags, checker, 'base', newExecution());
    if (error !== null) return error;
    if (!topIsTrue()) return 'EVAL_FALSE';
    const program = useWitness ? witnessProgram(redeem) : null;
    if (program !== null) {
      hadWitness = true;
      if (!equalBytes(scriptSig, pushData(redeem))) return 'WITNESS_MALLEATED_P2SH';
      error = verifyWitnessProgram(witness, program.version, program.program, flags, checker, true);
      if (error !== null) return error;
      stack.length = 1;
    }
  }
  if ((flags & SCRIPT_VERIFY_CLEANSTACK) !== 0 && stack.length !== 1) return 'CLEANSTACK';
  if (useWitness && !hadWitness && witness.length > 0) return 'WITNESS_UNEXPECTED';
  return null;
}
