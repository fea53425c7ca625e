import { compareFeerate, feerateText, perKilo } from '../policy/feerate.ts';
import { isChildWithParents, packageFault, packageHash } from '../policy/packages.ts';
import { replacementFeeFault } from '../policy/rbf.ts';
import { packageTrucFault } from '../policy/truc.ts';
import type { Transaction } from '../primitives/transaction.ts';
import { hashToHex, toKey } from '../util/bytes.ts';
import { Acceptance, type AcceptOptions, reject, trucView, type Workspace } from './accept.ts';
import type { TxMempool } from './mempool.ts';
import type { AcceptResult, PackageResult, PackageTxResult } from './types.ts';

const FAILED = 'transaction failed';

function result(kind: PackageResult['kind'], reason: string, debug = '', results: ReadonlyMap<string, PackageTxResult> = new Map()): PackageResult {
  return { kind, reason, debug, results };
}

/** Entry of {@link TxMempool.acceptPackage}. */
export function acceptPackage(pool: TxMempool, txs: readonly Transaction[], options: { testOnly?: boolean; maxFeerate?: number }): PackageResult {
  return options.testOnly === true ? acceptTogether(pool, txs, { testOnly: true }) : submitPackage(pool, txs, options.maxFeerate);
}

/** Judges all transactions as one: all enter or none. */
function acceptTogether(pool: TxMempool, txs: readonly Transaction[], options: AcceptOptions): PackageResult {
  const fault = packageFault(txs);
  if (fault !== null) return result('policy', fault);
  const attempt = new Acceptance(pool, options);
  const results = new Map<string, PackageTxResult>();
  const fail = (tx: Transaction, verdict: AcceptResult, reason = FAILED): PackageResult => {
    results.set(toKey(tx.wtxid), verdict);
    return result('transaction', reason, '', results);
  };
  const workspaces: Workspace[] = [];
  for (const tx of txs) {
    const ws = attempt.preChecks(tx);
    if ('ok' in ws) return fail(tx, ws);
    if (attempt.exceedsMaxFeerate(ws.entry)) return fail(tx, reject('mempool-policy', 'max feerate exceeded'));
    attempt.offer(ws.entry);
    workspaces.push(ws);
  }
  for (const ws of workspaces) {
    const debug = packageTrucFault(ws.tx, ws.entry.vsize, txs, ws.poolParents.map(trucView));
    if (debug !== null) return result('policy', 'TRUC-violation', debug);
  }
  const vsize = workspaces.reduce((sum, ws) => sum + ws.entry.vsize, 0);
  const fees = workspaces.reduce((sum, ws) => sum + ws.entry.modifiedFee, 0);
  const last = txs[txs.length - 1];
  if (options.packageFeerates === true && last !== undefined) {
    const low = attempt.feerateFault(vsize, fees);
    if (low !== null) return fail(last, low);
  }
  if (attempt.replaces) {
    const refused = packageReplacementFault(attempt, workspaces, fees, vsize);
    if (refused !== null) return refused;
  }
  if (!attempt.fits()) return result('policy', 'too-large-cluster');
  if (pool.options.requireStandard) {
    const dust = attempt.dustFault(txs);
    if (dust !== null) return fail(dust.tx, dust.rejection, 'unspent-dust');
  }
  const wtxids = txs.map((tx) => tx.wtxid);
  const accepted = (ws: Workspace, replaced: readonly Transaction[]): AcceptResult => {
    const together = options.packageFeerates === true;
    const rate = together ? { fee: fees, size: vsize } : { fee: ws.entry.modifiedFee, size: ws.entry.vsize };
    return {
      ok: true, fee: ws.entry.fee, vsize: ws.entry.vsize, replaced, effectiveFeerate: perKilo(rate), effectiveWtxids: together ? wtxids : [ws.tx.wtxid],
    };
  };
  for (const ws of workspaces) {
    const scripts = attempt.policyScripts(ws);
    if (scripts !== null) return fail(ws.tx, scripts);
    if (options.testOnly === true) results.set(toKey(ws.tx.wtxid), accepted(ws, []));
  }
  if (options.testOnly === true) return result('', '', '', results);
  for (const ws of workspaces) {
    const scripts = attempt.consensusScripts(ws);
    if (scripts === null) continue;
    results.set(toKey(ws.tx.wtxid), scripts);
    return result('mempool-error', `BUG! PolicyScriptChecks succeeded but ConsensusScriptChecks failed: ${ws.tx.txidHex}`, '', results);
  }
  let replaced = attempt.commit(fees, vsize);
  if (replaced.length > 0) {
    pool.modules.log.debug('mempool', `replaced ${replaced.length} mempool transactions with ${workspaces.length} new one(s) for `
      + `${fees - attempt.conflictingFees} additional fees, ${vsize - attempt.conflictingVsize} delta bytes`);
  }
  for (const ws of workspaces) {
    results.set(toKey(ws.tx.wtxid), accepted(ws, replaced));
    replaced = [];
    pool.tellAdded(ws.entry, { bypassLimits: false, packageSubmission: true });
  }
  return result('', '', '', results);
}

function packageReplacementFault(attempt: Acceptance, workspaces: readonly Workspace[], fees: number, vsize: number): PackageResult | null {
  const { pool } = attempt;
  const [parent, child] = workspaces;
  const txs = workspaces.map((ws) => ws.tx);
  if (parent === undefined || child === undefined || workspaces.length !== 2 || !isChildWithParents(txs)) {
    return result('policy', 'package RBF failed: package must be 1-parent-1-child');
  }
  if (workspaces.some((ws) => ws.poolParents.length > 0)) return result('policy', 'package RBF failed: new transaction cannot have mempool ancestors');
  const all = attempt.allConflicts(child.tx.txidHex, new Set(workspaces.flatMap((ws) => [...ws.conflicts])));
  if (typeof all === 'string') return result('policy', 'package RBF failed: too many potential replacements', all);
  attempt.stageRemovals(all);
  const debug = replacementFeeFault(child.tx.txidHex, attempt.conflictingFees, fees, vsize, pool.incrementalFeerate);
  if (debug !== null) return result('policy', 'package RBF failed: insufficient anti-DoS fees', debug);
  const together = { fee: fees, size: vsize };
  const alone = { fee: parent.entry.modifiedFee, size: parent.entry.vsize };
  if (compareFeerate(together, alone) <= 0) {
    const { currencyUnit } = pool.options.params.coin;
    return result('policy', 'package RBF failed: package feerate is less than or equal to parent feerate',
      `package feerate ${feerateText(perKilo(together), currencyUnit)} <= parent feerate is ${feerateText(perKilo(alone), currencyUnit)}`);
  }
  if (!attempt.fits()) return result('policy', 'too-large-cluster');
  if (!attempt.improvesDiagram()) return result('policy', 'package RBF failed: insufficient feerate: does not improve feerate diagram');
  pool.modules.log.debug('txpackages', `package RBF checks passed: parent ${parent.tx.txidHex} (wtxid=${parent.tx.wtxidHex}), `
    + `child ${child.tx.txidHex} (wtxid=${child.tx.wtxidHex}), package hash (${hashToHex(packageHash(txs))})`);
  return null;
}

/** A child with its parents: each alone first, then together what failed for its fee or for missing parents. */
function submitPackage(pool: TxMempool, txs: readonly Transaction[], maxFeerate: number | undefined): PackageResult {
  const fault = packageFault(txs);
  if (fault !== null) return result('policy', fault);
  if (txs.length > 1 && !isChildWithParents(txs)) return result('policy', 'package-not-child-with-parents');
  const limits = maxFeerate === undefined ? {} : { maxFeerate };
  const final = new Map<string, PackageTxResult>();
  const alone = new Map<string, AcceptResult>();
  const together: Transaction[] = [];
  let quit = false;
  for (const tx of txs) {
    const key = toKey(tx.wtxid);
    const same = pool.get(tx.txid);
    if (same !== undefined) {
      final.set(key, pool.getByWtxid(tx.wtxid) !== undefined
        ? { ok: true, state: 'in-mempool', fee: same.fee, vsize: same.vsize }
        : { ok: true, state: 'different-witness', otherWtxid: same.tx.wtxid });
      continue;
    }
    const one = new Acceptance(pool, { ...limits, allowReplacement: true, allowSiblingEviction: true, packageSubmission: true }).single(tx);
    if (one.ok) {
      final.set(key, one);
      continue;
    }
    alone.set(key, one);
    if (txs.length === 1 || (one.kind !== 'reconsiderable' && one.kind !== 'missing-inputs')) quit = true;
    else together.push(tx);
  }
  let multi = quit ? result('transaction', FAILED) : result('', '');
  if (!quit && together.length > 0) multi = acceptSubPackage(pool, together, limits);
  pool.limitSize();
  let { kind, reason } = multi;
  const results = new Map<string, PackageTxResult>();
  for (const tx of txs) {
    const key = toKey(tx.wtxid);
    const verdict = multi.results.get(key) ?? final.get(key) ?? alone.get(key);
    if (verdict === undefined) continue;
    if (verdict.ok && !pool.has(tx.txid)) {
      kind = 'transaction';
      reason = FAILED;
      results.set(key, reject('mempool-policy', 'mempool full'));
    } else {
      results.set(key, verdict);
    }
  }
  return result(kind, reason, multi.debug, results);
}

function acceptSubPackage(pool: TxMempool, txs: readonly Transaction[], limits: { maxFeerate?: number }): PackageResult {
  const [only] = txs;
  if (txs.length > 1 || only === undefined) {
    return acceptTogether(pool, txs, { ...limits, allowReplacement: true, packageSubmission: true, packageFeerates: true });
  }
  const one = new Acceptance(pool, { ...limits, allowReplacement: true, allowSiblingEviction: true, packageSubmission: true }).single(only);
  return result(one.ok ? '' : 'transaction', one.ok ? '' : FAILED, '', new Map([[toKey(only.wtxid), one]]));
}
