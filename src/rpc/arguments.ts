import { RpcError } from '../util/errors.ts';
import { fromHex, hashFromHex, isHex } from '../util/bytes.ts';
import { isJsonObject, type Json, JsonNumber, type JsonObject, jsonTypeName, stringifyJson, jsonEntries } from '../util/json.ts';
import { RPC } from './errors.ts';
import { firstName, isRequired, methodHelp } from './help.ts';
import type { ArgSpec, RpcMethod } from './method.ts';

/** An argument as dispatch needs it: what a forwarded method tells of itself, too. */
export interface ArgName {
  readonly names: string;
  readonly namedOnly: boolean;
}

/** Argument names of a method in order; keys of a `named-params` argument stand in front of it as named-only ones. */
export function argNames(method: RpcMethod): ArgName[] {
  const out: ArgName[] = [];
  for (const arg of method.args) {
    if (arg.type === 'named-params') for (const field of arg.fields ?? []) out.push({ names: field.name, namedOnly: true });
    out.push({ names: arg.name, namedOnly: false });
  }
  return out;
}

/**
 * Turns named arguments into positions. `args` may hold leading positions; keys of an options object may be given flat.
 * @throws RpcError -8
 */
export function toPositional(params: Json | undefined, names: readonly ArgName[]): Json[] {
  if (params === undefined || params === null) return [];
  if (Array.isArray(params)) return params;
  if (!isJsonObject(params)) throw new RpcError(RPC.INVALID_REQUEST, 'Params must be an array or object');
  const given = new Map<string, Json>();
  for (const [name, value] of jsonEntries(params)) {
    if (given.has(name)) throw new RpcError(RPC.INVALID_PARAMETER, `Parameter ${name} specified multiple times`);
    given.set(name, value);
  }
  const leading = given.get('args');
  const positional: Json[] = Array.isArray(leading) ? [...leading] : [];
  if (Array.isArray(leading)) given.delete('args');
  const out: (Json | undefined)[] = [];
  let options: JsonObject = {};
  let place = 0;
  for (const { names: pattern, namedOnly } of names) {
    const name = pattern.split('|').find((n) => given.has(n));
    if (namedOnly) {
      if (name !== undefined) {
        options[name] = given.get(name) as Json;
        // Some options are also positional arguments: these take the value there.
        if (!names.some((n) => !n.namedOnly && n.names.split('|').includes(name))) given.delete(name);
      }
      continue;
    }
    const isOptions = names.some((n) => n.namedOnly) && Object.keys(options).length > 0 && isOptionsPlace(names, pattern);
    let value: Json | undefined = name === undefined ? undefined : given.get(name);
    if (name !== undefined) given.delete(name);
    if (isOptions) {
      if (value !== undefined) throw new RpcError(RPC.INVALID_PARAMETER, `Parameter ${name} conflicts with parameter ${Object.keys(options)[0]}`);
      value = options;
      options = {};
    }
    if (place < positional.length) {
      if (value !== undefined) throw new RpcError(RPC.INVALID_PARAMETER, `Parameter ${name ?? pattern.split('|')[0]} specified twice both as positional and named argument`);
      value = positional[place];
    }
    out.push(value);
    place += 1;
  }
  for (; place < positional.length; place++) out.push(positional[place]);
  const unknown = given.keys().next();
  if (unknown.done !== true) throw new RpcError(RPC.INVALID_PARAMETER, `Unknown named parameter ${unknown.value}`);
  while (out.length > 0 && out[out.length - 1] === undefined) out.pop();
  return out.map((v) => v ?? null);
}

/** Whether this argument is the object that the named-only ones before it belong to. */
function isOptionsPlace(names: readonly ArgName[], pattern: string): boolean {
  const at = names.findIndex((n) => n.names === pattern && !n.namedOnly);
  return at > 0 && names[at - 1]?.namedOnly === true;
}

/** An amount, a range or anything is not checked here: the handler says what it wants. */
const EXPECTED: Partial<Record<ArgSpec['type'], 'string' | 'number' | 'bool' | 'array' | 'object'>> = {
  string: 'string', hex: 'string', numeric: 'number', boolean: 'bool', array: 'array', object: 'object', 'object-user-keys': 'object', 'named-params': 'object',
};

function mismatch(spec: ArgSpec, value: Json | undefined): string | null {
  if (spec.skipTypeCheck === true) return null;
  const got = jsonTypeName(value);
  if (got === 'null' && !isRequired(spec)) return null;
  const expected = EXPECTED[spec.type];
  return expected === undefined || got === expected ? null : `JSON value of type ${got} is not of expected type ${expected}`;
}

/** Checks number and types of arguments; nulls become undefined. @throws RpcError -1 with the help, -3 */
export function checkArguments(method: RpcMethod, params: readonly Json[]): (Json | undefined)[] {
  const required = method.args.findLastIndex(isRequired) + 1;
  if (params.length < required || params.length > method.args.length) throw new RpcError(RPC.MISC_ERROR, methodHelp(method));
  const wrong: JsonObject = {};
  method.args.forEach((spec, i) => {
    const fault = mismatch(spec, params[i]);
    if (fault !== null) wrong[`Position ${i + 1} (${firstName(spec)})`] = fault;
  });
  if (Object.keys(wrong).length > 0) throw new RpcError(RPC.TYPE_ERROR, `Wrong type passed:\n${stringifyJson(wrong, 4)}`);
  return params.map((value) => (value === null ? undefined : value));
}

// -- Reading single arguments in a handler ------------------------------------------------------------------------

function typeError(value: Json | undefined, expected: string): RpcError {
  return new RpcError(RPC.TYPE_ERROR, `JSON value of type ${jsonTypeName(value)} is not of expected type ${expected}`);
}

/** @throws RpcError -3 (no number), -1 (no 32-bit or safe integer) */
export function intArg(value: Json | undefined, fallback?: number): number {
  if (value === undefined && fallback !== undefined) return fallback;
  if (typeof value === 'number') return value;
  if (value instanceof JsonNumber) throw new RpcError(RPC.MISC_ERROR, 'JSON integer out of range');
  throw typeError(value, 'number');
}

/** @throws RpcError -3 (no number), -1 (no integer from 0 to 2^32 - 1) */
export function uint32Arg(value: Json | undefined, fallback?: number): number {
  const number = intArg(value, fallback);
  if (number < 0 || number > 0xffffffff) throw new RpcError(RPC.MISC_ERROR, 'JSON integer out of range');
  return number;
}

export function numberArg(value: Json | undefined, fallback?: number): number {
  if (value === undefined && fallback !== undefined) return fallback;
  if (typeof value === 'number') return value;
  if (value instanceof JsonNumber) return Number(value.text);
  throw typeError(value, 'number');
}

export function stringArg(value: Json | undefined, fallback?: string): string {
  if (value === undefined && fallback !== undefined) return fallback;
  if (typeof value !== 'string') throw typeError(value, 'string');
  return value;
}

export function boolArg(value: Json | undefined, fallback?: boolean): boolean {
  if (value === undefined && fallback !== undefined) return fallback;
  if (typeof value !== 'boolean') throw typeError(value, 'bool');
  return value;
}

export function arrayArg(value: Json | undefined): Json[] {
  if (!Array.isArray(value)) throw typeError(value, 'array');
  return value;
}

export function objectArg(value: Json | undefined): JsonObject {
  if (!isJsonObject(value)) throw typeError(value, 'object');
  return value;
}

/** Hash (network order) from its hex as users see it. @throws RpcError -8 */
export function hashArg(value: Json | undefined, name: string): Uint8Array {
  const text = stringArg(value);
  if (text.length !== 64) throw new RpcError(RPC.INVALID_PARAMETER, `${name} must be of length 64 (not ${text.length}, for '${text}')`);
  if (!isHex(text)) throw new RpcError(RPC.INVALID_PARAMETER, `${name} must be hexadecimal string (not '${text}')`);
  return hashFromHex(text);
}

/** Bytes from hex. @throws RpcError -8 */
export function hexArg(value: Json | undefined, name: string): Uint8Array {
  const text = typeof value === 'string' ? value : '';
  if (text === '' && value !== '') throw new RpcError(RPC.INVALID_PARAMETER, `${name} must be hexadecimal string (not '${text}')`);
  if (!isHex(text)) throw new RpcError(RPC.INVALID_PARAMETER, `${name} must be hexadecimal string (not '${text}')`);
  return fromHex(text);
}

/** Verbosity given as number or (long ago) boolean. */
export function verbosityArg(value: Json | undefined, fallback: number, allowBool = true): number {
  if (value === undefined) return fallback;
  if (typeof value === 'boolean') {
    if (!allowBool) throw new RpcError(RPC.TYPE_ERROR, 'Verbosity was boolean but only integer allowed');
    return value ? 1 : 0;
  }
  return intArg(value);
}
