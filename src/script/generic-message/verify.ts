import type { Transaction } from '../../primitives/transaction.ts';
import { equalBytes } from '../../util/bytes.ts';
import { verifyMessage } from '../message.ts';
import type { Psbt } from '../psbt/psbt.ts';
import { type Destination, scriptForDestination } from '../standard.ts';
import { readSignature, type SignatureFault, type SignatureForm } from './encoding.ts';
import { type ProvenOutput, readFundsProof } from './funds.ts';
import { runMessageScripts } from './rules.ts';
import { MESSAGE_OUTPUT, messageToSign, messageToSpend, NO_LOCKS } from './transactions.ts';

/** Why a signature is not valid, or cannot be judged. */
export type MessageFault =
  | SignatureFault
  /** The transaction that signs is not as BIP 322 has it: of another message or address, or with other outputs. */
  | 'other-transaction'
  /** A key has signed, but another key or another message. */
  | 'other-key'
  /** The old kind of signature, which only P2PKH addresses have. */
  | 'legacy-elsewhere'
  /** The scripts fail. */
  | 'script'
  /** A signature does not sign everything. */
  | 'hash-type'
  /** OP_CODESEPARATOR is used. */
  | 'code-separator'
  /** It has inputs beyond the first, and does not say what they spend (as proofs of funds were written once). */
  | 'more-inputs'
  /** A proof of funds that lacks an output it spends. */
  | 'no-output'
  /** The version of the transaction that signs is one that has no meaning yet. */
  | 'version'
  /** The scripts use what has no meaning yet. */
  | 'upgradable';

/** Verdict on a signed message (BIP 322). */
export interface MessageVerdict {
  readonly state: 'valid' | 'inconclusive' | 'invalid';
  /** null where the text is no signature. */
  readonly form: SignatureForm['form'] | null;
  /** nLockTime of the transaction that signs: the signature is good from that height or time on. 0: from ever. */
  readonly locktime: number;
  /** nSequence of its input: how old a coin must be for this to spend it. 0: any. */
  readonly sequence: number;
  /** null where it is valid. */
  readonly fault: MessageFault | null;
  /** What the interpreter said; empty where it had nothing to say. */
  readonly detail: string;
  /** Outputs that a valid proof of funds shows control of; not looked up in any chain. Absent from all else. */
  readonly proven?: readonly ProvenOutput[];
}

type Form = SignatureForm['form'];

const verdict = (state: MessageVerdict['state'], form: Form | null, fault: MessageFault | null, detail = ''): MessageVerdict => (
  { state, form, locktime: 0, sequence: 0, fault, detail }
);

/** Whether a transaction is one that signs `toSpend`, whatever it has in its further inputs. */
function signsThis(tx: Transaction, toSpend: Transaction): boolean {
  const [first] = tx.inputs;
  const [output, ...more] = tx.outputs;
  if (first === undefined || output === undefined || more.length > 0) return false;
  return first.prevout.vout === 0 && equalBytes(first.prevout.txid, toSpend.txid)
    && output.value === MESSAGE_OUTPUT.value && equalBytes(output.scriptPubKey, MESSAGE_OUTPUT.scriptPubKey);
}

/** @param proven what the inputs from the second on spend */
function judge(form: Form, tx: Transaction, toSpend: Transaction, proven: readonly ProvenOutput[] = []): MessageVerdict {
  const [input] = tx.inputs;
  if (input === undefined || !signsThis(tx, toSpend)) return verdict('invalid', form, 'other-transaction');
  if (tx.inputs.length !== proven.length + 1) return verdict('inconclusive', form, 'more-inputs');
  const ran = runMessageScripts(tx, [...toSpend.outputs, ...proven.map(({ output }) => output)]);
  if (ran.outcome === 'upgradable') return verdict('inconclusive', form, 'upgradable', ran.detail);
  if (ran.outcome !== 'good') return verdict('invalid', form, ran.outcome, 'detail' in ran ? ran.detail : '');
  if (tx.version !== 0 && tx.version !== 2) return verdict('inconclusive', form, 'version');
  return { ...verdict('valid', form, null), locktime: tx.locktime, sequence: input.sequence };
}

function judgeProof(psbt: Psbt, toSpend: Transaction): MessageVerdict {
  const proof = readFundsProof(psbt);
  if (typeof proof === 'string') return verdict('invalid', 'proof-of-funds', proof === 'wrong' ? 'other-transaction' : proof);
  const judged = judge('proof-of-funds', proof.tx, toSpend, proof.proven);
  return judged.state === 'valid' ? { ...judged, proven: proof.proven } : judged;
}

/**
 * Judges a signature of a message: one that signmessage makes for a P2PKH address, or one of BIP 322 for any address. Never throws for
 * what comes from outside. Of a proof of funds the signatures are checked; whether its outputs exist, and are unspent, is for a chain to say.
 * @param magic the coin's line in front of messages that are signed the old way
 */
export function verifyGenericMessage(destination: Destination, signature: string, message: string, magic: string): MessageVerdict {
  const read = readSignature(signature, destination.type === 'pkh');
  if (typeof read === 'string') return verdict('invalid', null, read);
  if (read.form === 'legacy') {
    if (destination.type !== 'pkh') return verdict('invalid', 'legacy', 'legacy-elsewhere');
    return verifyMessage(message, signature, destination.hash, magic) === true ? verdict('valid', 'legacy', null) : verdict('invalid', 'legacy', 'other-key');
  }
  const toSpend = messageToSpend(scriptForDestination(destination), message);
  if (read.form === 'proof-of-funds') return judgeProof(read.psbt, toSpend);
  if (read.form === 'full') return judge('full', read.tx, toSpend);
  return judge('simple', messageToSign(toSpend, NO_LOCKS, read.witness), toSpend);
}
