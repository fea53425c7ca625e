import type { ChainState } from '../../chain/types.ts';
import { randomInt } from '../../crypto/random.ts';
import type { Mempool } from '../../mempool/types.ts';
import type { ChainParams } from '../../params/chain-params.ts';
import { arrayArg, boolArg, stringArg } from '../../rpc/arguments.ts';
import { addDescriptorData } from '../../rpc/descriptor-arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { ArgSpec, RpcMethod } from '../../rpc/method.ts';
import { psbtArg, psbtFaultError, psbtToJson, psbtVersionArg } from '../../rpc/psbt-json.ts';
import { constructTransaction, CREATE_ARGS, decodeHexTransaction, HASH_TYPE_ARG, hashTypeArg } from '../../rpc/raw-transaction.ts';
import type { ScriptNames } from '../../rpc/transaction-json.ts';
import { addMissing, combinePsbts, Psbt } from '../../script/psbt/psbt.ts';
import {
  finalizeAndExtract, isSegwitOutput, isSignedAndVerified, psbtTxData, removeUnnecessaryTransactions, signPsbtInput, updatePsbtOutput,
} from '../../script/psbt/sign.ts';
import { psbtToBase64 } from '../../script/psbt/write.ts';
import { SigningProvider } from '../../script/signing-provider.ts';
import { amountToJson } from '../../util/amount.ts';
import { hashToHex, toHex } from '../../util/bytes.ts';
import { RpcError } from '../../util/errors.ts';
import type { Json, JsonObject } from '../../util/json.ts';
import { shuffle } from '../../util/shuffle.ts';
import { analyzePsbt, type PsbtInputAnalysis } from './psbt-analysis.ts';
import type { TxLookup } from './tx-lookup.ts';

export interface PsbtDeps {
  readonly params: ChainParams;
  readonly chain: ChainState;
  readonly mempool: Mempool;
  readonly names: ScriptNames;
  readonly txLookup: TxLookup | null;
}

/** Fills in what pool, chain and descriptors know, and signs with the private keys among that. */
async function processPsbt(deps: PsbtDeps, value: Json | undefined, keys: SigningProvider, hashType: number | undefined, finalize: boolean): Promise<Psbt> {
  const psbt = psbtArg(value);
  await deps.txLookup?.ready();
  for (const input of psbt.inputs) {
    if (input.nonWitnessUtxo !== null) continue;
    const indexed = await deps.txLookup?.find(input.prevTxid) ?? null;
    input.nonWitnessUtxo = indexed?.tx ?? deps.mempool.get(input.prevTxid)?.tx ?? null;
    if (input.nonWitnessUtxo !== null) continue;
    const coin = deps.mempool.coins.getCoin(input.prevTxid, input.prevOut);
    // Without the whole transaction only a witness signature is safe to make.
    if (coin !== undefined && isSegwitOutput(keys, coin.scriptPubKey)) input.witnessUtxo = { value: coin.value, scriptPubKey: coin.scriptPubKey };
  }
  const txData = psbtTxData(psbt);
  if (txData === null) throw psbtFaultError('invalid-tx');
  for (const [i, input] of psbt.inputs.entries()) {
    if (input.isFinal) continue;
    const fault = signPsbtInput(keys, psbt, i, txData, { hashType: hashType ?? null, finalize });
    if (fault === 'sighash-mismatch') throw psbtFaultError(fault);
  }
  for (const output of psbt.outputs) updatePsbtOutput(keys, output);
  removeUnnecessaryTransactions(psbt);
  return psbt;
}

function convert(hex: Json | undefined, permitSignatures: boolean, isWitness: boolean | undefined, version: Json | undefined): Json {
  const tx = decodeHexTransaction(stringArg(hex), isWitness !== true, isWitness !== false);
  if (tx === null) throw new RpcError(RPC.DESERIALIZATION_ERROR, 'TX decode failed');
  if (!permitSignatures && tx.inputs.some((input) => input.scriptSig.length > 0 || input.witness.length > 0)) {
    throw new RpcError(RPC.DESERIALIZATION_ERROR, 'Inputs must not have scriptSigs and scriptWitnesses');
  }
  return psbtToBase64(Psbt.fromTransaction(tx, psbtVersionArg(version)));
}

function join(list: readonly Json[]): Json {
  if (list.length <= 1) throw new RpcError(RPC.INVALID_PARAMETER, 'At least two PSBTs are required to join PSBTs.');
  let txVersion = 1;
  let locktime = 0xffffffff;
  const psbts = list.map((text) => {
    const psbt = psbtArg(text);
    if (psbt.version !== 0) throw new RpcError(RPC.INVALID_PARAMETER, 'joinpsbts only operates on version 0 PSBTs');
    txVersion = Math.max(txVersion, psbt.txVersion);
    locktime = Math.min(locktime, psbt.fallbackLocktime ?? 0);
    return psbt;
  });
  const joined = new Psbt(0, txVersion, locktime);
  for (const psbt of psbts) {
    for (const input of psbt.inputs) {
      if (!joined.addInput(input)) throw new RpcError(RPC.INVALID_PARAMETER, `Input ${hashToHex(input.prevTxid)}:${input.prevOut} exists in multiple PSBTs`);
    }
    joined.outputs.push(...psbt.outputs);
    addMissing(joined.others.unknown, psbt.others.unknown);
  }
  // Their order must not tell which input and which output came together.
  shuffle(joined.inputs, randomInt);
  shuffle(joined.outputs, randomInt);
  return psbtToBase64(joined);
}

function inputAnalysisJson({ hasUtxo, isFinal, next, missing }: PsbtInputAnalysis): JsonObject {
  const lacks: JsonObject = {};
  if (missing !== null) {
    if (missing.missingPubkeys.length > 0) lacks['pubkeys'] = missing.missingPubkeys.map(toHex);
    if (missing.missingRedeemScript !== null) lacks['redeemscript'] = toHex(missing.missingRedeemScript);
    if (missing.missingWitnessScript !== null) lacks['witnessscript'] = toHex(missing.missingWitnessScript);
    if (missing.missingSignatures.length > 0) lacks['signatures'] = missing.missingSignatures.map(toHex);
  }
  return { has_utxo: hasUtxo, is_final: isFinal, next, ...(Object.keys(lacks).length === 0 ? {} : { missing: lacks }) };
}

function analyze(value: Json | undefined): Json {
  const { inputs, next, vsize, feerate, fee, error } = analyzePsbt(psbtArg(value));
  const out: JsonObject = {};
  if (inputs.length > 0) out['inputs'] = inputs.map(inputAnalysisJson);
  if (vsize !== null) out['estimated_vsize'] = vsize;
  if (feerate !== null) out['estimated_feerate'] = amountToJson(feerate);
  if (fee !== null) out['fee'] = amountToJson(fee);
  out['next'] = next;
  if (error !== '') out['error'] = error;
  return out;
}

async function descriptorProcess(deps: PsbtDeps, [text, descriptors, hashType, bip32derivs, finalize]: readonly (Json | undefined)[]): Promise<Json> {
  const keys = new SigningProvider();
  for (const one of arrayArg(descriptors)) addDescriptorData(one, deps.params, keys, true);
  const type = hashTypeArg(hashType);
  const psbt = await processPsbt(deps, text, keys.hiding({ origins: !boolArg(bip32derivs, true) }), type, boolArg(finalize, true));
  const txData = psbtTxData(psbt);
  const complete = psbt.inputs.every((_, i) => isSignedAndVerified(psbt, i, txData));
  const out: JsonObject = { psbt: psbtToBase64(psbt), complete };
  const tx = complete ? finalizeAndExtract(psbt) : null;
  if (tx !== null) out['hex'] = toHex(tx.raw);
  return out;
}

const PSBT: ArgSpec = { name: 'psbt', type: 'string', help: 'The PSBT in base64' };
const VERSION: ArgSpec = { name: 'psbt_version', type: 'numeric', default: 2, help: 'Version of the PSBT: 2 or 0' };
const PSBTS: ArgSpec = { name: 'txs', type: 'array', help: 'PSBTs in base64', fields: [{ name: 'psbt', type: 'string', optional: true, help: 'A PSBT' }] };
const DESCRIPTORS: Omit<ArgSpec, 'optional'> = {
  name: 'descriptors', type: 'array', help: 'Output descriptors', fields: [
    { name: '', type: 'string', optional: true, help: 'A descriptor' },
    { name: '', type: 'object', optional: true, help: 'A descriptor with more about it', fields: [
      { name: 'desc', type: 'string', help: 'The descriptor' }, { name: 'range', type: 'range', default: 1000, help: 'Positions to look at: the last one, or [first,last]' },
    ] },
  ],
};

/** Methods about partially signed transactions. */
export function psbtMethods(deps: PsbtDeps): RpcMethod[] {
  const { params, names } = deps;
  const category = 'rawtransactions';
  return [
    {
      name: 'decodepsbt', category, help: 'Shows a PSBT as JSON.', args: [PSBT],
      results: [{ type: 'object-dynamic', help: 'the PSBT: global records, "inputs", "outputs", and the "fee" where it is known' }], examples: ['"psbt"'],
      handler: ({ params: [psbt] }) => psbtToJson(psbtArg(psbt), names),
    },
    {
      name: 'combinepsbt', category, help: 'Puts what several PSBTs of one transaction know together (Combiner).', args: [PSBTS],
      results: [{ type: 'string', help: 'the PSBT in base64' }], examples: ['\'["mybase64_1", "mybase64_2", "mybase64_3"]\''],
      handler: ({ params: [txs] }) => {
        const list = arrayArg(txs);
        if (list.length === 0) throw new RpcError(RPC.INVALID_PARAMETER, "Parameter 'txs' cannot be empty");
        const combined = combinePsbts(list.map((text) => psbtArg(text)));
        if (combined === null) throw new RpcError(RPC.INVALID_PARAMETER, 'PSBTs not compatible (different transactions)');
        return psbtToBase64(combined);
      },
    },
    {
      name: 'finalizepsbt', category, help: 'Makes the inputs of a PSBT final; where all are, gives the transaction, ready to be sent (Finalizer, Extractor).',
      args: [PSBT, { name: 'extract', type: 'boolean', default: true, help: 'Give the transaction, where it is complete, rather than the PSBT' }],
      results: [{ type: 'object', fields: [
        { type: 'string', key: 'psbt', optional: true, help: 'the PSBT in base64' }, { type: 'hex', key: 'hex', optional: true, help: 'the transaction' },
        { type: 'boolean', key: 'complete', help: 'whether nothing is missing' },
      ] }],
      examples: ['"psbt"'],
      handler: ({ params: [text, extract] }) => {
        const psbt = psbtArg(text);
        const tx = finalizeAndExtract(psbt);
        return tx !== null && boolArg(extract, true) ? { hex: toHex(tx.raw), complete: true } : { psbt: psbtToBase64(psbt), complete: tx !== null };
      },
    },
    {
      name: 'createpsbt', category, help: 'Makes a PSBT of the given inputs and outputs (Creator). Nothing is signed, kept or sent.', args: [...CREATE_ARGS, VERSION],
      results: [{ type: 'string', help: 'the PSBT in base64' }], examples: ['"[{\\"txid\\":\\"myid\\",\\"vout\\":0}]" "[{\\"address\\":0.01}]"'],
      handler: ({ params: [inputs, outputs, locktime, rbf, version, psbtVersion] }) => {
        const tx = constructTransaction(inputs, outputs, locktime, rbf === undefined ? undefined : boolArg(rbf), params, version);
        return psbtToBase64(Psbt.fromTransaction(tx, psbtVersionArg(psbtVersion)));
      },
    },
    {
      name: 'converttopsbt', category, help: 'Makes a PSBT of a transaction, for use with createrawtransaction and fundrawtransaction.',
      args: [
        { name: 'hexstring', type: 'hex', help: 'The transaction' }, { name: 'permitsigdata', type: 'boolean', default: false, help: 'Drop signatures in it; otherwise they are an error' },
        { name: 'iswitness', type: 'boolean', defaultHint: 'depends on heuristic tests', help: 'Whether it is in the form with witnesses' }, VERSION,
      ],
      results: [{ type: 'string', help: 'the PSBT in base64' }], examples: ['"rawtransaction"'],
      handler: ({ params: [hex, permit, isWitness, version] }) => convert(hex, boolArg(permit, false), isWitness === undefined ? undefined : boolArg(isWitness), version),
    },
    {
      name: 'utxoupdatepsbt', category, help: 'Fills in what descriptors, the chain and the mempool know of witness inputs and of outputs.',
      args: [PSBT, { ...DESCRIPTORS, optional: true }], results: [{ type: 'string', help: 'the PSBT in base64' }], examples: ['"psbt"'],
      handler: async ({ params: [text, descriptors] }) => {
        const keys = new SigningProvider();
        for (const one of descriptors === undefined ? [] : arrayArg(descriptors)) addDescriptorData(one, params, keys, false);
        return psbtToBase64(await processPsbt(deps, text, keys.hiding({ keys: true }), undefined, false));
      },
    },
    {
      name: 'descriptorprocesspsbt', category, help: 'Fills in what descriptors, the chain and the mempool know, and signs with the private keys in the descriptors.',
      args: [
        PSBT, DESCRIPTORS, HASH_TYPE_ARG, { name: 'bip32derivs', type: 'boolean', default: true, help: 'Put in where keys come from' },
        { name: 'finalize', type: 'boolean', default: true, help: 'Make inputs final where that is possible' },
      ],
      results: [{ type: 'object', fields: [
        { type: 'string', key: 'psbt', help: 'the PSBT in base64' }, { type: 'boolean', key: 'complete', help: 'whether nothing is missing' },
        { type: 'hex', key: 'hex', optional: true, help: 'the transaction, where it is complete' },
      ] }],
      examples: ['"psbt" "[\\"descriptor1\\", \\"descriptor2\\"]"', '"psbt" "[{\\"desc\\":\\"mydescriptor\\", \\"range\\":21}]"'],
      handler: ({ params: args }) => descriptorProcess(deps, args),
    },
    {
      name: 'joinpsbts', category, help: 'Makes one PSBT with the inputs and outputs of several, all of version 0.', args: [PSBTS],
      results: [{ type: 'string', help: 'the PSBT in base64' }], examples: ['"psbt"'], handler: ({ params: [txs] }) => join(arrayArg(txs)),
    },
    {
      name: 'analyzepsbt', category, help: 'Says what a PSBT lacks and who should have it next.', args: [PSBT],
      results: [{ type: 'object', fields: [
        { type: 'array', key: 'inputs', optional: true, fields: [{ type: 'object', fields: [
          { type: 'boolean', key: 'has_utxo', help: 'whether the output it spends is known' }, { type: 'boolean', key: 'is_final', help: 'whether it is final' },
          { type: 'object', key: 'missing', optional: true, help: 'what stands in the way', fields: [
            { type: 'array', key: 'pubkeys', optional: true, fields: [{ type: 'hex', key: 'keyid', help: 'hash160 of a key' }] },
            { type: 'array', key: 'signatures', optional: true, fields: [{ type: 'hex', key: 'keyid', help: 'hash160 of a key that must sign' }] },
            { type: 'hex', key: 'redeemscript', optional: true, help: 'hash160 of the script' }, { type: 'hex', key: 'witnessscript', optional: true, help: 'SHA-256 of the script' },
          ] },
          { type: 'string', key: 'next', optional: true, help: 'whose turn it is' },
        ] }] },
        { type: 'numeric', key: 'estimated_vsize', optional: true, help: 'virtual size once signed' }, { type: 'amount', key: 'estimated_feerate', optional: true, help: 'coins per kvB' },
        { type: 'amount', key: 'fee', optional: true, help: 'fee in coins' }, { type: 'string', key: 'next', help: 'whose turn it is' }, { type: 'string', key: 'error', optional: true, help: 'what is wrong' },
      ] }],
      examples: ['"psbt"'], handler: ({ params: [text] }) => analyze(text),
    },
  ];
}
