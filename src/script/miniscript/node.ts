import { toHex } from '../../util/bytes.ts';
import { compactSizeLength } from '../../util/writer.ts';
import { OP } from '../opcodes.ts';
import { buildScript, MAX_OPS_PER_SCRIPT, MAX_STACK_SIZE, pushData, pushNumber } from '../script.ts';
import { type Bounds, type Max, type StackBounds, stackBounds, sumBounds } from './limits.ts';
import { computeType, type Fragment, hasType, type MiniscriptContext, type MiniscriptType } from './types.ts';

/** Policy limits that no sane script runs into. */
const MAX_STANDARD_P2WSH_STACK_ITEMS = 100;
const MAX_STANDARD_P2WSH_SCRIPT_SIZE = 3_600;
const MAX_STANDARD_TX_WEIGHT = 400_000;
/** A transaction around the witness: one input, one P2WSH output. */
const TX_BODY_WEIGHT = (8 + 1 + 41 + 1 + 43) * 4 + 2;
const MAX_CONTROL_SIZE = 33 + 32 * 128;
const MAX_TAPSCRIPT_SATISFACTION = compactSizeLength(MAX_STACK_SIZE) + 66 * MAX_STACK_SIZE + compactSizeLength(MAX_CONTROL_SIZE) + MAX_CONTROL_SIZE;
const MAX_TAPSCRIPT_WEIGHT = MAX_STANDARD_TX_WEIGHT - TX_BODY_WEIGHT - MAX_TAPSCRIPT_SATISFACTION;

export function maxScriptSize(context: MiniscriptContext): number {
  return context === 'tapscript' ? MAX_TAPSCRIPT_WEIGHT - compactSizeLength(MAX_TAPSCRIPT_WEIGHT) : MAX_STANDARD_P2WSH_SCRIPT_SIZE;
}

export interface NodeFields {
  readonly fragment: Fragment;
  readonly context: MiniscriptContext;
  readonly subs?: readonly MiniscriptNode[];
  /** Numbers of keys in the list that belongs to the whole expression. */
  readonly keys?: readonly number[];
  /** Hash of a hash lock. */
  readonly data?: Uint8Array;
  /** Lock value or threshold. */
  readonly k?: number;
}

const EMPTY = new Uint8Array(0);

/** A miniscript expression. Its properties are worked out when it is made, so that wrong ones are known early. */
export class MiniscriptNode {
  readonly fragment: Fragment;
  readonly context: MiniscriptContext;
  readonly subs: readonly MiniscriptNode[];
  readonly keys: readonly number[];
  readonly data: Uint8Array;
  readonly k: number;
  readonly type: MiniscriptType;
  /** Bytes of the script. */
  readonly scriptSize: number;
  /** Stack use. */
  readonly stack: StackBounds;
  private readonly opCount: number;
  /** Keys in executed CHECKMULTISIGs: each counts as an operation. */
  private readonly multisigKeys: Bounds;
  private readonly witness: Bounds;
  private duplicateKeys: boolean | null = null;

  constructor(fields: NodeFields) {
    this.fragment = fields.fragment;
    this.context = fields.context;
    this.subs = fields.subs ?? [];
    this.keys = fields.keys ?? [];
    this.data = fields.data ?? EMPTY;
    this.k = fields.k ?? 0;
    this.type = computeType({ fragment: this.fragment, k: this.k, subs: this.subs.map((s) => s.type), context: this.context });
    this.scriptSize = this.computeScriptSize();
    this.opCount = this.countOps();
    this.stack = stackBounds(this);
    this.multisigKeys = sumBounds(this, (n) => n.multisigKeys, () => this.ownMultisigKeys(), { left: 0, right: 0, d: 0, dissatisfied: 0 });
    this.witness = sumBounds(this, (n) => n.witness, () => this.ownWitness(), { left: 2, right: 1, d: 2, dissatisfied: 1 });
  }

  private computeScriptSize(): number {
    const inside = this.subs.reduce((sum, s) => sum + s.scriptSize, 0);
    const n = this.keys.length;
    switch (this.fragment) {
      case 'just_0': case 'just_1': return 1;
      case 'pk_k': return this.context === 'tapscript' ? 33 : 34;
      case 'pk_h': return 24;
      case 'older': case 'after': return 1 + pushNumber(this.k).length;
      case 'sha256': case 'hash256': return 39;
      case 'hash160': case 'ripemd160': return 27;
      case 'multi': return 1 + pushNumber(n).length + pushNumber(this.k).length + 34 * n;
      case 'multi_a': return 34 * n + pushNumber(this.k).length + 1;
      case 'and_v': return inside;
      case 'wrap_v': return inside + (this.subs[0] !== undefined && hasType(this.subs[0].type, 'x') ? 1 : 0);
      case 'wrap_s': case 'wrap_c': case 'wrap_n': case 'and_b': case 'or_b': return inside + 1;
      case 'wrap_a': case 'or_c': return inside + 2;
      case 'wrap_d': case 'or_d': case 'or_i': case 'andor': return inside + 3;
      case 'wrap_j': return inside + 4;
      case 'thresh': return inside + this.subs.length + pushNumber(this.k).length;
    }
  }

  private countOps(): number {
    const inside = this.subs.reduce((sum, s) => sum + s.opCount, 0);
    switch (this.fragment) {
      case 'just_0': case 'just_1': case 'pk_k': return 0;
      case 'pk_h': return 3;
      case 'older': case 'after': case 'multi': return 1;
      case 'sha256': case 'hash256': case 'hash160': case 'ripemd160': return 4;
      case 'multi_a': return this.keys.length + 1;
      case 'and_v': return inside;
      case 'wrap_v': return inside + (this.subs[0] !== undefined && hasType(this.subs[0].type, 'x') ? 1 : 0);
      case 'wrap_s': case 'wrap_c': case 'wrap_n': case 'and_b': case 'or_b': return inside + 1;
      case 'wrap_a': case 'or_c': return inside + 2;
      case 'wrap_d': case 'or_d': case 'or_i': case 'andor': return inside + 3;
      case 'wrap_j': return inside + 4;
      case 'thresh': return inside + this.subs.length;
    }
  }

  private ownMultisigKeys(): Bounds {
    switch (this.fragment) {
      case 'just_0': return { sat: null, dsat: 0 };
      case 'pk_k': case 'pk_h': case 'multi_a': return { sat: 0, dsat: 0 };
      case 'multi': return { sat: this.keys.length, dsat: this.keys.length };
      default: return { sat: 0, dsat: null };
    }
  }

  private ownWitness(): Bounds {
    const tapscript = this.context === 'tapscript';
    const signature = tapscript ? 66 : 73;
    const pubkey = tapscript ? 33 : 34;
    const n = this.keys.length;
    switch (this.fragment) {
      case 'just_0': return { sat: null, dsat: 0 };
      case 'pk_k': return { sat: signature, dsat: 1 };
      case 'pk_h': return { sat: signature + pubkey, dsat: 1 + pubkey };
      case 'sha256': case 'hash256': case 'hash160': case 'ripemd160': return { sat: 33, dsat: null };
      case 'multi': return { sat: this.k * signature + 1, dsat: this.k + 1 };
      case 'multi_a': return { sat: this.k * signature + n - this.k, dsat: n };
      default: return { sat: 0, dsat: null };
    }
  }

  private get isBKW(): boolean { return hasType(this.type, 'B') || hasType(this.type, 'K') || hasType(this.type, 'W'); }

  /** Most stack items that satisfy it; null where nothing does. */
  get maxStackItems(): Max { return this.stack.sat === null ? null : this.stack.sat.net + (this.isBKW ? 1 : 0); }
  /** Most items on the stack while it runs. */
  private get maxExecItems(): Max { return this.stack.sat === null ? null : this.stack.sat.exec + (this.isBKW ? 1 : 0); }
  /** Bytes of the largest stack that satisfies it, without the script. */
  get maxWitnessSize(): Max { return this.witness.sat; }

  get isSatisfiable(): boolean { return this.stack.sat !== null; }
  get isValid(): boolean { return this.type !== 0 && this.scriptSize <= maxScriptSize(this.context); }
  get isValidTopLevel(): boolean { return this.isValid && hasType(this.type, 'B'); }
  get isNonMalleable(): boolean { return hasType(this.type, 'm'); }
  get needsSignature(): boolean { return hasType(this.type, 's'); }
  /** No way of spending asks for both heights and times. */
  get hasUnmixedLocks(): boolean { return hasType(this.type, 'k'); }
  get hasDistinctKeys(): boolean { return this.duplicateKeys === false; }

  private get keepsOpsLimit(): boolean {
    return this.context === 'tapscript' || this.multisigKeys.sat === null || this.opCount + this.multisigKeys.sat <= MAX_OPS_PER_SCRIPT;
  }
  private get keepsStackLimit(): boolean {
    if (this.context === 'tapscript') return this.maxExecItems === null || this.maxExecItems <= MAX_STACK_SIZE;
    return this.maxStackItems === null || this.maxStackItems <= MAX_STANDARD_P2WSH_STACK_ITEMS;
  }
  /** What satisfies it keeps within the limits of scripts. */
  get hasValidSatisfactions(): boolean { return this.isValid && this.keepsOpsLimit && this.keepsStackLimit; }

  private get isSaneInside(): boolean { return this.hasValidSatisfactions && this.isNonMalleable && this.hasUnmixedLocks && this.hasDistinctKeys; }
  /** It does as a whole script what it says. */
  get isSane(): boolean { return this.isValidTopLevel && this.isSaneInside && this.needsSignature; }

  /** The first part, innermost first, that is not sane; null where there is none. */
  findInsane(): MiniscriptNode | null {
    return this.parts().find((node) => !node.isSaneInside) ?? null;
  }

  /** Works out for every part whether a key comes twice in it. @param keyId text that is the same for equal keys */
  checkDuplicateKeys(keyId: (key: number) => string): void {
    this.fold<Set<string> | null>((node, subs) => {
      const keys = mergeDistinct([new Set(node.keys.map(keyId)), ...subs]);
      const distinct = keys !== null && new Set(node.keys.map(keyId)).size === node.keys.length;
      node.duplicateKeys = !distinct;
      return distinct ? keys : null;
    });
  }

  /** All parts, each one behind those that it is made of. Trees may be as deep as a script is long: nothing here recurses. */
  parts(): MiniscriptNode[] {
    const stack: MiniscriptNode[] = [this];
    const out: MiniscriptNode[] = [];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      out.push(node);
      for (const sub of node.subs) stack.push(sub);
    }
    return out.reverse();
  }

  /** A value of the whole from the values of its parts. */
  fold<T>(up: (node: MiniscriptNode, subs: T[]) => T): T {
    const results: T[] = [];
    for (const node of this.parts()) results.push(up(node, node.subs.length === 0 ? [] : results.splice(results.length - node.subs.length)));
    return results[0] as T;
  }

  /** The script. @param key bytes of a key @param keyHash its hash160 */
  toScript(key: (key: number) => Uint8Array, keyHash: (key: number) => Uint8Array): Uint8Array {
    const out = new Uint8Array(this.scriptSize);
    let at = 0;
    const todo: (Piece | number | Uint8Array)[] = [{ node: this, flag: false }];
    for (let piece = todo.pop(); piece !== undefined; piece = todo.pop()) {
      if (typeof piece === 'number') out[at++] = piece;
      else if (piece instanceof Uint8Array) {
        out.set(piece, at);
        at += piece.length;
      } else todo.push(...piece.node.scriptPieces(piece.flag, key, keyHash).reverse());
    }
    return out;
  }

  /** @param verify an OP_VERIFY follows: it merges with the last opcode where there is a form for that */
  private scriptPieces(verify: boolean, key: (key: number) => Uint8Array, keyHash: (key: number) => Uint8Array): (Piece | number | Uint8Array)[] {
    const { fragment, k, data, keys, subs } = this;
    const sub = (i: number, flag = false): Piece => ({ node: subs[i] as MiniscriptNode, flag });
    const hashLock = (opcode: number): (number | Uint8Array)[] =>
      [OP.OP_SIZE, pushNumber(32), OP.OP_EQUALVERIFY, opcode, pushData(data), verify ? OP.OP_EQUALVERIFY : OP.OP_EQUAL];
    switch (fragment) {
      case 'pk_k': return [pushData(key(keys[0] as number))];
      case 'pk_h': return [buildScript(OP.OP_DUP, OP.OP_HASH160, keyHash(keys[0] as number), OP.OP_EQUALVERIFY)];
      case 'older': return [pushNumber(k), OP.OP_CHECKSEQUENCEVERIFY];
      case 'after': return [pushNumber(k), OP.OP_CHECKLOCKTIMEVERIFY];
      case 'sha256': return hashLock(OP.OP_SHA256);
      case 'ripemd160': return hashLock(OP.OP_RIPEMD160);
      case 'hash256': return hashLock(OP.OP_HASH256);
      case 'hash160': return hashLock(OP.OP_HASH160);
      case 'wrap_a': return [OP.OP_TOALTSTACK, sub(0), OP.OP_FROMALTSTACK];
      case 'wrap_s': return [OP.OP_SWAP, sub(0, verify)];
      case 'wrap_c': return [sub(0), verify ? OP.OP_CHECKSIGVERIFY : OP.OP_CHECKSIG];
      case 'wrap_d': return [OP.OP_DUP, OP.OP_IF, sub(0), OP.OP_ENDIF];
      case 'wrap_v': return subs[0] !== undefined && hasType(subs[0].type, 'x') ? [sub(0, true), OP.OP_VERIFY] : [sub(0, true)];
      case 'wrap_j': return [OP.OP_SIZE, OP.OP_0NOTEQUAL, OP.OP_IF, sub(0), OP.OP_ENDIF];
      case 'wrap_n': return [sub(0), OP.OP_0NOTEQUAL];
      case 'just_1': return [OP.OP_1];
      case 'just_0': return [OP.OP_0];
      case 'and_v': return [sub(0), sub(1, verify)];
      case 'and_b': return [sub(0), sub(1), OP.OP_BOOLAND];
      case 'or_b': return [sub(0), sub(1), OP.OP_BOOLOR];
      case 'or_d': return [sub(0), OP.OP_IFDUP, OP.OP_NOTIF, sub(1), OP.OP_ENDIF];
      case 'or_c': return [sub(0), OP.OP_NOTIF, sub(1), OP.OP_ENDIF];
      case 'or_i': return [OP.OP_IF, sub(0), OP.OP_ELSE, sub(1), OP.OP_ENDIF];
      case 'andor': return [sub(0), OP.OP_NOTIF, sub(2), OP.OP_ELSE, sub(1), OP.OP_ENDIF];
      case 'multi':
        return [pushNumber(k), ...keys.map((i) => pushData(key(i))), pushNumber(keys.length), verify ? OP.OP_CHECKMULTISIGVERIFY : OP.OP_CHECKMULTISIG];
      case 'multi_a': {
        const checks = keys.flatMap((i, n) => [pushData(key(i)), n === 0 ? OP.OP_CHECKSIG : OP.OP_CHECKSIGADD]);
        return [...checks, pushNumber(k), verify ? OP.OP_NUMEQUALVERIFY : OP.OP_NUMEQUAL];
      }
      case 'thresh': return [...subs.flatMap((_, i) => (i === 0 ? [sub(i)] : [sub(i), OP.OP_ADD])), pushNumber(k), verify ? OP.OP_EQUALVERIFY : OP.OP_EQUAL];
    }
  }

  /** The text; null where a key has none. */
  toText(key: (key: number) => string | null): string | null {
    const out: string[] = [];
    const todo: (Piece | string | null)[] = [{ node: this, flag: false }];
    for (let piece = todo.pop(); piece !== undefined; piece = todo.pop()) {
      if (piece === null) return null;
      if (typeof piece === 'string') out.push(piece);
      else todo.push(...piece.node.textPieces(piece.flag, key).reverse());
    }
    return out.join('');
  }

  /** @param wrapped wrappers stand in front: a colon parts them from what is none */
  private textPieces(wrapped: boolean, key: (key: number) => string | null): (Piece | string | null)[] {
    const { fragment, subs } = this;
    const [a, b, c] = subs;
    const colon = wrapped ? ':' : '';
    const call = (name: string, ...args: readonly (Piece | string | null)[]): (Piece | string | null)[] =>
      [`${colon}${name}(`, ...args.flatMap((arg, i) => (i === 0 ? [arg] : [',', arg])), ')'];
    const wrap = (letter: string, sub: MiniscriptNode | undefined): (Piece | string | null)[] => [letter, sub === undefined ? null : { node: sub, flag: true }];
    const inside = (count = subs.length): Piece[] => subs.slice(0, count).map((node) => ({ node, flag: false }));
    switch (fragment) {
      case 'wrap_a': case 'wrap_s': case 'wrap_d': case 'wrap_v': case 'wrap_j': case 'wrap_n': return wrap(fragment.slice(-1), a);
      case 'wrap_c':
        if (a?.fragment === 'pk_k') return call('pk', key(a.keys[0] as number));
        if (a?.fragment === 'pk_h') return call('pkh', key(a.keys[0] as number));
        return wrap('c', a);
      case 'and_v': return b?.fragment === 'just_1' ? wrap('t', a) : call(fragment, ...inside());
      case 'or_i':
        if (a?.fragment === 'just_0') return wrap('l', b);
        return b?.fragment === 'just_0' ? wrap('u', a) : call(fragment, ...inside());
      case 'andor': return c?.fragment === 'just_0' ? call('and_n', ...inside(2)) : call(fragment, ...inside());
      case 'just_0': return [`${colon}0`];
      case 'just_1': return [`${colon}1`];
      case 'pk_k': case 'pk_h': return call(fragment, key(this.keys[0] as number));
      case 'after': case 'older': return call(fragment, String(this.k));
      case 'sha256': case 'hash256': case 'hash160': case 'ripemd160': return call(fragment, toHex(this.data));
      case 'multi': case 'multi_a': return call(fragment, String(this.k), ...this.keys.map(key));
      case 'thresh': return call(fragment, String(this.k), ...inside());
      default: return call(fragment, ...inside());
    }
  }
}

/** A part still to be written, with what its surroundings say about it. */
interface Piece {
  readonly node: MiniscriptNode;
  readonly flag: boolean;
}

/** The union, put into the largest; null where they have something in common. */
function mergeDistinct(sets: readonly (Set<string> | null)[]): Set<string> | null {
  let all: Set<string> | null = null;
  for (const set of sets) if (set !== null && (all === null || set.size > all.size)) all = set;
  if (all === null || sets.includes(null)) return null;
  for (const set of sets) {
    if (set === all || set === null) continue;
    const before: number = all.size;
    for (const key of set) all.add(key);
    if (all.size !== before + set.size) return null;
  }
  return all;
}
