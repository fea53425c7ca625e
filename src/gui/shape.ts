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

/** The members of an object, all of them known. */
function membersOf(value: unknown, path: string, known: object): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) wrong(path, 'object');
  for (const key of Object.keys(value)) if (!Object.hasOwn(known, key)) throw new BadRequest(`${path}: unknown member ${key.slice(0, 40)}`);
  return new Map<string, unknown>(Object.entries(value));
}

/** An object with some of these members and no other. */
export function part<T extends object>(members: { readonly [K in keyof T]: Shape<T[K]> }): Shape<Partial<T>> {
  return (value, path) => {
    const given = membersOf(value, path, members);
    const out: Partial<T> = {};
    for (const key of Object.keys(members) as (keyof T & string)[]) if (given.has(key)) out[key] = members[key](given.get(key), `${path}.${key}`);
    return out;
  };
}

/** An object with these members and no other. */
export function record<T extends object>(members: { readonly [K in keyof T]: Shape<T[K]> }): Shape<T> {
  return (value, path) => {
    const given = membersOf(value, path, members);
    const out: Partial<T> = {};
    for (const key of Object.keys(members) as (keyof T & string)[]) out[key] = members[key](given.get(key), `${path}.${key}`);
    return out as T;
  };
}
