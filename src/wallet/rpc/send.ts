import { randomInt } from '../../crypto/random.ts';
import { boolArg, objectArg, stringArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { ArgSpec, ResultSpec, RpcMethod } from '../../rpc/method.ts';
import { RpcError } from '../../util/errors.ts';
import type { Json } from '../../util/json.ts';
import { shuffle } from '../../util/shuffle.ts';
import type { WalletContext } from '../context.ts';
import { CoinControl } from '../spend/coin-control.ts';
import { createTransaction, type Recipient } from '../spend/create-transaction.ts';
import { feeReasonText } from '../spend/feerate-choice.ts';
import type { Wallet } from '../wallet.ts';
import { applyFeeArgs, FEE_MODES_HELP } from './fee-args.ts';
import { parseOutputs, subtractFeePositions, toRecipients } from './outputs.ts';
import { avoidReuseArg, ensureUnlocked, NEEDS_PASSPHRASE, walletFor } from './util.ts';

/** Creates, signs, stores and broadcasts. @throws RpcError -4, -6, -13 */
async function sendMoney(wallet: Wallet, control: CoinControl, recipients: Recipient[], details: { comment?: string | undefined; commentTo?: string | undefined }, verbose: boolean): Promise<Json> {
  ensureUnlocked(wallet);
  if (wallet.hasExternalSigner) throw new RpcError(RPC.WALLET_ERROR, 'Error: sendtoaddress and sendmany are not supported for wallets with external signers; use send instead');
  if (wallet.privateKeysDisabled) throw new RpcError(RPC.WALLET_ERROR, 'Error: Private keys are disabled for this wallet');
  return wallet.spending.run(async () => {
    const created = await createTransaction(wallet, shuffle([...recipients], randomInt), null, control, true);
    if (!created.ok) throw new RpcError(RPC.WALLET_INSUFFICIENT_FUNDS, created.error);
    const { tx, feeReason } = created.value;
    await wallet.commit(tx, details);
    return verbose ? { txid: tx.txidHex, fee_reason: feeReasonText(feeReason) } : tx.txidHex;
  });
}

function remark(value: Json | undefined): string | undefined {
  const text = stringArg(value, '');
  return text === '' ? undefined : text;
}

const FEE: readonly ArgSpec[] = [
  { name: 'replaceable', type: 'boolean', defaultHint: 'as the wallet does', help: 'Signal that the transaction may be replaced' },
  { name: 'conf_target', type: 'numeric', defaultHint: 'set by -txconfirmtarget', help: 'Blocks within which it should confirm' },
  { name: 'estimate_mode', type: 'string', default: 'unset', help: `How to estimate the fee: ${FEE_MODES_HELP}` },
];
const FEE_RATE: ArgSpec = { name: 'fee_rate', type: 'amount', defaultHint: 'estimated', help: 'Feerate in sat/vB' };
const VERBOSE: ArgSpec = { name: 'verbose', type: 'boolean', default: false, help: 'Say more about it' };
const RESULTS: readonly ResultSpec[] = [
  { type: 'hex', condition: 'if verbose is not set or set to false', help: 'Id of the transaction' },
  { type: 'object', condition: 'if verbose is set to true', fields: [{ type: 'hex', key: 'txid', help: 'Id of the transaction' }, { type: 'string', key: 'fee_reason', help: 'Where the feerate comes from' }] },
];

export function sendMethods(context: WalletContext): RpcMethod[] {
  return [
    {
      name: 'sendtoaddress', category: 'wallet', help: `Pays an address.${NEEDS_PASSPHRASE}`,
      args: [
        { name: 'address', type: 'string', help: 'The address' },
        { name: 'amount', type: 'amount', help: 'How much' },
        { name: 'comment', type: 'string', optional: true, help: 'What it is for; kept in the wallet only' },
        { name: 'comment_to', type: 'string', optional: true, help: 'Whom it is for; kept in the wallet only' },
        { name: 'subtractfeefromamount', type: 'boolean', default: false, help: 'Take the fee from the amount' },
        ...FEE,
        { name: 'avoid_reuse', type: 'boolean', default: true, help: 'Leave coins at used addresses alone; for wallets with that flag' },
        FEE_RATE, VERBOSE,
      ],
      results: RESULTS,
      examples: ['"address" 0.1', '"address" 0.1 "drinks" "room77" true true null "unset" null 1.1'],
      handler: async (request) => {
        const [address, amount, comment, commentTo, subtractFee, replaceable, target, mode, avoidReuse, feeRate, verbose] = request.params;
        const wallet = walletFor(context, request);
        await wallet.synced();
        const control = newControl(wallet, replaceable);
        control.avoidAddressReuse = avoidReuseArg(wallet, avoidReuse);
        control.avoidPartialSpends ||= control.avoidAddressReuse;
        await applyFeeArgs(wallet, control, target, mode, feeRate, false);
        ensureUnlocked(wallet);
        const recipients = toRecipients(parseOutputs(wallet, [[stringArg(address), amount ?? null]]), new Set(boolArg(subtractFee, false) ? [0] : []));
        return sendMoney(wallet, control, recipients, { comment: remark(comment), commentTo: remark(commentTo) }, boolArg(verbose, false));
      },
    },
    {
      name: 'sendmany', category: 'wallet', help: `Pays several addresses in one transaction.${NEEDS_PASSPHRASE}`,
      args: [
        { name: 'dummy', type: 'string', default: '', oneLine: '""', help: 'Must be ""' },
        { name: 'amounts', type: 'object-user-keys', help: 'What each is to get', fields: [{ name: 'address', type: 'amount', help: 'Address and amount' }] },
        { name: 'minconf', type: 'numeric', optional: true, help: 'Ignored' },
        { name: 'comment', type: 'string', optional: true, help: 'What it is for; kept in the wallet only' },
        { name: 'subtractfeefrom', type: 'array', optional: true, help: 'Take the fee from these, in equal parts', fields: [{ name: 'address', type: 'string', optional: true, help: 'Address' }] },
        ...FEE, FEE_RATE, VERBOSE,
      ],
      results: RESULTS,
      examples: ['"" \'{"address1":0.01,"address2":0.02}\''],
      handler: async (request) => {
        const [dummy, amounts, , comment, subtractFeeFrom, replaceable, target, mode, feeRate, verbose] = request.params;
        const wallet = walletFor(context, request);
        await wallet.synced();
        if (stringArg(dummy, '') !== '') throw new RpcError(RPC.INVALID_PARAMETER, 'Dummy value must be set to ""');
        const pairs = Object.entries(objectArg(amounts));
        const control = newControl(wallet, replaceable);
        await applyFeeArgs(wallet, control, target, mode, feeRate, false);
        const recipients = toRecipients(parseOutputs(wallet, pairs), subtractFeePositions(subtractFeeFrom, pairs.map(([name]) => name)));
        return sendMoney(wallet, control, recipients, { comment: remark(comment) }, boolArg(verbose, false));
      },
    },
  ];
}

/** What holds for a transaction unless the call says otherwise. */
export function newControl(wallet: Wallet, replaceable: Json | undefined): CoinControl {
  const control = new CoinControl();
  control.avoidPartialSpends = wallet.options.avoidPartialSpends;
  if (replaceable !== undefined) control.signalRbf = boolArg(replaceable);
  return control;
}
