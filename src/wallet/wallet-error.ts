import { CoinError } from '../util/errors.ts';

/** Something a wallet cannot do; the message is one line for its user. */
export class WalletError extends CoinError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('wallet', message, options);
  }
}
