import { toKey } from '../../util/bytes.ts';
import { OP } from '../opcodes.ts';
import { isMinimalPush, MAX_PUBKEYS_PER_MULTI_A, MAX_PUBKEYS_PER_MULTISIG, readInstruction } from '../script.ts';
import { decodeScriptNum, isMinimalNum } from '../script-num.ts';
import { maxScriptSize, MiniscriptNode, type NodeFields } from './node.ts';
import type { Fragment, MiniscriptContext } from './types.ts';

interface Word {
  readonly opcode: number;
  readonly data: Uint8Array;
}

const EMPTY = new Uint8Array(0);
const VERIFY_FORMS: ReadonlyMap<number, number> = new Map([
  [OP.OP_CHECKSIGVERIFY, OP.OP_CHECKSIG], [OP.OP_CHECKMULTISIGVERIFY, OP.OP_CHECKMULTISIG], [OP.OP_EQUALVERIFY, OP.OP_EQUAL], [OP.OP_NUMEQUALVERIFY, OP.OP_NUMEQUAL],
]);
const WITH_VERIFY_FORM: ReadonlySet<number> = new Set(VERIFY_FORMS.values());
const HASH_LOCKS: ReadonlyMap<number, readonly [Fragment, number]> = new Map([
  [OP.OP_SHA256, ['sha256', 32]], [OP.OP_HASH256, ['hash256', 32]], [OP.OP_RIPEMD160, ['ripemd160', 20]], [OP.OP_HASH160, ['hash160', 20]],
]);

/** The script's instructions, last one first, with …VERIFY in two; null where it is no miniscript for sure. */
function decompose(script: Uint8Array): Word[] | null {
  const words: Word[] = [];
  for (let at = 0; at < script.length;) {
    const one = readInstruction(script, at);
    if (one === null) return null;
    at = one.next;
    const { opcode } = one;
    const split = VERIFY_FORMS.get(opcode);
    if (split !== undefined) {
      words.push({ opcode: split, data: EMPTY }, { opcode: OP.OP_VERIFY, data: EMPTY });
    } else if (opcode >= OP.OP_1 && opcode <= OP.OP_16) {
      words.push({ opcode, data: Uint8Array.of(opcode - 0x50) });
    } else if (one.data !== null) {
      if (!isMinimalPush(opcode, one.data)) return null;
      words.push({ opcode, data: one.data.slice() });
    } else {
      // An opcode that has a form with VERIFY must be in it.
      if (WITH_VERIFY_FORM.has(opcode) && script[at] === OP.OP_VERIFY) return null;
      words.push({ opcode, data: EMPTY });
    }
  }
  return words.reverse();
}

function numberOf(word: Word | undefined): number | null {
  if (word === undefined) return null;
  if (word.opcode === OP.OP_0) return 0;
  return word.data.length === 0 || word.data.length > 4 || !isMinimalNum(word.data) ? null : decodeScriptNum(word.data);
}

type Task =
  | 'single' | 'sequence' | 'w' | 'maybe-and-v' | 'swap' | 'alt' | 'endif' | 'endif-notif' | 'endif-else'
  | { readonly wrap: Fragment }
  | { readonly pair: Fragment }
  | 'andor'
  | { readonly thresh: 'next' | 'end'; readonly n: number; readonly k: number };

const NO_AND_V: ReadonlySet<number> = new Set([OP.OP_IF, OP.OP_ELSE, OP.OP_NOTIF, OP.OP_TOALTSTACK, OP.OP_SWAP]);

/** Reads a script from its end: there, each expression shows what it is. */
class ScriptDecoder {
  private readonly words: readonly Word[];
  private readonly context: MiniscriptContext;
  private readonly keyByHash: (hash: Uint8Array) => Uint8Array | null;
  private readonly tasks: Task[] = ['sequence'];
  private readonly made: MiniscriptNode[] = [];
  readonly keys: Uint8Array[] = [];
  private at = 0;

  constructor(words: readonly Word[], context: MiniscriptContext, keyByHash: (hash: Uint8Array) => Uint8Array | null) {
    this.words = words;
    this.context = context;
    this.keyByHash = keyByHash;
  }

  run(): MiniscriptNode | null {
    for (let task = this.tasks.pop(); task !== undefined; task = this.tasks.pop()) {
      const last = this.made.at(-1);
      if (last !== undefined && !last.isValid) return null;
      if (!this.step(task)) return null;
    }
    return this.at === this.words.length && this.made.length === 1 ? this.made[0] ?? null : null;
  }

  private op(offset = 0): number { return this.words[this.at + offset]?.opcode ?? -1; }
  private dataAt(offset: number): Uint8Array { return this.words[this.at + offset]?.data ?? EMPTY; }
  private get ended(): boolean { return this.at >= this.words.length; }

  private put(fields: Omit<NodeFields, 'context'>, words: number): true {
    this.made.push(new MiniscriptNode({ ...fields, context: this.context }));
    this.at += words;
    return true;
  }

  private wrap(fragment: Fragment): boolean {
    const sub = this.made.pop();
    return sub !== undefined && this.put({ fragment, subs: [sub] }, 0);
  }

  /** The last two made, the later one first: we come from the end. */
  private pair(fragment: Fragment): boolean {
    const x = this.made.pop();
    const y = this.made.pop();
    return x !== undefined && y !== undefined && this.put({ fragment, subs: [x, y] }, 0);
  }

  private next(words: number, ...tasks: Task[]): true {
    this.at += words;
    this.tasks.push(...tasks);
    return true;
  }

  private step(task: Task): boolean {
    if (typeof task === 'object') {
      if ('wrap' in task) return this.wrap(task.wrap);
      if ('pair' in task) return this.pair(task.pair);
      return this.thresh(task.thresh, task.n, task.k);
    }
    switch (task) {
      case 'single': return !this.ended && this.single();
      case 'sequence': return this.next(0, 'maybe-and-v', 'single');
      case 'w':
        if (this.ended) return false;
        return this.op() === OP.OP_FROMALTSTACK ? this.next(1, 'alt', 'sequence') : this.next(0, 'swap', 'sequence');
      case 'maybe-and-v': return this.ended || NO_AND_V.has(this.op()) || this.next(0, { pair: 'and_v' }, 'sequence');
      case 'swap':
        if (this.op() !== OP.OP_SWAP) return false;
        this.at += 1;
        return this.wrap('wrap_s');
      case 'alt':
        if (this.op() !== OP.OP_TOALTSTACK) return false;
        this.at += 1;
        return this.wrap('wrap_a');
      case 'endif': return this.endif();
      case 'endif-notif':
        if (this.ended) return false;
        return this.op() === OP.OP_IFDUP ? this.next(1, { pair: 'or_d' }, 'single') : this.next(0, { pair: 'or_c' }, 'single');
      case 'endif-else':
        if (this.op() === OP.OP_IF) {
          this.at += 1;
          return this.pair('or_i');
        }
        return this.op() === OP.OP_NOTIF && this.next(1, 'andor', 'single');
      case 'andor': {
        const x = this.made.pop();
        const z = this.made.pop();
        const y = this.made.pop();
        return x !== undefined && y !== undefined && z !== undefined && this.put({ fragment: 'andor', subs: [x, y, z] }, 0);
      }
    }
  }

  private endif(): boolean {
    switch (this.op()) {
      case OP.OP_ELSE: return this.next(1, 'endif-else', 'sequence');
      case OP.OP_IF:
        if (this.op(1) === OP.OP_DUP) return this.next(2, { wrap: 'wrap_d' });
        return this.op(1) === OP.OP_0NOTEQUAL && this.op(2) === OP.OP_SIZE && this.next(3, { wrap: 'wrap_j' });
      case OP.OP_NOTIF: return this.next(1, 'endif-notif');
      default: return false;
    }
  }

  private thresh(stage: 'next' | 'end', n: number, k: number): boolean {
    if (stage === 'next') {
      if (this.ended) return false;
      return this.op() === OP.OP_ADD ? this.next(1, { thresh: 'next', n: n + 1, k }, 'w') : this.next(0, { thresh: 'end', n: n + 1, k }, 'single');
    }
    if (k < 1 || k > n || this.made.length < n) return false;
    const subs = this.made.splice(this.made.length - n).reverse();
    return this.put({ fragment: 'thresh', subs, k }, 0);
  }

  private key(bytes: Uint8Array | null): number | null {
    const wanted = this.context === 'tapscript' ? 32 : 33;
    if (bytes === null || (bytes.length !== wanted && bytes.length !== 33)) return null;
    if (bytes.length === 33 && bytes[0] !== 2 && bytes[0] !== 3) return null;
    this.keys.push(bytes);
    return this.keys.length - 1;
  }

  private pushedKey(bytes: Uint8Array): number | null {
    return bytes.length === (this.context === 'tapscript' ? 32 : 33) ? this.key(bytes) : null;
  }

  private single(): boolean {
    const opcode = this.op();
    const data = this.dataAt(0);
    const left = this.words.length - this.at;
    if (opcode === OP.OP_1) return this.put({ fragment: 'just_1' }, 1);
    if (opcode === OP.OP_0) return this.put({ fragment: 'just_0' }, 1);
    if (data.length === 33 || data.length === 32) {
      const key = this.pushedKey(data);
      return key !== null && this.put({ fragment: 'pk_k', keys: [key] }, 1);
    }
    if (opcode === OP.OP_VERIFY && this.op(1) === OP.OP_EQUAL && this.op(3) === OP.OP_HASH160 && this.op(4) === OP.OP_DUP && this.dataAt(2).length === 20) {
      const key = this.key(this.keyByHash(this.dataAt(2)));
      return key !== null && this.put({ fragment: 'pk_h', keys: [key] }, 5);
    }
    const second = numberOf(this.words[this.at + 1]);
    if ((opcode === OP.OP_CHECKSEQUENCEVERIFY || opcode === OP.OP_CHECKLOCKTIMEVERIFY) && second !== null) {
      return second >= 1 && this.put({ fragment: opcode === OP.OP_CHECKSEQUENCEVERIFY ? 'older' : 'after', k: second }, 2);
    }
    if (opcode === OP.OP_EQUAL && left >= 7 && this.op(3) === OP.OP_VERIFY && this.op(4) === OP.OP_EQUAL && numberOf(this.words[this.at + 5]) === 32 && this.op(6) === OP.OP_SIZE) {
      const lock = HASH_LOCKS.get(this.op(2));
      if (lock !== undefined && this.dataAt(1).length === lock[1]) return this.put({ fragment: lock[0], data: this.dataAt(1) }, 7);
    }
    if (opcode === OP.OP_CHECKMULTISIG && left >= 3) return this.multi();
    if (opcode === OP.OP_NUMEQUAL && left >= 4) return this.multiA();
    switch (opcode) {
      // An and_v may stand outside of these as well as inside: it is left outside.
      case OP.OP_CHECKSIG: return this.next(1, { wrap: 'wrap_c' }, 'single');
      case OP.OP_VERIFY: return this.next(1, { wrap: 'wrap_v' }, 'single');
      case OP.OP_0NOTEQUAL: return this.next(1, { wrap: 'wrap_n' }, 'single');
      case OP.OP_EQUAL: return left >= 3 && second !== null && second >= 1 && this.next(2, { thresh: 'next', n: 0, k: second });
      case OP.OP_ENDIF: return this.next(1, 'endif', 'sequence');
      case OP.OP_BOOLAND: return this.next(1, { pair: 'and_b' }, 'single', 'w');
      case OP.OP_BOOLOR: return this.next(1, { pair: 'or_b' }, 'single', 'w');
      default: return false;
    }
  }

  private multi(): boolean {
    const n = numberOf(this.words[this.at + 1]);
    if (this.context === 'tapscript' || n === null || n < 1 || n > MAX_PUBKEYS_PER_MULTISIG || this.words.length - this.at < 3 + n) return false;
    const keys: number[] = [];
    // From the end, the last key comes first.
    for (let i = n - 1; i >= 0; i--) {
      const key = this.pushedKey(this.dataAt(2 + i));
      if (key === null) return false;
      keys.push(key);
    }
    const k = numberOf(this.words[this.at + 2 + n]);
    return k !== null && k >= 1 && k <= n && this.put({ fragment: 'multi', keys, k }, 3 + n);
  }

  private multiA(): boolean {
    const k = numberOf(this.words[this.at + 1]);
    if (this.context !== 'tapscript' || k === null || k < 1 || k > MAX_PUBKEYS_PER_MULTI_A) return false;
    const found: Uint8Array[] = [];
    for (let i = 2; ; i += 2) {
      const opcode = this.op(i);
      if ((opcode !== OP.OP_CHECKSIGADD && opcode !== OP.OP_CHECKSIG) || found.length >= MAX_PUBKEYS_PER_MULTI_A) return false;
      found.push(this.dataAt(i + 1));
      if (opcode === OP.OP_CHECKSIG) break;
    }
    if (found.length < k) return false;
    const keys: number[] = [];
    for (const bytes of found.reverse()) {
      const key = this.pushedKey(bytes);
      if (key === null) return false;
      keys.push(key);
    }
    return this.put({ fragment: 'multi_a', keys, k }, 2 + 2 * keys.length);
  }
}

/** A script read as miniscript; `keys` are what the node's key numbers mean. */
export interface DecodedMiniscript {
  readonly node: MiniscriptNode;
  readonly keys: readonly Uint8Array[];
}

/**
 * Reads a script as miniscript of type B; null where it is none.
 * @param keyByHash the key behind a hash160 (33 bytes, or 32 in tapscript); null where it is not known
 */
export function decodeMiniscript(script: Uint8Array, context: MiniscriptContext, keyByHash: (hash: Uint8Array) => Uint8Array | null): DecodedMiniscript | null {
  if (script.length > maxScriptSize(context)) return null;
  const words = decompose(script);
  if (words === null) return null;
  const decoder = new ScriptDecoder(words, context, keyByHash);
  const node = decoder.run();
  if (node === null || !node.isValidTopLevel) return null;
  node.checkDuplicateKeys((i) => toKey(decoder.keys[i] ?? EMPTY));
  return { node, keys: decoder.keys };
}
