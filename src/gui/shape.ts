import { CoinError } from '../util/errors.ts';

/** What the page sent does not have the shape that the call asks for. */
export class BadRequest extends CoinError {
  constructor(message: string) { super('bad-request', message); }
}

/** Checks a value from the page and gives it back with its type. @throws BadRequest with the path to what is wrong */
export type Shape<T> = (value: unknown, path: string) => T;

function wrong(path: string, expected: string): never {
  throw new BadRequest(`${path}: expected ${expected}`);
}

/** Text of at most `max` UTF-16 units. */
export function text(max: number): Shape<string> {
  return (value, path) => (typeof value === 'string' && value.length <= max ? value : wrong(path, `text of at most ${max} characters`));
}

/** A safe integer in a range, both ends included. */
export function integer(min: number, max: number): Shape<number> {
  return (value, path) => (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max ? value : wrong(path, `integer from ${min} to ${max}`));
}

/** A finite number in a range, both ends included. */
export function decimal(min: number, max: number): Shape<number> {
  return (value, path) => (typeof value === 'number' && Number.isFinite(value) && value >= min && value <= max ? value : wrong(path, `number from ${min} to ${max}`));
}

export const flag: Shape<boolean> = (value, path) => (typeof value === 'boolean' ? value : wrong(path, 'true or false'));

/** One of a few words. */
export function oneOf<const T extends string>(...words: readonly T[]): Shape<T> {
  return (value, path) => words.find((word) => word === value) ?? wrong(path, words.join(' or '));
}

/** `null` or absent, or what `inner` takes. */
export function optional<T>(inner: Shape<T>): Shape<T | null> {
  return (value, path) => (value === undefined || value === null ? null : inner(value, path));
}

/** At most `max` items. */
export function list<T>(item: Shape<T>, max: number): Shape<T[]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length > max) wrong(path, `list of at most ${max}`);
    return value.map((v, i) => item(v, `${path}[${i}]`));
  };
}

/** An object with these members and no other. */
export function record<T extends object>(members: { readonly [K in keyof T]: Shape<T[K]> }): Shape<T> {
  const known = new Set(Object.keys(members));
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) wrong(path, 'object');
    for (const key of Object.keys(value)) if (!known.has(key)) throw new BadRequest(`${path}: unknown member ${key.slice(0, 40)}`);
    const given = new Map<string, unknown>(Object.entries(value));
    const out: Partial<T> = {};
    for (const key of Object.keys(members) as (keyof T & string)[]) out[key] = members[key](given.get(key), `${path}.${key}`);
    return out as T;
  };
}
