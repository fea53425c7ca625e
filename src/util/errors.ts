/** Root of every error that we throw on purpose: `code` is for programs, `message` is one line for a user. */
export class CoinError extends Error {
  readonly code: string;
  readonly data: unknown;

  constructor(code: string, message: string, options?: { cause?: unknown; data?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.data = options?.data;
  }
}

/** Bytes from outside that do not parse. */
export class MalformedData extends CoinError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('malformed', message, options);
  }
}

/** An error whose JSON-RPC code and message a client sees as they are. */
export class RpcError extends CoinError {
  readonly rpcCode: number;

  constructor(rpcCode: number, message: string, options?: { cause?: unknown; data?: unknown }) {
    super('rpc', message, options);
    this.rpcCode = rpcCode;
  }
}

/** Start-up cannot go on: the message goes to stderr as `Error: …` and the exit code is 1. */
export class InitError extends CoinError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('init', message, options);
  }
}

/** The same where a user at a screen would be asked what to do: what is written to stderr has no `Error: ` before it. */
export class InitQuestion extends InitError {}

/** A message is larger than the other end takes. */
export class TooLarge extends CoinError {
  constructor(message: string) { super('too-large', message); }
}

/** The call was cancelled through its AbortSignal. */
export class AbortError extends CoinError {
  constructor(message = 'The operation was cancelled') { super('cancelled', message); }
}

/** A limit of the other process is reached: try later. */
export class Overloaded extends CoinError {
  constructor(message: string) { super('overloaded', message); }
}

/** The other process is older, or does not offer this. */
export class Unimplemented extends CoinError {
  constructor(message: string) { super('unimplemented', message); }
}

/** It is declared, but there is nothing here that could do it; the message says what is missing. */
export class NotAvailable extends CoinError {
  constructor(message: string) { super('not-available', message); }
}

/** The object was released before this call. */
export class Disposed extends CoinError {
  constructor(message: string) { super('disposed', message); }
}

/** The text of whatever was thrown. */
export function errorText(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The other end of a connection is gone. `phase` tells whether the call may have run there. */
export class Disconnected extends CoinError {
  readonly phase: 'before' | 'during';

  constructor(phase: 'before' | 'during', message: string) {
    super('disconnected', message);
    this.phase = phase;
  }
}

/** A failure in another process that it did not declare: a bug or an unexpected state there. */
export class RemoteFailure extends CoinError {
  constructor(message: string) { super('remote-failure', message); }
}

/** An argument or result that does not fit its declaration. The message gives the path to the bad field. */
export class InvalidMessage extends CoinError {
  constructor(message: string) { super('invalid-message', message); }
}
