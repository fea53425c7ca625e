import { conversionOf, type ConversionKind } from '../rpc/cli-convert-table.ts';
import { CoinError } from '../util/errors.ts';
import { type Json, type JsonObject, JsonParseError, parseJson } from '../util/json.ts';

const RPC_INVALID_PARAMETER = -8;

/** What a user typed cannot be sent. */
export class CliError extends CoinError {
  constructor(message: string) { super('cli', message); }
}

/** The node would refuse this, with this code; it need not be asked. */
export class RefusedRequest extends CliError {
  readonly rpcCode: number;
  constructor(rpcCode: number, message: string) {
    super(message);
    this.rpcCode = rpcCode;
  }
}

function tryJson(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch (e) {
    if (e instanceof JsonParseError) return undefined;
    throw e;
  }
}

function convert(kind: ConversionKind | undefined, text: string): Json {
  if (kind === undefined || kind === 'string') return text;
  const parsed = tryJson(text);
  if (parsed !== undefined) return parsed;
  if (kind === 'json-or-string') return text;
  throw new CliError(`Error parsing JSON: ${text}`);
}

/** Arguments in position. @throws CliError */
export function positionalParams(method: string, words: readonly string[]): Json[] {
  return words.map((word, i) => convert(conversionOf(method, i), word));
}

/**
 * Arguments by name, `name=value`; words without a name keep their position. @throws CliError, RefusedRequest where `args` is given both ways
 */
export function namedParams(method: string, words: readonly string[]): JsonObject {
  const out: JsonObject = {};
  const positional: Json[] = [];
  for (const word of words) {
    const equals = word.indexOf('=');
    if (equals < 0) {
      positional.push(convert(conversionOf(method, positional.length), word));
      continue;
    }
    const name = word.slice(0, equals);
    const kind = conversionOf(method, name);
    if (kind === undefined) {
      // The sign may be part of a positional value, where that takes JSON or such a text.
      const here = conversionOf(method, positional.length);
      const parsed = here === 'json' ? tryJson(word) : here === 'string' ? word : undefined;
      if (parsed !== undefined) {
        positional.push(parsed);
        continue;
      }
    }
    out[name] = convert(kind, word.slice(equals + 1));
  }
  if (positional.length > 0) {
    if (out['args'] !== undefined) throw new RefusedRequest(RPC_INVALID_PARAMETER, 'Parameter args specified multiple times');
    out['args'] = positional;
  }
  return out;
}
