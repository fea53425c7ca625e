import { type CoinStatsHash, computeCoinStats } from '../../chain/coin-stats.ts';
import { type BlockIndex, type BlockUndo } from '../../chain/types.ts';
import { MAX_MONEY } from '../../consensus/amount.ts';
import { blockSubsidy } from '../../consensus/block-subsidy.ts';
import { MAX_BLOCK_SERIALIZED_SIZE } from '../../consensus/limits.ts';
import type { TxOut } from '../../primitives/transaction.ts';
import { arrayArg, hashArg, intArg, stringArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { ResultSpec, RpcMethod } from '../../rpc/method.ts';
import { isUnspendable } from '../../script/script.ts';
import { amountToJson } from '../../util/amount.ts';
import { hashToHex } from '../../util/bytes.ts';
import { RpcError } from '../../util/errors.ts';
import type { Json, JsonObject } from '../../util/json.ts';
import { compactSizeLength } from '../../util/writer.ts';
import { type BlockchainRpcDeps, findBlock, fraction, hashOrHeight, readBlockChecked, requireData, tipOf } from './blockchain-json.ts';

/** Outpoint, height and coinbase flag of an entry of the coin set. */
const PER_COIN_BYTES = 36 + 4;
/** Blocks whose coinbases repeat older ones (BIP 30): they add nothing to the coin set. */
const BIP30_REPEATS = new Set([
  '00000000000a4d0a398161ffc163c503763b1f4360639393e0e4c8e300e0caec', '00000000000743f190a18c5577a3c2d2a1f610ae9601ac046a38084ccb7cd721',
]);
const PERCENTILES = [0.1, 0.25, 0.5, 0.75, 0.9];

function outputBytes(output: TxOut): number {
  return 8 + compactSizeLength(output.scriptPubKey.length) + output.scriptPubKey.length + PER_COIN_BYTES;
}

/** Median; of an even number the mean of the middle two, towards zero. */
function median(values: number[]): number {
  if (values.length === 0) return 0;
  values.sort((a, b) => a - b);
  const middle = values.length >> 1;
  const high = values[middle] as number;
  return values.length % 2 === 0 ? Math.trunc(((values[middle - 1] as number) + high) / 2) : high;
}

/** Feerates below which 10, 25, 50, 75 and 90 percent of a block's weight lie. */
function percentilesByWeight(rates: { feerate: number; weight: number }[], totalWeight: number): number[] {
  if (rates.length === 0) return PERCENTILES.map(() => 0);
  rates.sort((a, b) => a.feerate - b.feerate || a.weight - b.weight);
  const limits = [totalWeight / 10, totalWeight / 4, totalWeight / 2, (totalWeight * 3) / 4, (totalWeight * 9) / 10];
  const out: number[] = [];
  let sum = 0;
  for (const { feerate, weight } of rates) {
    sum += weight;
    while (out.length < limits.length && sum >= (limits[out.length] as number)) out.push(feerate);
  }
  while (out.length < limits.length) out.push(rates[rates.length - 1]?.feerate ?? 0);
  return out;
}

function blockStats(deps: BlockchainRpcDeps, index: BlockIndex): JsonObject {
  const { chain } = deps;
  const block = readBlockChecked(chain, index);
  if (index.height > 0) requireData(chain, index, true);
  const undo: BlockUndo | null = chain.readUndo(index);
  if (undo === null) throw new RpcError(RPC.MISC_ERROR, "Can't read undo data from disk");
  let ins = 0;
  let outs = 0;
  let maxFee = 0;
  let maxFeerate = 0;
  let minFee = MAX_MONEY;
  let minFeerate = MAX_MONEY;
  let maxSize = 0;
  let minSize = MAX_BLOCK_SERIALIZED_SIZE;
  let totalOut = 0;
  let totalFee = 0;
  let totalSize = 0;
  let totalWeight = 0;
  let segwitTxs = 0;
  let segwitSize = 0;
  let segwitWeight = 0;
  let coins = 0;
  let bytes = 0;
  let bytesActual = 0;
  const fees: number[] = [];
  const sizes: number[] = [];
  const rates: { feerate: number; weight: number }[] = [];
  block.txs.forEach((tx, i) => {
    outs += tx.outputs.length;
    for (const output of tx.outputs) {
      const size = outputBytes(output);
      bytes += size;
      if (index.height === 0 || (tx.isCoinbase && BIP30_REPEATS.has(index.hashHex)) || isUnspendable(output.scriptPubKey)) continue;
      coins += 1;
      bytesActual += size;
    }
    if (tx.isCoinbase) return;
    ins += tx.inputs.length;
    const paid = tx.totalOut;
    totalOut += paid;
    const { size, weight } = tx;
    sizes.push(size);
    maxSize = Math.max(maxSize, size);
    minSize = Math.min(minSize, size);
    totalSize += size;
    totalWeight += weight;
    if (tx.hasWitness) {
      segwitTxs += 1;
      segwitSize += size;
      segwitWeight += weight;
    }
    let spent = 0;
    for (const coin of undo[i - 1] ?? []) {
      spent += coin.value;
      bytes -= outputBytes(coin);
      bytesActual -= outputBytes(coin);
    }
    const fee = spent - paid;
    fees.push(fee);
    maxFee = Math.max(maxFee, fee);
    minFee = Math.min(minFee, fee);
    totalFee += fee;
    const feerate = weight === 0 ? 0 : Math.trunc((fee * 4) / weight);
    rates.push({ feerate, weight });
    maxFeerate = Math.max(maxFeerate, feerate);
    minFeerate = Math.min(minFeerate, feerate);
  });
  const others = block.txs.length - 1;
  return {
    avgfee: others > 0 ? Math.trunc(totalFee / others) : 0,
    avgfeerate: totalWeight > 0 ? Math.trunc((totalFee * 4) / totalWeight) : 0,
    avgtxsize: others > 0 ? Math.trunc(totalSize / others) : 0,
    blockhash: index.hashHex,
    feerate_percentiles: percentilesByWeight(rates, totalWeight),
    height: index.height,
    ins,
    maxfee: maxFee,
    maxfeerate: maxFeerate,
    maxtxsize: maxSize,
    medianfee: median(fees),
    mediantime: index.medianTimePast,
    mediantxsize: median(sizes),
    minfee: minFee === MAX_MONEY ? 0 : minFee,
    minfeerate: minFeerate === MAX_MONEY ? 0 : minFeerate,
    mintxsize: minSize === MAX_BLOCK_SERIALIZED_SIZE ? 0 : minSize,
    outs,
    subsidy: blockSubsidy(index.height, chain.params.consensus),
    swtotal_size: segwitSize,
    swtotal_weight: segwitWeight,
    swtxs: segwitTxs,
    time: index.time,
    total_out: totalOut,
    total_size: totalSize,
    total_weight: totalWeight,
    totalfee: totalFee,
    txs: block.txs.length,
    utxo_increase: outs - ins,
    utxo_size_inc: bytes,
    utxo_increase_actual: coins - ins,
    utxo_size_inc_actual: bytesActual,
  };
}

/** Results of getblockstats with what each means. Amounts are satoshi, feerates satoshi a virtual byte. */
const BLOCK_STATS: readonly (readonly [key: string, help: string])[] = [
  ['avgfee', 'Average fee'], ['avgfeerate', 'Average feerate'], ['avgtxsize', 'Average transaction size'], ['blockhash', 'Hash of the block'],
  ['feerate_percentiles', 'Feerates at the 10th, 25th, 50th, 75th and 90th percentile of weight'], ['height', 'Height'], ['ins', 'Inputs, without the coinbase'],
  ['maxfee', 'Largest fee'], ['maxfeerate', 'Highest feerate'], ['maxtxsize', 'Largest transaction'], ['medianfee', 'Median fee'],
  ['mediantime', 'Median time past'], ['mediantxsize', 'Median transaction size'], ['minfee', 'Smallest fee'], ['minfeerate', 'Lowest feerate'],
  ['mintxsize', 'Smallest transaction'], ['outs', 'Outputs'], ['subsidy', 'New coins'], ['swtotal_size', 'Bytes of segwit transactions'],
  ['swtotal_weight', 'Weight of segwit transactions'], ['swtxs', 'Segwit transactions'], ['time', 'Time of the block'],
  ['total_out', 'Sum of outputs, without the coinbase'], ['total_size', 'Bytes, without the coinbase'], ['total_weight', 'Weight, without the coinbase'],
  ['totalfee', 'Sum of fees'], ['txs', 'Transactions'], ['utxo_increase', 'Outputs less inputs'], ['utxo_size_inc', 'Growth of the coin set in bytes'],
  ['utxo_increase_actual', 'Outputs less inputs, without those that can never be spent'],
  ['utxo_size_inc_actual', 'Growth of the coin set in bytes, without outputs that can never be spent'],
];

function statResult([key, help]: readonly [string, string]): ResultSpec {
  if (key === 'blockhash') return { key, type: 'hex', optional: true, help };
  if (key === 'feerate_percentiles') return { key, type: 'array-fixed', optional: true, help, fields: PERCENTILES.map((p) => ({ type: 'numeric', help: `At ${p * 100} percent` })) };
  return { key, type: key === 'time' || key === 'mediantime' ? 'time' : 'numeric', optional: true, help };
}

/** Methods that count: transactions, fees, the whole coin set. */
export function blockchainStatsMethods(deps: BlockchainRpcDeps): RpcMethod[] {
  const { chain } = deps;
  return [
    {
      name: 'getblockstats', category: 'blockchain',
      help: 'Figures of one block. Amounts are in satoshi. Not for pruned blocks.',
      args: [
        { name: 'hash_or_height', type: 'numeric', skipTypeCheck: true, typeHint: 'string or numeric', help: 'Hash or height of the block' },
        {
          name: 'stats', type: 'array', defaultHint: 'all values', oneLine: 'stats', help: 'Which figures to give',
          fields: [{ name: 'height', type: 'string', optional: true, help: 'Name of a figure' }, { name: 'time', type: 'string', optional: true, help: 'Name of a figure' }],
        },
      ],
      results: [{ type: 'object', fields: BLOCK_STATS.map(statResult) }],
      examples: ['\'"00000000c937983704a73af28acdec37b049d214adbda81d7e2a3dd146f6ed09"\' \'["minfeerate","avgfeerate"]\'', '1000 \'["minfeerate","avgfeerate"]\''],
      handler: ({ params }) => {
        const index = hashOrHeight(chain, params[0]);
        const wanted = params[1] === undefined ? [] : arrayArg(params[1]).map((stat) => stringArg(stat));
        const all = blockStats(deps, index);
        if (wanted.length === 0) return all;
        const out: JsonObject = {};
        for (const stat of [...new Set(wanted)].sort()) {
          const value = Object.hasOwn(all, stat) ? all[stat] : undefined;
          if (value === undefined) throw new RpcError(RPC.INVALID_PARAMETER, `Invalid selected statistic '${stat}'`);
          out[stat] = value;
        }
        return out;
      },
    },
    {
      name: 'getchaintxstats', category: 'blockchain',
      help: 'Number and rate of transactions in the chain.',
      args: [
        { name: 'nblocks', type: 'numeric', defaultHint: 'one month', help: 'Blocks over which to count' },
        { name: 'blockhash', type: 'hex', defaultHint: 'chain tip', help: 'Last block to count' },
      ],
      results: [{
        type: 'object', fields: [
          { key: 'time', type: 'time', help: 'Time of the last block' },
          { key: 'txcount', type: 'numeric', optional: true, help: 'Transactions in the chain up to it' },
          { key: 'window_final_block_hash', type: 'hex', help: 'Hash of the last block' },
          { key: 'window_final_block_height', type: 'numeric', help: 'Height of the last block' },
          { key: 'window_block_count', type: 'numeric', help: 'Blocks counted' },
          { key: 'window_interval', type: 'numeric', optional: true, help: 'Seconds that they took' },
          { key: 'window_tx_count', type: 'numeric', optional: true, help: 'Transactions in them' },
          { key: 'txrate', type: 'numeric', optional: true, help: 'Transactions a second' },
        ],
      }],
      examples: ['', '2016'],
      handler: ({ params }) => {
        let last: BlockIndex;
        if (params[1] === undefined) last = tipOf(chain);
        else {
          last = findBlock(chain, hashArg(params[1], 'blockhash'));
          if (!chain.active.contains(last)) throw new RpcError(RPC.INVALID_PARAMETER, 'Block is not in main chain');
        }
        let count = Math.trunc((30 * 24 * 60 * 60) / chain.params.consensus.powTargetSpacing);
        if (params[0] === undefined) count = Math.max(0, Math.min(count, last.height - 1));
        else {
          count = intArg(params[0]);
          if (count < 0 || (count > 0 && count >= last.height)) {
            throw new RpcError(RPC.INVALID_PARAMETER, "Invalid block count: should be between 0 and the block's height - 1");
          }
        }
        const first = last.ancestor(last.height - count) ?? last;
        const seconds = last.medianTimePast - first.medianTimePast;
        const out: JsonObject = { time: last.time };
        if (last.chainTxCount > 0) out['txcount'] = last.chainTxCount;
        out['window_final_block_hash'] = last.hashHex;
        out['window_final_block_height'] = last.height;
        out['window_block_count'] = count;
        if (count > 0) {
          out['window_interval'] = seconds;
          if (last.chainTxCount > 0 && first.chainTxCount > 0) {
            const txs = last.chainTxCount - first.chainTxCount;
            out['window_tx_count'] = txs;
            if (seconds > 0) out['txrate'] = fraction(txs / seconds);
          }
        }
        return out;
      },
    },
    {
      name: 'gettxoutsetinfo', category: 'blockchain',
      help: 'Figures of the set of all unspent outputs. It walks the whole set, which can take a while.',
      args: [
        { name: 'hash_type', type: 'string', default: 'hash_serialized_3', help: "Hash of the set: 'hash_serialized_3', 'muhash' or 'none'" },
        {
          name: 'hash_or_height', type: 'numeric', defaultHint: 'the current best block', skipTypeCheck: true, typeHint: 'string or numeric',
          help: 'Block as of which to answer (only with coinstatsindex)',
        },
        { name: 'use_index', type: 'boolean', default: true, help: 'Use coinstatsindex where there is one' },
      ],
      results: [{
        type: 'object', fields: [
          { key: 'height', type: 'numeric', help: 'Height of the block as of which the figures are' },
          { key: 'bestblock', type: 'hex', help: 'Hash of that block' },
          { key: 'txouts', type: 'numeric', help: 'Unspent outputs' },
          { key: 'bogosize', type: 'numeric', help: 'A measure of size that depends on no database' },
          { key: 'hash_serialized_3', type: 'hex', optional: true, help: 'Hash over the serialized set' },
          { key: 'muhash', type: 'hex', optional: true, help: 'Hash of the set, independent of order' },
          { key: 'total_amount', type: 'amount', help: 'All coins of the set' },
          { key: 'transactions', type: 'numeric', optional: true, help: 'Transactions with unspent outputs' },
          { key: 'disk_size', type: 'numeric', optional: true, help: 'Estimated bytes on disk' },
        ],
      }],
      examples: ['', '"none"', '"none" 1000'],
      handler: async ({ params, signal }) => {
        const name = stringArg(params[0], 'hash_serialized_3');
        if (name !== 'hash_serialized_3' && name !== 'muhash' && name !== 'none') {
          throw new RpcError(RPC.INVALID_PARAMETER, `'${name}' is not a valid hash_type`);
        }
        const kind: CoinStatsHash = name;
        if (params[1] !== undefined) throw new RpcError(RPC.INVALID_PARAMETER, 'Querying specific block heights requires coinstatsindex');
        const stats = await computeCoinStats(await chain.coinsSnapshot(), kind, signal);
        const out: { [key: string]: Json } = {
          height: stats.block.height, bestblock: stats.block.hashHex, txouts: stats.outputs, bogosize: stats.bogoSize,
        };
        if (stats.hash !== null) out[kind] = hashToHex(stats.hash);
        out['total_amount'] = amountToJson(stats.totalAmount);
        out['transactions'] = stats.transactions;
        out['disk_size'] = stats.diskSize;
        return out;
      },
    },
  ];
}
