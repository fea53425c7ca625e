import { MAX_STANDARD_TX_WEIGHT, TRUC_CHILD_MAX_VSIZE, TRUC_VERSION } from '../../policy/limits.ts';
import { WITNESS_SCALE_FACTOR } from '../../primitives/transaction.ts';
import { shuffle } from '../../util/shuffle.ts';
import type { Wallet } from '../wallet.ts';
import { type CoinKind, type CoinList, scriptGroupKey } from './available-coins.ts';
import type { CoinControl } from './coin-control.ts';
import { branchAndBound, coinGrinder, knapsack, lastResort, singleRandomDraw } from './coin-selection.ts';
import { type EligibilityFilter, OutputGroup, type SpendableCoin } from './output-group.ts';
import type { Random } from './random.ts';
import { SelectionResult } from './selection-result.ts';
import { failure, success, type Outcome } from './spend-result.ts';

/** Coins of one script that are spent together at most. */
const MAX_GROUP_SIZE = 100;

/** What one transaction wants of its coins. Amounts in satoshi, feerates in sat/kvB, sizes in virtual bytes. */
export interface SelectionParams {
  readonly random: Random;
  readonly changeOutputSize: number;
  readonly changeSpendSize: number;
  readonly minChangeTarget: number;
  readonly minViableChange: number;
  readonly changeFee: number;
  readonly costOfChange: number;
  readonly effectiveFeerate: number;
  readonly longTermFeerate: number;
  readonly noInputsSize: number;
  readonly subtractFee: boolean;
  readonly avoidPartialSpends: boolean;
  readonly includeUnsafe: boolean;
  readonly version: number;
  readonly maxTxWeight: number;
}

/** Groups of one kind of coin: those with a positive amount, and all. */
interface Pool {
  readonly positive: OutputGroup[];
  readonly mixed: OutputGroup[];
}

class Pools {
  readonly byKind = new Map<CoinKind, Pool>();
  readonly all: Pool = { positive: [], mixed: [] };

  push(kind: CoinKind, group: OutputGroup, positive: boolean, mixed: boolean): void {
    let pool = this.byKind.get(kind);
    if (pool === undefined) {
      pool = { positive: [], mixed: [] };
      this.byKind.set(kind, pool);
    }
    if (positive && group.amount > 0) {
      pool.positive.push(group);
      this.all.positive.push(group);
    }
    if (mixed) {
      pool.mixed.push(group);
      this.all.mixed.push(group);
    }
  }
}

interface Attempt {
  readonly filter: EligibilityFilter;
  readonly allowMixedKinds: boolean;
}

/**
 * Inputs for `target`: the chosen ones first, the wallet's where they do not suffice.
 * An empty error means that there is not enough.
 */
export async function selectCoins(wallet: Wallet, available: CoinList, preset: readonly SpendableCoin[], target: number, control: CoinControl, params: SelectionParams): Promise<Outcome<SelectionResult>> {
  const presetTotal = preset.reduce((sum, coin) => sum + (params.subtractFee ? coin.value : coin.effectiveValue), 0);
  const wanted = target - presetTotal;
  if (!control.allowOtherInputs && wanted > 0) {
    return failure('The preselected coins total amount does not cover the transaction target. Please allow other inputs to be automatically selected or include more coins manually');
  }
  if (wanted <= 0) {
    const result = new SelectionResult(target, 'manual').addCoins(preset, params.subtractFee);
    result.computeWaste(params);
    return success(result);
  }
  if (wanted > (params.subtractFee ? available.total : available.effectiveTotal)) return failure();
  const outcome = await selectAutomatically(wallet, available, wanted, params);
  if (!outcome.ok || preset.length === 0) return outcome;
  const result = outcome.value;
  result.merge(new SelectionResult(presetTotal, 'manual').addCoins(preset, params.subtractFee));
  result.computeWaste(params);
  if (result.weight > params.maxTxWeight - params.noInputsSize * WITNESS_SCALE_FACTOR) {
    return failure('The combination of the pre-selected inputs and the wallet automatic inputs selection exceeds the transaction maximum weight. '
      + "Please try sending a smaller amount or manually consolidating your wallet's UTXOs");
  }
  return outcome;
}

/** From the most careful way of choosing to the least. */
function attempts(wallet: Wallet, params: SelectionParams, maxAncestors: number, maxCluster: number): Attempt[] {
  const attempt = (confMine: number, confTheirs: number, ancestors: number, cluster = ancestors, includePartialGroups = false, allowMixedKinds = true): Attempt => ({
    filter: { confMine, confTheirs, maxAncestors: ancestors, maxClusterCount: cluster, includePartialGroups }, allowMixedKinds,
  });
  const list = [attempt(1, 6, 0, 0, false, false), attempt(1, 1, 0)];
  if (!wallet.options.spendZeroConfChange) return list;
  list.push(attempt(0, 1, 2));
  list.push(attempt(0, 1, Math.min(4, Math.floor(maxAncestors / 3)), Math.min(4, Math.floor(maxCluster / 3))));
  list.push(attempt(0, 1, Math.floor(maxAncestors / 2), Math.floor(maxCluster / 2)));
  list.push(attempt(0, 1, maxAncestors - 1, maxCluster - 1, true));
  if (params.includeUnsafe) list.push(attempt(0, 0, maxAncestors - 1, maxCluster - 1, true));
  if (!wallet.options.rejectLongChains) list.push(attempt(0, 1, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, true));
  return list;
}

async function selectAutomatically(wallet: Wallet, available: CoinList, target: number, params: SelectionParams): Promise<Outcome<SelectionResult>> {
  const limits = await wallet.chain.getPackageLimits();
  const maxAncestors = Math.max(1, limits.ancestors);
  const maxCluster = Math.max(1, limits.descendants);
  if (params.avoidPartialSpends && available.size > MAX_GROUP_SIZE) {
    for (const coins of available.byKind.values()) shuffle(coins, (n) => params.random.below(n));
  }
  const tries = attempts(wallet, params, maxAncestors, maxCluster);
  const { pools, discarded } = await groupCoins(wallet, available, params, tries);
  let discardedTotal = 0;
  let longChainTotal = 0;
  for (const group of discarded) {
    discardedTotal += group.amount;
    if (group.ancestors >= maxAncestors || group.maxClusterCount >= maxCluster) longChainTotal += group.amount;
  }
  const left = available.total - discardedTotal;
  if (left < target) {
    return left + longChainTotal > target
      ? failure('Unconfirmed UTXOs are available, but spending them creates a chain of transactions that will be rejected by the mempool')
      : failure();
  }
  let firstError = '';
  let { maxTxWeight } = params;
  for (const [i, { filter, allowMixedKinds }] of tries.entries()) {
    const own = pools[i] as Pools;
    if (own.all.mixed.length === 0 && own.all.positive.length === 0) continue;
    if (params.version === TRUC_VERSION && (filter.confMine === 0 || filter.confTheirs === 0)) {
      maxTxWeight = Math.min(maxTxWeight, TRUC_CHILD_MAX_VSIZE * WITNESS_SCALE_FACTOR);
    }
    const outcome = await attemptSelection(wallet, target, own, { ...params, maxTxWeight }, allowMixedKinds);
    if (outcome.ok) return outcome;
    if (firstError === '') firstError = outcome.error;
  }
  return failure(firstError);
}

interface Ancestry { readonly ancestors: number; readonly clusterCount: number }

/** What the mempool says of the transactions of unconfirmed coins, by their txids (map keys): asked for all at once. */
async function ancestries(wallet: Wallet, available: CoinList): Promise<Map<string, Ancestry>> {
  const txids = new Map<string, Uint8Array>();
  for (const coins of available.byKind.values()) for (const coin of coins) if (coin.depth <= 0) txids.set(coin.key.slice(0, 32), coin.outpoint.txid);
  return new Map(await Promise.all([...txids].map(async ([key, txid]) => [key, await wallet.chain.getTransactionAncestry(txid)] as const)));
}

async function groupCoins(wallet: Wallet, available: CoinList, params: SelectionParams, tries: readonly Attempt[]): Promise<{ pools: Pools[]; discarded: OutputGroup[] }> {
  const pools = tries.map(() => new Pools());
  const discarded: OutputGroup[] = [];
  const params2 = { subtractFee: params.subtractFee, longTermFeerate: params.longTermFeerate };
  const ancestry = await ancestries(wallet, available);
  const ancestryOf = (coin: SpendableCoin): Ancestry => ancestry.get(coin.key.slice(0, 32)) ?? { ancestors: 0, clusterCount: 0 };
  const offer = (kind: CoinKind, group: OutputGroup, positive: boolean, mixed: boolean, partial: boolean): void => {
    let accepted = false;
    for (const [i, { filter }] of tries.entries()) {
      if (!group.eligible(filter) || (partial && !filter.includePartialGroups)) continue;
      (pools[i] as Pools).push(kind, group, positive, mixed);
      accepted = true;
    }
    if (!accepted) discarded.push(group);
  };
  if (!params.avoidPartialSpends) {
    for (const [kind, coins] of available.byKind) {
      for (const coin of coins) {
        const { ancestors, clusterCount } = ancestryOf(coin);
        const group = new OutputGroup(params2);
        group.add(coin, ancestors, clusterCount);
        offer(kind, group, true, true, false);
      }
    }
    return { pools, discarded };
  }
  const collect = async (positiveOnly: boolean): Promise<void> => {
    const byScript = new Map<string, { kind: CoinKind; groups: OutputGroup[] }>();
    for (const [kind, coins] of available.byKind) {
      for (const coin of coins) {
        if (positiveOnly && coin.effectiveValue <= 0) continue;
        const key = scriptGroupKey(kind, coin.scriptPubKey);
        const entry = byScript.get(key) ?? { kind, groups: [] };
        byScript.set(key, entry);
        let group = entry.groups.at(-1);
        if (group === undefined || group.coins.length >= MAX_GROUP_SIZE) {
          group = new OutputGroup(params2);
          entry.groups.push(group);
        }
        const { ancestors, clusterCount } = ancestryOf(coin);
        group.add(coin, ancestors, clusterCount);
      }
    }
    for (const { kind, groups } of byScript.values()) {
      for (let i = groups.length - 1; i >= 0; i--) {
        // The last one is the one that was cut off.
        offer(kind, groups[i] as OutputGroup, positiveOnly, !positiveOnly, i === groups.length - 1 && groups.length > 1);
      }
    }
  };
  await collect(false);
  await collect(true);
  return { pools, discarded };
}

async function attemptSelection(wallet: Wallet, target: number, pools: Pools, params: SelectionParams, allowMixedKinds: boolean): Promise<Outcome<SelectionResult>> {
  const results: SelectionResult[] = [];
  for (const pool of pools.byKind.values()) {
    const outcome = await chooseResult(wallet, target, pool, params);
    if (outcome.ok) results.push(outcome.value);
    else if (outcome.error !== '' && pools.byKind.size === 1) return outcome;
  }
  results.sort(SelectionResult.compare);
  if (results[0] !== undefined) return success(results[0]);
  if (allowMixedKinds && pools.byKind.size > 1) return chooseResult(wallet, target, pools.all, params);
  return failure();
}

/** The least wasteful of what the methods find in one pool. */
async function chooseResult(wallet: Wallet, target: number, pool: Pool, params: SelectionParams): Promise<Outcome<SelectionResult>> {
  const results: SelectionResult[] = [];
  let firstError = '';
  const take = (outcome: Outcome<SelectionResult>): void => {
    if (outcome.ok) results.push(outcome.value);
    else if (firstError === '') firstError = outcome.error;
  };
  let maxWeight = Math.min(params.maxTxWeight, MAX_STANDARD_TX_WEIGHT) - params.noInputsSize * WITNESS_SCALE_FACTOR;
  if (maxWeight <= 0) return failure('Maximum transaction weight is less than transaction weight without inputs');
  const changelessWeight = maxWeight;
  if (!params.subtractFee) take(branchAndBound(pool.positive, target, params.costOfChange, maxWeight));
  maxWeight -= params.changeOutputSize * WITNESS_SCALE_FACTOR;
  if (maxWeight < 0 && results.length === 0) return failure('Maximum transaction weight is too low, can not accommodate change output');
  take(knapsack(pool.mixed, target, params.minChangeTarget, params.random, maxWeight));
  if (params.effectiveFeerate > 3 * params.longTermFeerate) take(coinGrinder(pool.positive, target, params.minChangeTarget, maxWeight));
  take(singleRandomDraw(pool.positive, target, params.changeFee, params.random, maxWeight));
  if (results.length === 0) {
    // What it finds may leave just too little for change, or enough: either way it must fit.
    let rescue = lastResort(pool.positive, target, maxWeight);
    if (!rescue.ok) {
      rescue = lastResort(pool.positive, target, changelessWeight);
      if (rescue.ok && rescue.value.change(params.minViableChange, params.changeFee) > 0) rescue = failure(firstError);
    }
    if (!rescue.ok) return failure(firstError);
    results.push(rescue.value);
  }
  for (const result of results) {
    const unconfirmed = result.coins.filter((coin) => coin.depth === 0);
    if (unconfirmed.length > 0) {
      const combined = await wallet.chain.calculateCombinedBumpFee(unconfirmed.map((coin) => coin.outpoint), params.effectiveFeerate);
      if (combined === null) return failure('Failed to calculate bump fees, because unconfirmed UTXOs depend on an enormous cluster of unconfirmed transactions.');
      const over = unconfirmed.reduce((sum, coin) => sum + coin.bumpFee, 0) - combined;
      if (over > 0) result.setBumpDiscount(over);
    }
    result.computeWaste(params);
  }
  results.sort(SelectionResult.compare);
  return success(results[0] as SelectionResult);
}
