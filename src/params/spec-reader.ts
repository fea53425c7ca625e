import { CoinError } from '../util/errors.ts';

/** A coin's data file says something that cannot be. The message names the path of the fault. */
export class CoinSpecError extends CoinError {
  constructor(path: string, expected: string) {
    super('coin-spec', `coin spec: ${path}: expected ${expected}`);
  }
}

/** Reads one JSON object, field by field, and knows where it is. */
export class SpecReader {
  private readonly fields: Readonly<Record<string, unknown>>;
  private readonly path: string;
  private readonly asked = new Set<string>(['notes']);

  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new CoinSpecError(path, 'an object');
    this.fields = value as Record<string, unknown>;
    this.path = path;
  }

  /** Path of one of its fields. */
  at(key: string): string { return this.path === '' ? key : `${this.path}.${key}`; }
  fail(key: string, expected: string): never { throw new CoinSpecError(this.at(key), expected); }

  raw(key: string): unknown {
    this.asked.add(key);
    return this.fields[key];
  }

  has(key: string): boolean { return this.raw(key) !== undefined; }
  keys(): string[] { return Object.keys(this.fields).filter((key) => key !== 'notes'); }

  /** Reads the object in a field; all that stands in it must be read. */
  part<T>(key: string, read: (r: SpecReader) => T): T {
    const r = new SpecReader(this.raw(key), this.at(key));
    const value = read(r);
    r.end();
    return value;
  }

  /** Checks that nothing is left that nobody has read: a misspelt name must not pass for a default. */
  end(): void {
    for (const key of Object.keys(this.fields)) if (!this.asked.has(key)) this.fail(key, 'nothing: the name is not known here');
  }

  string(key: string, pattern?: RegExp): string {
    const value = this.raw(key);
    if (typeof value !== 'string' || (pattern !== undefined && !pattern.test(value))) this.fail(key, pattern === undefined ? 'a string' : `a string like ${pattern}`);
    return value;
  }

  int(key: string, min = 0, max = Number.MAX_SAFE_INTEGER): number {
    const value = this.raw(key);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) this.fail(key, `an integer from ${min} to ${max}`);
    return value;
  }

  /** A whole number that a double holds exactly, however large. */
  amount(key: string): number {
    const value = this.raw(key);
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) this.fail(key, 'a whole number');
    return value;
  }

  bool(key: string): boolean {
    const value = this.raw(key);
    if (typeof value !== 'boolean') this.fail(key, 'true or false');
    return value;
  }

  /** Hex of `bytes` bytes, or of any length where it is undefined. */
  hex(key: string, bytes?: number): string {
    return this.string(key, bytes === undefined ? /^(?:[0-9a-f]{2})*$/ : new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
  }

  list<T>(key: string, each: (value: unknown, path: string) => T): T[] {
    const value = this.raw(key);
    if (!Array.isArray(value)) this.fail(key, 'a list');
    return value.map((item, i) => each(item, `${this.at(key)}[${i}]`));
  }
}
