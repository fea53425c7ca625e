import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ExtKey } from '../../../src/crypto/bip32.ts';
import { TweakAdder } from '../../../src/crypto/add-tweaks.ts';
import { ELEMENT_BYTES, loadField, readElement, writeElement } from '../../../src/crypto/field-wasm.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { convertPubkey, pubkeyAddTweak, pubkeysAddTweaks, publicKey, xonlyAddTweak, xonlysAddTweaks } from '../../../src/crypto/secp256k1.ts';
import { NOBLE_ENGINE } from '../../../src/crypto/secp256k1-noble.ts';
import { concatBytes, fromHex, toHex, utf8 } from '../../../src/util/bytes.ts';

const P = 2n ** 256n - 2n ** 32n - 977n;
const N_HEX = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141';
const [A, B, OUT] = [1, 2, 3].map((i) => i * ELEMENT_BYTES) as [number, number, number];

/** Numbers in whose digits carries run far, and others. */
const number = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
  fc.constantFrom(0n, 1n, 2n, P - 1n, P, P + 1n, 2n ** 256n - 1n, 2n ** 255n, 2n ** 26n - 1n, 2n ** 52n - 1n, 2n ** 234n - 1n, 2n ** 256n - 2n ** 26n),
  fc.tuple(fc.nat(255), fc.nat(255)).map(([a, b]) => (2n ** BigInt(Math.max(a, b) + 1) - 1n) ^ (2n ** BigInt(Math.min(a, b)) - 1n)),
);
const scalar = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('the field', () => {
  const field = loadField();
  it('multiplies and subtracts as numbers do', () => {
    fc.assert(fc.property(number, number, (a, b) => {
      writeElement(field, A, a);
      writeElement(field, B, b);
      field.mul(OUT, A, B);
      expect(readElement(field, OUT) % P).toBe((a * b) % P);
      field.sub(OUT, A, B);
      expect(readElement(field, OUT) % P).toBe((((a - b) % P) + P) % P);
    }), { numRuns: 3000 });
  });

  it('goes on with what it has left, which need not be below the modulus', () => {
    fc.assert(fc.property(number, fc.array(fc.tuple(fc.boolean(), number), { minLength: 1, maxLength: 30 }), (start, steps) => {
      writeElement(field, OUT, start);
      let value = start;
      for (const [times, other] of steps) {
        writeElement(field, A, other);
        (times ? field.mul : field.sub)(OUT, OUT, A);
        value = times ? value * other : value - other;
        // And with itself, which is where both inputs are as large as can be.
        field.mul(OUT, OUT, OUT);
        field.sub(OUT, A, OUT);
        value = (other - value * value) % P;
      }
      expect(readElement(field, OUT) % P).toBe(((value % P) + P) % P);
    }), { numRuns: 500 });
  });
});

describe('tweaks added to many keys', () => {
  const adder = new TweakAdder((s) => publicKey(s, false));
  const plain = (key: Uint8Array): Uint8Array => convertPubkey(publicKey(key), false) ?? key;

  it('give what noble gives', () => {
    fc.assert(fc.property(fc.array(fc.tuple(scalar, scalar), { minLength: 1, maxLength: 20 }), (pairs) => {
      const pubkeys = pairs.map(([seed]) => plain(sha256(seed)));
      const tweaks = pairs.map(([, tweak]) => tweak);
      adder.add(pubkeys, tweaks).forEach((sum, i) => {
        const right = NOBLE_ENGINE.pointAddScalar(pubkeys[i] as Uint8Array, tweaks[i] as Uint8Array, true);
        expect(sum === null ? null : toHex(sum)).toBe(right === null ? null : toHex(right));
      });
    }), { numRuns: 30 });
  }, 60_000);

  it('use every entry of the table', () => {
    const key = plain(sha256(utf8('table')));
    for (let part = 0; part < 32; part++) {
      const tweaks = Array.from({ length: 255 }, (_, i) => {
        const tweak = new Uint8Array(32);
        tweak[31 - part] = i + 1;
        return tweak;
      });
      const sums = adder.add(tweaks.map(() => key), tweaks);
      sums.forEach((sum, i) => expect(sum === null ? null : toHex(sum)).toBe(toHex(pubkeyAddTweak(key, tweaks[i] as Uint8Array) ?? key)));
    }
  }, 60_000);

  it('say nothing of sums that go over infinity or a double, and of tweaks that are too large', () => {
    const one = new Uint8Array(32);
    one[31] = 1;
    const order = fromHex(N_HEX);
    const beforeOrder = order.slice();
    beforeOrder[31] = (beforeOrder[31] as number) - 1;
    expect(adder.add([plain(one)], [one])).toEqual([null]);
    expect(adder.add([plain(beforeOrder)], [one])).toEqual([null]);
    expect(adder.add([plain(sha256(one))], [order])).toEqual([null]);
    expect(adder.add([plain(sha256(one))], [new Uint8Array(32)])).toEqual([publicKey(sha256(one))]);
  });
});

describe('many keys at once', () => {
  const many = 400;
  const tweak = (i: number): Uint8Array => sha256(utf8(`tweak ${i}`));
  const key = publicKey(sha256(utf8('key')));
  const hexes = (list: readonly (Uint8Array | null)[]): (string | null)[] => list.map((one) => (one === null ? null : toHex(one)));

  it('are the same as one at a time', () => {
    const one = new Uint8Array(32);
    one[31] = 1;
    const tweaks = Array.from({ length: many }, (_, i) => (i === 7 ? fromHex(N_HEX) : i === 9 ? new Uint8Array(32) : tweak(i)));
    const pubkeys = tweaks.map((_, i) => (i % 3 === 0 ? publicKey(sha256(tweak(i)), i % 2 === 0) : i === 10 ? publicKey(one) : key));
    tweaks[10] = one;
    const single = pubkeys.map((pubkey, i) => pubkeyAddTweak(pubkey, tweaks[i] as Uint8Array));
    expect(single[7]).toBeNull();
    expect(single[10]).not.toBeNull();
    expect(hexes(pubkeysAddTweaks(pubkeys, tweaks))).toEqual(hexes(single));
    // One that lies on no curve.
    const broken = pubkeys.map((pubkey, i) => (i === 200 ? concatBytes(Uint8Array.of(2), new Uint8Array(32)) : pubkey));
    expect(pubkeysAddTweaks(broken, tweaks)[200]).toBeNull();
    expect(hexes(pubkeysAddTweaks(broken, tweaks).slice(0, 200))).toEqual(hexes(single.slice(0, 200)));
    expect(pubkeysAddTweaks([], [])).toEqual([]);
  });

  it('with x alone, too', () => {
    const tweaks = Array.from({ length: many }, (_, i) => tweak(i));
    const xonlys = tweaks.map((one) => publicKey(sha256(one)).subarray(1));
    expect(xonlysAddTweaks(xonlys, tweaks)).toEqual(xonlys.map((xonly, i) => xonlyAddTweak(xonly, tweaks[i] as Uint8Array)));
  });

  it('are the children of an extended key', () => {
    const parent = ExtKey.fromSeed(sha256(utf8('seed'))).neuter();
    const children = parent.deriveMany(5, many);
    expect(children).toHaveLength(many);
    children.forEach((child, i) => expect(child?.encode()).toEqual(parent.derive(5 + i)?.encode()));
    expect(parent.deriveMany(0x7fffffff, 2)).toEqual([parent.derive(0x7fffffff), null]);
  });
});
