import { CoinError, errorText, InvalidMessage } from '../util/errors.ts';
import { DEFAULT_STRING_LENGTH } from './limits.ts';

/** A value that does not fit its declaration. The path grows on the way out; `message` is complete at the top. */
export class InvalidValue extends CoinError {
  path: string;
  private readonly what: string;

  constructor(at: string, what: string) {
    super('invalid-value', what);
    this.path = at;
    this.what = what;
  }

  /** With the path below `label`. */
  toMessage(label: string): InvalidMessage {
    return new InvalidMessage(`${label} ${this.path}: ${this.what}`);
  }
}

/** Errors of encoding and decoding with the place in front; others as they are. */
export function asError(thrown: unknown, method: { readonly label: string }): Error {
  if (thrown instanceof InvalidValue) return thrown.toMessage(method.label);
  return thrown instanceof Error ? thrown : new InvalidMessage(`${method.label}: ${errorText(thrown)}`);
}

/** Kind of a value, never the value itself: it might be secret. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (value instanceof Uint8Array) return 'bytes';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'integer' : 'float';
  return typeof value;
}

export function invalid(at: string, expected: string, value: unknown): InvalidValue {
  return new InvalidValue(at, `expected ${expected}, got ${kindOf(value)}`);
}

/** Puts a step in front of the path of an error that passes. */
export function within(step: string, thrown: unknown): unknown {
  if (thrown instanceof InvalidValue && step !== '') thrown.path = thrown.path === '' ? step : `${step}${thrown.path.startsWith('[') ? '' : '.'}${thrown.path}`;
  return thrown;
}

export function bool(value: unknown, at: string): boolean {
  if (value === true || value === false) return value;
  throw invalid(at, 'boolean', value);
}

/** A safe integer; it may have travelled as an integral float. Minus zero is refused. */
export function int(value: unknown, at: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && !(value === 0 && Object.is(value, -0))) return value;
  throw invalid(at, 'safe integer', value);
}

/** A finite number. */
export function float(value: unknown, at: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw invalid(at, 'finite number', value);
}

interface WellFormed { isWellFormed(): boolean }

/** A string without lone surrogates, of at most `max` UTF-16 units. */
export function str(value: unknown, at: string, max = DEFAULT_STRING_LENGTH): string {
  if (typeof value !== 'string') throw invalid(at, 'string', value);
  if (value.length > max) throw new InvalidValue(at, `expected at most ${max} characters, got ${value.length}`);
  if (!(value as unknown as WellFormed).isWellFormed()) throw new InvalidValue(at, 'expected well-formed text, got a lone surrogate');
  return value;
}

/** Bytes to be sent. */
export function bytes(value: unknown, at: string, max = Infinity): Uint8Array {
  if (!(value instanceof Uint8Array)) throw invalid(at, 'bytes', value);
  if (value.length > max) throw new InvalidValue(at, `expected at most ${max} bytes, got ${value.length}`);
  return value;
}

/** Bytes that came: a copy, so that a hash does not hold its whole frame. */
export function ownBytes(value: unknown, at: string, max = Infinity): Uint8Array {
  return new Uint8Array(bytes(value, at, max));
}

export function literal<T extends string>(value: unknown, allowed: ReadonlySet<string>, at: string): T {
  if (typeof value === 'string' && allowed.has(value)) return value as T;
  throw invalid(at, `one of ${[...allowed].map((v) => `"${v}"`).join(', ')}`, value);
}

export function nothing(value: unknown, at: string): undefined {
  if (value === undefined || value === null) return undefined;
  throw invalid(at, 'nothing', value);
}

/** Object or callback about to be encoded. */
export function object(value: unknown, at: string): object {
  if (value !== null && typeof value === 'object') return value;
  throw invalid(at, 'object', value);
}

export function callback(value: unknown, at: string): object {
  if (typeof value === 'function') return value;
  throw invalid(at, 'function', value);
}

/** Fields of a struct in declaration order: at least `required`, more from a newer peer are ignored. */
export function fields(wire: unknown, required: number, at = ''): readonly unknown[] {
  if (!Array.isArray(wire)) throw invalid(at, 'struct', wire);
  if (wire.length < required) throw new InvalidValue(at, `expected ${required} fields, got ${wire.length}`);
  return wire;
}

/** Removes absent optional values from the end. */
export function trimmed(wire: unknown[], required: number): unknown[] {
  while (wire.length > required && wire[wire.length - 1] === null) wire.pop();
  return wire;
}

type Convert<C, T> = (value: never, codec: C, at: string) => T;

/** Every item of a list, either way. */
export function list<C, T>(value: unknown, codec: C, at: string, convert: Convert<C, T>): T[] {
  if (!Array.isArray(value)) throw invalid(at, 'list', value);
  const out = new Array<T>(value.length);
  let i = 0;
  try {
    for (; i < out.length; i++) out[i] = convert(value[i] as never, codec, '');
  } catch (e) {
    throw within(at, within(`[${i}]`, e));
  }
  return out;
}

/** A map as a list of pairs. */
export function pairs<C>(value: unknown, codec: C, at: string, key: Convert<C, unknown>, item: Convert<C, unknown>): [unknown, unknown][] {
  if (!(value instanceof Map)) throw invalid(at, 'map', value);
  const out: [unknown, unknown][] = [];
  try {
    for (const [k, v] of value as Map<unknown, unknown>) out.push([key(k as never, codec, 'key'), item(v as never, codec, 'value')]);
  } catch (e) {
    throw within(at, within(`[${out.length}]`, e));
  }
  return out;
}

/** A map from its list of pairs; a key that comes twice is refused. */
export function mapOf<C, K, V>(wire: unknown, codec: C, at: string, key: Convert<C, K>, item: Convert<C, V>): Map<K, V> {
  if (!Array.isArray(wire)) throw invalid(at, 'map', wire);
  const out = new Map<K, V>();
  let i = 0;
  try {
    for (; i < wire.length; i++) {
      const pair = fields(wire[i], 2);
      const k = key(pair[0] as never, codec, 'key');
      if (out.has(k)) throw new InvalidValue('key', 'comes twice');
      out.set(k, item(pair[1] as never, codec, 'value'));
    }
  } catch (e) {
    throw within(at, within(`[${i}]`, e));
  }
  return out;
}

/** A value or nothing, either way. */
export function orNull<C, T>(value: unknown, codec: C, at: string, convert: Convert<C, T>): T | null {
  return value === null || value === undefined ? null : convert(value as never, codec, at);
}

/** A struct about to be encoded: any object, but no list. */
export function struct(value: unknown): void {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw invalid('', 'struct', value);
}
