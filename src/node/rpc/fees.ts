import type { EstimatorName, FeeEstimators } from '../../mempool/fee-estimators.ts';
import type { Mempool } from '../../mempool/types.ts';
import type { EstimatorBucket } from '../../policy/confirm-stats.ts';
import { FEE_HORIZONS } from '../../policy/fee-estimator.ts';
import { intArg, numberArg, stringArg, verbosityArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { ResultSpec, RpcMethod } from '../../rpc/method.ts';
import { amountToJson } from '../../util/amount.ts';
import { RpcError } from '../../util/errors.ts';
import { isJsonObject, type Json, type JsonObject, JsonNumber } from '../../util/json.ts';
import { checkMembers } from './mempool.ts';

export interface FeeDeps {
  readonly mempool: Mempool;
  /** Null with -blocksonly and in the like cases: there are no estimates. */
  readonly estimators: FeeEstimators | null;
}

const MODES = ['unset', 'economical', 'conservative'];

function estimatorsOf(deps: FeeDeps): FeeEstimators {
  if (deps.estimators === null) throw new RpcError(RPC.INTERNAL_ERROR, 'Fee estimation disabled');
  return deps.estimators;
}

function targetArg(value: Json | undefined, max: number): number {
  const target = intArg(value);
  if (target < 1 || target > max) throw new RpcError(RPC.INVALID_PARAMETER, `Invalid conf_target, must be between 1 and ${max}`);
  return target;
}

function estimatorArg(value: Json | undefined): EstimatorName {
  const name = typeof value === 'string' ? value.toLowerCase() : 'none';
  return name === 'block_policy' || name === 'mempool_policy' ? name : 'none';
}

function smartFee(deps: FeeDeps, params: readonly (Json | undefined)[]): Json {
  const estimators = estimatorsOf(deps);
  const target = targetArg(params[0], estimators.maxTarget());
  const mode = stringArg(params[1], 'economical').toLowerCase();
  if (!MODES.includes(mode)) throw new RpcError(RPC.INVALID_PARAMETER, `Invalid estimate_mode parameter, must be one of: "${MODES.join('", "')}"`);
  const options = isJsonObject(params[2]) ? params[2] : {};
  checkMembers(options, { fee_rate_estimator: 'string', verbosity: 'number' }, true);
  const wanted = estimatorArg(options['fee_rate_estimator']);
  const verbosity = verbosityArg(options['verbosity'] ?? undefined, 1, false);
  const estimate = estimators.estimate(wanted, target, mode === 'conservative');
  const result: JsonObject = {};
  if (estimate.error === undefined) {
    result['feerate'] = amountToJson(Math.max(estimate.feerate, deps.mempool.minFeerate()));
    if (wanted === 'none') result['estimator'] = estimate.estimator;
  } else {
    result['errors'] = [estimate.error];
  }
  result['blocks'] = estimate.target;
  if (verbosity >= 2) {
    result['mempool_health_statistics'] = [...estimators.minedBlocks()].reverse().map((block): Json => ({
      block_height: block.height, block_weight: block.blockWeight, mempool_txs_weight: block.removedWeight,
    }));
  }
  return result;
}

function rounded(value: number): Json {
  return Number.isSafeInteger(value) ? value : new JsonNumber(String(Number(value.toPrecision(16))));
}

function bucketJson(bucket: EstimatorBucket): Json {
  const cents = (n: number): Json => rounded(Math.round(n * 100) / 100);
  return {
    startrange: rounded(Math.round(bucket.start)),
    endrange: rounded(Math.round(bucket.end)),
    withintarget: cents(bucket.withinTarget),
    totalconfirmed: cents(bucket.totalConfirmed),
    inmempool: cents(bucket.inMempool),
    leftmempool: cents(bucket.leftMempool),
  };
}

function rawFee(deps: FeeDeps, params: readonly (Json | undefined)[]): Json {
  const estimators = estimatorsOf(deps);
  const target = targetArg(params[0], estimators.maxTarget());
  const threshold = numberArg(params[1], 0.95);
  if (threshold < 0 || threshold > 1) throw new RpcError(RPC.INVALID_PARAMETER, 'Invalid threshold');
  const result: JsonObject = {};
  for (const horizon of FEE_HORIZONS) {
    if (target > estimators.maxTargetOf(horizon)) continue;
    const { feerate, decay, scale, pass, fail } = estimators.raw(target, threshold, horizon);
    const shape = { decay: rounded(decay), scale };
    result[horizon] = feerate !== 0
      ? { feerate: amountToJson(feerate), ...shape, pass: bucketJson(pass), ...(fail.start === -1 ? {} : { fail: bucketJson(fail) }) }
      : { ...shape, fail: bucketJson(fail), errors: ['Insufficient data or no feerate found which meets threshold'] };
  }
  return result;
}

const BUCKET: readonly ResultSpec[] = [
  { type: 'numeric', key: 'startrange', help: 'lowest feerate of the range' }, { type: 'numeric', key: 'endrange', help: 'highest feerate of the range' },
  { type: 'numeric', key: 'withintarget', help: 'transactions that confirmed within the target' }, { type: 'numeric', key: 'totalconfirmed', help: 'transactions that confirmed' },
  { type: 'numeric', key: 'inmempool', help: 'transactions that wait for longer than the target' }, { type: 'numeric', key: 'leftmempool', help: 'transactions that left without confirming' },
];
const HORIZON: readonly ResultSpec[] = [
  { type: 'amount', key: 'feerate', optional: true, help: 'estimate, in coins per kvB' }, { type: 'numeric', key: 'decay', help: 'how fast it forgets, a block' },
  { type: 'numeric', key: 'scale', help: 'blocks to a step' }, { type: 'object', key: 'pass', optional: true, help: 'lowest range that met the threshold', fields: BUCKET },
  { type: 'object', key: 'fail', optional: true, help: 'highest range that did not', fields: BUCKET },
  { type: 'array', key: 'errors', optional: true, help: 'what went wrong', fields: [{ type: 'string', help: 'error' }] },
];

/** Methods that estimate fees. */
export function feeMethods(deps: FeeDeps): RpcMethod[] {
  return [
    {
      name: 'estimatesmartfee', category: 'util', help: 'Estimates the feerate at which a transaction confirms within a number of blocks.',
      args: [
        { name: 'conf_target', type: 'numeric', help: 'Blocks (1 - 1008).' },
        { name: 'estimate_mode', type: 'string', default: 'economical', help: '"unset", "economical" (may be lower) or "conservative" (may be higher).' },
        {
          name: 'options', type: 'object', optional: true, help: '',
          fields: [
            { name: 'fee_rate_estimator', type: 'string', default: 'none', help: '"block_policy", "mempool_policy", or anything else for the lower of both.' },
            { name: 'verbosity', type: 'numeric', default: 1, help: '2 adds what the mempool estimator knows of the last blocks.' },
          ],
        },
      ],
      results: [{
        type: 'object',
        fields: [
          { type: 'amount', key: 'feerate', optional: true, help: 'estimate, in coins per kvB' },
          { type: 'array', key: 'errors', optional: true, help: 'what went wrong', fields: [{ type: 'string', help: 'error' }] },
          { type: 'string', key: 'estimator', optional: true, help: 'who gave it' }, { type: 'numeric', key: 'blocks', help: 'blocks that it is for' },
          {
            type: 'array', key: 'mempool_health_statistics', optional: true, help: 'newest first',
            fields: [{
              type: 'object',
              fields: [
                { type: 'numeric', key: 'block_height', help: 'height' }, { type: 'numeric', key: 'block_weight', help: 'weight without the coinbase' },
                { type: 'numeric', key: 'mempool_txs_weight', help: 'weight that the mempool knew' },
              ],
            }],
          },
        ],
      }],
      examples: ['6'], handler: ({ params }) => smartFee(deps, params),
    },
    {
      name: 'estimaterawfee', category: 'hidden', help: 'Gives what the block policy estimator finds, horizon by horizon. Not stable.',
      args: [
        { name: 'conf_target', type: 'numeric', help: 'Blocks (1 - 1008).' },
        { name: 'threshold', type: 'numeric', default: 0.95, help: 'Share of transactions that must have confirmed within the target.' },
      ],
      results: [{
        type: 'object',
        fields: FEE_HORIZONS.map((key) => ({ type: 'object', key, optional: true, help: `${key} horizon`, fields: HORIZON }) as const),
      }],
      examples: ['6 0.9'], handler: ({ params }) => rawFee(deps, params),
    },
  ];
}
