import { verifyTransactionScripts } from '../chain/script-checks.ts';
import { type BlockIndex, type Coin, MEMPOOL_HEIGHT } from '../chain/types.ts';
import { blockScriptFlags } from '../consensus/script-flags.ts';
import { checkTransaction } from '../consensus/tx-check.ts';
import { checkTxInputs } from '../consensus/tx-verify.ts';
import { dustOutputs } from '../policy/dust.ts';
import { leavesDustUnspent } from '../policy/ephemeral.ts';
import { compareFeerate, feeAtRate, perKilo } from '../policy/feerate.ts';
import { MAX_REPLACEMENT_CANDIDATES, MAX_STANDARD_TX_SIGOPS_COST, MIN_STANDARD_TX_NONWITNESS_SIZE } from '../policy/limits.ts';
import { replacementFeeFault } from '../policy/rbf.ts';
import { isWitnessStandard, nonStandardInput, nonStandardReason, spendsNonAnchorWitness } from '../policy/standardness.ts';
import { singleTrucFault, type TrucParent } from '../policy/truc.ts';
import type { Transaction } from '../primitives/transaction.ts';
import { PrecomputedTxData } from '../script/sighash.ts';
import { transactionSigOpCost } from '../script/sigops.ts';
import { STANDARD_SCRIPT_VERIFY_FLAGS } from '../script/verify-flags.ts';
import { hashToHex, toKey } from '../util/bytes.ts';
import { packageHash } from '../policy/packages.ts';
import { Entry, reach } from './entry.ts';
import type { TxMempool } from './mempool.ts';
import { isFinalAfter, relativeLocksPassedAfter } from './reorg-filter.ts';
import type { AcceptResult, TxRejectKind } from './types.ts';

export type Rejection = Extract<AcceptResult, { ok: false }>;

export interface AcceptOptions {
  readonly testOnly?: boolean;
  readonly bypassLimits?: boolean;
  /** Unix seconds to enter as the entry's time; now where omitted. */
  readonly timeSec?: number;
  readonly allowReplacement?: boolean;
  readonly allowSiblingEviction?: boolean;
  /** Size limits are left to the caller. */
  readonly packageSubmission?: boolean;
  /** Fees are judged for all transactions together, not one by one. */
  readonly packageFeerates?: boolean;
  /** sat/kvB that no single transaction may exceed. */
  readonly maxFeerate?: number;
}

/** A transaction while it is judged. */
export interface Workspace {
  readonly tx: Transaction;
  readonly coins: readonly Coin[];
  readonly entry: Entry;
  /** Entries of the pool that it spends from. */
  readonly poolParents: readonly Entry[];
  /** Entries of the pool that it would replace, without their descendants. */
  readonly conflicts: Set<Entry>;
  siblingEviction: boolean;
  txData: PrecomputedTxData | null;
}

export function reject(kind: TxRejectKind, reason: string, debug = ''): Rejection {
  return { ok: false, kind, reason, debug };
}

/** How the rules of {@link singleTrucFault} see an entry. */
export function trucView(entry: Entry): TrucParent {
  const descendants = [...reach(entry, 'children')].map((child) => ({ tx: child.tx, ancestorCount: child.ancestorCount }));
  return { tx: entry.tx, ancestorCount: entry.ancestorCount, descendantCount: descendants.length + 1, descendants };
}

/**
 * Judges one transaction, or several that enter together, against pool and chain, in the reference's order of checks.
 * An object is good for one attempt.
 */
export class Acceptance {
  readonly pool: TxMempool;
  readonly options: AcceptOptions;
  /** What would leave and come. */
  readonly removed = new Set<Entry>();
  readonly added = new Map<Entry, Set<Entry>>();
  conflictingFees = 0;
  conflictingVsize = 0;
  replaces = false;
  /** Transactions of the same package, by txid key. */
  private readonly packageEntries = new Map<string, Entry>();

  constructor(pool: TxMempool, options: AcceptOptions) {
    this.pool = pool;
    this.options = options;
  }

  private get tip(): BlockIndex {
    const { tip } = this.pool.modules.chain.active;
    if (tip === null) throw new RangeError('mempool: the chain has no tip');
    return tip;
  }

  /** Makes the outputs of an entry of the same package spendable for those after it. */
  offer(entry: Entry): void {
    this.packageEntries.set(entry.key, entry);
  }

  /** Every check that is cheaper than running scripts and that looks at one transaction alone. */
  preChecks(tx: Transaction): Workspace | Rejection {
    const { pool } = this;
    const { requireStandard } = pool.options;
    const sane = checkTransaction(tx);
    if (!sane.ok) return sane;
    if (tx.isCoinbase) return reject('consensus', 'coinbase');
    if (requireStandard) {
      const reason = nonStandardReason(tx, pool.options);
      if (reason !== null) return reject('not-standard', reason);
    }
    if (tx.baseSize < MIN_STANDARD_TX_NONWITNESS_SIZE) return reject('not-standard', 'tx-size-small');
    if (!isFinalAfter(this.tip, tx)) return reject('premature-spend', 'non-final');
    if (pool.getByWtxid(tx.wtxid) !== undefined) return reject('conflict', 'txn-already-in-mempool');
    if (pool.has(tx.txid)) return reject('conflict', 'txn-same-nonwitness-data-in-mempool');

    const conflicts = new Set<Entry>();
    for (const { prevout } of tx.inputs) {
      const conflict = pool.spenderEntry(prevout.txid, prevout.vout);
      if (conflict === undefined) continue;
      if (this.options.allowReplacement !== true) return reject('mempool-policy', 'bip125-replacement-disallowed');
      conflicts.add(conflict);
    }
    const coins = this.coinsOf(tx);
    if (coins === null) {
      const known = tx.outputs.some((_, vout) => pool.modules.chain.coins.getCoin(tx.txid, vout) !== undefined);
      return known ? reject('conflict', 'txn-already-known') : reject('missing-inputs', 'bad-txns-inputs-missingorspent');
    }
    if (!relativeLocksPassedAfter(this.tip, tx, coins)) return reject('premature-spend', 'non-BIP68-final');
    const { verdict, fee } = checkTxInputs(tx, coins, this.tip.height + 1);
    if (!verdict.ok) return verdict;
    if (requireStandard) {
      const debug = nonStandardInput(tx, coins);
      if (debug !== null) return reject('inputs-not-standard', 'bad-txns-nonstandard-inputs', debug);
      if (tx.hasWitness && !isWitnessStandard(tx, coins)) return reject('witness-mutated', 'bad-witness-nonstandard');
    }
    return this.policyChecks(tx, coins, fee, conflicts);
  }

  private coinsOf(tx: Transaction): Coin[] | null {
    const coins: Coin[] = [];
    for (const { prevout } of tx.inputs) {
      const output = this.packageEntries.get(toKey(prevout.txid))?.tx.outputs[prevout.vout];
      const coin = output === undefined
        ? this.pool.coin(prevout.txid, prevout.vout)
        : { value: output.value, scriptPubKey: output.scriptPubKey, height: MEMPOOL_HEIGHT, coinbase: false };
      if (coin === undefined) return null;
      coins.push(coin);
    }
    return coins;
  }

  private policyChecks(tx: Transaction, coins: readonly Coin[], fee: number, conflicts: Set<Entry>): Workspace | Rejection {
    const { pool, options } = this;
    const bypass = options.bypassLimits === true;
    const sigopCost = transactionSigOpCost(tx, (i) => (coins[i] as Coin).scriptPubKey, STANDARD_SCRIPT_VERIFY_FLAGS);
    const entry = new Entry({
      tx, fee, sigopCost,
      time: options.timeSec ?? pool.modules.clock.nowSec(),
      height: this.tip.height,
      // What comes back from a block is older than all that spends from it.
      sequence: bypass ? 0 : pool.sequence,
      spendsCoinbase: coins.some((coin) => coin.coinbase),
      delta: pool.delta(tx.txid),
      ...(pool.options.bytesPerSigop === undefined ? {} : { bytesPerSigop: pool.options.bytesPerSigop }),
    });
    const poolParents = new Set<Entry>();
    const parents = new Set<Entry>();
    for (const { prevout } of tx.inputs) {
      const own = this.packageEntries.get(toKey(prevout.txid));
      const parent = pool.get(prevout.txid);
      if (own !== undefined) parents.add(own);
      if (parent !== undefined) {
        poolParents.add(parent);
        parents.add(parent);
      }
    }
    this.added.set(entry, parents);
    if (pool.options.requireStandard && (fee !== 0 || entry.modifiedFee !== 0) && dustOutputs(tx, pool.dustFeerate).length > 0) {
      return reject('not-standard', 'dust', 'tx with dust output must be 0-fee');
    }
    if (sigopCost > MAX_STANDARD_TX_SIGOPS_COST) return reject('not-standard', 'bad-txns-too-many-sigops', String(sigopCost));
    if (!bypass && options.packageFeerates !== true) {
      const fault = this.feerateFault(entry.vsize, entry.modifiedFee);
      if (fault !== null) return fault;
    }
    const ws: Workspace = { tx, coins, entry, poolParents: [...poolParents], conflicts, siblingEviction: false, txData: null };
    if (!bypass) {
      const fault = singleTrucFault(tx, entry.vsize, ws.poolParents.map(trucView), (other) => [...conflicts].some((c) => c.tx === other));
      if (fault !== null) {
        const sibling = fault.sibling === null ? undefined : pool.get(fault.sibling.txid);
        if (options.allowSiblingEviction !== true || sibling === undefined) return reject('mempool-policy', 'TRUC-violation', fault.debug);
        conflicts.add(sibling);
        ws.siblingEviction = true;
      }
    }
    if (conflicts.size > 0) this.replaces = true;
    return ws;
  }

  /** Whether fees reach both the pool's floor and the relay minimum. */
  feerateFault(vsize: number, fee: number): Rejection | null {
    const floor = feeAtRate(this.pool.rollingFeerate(), vsize);
    if (floor > 0 && fee < floor) return reject('reconsiderable', 'mempool min fee not met', `${fee} < ${floor}`);
    const relay = feeAtRate(this.pool.minRelayFeerate, vsize);
    return fee < relay ? reject('reconsiderable', 'min relay fee not met', `${fee} < ${relay}`) : null;
  }

  /** All that would have to leave for these conflicts, or a text where that is too much work. */
  allConflicts(txid: string, conflicts: ReadonlySet<Entry>): Set<Entry> | string {
    const clusters = new Set([...conflicts].map((entry) => entry.cluster));
    if (clusters.size > MAX_REPLACEMENT_CANDIDATES) {
      return `rejecting replacement ${txid}; too many conflicting clusters (${clusters.size} > ${MAX_REPLACEMENT_CANDIDATES})`;
    }
    const all = new Set<Entry>();
    for (const conflict of conflicts) {
      all.add(conflict);
      for (const descendant of reach(conflict, 'children')) all.add(descendant);
    }
    return all;
  }

  /** Stages what leaves, and counts it. */
  stageRemovals(conflicts: Iterable<Entry>): void {
    for (const entry of conflicts) {
      this.removed.add(entry);
      this.conflictingFees += entry.modifiedFee;
      this.conflictingVsize += entry.vsize;
    }
  }

  private replacementFault(ws: Workspace): Rejection | null {
    const suffix = ws.siblingEviction ? ' (including sibling eviction)' : '';
    const all = this.allConflicts(ws.tx.txidHex, ws.conflicts);
    if (typeof all === 'string') return reject('mempool-policy', `too many potential replacements${suffix}`, all);
    this.stageRemovals(all);
    const { entry } = ws;
    const debug = replacementFeeFault(ws.tx.txidHex, this.conflictingFees, entry.modifiedFee, entry.vsize, this.pool.incrementalFeerate);
    if (debug !== null) return reject('reconsiderable', `insufficient fee${suffix}`, debug);
    if (!this.fits()) return reject('mempool-policy', 'too-large-cluster');
    if (!this.improvesDiagram()) return reject('reconsiderable', 'replacement-failed', 'insufficient feerate: does not improve feerate diagram');
    return null;
  }

  fits(): boolean {
    return this.pool.graph.fits({ removed: this.removed, added: this.stagedParents() });
  }

  improvesDiagram(): boolean {
    return this.pool.graph.compare({ removed: this.removed, added: this.stagedParents() }) === 'better';
  }

  private stagedParents(): ReadonlyMap<Entry, ReadonlySet<Entry>> {
    if (this.removed.size === 0) return this.added;
    return new Map([...this.added].map(([entry, parents]) => [entry, new Set([...parents].filter((p) => !this.removed.has(p)))]));
  }

  policyScripts(ws: Workspace): Rejection | null {
    ws.txData = new PrecomputedTxData(ws.tx, ws.coins);
    const result = verifyTransactionScripts(ws.tx, ws.coins, {
      flags: STANDARD_SCRIPT_VERIFY_FLAGS, caches: this.pool.modules.caches ?? null, store: true, txData: ws.txData,
    });
    if (result.ok) return null;
    const stripped = !ws.tx.hasWitness && spendsNonAnchorWitness(ws.tx, ws.coins);
    return reject(stripped ? 'witness-stripped' : result.mandatory ? 'consensus' : 'not-standard', result.reason, result.debug);
  }

  /** Again under the tip's flags: fills the cache that blocks use. */
  consensusScripts(ws: Workspace): Rejection | null {
    const flags = blockScriptFlags(this.tip.hash, this.tip.height, this.pool.options.params.consensus);
    const result = verifyTransactionScripts(ws.tx, ws.coins, {
      flags, caches: this.pool.modules.caches ?? null, store: true, ...(ws.txData === null ? {} : { txData: ws.txData }),
    });
    if (result.ok) return null;
    this.pool.modules.log.error('BUG! PLEASE REPORT THIS! CheckInputScripts failed against latest-block but not STANDARD flags '
      + `${ws.tx.txidHex}, ${result.reason}, ${result.debug}`);
    return reject('consensus', result.reason, result.debug);
  }

  /** Makes the staged change. Returns what was replaced. */
  commit(fees: number, vsize: number): Transaction[] {
    const { pool } = this;
    const entries = [...this.added.keys()];
    const [only] = entries;
    const replacedBy = entries.length === 1 && only !== undefined
      ? `New tx ${only.tx.txidHex} (wtxid=${only.tx.wtxidHex}, fees=${fees}, vsize=${vsize})`
      : `New package ${hashToHex(packageHash(entries.map((e) => e.tx)))} with ${entries.length} txs, fees=${fees}, vsize=${vsize}`;
    const replaced: Transaction[] = [];
    for (const { tx, fee, vsize: size } of this.removed) {
      pool.modules.log.debug('mempool', `replacing mempool tx ${tx.txidHex} (wtxid=${tx.wtxidHex}, fees=${fee}, vsize=${size}). ${replacedBy}`);
      replaced.push(tx);
    }
    pool.removeEntries(this.removed, 'replaced');
    for (const entry of entries) pool.insert(entry);
    return replaced;
  }

  /** Judges one transaction and, unless it is only a test, adds it. */
  single(tx: Transaction): AcceptResult {
    const { pool, options } = this;
    const ws = this.preChecks(tx);
    if ('ok' in ws) return ws;
    const { entry } = ws;
    if (this.replaces) {
      const fault = this.replacementFault(ws);
      if (fault !== null) return fault;
    }
    if (!this.fits()) return reject('mempool-policy', 'too-large-cluster');
    if (ws.conflicts.size > 0) {
      const ancestors = new Set(ws.poolParents.flatMap((parent) => [parent, ...reach(parent, 'parents')]));
      const both = [...ancestors].find((ancestor) => ws.conflicts.has(ancestor));
      if (both !== undefined) return reject('consensus', 'bad-txns-spends-conflicting-tx', `${tx.txidHex} spends conflicting transaction ${both.tx.txidHex}`);
    }
    if (this.exceedsMaxFeerate(entry)) return reject('mempool-policy', 'max feerate exceeded');
    const bypassLimits = options.bypassLimits === true;
    if (!bypassLimits && pool.options.requireStandard) {
      const fault = this.dustFault([tx]);
      if (fault !== null) return fault.rejection;
    }
    const scripts = this.policyScripts(ws) ?? this.consensusScripts(ws);
    if (scripts !== null) return scripts;
    const accepted = { ok: true, fee: entry.fee, vsize: entry.vsize, effectiveFeerate: perKilo({ fee: entry.modifiedFee, size: entry.vsize }), effectiveWtxids: [tx.wtxid] } as const;
    if (options.testOnly === true) return { ...accepted, replaced: [] };
    const replaced = this.commit(entry.modifiedFee, entry.vsize);
    const packageSubmission = options.packageSubmission === true;
    if (!packageSubmission && !bypassLimits) {
      pool.limitSize();
      if (!pool.has(tx.txid)) return reject('reconsiderable', 'mempool full');
    }
    pool.tellAdded(entry, { bypassLimits, packageSubmission });
    if (replaced.length > 0) {
      pool.modules.log.debug('mempool', `replaced ${replaced.length} mempool transactions with 1 new transaction for `
        + `${entry.modifiedFee - this.conflictingFees} additional fees, ${entry.vsize - this.conflictingVsize} delta bytes`);
    }
    return { ...accepted, replaced };
  }

  exceedsMaxFeerate(entry: Entry): boolean {
    const { maxFeerate } = this.options;
    return maxFeerate !== undefined && compareFeerate({ fee: entry.modifiedFee, size: entry.vsize }, { fee: maxFeerate, size: 1000 }) > 0;
  }

  dustFault(txs: readonly Transaction[]): { readonly tx: Transaction; readonly rejection: Rejection } | null {
    const tx = leavesDustUnspent(txs, this.pool.dustFeerate, (txid) => this.pool.get(txid)?.tx);
    if (tx === null) return null;
    const debug = `tx ${tx.txidHex} (wtxid=${tx.wtxidHex}) did not spend parent's ephemeral dust`;
    return { tx, rejection: reject('mempool-policy', 'missing-ephemeral-spends', debug) };
  }
}
