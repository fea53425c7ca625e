import { outPointKey } from '../../primitives/outpoint.ts';
import type { Transaction, TxOut } from '../../primitives/transaction.ts';
import { arrayArg, boolArg, stringArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { RpcMethod } from '../../rpc/method.ts';
import { decodeHexTransaction, HASH_TYPE_ARG, hashTypeArg, parsePrevouts, PREVTXS_ARG, signedToJson } from '../../rpc/raw-transaction.ts';
import { amountToJson } from '../../util/amount.ts';
import { toHex } from '../../util/bytes.ts';
import { RpcError } from '../../util/errors.ts';
import type { Json, JsonObject } from '../../util/json.ts';
import type { WalletContext } from '../context.ts';
import { signWithWallet } from '../signing.ts';
import type { Wallet } from '../wallet.ts';
import { FUND_OPTIONS, FUND_OPTIONS_END, fundOptionsArg, fundWithOptions, INPUT_WEIGHTS } from './fund-options.ts';
import { subtractFeePositions, toRecipients } from './outputs.ts';
import { newControl } from './send.ts';
import { ensureUnlocked, NEEDS_PASSPHRASE, walletFor } from './util.ts';

export function rawMethods(context: WalletContext): RpcMethod[] {
  return [
    {
      name: 'fundrawtransaction', category: 'rawtransactions',
      help: 'Adds inputs and at most one change output to a transaction, so that it pays for its outputs and fee. What is there stays, but signatures must be made anew. '
        + 'Inputs that are not of the wallet need solving data. With unconfirmed inputs the feerate may come out higher, to lift what they depend on.',
      args: [
        { name: 'hexstring', type: 'hex', help: 'The transaction' },
        { name: 'options', type: 'named-params', optional: true, oneLine: 'options', help: '', fields: [...FUND_OPTIONS, INPUT_WEIGHTS, ...FUND_OPTIONS_END] },
        { name: 'iswitness', type: 'boolean', defaultHint: 'by the looks of it', help: 'Whether it is in the form with witnesses' },
      ],
      results: [{ type: 'object', fields: [
        { type: 'hex', key: 'hex', help: 'The transaction' }, { type: 'amount', key: 'fee', help: 'Its fee' }, { type: 'numeric', key: 'changepos', help: 'Position of the change, or -1' },
      ] }],
      examples: ['"rawtransactionhex"'],
      handler: async (request) => {
        const wallet = walletFor(context, request);
        const witness = request.params[2] === undefined ? null : boolArg(request.params[2]);
        const tx = decodeHexTransaction(stringArg(request.params[0]), witness !== true, witness !== false);
        if (tx === null) throw new RpcError(RPC.DESERIALIZATION_ERROR, 'TX decode failed');
        const options = fundOptionsArg(request.params[1]);
        const payers = subtractFeePositions(options['subtractFeeFromOutputs'], tx.outputs.map(() => 'dummy'));
        const recipients = toRecipients(tx.outputs.map((output) => ({ scriptPubKey: output.scriptPubKey, amount: output.value })), payers);
        const made = await fundWithOptions(wallet, tx, recipients, options, newControl(wallet, undefined), true);
        return { hex: toHex(made.tx.raw), fee: amountToJson(made.feeSat), changepos: made.changePosition ?? -1 };
      },
    },
    {
      name: 'signrawtransactionwithwallet', category: 'wallet', help: `Signs a transaction as far as the wallet can.${NEEDS_PASSPHRASE}`,
      args: [
        { name: 'hexstring', type: 'string', help: 'The transaction' },
        PREVTXS_ARG, HASH_TYPE_ARG,
      ],
      results: [{ type: 'object', fields: [
        { type: 'hex', key: 'hex', help: 'The transaction' }, { type: 'boolean', key: 'complete', help: 'Whether nothing is missing' },
        { type: 'array', key: 'errors', optional: true, help: 'What is wrong with inputs', fields: [{ type: 'object', fields: [
          { type: 'hex', key: 'txid', help: 'Transaction that it spends' }, { type: 'numeric', key: 'vout', help: 'Output number' },
          { type: 'array', key: 'witness', fields: [{ type: 'hex' }] }, { type: 'hex', key: 'scriptSig', help: 'Its script' },
          { type: 'numeric', key: 'sequence', help: 'Its sequence' }, { type: 'string', key: 'error', help: 'What is wrong' },
        ] }] },
      ] }],
      examples: ['"myhex"'],
      handler: async (request) => {
        const wallet = walletFor(context, request);
        const tx = decodeHexTransaction(stringArg(request.params[0]));
        if (tx === null || tx.inputs.length === 0) throw new RpcError(RPC.DESERIALIZATION_ERROR, 'TX decode failed. Make sure the tx has at least one input.');
        ensureUnlocked(wallet);
        return signRaw(wallet, tx, request.params[1], request.params[2]);
      },
    },
    {
      name: 'simulaterawtransaction', category: 'wallet', help: 'Says how transactions would change the balance.',
      args: [
        { name: 'rawtxs', type: 'array', optional: true, help: 'The transactions', fields: [{ name: 'rawtx', type: 'hex', optional: true, help: '' }] },
        { name: 'options', type: 'named-params', optional: true, help: '', fields: [{ name: 'include_watchonly', type: 'boolean', default: false, help: 'No longer used' }] },
      ],
      results: [{ type: 'object', fields: [{ type: 'amount', key: 'balance_change', help: 'The change, negative where less is left' }] }],
      examples: ['\'["myhex"]\''],
      handler: (request) => simulate(walletFor(context, request), request.params[0] === undefined ? [] : arrayArg(request.params[0])),
    },
  ];
}

async function signRaw(wallet: Wallet, tx: Transaction, prevtxs: Json | undefined, hashType: Json | undefined): Promise<JsonObject> {
  const found = await wallet.chain.findCoins(tx.inputs.map((input) => input.prevout));
  const known = new Map<string, TxOut>();
  tx.inputs.forEach(({ prevout }, i) => {
    const coin = found[i];
    if (coin !== null && coin !== undefined) known.set(outPointKey(prevout.txid, prevout.vout), { value: coin.value, scriptPubKey: coin.scriptPubKey });
  });
  parsePrevouts(prevtxs, null, known);
  const coins = tx.inputs.map(({ prevout }) => known.get(outPointKey(prevout.txid, prevout.vout)));
  return signedToJson(signWithWallet(wallet, tx, coins, hashTypeArg(hashType)), coins);
}

async function simulate(wallet: Wallet, texts: readonly Json[]): Promise<JsonObject> {
  let change = 0;
  const made = new Map<string, number>();
  const spent = new Set<string>();
  for (const text of texts) {
    const tx = decodeHexTransaction(stringArg(text), true);
    if (tx === null) throw new RpcError(RPC.DESERIALIZATION_ERROR, 'Transaction hex string decoding failure.');
    const coins = await wallet.chain.findCoins(tx.inputs.map((input) => input.prevout));
    for (const [i, { prevout }] of tx.inputs.entries()) {
      const key = outPointKey(prevout.txid, prevout.vout);
      if (spent.has(key)) throw new RpcError(RPC.INVALID_PARAMETER, 'Transaction(s) are spending the same output more than once');
      const own = made.get(key);
      if (own !== undefined) {
        change -= own;
        made.delete(key);
      } else {
        if (coins[i] === null || coins[i] === undefined) throw new RpcError(RPC.INVALID_PARAMETER, 'One or more transaction inputs are missing or have been spent already');
        change -= wallet.txs.own.get(key)?.output.value ?? 0;
      }
      spent.add(key);
    }
    tx.outputs.forEach((output, vout) => {
      const value = wallet.isMine(output.scriptPubKey) ? output.value : 0;
      made.set(outPointKey(tx.txid, vout), value);
      change += value;
    });
  }
  return { balance_change: amountToJson(change) };
}
