import { outPointKey } from '../primitives/outpoint.ts';
import type { Transaction } from '../primitives/transaction.ts';
import { sha256 } from '../crypto/hash.ts';
import { compareBytes, concatBytes, reversed, toKey } from '../util/bytes.ts';
import { MAX_PACKAGE_COUNT, MAX_PACKAGE_WEIGHT } from './limits.ts';

/** Whether every parent in the list comes before its children. */
export function isSortedPackage(txs: readonly Transaction[]): boolean {
  const later = new Set(txs.map((tx) => toKey(tx.txid)));
  for (const tx of txs) {
    if (tx.inputs.some((input) => later.has(toKey(input.prevout.txid)))) return false;
    later.delete(toKey(tx.txid));
  }
  return true;
}

/** Whether no two transactions spend the same output (and each has inputs). */
export function isConsistentPackage(txs: readonly Transaction[]): boolean {
  const seen = new Set<string>();
  for (const tx of txs) {
    if (tx.inputs.length === 0) return false;
    const keys = tx.inputs.map(({ prevout }) => outPointKey(prevout.txid, prevout.vout));
    if (keys.some((key) => seen.has(key))) return false;
    for (const key of keys) seen.add(key);
  }
  return true;
}

/** Reject reason of a package that is not well formed, before any of it is looked at in context; null where it is. */
export function packageFault(txs: readonly Transaction[]): string | null {
  if (txs.length > MAX_PACKAGE_COUNT) return 'package-too-many-transactions';
  const weight = txs.reduce((sum, tx) => sum + tx.weight, 0);
  if (txs.length > 1 && weight > MAX_PACKAGE_WEIGHT) return 'package-too-large';
  if (new Set(txs.map((tx) => toKey(tx.txid))).size !== txs.length) return 'package-contains-duplicates';
  if (!isSortedPackage(txs)) return 'package-not-sorted';
  return isConsistentPackage(txs) ? null : 'conflict-in-package';
}

/** Whether the last transaction spends from every other one. */
export function isChildWithParents(txs: readonly Transaction[]): boolean {
  const child = txs[txs.length - 1];
  if (txs.length < 2 || child === undefined) return false;
  const spent = new Set(child.inputs.map((input) => toKey(input.prevout.txid)));
  return txs.slice(0, -1).every((tx) => spent.has(toKey(tx.txid)));
}

/** {@link isChildWithParents}, with parents that do not spend from each other. */
export function isChildWithParentsTree(txs: readonly Transaction[]): boolean {
  if (!isChildWithParents(txs)) return false;
  const parents = new Set(txs.slice(0, -1).map((tx) => toKey(tx.txid)));
  return txs.slice(0, -1).every((tx) => tx.inputs.every((input) => !parents.has(toKey(input.prevout.txid))));
}

/** SHA-256 over the wtxids in the order of their hex (BIP 331); network order. */
export function packageHash(txs: readonly Transaction[]): Uint8Array {
  const sorted = txs.map((tx) => tx.wtxid).sort((a, b) => compareBytes(reversed(a), reversed(b)));
  return sha256(concatBytes(...sorted));
}
