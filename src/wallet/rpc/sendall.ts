import { arrayArg, boolArg, intArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { ArgSpec, RpcMethod } from '../../rpc/method.ts';
import { constructTransaction, CREATE_ARGS } from '../../rpc/raw-transaction.ts';
import { RpcError } from '../../util/errors.ts';
import type { WalletContext } from '../context.ts';
import { CoinControl } from '../spend/coin-control.ts';
import { chooseFeerate, feerateTooLow, lacksFeerate, NO_ESTIMATE } from '../spend/feerate-choice.ts';
import { sweep } from '../spend/sweep.ts';
import type { Wallet } from '../wallet.ts';
import { applyFeeArgs, FEE_MODES_HELP } from './fee-args.ts';
import { FINISHED, finishTransaction, refuseOutdated, withFeeArguments } from './finish.ts';
import { FUND_OPTIONS_END, type Options } from './fund-options.ts';
import { NEEDS_PASSPHRASE, optionsArg, walletFor } from './util.ts';

const WALLET_TX_VERSION = 2;
const [INPUTS] = CREATE_ARGS as readonly [ArgSpec, ...ArgSpec[]];

const OPTIONS: readonly ArgSpec[] = [
  { name: 'add_to_wallet', type: 'boolean', default: true, help: 'Whether to store and send it; otherwise it is only returned' },
  { name: 'fee_rate', type: 'amount', defaultHint: 'estimated', alsoPositional: true, help: 'Feerate in sat/vB' },
  { name: 'include_watching', type: 'boolean', default: false, help: 'No longer used' },
  { ...INPUTS, default: [], help: 'Spend these and no other; not with send_max, minconf, maxconf' },
  { name: 'locktime', type: 'numeric', defaultHint: 'near the current height', help: 'Lock time; where it is not 0 it makes the sequence numbers so that it holds' },
  { name: 'lock_unspents', type: 'boolean', default: false, help: 'Keep the inputs from being spent otherwise' },
  { name: 'psbt', type: 'boolean', defaultHint: 'where signatures are missing', help: 'Return a PSBT in any case; nothing is stored or sent then' },
  { name: 'send_max', type: 'boolean', default: false, help: 'Leave coins that cost more than they are worth' },
  { name: 'minconf', type: 'numeric', default: 0, help: 'Least confirmations of inputs' },
  { name: 'maxconf', type: 'numeric', optional: true, help: 'Most confirmations of inputs' },
  { name: 'version', type: 'numeric', default: WALLET_TX_VERSION, help: 'Version of the transaction' },
  ...FUND_OPTIONS_END.filter(({ name }) => name !== 'max_tx_weight'),
];

/** Confirmations, version and feerate that the inputs are to go by. @throws RpcError -8 */
async function controlOf(wallet: Wallet, options: Options): Promise<CoinControl> {
  const control = new CoinControl();
  await applyFeeArgs(wallet, control, options['conf_target'], options['estimate_mode'], options['fee_rate'], false);
  if (options['minconf'] !== undefined) {
    control.minDepth = intArg(options['minconf']);
    if (control.minDepth < 0) throw new RpcError(RPC.INVALID_PARAMETER, `Invalid minconf (minconf cannot be negative): ${control.minDepth}`);
  }
  if (options['maxconf'] !== undefined) {
    control.maxDepth = intArg(options['maxconf']);
    if (control.maxDepth < control.minDepth) throw new RpcError(RPC.INVALID_PARAMETER, `maxconf can't be lower than minconf: ${control.maxDepth} < ${control.minDepth}`);
  }
  control.version = intArg(options['version'], WALLET_TX_VERSION);
  return control;
}

/** @throws RpcError -4, -8 where no feerate will do */
async function feerateFor(wallet: Wallet, control: CoinControl): Promise<number> {
  const choice = await chooseFeerate(wallet, control);
  const tooLow = await feerateTooLow(wallet, control, choice);
  if (tooLow !== null) throw new RpcError(RPC.INVALID_PARAMETER, tooLow);
  if (lacksFeerate(wallet, choice)) throw new RpcError(RPC.WALLET_ERROR, NO_ESTIMATE);
  return choice.feerate;
}

export function sendAllMethods(context: WalletContext): RpcMethod[] {
  return [
    {
      name: 'sendall', category: 'wallet',
      help: 'Spends all confirmed coins and own unconfirmed change (or the coins that are named) without leaving change. Locked coins, and unconfirmed ones from others, stay. '
        + `With many small coins, send_max leaves those that cost more than they are worth.${NEEDS_PASSPHRASE}`,
      args: [
        { name: 'recipients', type: 'array', help: 'Whom to pay: addresses that share what is left, at least one, and addresses with amounts. Each only once.', fields: [
          { name: 'address', type: 'string', help: 'An address that gets a share' },
          { name: '', type: 'object-user-keys', optional: true, help: '', fields: [{ name: 'address', type: 'amount', help: 'Amount in coins, under the address' }] },
        ] },
        { name: 'conf_target', type: 'numeric', defaultHint: 'set by -txconfirmtarget', help: 'Blocks within which it should confirm' },
        { name: 'estimate_mode', type: 'string', default: 'unset', help: `How to estimate the fee: ${FEE_MODES_HELP}` },
        { name: 'fee_rate', type: 'amount', defaultHint: 'estimated', help: 'Feerate in sat/vB' },
        { name: 'options', type: 'named-params', optional: true, oneLine: 'options', help: '', fields: OPTIONS },
      ],
      results: FINISHED,
      examples: ['\'["address"]\' null "unset" 1.1', '\'["address1", {"address2": 0.25}]\' null "unset" null \'{"send_max": true}\''],
      handler: async ({ params: [given, target, mode, feeRate, rest], ...request }) => {
        const wallet = walletFor(context, { ...request, params: [] });
        await wallet.synced();
        const options = withFeeArguments(optionsArg(rest), target, mode, feeRate);
        refuseOutdated(wallet, options);
        const recipients = arrayArg(given);
        const shares = new Set(recipients.flatMap((recipient, i) => (typeof recipient === 'string' ? [i] : [])));
        if (shares.size === 0) throw new RpcError(RPC.INVALID_PARAMETER, 'Must provide at least one address without a specified amount');
        const control = await controlOf(wallet, options);
        const rbf = boolArg(options['replaceable'], wallet.options.signalRbf);
        const feerate = await feerateFor(wallet, control);
        const outputs = recipients.map((recipient) => (typeof recipient === 'string' ? { [recipient]: 0 } : recipient));
        const draft = constructTransaction(options['inputs'], outputs, options['locktime'], rbf, wallet.params, control.version);
        const chosenOnly = options['inputs'] !== undefined;
        if (chosenOnly && options['send_max'] !== undefined) throw new RpcError(RPC.INVALID_PARAMETER, 'Cannot combine send_max with specific inputs.');
        if (chosenOnly && (options['minconf'] !== undefined || options['maxconf'] !== undefined)) {
          throw new RpcError(RPC.INVALID_PARAMETER, 'Cannot combine minconf or maxconf with specific inputs.');
        }
        return wallet.spending.run(async () => {
          const tx = await sweep(wallet, control, { draft, shares, chosenOnly, sendMax: boolArg(options['send_max'], false), rbf, feerate });
          if (boolArg(options['lock_unspents'], false)) for (const { prevout } of tx.inputs) wallet.txs.lockCoin(prevout.txid, prevout.vout, false);
          return finishTransaction(wallet, options, tx);
        });
      },
    },
  ];
}
