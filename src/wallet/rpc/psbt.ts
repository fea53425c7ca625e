import { Transaction } from '../../primitives/transaction.ts';
import { arrayArg, boolArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { ArgSpec, RpcMethod } from '../../rpc/method.ts';
import { psbtArg, psbtVersionArg } from '../../rpc/psbt-json.ts';
import { constructTransaction, CREATE_ARGS, hashTypeArg, outputPairs, parseOutputs } from '../../rpc/raw-transaction.ts';
import { Psbt } from '../../script/psbt/psbt.ts';
import { finalizeAndExtract } from '../../script/psbt/sign.ts';
import { psbtToBase64 } from '../../script/psbt/write.ts';
import { amountToJson } from '../../util/amount.ts';
import { toHex } from '../../util/bytes.ts';
import { RpcError } from '../../util/errors.ts';
import { isJsonObject, type Json } from '../../util/json.ts';
import type { WalletContext } from '../context.ts';
import type { CreatedTransaction } from '../spend/create-transaction.ts';
import type { Wallet } from '../wallet.ts';
import { FEE_MODES_HELP } from './fee-args.ts';
import { fillWithWallet, FINISHED, finishTransaction, refuseOutdated, withFeeArguments } from './finish.ts';
import { FUND_OPTIONS, FUND_OPTIONS_END, fundOptionsArg, fundWithOptions, type Options } from './fund-options.ts';
import { subtractFeePositions, toRecipients } from './outputs.ts';
import { newControl } from './send.ts';
import { ensureUnlocked, NEEDS_PASSPHRASE, walletFor } from './util.ts';

const WALLET_TX_VERSION = 2;

function invalid(text: string): never {
  throw new RpcError(RPC.INVALID_PARAMETER, text);
}

const WEIGHT: ArgSpec = { name: 'weight', type: 'numeric', defaultHint: 'by wallet and solving data', help: 'Most weight units of the signed input' };
const [BARE_INPUTS, OUTPUTS] = CREATE_ARGS as readonly [ArgSpec, ArgSpec, ...ArgSpec[]];
const INPUTS: ArgSpec = { ...BARE_INPUTS, help: 'What it spends; leave it empty to have inputs added', fields: (BARE_INPUTS.fields ?? []).map((input) => ({ ...input, fields: [...(input.fields ?? []), WEIGHT] })) };
const VERSION: ArgSpec = { name: 'version', type: 'numeric', default: WALLET_TX_VERSION, help: 'Version of the transaction' };

const SEND_OPTIONS: readonly ArgSpec[] = [
  { name: 'add_inputs', type: 'boolean', defaultHint: 'false when "inputs" are specified, true otherwise', help: 'Add inputs where those given are not enough' },
  { name: 'include_unsafe', type: 'boolean', default: false, help: 'Spend unconfirmed outputs from others and of replacements too' },
  { name: 'minconf', type: 'numeric', default: 0, help: 'Least confirmations of added inputs' },
  { name: 'maxconf', type: 'numeric', optional: true, help: 'Most confirmations of added inputs' },
  { name: 'add_to_wallet', type: 'boolean', default: true, help: 'Whether to store and send it; otherwise it is only returned' },
  { name: 'change_address', type: 'string', defaultHint: 'a new one', help: 'Address for the change' },
  { name: 'change_position', type: 'numeric', defaultHint: 'random', help: 'Position of the change output' },
  ...FUND_OPTIONS.filter(({ name }) => name === 'change_type'),
  { name: 'fee_rate', type: 'amount', defaultHint: 'estimated', alsoPositional: true, help: 'Feerate in sat/vB' },
  { name: 'include_watching', type: 'boolean', default: false, help: 'No longer used' },
  { ...INPUTS, default: [] },
  { name: 'locktime', type: 'numeric', defaultHint: 'near the current height', help: 'Lock time; where it is not 0 it makes the sequence numbers so that it holds' },
  { name: 'lock_unspents', type: 'boolean', default: false, help: 'Keep the inputs from being spent otherwise' },
  { name: 'psbt', type: 'boolean', defaultHint: 'where signatures are missing', help: 'Return a PSBT in any case; nothing is stored or sent then' },
  { name: 'subtract_fee_from_outputs', type: 'array', default: [], help: 'Take the fee from these outputs, in equal parts', fields: [{ name: 'vout_index', type: 'numeric', optional: true, help: 'Position' }] },
  ...FUND_OPTIONS_END,
];

export function psbtMethods(context: WalletContext): RpcMethod[] {
  return [
    {
      name: 'send', category: 'wallet', help: `Makes a transaction for outputs, signs it and sends it, or returns a PSBT where signatures are missing.${NEEDS_PASSPHRASE}`,
      args: [
        OUTPUTS,
        { name: 'conf_target', type: 'numeric', defaultHint: 'set by -txconfirmtarget', help: 'Blocks within which it should confirm' },
        { name: 'estimate_mode', type: 'string', default: 'unset', help: `How to estimate the fee: ${FEE_MODES_HELP}` },
        { name: 'fee_rate', type: 'amount', defaultHint: 'estimated', help: 'Feerate in sat/vB' },
        { name: 'options', type: 'named-params', optional: true, oneLine: 'options', help: '', fields: SEND_OPTIONS },
        VERSION,
      ],
      results: FINISHED,
      examples: ['\'{"address": 0.1}\' 6 economical', '\'{"address": 0.2}\' null "unset" 1.1'],
      handler: async ({ params: [outputs, target, mode, feeRate, given, version], ...request }) => {
        const wallet = walletFor(context, { ...request, params: [] });
        const options = withFeeArguments(fundOptionsArg(given), target, mode, feeRate);
        refuseOutdated(wallet, options);
        const made = await fund(wallet, options['inputs'], outputs, options['locktime'], options, options['subtract_fee_from_outputs'], version, false);
        return wallet.spending.run(() => finishTransaction(wallet, options, made.tx));
      },
    },
    {
      name: 'walletprocesspsbt', category: 'wallet', help: `Adds to a PSBT what the wallet knows, and signs the inputs that it can.${NEEDS_PASSPHRASE}`,
      args: [
        { name: 'psbt', type: 'string', help: 'The PSBT, in base64' },
        { name: 'sign', type: 'boolean', default: true, help: 'Whether to sign, too' },
        { name: 'sighashtype', type: 'string', default: 'DEFAULT for Taproot, ALL otherwise', help: 'What signatures cover, where the PSBT does not say' },
        { name: 'bip32derivs', type: 'boolean', default: true, help: 'Whether to say how keys are derived' },
        { name: 'finalize', type: 'boolean', default: true, help: 'Whether to make inputs final where that is possible' },
      ],
      results: [{ type: 'object', fields: [
        { type: 'string', key: 'psbt', help: 'The PSBT' }, { type: 'boolean', key: 'complete', help: 'Whether nothing is missing' },
        { type: 'hex', key: 'hex', optional: true, help: 'The transaction, where it is complete' },
      ] }],
      examples: ['"psbt"'],
      handler: async ({ params: [text, sign, hashType, derivations, finalize], ...request }) => {
        const wallet = walletFor(context, { ...request, params: [] });
        await wallet.synced();
        const given = psbtArg(text);
        const options = { sign: boolArg(sign, true), derivations: boolArg(derivations, true), hashType: hashTypeArg(hashType), finalize: boolArg(finalize, true) };
        if (options.sign) ensureUnlocked(wallet);
        const { psbt, complete } = await fillWithWallet(wallet, given, options);
        const encoded = psbtToBase64(psbt);
        const tx = complete ? finalizeAndExtract(psbt) : null;
        return { psbt: encoded, complete, ...(tx === null ? {} : { hex: toHex(tx.raw) }) };
      },
    },
    {
      name: 'walletcreatefundedpsbt', category: 'wallet',
      help: 'Makes a transaction as a PSBT, with inputs of the wallet added. Inputs that are not of the wallet need solving data.',
      args: [
        { ...INPUTS, optional: true }, OUTPUTS,
        { name: 'locktime', type: 'numeric', default: 0, help: 'Lock time; where it is not 0 it makes the sequence numbers so that it holds' },
        { name: 'options', type: 'named-params', optional: true, oneLine: 'options', help: '', fields: [...FUND_OPTIONS, ...FUND_OPTIONS_END] },
        { name: 'bip32derivs', type: 'boolean', default: true, help: 'Whether to say how keys are derived' },
        VERSION,
        { name: 'psbt_version', type: 'numeric', default: 2, help: 'Version of the PSBT' },
      ],
      results: [{ type: 'object', fields: [
        { type: 'string', key: 'psbt', help: 'The PSBT' }, { type: 'amount', key: 'fee', help: 'Its fee' }, { type: 'numeric', key: 'changepos', help: 'Position of the change, or -1' },
      ] }],
      examples: ['"[]" \'[{"address":0.5}]\' 0 \'{"add_inputs":true,"fee_rate":2}\''],
      handler: async ({ params: [inputs, outputs, locktime, given, derivations, version, psbtVersion], ...request }) => {
        const wallet = walletFor(context, { ...request, params: [] });
        await wallet.synced();
        const options = fundOptionsArg(given);
        const made = await fund(wallet, inputs, outputs, locktime, options, options['subtractFeeFromOutputs'], version, true);
        const psbt = Psbt.fromTransaction(made.tx, psbtVersionArg(psbtVersion));
        await fillWithWallet(wallet, psbt, { sign: false, derivations: boolArg(derivations, true) });
        return { psbt: psbtToBase64(psbt), fee: amountToJson(made.feeSat), changepos: made.changePosition ?? -1 };
      },
    },
  ];
}

/** Builds the transaction that the client describes and adds inputs and change. @throws RpcError */
async function fund(
  wallet: Wallet, inputs: Json | undefined, outputs: Json | undefined, locktime: Json | undefined, options: Options, feePayers: Json | undefined, version: Json | undefined, overrideMinimum: boolean,
): Promise<CreatedTransaction> {
  const rbf = options['replaceable'] === undefined ? wallet.options.signalRbf : boolArg(options['replaceable']);
  const requested = parseOutputs(outputPairs(outputs), wallet.params);
  const recipients = toRecipients(requested, subtractFeePositions(feePayers, requested.map(({ name }) => name)));
  const described = constructTransaction(inputs, outputs, locktime, rbf, wallet.params, version ?? WALLET_TX_VERSION);
  const control = newControl(wallet, undefined);
  control.version = described.version;
  control.allowOtherInputs = described.inputs.length === 0;
  if (options['input_weights'] !== undefined) invalid('Input weights should be specified in inputs rather than in options.');
  const weights = inputs === undefined || inputs === null ? [] : arrayArg(inputs).filter((input) => isJsonObject(input) && input['weight'] !== undefined);
  const bare = new Transaction({ version: described.version, inputs: described.inputs, outputs: [], locktime: described.locktime });
  return fundWithOptions(wallet, bare, recipients, weights.length === 0 ? options : { ...options, input_weights: weights }, control, overrideMinimum);
}
