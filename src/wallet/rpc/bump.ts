import { boolArg, hashArg, uint32Arg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { ArgSpec, ResultSpec, RpcMethod, RpcRequest } from '../../rpc/method.ts';
import { psbtVersionArg } from '../../rpc/psbt-json.ts';
import { outputPairs, parseOutputs } from '../../rpc/raw-transaction.ts';
import { Psbt } from '../../script/psbt/psbt.ts';
import { psbtToBase64 } from '../../script/psbt/write.ts';
import { amountToJson } from '../../util/amount.ts';
import { RpcError } from '../../util/errors.ts';
import type { JsonObject } from '../../util/json.ts';
import type { WalletContext } from '../context.ts';
import type { CoinControl } from '../spend/coin-control.ts';
import { bumpTransaction, type BumpPlan, commitBump } from '../spend/fee-bumper.ts';
import type { Wallet } from '../wallet.ts';
import { applyFeeArgs, FEE_MODES_HELP } from './fee-args.ts';
import { fillWithWallet } from './finish.ts';
import { newControl } from './send.ts';
import { checkFields, ensureUnlocked, optionsArg, walletFor } from './util.ts';

const OPTIONS: readonly ArgSpec[] = [
  { name: 'conf_target', type: 'numeric', defaultHint: 'set by -txconfirmtarget', help: 'Blocks within which it should confirm' },
  { name: 'fee_rate', type: 'amount', defaultHint: 'estimated', help: 'Feerate in sat/vB' },
  { name: 'replaceable', type: 'boolean', default: true, help: 'Whether the new transaction may be replaced in turn' },
  { name: 'estimate_mode', type: 'string', default: 'unset', help: `How to estimate the fee: ${FEE_MODES_HELP}` },
  { name: 'outputs', type: 'array', default: [], skipTypeCheck: true, help: 'Pay these instead' },
  { name: 'original_change_index', type: 'numeric', defaultHint: 'found out', help: 'Position of the change in the old transaction' },
];
const PSBT_OPTIONS: readonly ArgSpec[] = [...OPTIONS, { name: 'psbt_version', type: 'numeric', default: 2, help: 'Version of the PSBT' }];

const args = (fields: readonly ArgSpec[]): readonly ArgSpec[] => [
  { name: 'txid', type: 'hex', help: 'The transaction' },
  { name: 'options', type: 'named-params', optional: true, oneLine: 'options', help: '', fields },
];
const results = (made: ResultSpec): readonly ResultSpec[] => [{ type: 'object', fields: [
  made, { type: 'amount', key: 'origfee', help: 'Fee of the old one' }, { type: 'amount', key: 'fee', help: 'Fee of the new one' },
  { type: 'array', key: 'errors', help: 'What went wrong on the way', fields: [{ type: 'string' }] },
] }];

/** What a client asks of a replacement. */
interface BumpRequest {
  readonly txid: Uint8Array;
  readonly control: CoinControl;
  readonly plan: Omit<BumpPlan, 'requireMine'>;
  readonly psbtVersion: 0 | 2;
}

/** @throws RpcError -3, -5, -8 */
async function bumpRequest(wallet: Wallet, [id, given]: RpcRequest['params']): Promise<BumpRequest> {
  const txid = hashArg(id, 'txid');
  const options = optionsArg(given);
  checkFields(options as JsonObject, {
    confTarget: 'number', conf_target: 'number', fee_rate: 'any', replaceable: 'bool', estimate_mode: 'string', outputs: 'any', original_change_index: 'number', psbt_version: 'number',
  });
  if (options['confTarget'] !== undefined && options['conf_target'] !== undefined) {
    throw new RpcError(RPC.INVALID_PARAMETER, 'confTarget and conf_target options should not both be set. Use conf_target (confTarget is deprecated).');
  }
  const control = newControl(wallet, undefined);
  control.signalRbf = boolArg(options['replaceable'], true);
  await applyFeeArgs(wallet, control, options['confTarget'] ?? options['conf_target'], options['estimate_mode'], options['fee_rate'], false);
  const wanted = options['outputs'];
  if (Array.isArray(wanted) && wanted.length === 0) throw new RpcError(RPC.INVALID_PARAMETER, 'Invalid parameter, output argument cannot be an empty array');
  const outputs = wanted === undefined ? [] : parseOutputs(outputPairs(wanted), wallet.params).map(({ scriptPubKey, amount }) => ({ scriptPubKey, value: amount }));
  const changeIndex = options['original_change_index'] === undefined ? null : uint32Arg(options['original_change_index']);
  return { txid, control, plan: { outputs, changeIndex }, psbtVersion: psbtVersionArg(options['psbt_version']) };
}

const HOW = 'that pays a higher fee: from its change, or by more inputs. All its inputs are spent again.';

export function bumpMethods(context: WalletContext): RpcMethod[] {
  return [
    {
      name: 'bumpfee', category: 'wallet', help: `Replaces an unconfirmed transaction of the wallet by one ${HOW}`,
      args: args(OPTIONS),
      results: results({ type: 'hex', key: 'txid', help: 'Id of the new transaction' }),
      examples: ['"txid"'],
      handler: async (request) => {
        const wallet = walletFor(context, request);
        if (wallet.privateKeysDisabled && !wallet.hasExternalSigner) {
          throw new RpcError(RPC.WALLET_ERROR, 'bumpfee is not available with wallets that have private keys disabled. Use psbtbumpfee instead.');
        }
        const { txid, control, plan } = await bumpRequest(wallet, request.params);
        await wallet.synced();
        ensureUnlocked(wallet);
        return wallet.spending.run(async () => {
          const bumped = await bumpTransaction(wallet, txid, control, { ...plan, requireMine: true });
          const tx = await commitBump(wallet, txid, bumped.tx);
          return { txid: tx.txidHex, origfee: amountToJson(bumped.oldFee), fee: amountToJson(bumped.newFee), errors: [] };
        });
      },
    },
    {
      name: 'psbtbumpfee', category: 'wallet', help: `Makes, as an unsigned PSBT, a replacement of an unconfirmed transaction of the wallet ${HOW} Inputs may be others' too.`,
      args: args(PSBT_OPTIONS),
      results: results({ type: 'string', key: 'psbt', help: 'The PSBT of the new transaction' }),
      examples: ['"txid"'],
      handler: async (request) => {
        const wallet = walletFor(context, request);
        const { txid, control, plan, psbtVersion } = await bumpRequest(wallet, request.params);
        await wallet.synced();
        ensureUnlocked(wallet);
        const bumped = await wallet.spending.run(() => bumpTransaction(wallet, txid, control, { ...plan, requireMine: false }));
        const psbt = Psbt.fromTransaction(bumped.tx, psbtVersion);
        await fillWithWallet(wallet, psbt, { sign: false, derivations: true });
        return { psbt: psbtToBase64(psbt), origfee: amountToJson(bumped.oldFee), fee: amountToJson(bumped.newFee), errors: [] };
      },
    },
  ];
}
