import type { OutPoint } from '../../primitives/outpoint.ts';
import { NULL_VOUT } from '../../primitives/outpoint.ts';
import { Transaction, type TxOut } from '../../primitives/transaction.ts';
import { equalBytes, isAllZero, toKey } from '../../util/bytes.ts';
import type { Psbt, PsbtInput } from '../psbt/psbt.ts';
import { instructions, isPayToScriptHash, witnessProgram } from '../script.ts';

/** An output that a proof of funds shows control of. What it is worth is what the proof says: a chain must have it so. */
export interface ProvenOutput {
  readonly prevout: OutPoint;
  readonly output: TxOut;
}

/** The transaction in a proof of funds, and the outputs behind its inputs from the second on. */
export interface FundsProof {
  readonly tx: Transaction;
  readonly proven: readonly ProvenOutput[];
}

/** Whether a signature of the input commits to the value that it spends, so that the output alone is proof enough of it. */
function spendsWitness(input: PsbtInput, { scriptPubKey }: TxOut): boolean {
  if (witnessProgram(scriptPubKey) !== null) return true;
  if (!isPayToScriptHash(scriptPubKey)) return false;
  const redeem = [...instructions(input.finalScriptSig)].at(-1)?.data ?? null;
  return redeem !== null && witnessProgram(redeem) !== null;
}

/**
 * Takes a proof of funds apart (BIP 322, "Full (Proof of Funds)"). What its first input spends is not looked up in it: that is the message's
 * own. `wrong`: it cannot be a transaction; `no-output`: an output that it spends is not in it.
 */
export function readFundsProof(psbt: Psbt): FundsProof | 'wrong' | 'no-output' {
  const unsigned = psbt.unsignedTransaction();
  if (unsigned === null) return 'wrong';
  const inputs = unsigned.inputs.map((input, i) => ({ ...input, scriptSig: psbt.inputs[i]?.finalScriptSig ?? input.scriptSig, witness: psbt.inputs[i]?.finalScriptWitness ?? input.witness }));
  const tx = new Transaction({ version: unsigned.version, inputs, outputs: unsigned.outputs, locktime: unsigned.locktime });
  const seen = new Set<string>();
  const proven: ProvenOutput[] = [];
  /** Whole transactions, which stand at the first input that spends of them. */
  const whole = new Map<string, Transaction>();
  for (const [i, input] of psbt.inputs.entries()) {
    const { prevout, nonWitnessUtxo } = input;
    const txid = toKey(prevout.txid);
    const id = `${txid}:${prevout.vout}`;
    if (seen.has(id) || (prevout.vout === NULL_VOUT && isAllZero(prevout.txid))) return 'wrong';
    seen.add(id);
    if (nonWitnessUtxo !== null && !whole.has(txid) && equalBytes(nonWitnessUtxo.txid, prevout.txid)) whole.set(txid, nonWitnessUtxo);
    if (i === 0) continue;
    let output = whole.get(txid)?.outputs[prevout.vout] ?? null;
    if (output === null && input.witnessUtxo !== null && spendsWitness(input, input.witnessUtxo)) output = input.witnessUtxo;
    if (output === null || output.value < 0 || !Number.isSafeInteger(output.value)) return 'no-output';
    proven.push({ prevout, output });
  }
  return { tx, proven };
}
