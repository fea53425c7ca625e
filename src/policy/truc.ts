import type { Transaction } from '../primitives/transaction.ts';
import { equalBytes } from '../util/bytes.ts';
import { TRUC_ANCESTOR_LIMIT, TRUC_CHILD_MAX_VSIZE, TRUC_DESCENDANT_LIMIT, TRUC_MAX_VSIZE, TRUC_VERSION } from './limits.ts';

/** An unconfirmed parent in the pool, as the rules for version 3 transactions (BIP 431) see it. Counts include itself. */
export interface TrucParent {
  readonly tx: Transaction;
  readonly ancestorCount: number;
  readonly descendantCount: number;
  /** Its descendants, without itself. */
  readonly descendants: readonly { readonly tx: Transaction; readonly ancestorCount: number }[];
}

/** Why a transaction breaks the rules; `sibling`: the one that could be evicted to make room. */
export interface TrucFault {
  readonly debug: string;
  readonly sibling: Transaction | null;
}

const named = (tx: Transaction): string => `${tx.txidHex} (wtxid=${tx.wtxidHex})`;
const inheritance = (child: Transaction, parent: Transaction): string => (child.version === TRUC_VERSION
  ? `version=3 tx ${named(child)} cannot spend from non-version=3 tx ${named(parent)}`
  : `non-version=3 tx ${named(child)} cannot spend from version=3 tx ${named(parent)}`);
const tooManyAncestors = (tx: Transaction): string => `tx ${named(tx)} would have too many ancestors`;
const tooManyDescendants = (tx: Transaction): string => `tx ${named(tx)} would exceed descendant count limit`;
const tooBig = (tx: Transaction, vsize: number, child: boolean): string =>
  `version=3 ${child ? 'child ' : ''}tx ${named(tx)} is too big: ${vsize} > ${child ? TRUC_CHILD_MAX_VSIZE : TRUC_MAX_VSIZE} virtual bytes`;

/** Rules for a transaction on its own. @param conflicts whether a transaction of the pool is to be replaced by it */
export function singleTrucFault(tx: Transaction, vsize: number, parents: readonly TrucParent[], conflicts: (tx: Transaction) => boolean): TrucFault | null {
  for (const parent of parents) {
    if ((tx.version === TRUC_VERSION) !== (parent.tx.version === TRUC_VERSION)) return { debug: inheritance(tx, parent.tx), sibling: null };
  }
  if (tx.version !== TRUC_VERSION) return null;
  if (vsize > TRUC_MAX_VSIZE) return { debug: tooBig(tx, vsize, false), sibling: null };
  if (parents.length + 1 > TRUC_ANCESTOR_LIMIT) return { debug: tooManyAncestors(tx), sibling: null };
  const [parent] = parents;
  if (parent === undefined) return null;
  if (parent.ancestorCount + 1 > TRUC_ANCESTOR_LIMIT) return { debug: tooManyAncestors(tx), sibling: null };
  if (vsize > TRUC_CHILD_MAX_VSIZE) return { debug: tooBig(tx, vsize, true), sibling: null };
  const replaced = parent.descendants.some((child) => conflicts(child.tx));
  if (parent.descendantCount + 1 <= TRUC_DESCENDANT_LIMIT || replaced) return null;
  const [sibling] = parent.descendants;
  const evictable = parent.descendantCount === 2 && sibling?.ancestorCount === 2;
  return { debug: tooManyDescendants(parent.tx), sibling: evictable && sibling !== undefined ? sibling.tx : null };
}

/** Rules for a transaction among others of its package, whose order is topological; debug text, or null where it keeps them. */
export function packageTrucFault(tx: Transaction, vsize: number, txs: readonly Transaction[], poolParents: readonly TrucParent[]): string | null {
  const at = txs.indexOf(tx);
  const inPackage = txs.slice(0, at).filter((other) => tx.inputs.some((input) => equalBytes(input.prevout.txid, other.txid)));
  if (tx.version !== TRUC_VERSION) {
    const parent = [...poolParents.map((p) => p.tx), ...inPackage].find((p) => p.version === TRUC_VERSION);
    return parent === undefined ? null : inheritance(tx, parent);
  }
  if (vsize > TRUC_MAX_VSIZE) return tooBig(tx, vsize, false);
  if (poolParents.length + inPackage.length + 1 > TRUC_ANCESTOR_LIMIT) return tooManyAncestors(tx);
  const [poolParent] = poolParents;
  if (poolParent !== undefined && poolParent.ancestorCount + inPackage.length + 1 > TRUC_ANCESTOR_LIMIT) return tooManyAncestors(tx);
  const parent = poolParent?.tx ?? inPackage[0];
  if (parent === undefined) return null;
  if (vsize > TRUC_CHILD_MAX_VSIZE) return tooBig(tx, vsize, true);
  if (parent.version !== TRUC_VERSION) return inheritance(tx, parent);
  for (const other of txs) {
    if (other === tx) continue;
    for (const { prevout } of other.inputs) {
      if (equalBytes(prevout.txid, parent.txid)) return tooManyDescendants(parent);
      if (equalBytes(prevout.txid, tx.txid)) return tooManyAncestors(other);
    }
  }
  return poolParent !== undefined && poolParent.descendantCount > 1 ? tooManyDescendants(parent) : null;
}
