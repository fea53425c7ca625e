import { encodeBase58Check } from '../crypto/base58.ts';
import { pathText } from '../script/descriptor/key-expression.ts';
import { scriptToAsm } from '../script/asm.ts';
import { HAS_SIGHASH_SINGLE, INPUTS_MODIFIABLE, type OtherRecords, OUTPUTS_MODIFIABLE, type Participants, type Psbt, type PsbtInput, PsbtError, type PsbtOutput } from '../script/psbt/psbt.ts';
import { parsePsbt, parsePsbtBase64 } from '../script/psbt/read.ts';
import { PSBT_FAULT_TEXTS, type PsbtSignFault } from '../script/psbt/sign.ts';
import { sorted, sortedXpubs } from '../script/psbt/write.ts';
import { hashTypeName } from '../script/sighash.ts';
import { compareControlBlocks, type KeyWithOrigin, type ParticipantValues, type TaprootKeyOrigin } from '../script/signature-data.ts';
import { amountToJson } from '../util/amount.ts';
import { compareBytes, fromKey, hashToHex, toHex } from '../util/bytes.ts';
import { RpcError } from '../util/errors.ts';
import type { Json, JsonObject } from '../util/json.ts';
import { stringArg, uint32Arg } from './arguments.ts';
import { RPC } from './errors.ts';
import { type ScriptNames, scriptToJson, transactionToJson } from './transaction-json.ts';

const MAX_MONEY = 2_100_000_000_000_000;
const inMoneyRange = (sat: number): boolean => sat >= 0 && sat <= MAX_MONEY;

/** @throws RpcError -22 */
export function psbtArg(value: Json | undefined): Psbt { return decoded(() => parsePsbtBase64(stringArg(value))); }

/** @throws RpcError -22 */
export function decodePsbt(bytes: Uint8Array): Psbt { return decoded(() => parsePsbt(bytes)); }

function decoded(read: () => Psbt): Psbt {
  try {
    return read();
  } catch (e) {
    if (e instanceof PsbtError) throw new RpcError(RPC.DESERIALIZATION_ERROR, `TX decode failed ${e.message}`, { cause: e });
    throw e;
  }
}

const FAULT_CODES: Readonly<Record<PsbtSignFault, number>> = {
  'sighash-mismatch': RPC.DESERIALIZATION_ERROR, 'missing-inputs': RPC.VERIFY_ERROR, incomplete: RPC.VERIFY_ERROR, 'invalid-tx': RPC.VERIFY_ERROR,
  'signer-not-found': RPC.VERIFY_ERROR, 'signer-failed': RPC.VERIFY_ERROR,
};

/** What a client is told of an input that cannot be signed. */
export function psbtFaultError(fault: PsbtSignFault): RpcError {
  return new RpcError(FAULT_CODES[fault], PSBT_FAULT_TEXTS[fault]);
}

/** PSBT version a client asks for. @throws RpcError -1, -3, -8 */
export function psbtVersionArg(value: Json | undefined): 0 | 2 {
  const version = uint32Arg(value, 2);
  if (version === 2) return 2;
  if (version !== 0) throw new RpcError(RPC.INVALID_PARAMETER, 'The PSBT version can only be 2 or 0');
  return 0;
}

const keyPathText = (path: readonly number[]): string => `m${pathText(path, false)}`;

function keyPaths(paths: ReadonlyMap<string, KeyWithOrigin>): Json {
  return sorted(paths).map(([, { pubkey, origin }]) => ({ pubkey: toHex(pubkey), master_fingerprint: toHex(origin.fingerprint), path: keyPathText(origin.path) }));
}

function tapKeyPaths(paths: ReadonlyMap<string, TaprootKeyOrigin>): Json {
  return sorted(paths).map(([, { xonly, leafHashes, origin }]) => ({
    pubkey: toHex(xonly), master_fingerprint: toHex(origin.fingerprint), path: keyPathText(origin.path), leaf_hashes: sorted(leafHashes).map(([, hash]) => toHex(hash)),
  }));
}

function participantsJson(participants: Participants): Json {
  return sorted(participants).map(([, { aggregate, pubkeys }]) => ({ aggregate_pubkey: toHex(aggregate), participant_pubkeys: pubkeys.map(toHex) }));
}

function participantValues(list: ReadonlyMap<string, ParticipantValues>, name: string): Json {
  return sorted(list).flatMap(([, { aggregate, leafHash, values }]) => sorted(values).map(([participant, value]): JsonObject => ({
    participant_pubkey: toHex(fromKey(participant)), aggregate_pubkey: toHex(aggregate), ...(leafHash === null ? {} : { leaf_hash: toHex(leafHash) }), [name]: toHex(value),
  })));
}

function proprietaryJson({ proprietary }: OtherRecords): Json {
  return sorted(proprietary).map(([, record]) => ({ identifier: toHex(record.identifier), subtype: record.subtype, key: toHex(record.key), value: toHex(record.value) }));
}

function hexMap(map: ReadonlyMap<string, Uint8Array>): JsonObject {
  return Object.fromEntries(sorted(map).map(([key, value]) => [toHex(fromKey(key)), toHex(value)]));
}

function addOthers(out: JsonObject, others: OtherRecords): void {
  if (others.proprietary.size > 0) out['proprietary'] = proprietaryJson(others);
  if (others.unknown.size > 0) out['unknown'] = hexMap(others.unknown);
}

function inputJson(input: PsbtInput, version: number, names: ScriptNames): JsonObject {
  const out: JsonObject = {};
  const script = (bytes: Uint8Array): JsonObject => scriptToJson(bytes, names, { address: false });
  if (input.witnessUtxo !== null) out['witness_utxo'] = { amount: amountToJson(input.witnessUtxo.value), scriptPubKey: scriptToJson(input.witnessUtxo.scriptPubKey, names) };
  if (input.nonWitnessUtxo !== null) out['non_witness_utxo'] = transactionToJson(input.nonWitnessUtxo, { names, hex: false });
  if (input.partialSignatures.size > 0) {
    out['partial_signatures'] = Object.fromEntries(sorted(input.partialSignatures).map(([, { pubkey, signature }]) => [toHex(pubkey), toHex(signature)]));
  }
  if (input.sighashType !== null) out['sighash'] = hashTypeName(input.sighashType & 0xff);
  if (input.redeemScript.length > 0) out['redeem_script'] = script(input.redeemScript);
  if (input.witnessScript.length > 0) out['witness_script'] = script(input.witnessScript);
  if (input.keyPaths.size > 0) out['bip32_derivs'] = keyPaths(input.keyPaths);
  if (input.finalScriptSig.length > 0) out['final_scriptSig'] = { asm: scriptToAsm(input.finalScriptSig, true), hex: toHex(input.finalScriptSig) };
  if (input.finalScriptWitness.length > 0) out['final_scriptwitness'] = input.finalScriptWitness.map(toHex);
  for (const kind of ['ripemd160', 'sha256', 'hash160', 'hash256'] as const) {
    if (input.preimages[kind].size > 0) out[`${kind}_preimages`] = hexMap(input.preimages[kind]);
  }
  if (version >= 2) {
    out['previous_txid'] = hashToHex(input.prevTxid);
    out['previous_vout'] = input.prevOut;
    if (input.sequence !== null) out['sequence'] = input.sequence;
    if (input.timeLocktime !== null) out['time_locktime'] = input.timeLocktime;
    if (input.heightLocktime !== null) out['height_locktime'] = input.heightLocktime;
  }
  if (input.tapKeySignature.length > 0) out['taproot_key_path_sig'] = toHex(input.tapKeySignature);
  if (input.tapScriptSignatures.size > 0) {
    out['taproot_script_path_sigs'] = sorted(input.tapScriptSignatures).map(([, { xonly, leafHash, signature }]) => ({ pubkey: toHex(xonly), leaf_hash: toHex(leafHash), sig: toHex(signature) }));
  }
  if (input.tapScripts.size > 0) {
    const leaves = [...input.tapScripts.values()].sort((a, b) => compareBytes(a.script, b.script) || a.leafVersion - b.leafVersion);
    out['taproot_scripts'] = leaves.map((leaf) => ({
      script: toHex(leaf.script), leaf_ver: leaf.leafVersion, control_blocks: [...leaf.controlBlocks.values()].sort(compareControlBlocks).map(toHex),
    }));
  }
  if (input.tapKeyPaths.size > 0) out['taproot_bip32_derivs'] = tapKeyPaths(input.tapKeyPaths);
  if (input.tapInternalKey !== null) out['taproot_internal_key'] = toHex(input.tapInternalKey);
  if (input.tapMerkleRoot !== null) out['taproot_merkle_root'] = toHex(input.tapMerkleRoot);
  if (input.participants.size > 0) out['musig2_participant_pubkeys'] = participantsJson(input.participants);
  if (input.nonces.size > 0) out['musig2_pubnonces'] = participantValues(input.nonces, 'pubnonce');
  if (input.musigPartialSignatures.size > 0) out['musig2_partial_sigs'] = participantValues(input.musigPartialSignatures, 'partial_sig');
  addOthers(out, input.others);
  return out;
}

function outputJson(output: PsbtOutput, version: number, names: ScriptNames): JsonObject {
  const out: JsonObject = {};
  if (output.redeemScript.length > 0) out['redeem_script'] = scriptToJson(output.redeemScript, names, { address: false });
  if (output.witnessScript.length > 0) out['witness_script'] = scriptToJson(output.witnessScript, names, { address: false });
  if (output.keyPaths.size > 0) out['bip32_derivs'] = keyPaths(output.keyPaths);
  if (version >= 2) {
    out['amount'] = amountToJson(output.amount);
    out['script'] = scriptToJson(output.script, names);
  }
  if (output.tapInternalKey !== null) out['taproot_internal_key'] = toHex(output.tapInternalKey);
  if (output.tapTree.length > 0) out['taproot_tree'] = output.tapTree.map(({ depth, leafVersion, script }) => ({ depth, leaf_ver: leafVersion, script: toHex(script) }));
  if (output.tapKeyPaths.size > 0) out['taproot_bip32_derivs'] = tapKeyPaths(output.tapKeyPaths);
  if (output.participants.size > 0) out['musig2_participant_pubkeys'] = participantsJson(output.participants);
  addOthers(out, output.others);
  return out;
}

/** A PSBT as decodepsbt shows it. */
export function psbtToJson(psbt: Psbt, names: ScriptNames): JsonObject {
  const out: JsonObject = {};
  const tx = psbt.version < 2 ? psbt.unsignedTransaction() : null;
  if (tx !== null) out['tx'] = transactionToJson(tx, { names, hex: false });
  out['global_xpubs'] = sortedXpubs(psbt).map(({ xpub, origin }) => ({ xpub: encodeBase58Check(xpub), master_fingerprint: toHex(origin.fingerprint), path: keyPathText(origin.path) }));
  if (psbt.version >= 2) {
    out['tx_version'] = psbt.txVersion;
    if (psbt.fallbackLocktime !== null) out['fallback_locktime'] = psbt.fallbackLocktime;
    out['input_count'] = psbt.inputs.length;
    out['output_count'] = psbt.outputs.length;
    if (psbt.modifiable !== null) {
      out['inputs_modifiable'] = (psbt.modifiable & INPUTS_MODIFIABLE) !== 0;
      out['outputs_modifiable'] = (psbt.modifiable & OUTPUTS_MODIFIABLE) !== 0;
      out['has_sighash_single'] = (psbt.modifiable & HAS_SIGHASH_SINGLE) !== 0;
    }
  }
  out['psbt_version'] = psbt.version;
  out['proprietary'] = proprietaryJson(psbt.others);
  out['unknown'] = hexMap(psbt.others.unknown);
  // The fee is shown where every amount is known and none is out of range.
  let known = true;
  let fee = 0;
  const count = (amount: number | undefined, sum: number): number => {
    if (amount === undefined || !inMoneyRange(amount) || !inMoneyRange(sum + amount)) known = false;
    return sum + (amount ?? 0);
  };
  const inputs: Json[] = [];
  let totalIn = 0;
  for (const input of psbt.inputs) {
    inputs.push(inputJson(input, psbt.version, names));
    const utxo = input.nonWitnessUtxo?.outputs[input.prevOut] ?? input.witnessUtxo;
    totalIn = count(utxo?.value, totalIn);
  }
  out['inputs'] = inputs;
  let totalOut = 0;
  out['outputs'] = psbt.outputs.map((output) => outputJson(output, psbt.version, names));
  for (const output of psbt.outputs) totalOut = count(output.amount, totalOut);
  fee = totalIn - totalOut;
  if (known) out['fee'] = amountToJson(fee);
  return out;
}
