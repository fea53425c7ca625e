import type { MessageVerdict } from '../api.ts';
import { dateText, LOCKTIME_THRESHOLD, spanText } from './format.ts';
import { numberText, t, tn } from './i18n.ts';

/** Bits of a sequence number (BIP 68): no lock at all, a lock in steps of 512 seconds instead of blocks, and how many. */
const NO_LOCK = 2 ** 31;
const IN_TIME = 2 ** 22;
const LENGTH = 2 ** 16;
const STEP_SEC = 512;

/** Sentences about a signed message, and how good the news is. */
export interface VerdictText {
  readonly tone: 'good' | 'warn' | 'bad';
  readonly lines: readonly string[];
}

/** From when on, and for coins of what age, a signature counts. */
function locks({ locktime, sequence }: MessageVerdict): string[] {
  const lines: string[] = [];
  if (locktime >= LOCKTIME_THRESHOLD) lines.push(t('It counts from {date} on.', { date: dateText(locktime) }));
  else if (locktime > 0) lines.push(t('It counts from block {height} on.', { height: locktime }));
  const length = sequence % LENGTH;
  if (sequence >= NO_LOCK || length === 0) return lines;
  const inTime = Math.floor(sequence / IN_TIME) % 2 === 1;
  lines.push(inTime ? t('It counts for coins that are at least {span} old.', { span: spanText(length * STEP_SEC) }) : tn(length, 'It counts for coins that are at least {n} block old.', 'It counts for coins that are at least {n} blocks old.'));
  return lines;
}

function fault({ fault: what, detail }: MessageVerdict): string[] {
  switch (what) {
    case 'too-long': return [t('The signature is too long.')];
    case 'not-base64': case 'malformed': return [t('This is no signature: was all of it copied?')];
    case 'legacy-elsewhere': return [t('A signature of this old kind is of legacy addresses only.')];
    case 'hash-type': case 'code-separator': return [t('The signature breaks a rule of BIP 322.')];
    case 'more-inputs': return [t('It cannot be told whether the signature is good.'), t('It is a proof of funds of an early form: what it spends is not in it.')];
    case 'no-output': return [t('This proof of funds lacks an output that it spends.')];
    case 'version': case 'upgradable': return [t('It cannot be told whether the signature is good.'), t('It uses what the network has given no meaning yet.')];
    default: return [t('The signature is not of this address and message.'), ...(detail === '' ? [] : [`${detail}.`])];
  }
}

/** A verdict in words. A signature that counts under a lock alone, or of funds that are not there, is no good news yet. @param amount how satoshi are written */
export function verdictText(verdict: MessageVerdict, amount: (sat: number) => string): VerdictText {
  if (verdict.state !== 'valid') return { tone: verdict.state === 'invalid' ? 'bad' : 'warn', lines: fault(verdict) };
  const under = locks(verdict);
  const { proof } = verdict;
  const lines = [t('The signature is good: who signed this has the key of that address.'), ...under];
  if (proof !== undefined) lines.push(t('Proof of funds: {unspent} of {outputs} outputs are unspent now, {amount} together.', { unspent: numberText(proof.unspent), outputs: numberText(proof.outputs), amount: amount(proof.amount) }));
  return { tone: under.length > 0 || (proof !== undefined && proof.unspent < proof.outputs) ? 'warn' : 'good', lines };
}
