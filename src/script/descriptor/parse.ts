import { HARDENED } from '../../crypto/bip32.ts';
import { isValidPubkey } from '../../crypto/secp256k1.ts';
import { CoinError } from '../../util/errors.ts';
import { concatBytes, fromHex, isHex, toKey } from '../../util/bytes.ts';
import { isCompressedPubkey } from '../interpreter/signature-encoding.ts';
import { type AddressParams, decodeDestination, decodeExtKey, decodeExtPubKey, decodePrivateKey, pubkeyOf } from '../key-io.ts';
import type { MiniscriptNode } from '../miniscript/node.ts';
import { parseMiniscript } from '../miniscript/parse.ts';
import { MAX_PUBKEYS_PER_MULTI_A, MAX_PUBKEYS_PER_MULTISIG, MAX_SCRIPT_ELEMENT_SIZE } from '../script.ts';
import { SigningProvider } from '../signing-provider.ts';
import { isPubkeyShape } from '../standard.ts';
import { TAPROOT_MAX_DEPTH } from '../taproot.ts';
import { descriptorChecksum } from './checksum.ts';
import {
  addrNode, comboNode, Descriptor, type DescriptorNode, miniscriptNode, multisigNode, pkhNode, pkNode, rawNode, rawTrNode, shNode, trNode, unusedNode, wpkhNode, wshNode,
} from './descriptor.ts';
import { Bip32Key, ConstKey, type Derivation, type KeyExpression, OriginKey } from './key-expression.ts';
import { MusigKey } from './musig-key.ts';

/** A text that is no descriptor; the message is the reference's. */
export class DescriptorError extends CoinError {
  constructor(message: string) { super('descriptor', message); }
}

type Context = 'top' | 'sh' | 'wpkh' | 'wsh' | 'tr' | 'musig';

/** The part of a text up to a comma or closing bracket that is not inside brackets of its own. */
class Cursor {
  text: string;
  constructor(text: string) { this.text = text; }

  get done(): boolean { return this.text === ''; }

  /** Takes `token` where it is next. */
  take(token: string): boolean {
    if (!this.text.startsWith(token)) return false;
    this.text = this.text.slice(token.length);
    return true;
  }

  expression(): string {
    let level = 0;
    let at = 0;
    for (; at < this.text.length; at++) {
      const c = this.text[at] as string;
      if (c === '(' || c === '{') level += 1;
      else if (level > 0 && (c === ')' || c === '}')) level -= 1;
      else if (level === 0 && (c === ')' || c === '}' || c === ',')) break;
    }
    const out = this.text.slice(0, at);
    this.text = this.text.slice(at);
    return out;
  }
}

/** Arguments of `name(...)`; null where the text is something else. */
function call(name: string, text: string): string | null {
  return text.startsWith(`${name}(`) && text.endsWith(')') ? text.slice(name.length + 1, -1) : null;
}

class DescriptorParser {
  private readonly params: AddressParams;
  private readonly keys: SigningProvider;
  private nextKey = 0;

  constructor(params: AddressParams, keys: SigningProvider) {
    this.params = params;
    this.keys = keys;
  }

  /** One node a value of a multipath step, in their order; one where there is none. */
  script(text: string, context: Context): DescriptorNode[] {
    const key = (name: string, keyContext: Context, make: (key: KeyExpression) => DescriptorNode): DescriptorNode[] | null => {
      const args = call(name, text);
      if (args === null) return null;
      return this.named(`${name}(): `, () => this.pubkey(args, keyContext)).map(make);
    };
    const outer = context === 'top' || context === 'sh' || context === 'wsh';
    let found = key('pk', context, (k) => pkNode(k, context === 'tr'));
    if (found === null && outer) found = key('pkh', context, pkhNode);
    if (found !== null) return found;
    if (call('combo', text) !== null) {
      if (context !== 'top') throw new DescriptorError('Can only have combo() at top level');
      return key('combo', context, comboNode) ?? [];
    }
    for (const name of ['multi', 'sortedmulti', 'multi_a', 'sortedmulti_a'] as const) {
      const args = call(name, text);
      if (args !== null) return this.multisig(name, args, context);
    }
    if (call('wpkh', text) !== null) {
      if (context !== 'top' && context !== 'sh') throw new DescriptorError('Can only have wpkh() at top level or inside sh()');
      return key('wpkh', 'wpkh', wpkhNode) ?? [];
    }
    const sh = call('sh', text);
    if (sh !== null) {
      if (context !== 'top') throw new DescriptorError('Can only have sh() at top level');
      return this.script(sh, 'sh').map(shNode);
    }
    const wsh = call('wsh', text);
    if (wsh !== null) {
      if (context !== 'top' && context !== 'sh') throw new DescriptorError('Can only have wsh() at top level or inside sh()');
      return this.script(wsh, 'wsh').map(wshNode);
    }
    const addr = call('addr', text);
    if (addr !== null) {
      if (context !== 'top') throw new DescriptorError('Can only have addr() at top level');
      const decoded = decodeDestination(addr, this.params);
      if (!decoded.ok) throw new DescriptorError('Address is not valid');
      return [addrNode(decoded.destination, this.params)];
    }
    const tr = call('tr', text);
    if (tr !== null) {
      if (context !== 'top') throw new DescriptorError('Can only have tr at top level');
      return this.taproot(tr);
    }
    const rawtr = call('rawtr', text);
    if (rawtr !== null) {
      if (context !== 'top') throw new DescriptorError('Can only have rawtr at top level');
      if (new Cursor(rawtr).expression() !== rawtr) throw new DescriptorError('rawtr(): only one key expected.');
      return this.named('rawtr(): ', () => this.pubkey(rawtr, 'tr')).map(rawTrNode);
    }
    const unused = call('unused', text);
    if (unused !== null) {
      if (context !== 'top') throw new DescriptorError('Can only have unused at top level');
      if (new Cursor(unused).expression() !== unused) throw new DescriptorError('unused(): only one key expected');
      return this.pubkey(unused, context).map((k) => {
        if (k.isRange) throw new DescriptorError('unused(): key cannot be ranged');
        return unusedNode(k);
      });
    }
    const raw = call('raw', text);
    if (raw !== null) {
      if (context !== 'top') throw new DescriptorError('Can only have raw() at top level');
      if (!isHex(raw)) throw new DescriptorError('Raw script is not hex');
      return [rawNode(fromHex(raw))];
    }
    const miniscript = this.miniscript(text, context);
    if (miniscript !== null) return miniscript;
    if (context === 'sh') throw new DescriptorError('A function is needed within P2SH');
    if (context === 'wsh') throw new DescriptorError('A function is needed within P2WSH');
    throw new DescriptorError(`'${text}' is not a valid descriptor function`);
  }

  /** Null where it is no miniscript at all. */
  private miniscript(text: string, context: Context): DescriptorNode[] | null {
    const inside = context === 'wsh' ? 'p2wsh' : 'tapscript';
    const lists: KeyExpression[][] = [];
    const node = parseMiniscript(text, inside, (key) => lists.push(this.pubkey(key, context === 'wsh' ? 'wsh' : 'tr')) - 1);
    if (node === null) return null;
    if (context !== 'wsh' && context !== 'tr') throw new DescriptorError('Miniscript expressions can only be used in wsh or tr.');
    const nobody = new SigningProvider();
    node.checkDuplicateKeys((i) => {
      const pubkey = lists[i]?.[0]?.pubkeyAt(0, nobody, null, null)?.pubkey;
      return pubkey === undefined ? '' : toKey(pubkey);
    });
    if (!node.isSane || !node.isSatisfiable) throw new DescriptorError(insaneText(node, lists, this.params));
    return alignMultipath(lists, 'Miniscript: Multipath derivation paths have mismatched lengths').map((keys) => miniscriptNode(node, keys));
  }

  /** Puts the function's name before what goes wrong in `work`. */
  private named<T>(prefix: string, work: () => T): T {
    try {
      return work();
    } catch (e) {
      if (e instanceof DescriptorError) throw new DescriptorError(prefix + e.message);
      throw e;
    }
  }

  private multisig(name: 'multi' | 'sortedmulti' | 'multi_a' | 'sortedmulti_a', args: string, context: Context): DescriptorNode[] {
    const inTaproot = name.endsWith('_a');
    if (inTaproot && context !== 'tr') throw new DescriptorError('Can only have multi_a/sortedmulti_a inside tr()');
    if (!inTaproot && context !== 'top' && context !== 'sh' && context !== 'wsh') throw new DescriptorError('Can only have multi/sortedmulti at top level, in sh(), or in wsh()');
    const cursor = new Cursor(args);
    const text = cursor.expression();
    const threshold = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!(threshold <= 0xffffffff)) throw new DescriptorError(`Multi threshold '${text}' is not valid`);
    const lists: KeyExpression[][] = [];
    let size = 0;
    while (!cursor.done) {
      if (!cursor.take(',')) throw new DescriptorError(`Multi: expected ',', got '${cursor.text[0]}'`);
      const keys = this.named('Multi: ', () => this.pubkey(cursor.expression(), context));
      size += (keys[0]?.size ?? 0) + 1;
      lists.push(keys);
    }
    const max = inTaproot ? MAX_PUBKEYS_PER_MULTI_A : MAX_PUBKEYS_PER_MULTISIG;
    if (lists.length === 0 || lists.length > max) throw new DescriptorError(`Cannot have ${lists.length} keys in ${inTaproot ? 'multi_a' : 'multisig'}; must have between 1 and ${max} keys, inclusive`);
    if (threshold < 1) throw new DescriptorError(`Multisig threshold cannot be ${threshold}, must be at least 1`);
    if (threshold > lists.length) throw new DescriptorError(`Multisig threshold cannot be larger than the number of keys; threshold is ${threshold} but only ${lists.length} keys specified`);
    if (context === 'top' && lists.length > 3) throw new DescriptorError(`Cannot have ${lists.length} pubkeys in bare multisig; only at most 3 pubkeys`);
    if (context === 'sh' && size + 3 > MAX_SCRIPT_ELEMENT_SIZE) throw new DescriptorError(`P2SH script is too large, ${size + 3} bytes is larger than ${MAX_SCRIPT_ELEMENT_SIZE} bytes`);
    return alignMultipath(lists, 'multi(): Multipath derivation paths have mismatched lengths').map((keys) => multisigNode(threshold, keys, name.startsWith('sorted'), inTaproot));
  }

  private taproot(args: string): DescriptorNode[] {
    const cursor = new Cursor(args);
    const internal = this.named('tr(): ', () => this.pubkey(cursor.expression(), 'tr'));
    const subs: DescriptorNode[][] = [];
    const depths: number[] = [];
    if (!cursor.done) {
      if (!cursor.take(',')) throw new DescriptorError(`tr: expected ',', got '${cursor.text[0]}'`);
      // One flag a brace that is open: whether its right branch has begun.
      const branches: boolean[] = [];
      do {
        while (cursor.take('{')) {
          branches.push(false);
          if (branches.length > TAPROOT_MAX_DEPTH) throw new DescriptorError(`tr() supports at most ${TAPROOT_MAX_DEPTH} nesting levels`);
        }
        subs.push(this.script(cursor.expression(), 'tr'));
        depths.push(branches.length);
        while (branches.at(-1) === true) {
          if (!cursor.take('}')) throw new DescriptorError("tr(): expected '}' after script expression");
          branches.pop();
        }
        if (branches.length > 0) {
          if (!cursor.take(',')) throw new DescriptorError("tr(): expected ',' after script expression");
          branches[branches.length - 1] = true;
        }
      } while (branches.length > 0);
      if (!cursor.done) throw new DescriptorError("tr(): expected ')' after script expression");
    }
    const rows = alignMultipath(subs, 'tr(): Multipath subscripts have mismatched lengths', internal.length);
    if (internal.length > 1 && internal.length !== rows.length) throw new DescriptorError('tr(): Multipath internal key mismatches multipath subscripts lengths');
    return rows.map((row, i) => trNode((internal[i] ?? internal[0]) as KeyExpression, row, depths));
  }

  /** A key with or without origin. */
  private pubkey(text: string, context: Context): KeyExpression[] {
    if (text.startsWith('musig(')) return this.musig(text, context);
    const parts = text.split(']');
    if (parts.length > 2) throw new DescriptorError("Multiple ']' characters found for a single pubkey");
    const [head = '', tail] = parts;
    if (tail === undefined) return this.bareKey(head, context).keys;
    if (!head.startsWith('[')) throw new DescriptorError(`Key origin start '[ character expected but not found, got '${head === '' ? ']' : head[0]}' instead`);
    const [fingerprint = '', ...steps] = head.slice(1).split('/');
    if (fingerprint.length !== 8) throw new DescriptorError(`Fingerprint is not 4 bytes (${fingerprint.length} characters instead of 8 characters)`);
    if (!isHex(fingerprint)) throw new DescriptorError(`Fingerprint '${fingerprint}' is not hex`);
    const path = parsePath(steps, false);
    const inner = this.bareKey(tail, context, path.apostrophe);
    return inner.keys.map((key) => new OriginKey({ fingerprint: fromHex(fingerprint), path: path.paths[0] ?? [] }, key, inner.apostrophe));
  }

  /** `musig(keys)` with or without derivation behind. */
  private musig(text: string, context: Context): KeyExpression[] {
    if (context !== 'tr') throw new DescriptorError('musig() is only allowed in tr() and rawtr()');
    const close = text.indexOf(')');
    if (close < 0) throw new DescriptorError('Invalid musig() expression');
    if (text.indexOf(')', close + 1) >= 0) throw new DescriptorError("Too many ')' in musig() expression");
    const cursor = new Cursor(text.slice('musig('.length, close));
    const lists: KeyExpression[][] = [];
    while (!cursor.done) {
      if (lists.length > 0 && !cursor.take(',')) throw new DescriptorError(`musig(): expected ',', got '${cursor.text[0]}'`);
      lists.push(this.named('musig(): ', () => this.pubkey(cursor.expression(), 'musig')));
    }
    if (lists.length === 0) throw new DescriptorError('musig(): Must contain key expressions');
    let derivation: Derivation = 'none';
    let paths: readonly number[][] = [[]];
    const behind = text.slice(close + 1);
    if (behind.startsWith('/')) {
      if (!lists.every((list) => list[0]?.isBip32 === true)) throw new DescriptorError('musig(): derivation requires all participants to be xpubs or xprvs');
      if (lists.some((list) => list[0]?.isRange === true)) throw new DescriptorError('musig(): Cannot have ranged participant keys if musig() also has derivation');
      const steps = behind.slice(1).split('/');
      const last = steps.at(-1);
      if (last === "*'" || last === '*h') throw new DescriptorError('musig(): Cannot have hardened child derivation');
      if (last === '*') {
        derivation = 'unhardened';
        steps.pop();
      }
      paths = this.named('musig(): ', () => parsePath(steps, true).paths);
      if (paths.some((path) => path.some((step) => step >= HARDENED))) throw new DescriptorError('musig(): cannot have hardened derivation steps');
    }
    const longest = Math.max(...lists.map((list) => list.length));
    if (longest > 1 && paths.length > 1) throw new DescriptorError('musig(): Cannot have multipath participant keys if musig() is also multipath');
    const rows = alignMultipath(lists, 'musig(): Multipath derivation paths have mismatched lengths');
    const index = this.nextKey;
    this.nextKey += 1;
    const count = Math.max(rows.length, paths.length);
    return Array.from({ length: count }, (_, i) => new MusigKey(index, rows[i] ?? rows[0] ?? [], paths[i] ?? paths[0] ?? [], derivation));
  }

  private bareKey(text: string, context: Context, apostropheBefore = false): { keys: KeyExpression[]; apostrophe: boolean } {
    const [head = '', ...steps] = text.split('/');
    if (head === '') throw new DescriptorError('No key provided');
    if (/^\s|\s$/.test(head)) throw new DescriptorError(`Key '${head}' is invalid due to whitespace`);
    const uncompressedOk = context === 'top' || context === 'sh';
    if (steps.length === 0) {
      const fixed = this.fixedKey(head, context, uncompressedOk);
      if (fixed !== null) return { keys: [fixed], apostrophe: apostropheBefore };
    }
    const secret = decodeExtKey(head, this.params);
    const xpub = secret?.neuter() ?? decodeExtPubKey(head, this.params);
    if (xpub === null) throw new DescriptorError(`key '${head}' is not valid`);
    let derivation: Derivation = 'none';
    let apostrophe = apostropheBefore;
    const last = steps.at(-1);
    if (last === '*') derivation = 'unhardened';
    else if (last === "*'" || last === '*h') {
      derivation = 'hardened';
      apostrophe = last === "*'";
    }
    const path = parsePath(derivation === 'none' ? steps : steps.slice(0, -1), true, apostrophe);
    if (secret !== null) this.keys.addKey(secret.pubkey, { key: secret.key, compressed: true });
    const index = this.nextKey;
    this.nextKey += 1;
    return { keys: path.paths.map((p) => new Bip32Key(index, xpub, p, derivation, path.apostrophe)), apostrophe: path.apostrophe };
  }

  private fixedKey(text: string, context: Context, uncompressedOk: boolean): KeyExpression | null {
    const make = (pubkey: Uint8Array, xonly: boolean): KeyExpression => {
      const key = new ConstKey(this.nextKey, pubkey, xonly);
      this.nextKey += 1;
      return key;
    };
    if (isHex(text)) {
      const bytes = fromHex(text);
      if (isPubkeyShape(bytes) && (bytes[0] === 6 || bytes[0] === 7)) throw new DescriptorError('Hybrid public keys are not allowed');
      if (isPubkeyShape(bytes) && isValidPubkey(bytes)) {
        if (!uncompressedOk && !isCompressedPubkey(bytes)) throw new DescriptorError('Uncompressed keys are not allowed');
        return make(bytes, false);
      }
      if (bytes.length === 32 && context === 'tr') {
        const full = concatBytes(Uint8Array.of(2), bytes);
        if (isValidPubkey(full)) return make(full, true);
      }
      throw new DescriptorError(`Pubkey '${text}' is invalid`);
    }
    const key = decodePrivateKey(text, this.params);
    if (key === null) return null;
    if (!uncompressedOk && !key.compressed) throw new DescriptorError('Uncompressed keys are not allowed');
    const pubkey = pubkeyOf(key);
    this.keys.addKey(pubkey, key);
    return make(pubkey, context === 'tr');
  }
}

/** What is wrong with a miniscript, and with which part of it. */
function insaneText(node: MiniscriptNode, keys: readonly (readonly KeyExpression[])[], params: AddressParams): string {
  const insane = node.findInsane() ?? node;
  const text = insane.toText((i) => keys[i]?.[0]?.print({ form: 'public', params }) ?? null) ?? '';
  if (!insane.isValid) return `${text} is invalid`;
  if (node.isSane) return `${text} is not satisfiable`;
  const why = !insane.isNonMalleable ? ': malleable witnesses exist'
    : insane === node && !insane.needsSignature ? ': witnesses without signature exist'
      : !insane.hasUnmixedLocks ? ': contains mixes of timelocks expressed in blocks and seconds'
        : !insane.hasDistinctKeys ? ': contains duplicate public keys'
          : !insane.hasValidSatisfactions ? ': needs witnesses that may exceed resource limits' : '';
  return `${text} is not sane${why}`;
}

function parseStep(text: string): { value: number; hardened: boolean; apostrophe: boolean } {
  if (text === '') throw new DescriptorError("Key path value '' is not valid");
  const hardened = text.endsWith("'") || text.endsWith('h');
  const digits = hardened ? text.slice(0, -1) : text;
  if (!/^\d+$/.test(digits) || Number(digits) > 0xffffffff) throw new DescriptorError(`Key path value '${text}' is not a valid uint32`);
  const n = Number(digits);
  if (n >= HARDENED) throw new DescriptorError(`Key path value ${n} is out of range`);
  return { value: hardened ? n + HARDENED : n, hardened, apostrophe: text.endsWith("'") };
}

/** Paths of the steps: one, or one for each value of a multipath step. */
function parsePath(steps: readonly string[], allowMultipath: boolean, apostropheBefore = false): { paths: number[][]; apostrophe: boolean } {
  let apostrophe = apostropheBefore;
  const step = (text: string): number => {
    const parsed = parseStep(text);
    if (parsed.hardened) apostrophe = parsed.apostrophe;
    return parsed.value;
  };
  const path: number[] = [];
  let choices: { at: number; values: number[] } | null = null;
  for (const text of steps) {
    if (text.startsWith('<') && text.endsWith('>')) {
      if (!allowMultipath) throw new DescriptorError(`Key path value '${text}' specifies multipath in a section where multipath is not allowed`);
      if (choices !== null) throw new DescriptorError('Multiple multipath key path specifiers found');
      const items = text.slice(1, -1).split(';');
      if (items.length < 2) throw new DescriptorError('Multipath key path specifiers must have at least two items');
      const values: number[] = [];
      for (const item of items) {
        const value = step(item);
        if (values.includes(value)) throw new DescriptorError(`Duplicated key path value ${value} in multipath specifier`);
        values.push(value);
      }
      choices = { at: path.length, values };
      path.push(0);
    } else {
      path.push(step(text));
    }
  }
  const found = choices;
  return { paths: found === null ? [path] : found.values.map((v) => path.map((p, i) => (i === found.at ? v : p))), apostrophe };
}

/** Rows of the i-th choice of every list, at least `least` rows; lists of one element are the same in every row. */
function alignMultipath<T>(lists: readonly (readonly T[])[], mismatch: string, least = 0): T[][] {
  const count = Math.max(least, ...lists.map((l) => l.length));
  if (lists.some((l) => l.length !== 1 && l.length !== count)) throw new DescriptorError(mismatch);
  return Array.from({ length: count }, (_, i) => lists.map((l) => l[l.length === 1 ? 0 : i] as T));
}

/** Splits off and checks the checksum. @throws DescriptorError */
export function checkDescriptorChecksum(text: string, required: boolean): { payload: string; checksum: string } {
  const parts = text.split('#');
  if (parts.length > 2) throw new DescriptorError("Multiple '#' symbols");
  const [payload = '', given] = parts;
  if (given === undefined && required) throw new DescriptorError('Missing checksum');
  if (given !== undefined && given.length !== 8) throw new DescriptorError(`Expected 8 character checksum, not ${given.length} characters`);
  const checksum = descriptorChecksum(payload);
  if (checksum === null) throw new DescriptorError('Invalid characters in payload');
  if (given !== undefined && given !== checksum) throw new DescriptorError(`Provided checksum '${given}' does not match computed checksum '${checksum}'`);
  return { payload, checksum };
}

/**
 * Parses a descriptor: one, or one for each value of a multipath step. Private keys in it go to `keys`.
 * @throws DescriptorError with the reference's text
 */
export function parseDescriptors(text: string, params: AddressParams, keys: SigningProvider, requireChecksum = false): Descriptor[] {
  const { payload } = checkDescriptorChecksum(text, requireChecksum);
  return new DescriptorParser(params, keys).script(payload, 'top').map((root) => new Descriptor(root, params));
}
