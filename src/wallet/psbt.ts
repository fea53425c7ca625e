import type { Psbt, PsbtInput } from '../script/psbt/psbt.ts';
import { isSignedAndVerified, psbtTxData, type PsbtSignFault, removeUnnecessaryTransactions, signPsbtInput, updatePsbtOutput } from '../script/psbt/sign.ts';
import { isPayToTaproot } from '../script/script.ts';
import { SigningProvider } from '../script/signing-provider.ts';
import { concatBytes, toKey } from '../util/bytes.ts';
import type { DescriptorKeys } from './descriptor-keys.ts';
import type { Wallet } from './wallet.ts';

export interface FillPsbtOptions {
  readonly sign: boolean;
  /** Whether to say by which path the wallet's keys are derived. */
  readonly derivations: boolean;
  readonly hashType?: number | undefined;
  /** Make final scripts where that is possible. Default true. */
  readonly finalize?: boolean | undefined;
}

/**
 * Adds to a PSBT what the wallet knows of its inputs and outputs, and signs if asked to.
 * @returns whether all inputs are signed and valid, or why one cannot be signed
 */
export function fillPsbt(wallet: Wallet, psbt: Psbt, options: FillPsbtOptions): { readonly complete: boolean } | { readonly fault: PsbtSignFault } {
  for (const input of psbt.inputs) {
    if (!input.isFinal && input.nonWitnessUtxo === null) input.nonWitnessUtxo = wallet.txs.get(input.prevTxid)?.tx ?? null;
  }
  const txData = psbtTxData(psbt);
  if (txData === null) return { fault: 'invalid-tx' };
  for (const keys of wallet.keys.list()) {
    for (const [i, input] of psbt.inputs.entries()) {
      if (input.isFinal) continue;
      const { utxo } = input;
      if (utxo === null) {
        if (input.nonWitnessUtxo !== null) return { fault: 'missing-inputs' };
        continue;
      }
      const provider = inputKeys(keys, input, utxo.scriptPubKey, options.sign).hiding({ keys: !options.sign, origins: !options.derivations });
      const fault = signPsbtInput(provider, psbt, i, txData, { hashType: options.hashType ?? null, finalize: options.finalize ?? true });
      if (fault !== null && fault !== 'incomplete') return { fault };
    }
    for (const output of psbt.outputs) {
      const provider = keys.providerFor(toKey(output.script), false);
      if (provider !== null) updatePsbtOutput(provider.hiding({ keys: true, origins: !options.derivations }), output);
    }
  }
  removeUnnecessaryTransactions(psbt);
  return { complete: psbt.inputs.every((_, i) => isSignedAndVerified(psbt, i, txData)) };
}

/** What a descriptor has for an input: by its script, or else by the public keys that the input names. */
function inputKeys(keys: DescriptorKeys, input: PsbtInput, script: Uint8Array, sign: boolean): SigningProvider {
  const own = keys.providerFor(toKey(script), sign);
  if (own !== null) return own;
  const pubkeys = [...input.keyPaths.values()].map(({ pubkey }) => pubkey);
  const xonly = [...input.tapKeyPaths.values()].map((entry) => entry.xonly);
  if (isPayToTaproot(script)) xonly.push(script.subarray(2));
  for (const key of xonly) pubkeys.push(concatBytes(Uint8Array.of(2), key), concatBytes(Uint8Array.of(3), key));
  const out = new SigningProvider();
  for (const pubkey of pubkeys) {
    const provider = keys.providerForPubkey(pubkey);
    if (provider !== null) out.merge(provider);
  }
  return out;
}
