import type { TxOut } from '../../primitives/transaction.ts';
import { type ExecutionData, type SignatureChecker, type SigVersion, TransactionSignatureChecker } from '../interpreter/checker.ts';
import { type ScriptError, scriptErrorText } from '../interpreter/script-error.ts';
import { ANNEX_TAG, TAPROOT_LEAF_MASK, TAPROOT_LEAF_TAPSCRIPT, verifyScript } from '../interpreter/verify-script.ts';
import type { Transaction } from '../../primitives/transaction.ts';
import { OP } from '../opcodes.ts';
import { instructions, isPayToScriptHash, witnessProgram } from '../script.ts';
import { PrecomputedTxData, SIGHASH_ALL } from '../sighash.ts';
import {
  MANDATORY_SCRIPT_VERIFY_FLAGS, SCRIPT_VERIFY_CLEANSTACK, SCRIPT_VERIFY_CONST_SCRIPTCODE, SCRIPT_VERIFY_DISCOURAGE_OP_SUCCESS,
  SCRIPT_VERIFY_DISCOURAGE_UPGRADABLE_NOPS, SCRIPT_VERIFY_DISCOURAGE_UPGRADABLE_PUBKEYTYPE, SCRIPT_VERIFY_DISCOURAGE_UPGRADABLE_TAPROOT_VERSION,
  SCRIPT_VERIFY_DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM, SCRIPT_VERIFY_LOW_S, SCRIPT_VERIFY_MINIMALDATA, SCRIPT_VERIFY_MINIMALIF, SCRIPT_VERIFY_NULLFAIL,
  SCRIPT_VERIFY_STRICTENC,
} from '../verify-flags.ts';

/** Breaking one of these makes a signature invalid: consensus, and the "required rules" of BIP 322. */
const REQUIRED = MANDATORY_SCRIPT_VERIFY_FLAGS | SCRIPT_VERIFY_CONST_SCRIPTCODE | SCRIPT_VERIFY_LOW_S | SCRIPT_VERIFY_STRICTENC | SCRIPT_VERIFY_NULLFAIL
  | SCRIPT_VERIFY_MINIMALDATA | SCRIPT_VERIFY_CLEANSTACK | SCRIPT_VERIFY_MINIMALIF;
/** What a later soft fork may give a meaning: nobody can say yet what a signature with it proves. BIP 322 names the first two; taproot's own kin of them are alike. */
const UPGRADABLE = SCRIPT_VERIFY_DISCOURAGE_UPGRADABLE_NOPS | SCRIPT_VERIFY_DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM
  | SCRIPT_VERIFY_DISCOURAGE_UPGRADABLE_TAPROOT_VERSION | SCRIPT_VERIFY_DISCOURAGE_OP_SUCCESS | SCRIPT_VERIFY_DISCOURAGE_UPGRADABLE_PUBKEYTYPE;

/** What a run of the scripts says of the message. */
export type ScriptVerdict =
  | { readonly outcome: 'good' }
  /** `detail`: what the interpreter says. */
  | { readonly outcome: 'upgradable' | 'script'; readonly detail: string }
  | { readonly outcome: 'hash-type' | 'code-separator' };

/** Checks signatures as the network does, and takes none that does not sign everything. */
class WholeSignatureChecker implements SignatureChecker {
  private readonly inner: SignatureChecker;
  /** A signature signed less than all. */
  partial = false;

  constructor(inner: SignatureChecker) {
    this.inner = inner;
  }

  checkEcdsa(signature: Uint8Array, pubkey: Uint8Array, scriptCode: Uint8Array, version: SigVersion): boolean {
    if (signature.length > 0 && signature[signature.length - 1] !== SIGHASH_ALL) {
      this.partial = true;
      return false;
    }
    return this.inner.checkEcdsa(signature, pubkey, scriptCode, version);
  }

  checkSchnorr(signature: Uint8Array, pubkey: Uint8Array, version: SigVersion, exec: ExecutionData): ScriptError | null {
    if (signature.length === 65 && signature[64] !== SIGHASH_ALL) {
      this.partial = true;
      return 'SCHNORR_SIG_HASHTYPE';
    }
    return this.inner.checkSchnorr(signature, pubkey, version, exec);
  }

  checkLocktime(locktime: number): boolean { return this.inner.checkLocktime(locktime); }
  checkSequence(sequence: number): boolean { return this.inner.checkSequence(sequence); }
}

/** The script in a witness that was run; null where a key alone signed. */
function witnessScriptOf(scriptPubKey: Uint8Array, scriptSig: Uint8Array, witness: readonly Uint8Array[]): Uint8Array | null {
  let native = true;
  let program = witnessProgram(scriptPubKey);
  if (program === null && isPayToScriptHash(scriptPubKey)) {
    native = false;
    const redeem = [...instructions(scriptSig)].at(-1)?.data ?? null;
    program = redeem === null ? null : witnessProgram(redeem);
  }
  if (program?.program.length !== 32) return null;
  if (program.version === 0) return witness.at(-1) ?? null;
  if (program.version !== 1 || !native) return null;
  const stack = witness.length >= 2 && witness.at(-1)?.[0] === ANNEX_TAG ? witness.slice(0, -1) : witness;
  const leafVersion = (stack.at(-1)?.[0] ?? 0) & TAPROOT_LEAF_MASK;
  return stack.length >= 2 && leafVersion === TAPROOT_LEAF_TAPSCRIPT ? stack.at(-2) ?? null : null;
}

/** The interpreter's own rule knows scripts outside of witnesses only; BIP 322 forbids it in all. As there, a branch that is not run counts. */
function separatesCode(script: Uint8Array | null): boolean {
  if (script === null) return false;
  for (const { opcode } of instructions(script)) if (opcode === OP.OP_CODESEPARATOR) return true;
  return false;
}

/** Runs the scripts of one input. @param coin the output that it spends */
function runInput(tx: Transaction, index: number, coin: TxOut, data: PrecomputedTxData): ScriptVerdict {
  const input = tx.inputs[index];
  if (input === undefined) return { outcome: 'script', detail: '' };
  const run = (flags: number): { error: ScriptError | null; partial: boolean } => {
    const checker = new WholeSignatureChecker(new TransactionSignatureChecker(tx, index, coin.value, data));
    return { error: verifyScript(input.scriptSig, coin.scriptPubKey, input.witness, flags, checker), partial: checker.partial };
  };
  let { error, partial } = run(REQUIRED | UPGRADABLE);
  let upgradable: ScriptError | null = null;
  if (error?.startsWith('DISCOURAGE_') === true) {
    // What comes behind the first such thing may still break a rule.
    upgradable = error;
    ({ error, partial } = run(REQUIRED));
  }
  if (partial) return { outcome: 'hash-type' };
  if (error !== null) return { outcome: 'script', detail: scriptErrorText(error) };
  if (separatesCode(witnessScriptOf(coin.scriptPubKey, input.scriptSig, input.witness))) return { outcome: 'code-separator' };
  return upgradable === null ? { outcome: 'good' } : { outcome: 'upgradable', detail: scriptErrorText(upgradable) };
}

/** Runs the scripts of a transaction that signs a message under the rules of BIP 322: what is wrong comes before what is open. @param spent output that each input spends */
export function runMessageScripts(toSign: Transaction, spent: readonly TxOut[]): ScriptVerdict {
  const data = new PrecomputedTxData(toSign, spent);
  let open: ScriptVerdict | null = null;
  for (const [index, coin] of spent.entries()) {
    const verdict = runInput(toSign, index, coin, data);
    if (verdict.outcome === 'upgradable') open ??= verdict;
    else if (verdict.outcome !== 'good') return verdict;
  }
  return open ?? { outcome: 'good' };
}
