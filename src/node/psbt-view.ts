import type { PsbtInputView, PsbtSigner, PsbtView } from '../../ipc-spec/inspect-types.ts';
import type { TxOut } from '../primitives/transaction.ts';
import { RPC } from '../rpc/errors.ts';
import { decodePsbt } from '../rpc/psbt-json.ts';
import { combinePsbts, type PsbtInput } from '../script/psbt/psbt.ts';
import { finalizeAndExtract } from '../script/psbt/sign.ts';
import { serializePsbt } from '../script/psbt/write.ts';
import { matchMultisig } from '../script/standard.ts';
import { hashToHex, toHex } from '../util/bytes.ts';
import { RpcError } from '../util/errors.ts';
import { analyzePsbt } from './rpc/psbt-analysis.ts';

export interface PsbtViewModules {
  /** The address of a script; null where it has none. */
  readonly addressOf: (script: Uint8Array) => string | null;
  /** An unspent output of pool or chain. */
  readonly coin: (txid: Uint8Array, vout: number) => TxOut | null;
}

/** Keys that the input names, and which of them have signed. Once it is final its signatures are in its scripts, and the keys are gone. */
function signers(input: PsbtInput): PsbtSigner[] {
  const found = new Map<string, { fingerprint: string; signed: boolean }>();
  const note = (pubkey: Uint8Array, fingerprint: Uint8Array | null, signed: boolean): void => {
    const key = toHex(pubkey);
    const known = found.get(key);
    found.set(key, { fingerprint: fingerprint === null ? known?.fingerprint ?? '' : toHex(fingerprint), signed: signed || known?.signed === true });
  };
  for (const { pubkey, origin } of input.keyPaths.values()) note(pubkey, origin.fingerprint, false);
  for (const { xonly, origin } of input.tapKeyPaths.values()) note(xonly, origin.fingerprint, false);
  for (const { pubkey } of input.partialSignatures.values()) note(pubkey, null, true);
  for (const { xonly } of input.tapScriptSignatures.values()) note(xonly, null, true);
  if (input.tapKeySignature.length > 0 && input.tapInternalKey !== null) note(input.tapInternalKey, null, true);
  return [...found].map(([pubkey, rest]) => ({ pubkey, ...rest }));
}

/** Signatures that the input takes, where its script tells. */
function needed(input: PsbtInput): number | null {
  const script = input.witnessScript.length > 0 ? input.witnessScript : input.redeemScript;
  const multisig = matchMultisig(script.length > 0 ? script : input.utxo?.scriptPubKey ?? script);
  if (multisig !== null) return multisig.threshold;
  return input.witnessScript.length === 0 && input.tapScripts.size === 0 && input.keyPaths.size + input.tapKeyPaths.size === 1 ? 1 : null;
}

/**
 * What partially signed transactions of one and the same transaction do together, and how far they have come.
 * @throws RpcError -22 where one is none, -8 where they are of different transactions
 */
export function viewPsbts(all: readonly Uint8Array[], m: PsbtViewModules): PsbtView {
  const combined = combinePsbts(all.map(decodePsbt));
  if (combined === null) throw new RpcError(RPC.INVALID_PARAMETER, 'PSBTs not compatible (different transactions)');
  const bytes = serializePsbt(combined);
  const keys = combined.inputs.map((input) => ({ signers: signers(input), needed: needed(input) }));
  // Looking on changes them: that happens to copies.
  const analysis = analyzePsbt(decodePsbt(bytes));
  const inputs = combined.inputs.map((input, i): PsbtInputView => {
    const utxo = input.utxo ?? m.coin(input.prevTxid, input.prevOut);
    return {
      txid: hashToHex(input.prevTxid), vout: input.prevOut, amount: utxo?.value ?? null, address: utxo === null ? null : m.addressOf(utxo.scriptPubKey), script: utxo?.scriptPubKey ?? new Uint8Array(0),
      next: analysis.inputs[i]?.next ?? 'creator', needed: keys[i]?.needed ?? null, signers: keys[i]?.signers ?? [],
    };
  });
  const paid = combined.outputs.reduce((sum, { amount }) => sum + amount, 0);
  const spent = inputs.some(({ amount }) => amount === null) ? null : inputs.reduce((sum, { amount }) => sum + (amount ?? 0), 0);
  const unsigned = combined.unsignedTransaction();
  return {
    psbt: bytes, txid: unsigned?.txidHex ?? '', unsigned: unsigned?.raw ?? null, locktime: combined.locktime() ?? 0, inputs,
    outputs: combined.outputs.map(({ amount, script, keyPaths, tapKeyPaths }) => ({
      amount, script, address: m.addressOf(script), keys: [...[...keyPaths.values()].map(({ pubkey }) => toHex(pubkey)), ...[...tapKeyPaths.values()].map(({ xonly }) => toHex(xonly))],
    })),
    fee: analysis.error !== '' || spent === null ? null : spent - paid, vsize: analysis.vsize, feerate: analysis.feerate, next: analysis.next, error: analysis.error,
    tx: analysis.error === '' ? finalizeAndExtract(decodePsbt(bytes))?.raw ?? null : null,
  };
}
