import { writeTransaction } from '../../primitives/transaction.ts';
import { compareBytes, concatBytes, fromKey } from '../../util/bytes.ts';
import { Writer } from '../../util/writer.ts';
import { compareControlBlocks, type ParticipantValues, type TaprootKeyOrigin } from '../signature-data.ts';
import type { KeyOrigin } from '../signing-provider.ts';
import type { OtherRecords, Participants, Psbt, PsbtInput, PsbtOutput } from './psbt.ts';
import { GLOBAL, IN, MAGIC, OUT } from './records.ts';

/** Entries in the order of their keys' bytes, as the format's other writers have them. */
export function sorted<V>(map: ReadonlyMap<string, V>): [string, V][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function record(w: Writer, type: number, keyData: Uint8Array, value: Uint8Array): void {
  w.varBytes(concatBytes(Uint8Array.of(type), keyData)).varBytes(value);
}

const NO_KEY = new Uint8Array(0);

function u32(n: number): Uint8Array {
  return new Writer(4).u32(n).finish();
}

function originBytes({ fingerprint, path }: KeyOrigin): Uint8Array {
  const w = new Writer(64).bytes(fingerprint);
  for (const step of path) w.u32(step);
  return w.finish();
}

function writeProprietary(w: Writer, { proprietary }: OtherRecords): void {
  for (const [, { key, value }] of sorted(proprietary)) w.varBytes(key).varBytes(value);
}

function writeUnknown(w: Writer, { unknown }: OtherRecords): void {
  for (const [key, value] of sorted(unknown)) w.varBytes(fromKey(key)).varBytes(value);
}

function writeTapKeyPaths(w: Writer, type: number, paths: ReadonlyMap<string, TaprootKeyOrigin>): void {
  for (const [, { xonly, leafHashes, origin }] of sorted(paths)) {
    const value = new Writer(128).compactSize(leafHashes.size);
    for (const [, hash] of sorted(leafHashes)) value.bytes(hash);
    record(w, type, xonly, value.bytes(originBytes(origin)).finish());
  }
}

function writeParticipants(w: Writer, type: number, participants: Participants): void {
  for (const [, { aggregate, pubkeys }] of sorted(participants)) record(w, type, aggregate, concatBytes(...pubkeys));
}

function writeParticipantValues(w: Writer, type: number, list: ReadonlyMap<string, ParticipantValues>): void {
  for (const [, { aggregate, leafHash, values }] of sorted(list)) {
    for (const [participant, value] of sorted(values)) record(w, type, concatBytes(fromKey(participant), aggregate, leafHash ?? NO_KEY), value);
  }
}

/** What is of no use any more once the input is final. */
function writeOpenInput(w: Writer, input: PsbtInput): void {
  for (const [, { pubkey, signature }] of sorted(input.partialSignatures)) record(w, IN.PARTIAL_SIG, pubkey, signature);
  if (input.sighashType !== null) record(w, IN.SIGHASH, NO_KEY, u32(input.sighashType >>> 0));
  if (input.redeemScript.length > 0) record(w, IN.REDEEMSCRIPT, NO_KEY, input.redeemScript);
  if (input.witnessScript.length > 0) record(w, IN.WITNESSSCRIPT, NO_KEY, input.witnessScript);
  for (const [, { pubkey, origin }] of sorted(input.keyPaths)) record(w, IN.BIP32_DERIVATION, pubkey, originBytes(origin));
  for (const [kind, type] of [['ripemd160', IN.RIPEMD160], ['sha256', IN.SHA256], ['hash160', IN.HASH160], ['hash256', IN.HASH256]] as const) {
    for (const [hash, preimage] of sorted(input.preimages[kind])) record(w, type, fromKey(hash), preimage);
  }
  if (input.tapKeySignature.length > 0) record(w, IN.TAP_KEY_SIG, NO_KEY, input.tapKeySignature);
  for (const [, { xonly, leafHash, signature }] of sorted(input.tapScriptSignatures)) record(w, IN.TAP_SCRIPT_SIG, concatBytes(xonly, leafHash), signature);
  const leaves = [...input.tapScripts.values()].sort((a, b) => compareBytes(a.script, b.script) || a.leafVersion - b.leafVersion);
  for (const { script, leafVersion, controlBlocks } of leaves) {
    for (const block of [...controlBlocks.values()].sort(compareControlBlocks)) record(w, IN.TAP_LEAF_SCRIPT, block, concatBytes(script, Uint8Array.of(leafVersion)));
  }
  writeTapKeyPaths(w, IN.TAP_BIP32_DERIVATION, input.tapKeyPaths);
  if (input.tapInternalKey !== null) record(w, IN.TAP_INTERNAL_KEY, NO_KEY, input.tapInternalKey);
  if (input.tapMerkleRoot !== null) record(w, IN.TAP_MERKLE_ROOT, NO_KEY, input.tapMerkleRoot);
  writeParticipants(w, IN.MUSIG2_PARTICIPANT_PUBKEYS, input.participants);
  writeParticipantValues(w, IN.MUSIG2_PUB_NONCE, input.nonces);
  writeParticipantValues(w, IN.MUSIG2_PARTIAL_SIG, input.musigPartialSignatures);
}

function writeInput(w: Writer, input: PsbtInput, version: number): void {
  if (input.nonWitnessUtxo !== null) record(w, IN.NON_WITNESS_UTXO, NO_KEY, input.nonWitnessUtxo.serialize(false));
  if (input.witnessUtxo !== null) {
    record(w, IN.WITNESS_UTXO, NO_KEY, new Writer(64).i64n(input.witnessUtxo.value).varBytes(input.witnessUtxo.scriptPubKey).finish());
  }
  if (!input.isFinal) writeOpenInput(w, input);
  if (input.finalScriptSig.length > 0) record(w, IN.SCRIPTSIG, NO_KEY, input.finalScriptSig);
  if (input.finalScriptWitness.length > 0) {
    const stack = new Writer().compactSize(input.finalScriptWitness.length);
    for (const item of input.finalScriptWitness) stack.varBytes(item);
    record(w, IN.SCRIPTWITNESS, NO_KEY, stack.finish());
  }
  if (version >= 2) {
    record(w, IN.PREVIOUS_TXID, NO_KEY, input.prevTxid);
    record(w, IN.OUTPUT_INDEX, NO_KEY, u32(input.prevOut));
    if (input.sequence !== null) record(w, IN.SEQUENCE, NO_KEY, u32(input.sequence));
    if (input.timeLocktime !== null) record(w, IN.REQUIRED_TIME_LOCKTIME, NO_KEY, u32(input.timeLocktime));
    if (input.heightLocktime !== null) record(w, IN.REQUIRED_HEIGHT_LOCKTIME, NO_KEY, u32(input.heightLocktime));
  }
  writeProprietary(w, input.others);
  writeUnknown(w, input.others);
  w.u8(0);
}

function writeOutput(w: Writer, output: PsbtOutput, version: number): void {
  if (output.redeemScript.length > 0) record(w, OUT.REDEEMSCRIPT, NO_KEY, output.redeemScript);
  if (output.witnessScript.length > 0) record(w, OUT.WITNESSSCRIPT, NO_KEY, output.witnessScript);
  for (const [, { pubkey, origin }] of sorted(output.keyPaths)) record(w, OUT.BIP32_DERIVATION, pubkey, originBytes(origin));
  if (version >= 2) {
    record(w, OUT.AMOUNT, NO_KEY, new Writer(8).i64n(output.amount).finish());
    record(w, OUT.SCRIPT, NO_KEY, output.script);
  }
  writeProprietary(w, output.others);
  if (output.tapInternalKey !== null) record(w, OUT.TAP_INTERNAL_KEY, NO_KEY, output.tapInternalKey);
  if (output.tapTree.length > 0) {
    const tree = new Writer();
    for (const { depth, leafVersion, script } of output.tapTree) tree.u8(depth).u8(leafVersion).varBytes(script);
    record(w, OUT.TAP_TREE, NO_KEY, tree.finish());
  }
  writeTapKeyPaths(w, OUT.TAP_BIP32_DERIVATION, output.tapKeyPaths);
  writeParticipants(w, OUT.MUSIG2_PARTICIPANT_PUBKEYS, output.participants);
  writeUnknown(w, output.others);
  w.u8(0);
}

/** Global extended keys by origin (fingerprint, length of the path, path), then by key. */
export function sortedXpubs(psbt: Psbt): { readonly xpub: Uint8Array; readonly origin: KeyOrigin }[] {
  return [...psbt.xpubs.values()].sort((a, b) => {
    const byFingerprint = compareBytes(a.origin.fingerprint, b.origin.fingerprint) || a.origin.path.length - b.origin.path.length;
    if (byFingerprint !== 0) return byFingerprint;
    for (const [i, step] of a.origin.path.entries()) if (step !== b.origin.path[i]) return step - (b.origin.path[i] ?? 0);
    return compareBytes(a.xpub.subarray(45), b.xpub.subarray(45)) || compareBytes(a.xpub.subarray(13, 45), b.xpub.subarray(13, 45));
  });
}

/** @throws RangeError where a version 0 PSBT has no transaction */
export function serializePsbt(psbt: Psbt): Uint8Array {
  const w = new Writer(1024).bytes(MAGIC);
  if (psbt.version < 2) {
    const tx = psbt.unsignedTransaction();
    if (tx === null) throw new RangeError('serializePsbt: no transaction');
    const bytes = new Writer();
    writeTransaction(bytes, tx, false);
    record(w, GLOBAL.UNSIGNED_TX, NO_KEY, bytes.finish());
  }
  for (const { xpub, origin } of sortedXpubs(psbt)) record(w, GLOBAL.XPUB, xpub, originBytes(origin));
  if (psbt.version >= 2) {
    const size = (n: number): Uint8Array => new Writer(9).compactSize(n).finish();
    record(w, GLOBAL.TX_VERSION, NO_KEY, u32(psbt.txVersion));
    if (psbt.fallbackLocktime !== null) record(w, GLOBAL.FALLBACK_LOCKTIME, NO_KEY, u32(psbt.fallbackLocktime));
    record(w, GLOBAL.INPUT_COUNT, NO_KEY, size(psbt.inputs.length));
    record(w, GLOBAL.OUTPUT_COUNT, NO_KEY, size(psbt.outputs.length));
    if (psbt.modifiable !== null) record(w, GLOBAL.TX_MODIFIABLE, NO_KEY, Uint8Array.of(psbt.modifiable));
    record(w, GLOBAL.VERSION, NO_KEY, u32(psbt.version));
  }
  writeProprietary(w, psbt.others);
  writeUnknown(w, psbt.others);
  w.u8(0);
  for (const input of psbt.inputs) writeInput(w, input, psbt.version);
  for (const output of psbt.outputs) writeOutput(w, output, psbt.version);
  return w.finish();
}

export function psbtToBase64(psbt: Psbt): string {
  return Buffer.from(serializePsbt(psbt)).toString('base64');
}
