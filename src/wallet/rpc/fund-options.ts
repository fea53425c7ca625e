import { hash160 } from '../../crypto/hash.ts';
import { isValidPubkey } from '../../crypto/secp256k1.ts';
import { MAX_STANDARD_TX_WEIGHT, TRUC_MAX_VSIZE, TRUC_VERSION } from '../../policy/limits.ts';
import { arrayArg, boolArg, hashArg, intArg, objectArg, stringArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { ArgSpec } from '../../rpc/method.ts';
import type { Transaction } from '../../primitives/transaction.ts';
import { parseDescriptors } from '../../script/descriptor/parse.ts';
import { SigningProvider } from '../../script/signing-provider.ts';
import { scriptForDestination } from '../../script/standard.ts';
import { parseAmount } from '../../util/amount.ts';
import { fromHex, isHex } from '../../util/bytes.ts';
import { errorText, RpcError } from '../../util/errors.ts';
import { isJsonObject, jsonTypeName, type Json, type JsonObject } from '../../util/json.ts';
import { ALL_OUTPUT_TYPES, parseOutputType } from '../output-type.ts';
import type { CoinControl } from '../spend/coin-control.ts';
import type { CreatedTransaction, Recipient } from '../spend/create-transaction.ts';
import { fundTransaction } from '../spend/fund.ts';
import type { Wallet } from '../wallet.ts';
import { applyFeeArgs, FEE_MODES_HELP } from './fee-args.ts';
import { checkFields, optionsArg } from './util.ts';

/** Members of an options object that are there. */
export type Options = Record<string, Exclude<Json, null> | undefined>;

/** Least weight of an input: outpoint, sequence, empty script and witness. */
const MIN_INPUT_WEIGHT = 165;

const FIELDS = {
  add_inputs: 'bool', include_unsafe: 'bool', add_to_wallet: 'bool', changeAddress: 'string', change_address: 'string', changePosition: 'number',
  change_position: 'number', change_type: 'string', includeWatching: 'bool', include_watching: 'bool', inputs: 'array', lockUnspents: 'bool',
  lock_unspents: 'bool', locktime: 'number', fee_rate: 'any', feeRate: 'any', psbt: 'bool', solving_data: 'object', subtractFeeFromOutputs: 'array',
  subtract_fee_from_outputs: 'array', replaceable: 'bool', conf_target: 'number', estimate_mode: 'string', minconf: 'number', maxconf: 'number',
  input_weights: 'array', max_tx_weight: 'number',
} as const;

/** Options that every way of funding a transaction has; the mixed-case names are those of the older methods. */
export const FUND_OPTIONS: readonly ArgSpec[] = [
  { name: 'add_inputs', type: 'boolean', default: true, help: 'Add inputs where those given are not enough' },
  { name: 'include_unsafe', type: 'boolean', default: false, help: 'Spend unconfirmed outputs from others and of replacements too' },
  { name: 'minconf', type: 'numeric', default: 0, help: 'Least confirmations of added inputs' },
  { name: 'maxconf', type: 'numeric', optional: true, help: 'Most confirmations of added inputs' },
  { name: 'changeAddress', type: 'string', defaultHint: 'a new one', help: 'Address for the change' },
  { name: 'changePosition', type: 'numeric', defaultHint: 'random', help: 'Position of the change output' },
  { name: 'change_type', type: 'string', defaultHint: 'set by -changetype', help: `Kind of address for the change: ${ALL_OUTPUT_TYPES}` },
  { name: 'includeWatching', type: 'boolean', default: false, help: 'No longer used' },
  { name: 'lockUnspents', type: 'boolean', default: false, help: 'Keep the inputs from being spent otherwise' },
  { name: 'fee_rate', type: 'amount', defaultHint: 'estimated', help: 'Feerate in sat/vB' },
  { name: 'feeRate', type: 'amount', defaultHint: 'estimated', help: 'Feerate in coins a thousand virtual bytes' },
  { name: 'subtractFeeFromOutputs', type: 'array', default: [], help: 'Take the fee from these outputs, in equal parts', fields: [{ name: 'vout_index', type: 'numeric', optional: true, help: 'Position' }] },
];

export const INPUT_WEIGHTS: ArgSpec = {
  name: 'input_weights', type: 'array', optional: true, help: 'Weights of inputs', fields: [{ name: '', type: 'object', optional: true, help: '', fields: [
    { name: 'txid', type: 'hex', help: 'Transaction' }, { name: 'vout', type: 'numeric', help: 'Output number' }, { name: 'weight', type: 'numeric', help: 'Most weight units of the signed input' },
  ] }],
};

export const FUND_OPTIONS_END: readonly ArgSpec[] = [
  { name: 'max_tx_weight', type: 'numeric', default: MAX_STANDARD_TX_WEIGHT, help: 'Most weight units of the transaction' },
  { name: 'conf_target', type: 'numeric', defaultHint: 'set by -txconfirmtarget', alsoPositional: true, help: 'Blocks within which it should confirm' },
  { name: 'estimate_mode', type: 'string', default: 'unset', alsoPositional: true, help: `How to estimate the fee: ${FEE_MODES_HELP}` },
  { name: 'replaceable', type: 'boolean', defaultHint: 'as the wallet does', help: 'Signal that the transaction may be replaced' },
  { name: 'solving_data', type: 'object', optional: true, help: 'Keys and scripts to estimate the size of foreign inputs', fields: [
    { name: 'pubkeys', type: 'array', default: [], help: 'Public keys', fields: [{ name: 'pubkey', type: 'hex', optional: true, help: '' }] },
    { name: 'scripts', type: 'array', default: [], help: 'Scripts', fields: [{ name: 'script', type: 'hex', optional: true, help: '' }] },
    { name: 'descriptors', type: 'array', default: [], help: 'Descriptors', fields: [{ name: 'descriptor', type: 'string', optional: true, help: '' }] },
  ] },
];

function invalid(text: string): never {
  throw new RpcError(RPC.INVALID_PARAMETER, text);
}

/** Members of an options object; null ones count as absent, except for the one that must be a string where it is there. @throws RpcError -3 */
export function fundOptionsArg(value: Json | undefined): Options {
  if (isJsonObject(value) && value['change_type'] === null) stringArg(null);
  return optionsArg(value);
}

/** Funds `tx` as the options say. @throws RpcError */
export async function fundWithOptions(wallet: Wallet, tx: Transaction, recipients: readonly Recipient[], options: Options, control: CoinControl, overrideMinimum: boolean): Promise<CreatedTransaction> {
  await wallet.synced();
  checkFields(options as JsonObject, FIELDS);
  if (options['add_inputs'] !== undefined) control.allowOtherInputs = boolArg(options['add_inputs']);
  const changeAddress = options['change_address'] ?? options['changeAddress'];
  if (changeAddress !== undefined) {
    const script = wallet.addresses.scriptOf(stringArg(changeAddress));
    if (script === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Change address must be a valid bitcoin address');
    control.changeScript = script;
  }
  const position = options['change_position'] ?? options['changePosition'];
  let changeAt: number | null = null;
  if (position !== undefined) {
    changeAt = intArg(position);
    if (changeAt < 0 || changeAt > recipients.length) invalid('changePosition out of bounds');
  }
  if (options['change_type'] !== undefined) {
    if (changeAddress !== undefined) invalid('Cannot specify both change address and address type options');
    const type = parseOutputType(stringArg(options['change_type']));
    if (type === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, `Unknown change type '${stringArg(options['change_type'])}'`);
    control.changeType = type;
  }
  const lockInputs = boolArg(options['lock_unspents'] ?? options['lockUnspents'], false);
  if (options['include_unsafe'] !== undefined) control.includeUnsafe = boolArg(options['include_unsafe']);
  if (options['feeRate'] !== undefined) {
    const unit = wallet.params.coin.currencyUnit;
    if (options['fee_rate'] !== undefined) invalid(`Cannot specify both fee_rate (${wallet.params.coin.currencyAtom}/vB) and feeRate (${unit}/kvB)`);
    if (options['conf_target'] !== undefined) {
      invalid('Cannot specify both conf_target and feeRate. Please provide either a confirmation target in blocks for automatic fee estimation, or an explicit fee rate.');
    }
    if (options['estimate_mode'] !== undefined) invalid('Cannot specify both estimate_mode and feeRate');
    control.feerate = parseAmount(options['feeRate']);
    control.overrideFeerate = true;
  }
  if (options['replaceable'] !== undefined) control.signalRbf = boolArg(options['replaceable']);
  if (options['minconf'] !== undefined) {
    control.minDepth = intArg(options['minconf']);
    if (control.minDepth < 0) invalid('Negative minconf');
  }
  if (options['maxconf'] !== undefined) {
    control.maxDepth = intArg(options['maxconf']);
    if (control.maxDepth < control.minDepth) invalid(`maxconf can't be lower than minconf: ${control.maxDepth} < ${control.minDepth}`);
  }
  await applyFeeArgs(wallet, control, options['conf_target'], options['estimate_mode'], options['fee_rate'], overrideMinimum);
  if (options['solving_data'] !== undefined) addSolvingData(wallet, control, objectArg(options['solving_data']));
  for (const item of options['input_weights'] === undefined ? [] : arrayArg(options['input_weights'])) setInputWeight(control, objectArg(item));
  if (options['max_tx_weight'] !== undefined) control.maxTxWeight = intArg(options['max_tx_weight']);
  if (tx.version === TRUC_VERSION) control.maxTxWeight = Math.min(control.maxTxWeight ?? Infinity, TRUC_MAX_VSIZE * 4);
  if (recipients.length === 0) invalid('TX must have at least one output');
  const outcome = await wallet.spending.run(() => fundTransaction(wallet, tx, recipients, changeAt, lockInputs, control));
  if (!outcome.ok) throw new RpcError(RPC.WALLET_ERROR, outcome.error);
  return outcome.value;
}

function addSolvingData(wallet: Wallet, control: CoinControl, data: JsonObject): void {
  const { externalProvider: provider } = control;
  const list = (name: string): string[] => (data[name] === undefined ? [] : arrayArg(data[name]).map((item) => stringArg(item)));
  for (const hex of list('pubkeys')) {
    if (!isHex(hex)) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, `Pubkey "${hex}" must be a hex string`);
    if (hex.length !== 66 && hex.length !== 130) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, `Pubkey "${hex}" must have a length of either 33 or 65 bytes`);
    const pubkey = fromHex(hex);
    if (!isValidPubkey(pubkey)) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, `Pubkey "${hex}" must be cryptographically valid.`);
    provider.addPubkey(pubkey);
    provider.addScript(scriptForDestination({ type: 'wpkh', hash: hash160(pubkey) }));
  }
  for (const hex of list('scripts')) {
    if (!isHex(hex)) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, `'${hex}' is not hex`);
    provider.addScript(fromHex(hex));
  }
  for (const text of list('descriptors')) {
    const keys = new SigningProvider();
    try {
      for (const descriptor of parseDescriptors(text, wallet.params, keys, true)) {
        const expanded = descriptor.expand(0, keys);
        if (expanded !== null) provider.merge(expanded.provider);
      }
    } catch (e) {
      invalid(`Unable to parse descriptor '${text}': ${errorText(e)}`);
    }
    provider.merge(keys);
  }
}

function setInputWeight(control: CoinControl, input: JsonObject): void {
  const txid = hashArg(input['txid'], 'txid');
  if (jsonTypeName(input['vout']) !== 'number') invalid('Invalid parameter, missing vout key');
  const vout = intArg(input['vout']);
  if (vout < 0) invalid('Invalid parameter, vout cannot be negative');
  if (jsonTypeName(input['weight']) !== 'number') invalid('Invalid parameter, missing weight key');
  const weight = intArg(input['weight']);
  if (weight < MIN_INPUT_WEIGHT) {
    invalid('Invalid parameter, weight cannot be less than 165 (41 bytes (size of outpoint + sequence + empty scriptSig) * 4 (witness scaling factor)) + 1 (empty witness)');
  }
  if (weight > MAX_STANDARD_TX_WEIGHT) invalid(`Invalid parameter, weight cannot be greater than the maximum standard tx weight of ${MAX_STANDARD_TX_WEIGHT}`);
  control.setWeight({ txid, vout }, weight);
}
