import type { TxFields, TxOut } from '../primitives/transaction.ts';
import { isUnspendable, witnessProgram } from '../script/script.ts';
import { compactSizeLength } from '../util/writer.ts';
import { feeAtRate } from './feerate.ts';

/** Bytes of an input that spends a witness output, its witness discounted; and of one with a signature and key in its script. */
const WITNESS_INPUT = 32 + 4 + 1 + Math.floor(107 / 4) + 4;
const LEGACY_INPUT = 32 + 4 + 1 + 107 + 4;

/** Smallest value in satoshi at which an output is worth its own spending at `dustFeerate` (sat/kvB). */
export function dustThreshold(output: TxOut, dustFeerate: number): number {
  const script = output.scriptPubKey;
  if (isUnspendable(script)) return 0;
  const size = 8 + compactSizeLength(script.length) + script.length;
  return feeAtRate(dustFeerate, size + (witnessProgram(script) !== null ? WITNESS_INPUT : LEGACY_INPUT));
}

export function isDust(output: TxOut, dustFeerate: number): boolean {
  return output.value < dustThreshold(output, dustFeerate);
}

/** Positions of the dust outputs. */
export function dustOutputs(tx: TxFields, dustFeerate: number): number[] {
  const found: number[] = [];
  tx.outputs.forEach((output, i) => { if (isDust(output, dustFeerate)) found.push(i); });
  return found;
}
