import type { ChainState } from '../../chain/types.ts';
import { broadcastTransaction } from '../../mempool/broadcast.ts';
import { type AcceptResult, type Mempool, type PackageResult, rejectText } from '../../mempool/types.ts';
import { feeAtRate } from '../../policy/feerate.ts';
import { MAX_PACKAGE_COUNT } from '../../policy/limits.ts';
import { isChildWithParentsTree } from '../../policy/packages.ts';
import type { Transaction } from '../../primitives/transaction.ts';
import { arrayArg, stringArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { ArgSpec, ResultSpec, RpcMethod } from '../../rpc/method.ts';
import { hasValidOps, isUnspendable } from '../../script/script.ts';
import { amountToJson, parseAmount } from '../../util/amount.ts';
import { hashToHex, toKey } from '../../util/bytes.ts';
import { RpcError } from '../../util/errors.ts';
import type { Json, JsonObject } from '../../util/json.ts';
import { within } from '../../util/patience.ts';
import { decodeTransaction } from './generate.ts';

/** sat/kvB above which a transaction is taken to be a mistake. */
const DEFAULT_MAX_FEERATE = 10_000_000;
const ONE_COIN = 100_000_000;

export interface SubmitDeps {
  readonly mempool: Mempool;
  readonly chain: ChainState;
  /** Announces a transaction to the peers. */
  readonly announce: (tx: Transaction) => void;
  /** Resolves when the wallets know of what has happened up to now. */
  readonly drained: () => Promise<void>;
}

/** A wallet that hangs is not waited for any longer. */
const WALLET_PATIENCE_MS = 5_000;

function feerateArg(value: Json | undefined): number {
  if (value === undefined) return DEFAULT_MAX_FEERATE;
  const rate = parseAmount(value);
  if (rate >= ONE_COIN) throw new RpcError(RPC.INVALID_PARAMETER, 'Fee rates larger than or equal to 1BTC/kvB are not accepted');
  return rate;
}

function checkBurn(tx: Transaction, maxBurn: number): void {
  for (const { value, scriptPubKey } of tx.outputs) {
    if ((isUnspendable(scriptPubKey) || !hasValidOps(scriptPubKey)) && value > maxBurn) {
      throw new RpcError(RPC.VERIFY_ERROR, 'Unspendable output exceeds maximum configured by user (maxburnamount)');
    }
  }
}

function broadcast(deps: SubmitDeps, tx: Transaction, maxFee: number): RpcError | null {
  const outcome = broadcastTransaction(tx, maxFee, deps);
  if (outcome.ok) return null;
  const code = outcome.error === 'mempool-rejected' ? RPC.VERIFY_REJECTED : outcome.error === 'already-in-utxo-set' ? RPC.VERIFY_ALREADY_IN_UTXO_SET : RPC.VERIFY_ERROR;
  return new RpcError(code, outcome.text);
}

async function sendRaw(deps: SubmitDeps, params: readonly (Json | undefined)[]): Promise<Json> {
  const maxBurn = params[2] === undefined ? 0 : parseAmount(params[2]);
  const tx = decodeTransaction(stringArg(params[0]));
  if (tx === null) throw new RpcError(RPC.DESERIALIZATION_ERROR, 'TX decode failed. Make sure the tx has at least one input.');
  checkBurn(tx, maxBurn);
  const error = broadcast(deps, tx, feeAtRate(feerateArg(params[1]), tx.vsize));
  if (error !== null) throw error;
  // Whoever asks a wallet next finds the transaction there.
  await within(deps.drained(), WALLET_PATIENCE_MS);
  return tx.txidHex;
}

function packageArg(value: Json | undefined): string[] {
  const items = arrayArg(value);
  if (items.length < 1 || items.length > MAX_PACKAGE_COUNT) {
    throw new RpcError(RPC.INVALID_PARAMETER, `Array must contain between 1 and ${MAX_PACKAGE_COUNT} transactions.`);
  }
  return items.map((item) => stringArg(item));
}

function decodeAll(items: readonly string[]): Transaction[] {
  return items.map((hex) => {
    const tx = decodeTransaction(hex);
    if (tx === null) throw new RpcError(RPC.DESERIALIZATION_ERROR, `TX decode failed: ${hex} Make sure the tx has at least one input.`);
    return tx;
  });
}

type Accepted = Extract<AcceptResult, { ok: true }>;

function acceptedJson(tx: Transaction, result: Accepted): JsonObject {
  return {
    vsize_adjusted: result.vsize,
    vsize: result.vsize,
    vsize_bip141: tx.vsize,
    fees: { base: amountToJson(result.fee), 'effective-feerate': amountToJson(result.effectiveFeerate), 'effective-includes': result.effectiveWtxids.map(hashToHex) },
  };
}

function testAccept(deps: SubmitDeps, params: readonly (Json | undefined)[]): Json {
  const items = packageArg(params[0]);
  const maxFeerate = feerateArg(params[1]);
  const txs = decodeAll(items);
  const [only] = txs;
  const outcome: PackageResult = txs.length > 1 || only === undefined
    ? deps.mempool.acceptPackage(txs, { testOnly: true })
    : { kind: '', reason: '', debug: '', results: new Map([[toKey(only.wtxid), deps.mempool.accept(only, { testOnly: true })]]) };
  let stopped = false;
  return txs.map((tx) => {
    const json: JsonObject = { txid: tx.txidHex, wtxid: tx.wtxidHex };
    if (outcome.kind === 'policy') json['package-error'] = rejectText(outcome);
    const result = outcome.results.get(toKey(tx.wtxid));
    if (stopped || result === undefined || result.state !== undefined) return json;
    if (!result.ok) {
      json['allowed'] = false;
      if (result.kind === 'missing-inputs') return { ...json, 'reject-reason': 'missing-inputs' };
      return { ...json, 'reject-reason': result.reason, 'reject-details': rejectText(result) };
    }
    const maxFee = feeAtRate(maxFeerate, result.vsize);
    if (maxFee !== 0 && result.fee > maxFee) {
      stopped = true;
      return { ...json, allowed: false, 'reject-reason': 'max-fee-exceeded' };
    }
    return { ...json, allowed: true, ...acceptedJson(tx, result) };
  });
}

function submitPackage(deps: SubmitDeps, params: readonly (Json | undefined)[]): Json {
  const items = packageArg(params[0]);
  const maxFeerate = feerateArg(params[1]);
  const maxBurn = params[2] === undefined ? 0 : parseAmount(params[2]);
  const txs = items.map((hex) => {
    const [tx] = decodeAll([hex]);
    if (tx === undefined) throw new RangeError('submitpackage: nothing decoded');
    checkBurn(tx, maxBurn);
    return tx;
  });
  if (txs.length > 1 && !isChildWithParentsTree(txs)) {
    throw new RpcError(RPC.VERIFY_ERROR, 'package topology disallowed. not child-with-parents or parents depend on each other.');
  }
  const outcome = deps.mempool.acceptPackage(txs, maxFeerate === 0 ? {} : { maxFeerate });
  if (outcome.kind === 'mempool-error') throw new RpcError(RPC.VERIFY_ERROR, outcome.reason);
  let sent = 0;
  for (const tx of txs) {
    if (!deps.mempool.has(tx.txid)) continue;
    const error = broadcast(deps, tx, 0);
    if (error !== null) throw new RpcError(error.rpcCode, `transaction broadcast failed: ${error.message} (${sent} transactions were broadcast successfully)`);
    sent += 1;
  }
  const results: JsonObject = {};
  const replaced = new Set<string>();
  for (const tx of txs) results[tx.wtxidHex] = { txid: tx.txidHex, ...submittedJson(tx, outcome, replaced) };
  return { package_msg: outcome.kind === '' ? 'success' : rejectText(outcome), 'tx-results': results, 'replaced-transactions': [...replaced].sort() };
}

function submittedJson(tx: Transaction, outcome: PackageResult, replaced: Set<string>): JsonObject {
  const result = outcome.results.get(toKey(tx.wtxid));
  if (result === undefined) return { error: 'package-not-validated' };
  if (!result.ok) return { error: rejectText(result) };
  if (result.state === 'different-witness') return { 'other-wtxid': hashToHex(result.otherWtxid) };
  if (result.state === 'in-mempool') {
    return { vsize_adjusted: result.vsize, vsize: result.vsize, vsize_bip141: tx.vsize, fees: { base: amountToJson(result.fee) } };
  }
  for (const old of result.replaced) replaced.add(old.txidHex);
  return acceptedJson(tx, result);
}

const MAX_FEERATE: ArgSpec = { name: 'maxfeerate', type: 'amount', default: '0.10', help: 'Refuse a higher feerate (coins per kvB, less than 1); 0 for any.' };
const MAX_BURN: ArgSpec = { name: 'maxburnamount', type: 'amount', default: '0.00', help: 'Refuse outputs above this amount (in coins) that nobody can spend.' };
const RAW_TXS: readonly ArgSpec[] = [{ name: 'rawtx', type: 'hex', optional: true, help: '' }];
const FEES: ResultSpec = {
  type: 'object', key: 'fees', optional: true,
  fields: [
    { type: 'amount', key: 'base', help: 'its fee' }, { type: 'amount', key: 'effective-feerate', optional: true, help: 'the feerate it was judged by, in coins per kvB' },
    { type: 'array', key: 'effective-includes', optional: true, help: 'wtxids that share that feerate', fields: [{ type: 'hex', help: 'wtxid' }] },
  ],
};
const SIZES: readonly ResultSpec[] = [
  { type: 'numeric', key: 'vsize_adjusted', optional: true, help: 'virtual size, or what its signature operations count for where that is more' },
  { type: 'numeric', key: 'vsize', optional: true, help: 'the same' }, { type: 'numeric', key: 'vsize_bip141', optional: true, help: 'virtual size (BIP 141)' },
];

/** Methods that bring transactions into the mempool, or try it. */
export function mempoolSubmitMethods(deps: SubmitDeps): RpcMethod[] {
  return [
    {
      name: 'sendrawtransaction', category: 'rawtransactions', help: 'Brings a transaction into the mempool and sends it to the network.',
      args: [{ name: 'hexstring', type: 'hex', help: 'The transaction.' }, MAX_FEERATE, MAX_BURN],
      results: [{ type: 'hex', help: 'txid' }], examples: ['"signedhex"'], handler: ({ params }) => sendRaw(deps, params),
    },
    {
      name: 'testmempoolaccept', category: 'rawtransactions', help: 'Says whether the mempool would accept transactions; together where there are several.',
      args: [{ name: 'rawtxs', type: 'array', help: 'Transactions, parents first.', fields: RAW_TXS }, MAX_FEERATE],
      results: [{
        type: 'array',
        fields: [{
          type: 'object',
          fields: [
            { type: 'hex', key: 'txid', help: 'txid' }, { type: 'hex', key: 'wtxid', help: 'wtxid' }, { type: 'string', key: 'package-error', optional: true, help: 'what is wrong with the list' },
            { type: 'boolean', key: 'allowed', optional: true, help: 'the answer; missing where another one of the list stood in the way' }, ...SIZES, FEES,
            { type: 'string', key: 'reject-reason', optional: true, help: 'why not' }, { type: 'string', key: 'reject-details', optional: true, help: 'why not, at length' },
          ],
        }],
      }],
      examples: ['\'["signedhex"]\''], handler: ({ params }) => testAccept(deps, params),
    },
    {
      name: 'submitpackage', category: 'rawtransactions', help: 'Brings a transaction with its unconfirmed parents into the mempool and sends them to the network. Experimental.',
      args: [{ name: 'package', type: 'array', help: 'Transactions; the child comes last.', fields: RAW_TXS }, MAX_FEERATE, MAX_BURN],
      results: [{
        type: 'object',
        fields: [
          { type: 'string', key: 'package_msg', help: '"success", or what is wrong with the package' },
          {
            type: 'object-dynamic', key: 'tx-results', help: 'by wtxid',
            fields: [{
              type: 'object', key: 'wtxid',
              fields: [{ type: 'hex', key: 'txid', help: 'txid' }, { type: 'hex', key: 'other-wtxid', optional: true, help: 'the mempool has it with this one' }, ...SIZES, FEES, { type: 'string', key: 'error', optional: true, help: 'why it was refused' }],
            }],
          },
          { type: 'array', key: 'replaced-transactions', optional: true, help: 'what had to leave', fields: [{ type: 'hex', help: 'txid' }] },
        ],
      }],
      examples: ['\'["raw-tx-without-unconfirmed-parents"]\''], handler: ({ params }) => submitPackage(deps, params),
    },
  ];
}
