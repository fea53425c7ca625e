import {
  AbortError, CoinError, Disconnected, Disposed, errorText, InitError, InvalidMessage, MalformedData, NotAvailable, Overloaded, RemoteFailure, RpcError, TooLarge, Unimplemented,
} from '../util/errors.ts';

/** What an error means for the caller; first element of an error on the wire. */
export const ERROR_KIND = { declared: 0, failed: 1, invalid: 2, cancelled: 3, overloaded: 4, unimplemented: 5, disposed: 6, tooLarge: 7 } as const;

/** `[kind, code, message, data]`. `data` of an RPC error is `[rpcCode, JSON text or nil]`, of all others nil. */
export type WireError = [kind: number, code: string, message: string, data: [number, string | null] | null];

const MAX_MESSAGE = 64 * 1024;

/** Classes that cross as themselves, by their code. */
const DECLARED: ReadonlyMap<string, (message: string) => CoinError> = new Map([
  ['init', (message: string) => new InitError(message)],
  ['malformed', (message: string) => new MalformedData(message)],
  ['not-available', (message: string) => new NotAvailable(message)],
]);

/** What was thrown, for the wire. Stacks stay here. */
export function encodeError(thrown: unknown): WireError {
  const message = wellFormed(errorText(thrown).slice(0, MAX_MESSAGE));
  const kind = ERROR_KIND;
  if (thrown instanceof RpcError) return [kind.declared, 'rpc', message, [Number.isSafeInteger(thrown.rpcCode) ? thrown.rpcCode : -1, jsonText(thrown.data)]];
  if (thrown instanceof InvalidMessage) return [kind.invalid, thrown.code, message, null];
  if (thrown instanceof Overloaded) return [kind.overloaded, thrown.code, message, null];
  if (thrown instanceof Unimplemented) return [kind.unimplemented, thrown.code, message, null];
  if (thrown instanceof Disposed) return [kind.disposed, thrown.code, message, null];
  if (thrown instanceof TooLarge) return [kind.tooLarge, thrown.code, message, null];
  if (isAbort(thrown)) return [kind.cancelled, 'cancelled', message, null];
  // A connection that was lost is one of ours, not the caller's.
  if (thrown instanceof CoinError && !(thrown instanceof Disconnected) && !(thrown instanceof RemoteFailure)) return [kind.declared, thrown.code.slice(0, 100), message, null];
  return [kind.failed, 'failed', message, null];
}

/** The error as the caller sees it: its class where that crosses, else RemoteFailure with the text. */
export function decodeError(wire: unknown, from: string): CoinError {
  if (!Array.isArray(wire) || typeof wire[1] !== 'string' || typeof wire[2] !== 'string') return new InvalidMessage(`${from}: error without a text`);
  const [kind, code, message, data] = wire as [unknown, string, string, unknown];
  switch (kind) {
    case ERROR_KIND.declared: {
      if (code === 'rpc') return rpcError(message, data);
      const make = DECLARED.get(code);
      return make === undefined ? new CoinError(code, message) : make(message);
    }
    case ERROR_KIND.invalid: return new InvalidMessage(message);
    case ERROR_KIND.cancelled: return new AbortError(message);
    case ERROR_KIND.overloaded: return new Overloaded(message);
    case ERROR_KIND.unimplemented: return new Unimplemented(message);
    case ERROR_KIND.disposed: return new Disposed(message);
    case ERROR_KIND.tooLarge: return new TooLarge(message);
    default: return new RemoteFailure(`${message} (from ${from})`);
  }
}

function rpcError(message: string, data: unknown): RpcError {
  const [code, text] = Array.isArray(data) ? (data as unknown[]) : [];
  const rpcCode = typeof code === 'number' && Number.isSafeInteger(code) ? code : -1;
  if (typeof text !== 'string') return new RpcError(rpcCode, message);
  try {
    return new RpcError(rpcCode, message, { data: JSON.parse(text) as unknown });
  } catch {
    return new RpcError(rpcCode, message);
  }
}

function jsonText(data: unknown): string | null {
  if (data === undefined) return null;
  try {
    return JSON.stringify(data) ?? null;
  } catch {
    return null;
  }
}

function isAbort(thrown: unknown): boolean {
  return thrown instanceof AbortError || (thrown instanceof Error && thrown.name === 'AbortError');
}

function wellFormed(text: string): string {
  return (text as unknown as { toWellFormed(): string }).toWellFormed();
}
