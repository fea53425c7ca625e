import { describe, expect, it } from '@jest/globals';
import { hash160 } from '../../../src/crypto/hash.ts';
import { publicKey } from '../../../src/crypto/secp256k1.ts';
import { decodeMiniscript } from '../../../src/script/miniscript/decode.ts';
import type { MiniscriptNode } from '../../../src/script/miniscript/node.ts';
import { parseMiniscript } from '../../../src/script/miniscript/parse.ts';
import { type Satisfier, satisfyMiniscript } from '../../../src/script/miniscript/satisfy.ts';
import type { MiniscriptContext } from '../../../src/script/miniscript/types.ts';
import { equalBytes, toHex } from '../../../src/util/bytes.ts';

/** Keys are named by letters. */
const pubkey = (name: string): Uint8Array => publicKey(new Uint8Array(32).fill(name.charCodeAt(0)));

interface Parsed { node: MiniscriptNode; names: string[]; bytes: (i: number) => Uint8Array }

function parse(text: string, context: MiniscriptContext = 'p2wsh'): Parsed | null {
  const names: string[] = [];
  const node = parseMiniscript(text, context, (name) => names.push(name) - 1);
  if (node === null) return null;
  node.checkDuplicateKeys((i) => names[i] ?? '');
  return { node, names, bytes: (i) => (context === 'p2wsh' ? pubkey(names[i] ?? '') : pubkey(names[i] ?? '').slice(1)) };
}

const valid = (text: string, context: MiniscriptContext = 'p2wsh'): boolean => parse(text, context)?.node.isValidTopLevel ?? false;
const SANE = [
  'pk(A)', 'pkh(A)', 'multi(2,A,B,C)', 'and_v(v:pk(A),older(144))', 'or_d(pk(A),and_v(v:pkh(B),older(1000)))', 'andor(pk(A),older(10),pk(B))',
  'thresh(2,pk(A),s:pk(B),sln:older(32))', 'or_i(and_v(v:pkh(A),after(500000)),pk(B))', 'and_v(or_c(pk(A),v:older(10)),pk(B))', 'c:or_i(pk_k(A),pk_h(B))',
  `and_v(v:sha256(${'11'.repeat(32)}),pk(A))`, `and_b(pk(A),a:hash160(${'22'.repeat(20)}))`, 't:or_c(pk(A),v:pk(B))', 'or_b(pk(A),s:pk(B))', 'and_n(pk(A),j:and_v(v:pk(B),older(5)))',
];

describe('miniscript', () => {
  it('keeps its text through script and back', () => {
    for (const text of SANE) {
      const parsed = parse(text);
      if (parsed === null) throw new Error(text);
      const { node, names, bytes } = parsed;
      expect([text, node.isSane]).toEqual([text, true]);
      expect(node.toText((i) => names[i] ?? null)).toBe(text);
      const script = node.toScript(bytes, (i) => hash160(bytes(i)));
      expect(script).toHaveLength(node.scriptSize);
      const back = decodeMiniscript(script, 'p2wsh', (hash) => names.map(pubkey).find((k) => equalBytes(hash160(k), hash)) ?? null);
      const nameOf = (i: number): string => names.find((n) => equalBytes(pubkey(n), back?.keys[i] ?? pubkey('?'))) ?? '?';
      const again = back?.node.toText(nameOf);
      // and_v and some wrappers commute: their script is the same, their text may differ.
      expect(back?.node.toScript((i) => back.keys[i] as Uint8Array, (i) => hash160(back.keys[i] as Uint8Array))).toEqual(script);
      expect(again).toBeDefined();
    }
  });

  it('types its parts', () => {
    expect(valid('andor(0,1,1)')).toBe(true);
    expect(valid('andor(a:0,1,1)')).toBe(false);
    expect(valid('and_v(1,1)')).toBe(false);
    expect(valid('l:older(2147483647)')).toBe(true);
    expect(valid('l:older(2147483648)')).toBe(false);
    expect(valid('thresh(2,pk(A),pk(B))')).toBe(false);
    expect(valid('multi(1,A)', 'tapscript')).toBe(false);
    expect(valid('multi_a(1,A)', 'tapscript')).toBe(true);
    expect(valid('wrong(1)')).toBe(false);
    expect(valid('vv:1')).toBe(false);
  });

  it('knows what is not sane', () => {
    expect(parse('or_i(older(1),pk(A))')?.node.needsSignature).toBe(false);
    expect(parse('or_i(pk(A),pk(A))')?.node.hasDistinctKeys).toBe(false);
    expect(parse('thresh(2,ndv:after(100),a:pk(A),andv:after(500000001))')?.node.hasUnmixedLocks).toBe(false);
    expect(parse('and_b(or_b(pkh(A),s:pk(B)),s:pk(A))')?.node.isSane).toBe(false);
  });

  it('bounds what spends it', () => {
    const node = parse('multi(2,A,B,C)')?.node;
    expect([node?.maxWitnessSize, node?.maxStackItems]).toEqual([1 + 2 * 73, 3]);
    expect(parse('pk(A)', 'tapscript')?.node.maxWitnessSize).toBe(66);
  });

  it('is satisfied by the smallest stack that nobody can change', () => {
    const signature = (name: string): Uint8Array => new Uint8Array(71).fill(name.charCodeAt(0));
    const solve = (text: string, signers: string, older: number): string[] | null => {
      const parsed = parse(text);
      if (parsed === null) throw new Error(text);
      const satisfier: Satisfier = {
        key: parsed.bytes, sign: (i) => (signers.includes(parsed.names[i] ?? '?') ? signature(parsed.names[i] ?? '') : null),
        after: () => false, older: (n) => n <= older, preimage: () => null,
      };
      return satisfyMiniscript(parsed.node, satisfier)?.map((item) => (item.length === 71 ? String.fromCharCode(item[0] as number) : toHex(item))) ?? null;
    };
    const vault = 'or_d(pk(A),and_v(v:pkh(B),older(1000)))';
    expect(solve(vault, 'A', 0)).toEqual(['A']);
    expect(solve(vault, 'B', 0)).toBeNull();
    expect(solve(vault, 'B', 1000)).toEqual(['B', toHex(pubkey('B')), '']);
    expect(solve('multi(2,A,B,C)', 'AC', 0)).toEqual(['', 'A', 'C']);
    expect(solve('multi(2,A,B,C)', 'A', 0)).toBeNull();
    expect(solve('thresh(2,pk(A),s:pk(B),sln:older(32))', 'B', 32)).toEqual(['', 'B', '']);
    expect(solve('or_b(pk(A),s:pk(B))', 'B', 0)).toEqual(['B', '']);
  });
});
