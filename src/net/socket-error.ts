import { errorText } from '../util/errors.ts';
import { systemErrorText } from '../util/system-error.ts';

/** A failed system call as the reference's log tells it: `Connection refused (111)`. */
export function socketErrorText(error: unknown): string {
  const { errno } = error as NodeJS.ErrnoException;
  return typeof errno === 'number' ? `${systemErrorText(errno)} (${-errno})` : errorText(error);
}
