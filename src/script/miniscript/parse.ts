import { fromHex, isHex } from '../../util/bytes.ts';
import { MAX_PUBKEYS_PER_MULTI_A, MAX_PUBKEYS_PER_MULTISIG } from '../script.ts';
import { maxScriptSize, MiniscriptNode, type NodeFields } from './node.ts';
import type { Fragment, MiniscriptContext } from './types.ts';

/** Fragments of two or three expressions and nothing else. */
const COMBINATORS: readonly (readonly [string, Fragment, number])[] = [
  ['andor(', 'andor', 3], ['and_n(', 'andor', 2], ['and_b(', 'and_b', 2], ['and_v(', 'and_v', 2], ['or_b(', 'or_b', 2], ['or_c(', 'or_c', 2],
  ['or_d(', 'or_d', 2], ['or_i(', 'or_i', 2],
];
const HASH_SIZES = { sha256: 32, hash256: 32, ripemd160: 20, hash160: 20 } as const;
/** Fragments within fragments, wrappers not counted: more than anybody writes. */
const MAX_DEPTH = 1000;
const WRAPPERS: Readonly<Record<string, Fragment>> = { a: 'wrap_a', s: 'wrap_s', c: 'wrap_c', d: 'wrap_d', v: 'wrap_v', j: 'wrap_j', n: 'wrap_n' };

const LETTERS = /([a-z]+):/y;

class TextParser {
  private readonly text: string;
  private readonly context: MiniscriptContext;
  private readonly parseKey: (text: string) => number;
  private at = 0;

  constructor(text: string, context: MiniscriptContext, parseKey: (text: string) => number) {
    this.text = text;
    this.context = context;
    this.parseKey = parseKey;
  }

  get done(): boolean { return this.at === this.text.length; }

  private node(fields: Omit<NodeFields, 'context'>): MiniscriptNode {
    return new MiniscriptNode({ ...fields, context: this.context });
  }

  private take(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  /** Up to `end`, which is taken too; null where a closing bracket comes first. */
  private until(end: ',' | ')'): string | null {
    const comma = this.text.indexOf(end, this.at);
    const close = this.text.indexOf(')', this.at);
    if (comma < 0 || (close >= 0 && close < comma)) return null;
    const out = this.text.slice(this.at, comma);
    this.at = comma + 1;
    return out;
  }

  /** What `name(...)` holds; null where what comes up to the next comma or closing bracket is not of that form. */
  private argument(name: string): string | null {
    let level = 0;
    let end = this.at;
    for (; end < this.text.length; end++) {
      const c = this.text[end];
      if (c === '(' || c === '{') level += 1;
      else if (level > 0 && (c === ')' || c === '}')) level -= 1;
      else if (level === 0 && (c === ')' || c === '}' || c === ',')) break;
    }
    const whole = this.text.slice(this.at, end);
    this.at = end;
    return whole.startsWith(`${name}(`) && whole.endsWith(')') ? whole.slice(name.length + 1, -1) : null;
  }

  expression(depth: number): MiniscriptNode | null {
    if (depth > MAX_DEPTH) return null;
    LETTERS.lastIndex = this.at;
    const wrappers = LETTERS.exec(this.text)?.[1] ?? '';
    if (wrappers.includes('vv') || /[^ascdjnvutl]/.test(wrappers)) return null;
    if (wrappers !== '') this.at += wrappers.length + 1;
    let node = this.plain(depth);
    for (let i = wrappers.length - 1; i >= 0 && node !== null; i--) node = this.wrap(wrappers[i] as string, node);
    return node;
  }

  private wrap(letter: string, node: MiniscriptNode): MiniscriptNode {
    switch (letter) {
      case 'u': return this.node({ fragment: 'or_i', subs: [node, this.node({ fragment: 'just_0' })] });
      case 'l': return this.node({ fragment: 'or_i', subs: [this.node({ fragment: 'just_0' }), node] });
      case 't': return this.node({ fragment: 'and_v', subs: [node, this.node({ fragment: 'just_1' })] });
      default: return this.node({ fragment: WRAPPERS[letter] as Fragment, subs: [node] });
    }
  }

  private plain(depth: number): MiniscriptNode | null {
    if (this.take('0')) return this.node({ fragment: 'just_0' });
    if (this.take('1')) return this.node({ fragment: 'just_1' });
    for (const name of ['pk', 'pkh', 'pk_k', 'pk_h'] as const) {
      if (!this.text.startsWith(`${name}(`, this.at)) continue;
      const argument = this.argument(name);
      if (argument === null) return null;
      const key = this.node({ fragment: name === 'pk' || name === 'pk_k' ? 'pk_k' : 'pk_h', keys: [this.parseKey(argument)] });
      return name === 'pk' || name === 'pkh' ? this.node({ fragment: 'wrap_c', subs: [key] }) : key;
    }
    for (const name of ['sha256', 'ripemd160', 'hash256', 'hash160'] as const) {
      if (!this.text.startsWith(`${name}(`, this.at)) continue;
      const hash = this.argument(name);
      return hash === null || !isHex(hash) || hash.length !== 2 * HASH_SIZES[name] ? null : this.node({ fragment: name, data: fromHex(hash) });
    }
    for (const name of ['after', 'older'] as const) {
      if (!this.text.startsWith(`${name}(`, this.at)) continue;
      const n = integer(this.argument(name));
      return n === null || n < 1 || n >= 0x80000000 ? null : this.node({ fragment: name, k: n });
    }
    if (this.take('multi(')) return this.multi('multi');
    if (this.take('multi_a(')) return this.multi('multi_a');
    if (this.take('thresh(')) return this.thresh(depth);
    const found = COMBINATORS.find(([start]) => this.take(start));
    return found === undefined ? null : this.combination(found, depth);
  }

  private combination([start, fragment, count]: (typeof COMBINATORS)[number], depth: number): MiniscriptNode | null {
    const subs: MiniscriptNode[] = [];
    for (let i = 0; i < count; i++) {
      if (i > 0 && !this.take(',')) return null;
      const sub = this.expression(depth + 1);
      if (sub === null) return null;
      subs.push(sub);
    }
    if (!this.take(')')) return null;
    if (start === 'and_n(') subs.push(this.node({ fragment: 'just_0' }));
    return this.node({ fragment, subs });
  }

  private thresh(depth: number): MiniscriptNode | null {
    const k = integer(this.until(','));
    if (k === null || k < 1) return null;
    const subs: MiniscriptNode[] = [];
    do {
      const sub = this.expression(depth + 1);
      if (sub === null) return null;
      subs.push(sub);
    } while (this.take(','));
    return !this.take(')') || k > subs.length ? null : this.node({ fragment: 'thresh', subs, k });
  }

  private multi(fragment: 'multi' | 'multi_a'): MiniscriptNode | null {
    if ((fragment === 'multi_a') !== (this.context === 'tapscript')) return null;
    const k = integer(this.until(','));
    if (k === null) return null;
    const keys: number[] = [];
    for (;;) {
      const more = this.until(',');
      const text = more ?? this.until(')');
      if (text === null || text === '') return null;
      keys.push(this.parseKey(text));
      if (more === null) break;
    }
    const max = fragment === 'multi_a' ? MAX_PUBKEYS_PER_MULTI_A : MAX_PUBKEYS_PER_MULTISIG;
    return keys.length > max || k < 1 || k > keys.length ? null : this.node({ fragment, keys, k });
  }
}

function integer(text: string | null): number | null {
  if (text === null || !/^-?[0-9]{1,18}$/.test(text)) return null;
  return Number(text);
}

/**
 * Reads a miniscript's text. Says nothing of whether it is valid, let alone sane: its properties do.
 * @param parseKey takes a key's text, keeps the key, and returns its number; what it throws goes through
 */
export function parseMiniscript(text: string, context: MiniscriptContext, parseKey: (text: string) => number): MiniscriptNode | null {
  const parser = new TextParser(text, context, parseKey);
  const node = parser.expression(0);
  return node === null || !parser.done || node.scriptSize > maxScriptSize(context) ? null : node;
}
