import { isJsonObject, type Json, JsonNumber, parseJson, stringifyJson } from '../../util/json.ts';

/** A word as it was typed, or a command whose result stands in its place. */
export type ConsoleArgument = string | ConsoleCommand;

/** One command of a console line. `path` picks a part of its result. */
export interface ConsoleCommand {
  readonly method: string;
  readonly args: readonly ConsoleArgument[];
  readonly path: readonly string[];
  /** Where its arguments stand in the line. */
  readonly argsFrom: number;
  readonly argsTo: number;
}

/** The line does not follow the grammar. */
export class ConsoleSyntaxError extends Error {}

/** Commands whose arguments are in no history. */
const SECRET_COMMANDS: ReadonlySet<string> = new Set([
  'createwallet', 'createwalletdescriptor', 'migratewallet', 'signmessagewithprivkey', 'signrawtransactionwithkey', 'walletpassphrase', 'walletpassphrasechange',
  'encryptwallet',
]);
const MAX_DEPTH = 32;

class Parser {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  line(): ConsoleCommand | null {
    this.spaces();
    if (this.at === this.text.length) return null;
    const command = this.command(0, true);
    this.spaces();
    if (this.at < this.text.length) this.fail();
    return command;
  }

  private fail(): never { throw new ConsoleSyntaxError('Invalid Syntax'); }
  /** A method, so that the compiler does not believe it to stay the same. */
  private peek(): string { return this.text[this.at] ?? ''; }

  private spaces(): void {
    while (this.peek() === ' ' || this.peek() === '\n' || this.peek() === '\t') this.at++;
  }

  /** `method(…)[…]`, or on the outermost level also `method word word`. */
  private command(depth: number, outer: boolean): ConsoleCommand {
    const method = this.word();
    if (method === '') this.fail();
    if (this.peek() === '(') return this.called(method, depth);
    if (!outer) this.fail();
    const argsFrom = this.at;
    const args: ConsoleArgument[] = [];
    for (;;) {
      const before = this.at;
      this.spaces();
      if (this.at === this.text.length) break;
      if (this.peek() === ',') {
        // One comma between two words; none at the ends, and no two of them.
        if (args.length === 0) this.fail();
        this.at++;
        this.spaces();
        if (this.at === this.text.length || this.peek() === ',') this.fail();
      } else if (this.at === before) {
        this.fail();
      }
      args.push(this.argument(depth));
    }
    return { method, args, path: [], argsFrom, argsTo: this.text.length };
  }

  private called(method: string, depth: number): ConsoleCommand {
    if (depth >= MAX_DEPTH) this.fail();
    const argsFrom = ++this.at;
    const args: ConsoleArgument[] = [];
    this.spaces();
    while (this.peek() !== ')') {
      if (this.at === this.text.length) this.fail();
      args.push(this.argument(depth + 1));
      const before = this.at;
      this.spaces();
      if (this.peek() === ',') {
        this.at++;
        this.spaces();
        if (this.peek() === ',' || this.peek() === ')') this.fail();
      } else if (this.peek() !== ')' && this.at === before) {
        this.fail();
      }
    }
    const argsTo = this.at++;
    const path: string[] = [];
    while (this.peek() === '[') {
      const end = this.text.indexOf(']', this.at);
      if (end < 0) this.fail();
      path.push(this.text.slice(this.at + 1, end));
      this.at = end + 1;
    }
    return { method, args, path, argsFrom, argsTo };
  }

  private argument(depth: number): ConsoleArgument {
    const from = this.at;
    const quoted = this.peek() === '"' || this.peek() === "'";
    const word = this.word();
    if (this.at === from) this.fail();
    return this.peek() === '(' && !quoted ? this.called(word, depth + 1) : word;
  }

  /** Up to a separator; quotes keep separators, JSON in brackets is one word. */
  private word(): string {
    let out = '';
    let brackets = 0;
    for (; this.at < this.text.length; this.at++) {
      const c = this.peek();
      if (c === "'") {
        const end = this.text.indexOf("'", this.at + 1);
        if (end < 0) this.fail();
        out += this.text.slice(this.at + 1, end);
        this.at = end;
      } else if (c === '"') {
        out += brackets > 0 ? this.rawQuotes() : this.doubleQuotes();
      } else if (c === '\\' && brackets === 0) {
        this.at++;
        if (this.at === this.text.length) this.fail();
        out += this.peek();
      } else if (brackets > 0 || c === '{' || (c === '[' && out === '')) {
        if (c === '{' || c === '[') brackets++;
        if (c === '}' || c === ']') brackets--;
        out += c;
      } else if (c === ' ' || c === ',' || c === '(' || c === ')' || c === '\n' || c === '\t') {
        break;
      } else {
        out += c;
      }
    }
    if (brackets > 0) this.fail();
    return out;
  }

  /** A quoted text inside JSON, with its quotes. */
  private rawQuotes(): string {
    const from = this.at;
    for (this.at++; this.peek() !== '"'; this.at++) {
      if (this.at >= this.text.length) this.fail();
      if (this.peek() === '\\') this.at++;
    }
    return this.text.slice(from, this.at + 1);
  }

  /** Inside double quotes a backslash protects quotes and backslashes only. */
  private doubleQuotes(): string {
    let out = '';
    for (this.at++; this.peek() !== '"'; this.at++) {
      if (this.at >= this.text.length) this.fail();
      const after = this.text[this.at + 1];
      if (this.peek() === '\\' && (after === '"' || after === '\\')) this.at++;
      out += this.peek();
    }
    return out;
  }
}

/** The command of a line; null where it is empty. @throws ConsoleSyntaxError */
export function parseConsoleLine(text: string): ConsoleCommand | null {
  return new Parser(text).line();
}

/** The line as a history may keep it: arguments that may be secrets are `(…)`. */
export function withoutSecrets(text: string): string {
  let out = text;
  const hide = (command: ConsoleCommand): void => {
    if (SECRET_COMMANDS.has(command.method)) {
      if (command.args.length > 0) out = `${out.slice(0, command.argsFrom).replace(/\($/, '')}(…)${out.slice(command.argsTo).replace(/^\)/, '')}`;
      return;
    }
    // Back to front, so that places in front stay where they are.
    for (const arg of [...command.args].reverse()) if (typeof arg !== 'string') hide(arg);
  };
  try {
    const command = parseConsoleLine(text);
    if (command !== null) hide(command);
    return out;
  } catch (e) {
    if (!(e instanceof ConsoleSyntaxError)) throw e;
    return [...SECRET_COMMANDS].some((name) => text.includes(name)) ? '(…)' : text;
  }
}

/** Rows of the node's table: [method, position, argument, is string]. */
export type ConversionRow = readonly [method: string, position: number, argument: string, isString: boolean];

/** Parameters as JSON text: words are JSON where the method wants something else than text. @throws ConsoleSyntaxError */
export function parameterText(method: string, words: readonly string[], rows: readonly ConversionRow[]): string {
  const isJson = (at: number): boolean => rows.some((row) => row[0] === method && row[1] === at && !row[3]);
  const parts = words.map((word, at) => {
    if (!isJson(at)) return JSON.stringify(word);
    try {
      return stringifyJson(parseJson(word));
    } catch {
      throw new ConsoleSyntaxError(`Error parsing JSON: ${word}`);
    }
  });
  return `[${parts.join(',')}]`;
}

/** The part of a result that a path names, as the next command gets it: texts without quotes. Empty where there is no such part. */
export function pickResult(json: string, path: readonly string[]): string {
  let value: Json | undefined = parseJson(json);
  for (const step of path) {
    const key = step.replace(/^(["'])(.*)\1$/, '$2');
    if (Array.isArray(value)) value = /^\d+$/.test(key) ? value[Number(key)] : undefined;
    else if (isJsonObject(value) && !(value instanceof JsonNumber)) value = value[key];
    else value = undefined;
  }
  return value === undefined ? '' : typeof value === 'string' ? value : stringifyJson(value);
}

/** A result for the eye: texts as they are, the rest indented. */
export function showResult(json: string, path: readonly string[]): string {
  const text = pickResult(json, path);
  try {
    const value = parseJson(path.length === 0 ? json : text);
    return typeof value === 'string' ? value : stringifyJson(value, 2);
  } catch {
    return text;
  }
}
