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

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
}

/** JSON type name as the reference's error messages print it. */
export function jsonTypeName(value: Json | undefined): 'null' | 'bool' | 'object' | 'array' | 'string' | 'number' {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number' || value instanceof JsonNumber) return 'number';
  return Array.isArray(value) ? 'array' : 'object';
}
