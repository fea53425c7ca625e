import { CoinError } from './errors.ts';

/**
 * A JSON number that JavaScript's number would not carry exactly as written: `text` is its literal.
 * The parser makes one for every number that is not a safe integer in plain form; the writer prints it as it is.
 */
export class JsonNumber {
  readonly text: string;
  constructor(text: string) { this.text = text; }
  valueOf(): number { return Number(this.text); }
}

export type JsonObject = { [key: string]: Json };
/** `undefined` members of an object are left out when it is written. */
export type Json = null | boolean | number | string | JsonNumber | Json[] | JsonObject;

export class JsonParseError extends CoinError {
  constructor(message: string) { super('json', message); }
}

/** A number, in whatever way it is held. */
export function isJsonNumber(value: Json | undefined): value is number | JsonNumber {
  return typeof value === 'number' || value instanceof JsonNumber;
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
}

/** Members as they were written, where a key came more than once in the text: an object can hold only one of them. */
const REPEATED = new WeakMap<JsonObject, [string, Json][]>();

/** All members in the order of the text they were parsed from, repeated keys included. */
export function jsonEntries(object: JsonObject): [string, Json][] {
  return REPEATED.get(object) ?? Object.entries(object);
}

/** JSON type name as the reference's error messages print it. */
export function jsonTypeName(value: Json | undefined): 'null' | 'bool' | 'object' | 'array' | 'string' | 'number' {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number' || value instanceof JsonNumber) return 'number';
  return Array.isArray(value) ? 'array' : 'object';
}

const MAX_DEPTH = 512;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** What JSON.parse would change: a fraction, an exponent, or an integer of 16 digits or more. */
const NEEDS_EXACT = /[0-9][.eE][0-9+-]|[0-9]{16}|"__proto__"|-0/;

/**
 * Parses JSON text. Numbers that are not plain safe integers become JsonNumber with their literal.
 * @throws JsonParseError
 */
export function parseJson(text: string, options: { onDuplicateKey?: (key: string) => void } = {}): Json {
  if (options.onDuplicateKey === undefined && !NEEDS_EXACT.test(text)) {
    let value: Json;
    try {
      value = JSON.parse(text) as Json;
    } catch (e) {
      throw new JsonParseError(e instanceof Error ? e.message : 'invalid JSON');
    }
    // Fewer keys than the text seems to have: some are repeated, or strings look like keys.
    if (countKeys(value) === (text.match(KEY)?.length ?? 0)) return value;
  }
  return new ExactParser(text, options.onDuplicateKey).parse();
}

const KEY = /"\s*:/g;

function countKeys(value: Json, depth = 0): number {
  if (typeof value !== 'object' || value === null || value instanceof JsonNumber) return 0;
  if (depth > MAX_DEPTH) throw new JsonParseError('nested too deeply');
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countKeys(item, depth + 1);
    return count;
  }
  for (const key in value) count += 1 + countKeys(value[key] as Json, depth + 1);
  return count;
}

/** Recursive descent over the text; the slow way, for texts whose numbers matter digit by digit. */
class ExactParser {
  private readonly text: string;
  private readonly onDuplicateKey: ((key: string) => void) | undefined;
  private at = 0;

  constructor(text: string, onDuplicateKey: ((key: string) => void) | undefined) {
    this.text = text;
    this.onDuplicateKey = onDuplicateKey;
  }

  parse(): Json {
    const value = this.value(0);
    this.space();
    if (this.at !== this.text.length) this.fail();
    return value;
  }

  private fail(): never { throw new JsonParseError(`unexpected character at position ${this.at}`); }

  private space(): void {
    for (;;) {
      const c = this.text.charCodeAt(this.at);
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return;
      this.at += 1;
    }
  }

  private value(depth: number): Json {
    if (depth > MAX_DEPTH) throw new JsonParseError('nesting too deep');
    this.space();
    switch (this.text[this.at]) {
      case '{': return this.object(depth);
      case '[': return this.array(depth);
      case '"': return this.string();
      case 't': return this.word('true', true);
      case 'f': return this.word('false', false);
      case 'n': return this.word('null', null);
      default: return this.number();
    }
  }

  private word(word: string, value: boolean | null): boolean | null {
    if (!this.text.startsWith(word, this.at)) this.fail();
    this.at += word.length;
    return value;
  }

  private number(): Json {
    NUMBER.lastIndex = this.at;
    const literal = NUMBER.exec(this.text)?.[0];
    if (literal === undefined) this.fail();
    this.at += literal.length;
    const n = Number(literal);
    return Number.isSafeInteger(n) && String(n) === literal ? n : new JsonNumber(literal);
  }

  private string(): string {
    const start = this.at;
    let end = start + 1;
    for (;;) {
      const c = this.text.charCodeAt(end);
      if (Number.isNaN(c)) this.fail();
      if (c === 0x22) break;
      end += c === 0x5c ? 2 : 1;
    }
    this.at = end + 1;
    try {
      return JSON.parse(this.text.slice(start, this.at)) as string;
    } catch {
      this.at = start;
      return this.fail();
    }
  }

  private array(depth: number): Json[] {
    const out: Json[] = [];
    this.at += 1;
    this.space();
    if (this.text[this.at] === ']') {
      this.at += 1;
      return out;
    }
    for (;;) {
      out.push(this.value(depth + 1));
      this.space();
      const c = this.text[this.at];
      this.at += 1;
      if (c === ']') return out;
      if (c !== ',') this.fail();
    }
  }

  private object(depth: number): JsonObject {
    const out: JsonObject = {};
    this.at += 1;
    this.space();
    if (this.text[this.at] === '}') {
      this.at += 1;
      return out;
    }
    for (;;) {
      this.space();
      if (this.text[this.at] !== '"') this.fail();
      const key = this.string();
      this.space();
      if (this.text[this.at] !== ':') this.fail();
      this.at += 1;
      const value = this.value(depth + 1);
      if (Object.hasOwn(out, key)) {
        this.onDuplicateKey?.(key);
        if (!REPEATED.has(out)) REPEATED.set(out, Object.entries(out));
      }
      REPEATED.get(out)?.push([key, value]);
      // A plain assignment to __proto__ would change the object's prototype.
      Object.defineProperty(out, key, { value, writable: true, enumerable: true, configurable: true });
      this.space();
      const c = this.text[this.at];
      this.at += 1;
      if (c === '}') return out;
      if (c !== ',') this.fail();
    }
  }
}

/** JSON text, compact or indented by `indent` spaces as the reference does it, which breaks the line in empty lists too; members that are undefined are left out. */
export function stringifyJson(value: Json | undefined, indent = 0): string {
  return write(value ?? null, indent, 0);
}

function write(value: Json, indent: number, level: number): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value instanceof JsonNumber) return value.text;
  const inner = indent === 0 ? '' : `\n${' '.repeat(indent * (level + 1))}`;
  const outer = indent === 0 ? '' : `\n${' '.repeat(indent * level)}`;
  if (Array.isArray(value)) {
    return `[${value.map((v) => inner + write(v, indent, level + 1)).join(',')}${outer}]`;
  }
  const members: string[] = [];
  for (const [key, member] of jsonEntries(value) as [string, Json | undefined][]) {
    if (member !== undefined) members.push(`${inner}${quote(key)}:${indent === 0 ? '' : ' '}${write(member, indent, level + 1)}`);
  }
  return `{${members.join(',')}${outer}}`;
}

function quote(text: string): string {
  return JSON.stringify(text).replace(/\x7f/g, '\\u007f');
}
