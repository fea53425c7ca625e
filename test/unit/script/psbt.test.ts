import { describe, expect, it } from '@jest/globals';
import { builtinCoin } from '../../../src/params/builtin-coins.ts';
import { networkParams } from '../../../src/params/chain-params.ts';
import { NO_WITNESS, SEQUENCE_FINAL, Transaction } from '../../../src/primitives/transaction.ts';
import { parseDescriptors } from '../../../src/script/descriptor/parse.ts';
import { combinePsbts, Psbt } from '../../../src/script/psbt/psbt.ts';
import { parsePsbtBase64 } from '../../../src/script/psbt/read.ts';
import { finalizeAndExtract, finalizePsbt, psbtTxData, signPsbtInput, updatePsbtOutput } from '../../../src/script/psbt/sign.ts';
import { psbtToBase64 } from '../../../src/script/psbt/write.ts';
import { constructTransaction } from '../../../src/rpc/raw-transaction.ts';
import { psbtToJson } from '../../../src/rpc/psbt-json.ts';
import { scriptNames } from '../../../src/rpc/script-names.ts';
import { SigningProvider } from '../../../src/script/signing-provider.ts';
import { errorText } from '../../../src/util/errors.ts';
import { fromHex, toHex } from '../../../src/util/bytes.ts';
import { parseJson, stringifyJson, type Json } from '../../../src/util/json.ts';
import { describeVectors, readVector } from '../../support/vectors.ts';

interface Vectors {
  invalid: string[];
  invalid_with_msg: [string, string][];
  valid: string[];
  creator: { inputs: Json; outputs: Json; version: 0 | 2; result: string }[];
  signer: { privkeys: string[]; psbt: string; result: string }[];
  combiner: { combine: string[]; result: string }[];
  finalizer: { finalize: string; result: string }[];
  extractor: { extract: string; result: string }[];
}

const BITCOIN = builtinCoin('bitcoin');
if (BITCOIN === undefined) throw new Error('bitcoin is not built in');
const REGTEST = networkParams(BITCOIN, 'regtest');

function fault(text: string): string {
  try {
    parsePsbtBase64(text);
    return '';
  } catch (e) {
    return errorText(e);
  }
}

function keysOf(descriptors: readonly string[]): SigningProvider {
  const keys = new SigningProvider();
  for (const text of descriptors) {
    for (const descriptor of parseDescriptors(text, REGTEST, keys)) {
      const expansion = descriptor.expand(0, keys);
      if (expansion !== null) keys.merge(expansion.provider);
      keys.merge(descriptor.expandPrivate(0, keys));
    }
  }
  return keys;
}

describeVectors('published PSBTs', () => {
  const v = parseJson(readVector('rpc_psbt.json')) as unknown as Vectors;

  it('are refused where they are wrong, and it is said why', () => {
    for (const text of v.invalid) expect(fault(text)).not.toBe('');
    for (const [text, message] of v.invalid_with_msg) expect(fault(text)).toContain(message);
  });

  it('are read, shown, written and read again', () => {
    const names = scriptNames(REGTEST);
    for (const text of v.valid) {
      const shown = stringifyJson(psbtToJson(parsePsbtBase64(text), names));
      const again = psbtToBase64(parsePsbtBase64(text));
      expect(stringifyJson(psbtToJson(parsePsbtBase64(again), names)).length).toBeLessThanOrEqual(shown.length);
      expect(psbtToBase64(parsePsbtBase64(again))).toBe(again);
    }
  });

  it('are created', () => {
    for (const { inputs, outputs, version, result } of v.creator) {
      expect(psbtToBase64(Psbt.fromTransaction(constructTransaction(inputs, outputs, undefined, false, REGTEST), version))).toBe(result);
    }
  });

  it('are signed', () => {
    for (const { privkeys, psbt: text, result } of v.signer) {
      // Origins of single keys are not of a wallet's making here: they are what the PSBT says.
      const keys = keysOf(privkeys.map((key) => `combo(${key})`)).hiding({ origins: true });
      const psbt = parsePsbtBase64(text);
      const txData = psbtTxData(psbt);
      for (const i of psbt.inputs.keys()) expect(signPsbtInput(keys, psbt, i, txData, { hashType: 1 })).not.toBe('sighash-mismatch');
      for (const output of psbt.outputs) updatePsbtOutput(keys, output);
      expect(psbtToBase64(psbt)).toBe(result);
    }
  });

  it('are combined, made final and extracted', () => {
    for (const { combine, result } of v.combiner) {
      const combined = combinePsbts(combine.map((text) => parsePsbtBase64(text)));
      expect(combined === null ? null : psbtToBase64(combined)).toBe(result);
    }
    for (const { finalize, result } of v.finalizer) {
      const psbt = parsePsbtBase64(finalize);
      finalizePsbt(psbt);
      expect(psbtToBase64(psbt)).toBe(result);
    }
    for (const { extract, result } of v.extractor) expect(toHex(finalizeAndExtract(parsePsbtBase64(extract))?.raw ?? new Uint8Array(0))).toBe(result);
  });
});

const WIF = 'cP53pDbR5WtAD8dYAW9hhTjuvvTVaEiQBdrz9XPrgLBeRFiyCbQr';
const WIF_2 = 'cR6SXDoyfQrcp4piaiHE97Rsgta9mNhGTen9XeonVgwsh4iSgw6d';

describe('a PSBT', () => {
  it.each([
    `pkh(${WIF})`, `wpkh(${WIF})`, `sh(wpkh(${WIF}))`, `tr(${WIF})`, `wsh(multi(2,${WIF},${WIF_2}))`, `sh(sortedmulti(1,${WIF},${WIF_2}))`,
    `tr(${'50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0'},{pk(${WIF}),multi_a(2,${WIF},${WIF_2})})`,
    `wsh(and_v(v:pk(${WIF}),older(10)))`, `wsh(thresh(2,pk(${WIF}),s:pk(${WIF_2}),sln:older(32)))`, `tr(${'50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0'},and_v(v:pk(${WIF}),after(100)))`,
  ])('goes from its creator to its extractor: %s', (text) => {
    const keys = keysOf([text]);
    const script = parseDescriptors(text, REGTEST, keys)[0]?.expand(0, keys)?.scripts[0] ?? new Uint8Array(0);
    const previous = new Transaction({
      version: 2, inputs: [{ prevout: { txid: new Uint8Array(32).fill(1), vout: 0 }, scriptSig: new Uint8Array(0), sequence: SEQUENCE_FINAL, witness: NO_WITNESS }],
      outputs: [{ value: 50_000, scriptPubKey: script }], locktime: 0,
    });
    const psbt = Psbt.fromTransaction(new Transaction({
      version: 2, inputs: [{ prevout: { txid: previous.txid, vout: 0 }, scriptSig: new Uint8Array(0), sequence: 10, witness: NO_WITNESS }],
      outputs: [{ value: 40_000, scriptPubKey: script }], locktime: 100,
    }));
    const input = psbt.inputs[0];
    if (input === undefined) throw new Error('no input');
    input.nonWitnessUtxo = previous;
    for (const output of psbt.outputs) updatePsbtOutput(keys, output);
    expect(signPsbtInput(keys.hiding({ keys: true }), psbt, 0, psbtTxData(psbt), { finalize: false })).toBe('incomplete');
    const passed = parsePsbtBase64(psbtToBase64(psbt));
    expect(signPsbtInput(keys, passed, 0, psbtTxData(passed), { finalize: false })).toBeNull();
    const signed = parsePsbtBase64(psbtToBase64(passed));
    expect(signed.inputs[0]?.isFinal).toBe(false);
    const tx = finalizeAndExtract(signed);
    expect(tx?.outputs[0]?.value).toBe(40_000);
  });

  it('does not combine with another transaction\'s', () => {
    const make = (vout: number): Psbt => Psbt.fromTransaction(new Transaction({
      version: 2, inputs: [{ prevout: { txid: fromHex('11'.repeat(32)), vout }, scriptSig: new Uint8Array(0), sequence: 0, witness: NO_WITNESS }], outputs: [], locktime: 0,
    }));
    expect(combinePsbts([make(0), make(1)])).toBeNull();
    expect(combinePsbts([make(0), make(0)])).not.toBeNull();
  });
});
