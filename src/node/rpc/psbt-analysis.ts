import { perKilo } from '../../policy/feerate.ts';
import { DEFAULT_BYTES_PER_SIGOP, virtualSize } from '../../policy/limits.ts';
import { Transaction } from '../../primitives/transaction.ts';
import type { Psbt } from '../../script/psbt/psbt.ts';
import { isSignedAndVerified, psbtTxData, signPsbtInput } from '../../script/psbt/sign.ts';
import { isUnspendable } from '../../script/script.ts';
import { transactionSigOpCost } from '../../script/sigops.ts';
import { SignatureData } from '../../script/signature-data.ts';
import { SigningProvider } from '../../script/signing-provider.ts';
import { STANDARD_SCRIPT_VERIFY_FLAGS } from '../../script/verify-flags.ts';

/** Whose turn it is, in the order in which a PSBT goes through their hands. */
const ROLES = ['creator', 'updater', 'signer', 'finalizer', 'extractor'] as const;
export type PsbtRole = (typeof ROLES)[number];

const MAX_MONEY = 2_100_000_000_000_000;
const inMoneyRange = (sat: number): boolean => sat >= 0 && sat <= MAX_MONEY;

export interface PsbtInputAnalysis {
  readonly hasUtxo: boolean;
  readonly isFinal: boolean;
  readonly next: PsbtRole;
  /** What stands in the way; null where nothing does. */
  readonly missing: SignatureData | null;
}

export interface PsbtAnalysis {
  readonly inputs: readonly PsbtInputAnalysis[];
  readonly next: PsbtRole;
  /** Virtual bytes of the signed transaction. */
  readonly vsize: number | null;
  /** sat/kvB */
  readonly feerate: number | null;
  readonly fee: number | null;
  /** '' where it is valid. */
  readonly error: string;
}

function faulty(error: string): PsbtAnalysis {
  return { inputs: [], next: 'creator', vsize: null, feerate: null, fee: null, error };
}

function analyzeInput(psbt: Psbt, index: number, txData: NonNullable<ReturnType<typeof psbtTxData>>, hasUtxo: boolean): PsbtInputAnalysis {
  if (isSignedAndVerified(psbt, index, txData)) return { hasUtxo, isFinal: true, next: 'extractor', missing: null };
  const missing = new SignatureData();
  const fault = signPsbtInput(new SigningProvider(), psbt, index, txData, {}, missing);
  if (fault === null) return { hasUtxo, isFinal: false, next: 'finalizer', missing: null };
  const onlySignatures = missing.missingPubkeys.length === 0 && missing.missingRedeemScript === null && missing.missingWitnessScript === null && missing.missingSignatures.length > 0;
  return { hasUtxo, isFinal: false, next: onlySignatures ? 'signer' : 'updater', missing };
}

/** Size of the transaction once it is signed, from signatures of the right size; null where something else is missing. Changes the PSBT. */
function signedVsize(psbt: Psbt): number | null {
  const nobody = new SigningProvider();
  for (const i of psbt.inputs.keys()) if (signPsbtInput(nobody, psbt, i, null) !== null) return null;
  const tx = psbt.unsignedTransaction();
  if (tx === null) return null;
  const signed = new Transaction({
    version: tx.version, outputs: tx.outputs, locktime: tx.locktime,
    inputs: tx.inputs.map((input, i) => ({ ...input, scriptSig: psbt.inputs[i]?.finalScriptSig ?? input.scriptSig, witness: psbt.inputs[i]?.finalScriptWitness ?? input.witness })),
  });
  const cost = transactionSigOpCost(signed, (i) => psbt.inputs[i]?.utxo?.scriptPubKey ?? new Uint8Array(0), STANDARD_SCRIPT_VERIFY_FLAGS);
  return virtualSize(signed.weight, cost, DEFAULT_BYTES_PER_SIGOP);
}

/** What a PSBT lacks, and who should have it next. Changes the PSBT. */
export function analyzePsbt(psbt: Psbt): PsbtAnalysis {
  const txData = psbtTxData(psbt);
  if (txData === null) return faulty('PSBT cannot be made into a valid transaction');
  const inputs: PsbtInputAnalysis[] = [];
  let totalIn = 0;
  let allKnown = true;
  for (const [i, input] of psbt.inputs.entries()) {
    const { utxo } = input;
    if (utxo !== null) {
      if (!inMoneyRange(utxo.value) || !inMoneyRange(totalIn + utxo.value)) return faulty(`PSBT is not valid. Input ${i} has invalid value`);
      totalIn += utxo.value;
      if (isUnspendable(utxo.scriptPubKey)) return faulty(`PSBT is not valid. Input ${i} spends unspendable output`);
    } else {
      if (input.nonWitnessUtxo !== null && input.prevOut >= input.nonWitnessUtxo.outputs.length) return faulty(`PSBT is not valid. Input ${i} specifies invalid prevout`);
      allKnown = false;
    }
    inputs.push(analyzeInput(psbt, i, txData, utxo !== null));
  }
  const next = ROLES[Math.min(ROLES.length - 1, ...inputs.map((input) => ROLES.indexOf(input.next)))] ?? 'extractor';
  if (!allKnown) return { inputs, next, vsize: null, feerate: null, fee: null, error: '' };
  let totalOut = 0;
  for (const { amount } of psbt.outputs) {
    if (!inMoneyRange(amount) || !inMoneyRange(totalOut + amount)) return faulty('PSBT is not valid. Output amount invalid');
    totalOut += amount;
  }
  const fee = totalIn - totalOut;
  const vsize = signedVsize(psbt);
  return { inputs, next, vsize, fee, feerate: vsize === null ? null : perKilo({ fee, size: vsize }), error: '' };
}
