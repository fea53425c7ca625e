import { WITNESS_SCALE_FACTOR, type Transaction, type TxIn, type TxOut } from '../../primitives/transaction.ts';
import { type SigVersion, TransactionSignatureChecker } from '../../script/interpreter/checker.ts';
import { verifyScript } from '../../script/interpreter/verify-script.ts';
import { PrecomputedTxData } from '../../script/sighash.ts';
import { STANDARD_SCRIPT_VERIFY_FLAGS } from '../../script/verify-flags.ts';
import { compactSizeLength } from '../../util/writer.ts';

/** Bytes of the longest ECDSA signature with its hash type. */
const MAX_SIGNATURE_SIZE = 72;

/** Weight units of an input as it is. */
function inputWeight({ scriptSig, witness }: TxIn): number {
  const base = 40 + compactSizeLength(scriptSig.length) + scriptSig.length;
  return base * WITNESS_SCALE_FACTOR + witness.reduce((sum, item) => sum + compactSizeLength(item.length) + item.length, compactSizeLength(witness.length));
}

/** Sees which signatures are good, and adds up by how much they could be longer. */
class SignatureSizeChecker extends TransactionSignatureChecker {
  /** Weight units. */
  slack = 0;

  override checkEcdsa(signature: Uint8Array, pubkey: Uint8Array, scriptCode: Uint8Array, version: SigVersion): boolean {
    if (!super.checkEcdsa(signature, pubkey, scriptCode, version)) return false;
    this.slack += (MAX_SIGNATURE_SIZE - signature.length) * (version === 'base' ? WITNESS_SCALE_FACTOR : 1);
    return true;
  }
}

/**
 * Weight units that each input of a signed transaction may have when it is signed anew: ECDSA signatures differ in length.
 * @param spent the output that each input spends
 */
export function renewedInputWeights(tx: Transaction, spent: readonly TxOut[]): number[] {
  const data = new PrecomputedTxData(tx, spent);
  return tx.inputs.map((input, i) => {
    const output = spent[i];
    if (output === undefined) return inputWeight(input);
    const checker = new SignatureSizeChecker(tx, i, output.value, data);
    verifyScript(input.scriptSig, output.scriptPubKey, input.witness, STANDARD_SCRIPT_VERIFY_FLAGS, checker);
    return inputWeight(input) + checker.slack;
  });
}
