import { outPointKey, type OutPoint } from '../../primitives/outpoint.ts';
import { solve } from '../../script/standard.ts';
import { toKey } from '../../util/bytes.ts';
import { TRUC_VERSION } from '../../policy/limits.ts';
import type { OutputType } from '../output-type.ts';
import { isTrusted } from '../receive.ts';
import type { Wallet } from '../wallet.ts';
import type { WalletTx } from '../wallet-tx.ts';
import type { CoinControl } from './coin-control.ts';
import { InputSizes } from './input-size.ts';
import { applyBumpFee, makeCoin, type SpendableCoin } from './output-group.ts';

/** Coins are selected among those of one kind first: mixing kinds tells observers more. */
export type CoinKind = OutputType | 'unknown';

export interface CoinFilter {
  /** Satoshi. */
  readonly minAmount?: number;
  readonly maxAmount?: number;
  /** Stop when this much, or this many, has been found. */
  readonly minSum?: number | undefined;
  readonly maxCount?: number;
  readonly includeImmature?: boolean;
  readonly includeLocked?: boolean;
  /** Whether version 3's rules on unconfirmed parents are looked at. Default true. */
  readonly checkVersion?: boolean;
}

/** Coins by kind, with their sums. */
export class CoinList {
  readonly byKind = new Map<CoinKind, SpendableCoin[]>();
  total = 0;
  /** Sum of what is left of each after its own fee, counting only those that are worth it. */
  effectiveTotal = 0;
  size = 0;

  add(kind: CoinKind, coin: SpendableCoin): void {
    const list = this.byKind.get(kind);
    if (list === undefined) this.byKind.set(kind, [coin]);
    else list.push(coin);
    this.total += coin.value;
    this.size += 1;
  }

  /** After bump fees are known. */
  sumEffective(countLosses: boolean): void {
    this.effectiveTotal = 0;
    for (const coin of this.all()) if (countLosses || coin.effectiveValue > 0) this.effectiveTotal += coin.effectiveValue;
  }

  all(): SpendableCoin[] { return [...this.byKind.values()].flat(); }
}

function kindOf(wallet: Wallet, script: Uint8Array, solvable: boolean): CoinKind | null {
  let { type, data } = solve(script);
  let nested = false;
  if (type === 'scripthash' && solvable) {
    const inner = wallet.keys.solvingProvider(script)?.script(data[0] ?? new Uint8Array());
    if (inner === undefined) return null;
    ({ type, data } = solve(inner));
    nested = true;
  }
  switch (type) {
    case 'witness_v1_taproot': return 'bech32m';
    case 'witness_v0_keyhash':
    case 'witness_v0_scripthash': return nested ? 'p2sh-segwit' : 'bech32';
    case 'scripthash':
    case 'pubkeyhash': return 'legacy';
    default: return 'unknown';
  }
}

/** What can be spent. @param feerate sat/kvB for fees and effective values; null where they are of no interest */
export async function availableCoins(wallet: Wallet, control: CoinControl | null, feerate: number | null, filter: CoinFilter = {}): Promise<CoinList> {
  const result = new CoinList();
  const { txs } = wallet;
  const checkVersion = filter.checkVersion ?? true;
  const version = control?.version ?? 2;
  const allowUsed = !wallet.avoidReuse || (control !== null && !control.avoidAddressReuse);
  const onlySafe = control === null || !control.includeUnsafe;
  const sizes = new InputSizes(wallet);
  const trusted = new Set<string>();
  const judged = new Map<string, { ok: boolean; safe: boolean }>();
  const trucCoins: { kind: CoinKind; coin: SpendableCoin; txKey: string }[] = [];
  const trucValues = new Map<string, number>();
  const outpoints: OutPoint[] = [];

  const judge = async (wtx: WalletTx, depth: number): Promise<{ ok: boolean; safe: boolean }> => {
    const no = { ok: false, safe: false };
    if (txs.isImmatureCoinbase(wtx) && filter.includeImmature !== true) return no;
    if (depth < 0 || (depth === 0 && !wtx.inMempool)) return no;
    let safe = isTrusted(wallet, wtx, trusted);
    // What replaces or was replaced may still change places: spending it could make two payments of one.
    if (depth === 0 && (wtx.replaces !== undefined || wtx.replacedBy !== undefined)) safe = false;
    if (depth === 0 && checkVersion) {
      if (version === TRUC_VERSION) {
        if (wtx.tx.version !== TRUC_VERSION || wtx.trucChild !== undefined) return no;
        if ((await wallet.chain.getTransactionAncestry(wtx.txid)).ancestors > 1) return no;
      } else if (wtx.tx.version === TRUC_VERSION) {
        return no;
      }
    }
    if (onlySafe && !safe) return no;
    if (depth < (control?.minDepth ?? 0) || depth > (control?.maxDepth ?? 9_999_999)) return no;
    return { ok: true, safe };
  };

  for (const [key, { wtx, vout, output }] of [...txs.own]) {
    const depth = txs.depth(wtx);
    let verdict = judged.get(wtx.key);
    if (verdict === undefined) {
      verdict = await judge(wtx, depth);
      judged.set(wtx.key, verdict);
    }
    if (!verdict.ok) continue;
    if (output.value < (filter.minAmount ?? 1) || output.value > (filter.maxAmount ?? Number.MAX_SAFE_INTEGER)) continue;
    if (control !== null && control.isChosen(key)) continue;
    if (filter.includeLocked !== true && txs.locked.has(key)) continue;
    if (txs.isSpent(key)) continue;
    if (!allowUsed && wallet.isSpentBefore(output.scriptPubKey)) continue;
    const inputVb = sizes.ofScript(output.scriptPubKey);
    const kind = kindOf(wallet, output.scriptPubKey, inputVb > -1);
    if (kind === null) continue;
    const coin = makeCoin({
      outpoint: { txid: wtx.txid, vout }, key, value: output.value, scriptPubKey: output.scriptPubKey, depth, inputVb,
      solvable: inputVb > -1, safe: verdict.safe, time: wtx.time, fromMe: txs.fromMe(wtx),
    }, feerate);
    if (wtx.tx.version === TRUC_VERSION && depth === 0 && checkVersion) {
      trucCoins.push({ kind, coin, txKey: wtx.key });
      trucValues.set(wtx.key, (trucValues.get(wtx.key) ?? 0) + output.value);
    } else {
      result.add(kind, coin);
    }
    if (depth === 0) outpoints.push(coin.outpoint);
    if (filter.minSum !== undefined && result.total >= filter.minSum) break;
    if (filter.maxCount !== undefined && filter.maxCount > 0 && result.size >= filter.maxCount) break;
  }
  // Of unconfirmed version 3 transactions only one may be a parent: the richest.
  const richest = [...trucValues].reduce<[string, number] | null>((best, one) => (best === null || one[1] > best[1] ? one : best), null);
  for (const { kind, coin, txKey } of trucCoins) if (txKey === richest?.[0]) result.add(kind, coin);
  if (feerate !== null) {
    if (outpoints.length > 0) {
      const fees = await wallet.chain.calculateIndividualBumpFees(outpoints, feerate);
      const byKey = new Map(outpoints.map((o, i) => [outPointKey(o.txid, o.vout), fees[i] ?? 0]));
      for (const coin of result.all()) {
        const fee = byKey.get(coin.key);
        if (fee !== undefined && fee > 0) applyBumpFee(coin, fee);
      }
    }
    result.sumEffective(false);
  }
  return result;
}

/** Key for coins of one script. */
export function scriptGroupKey(kind: CoinKind, script: Uint8Array): string {
  return `${kind}:${toKey(script)}`;
}
