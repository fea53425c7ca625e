import { CoinError } from '../util/errors.ts';

/** A command line, configuration file or settings file that does not parse. */
export class ArgsError extends CoinError {
  constructor(message: string) { super('args', message); }
}
