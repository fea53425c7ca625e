import type { Transaction, TxOut } from '../primitives/transaction.ts';
import { evaluateScript } from '../script/interpreter/evaluate.ts';
import { scriptErrorText, type ScriptError } from '../script/interpreter/script-error.ts';
import type { SignatureChecker } from '../script/interpreter/checker.ts';
import { ANNEX_TAG, TAPROOT_LEAF_MASK, TAPROOT_LEAF_TAPSCRIPT } from '../script/interpreter/verify-script.ts';
import { isPayToAnchor, isPayToScriptHash, isPushOnly, witnessProgram } from '../script/script.ts';
import { countSigOps, p2shSigOps } from '../script/sigops.ts';
import { SCRIPT_VERIFY_NONE } from '../script/verify-flags.ts';
import { dustOutputs } from './dust.ts';
import {
  MAX_DUST_OUTPUTS_PER_TX, MAX_P2SH_SIGOPS, MAX_STANDARD_P2WSH_SCRIPT_SIZE, MAX_STANDARD_P2WSH_STACK_ITEM_SIZE, MAX_STANDARD_P2WSH_STACK_ITEMS,
  MAX_STANDARD_SCRIPTSIG_SIZE, MAX_STANDARD_TAPSCRIPT_STACK_ITEM_SIZE, MAX_STANDARD_TX_WEIGHT, MAX_TX_LEGACY_SIGOPS, TX_MAX_STANDARD_VERSION,
  TX_MIN_STANDARD_VERSION,
} from './limits.ts';
import { outputForm } from './output-form.ts';

export interface StandardOptions {
  /** Bytes of all data outputs together; null: none are relayed. */
  readonly maxDatacarrierBytes: number | null;
  readonly permitBareMultisig: boolean;
  /** sat/kvB. */
  readonly dustFeerate: number;
}

function isStandardOutput(script: Uint8Array): boolean {
  const form = outputForm(script);
  if (form.kind === 'nonstandard') return false;
  return form.kind !== 'multisig' || (form.keys <= 3 && form.required <= form.keys);
}

/** Why a transaction is not standard by itself (reject reason); null where it is. */
export function nonStandardReason(tx: Transaction, options: StandardOptions): string | null {
  if (tx.version > TX_MAX_STANDARD_VERSION || tx.version < TX_MIN_STANDARD_VERSION) return 'version';
  if (tx.weight > MAX_STANDARD_TX_WEIGHT) return 'tx-size';
  for (const { scriptSig } of tx.inputs) {
    if (scriptSig.length > MAX_STANDARD_SCRIPTSIG_SIZE) return 'scriptsig-size';
    if (!isPushOnly(scriptSig)) return 'scriptsig-not-pushonly';
  }
  let dataLeft = options.maxDatacarrierBytes ?? 0;
  for (const { scriptPubKey } of tx.outputs) {
    if (!isStandardOutput(scriptPubKey)) return 'scriptpubkey';
    const { kind } = outputForm(scriptPubKey);
    if (kind === 'nulldata') {
      if (scriptPubKey.length > dataLeft) return 'datacarrier';
      dataLeft -= scriptPubKey.length;
    } else if (kind === 'multisig' && !options.permitBareMultisig) {
      return 'bare-multisig';
    }
  }
  return dustOutputs(tx, options.dustFeerate).length > MAX_DUST_OUTPUTS_PER_TX ? 'dust' : null;
}

/** No signature is good: what is run here only pushes. */
const NO_SIGNATURES: SignatureChecker = {
  checkEcdsa: () => false,
  checkSchnorr: () => 'SCHNORR_SIG' as ScriptError,
  checkLocktime: () => false,
  checkSequence: () => false,
};

function stackOf(scriptSig: Uint8Array): { stack: Uint8Array[]; error: ScriptError | null } {
  const stack: Uint8Array[] = [];
  const exec = { annex: null, leafHash: new Uint8Array(32), codeSeparatorPosition: 0xffffffff, validationWeightLeft: 0 };
  const error = evaluateScript(stack, scriptSig, SCRIPT_VERIFY_NONE, NO_SIGNATURES, 'base', exec);
  return { stack, error };
}

/** Debug text where an input is not standard; null where all are. `spent`: the outputs spent, in input order. */
export function nonStandardInput(tx: Transaction, spent: readonly TxOut[]): string | null {
  let sigops = 0;
  for (let i = 0; i < tx.inputs.length; i++) {
    const scriptSig = tx.inputs[i]?.scriptSig ?? new Uint8Array(0);
    const script = spent[i]?.scriptPubKey ?? new Uint8Array(0);
    sigops += countSigOps(scriptSig, true) + p2shSigOps(script, scriptSig);
    if (sigops > MAX_TX_LEGACY_SIGOPS) return 'non-witness sigops exceed bip54 limit';
  }
  for (let i = 0; i < tx.inputs.length; i++) {
    const { kind } = outputForm(spent[i]?.scriptPubKey ?? new Uint8Array(0));
    if (kind === 'nonstandard') return `input ${i} script unknown`;
    if (kind === 'witness-unknown') return `input ${i} witness program is undefined`;
    if (kind !== 'scripthash') continue;
    const { stack, error } = stackOf(tx.inputs[i]?.scriptSig ?? new Uint8Array(0));
    if (error !== null) return `p2sh scriptsig malformed (input ${i}: ${scriptErrorText(error)})`;
    const redeem = stack[stack.length - 1];
    if (redeem === undefined) return `input ${i} P2SH redeemscript missing`;
    const count = countSigOps(redeem, true);
    if (count > MAX_P2SH_SIGOPS) return `p2sh redeemscript sigops exceed limit (input ${i}: ${count} > ${MAX_P2SH_SIGOPS})`;
  }
  return null;
}

/** Whether no input has a witness beyond what is usual for what it spends. */
export function isWitnessStandard(tx: Transaction, spent: readonly TxOut[]): boolean {
  return tx.inputs.every((input, i) => input.witness.length === 0 || isInputWitnessStandard(input.scriptSig, input.witness, spent[i]?.scriptPubKey ?? new Uint8Array(0)));
}

function isInputWitnessStandard(scriptSig: Uint8Array, witness: readonly Uint8Array[], output: Uint8Array): boolean {
  if (isPayToAnchor(output)) return false;
  let script = output;
  const p2sh = isPayToScriptHash(output);
  if (p2sh) {
    const { stack, error } = stackOf(scriptSig);
    const redeem = stack[stack.length - 1];
    if (error !== null || redeem === undefined) return false;
    script = redeem;
  }
  const program = witnessProgram(script);
  if (program === null) return false;
  if (program.version === 0 && program.program.length === 32) {
    const items = witness.slice(0, -1);
    if ((witness[witness.length - 1]?.length ?? 0) > MAX_STANDARD_P2WSH_SCRIPT_SIZE) return false;
    return items.length <= MAX_STANDARD_P2WSH_STACK_ITEMS && items.every((item) => item.length <= MAX_STANDARD_P2WSH_STACK_ITEM_SIZE);
  }
  if (program.version === 1 && program.program.length === 32 && !p2sh) {
    if (witness.length < 2) return true;
    if (witness[witness.length - 1]?.[0] === ANNEX_TAG) return false;
    const leaf = witness[witness.length - 1]?.[0];
    if (leaf === undefined) return false;
    if ((leaf & TAPROOT_LEAF_MASK) !== TAPROOT_LEAF_TAPSCRIPT) return true;
    return witness.slice(0, -2).every((item) => item.length <= MAX_STANDARD_TAPSCRIPT_STACK_ITEM_SIZE);
  }
  return true;
}

/** Whether an input spends a witness program other than an anchor: without a witness, such a spend was stripped of it. */
export function spendsNonAnchorWitness(tx: Transaction, spent: readonly TxOut[]): boolean {
  return tx.inputs.some((input, i) => {
    const script = spent[i]?.scriptPubKey ?? new Uint8Array(0);
    if (witnessProgram(script) !== null && !isPayToAnchor(script)) return true;
    if (!isPayToScriptHash(script)) return false;
    const { stack, error } = stackOf(input.scriptSig);
    const redeem = stack[stack.length - 1];
    return error === null && redeem !== undefined && witnessProgram(redeem) !== null;
  });
}
