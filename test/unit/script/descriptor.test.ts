import { describe, expect, it } from '@jest/globals';
import { ExtKey } from '../../../src/crypto/bip32.ts';
import { builtinCoin } from '../../../src/params/builtin-coins.ts';
import { networkParams } from '../../../src/params/chain-params.ts';
import { DescriptorCache } from '../../../src/script/descriptor/cache.ts';
import { descriptorChecksum } from '../../../src/script/descriptor/checksum.ts';
import type { Descriptor } from '../../../src/script/descriptor/descriptor.ts';
import { inferDescriptor } from '../../../src/script/descriptor/infer.ts';
import { aggregateExtPubKey } from '../../../src/script/descriptor/musig-key.ts';
import { parseDescriptors } from '../../../src/script/descriptor/parse.ts';
import { encodeExtKey, encodeExtPubKey } from '../../../src/script/key-io.ts';
import { aggregatePubkeys } from '../../../src/script/musig2.ts';
import { SigningProvider } from '../../../src/script/signing-provider.ts';
import { multisigScript } from '../../../src/script/standard.ts';
import { buildTaproot, type TapLeaf } from '../../../src/script/taproot.ts';
import { compareBytes, fromHex, toHex } from '../../../src/util/bytes.ts';
import { errorText } from '../../../src/util/errors.ts';
import { describeVectors, readVectorJson } from '../../support/vectors.ts';

const BITCOIN = builtinCoin('bitcoin');
if (BITCOIN === undefined) throw new Error('bitcoin is not built in');
const MAIN = networkParams(BITCOIN, 'main');
const MASTER = ExtKey.fromSeed(new Uint8Array(32).fill(7));
const XPRV = encodeExtKey(MASTER, MAIN);
const XPUB = encodeExtPubKey(MASTER.neuter(), MAIN);
const KEY = '03a34b99f22c790c4e36b2b3c2c35a36db06226e41c692fc82b8b56ac1c540c5bd';
const KEY_2 = '03cdabb7f2dce7bfbd8a0b9570c6fd1e712e5d64045e9d6b517b3d5072251dc204';
const bare = (text: string | null): string => (text ?? '').split('#')[0] ?? '';

function parse(text: string, keys = new SigningProvider()): Descriptor {
  const [first] = parseDescriptors(text, MAIN, keys);
  if (first === undefined) throw new Error('nothing parsed');
  return first;
}

function fault(text: string, requireChecksum = false): string {
  try {
    parseDescriptors(text, MAIN, new SigningProvider(), requireChecksum);
    return '';
  } catch (e) {
    return errorText(e);
  }
}

describe('descriptors', () => {
  const KINDS = [
    `pk(${KEY})`, `pkh(${KEY})`, `wpkh(${KEY})`, `sh(wpkh(${KEY}))`, `combo(${KEY})`, `multi(1,${KEY},${KEY_2})`, `sh(sortedmulti(2,${KEY},${KEY_2}))`,
    `wsh(multi(1,${KEY}))`, `sh(wsh(pkh(${KEY})))`, `tr(${KEY.slice(2)})`, `tr(${KEY.slice(2)},{pk(${KEY_2.slice(2)}),{multi_a(1,${KEY.slice(2)},${KEY_2.slice(2)}),pk(${KEY.slice(2)})}})`,
    `rawtr(${KEY.slice(2)})`, 'raw(6a0548656c6c6f)', 'addr(3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy)', `wpkh([d34db33f/44'/0'/0']${XPUB}/1/*)`, `pkh(${XPUB}/0h/1/*h)`,
    `wsh(or_d(pk(${KEY}),and_v(v:pkh(${KEY_2}),older(1000))))`, `tr(${KEY.slice(2)},and_v(v:pk(${KEY_2.slice(2)}),after(100)))`, `tr(musig(${KEY},${KEY_2}))`,
    `tr(musig(${XPUB},${KEY_2}),pk(musig(${XPUB}/1,${XPUB}/2)/0/*))`, `unused(${XPUB})`,
  ];

  it('print what they were', () => {
    for (const text of KINDS) {
      const descriptor = parse(text);
      expect(bare(descriptor.toString())).toBe(text);
      expect(fault(descriptor.toString(), true)).toBe('');
    }
  });

  it('are found again by their scripts', () => {
    for (const text of KINDS.filter((kind) => !/combo|addr|raw|multi\(|xpub|musig|unused/.test(kind))) {
      const expansion = parse(text).expand(0, new SigningProvider());
      const script = expansion?.scripts[0];
      if (expansion === null || script === undefined) throw new Error(text);
      // Single keys are their own origin.
      expect(bare(inferDescriptor(script, expansion.provider.hiding({ origins: true }), MAIN).toString())).toBe(text);
    }
  });

  it('need their private keys for hardened steps, or what an earlier expansion left', () => {
    const keys = new SigningProvider();
    const text = `wpkh(${XPRV}/84h/0h/0h/0/*)`;
    const descriptor = parse(text, keys);
    const cache = new DescriptorCache();
    const expansion = descriptor.expand(3, keys, cache);
    expect(expansion).not.toBeNull();
    expect(descriptor.expand(3, new SigningProvider())).toBeNull();
    expect(descriptor.expandFromCache(3, cache)?.scripts).toEqual(expansion?.scripts);
    expect(descriptor.expandFromCache(4, cache)?.scripts).toEqual(descriptor.expand(4, keys)?.scripts);
    expect(bare(descriptor.toPrivateString(keys))).toBe(text);
    const account = [0x80000054, 0x80000000, 0x80000000].reduce<ExtKey | null>((key, step) => key?.derive(step) ?? null, MASTER);
    if (account === null) throw new Error('no account key');
    const normalized = `wpkh([${toHex(MASTER.fingerprint)}/84h/0h/0h]${encodeExtPubKey(account.neuter(), MAIN)}/0/*)`;
    expect(bare(descriptor.toNormalizedString(keys))).toBe(normalized);
    expect(bare(descriptor.toNormalizedString(new SigningProvider(), cache))).toBe(normalized);
    expect(parse(normalized).expand(3, new SigningProvider())?.scripts).toEqual(expansion?.scripts);
  });

  it.each([
    `wpkh(${XPUB}/0/*)`, `pkh([01020304/5h]${XPUB}/1/*)`, `combo(${XPUB}/*)`, `sh(wsh(sortedmulti(2,${XPUB}/0/*,${KEY},${XPUB}/1/*)))`, `tr(${XPUB}/2/*)`,
    `tr(${XPUB}/2/*,pk(${XPUB}/3/*))`, `tr(musig(${XPUB}/4/*,${KEY}))`, `rawtr(${XPUB}/5/*)`, `wpkh(${XPRV}/6/*h)`,
  ])('expand at many positions as at each: %s', (text) => {
    const keys = new SigningProvider();
    const descriptor = parse(text, keys);
    const cache = new DescriptorCache();
    for (let i = 0; i < 400; i++) descriptor.expand(i, keys, cache);
    const known = [...cache.derived.values()].map((own) => own.size);
    const flat = (one: ReturnType<Descriptor['expand']>): unknown => one === null ? null : {
      scripts: one.scripts.map(toHex), pubkeys: [...one.provider.pubkeys.keys()].sort(), origins: [...one.provider.origins.keys()].sort(),
      trees: [...one.provider.taproot.values()].map(({ outputKey, parity, leaves: own }) => [toHex(outputKey), parity, own.map(({ controlBlock }) => toHex(controlBlock))]),
    };
    const many = [...descriptor.expandManyFromCache(20, 350, cache)];
    expect(many.map(flat)).toEqual(many.map((_, i) => flat(descriptor.expandFromCache(20 + i, cache))));
    expect(many).not.toContain(null);
    // What was derived ahead is not kept.
    expect([...cache.derived.values()].map((own) => own.size)).toEqual(known);
    expect([...descriptor.expandManyFromCache(0, 2, new DescriptorCache())]).toEqual([null, null]);
  });

  it('come several at a time from a multipath step', () => {
    expect(parseDescriptors(`wpkh(${XPUB}/<0;1>/*)`, MAIN, new SigningProvider()).map((d) => bare(d.toString()))).toEqual([`wpkh(${XPUB}/0/*)`, `wpkh(${XPUB}/1/*)`]);
    expect(fault(`wsh(multi(1,${XPUB}/<0;1>/*,${XPUB}/<0;1;2>/*))`)).toBe('multi(): Multipath derivation paths have mismatched lengths');
  });

  it('say what is wrong with them', () => {
    expect(fault(`pkh(${KEY})#`)).toBe('Expected 8 character checksum, not 0 characters');
    expect(fault(`pkh(${KEY})#00000000`)).toBe(`Provided checksum '00000000' does not match computed checksum '${descriptorChecksum(`pkh(${KEY})`)}'`);
    expect(fault(`pkh(${KEY})`, true)).toBe('Missing checksum');
    expect(fault('foo(bar)')).toBe("'foo(bar)' is not a valid descriptor function");
    expect(fault(`wsh(wsh(pk(${KEY})))`)).toBe('Can only have wsh() at top level or inside sh()');
    expect(fault(`pkh(${XPUB}/x)`)).toBe("pkh(): Key path value 'x' is not a valid uint32");
    expect(fault(`pkh(${XPUB}/2147483648)`)).toBe('pkh(): Key path value 2147483648 is out of range');
    expect(fault(`wsh(or_i(older(1),pk(${KEY})))`)).toBe(`or_i(older(1),pk(${KEY})) is not sane: witnesses without signature exist`);
    expect(fault(`wpkh(musig(${KEY}))`)).toBe('wpkh(): musig() is only allowed in tr() and rawtr()');
    expect(fault('after(10)')).toBe('Miniscript expressions can only be used in wsh or tr.');
    expect(fault('wsh(1)')).toBe('1 is not sane: witnesses without signature exist');
  });

  it('bound the weight of what spends them', () => {
    const of = (text: string): (number | null)[] => [parse(text).maxSatisfactionWeight(false), parse(text).maxSatisfactionItems()];
    expect(of(`wpkh(${KEY})`)).toEqual([1 + 71 + 1 + 33, 2]);
    expect(of(`sh(wpkh(${KEY}))`)).toEqual([23 * 4 + 106, 3]);
    expect(of(`pkh(${KEY})`)).toEqual([4 * 106, 2]);
    expect(of(`tr(${KEY.slice(2)})`)).toEqual([66, 1]);
    expect(of(`wsh(multi(2,${KEY},${KEY_2}))`)).toEqual([1 + 71 + 1 + 72 * 2, 4]);
    expect(of(`wsh(and_v(v:pk(${KEY}),older(10)))`)).toEqual([1 + 37 + 73, 2]);
  });
});

interface TreeVector {
  given: { internalPubkey: string; scriptTree: TreeNode | null };
  expected: { scriptPubKey: string; scriptPathControlBlocks?: string[] };
}
type TreeNode = { script: string; leafVersion: number } | [TreeNode, TreeNode];

function leaves(node: TreeNode, depth: number): TapLeaf[] {
  if (Array.isArray(node)) return [...leaves(node[0], depth + 1), ...leaves(node[1], depth + 1)];
  return [{ depth, leafVersion: node.leafVersion, script: fromHex(node.script) }];
}

describeVectors('published outputs', () => {
  it('BIP 341: output keys and control blocks', () => {
    for (const { given, expected } of readVectorJson<{ scriptPubKey: TreeVector[] }>('bip341_wallet_vectors.json').scriptPubKey) {
      const output = buildTaproot(fromHex(given.internalPubkey), given.scriptTree === null ? [] : leaves(given.scriptTree, 0));
      expect(`5120${toHex(output.outputKey)}`).toBe(expected.scriptPubKey);
      expect(output.leaves.map((leaf) => toHex(leaf.controlBlock))).toEqual(expected.scriptPathControlBlocks ?? []);
    }
  });

  it('BIP 328: aggregate keys and their extended form', () => {
    for (const { keys, aggregate_pubkey: aggregate, xpub } of readVectorJson<{ keys: string[]; aggregate_pubkey: string; xpub: string }[]>('bip328.json')) {
      const found = aggregatePubkeys(keys.map(fromHex));
      expect(found === null ? null : toHex(found)).toBe(aggregate);
      expect(encodeExtPubKey(aggregateExtPubKey(fromHex(aggregate)), MAIN)).toBe(xpub);
    }
  });

  it('BIP 67: sorted keys', () => {
    for (const { keys, script } of readVectorJson<{ keys: string[]; sorted_keys: string[]; script: string }[]>('rpc_bip67.json')) {
      expect(toHex(multisigScript(2, keys.map(fromHex).sort(compareBytes)))).toBe(script);
    }
  });
});
