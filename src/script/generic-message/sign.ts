import { OP } from '../opcodes.ts';
import { decodeScriptNum } from '../script-num.ts';
import { instructions, witnessProgram } from '../script.ts';
import { signTransaction } from '../sign.ts';
import { SigningProvider } from '../signing-provider.ts';
import { writeFull, writeSimple } from './encoding.ts';
import { runMessageScripts } from './rules.ts';
import { messageToSign, messageToSpend, NO_LOCKS, type SigningTerms } from './transactions.ts';

/** Lock times of each kind that are tried; scripts of more than that are beyond what people write. */
const MAX_LOCKS = 4;

/** Numbers that stand before an opcode in scripts, ascending. */
function numbersBefore(wanted: number, scripts: Iterable<Uint8Array>): number[] {
  const found = new Set<number>();
  for (const script of scripts) {
    let last: number | null = null;
    for (const { opcode, data } of instructions(script)) {
      if (opcode === wanted && last !== null && last > 0 && last <= 0xffffffff) found.add(last);
      if (opcode >= OP.OP_1 && opcode <= OP.OP_16) last = opcode - 0x50;
      else last = data === null || data.length > 5 ? null : decodeScriptNum(data);
    }
  }
  return [...found].sort((a, b) => a - b).slice(0, MAX_LOCKS);
}

/** Terms under which the scripts may let a signature be made: first without locks, then with as low ones as they name. */
function* possibleTerms(keys: SigningProvider): Generator<SigningTerms> {
  const scripts = [...keys.scripts.values(), ...[...keys.taproot.values()].flatMap(({ leaves }) => leaves.map(({ script }) => script))];
  const sequences = [0, ...numbersBefore(OP.OP_CHECKSEQUENCEVERIFY, scripts)];
  const locktimes = [0, ...numbersBefore(OP.OP_CHECKLOCKTIMEVERIFY, scripts)];
  for (const locktime of locktimes) {
    for (const sequence of sequences) yield locktime === 0 && sequence === 0 ? NO_LOCKS : { version: 2, locktime, sequence };
  }
}

/**
 * Signs a message for an output script (BIP 322): in the form "simple" where the script is a witness program and needs no lock, in the
 * form "full" otherwise. Null where the keys and scripts do not suffice: no half signature is given out.
 */
export function signGenericMessage(scriptPubKey: Uint8Array, message: string, keys: SigningProvider): string | null {
  const toSpend = messageToSpend(scriptPubKey, message);
  // Keys that sign in rounds would leave a nonce behind for a signature that nobody goes on with.
  const own = new SigningProvider().merge(keys);
  own.secretNonces = null;
  for (const terms of possibleTerms(own)) {
    const { tx, complete } = signTransaction(messageToSign(toSpend, terms), toSpend.outputs, own);
    const [input] = tx.inputs;
    if (!complete || input === undefined || runMessageScripts(tx, toSpend.outputs).outcome !== 'good') continue;
    return terms === NO_LOCKS && witnessProgram(scriptPubKey) !== null ? writeSimple(input.witness) : writeFull(tx);
  }
  return null;
}
