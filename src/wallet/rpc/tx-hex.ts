import type { Transaction as Tx } from '../../primitives/transaction.ts';
import { Transaction } from '../../primitives/transaction.ts';
import { fromHex, isHex } from '../../util/bytes.ts';
import { MalformedData } from '../../util/errors.ts';

function attempt(bytes: Uint8Array, allowWitness: boolean): Tx | null {
  try {
    return Transaction.fromBytes(bytes, allowWitness);
  } catch (e) {
    if (e instanceof MalformedData) return null;
    throw e;
  }
}

/** Scripts of a transaction that was read the right way are mostly plausible; those of one read the wrong way are not. */
function plausible(tx: Tx): boolean {
  if (tx.inputs.length === 0) return false;
  return tx.inputs.every((input) => (tx.isCoinbase ? input.scriptSig.length >= 2 && input.scriptSig.length <= 100 : input.scriptSig.length <= 10_000))
    && tx.outputs.every((output) => output.scriptPubKey.length <= 10_000);
}

/** A transaction from hex; without inputs its two forms look alike, and the likelier one is taken. Null where it is none. */
export function transactionFromHex(hex: string, tryWithout = true, tryWitness = true): Tx | null {
  if (!isHex(hex)) return null;
  const bytes = fromHex(hex);
  const extended = tryWitness ? attempt(bytes, true) : null;
  if (extended !== null && plausible(extended)) return extended;
  const legacy = tryWithout ? attempt(bytes, false) : null;
  if (legacy !== null && plausible(legacy)) return legacy;
  return extended ?? legacy;
}
