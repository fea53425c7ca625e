import util from 'node:util';
import { errorText } from '../util/errors.ts';

/** A failed system call as the reference's log tells it: `Connection refused (111)`. */
export function socketErrorText(error: unknown): string {
  const { errno } = error as NodeJS.ErrnoException;
  if (typeof errno !== 'number') return errorText(error);
  const text = util.getSystemErrorMap().get(errno)?.[1] ?? 'unknown error';
  return `${text.charAt(0).toUpperCase()}${text.slice(1)} (${-errno})`;
}
