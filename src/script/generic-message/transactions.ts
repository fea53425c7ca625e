import { taggedHash } from '../../crypto/tagged-hash.ts';
import { NULL_VOUT } from '../../primitives/outpoint.ts';
import { Transaction, type TxOut } from '../../primitives/transaction.ts';
import { utf8 } from '../../util/bytes.ts';
import { OP } from '../opcodes.ts';
import { buildScript } from '../script.ts';

/** What a signature of a message may choose for itself (BIP 322): `version` 0 or 2, the locks as in any transaction. */
export interface SigningTerms {
  readonly version: number;
  readonly locktime: number;
  readonly sequence: number;
}

/** Terms that bind a signature to no time: the only ones of the form "simple". */
export const NO_LOCKS: SigningTerms = { version: 0, locktime: 0, sequence: 0 };

/** The only output of the transaction that signs: nothing, to nobody. */
export const MESSAGE_OUTPUT: TxOut = { value: 0, scriptPubKey: Uint8Array.of(OP.OP_RETURN) };

/** Hash of a message (its UTF-8 bytes as they are) that BIP 322 signs. 32 bytes. */
export function genericMessageHash(message: string): Uint8Array {
  return taggedHash('BIP0322-signed-message', utf8(message));
}

/** The made-up transaction that pays nothing to a script and commits to a message (BIP 322, "to_spend"). It can be in no block: it spends an output that cannot be. */
export function messageToSpend(scriptPubKey: Uint8Array, message: string): Transaction {
  return new Transaction({
    version: 0, locktime: 0,
    inputs: [{ prevout: { txid: new Uint8Array(32), vout: NULL_VOUT }, scriptSig: buildScript(OP.OP_0, genericMessageHash(message)), sequence: 0, witness: [] }],
    outputs: [{ value: 0, scriptPubKey }],
  });
}

/** The transaction whose input is the signature (BIP 322, "to_sign"). @param toSpend what {@link messageToSpend} made */
export function messageToSign(toSpend: Transaction, terms: SigningTerms, witness: readonly Uint8Array[] = []): Transaction {
  return new Transaction({
    version: terms.version, locktime: terms.locktime,
    inputs: [{ prevout: { txid: toSpend.txid, vout: 0 }, scriptSig: new Uint8Array(0), sequence: terms.sequence, witness }],
    outputs: [MESSAGE_OUTPUT],
  });
}
