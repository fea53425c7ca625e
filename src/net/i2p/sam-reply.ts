import { CoinError } from '../../util/errors.ts';

/** The router did not do what was asked, or what it said means nothing. */
export class SamError extends CoinError {
  constructor(message: string, options?: { cause?: unknown }) { super('sam', message, options); }
}

/** One line of the router: words, some of them `KEY=VALUE`. The first of a key counts. */
export class SamReply {
  readonly full: string;
  /** What it answers, without secrets, for errors. */
  readonly request: string;
  private readonly values = new Map<string, string | null>();

  /** @param line without its end */
  constructor(line: string, request: string) {
    this.full = line;
    this.request = request;
    for (const word of line.split(' ')) {
      const equals = word.indexOf('=');
      const key = equals < 0 ? word : word.slice(0, equals);
      if (!this.values.has(key)) this.values.set(key, equals < 0 ? null : word.slice(equals + 1));
    }
  }

  /** @throws SamError where the reply has no such value */
  get(key: string): string {
    const value = this.values.get(key);
    if (value === undefined || value === null) throw new SamError(`Missing ${key}= in the reply to "${this.request}"`);
    return value;
  }
}
