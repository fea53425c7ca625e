import { hash160 } from '../../crypto/hash.ts';
import { NO_WITNESS, SEQUENCE_FINAL, Transaction, type TxOut } from '../../primitives/transaction.ts';
import { equalBytes, toKey } from '../../util/bytes.ts';
import { TransactionSignatureChecker } from '../interpreter/checker.ts';
import { verifyScript } from '../interpreter/verify-script.ts';
import { isPayToTaproot, witnessProgram } from '../script.ts';
import { PrecomputedTxData, SIGHASH_ALL, SIGHASH_ANYONECANPAY, SIGHASH_DEFAULT } from '../sighash.ts';
import { DUMMY_CREATOR, TransactionSignatureCreator } from '../signature-creator.ts';
import { leafKey, SignatureData } from '../signature-data.ts';
import { produceSignature } from '../sign.ts';
import { SigningProvider } from '../signing-provider.ts';
import { buildTaproot } from '../taproot.ts';
import { STANDARD_SCRIPT_VERIFY_FLAGS } from '../verify-flags.ts';
import { addMissing, mergeParticipantValues, type Psbt, type PsbtInput, type PsbtOutput } from './psbt.ts';

/** Why an input was not signed. */
export type PsbtSignFault = 'missing-inputs' | 'sighash-mismatch' | 'incomplete' | 'invalid-tx' | 'signer-not-found' | 'signer-failed';

/** The reference's texts. */
export const PSBT_FAULT_TEXTS: Readonly<Record<PsbtSignFault, string>> = {
  'missing-inputs': 'Inputs missing or spent',
  'sighash-mismatch': 'Specified sighash value does not match value stored in PSBT',
  incomplete: 'Input needs additional signatures or other data',
  'invalid-tx': 'The transaction cannot be valid',
  'signer-not-found': 'External signer not found',
  'signer-failed': 'External signer failed to sign',
};

/** What the input's records say, for signing. */
export function inputSignatureData(input: PsbtInput): SignatureData {
  const data = new SignatureData();
  data.scriptSig = input.finalScriptSig;
  data.scriptWitness = input.finalScriptWitness;
  data.complete = input.isFinal;
  if (data.complete) return data;
  addMissing(data.signatures, input.partialSignatures);
  data.redeemScript = input.redeemScript;
  data.witnessScript = input.witnessScript;
  for (const entry of input.keyPaths.values()) data.keys.set(toKey(hash160(entry.pubkey)), entry);
  if (input.tapKeySignature.length > 0) data.keyPathSignature = input.tapKeySignature;
  addMissing(data.leafSignatures, input.tapScriptSignatures);
  data.internalKey = input.tapInternalKey;
  data.merkleRoot = input.tapMerkleRoot;
  for (const { script, leafVersion, controlBlocks } of input.tapScripts.values()) data.addLeaf(script, leafVersion, controlBlocks.values());
  for (const [id, { xonly, leafHashes, origin }] of input.tapKeyPaths) data.taprootKeys.set(id, { xonly, leafHashes: new Map(leafHashes), origin });
  for (const kind of ['ripemd160', 'sha256', 'hash160', 'hash256'] as const) addMissing(data.preimages[kind], input.preimages[kind]);
  addMissing(data.participants, input.participants);
  mergeParticipantValues(data.nonces, input.nonces);
  mergeParticipantValues(data.partialSignatures, input.musigPartialSignatures);
  return data;
}

/** Puts what signing found into the input's records. */
function updateInput(input: PsbtInput, data: SignatureData): void {
  if (data.complete) {
    input.partialSignatures.clear();
    input.keyPaths.clear();
    input.redeemScript = new Uint8Array(0);
    input.witnessScript = new Uint8Array(0);
    if (data.scriptSig.length > 0) input.finalScriptSig = data.scriptSig;
    if (data.scriptWitness.length > 0) input.finalScriptWitness = data.scriptWitness;
    return;
  }
  addMissing(input.partialSignatures, data.signatures);
  if (input.redeemScript.length === 0) input.redeemScript = data.redeemScript;
  if (input.witnessScript.length === 0) input.witnessScript = data.witnessScript;
  for (const entry of data.keys.values()) if (!input.keyPaths.has(toKey(entry.pubkey))) input.keyPaths.set(toKey(entry.pubkey), entry);
  if (data.keyPathSignature !== null) input.tapKeySignature = data.keyPathSignature;
  addMissing(input.tapScriptSignatures, data.leafSignatures);
  if (data.internalKey !== null) input.tapInternalKey = data.internalKey;
  if (data.merkleRoot !== null) input.tapMerkleRoot = data.merkleRoot;
  for (const { script, leafVersion, controlBlocks } of data.leaves.values()) {
    const id = leafKey(script, leafVersion);
    if (!input.tapScripts.has(id)) input.tapScripts.set(id, { script, leafVersion, controlBlocks });
  }
  addMissing(input.tapKeyPaths, data.taprootKeys);
  addMissing(input.participants, data.participants);
  mergeParticipantValues(input.nonces, data.nonces);
  mergeParticipantValues(input.musigPartialSignatures, data.partialSignatures);
  for (const kind of ['ripemd160', 'sha256', 'hash160', 'hash256'] as const) addMissing(input.preimages[kind], data.preimages[kind]);
}

/** Hashes of the PSBT's transaction, for all of its inputs; null where it has no transaction. */
export function psbtTxData(psbt: Psbt): PrecomputedTxData | null {
  const tx = psbt.unsignedTransaction();
  if (tx === null) return null;
  const spent = psbt.inputs.flatMap((input) => input.utxo ?? []);
  return new PrecomputedTxData(tx, spent.length === psbt.inputs.length ? spent : null);
}

/** Whether the input's final scripts spend its output. */
export function isSignedAndVerified(psbt: Psbt, index: number, txData: PrecomputedTxData | null): boolean {
  const input = psbt.inputs[index];
  const utxo = input?.utxo ?? null;
  const tx = txData?.tx ?? psbt.unsignedTransaction();
  if (input === undefined || utxo === null || tx === null) return false;
  const checker = new TransactionSignatureChecker(tx, index, utxo.value, txData ?? new PrecomputedTxData(tx, null));
  return verifyScript(input.finalScriptSig, utxo.scriptPubKey, input.finalScriptWitness, STANDARD_SCRIPT_VERIFY_FLAGS, checker) === null;
}

export interface SignPsbtOptions {
  /** Hash type that the caller wants; the PSBT's own must be the same. */
  readonly hashType?: number | null;
  /** Make final scripts where that is possible. Default true. */
  readonly finalize?: boolean;
}

/** Hash type to sign with; null where what is in the PSBT goes against it. Notes an unusual one in the input. */
function chooseHashType(input: PsbtInput, utxo: TxOut, wanted: number | null): number | null {
  const taproot = isPayToTaproot(utxo.scriptPubKey);
  const type = wanted ?? (taproot ? SIGHASH_DEFAULT : SIGHASH_ALL);
  // For the user's safety, an unusual type must be asked for.
  if (input.sighashType !== null && input.sighashType !== type) return null;
  if (taproot ? type !== SIGHASH_DEFAULT : type !== SIGHASH_DEFAULT && type !== SIGHASH_ALL) input.sighashType = type;
  const schnorr = [...input.tapScriptSignatures.values()].map((entry) => entry.signature);
  if (input.tapKeySignature.length > 0) schnorr.push(input.tapKeySignature);
  if (type === SIGHASH_DEFAULT) return schnorr.every((signature) => signature.length === 64) ? type : null;
  const ecdsa = [...input.partialSignatures.values()].map((entry) => entry.signature);
  const fits = schnorr.every((s) => s.length === 65 && s[64] === (type & 0xff)) && ecdsa.every((s) => s[s.length - 1] === (type & 0xff));
  return fits ? type : null;
}

/**
 * Signs an input with what `keys` has, and fills in scripts, keys and origins that it knows.
 * @param txData of {@link psbtTxData}; null makes signatures that only have the right size
 * @param missing takes over what was missing
 * @returns null where the input is signed
 */
export function signPsbtInput(
  keys: SigningProvider, psbt: Psbt, index: number, txData: PrecomputedTxData | null, options: SignPsbtOptions = {}, missing: SignatureData | null = null,
): PsbtSignFault | null {
  const input = psbt.inputs[index];
  if (input === undefined) throw new RangeError(`signPsbtInput: no input ${index}`);
  const tx = txData?.tx ?? psbt.unsignedTransaction();
  if (tx === null) return 'invalid-tx';
  if (isSignedAndVerified(psbt, index, txData)) return null;
  const data = inputSignatureData(input);
  const { utxo } = input;
  if (utxo === null) return 'missing-inputs';
  const hashType = chooseHashType(input, utxo, options.hashType ?? null);
  if (hashType === null) return 'sighash-mismatch';
  const creator = txData === null ? DUMMY_CREATOR : new TransactionSignatureCreator(tx, index, utxo.value, txData, hashType);
  const complete = produceSignature(utxo.scriptPubKey, keys, creator, data);
  // Without the whole transaction the output may be made up: only a witness signature commits to it.
  if (input.nonWitnessUtxo === null && !data.witness) return 'incomplete';
  if (options.finalize === false) data.complete = false;
  updateInput(input, data);
  if (data.witness) input.witnessUtxo = utxo;
  if (missing !== null) {
    missing.missingPubkeys.push(...data.missingPubkeys);
    missing.missingSignatures.push(...data.missingSignatures);
    missing.missingRedeemScript = data.missingRedeemScript;
    missing.missingWitnessScript = data.missingWitnessScript;
  }
  return complete ? null : 'incomplete';
}

/** Fills in scripts, keys and origins of an output. */
export function updatePsbtOutput(keys: SigningProvider, output: PsbtOutput): void {
  const data = new SignatureData();
  data.redeemScript = output.redeemScript;
  data.witnessScript = output.witnessScript;
  for (const entry of output.keyPaths.values()) data.keys.set(toKey(hash160(entry.pubkey)), entry);
  if (output.tapTree.length > 0 && output.tapInternalKey !== null) {
    const built = buildTaproot(output.tapInternalKey, output.tapTree);
    data.internalKey = output.tapInternalKey;
    data.merkleRoot = built.merkleRoot;
    data.tree = built.leaves;
    for (const leaf of built.leaves) data.addLeaf(leaf.script, leaf.leafVersion, [leaf.controlBlock]);
  }
  for (const [id, { xonly, leafHashes, origin }] of output.tapKeyPaths) data.taprootKeys.set(id, { xonly, leafHashes: new Map(leafHashes), origin });
  addMissing(data.participants, output.participants);
  // Signs a spend that is never used: on the way all that is known of the output comes together.
  const tx = new Transaction({
    version: 2, inputs: [{ prevout: { txid: new Uint8Array(32), vout: 0xffffffff }, scriptSig: new Uint8Array(0), sequence: SEQUENCE_FINAL, witness: NO_WITNESS }], outputs: [], locktime: 0,
  });
  produceSignature(output.script, keys.hiding({ keys: true }), new TransactionSignatureCreator(tx, 0, output.amount, new PrecomputedTxData(tx, null), SIGHASH_ALL), data);
  if (output.redeemScript.length === 0) output.redeemScript = data.redeemScript;
  if (output.witnessScript.length === 0) output.witnessScript = data.witnessScript;
  for (const entry of data.keys.values()) if (!output.keyPaths.has(toKey(entry.pubkey))) output.keyPaths.set(toKey(entry.pubkey), entry);
  if (data.internalKey !== null) output.tapInternalKey = data.internalKey;
  if (data.tree !== null && data.tree.length > 0) output.tapTree = data.tree.map(({ depth, leafVersion, script }) => ({ depth, leafVersion, script }));
  addMissing(output.tapKeyPaths, data.taprootKeys);
  addMissing(output.participants, data.participants);
}

/** Drops whole previous transactions that nobody needs: where all inputs are taproot, whose signatures commit to what they spend. */
export function removeUnnecessaryTransactions(psbt: Psbt): void {
  for (const { witnessUtxo, sighashType } of psbt.inputs) {
    const program = witnessUtxo === null ? null : witnessProgram(witnessUtxo.scriptPubKey);
    if (program === null || program.version === 0 || (sighashType !== null && (sighashType & SIGHASH_ANYONECANPAY) !== 0)) return;
  }
  for (const input of psbt.inputs) input.nonWitnessUtxo = null;
}

/** Makes final scripts of signatures that are there; true where all inputs are final. */
export function finalizePsbt(psbt: Psbt): boolean {
  const txData = psbtTxData(psbt);
  if (txData === null) return false;
  const nobody = new SigningProvider();
  let complete = true;
  for (const [i, input] of psbt.inputs.entries()) {
    if (signPsbtInput(nobody, psbt, i, txData, { hashType: input.sighashType }) !== null) complete = false;
  }
  return complete;
}

/** The signed transaction; null where not all inputs can be made final. */
export function finalizeAndExtract(psbt: Psbt): Transaction | null {
  const tx = finalizePsbt(psbt) ? psbt.unsignedTransaction() : null;
  if (tx === null) return null;
  const inputs = tx.inputs.map((input, i) => {
    const own = psbt.inputs[i];
    return own === undefined ? input : { ...input, scriptSig: own.finalScriptSig, witness: own.finalScriptWitness };
  });
  return new Transaction({ version: tx.version, inputs, outputs: tx.outputs, locktime: tx.locktime });
}

/** Whether the output of the input is spent with a witness, as far as the scripts in `keys` tell. */
export function isSegwitOutput(keys: SigningProvider, script: Uint8Array): boolean {
  if (witnessProgram(script) !== null) return true;
  const redeem = script.length === 23 ? keys.script(script.subarray(2, 22)) : undefined;
  return redeem !== undefined && equalBytes(hash160(redeem), script.subarray(2, 22)) && witnessProgram(redeem) !== null;
}
