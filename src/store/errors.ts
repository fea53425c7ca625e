import { CoinError } from '../util/errors.ts';

export type StoreErrorCode =
  | 'store-open' | 'store-locked' | 'store-corrupt' | 'store-read' | 'store-write' | 'store-full' | 'store-closed' | 'store-format';

/** A database or file that could not be opened, read or written. */
export class StoreError extends CoinError {
  constructor(code: StoreErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, message, options);
  }
}

/**
 * Fault injection for tests: called before each write with what is about to happen; where it throws, nothing is written.
 * `what` is `batch:<database>`, `file-write:<name>`, `file-sync:<name>` or `atomic:<name>`.
 */
export type FaultHook = (what: string) => void;

/** True where the system says that the disk is full or the quota reached. */
export function isDiskFull(thrown: unknown): boolean {
  const code = (thrown as { code?: unknown } | null)?.code;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
