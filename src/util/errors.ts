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

/** The text of whatever was thrown. */
export function errorText(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
