import { MAX_BIP125_RBF_SEQUENCE, Transaction } from '../../primitives/transaction.ts';
import { boolArg, stringArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { ResultSpec } from '../../rpc/method.ts';
import { psbtFaultError } from '../../rpc/psbt-json.ts';
import { Psbt } from '../../script/psbt/psbt.ts';
import { finalizeAndExtract } from '../../script/psbt/sign.ts';
import { psbtToBase64 } from '../../script/psbt/write.ts';
import { hashToHex, toHex } from '../../util/bytes.ts';
import { RpcError } from '../../util/errors.ts';
import type { Json, JsonObject } from '../../util/json.ts';
import { completePsbt, type FilledByWallet } from '../external-signer.ts';
import type { FillPsbtOptions } from '../psbt.ts';
import { antiFeeSnipingLocktime, SEQUENCE_NONFINAL } from '../spend/create-transaction.ts';
import { FastRandom } from '../spend/random.ts';
import type { Wallet } from '../wallet.ts';
import type { Options } from './fund-options.ts';

/** Names that older methods have for an option, and what it is called in newer ones. */
const OUTDATED = [
  ['changeAddress', 'change_address'], ['changePosition', 'change_position'], ['lockUnspents', 'lock_unspents'], ['subtractFeeFromOutputs', 'subtract_fee_from_outputs'],
] as const;

function invalid(text: string): never {
  throw new RpcError(RPC.INVALID_PARAMETER, text);
}

/** @throws RpcError -8 for an option under its older name */
export function refuseOutdated(wallet: Wallet, options: Options): void {
  if (options['feeRate'] !== undefined) invalid(`Use fee_rate (${wallet.params.coin.currencyAtom}/vB) instead of feeRate`);
  for (const [old, name] of OUTDATED) if (options[old] !== undefined) invalid(`Use ${name} instead of ${old}`);
}

/** The options with what was given by position. @throws RpcError -8 */
export function withFeeArguments(options: Options, target: Json | undefined, mode: Json | undefined, feeRate: Json | undefined): Options {
  const out = { ...options };
  if (out['conf_target'] !== undefined || out['estimate_mode'] !== undefined) {
    if (target !== undefined || mode !== undefined) invalid('Pass conf_target and estimate_mode either as arguments or in the options object, but not both');
  } else {
    out['conf_target'] = target ?? undefined;
    out['estimate_mode'] = mode ?? undefined;
  }
  if (out['fee_rate'] !== undefined) {
    if (feeRate !== undefined) invalid('Pass the fee_rate either as an argument, or in the options object, but not both');
  } else {
    out['fee_rate'] = feeRate ?? undefined;
  }
  if (out['conf_target'] !== undefined && (out['estimate_mode'] === undefined || stringArg(out['estimate_mode']) === 'unset')) invalid('Specify estimate_mode');
  return out;
}

/** @returns the PSBT, which a device may have made anew, and whether all inputs are signed @throws RpcError */
export async function fillWithWallet(wallet: Wallet, psbt: Psbt, options: FillPsbtOptions): Promise<FilledByWallet> {
  const outcome = await completePsbt(wallet, psbt, options);
  if ('fault' in outcome) throw psbtFaultError(outcome.fault);
  return outcome;
}

/** What finishTransaction answers. */
export const FINISHED: readonly ResultSpec[] = [{ type: 'object', fields: [
  { type: 'boolean', key: 'complete', help: 'Whether nothing is missing' },
  { type: 'hex', key: 'txid', optional: true, help: 'The transaction, where it is complete' },
  { type: 'hex', key: 'hex', optional: true, help: 'Its bytes, where it was not stored' },
  { type: 'string', key: 'psbt', optional: true, help: 'The PSBT, where it is not complete or was asked for' },
] }];

/** Signs, and stores and sends it unless the client wants it for itself. Call it while the wallet's spending is held. @throws RpcError */
export async function finishTransaction(wallet: Wallet, options: Options, made: Transaction): Promise<JsonObject> {
  let tx = made;
  const { version, inputs, outputs } = tx;
  if (options['locktime'] === undefined && inputs.every(({ sequence }) => sequence === SEQUENCE_NONFINAL || sequence === MAX_BIP125_RBF_SEQUENCE)) {
    tx = new Transaction({ version, inputs, outputs, locktime: await antiFeeSnipingLocktime(wallet, new FastRandom()) });
  }
  const unsigned = Psbt.fromTransaction(tx);
  await fillWithWallet(wallet, unsigned, { sign: false, derivations: true });
  const { psbt } = await fillWithWallet(wallet, unsigned, { sign: true, derivations: false });
  const signed = finalizeAndExtract(psbt);
  const wantsPsbt = boolArg(options['psbt'], false);
  const store = boolArg(options['add_to_wallet'], true);
  const result: Record<string, Json> = {};
  if (wantsPsbt || signed === null || !store) result['psbt'] = psbtToBase64(psbt);
  if (signed !== null) {
    result['txid'] = hashToHex(signed.txid);
    if (store && !wantsPsbt) await wallet.commit(signed);
    else result['hex'] = toHex(signed.raw);
  }
  result['complete'] = signed !== null;
  return result;
}
