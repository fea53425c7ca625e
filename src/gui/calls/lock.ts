import { type GuiCall, guiCall } from '../call-table.ts';
import type { PageLock } from '../page-lock.ts';
import { BadRequest, integer, optional, record, type Shape, text } from '../shape.ts';
import { passphrase } from './convert.ts';

const LEAST_LETTERS = 4;
const MAX_MINUTES = 24 * 60;

/** Calls that are answered while the page is locked. */
export const CALLS_WHILE_LOCKED: ReadonlySet<string> = new Set(['lock.state', 'lock.unlock']);

const chosen: Shape<string> = (value, path) => {
  const word = text(1024)(value, path);
  if (word.length < LEAST_LETTERS) throw new BadRequest('Four letters or digits at least.');
  return word;
};

/** Calls about the lock of the page. */
export function lockCalls(lock: PageLock): GuiCall[] {
  const none = record<object>({});
  const proof = record<{ passphrase: string }>({ passphrase });
  return [
    guiCall('lock.state', none, () => lock.view),
    guiCall('lock.set', record<{ passphrase: string; minutes: number | null }>({ passphrase: chosen, minutes: optional(integer(1, MAX_MINUTES)) }), (args) => lock.set(args.passphrase, args.minutes)),
    guiCall('lock.remove', proof, (args) => lock.remove(args.passphrase)),
    guiCall('lock.now', none, () => lock.lock()),
    guiCall('lock.touch', none, () => lock.touch()),
    guiCall('lock.unlock', proof, (args) => lock.unlock(args.passphrase)),
  ];
}
