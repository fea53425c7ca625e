import { boolArg, hashArg, intArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { RpcMethod } from '../../rpc/method.ts';
import { amountToJson } from '../../util/amount.ts';
import { RpcError } from '../../util/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../util/json.ts';
import type { WalletContext } from '../context.ts';
import { bumpTransaction, commitBump } from '../spend/fee-bumper.ts';
import { applyFeeArgs, FEE_MODES_HELP } from './fee-args.ts';
import { parseOutputs, type OutputPairs } from './outputs.ts';
import { newControl } from './send.ts';
import { checkFields, ensureUnlocked, optionsArg, walletFor } from './util.ts';

/** Outputs as a list of one-member objects, or as one object. @throws RpcError -8 */
export function outputPairs(value: Json | undefined): OutputPairs {
  if (isJsonObject(value)) return Object.entries(value);
  if (!Array.isArray(value)) throw new RpcError(RPC.INVALID_PARAMETER, 'Invalid parameter, output argument must be non-null');
  return value.map((item) => {
    if (!isJsonObject(item)) throw new RpcError(RPC.INVALID_PARAMETER, 'Invalid parameter, key-value pair not an object as expected');
    const [pair, ...more] = Object.entries(item);
    if (pair === undefined || more.length > 0) throw new RpcError(RPC.INVALID_PARAMETER, 'Invalid parameter, key-value pair must contain exactly one key');
    return pair;
  });
}

export function bumpMethods(context: WalletContext): RpcMethod[] {
  return [
    {
      name: 'bumpfee', category: 'wallet',
      help: 'Replaces an unconfirmed transaction of the wallet by one that pays a higher fee: from its change, or by more inputs. All its inputs are spent again.',
      args: [
        { name: 'txid', type: 'hex', help: 'The transaction' },
        { name: 'options', type: 'named-params', optional: true, oneLine: 'options', help: '', fields: [
          { name: 'conf_target', type: 'numeric', defaultHint: 'set by -txconfirmtarget', help: 'Blocks within which it should confirm' },
          { name: 'fee_rate', type: 'amount', defaultHint: 'estimated', help: 'Feerate in sat/vB' },
          { name: 'replaceable', type: 'boolean', default: true, help: 'Whether the new transaction may be replaced in turn' },
          { name: 'estimate_mode', type: 'string', default: 'unset', help: `How to estimate the fee: ${FEE_MODES_HELP}` },
          { name: 'outputs', type: 'array', default: [], skipTypeCheck: true, help: 'Pay these instead' },
          { name: 'original_change_index', type: 'numeric', defaultHint: 'found out', help: 'Position of the change in the old transaction' },
        ] },
      ],
      results: [{ type: 'object', fields: [
        { type: 'hex', key: 'txid', help: 'Id of the new transaction' }, { type: 'amount', key: 'origfee', help: 'Fee of the old one' },
        { type: 'amount', key: 'fee', help: 'Fee of the new one' }, { type: 'array', key: 'errors', help: 'What went wrong on the way', fields: [{ type: 'string' }] },
      ] }],
      examples: ['"txid"'],
      handler: async (request) => {
        const wallet = walletFor(context, request);
        if (wallet.privateKeysDisabled) {
          throw new RpcError(RPC.WALLET_ERROR, 'bumpfee is not available with wallets that have private keys disabled. Use psbtbumpfee instead.');
        }
        const txid = hashArg(request.params[0], 'txid');
        const options = optionsArg(request.params[1]);
        checkFields(options as JsonObject, {
          confTarget: 'number', conf_target: 'number', fee_rate: 'any', replaceable: 'bool', estimate_mode: 'string', outputs: 'any', original_change_index: 'number',
        });
        if (options['confTarget'] !== undefined && options['conf_target'] !== undefined) {
          throw new RpcError(RPC.INVALID_PARAMETER, 'confTarget and conf_target options should not both be set. Use conf_target (confTarget is deprecated).');
        }
        const control = newControl(wallet, undefined);
        control.signalRbf = boolArg(options['replaceable'], true);
        await applyFeeArgs(wallet, control, options['confTarget'] ?? options['conf_target'], options['estimate_mode'], options['fee_rate'], false);
        const given = options['outputs'];
        if (Array.isArray(given) && given.length === 0) throw new RpcError(RPC.INVALID_PARAMETER, 'Invalid parameter, output argument cannot be an empty array');
        const outputs = given === undefined ? [] : parseOutputs(wallet, outputPairs(given)).map(({ scriptPubKey, amount }) => ({ scriptPubKey, value: amount }));
        const changeIndex = options['original_change_index'] === undefined ? null : intArg(options['original_change_index']);
        await wallet.synced();
        ensureUnlocked(wallet);
        return wallet.spending.run(async () => {
          const bumped = await bumpTransaction(wallet, txid, control, outputs, changeIndex);
          const tx = await commitBump(wallet, txid, bumped.tx);
          return { txid: tx.txidHex, origfee: amountToJson(bumped.oldFee), fee: amountToJson(bumped.newFee), errors: [] };
        });
      },
    },
  ];
}
