import { hash160, sha256 } from '../../crypto/hash.ts';
import { compareBytes, concatBytes, toHex, toKey, utf8 } from '../../util/bytes.ts';
import { compactSizeLength } from '../../util/writer.ts';
import { TAPROOT_LEAF_TAPSCRIPT } from '../interpreter/verify-script.ts';
import { type AddressParams, encodeDestination } from '../key-io.ts';
import type { MiniscriptNode } from '../miniscript/node.ts';
import { OP } from '../opcodes.ts';
import { buildScript, pushData, pushNumber } from '../script.ts';
import { SigningProvider } from '../signing-provider.ts';
import { type Destination, extractDestination, hasAddress, isCompressedPubkey, multisigScript, p2pkScript, p2shScript, p2wshScript, scriptForDestination, witnessScript } from '../standard.ts';
import { buildTaproot, type TweakedKey, tweakedKeys } from '../taproot.ts';
import type { DescriptorCache } from './cache.ts';
import { withChecksum } from './checksum.ts';
import type { DerivedKey, KeyExpression, PrintContext, StringForm } from './key-expression.ts';

export type OutputType = 'legacy' | 'p2sh-segwit' | 'bech32' | 'bech32m';

export interface Expansion {
  /** One script, or up to four for combo(). */
  readonly scripts: Uint8Array[];
  /** Scripts, public keys, origins and taproot trees behind them. */
  readonly provider: SigningProvider;
}

type PubkeyAt = (key: KeyExpression) => Uint8Array | null;

/** A node of a descriptor. Kinds differ in how they make a script of their keys and sub-descriptors. */
export interface DescriptorNode {
  readonly name: string;
  readonly keys: readonly KeyExpression[];
  readonly subs: readonly DescriptorNode[];
  readonly solvable: boolean;
  /** Text between the parentheses. */
  args(print: (key: KeyExpression) => string | null, sub: (node: DescriptorNode) => string | null): string | null;
  /** Scripts of the keys (which `out` has already) and of the sub-descriptors' scripts. `tweaked`: output key of tr() without leaves, where it is known. */
  scripts(pubkeys: readonly Uint8Array[], subs: readonly Uint8Array[], out: SigningProvider, tweaked: TweakedKey | null): Uint8Array[];
  readonly outputType: OutputType | null;
  /** Weight units of the witness and scriptSig that spend it, with 72-byte signatures (71 where grinding is sure); null where unknown. */
  maxSatisfaction(context: SatisfactionContext): { readonly size: number; readonly items: number } | null;
  /** Bytes of the script, where its kind alone does not tell. */
  readonly scriptSize?: number;
  /** What a user should know who imports it. */
  readonly warnings?: readonly string[];
}

export interface SatisfactionContext { readonly maxSig: boolean }

const sigSize = (maxSig: boolean): number => (maxSig ? 72 : 71);

/** A parsed output descriptor. */
export class Descriptor {
  readonly root: DescriptorNode;
  private readonly params: AddressParams;
  private readonly allKeys: readonly KeyExpression[];

  constructor(root: DescriptorNode, params: AddressParams) {
    this.root = root;
    this.params = params;
    this.allKeys = collectKeys(root);
  }

  /** The keys that private keys may be known for: participants in place of their aggregate. */
  private get signingKeys(): readonly KeyExpression[] { return this.allKeys.flatMap((k) => k.participants ?? [k]); }

  get isRange(): boolean { return this.allKeys.some((k) => k.isRange); }
  get isSolvable(): boolean { return allNodes(this.root).every((n) => n.solvable); }
  /** Makes exactly one script a position. */
  get isSingleType(): boolean { return this.root.name !== 'combo' && this.root.name !== 'unused'; }
  get outputType(): OutputType | null { return this.root.outputType; }
  get keys(): readonly KeyExpression[] { return this.allKeys; }

  /** What a user should know who imports it. */
  get warnings(): readonly string[] { return allNodes(this.root).flatMap((n) => n.warnings ?? []); }

  /** Whether all private keys that it needs are in `keys`. */
  havePrivateKeys(keys: SigningProvider): boolean {
    return this.allKeys.length > 0 && this.signingKeys.every((k) => k.privateKeyAt(0, keys) !== null);
  }

  /** Text with checksum. */
  toString(form: StringForm = 'public'): string {
    return withChecksum(this.print({ form, params: this.params }) ?? '');
  }

  /** With private keys where `keys` has them; null where one is missing. */
  toPrivateString(keys: SigningProvider): string | null {
    const text = this.print({ form: 'private', params: this.params, keys });
    return text === null ? null : withChecksum(text);
  }

  /** With private keys where `keys` has them and public ones elsewhere; `any` tells whether there was one at all. */
  toPartlyPrivateString(keys: SigningProvider): { text: string; any: boolean } {
    let any = false;
    const text = this.printNode(this.root, (key) => {
      const secret = key.print({ form: 'private', params: this.params, keys });
      if (secret !== null) any = true;
      return secret ?? key.print({ form: 'public', params: this.params });
    });
    return { text: withChecksum(text ?? ''), any };
  }

  /** With every hardened step in a key's origin; null where private keys (or the cache) are missing. */
  toNormalizedString(keys: SigningProvider, cache?: DescriptorCache): string | null {
    const text = this.print({ form: 'normalized', params: this.params, keys, cache });
    return text === null ? null : withChecksum(text);
  }

  /** What wallets call it by: SHA-256 of its text in the form that never changes. */
  id(): Uint8Array { return sha256(utf8(this.toString('compat'))); }

  private print(context: PrintContext): string | null {
    return this.printNode(this.root, (key) => key.print(context));
  }

  private printNode(node: DescriptorNode, print: (key: KeyExpression) => string | null): string | null {
    const args = node.args(print, (sub) => this.printNode(sub, print));
    return args === null ? null : node.name === '' ? args : `${node.name}(${args})`;
  }

  /** Scripts at a position, with private keys of `keys` for hardened steps; null where one is missing. */
  expand(position: number, keys: SigningProvider, writeCache: DescriptorCache | null = null): Expansion | null {
    return this.expandWith(position, keys, null, writeCache);
  }

  /** Scripts at a position from what an earlier expansion has left. */
  expandFromCache(position: number, cache: DescriptorCache): Expansion | null {
    return this.expandWith(position, new SigningProvider(), cache, null);
  }

  /** As {@link expandFromCache} for the `count` positions from `first` on, in order; many at once are derived faster. */
  *expandManyFromCache(first: number, count: number, cache: DescriptorCache): Generator<Expansion | null> {
    const none = new SigningProvider();
    const ahead = cache.copy();
    for (const key of this.allKeys) key.deriveAhead?.(first, count, ahead);
    const { name, subs, keys: [internal] } = this.root;
    let tweaked: readonly (TweakedKey | null)[] = [];
    if (name === 'tr' && subs.length === 0 && internal !== undefined) {
      const pubkeys = Array.from({ length: count }, (_, i) => internal.pubkeyAt(first + i, none, ahead, null)?.pubkey);
      if (pubkeys.every((pubkey) => pubkey !== undefined)) tweaked = tweakedKeys(pubkeys.map((pubkey) => pubkey.subarray(1)));
    }
    for (let i = 0; i < count; i++) yield this.expandWith(first + i, none, ahead, null, tweaked[i] ?? null);
  }

  private expandWith(
    position: number, keys: SigningProvider, readCache: DescriptorCache | null, writeCache: DescriptorCache | null, tweaked: TweakedKey | null = null,
  ): Expansion | null {
    const provider = new SigningProvider();
    const note = ({ pubkey, origin, extras }: DerivedKey): void => {
      provider.addPubkey(pubkey, origin);
      if (extras === undefined) return;
      extras.participants.forEach(note);
      provider.aggregates.set(toKey(extras.aggregate), { aggregate: extras.aggregate, pubkeys: extras.pubkeys });
    };
    const pubkeyAt: PubkeyAt = (key) => {
      const found = key.pubkeyAt(position, keys, readCache, writeCache);
      if (found === null) return null;
      note(found);
      return found.pubkey;
    };
    const scripts = expandNode(this.root, pubkeyAt, provider, tweaked);
    return scripts === null ? null : { scripts, provider };
  }

  /** The private keys at a position that `keys` gives. */
  expandPrivate(position: number, keys: SigningProvider): SigningProvider {
    const out = new SigningProvider();
    for (const key of this.signingKeys) {
      const found = key.privateKeyAt(position, keys);
      if (found !== null) out.addKey(found.pubkey, found.key);
    }
    return out;
  }

  /** Most weight units of what spends an output of this, without the fixed part of an input; null where unknown. */
  maxSatisfactionWeight(maxSig: boolean): number | null {
    const got = this.root.maxSatisfaction({ maxSig });
    return got === null ? null : got.size;
  }

  /** Most witness stack items of a spend; null where unknown. */
  maxSatisfactionItems(): number | null {
    return this.root.maxSatisfaction({ maxSig: true })?.items ?? null;
  }
}

function allNodes(node: DescriptorNode): DescriptorNode[] {
  return [node, ...node.subs.flatMap(allNodes)];
}

function collectKeys(node: DescriptorNode): KeyExpression[] {
  return allNodes(node).flatMap((n) => [...n.keys]);
}

function expandNode(node: DescriptorNode, pubkeyAt: PubkeyAt, out: SigningProvider, tweaked: TweakedKey | null = null): Uint8Array[] | null {
  const pubkeys: Uint8Array[] = [];
  for (const key of node.keys) {
    const pubkey = pubkeyAt(key);
    if (pubkey === null) return null;
    pubkeys.push(pubkey);
  }
  const subs: Uint8Array[] = [];
  for (const sub of node.subs) {
    const scripts = expandNode(sub, pubkeyAt, out);
    if (scripts === null) return null;
    subs.push(scripts[0] ?? new Uint8Array(0));
  }
  return node.scripts(pubkeys, subs, out, tweaked);
}

const NONE: readonly never[] = [];

function keyNode(name: string, key: KeyExpression, rest: Pick<DescriptorNode, 'scripts' | 'outputType' | 'maxSatisfaction'>): DescriptorNode {
  return { name, keys: [key], subs: NONE, solvable: true, args: (print) => print(key), ...rest };
}

const first = (list: readonly Uint8Array[]): Uint8Array => list[0] as Uint8Array;

/** In a scriptSig every byte weighs four units. */
const legacy = (size: number, items: number): { size: number; items: number } => ({ size: size * 4, items });

export function pkNode(key: KeyExpression, inTaproot: boolean): DescriptorNode {
  return keyNode('pk', key, {
    scripts: ([k = new Uint8Array(0)]) => [inTaproot ? buildScript(k.subarray(1), OP.OP_CHECKSIG) : p2pkScript(k)],
    outputType: null,
    maxSatisfaction: ({ maxSig }) => (inTaproot ? { size: 1 + 65, items: 1 } : legacy(1 + sigSize(maxSig), 1)),
  });
}

export function pkhNode(key: KeyExpression): DescriptorNode {
  return keyNode('pkh', key, {
    scripts: (pubkeys) => [scriptForDestination({ type: 'pkh', hash: hash160(first(pubkeys)) })],
    outputType: 'legacy',
    maxSatisfaction: ({ maxSig }) => legacy(1 + sigSize(maxSig) + 1 + key.size, 2),
  });
}

export function wpkhNode(key: KeyExpression): DescriptorNode {
  return keyNode('wpkh', key, {
    scripts: (pubkeys) => [scriptForDestination({ type: 'wpkh', hash: hash160(first(pubkeys)) })],
    outputType: 'bech32',
    maxSatisfaction: ({ maxSig }) => ({ size: 1 + sigSize(maxSig) + 1 + 33, items: 2 }),
  });
}

export function comboNode(key: KeyExpression): DescriptorNode {
  return keyNode('combo', key, {
    scripts: (pubkeys, _subs, out) => {
      const pubkey = first(pubkeys);
      const scripts = [p2pkScript(pubkey), scriptForDestination({ type: 'pkh', hash: hash160(pubkey) })];
      if (isCompressedPubkey(pubkey)) {
        const witness = scriptForDestination({ type: 'wpkh', hash: hash160(pubkey) });
        out.addScript(witness);
        scripts.push(witness, p2shScript(witness));
      }
      return scripts;
    },
    outputType: null,
    maxSatisfaction: () => null,
  });
}

export function multisigNode(threshold: number, keys: readonly KeyExpression[], sorted: boolean, inTaproot: boolean): DescriptorNode {
  const name = `${sorted ? 'sorted' : ''}multi${inTaproot ? '_a' : ''}`;
  return {
    name, keys, subs: NONE, solvable: true, outputType: null,
    scriptSize: keys.reduce((sum, k) => sum + k.size + 1, 0) + 1 + pushNumber(keys.length).length + pushNumber(threshold).length,
    args: (print) => {
      const texts = keys.map(print);
      return texts.includes(null) ? null : [threshold, ...texts].join(',');
    },
    scripts: (pubkeys) => {
      const list = inTaproot ? pubkeys.map((k) => k.subarray(1)) : [...pubkeys];
      if (sorted) list.sort(compareBytes);
      if (!inTaproot) return [multisigScript(threshold, list)];
      return [concatBytes(...list.flatMap((k, i) => [pushData(k), Uint8Array.of(i === 0 ? OP.OP_CHECKSIG : OP.OP_CHECKSIGADD)]), pushNumber(threshold), Uint8Array.of(OP.OP_NUMEQUAL))];
    },
    maxSatisfaction: ({ maxSig }) => (inTaproot
      ? { size: (1 + 65) * threshold + (keys.length - threshold), items: keys.length }
      : legacy(1 + (1 + sigSize(maxSig)) * threshold, 1 + threshold)),
  };
}

/** Bytes of a script without knowing its keys' values: for a bound on a satisfaction. */
function scriptSize(node: DescriptorNode): number | null {
  switch (node.name) {
    case 'pk': return node.keys[0]?.size === undefined ? null : node.keys[0].size + 2;
    case 'pkh': return 25;
    case 'wpkh': return 22;
    case 'wsh': return 34;
    default: return node.scriptSize ?? null;
  }
}

export function shNode(sub: DescriptorNode): DescriptorNode {
  const nested = sub.name === 'wpkh' || sub.name === 'wsh';
  return {
    name: 'sh', keys: NONE, subs: [sub], solvable: true, outputType: nested ? 'p2sh-segwit' : 'legacy',
    args: (_print, print) => print(sub),
    scripts: (_pubkeys, subs, out) => {
      out.addScript(first(subs));
      return [p2shScript(first(subs))];
    },
    maxSatisfaction: (context) => {
      const inner = sub.maxSatisfaction(context);
      const size = scriptSize(sub);
      if (inner === null || size === null) return null;
      // The push counts as one byte whatever the script's size, as in the reference, whose fees this must match.
      return { size: inner.size + (1 + size) * 4, items: inner.items + 1 };
    },
  };
}

export function wshNode(sub: DescriptorNode): DescriptorNode {
  return {
    name: 'wsh', keys: NONE, subs: [sub], solvable: true, outputType: 'bech32',
    args: (_print, print) => print(sub),
    scripts: (_pubkeys, subs, out) => {
      out.addScript(first(subs));
      return [p2wshScript(first(subs))];
    },
    maxSatisfaction: (context) => {
      const inner = sub.maxSatisfaction(context);
      const size = scriptSize(sub);
      if (inner === null || size === null) return null;
      // What weighs four units in a scriptSig weighs one here.
      return { size: inner.size / 4 + compactSizeLength(size) + size, items: inner.items + 1 };
    },
  };
}

export function trNode(internal: KeyExpression, subs: readonly DescriptorNode[], depths: readonly number[]): DescriptorNode {
  return {
    name: 'tr', keys: [internal], subs, solvable: true, outputType: 'bech32m',
    args: (print, printSub) => {
      const key = print(internal);
      const leaves = subs.map(printSub);
      if (key === null || leaves.includes(null)) return null;
      return leaves.length === 0 ? key : `${key},${treeText(leaves as string[], depths)}`;
    },
    scripts: (pubkeys, leaves, out, tweaked) => {
      const output = buildTaproot(first(pubkeys).slice(1), leaves.map((script, i) => ({ depth: depths[i] ?? 0, leafVersion: TAPROOT_LEAF_TAPSCRIPT, script })), tweaked);
      out.taproot.set(Buffer.from(output.outputKey).toString('latin1'), output);
      return [witnessScript(1, output.outputKey)];
    },
    // The key path is what a spender takes who has the choice.
    maxSatisfaction: () => ({ size: 1 + 65, items: 1 }),
  };
}

/** `{a,{b,c}}` of leaves in depth-first order. */
function treeText(leaves: readonly string[], depths: readonly number[]): string {
  const path: boolean[] = [];
  let out = '';
  leaves.forEach((leaf, i) => {
    if (i > 0) out += ',';
    while (path.length <= (depths[i] ?? 0)) {
      if (path.length > 0) out += '{';
      path.push(false);
    }
    out += leaf;
    while (path.length > 0 && path.at(-1) === true) {
      if (path.length > 1) out += '}';
      path.pop();
    }
    if (path.length > 0) path[path.length - 1] = true;
  });
  return out;
}

/** A miniscript; `keys` are what its key numbers mean. */
export function miniscriptNode(node: MiniscriptNode, keys: readonly KeyExpression[]): DescriptorNode {
  const tapscript = node.context === 'tapscript';
  return {
    name: '', keys, subs: NONE, solvable: true, outputType: null, scriptSize: node.scriptSize, warnings: unsafeLocks(node),
    args: (print) => node.toText((i) => print(keys[i] as KeyExpression)),
    scripts: (pubkeys, _subs, out) => {
      // In tapscript keys are x-only, and so are they in their hashes.
      const bytes = pubkeys.map((k) => (tapscript ? k.slice(1) : k));
      if (tapscript) bytes.forEach((xonly, i) => out.pubkeys.set(toKey(hash160(xonly)), pubkeys[i] as Uint8Array));
      return [node.toScript((i) => bytes[i] as Uint8Array, (i) => hash160(bytes[i] as Uint8Array))];
    },
    maxSatisfaction: () => {
      const size = node.maxWitnessSize;
      const items = node.maxStackItems;
      return size === null || items === null ? null : { size: size * 4, items };
    },
  };
}

/** Relative locks of a descriptor that are beyond what the chain can express. */
function unsafeLocks(node: MiniscriptNode): string[] {
  const out: string[] = [];
  for (const { fragment, k } of node.parts()) {
    if (fragment !== 'older' || (k & ~(1 << 22)) <= 0xffff) continue;
    out.push((k & (1 << 22)) !== 0
      ? `time-based relative locktime: older(${k}) > (65535 * 512) seconds is unsafe`
      : `height-based relative locktime: older(${k}) > 65535 blocks is unsafe`);
  }
  return out;
}

export function rawTrNode(key: KeyExpression): DescriptorNode {
  return keyNode('rawtr', key, {
    scripts: (pubkeys) => [witnessScript(1, first(pubkeys).slice(1))],
    outputType: 'bech32m',
    maxSatisfaction: () => ({ size: 1 + 65, items: 1 }),
  });
}

export function unusedNode(key: KeyExpression): DescriptorNode {
  return keyNode('unused', key, { scripts: () => [], outputType: null, maxSatisfaction: () => null });
}

export function rawNode(script: Uint8Array): DescriptorNode {
  const destination = extractDestination(script);
  return {
    name: 'raw', keys: NONE, subs: NONE, solvable: false, outputType: destination === null ? null : outputTypeOf(destination),
    args: () => toHex(script), scripts: () => [script], maxSatisfaction: () => null,
  };
}

export function addrNode(destination: Destination, params: AddressParams): DescriptorNode {
  return {
    name: 'addr', keys: NONE, subs: NONE, solvable: false, outputType: outputTypeOf(destination),
    args: () => encodeDestination(destination, params), scripts: () => [scriptForDestination(destination)], maxSatisfaction: () => null,
  };
}

/** Output type of an address; null for a bare key. */
export function outputTypeOf(destination: Destination): OutputType | null {
  if (!hasAddress(destination)) return null;
  switch (destination.type) {
    case 'pkh': case 'sh': return 'legacy';
    case 'wpkh': case 'wsh': return 'bech32';
    default: return 'bech32m';
  }
}
