import {
  AbortError, CoinError, Disconnected, Disposed, errorText, InitError, InvalidMessage, MalformedData, NotAvailable, Overloaded, RemoteFailure, RpcError, TooLarge, Unimplemented,
} from '../util/errors.ts';

/** What an error means for the caller; first element of an error on the wire. */
export const ERROR_KIND = { declared: 0, failed: 1, invalid: 2, cancelled: 3, overloaded: 4, unimplemented: 5, disposed: 6, tooLarge: 7 } as const;

/** `[kind, code, message, data, trace]`. `data` of an RPC error is `[rpcCode, JSON text or nil]`, of all others nil; `trace` is there with -debug=ipc only. */
export type WireError = [kind: number, code: string, message: string, data: [number, string | null] | null, trace?: string];

const MAX_MESSAGE = 64 * 1024;
const MAX_TRACE = 4096;

/** Classes that cross as themselves, by their code. */
const DECLARED: ReadonlyMap<string, (message: string) => CoinError> = new Map([
  ['init', (message: string) => new InitError(message)],
  ['malformed', (message: string) => new MalformedData(message)],
  ['not-available', (message: string) => new NotAvailable(message)],
]);

/** What was thrown, for the wire. Its stack stays here unless it is asked for. */
export function encodeError(thrown: unknown, withStack = false): WireError {
  const error = withoutStack(thrown);
  // The first line of a stack is the message once more.
  const frames = withStack && thrown instanceof Error ? thrown.stack?.split('\n').filter((line) => /^\s+at /.test(line)).join('\n') ?? '' : '';
  return frames === '' ? error : [error[0], error[1], error[2], error[3], wellFormed(frames.slice(0, MAX_TRACE))];
}

function withoutStack(thrown: unknown): WireError {
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

/**
 * The error as the caller sees it: its class where that crosses, else RemoteFailure with the text.
 * @param site stack of where the call was made, kept while calls are traced
 */
export function decodeError(wire: unknown, from: string, site: string | null = null): CoinError {
  const error = withoutTrace(wire, from);
  const trace: unknown = Array.isArray(wire) ? (wire as unknown[])[4] : undefined;
  if (typeof trace === 'string' || site !== null) {
    const local = (site ?? error.stack ?? '').split('\n').slice(1).join('\n');
    error.stack = `${error.name}: ${error.message}\n${typeof trace === 'string' ? `${trace.slice(0, MAX_TRACE)}\n` : ''}    from ${from}\n${local}`;
  }
  return error;
}

function withoutTrace(wire: unknown, from: string): CoinError {
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
