import { describe, expect, it } from '@jest/globals';
import { randomBytes } from '../../../src/crypto/random.ts';
import { publicKey, schnorrVerify } from '../../../src/crypto/secp256k1.ts';
import { aggregateNonces, aggregatePubkeys, generateNonce, MusigSession, type MusigTweak } from '../../../src/script/musig2.ts';
import { SecretNonces } from '../../../src/script/secret-nonces.ts';
import { concatBytes, fromHex, toHex } from '../../../src/util/bytes.ts';
import { describeVectors, readVectorJson } from '../../support/vectors.ts';

interface Failure { readonly contrib?: string; readonly message?: string }

interface SignCase {
  readonly key_indices: number[];
  readonly nonce_indices: number[];
  readonly tweak_indices?: number[];
  readonly is_xonly?: boolean[];
  readonly msg_index?: number;
  readonly signer_index: number;
  readonly expected: string;
}

const hex = (bytes: Uint8Array | null): string | null => (bytes === null ? null : toHex(bytes).toUpperCase());
const pick = (from: readonly string[], at: readonly number[]): Uint8Array[] => at.map((i) => fromHex(from[i] ?? ''));
const tweaksOf = (from: readonly string[], at: readonly number[] = [], xonly: readonly boolean[] = []): MusigTweak[] =>
  pick(from, at).map((tweak, i) => ({ tweak, xonly: xonly[i] === true }));

/** A session for keys, tweaks and nonces that make none else is null. */
function session(pubkeys: Uint8Array[], nonces: Uint8Array[], tweaks: MusigTweak[], message: Uint8Array): MusigSession {
  const made = MusigSession.create(pubkeys, nonces, tweaks, message);
  if (made === null) throw new Error('no session');
  return made;
}

describeVectors('published vectors of BIP 327', () => {
  it('aggregate keys, refuse wrong ones, and refuse tweaks that make none', () => {
    const v = readVectorJson<{
      pubkeys: string[]; tweaks: string[]; valid_test_cases: { key_indices: number[]; expected: string }[];
      error_test_cases: { key_indices: number[]; tweak_indices: number[]; is_xonly: boolean[] }[];
    }>('bip327/key_agg.json');
    for (const { key_indices, expected } of v.valid_test_cases) expect(hex(aggregatePubkeys(pick(v.pubkeys, key_indices)))?.slice(2)).toBe(expected);
    const { public: nonce } = generateNonce({ key: new Uint8Array(32).fill(1), aggregate: new Uint8Array(32), message: new Uint8Array(0), random: randomBytes(32), extra: new Uint8Array(0) });
    for (const { key_indices, tweak_indices, is_xonly } of v.error_test_cases) {
      const nonces = key_indices.map(() => nonce);
      expect(MusigSession.create(pick(v.pubkeys, key_indices), nonces, tweaksOf(v.tweaks, tweak_indices, is_xonly), new Uint8Array(32))).toBeNull();
    }
  });

  it('make nonces', () => {
    const { test_cases } = readVectorJson<{ test_cases: Record<string, string | null>[] }>('bip327/nonce_gen.json');
    let seen = 0;
    for (const { rand_, sk, aggpk, msg, extra_in, expected_secnonce, expected_pubnonce } of test_cases) {
      // One case has no key and no message: we never make a nonce without them.
      if (typeof sk !== 'string' || typeof msg !== 'string') continue;
      const nonce = generateNonce({ key: fromHex(sk), aggregate: fromHex(aggpk ?? ''), message: fromHex(msg), random: fromHex(rand_ ?? ''), extra: fromHex(extra_in ?? '') });
      expect([hex(nonce.secret), hex(nonce.public)]).toEqual([expected_secnonce, expected_pubnonce]);
      seen++;
    }
    expect(seen).toBe(3);
  });

  it('aggregate nonces', () => {
    const v = readVectorJson<{
      pnonces: string[]; valid_test_cases: { pnonce_indices: number[]; expected: string }[]; error_test_cases: { pnonce_indices: number[] }[];
    }>('bip327/nonce_agg.json');
    for (const { pnonce_indices, expected } of v.valid_test_cases) expect(hex(aggregateNonces(pick(v.pnonces, pnonce_indices)))).toBe(expected);
    for (const { pnonce_indices } of v.error_test_cases) expect(aggregateNonces(pick(v.pnonces, pnonce_indices))).toBeNull();
  });

  it('sign, and tell wrong partial signatures, keys and nonces', () => {
    const v = readVectorJson<{
      sk: string; pubkeys: string[]; secnonces: string[]; pnonces: string[]; msgs: string[]; valid_test_cases: SignCase[];
      sign_error_test_cases: { key_indices: number[]; msg_index: number; secnonce_index: number; error: Failure }[];
      verify_fail_test_cases: (SignCase & { sig: string })[]; verify_error_test_cases: (SignCase & { sig: string })[];
    }>('bip327/sign_verify.json');
    const made = (c: SignCase): MusigSession | null =>
      MusigSession.create(pick(v.pubkeys, c.key_indices), pick(v.pnonces, c.nonce_indices), [], fromHex(v.msgs[c.msg_index ?? 0] ?? ''));
    const secret = (i: number): Uint8Array => fromHex(v.secnonces[i] ?? '');
    for (const c of v.valid_test_cases) {
      expect(hex(made(c)?.partialSign(fromHex(v.sk), secret(0)) ?? null)).toBe(c.expected);
      expect(made(c)?.verifyPartial(fromHex(c.expected), c.signer_index)).toBe(true);
    }
    let seen = 0;
    for (const c of v.sign_error_test_cases) {
      // A session here is made of the nonces of all: an aggregate of somebody else's making does not get in.
      if (c.error.contrib === 'aggnonce') continue;
      const s = MusigSession.create(pick(v.pubkeys, c.key_indices), pick(v.pnonces, [0, 1, 2].slice(0, c.key_indices.length)), [], fromHex(v.msgs[c.msg_index] ?? ''));
      expect(s?.partialSign(fromHex(v.sk), secret(c.secnonce_index)) ?? null).toBeNull();
      seen++;
    }
    expect(seen).toBe(3);
    for (const c of v.verify_fail_test_cases) expect(made(c)?.verifyPartial(fromHex(c.sig), c.signer_index)).toBe(false);
    for (const c of v.verify_error_test_cases) expect(made(c)).toBeNull();
  });

  it('sign under tweaks', () => {
    const v = readVectorJson<{
      sk: string; pubkeys: string[]; secnonce: string; pnonces: string[]; tweaks: string[]; msg: string; valid_test_cases: SignCase[]; error_test_cases: SignCase[];
    }>('bip327/tweak.json');
    const made = (c: SignCase): MusigSession | null =>
      MusigSession.create(pick(v.pubkeys, c.key_indices), pick(v.pnonces, c.nonce_indices), tweaksOf(v.tweaks, c.tweak_indices, c.is_xonly), fromHex(v.msg));
    for (const c of v.valid_test_cases) expect(hex(made(c)?.partialSign(fromHex(v.sk), fromHex(v.secnonce)) ?? null)).toBe(c.expected);
    for (const c of v.error_test_cases) expect(made(c)).toBeNull();
  });

  it('aggregate partial signatures', () => {
    type Case = SignCase & { readonly psig_indices: number[] };
    const v = readVectorJson<{
      pubkeys: string[]; pnonces: string[]; tweaks: string[]; psigs: string[]; msg: string; valid_test_cases: Case[]; error_test_cases: Case[];
    }>('bip327/sig_agg.json');
    const signature = (c: Case): Uint8Array | null =>
      session(pick(v.pubkeys, c.key_indices), pick(v.pnonces, c.nonce_indices), tweaksOf(v.tweaks, c.tweak_indices, c.is_xonly), fromHex(v.msg)).aggregate(pick(v.psigs, c.psig_indices));
    for (const c of v.valid_test_cases) expect(hex(signature(c))).toBe(c.expected);
    for (const c of v.error_test_cases) expect(signature(c)).toBeNull();
  });
});

describe('MuSig2 among signers of one process', () => {
  const message = randomBytes(32);

  it.each([1, 2, 3, 5])('%i sign for their aggregate key', (n) => {
    const keys = Array.from({ length: n }, () => randomBytes(32));
    const pubkeys = keys.map((key) => publicKey(key));
    const aggregate = aggregatePubkeys(pubkeys) ?? new Uint8Array(0);
    const made = keys.map((key) => generateNonce({ key, aggregate: aggregate.subarray(1), message, random: randomBytes(32), extra: new Uint8Array(0) }));
    const s = session(pubkeys, made.map((nonce) => nonce.public), [], message);
    const partials = keys.map((key, i) => s.partialSign(key, made[i]?.secret ?? new Uint8Array(0)) ?? new Uint8Array(0));
    expect(schnorrVerify(s.aggregate(partials) ?? new Uint8Array(0), message, aggregate.subarray(1))).toBe(true);
    (partials[0] as Uint8Array)[31] = ((partials[0] as Uint8Array)[31] ?? 0) ^ 1;
    expect(s.aggregate(partials)).toBeNull();
  });
});

describe('SecretNonces', () => {
  const key = new Uint8Array(32).fill(7);
  const participant = publicKey(key);
  const purpose = { scriptKey: participant, participant, message: new Uint8Array(32).fill(1) };
  const aggregate = participant.subarray(1);

  it('gives a secret out once, and only for what it was made for', () => {
    const nonces = new SecretNonces(randomBytes);
    const nonce = nonces.create(purpose, key, aggregate);
    expect(nonces.take({ ...purpose, message: new Uint8Array(32).fill(2) }, nonce)).toBeUndefined();
    expect(nonces.take({ ...purpose, scriptKey: publicKey(new Uint8Array(32).fill(8)) }, nonce)).toBeUndefined();
    const secret = nonces.take(purpose, nonce) ?? new Uint8Array(0);
    expect(concatBytes(publicKey(secret.slice(0, 32)), publicKey(secret.slice(32, 64)))).toEqual(nonce);
    expect(nonces.take(purpose, nonce)).toBeUndefined();
    expect(nonces.size).toBe(0);
  });

  it('never makes the same nonce twice, not even without randomness', () => {
    const nonces = new SecretNonces((n) => new Uint8Array(n));
    expect(nonces.create(purpose, key, aggregate)).not.toEqual(nonces.create(purpose, key, aggregate));
  });

  it('forgets the oldest where too many wait', () => {
    const nonces = new SecretNonces(randomBytes, 2);
    const [first, second, third] = [1, 2, 3].map(() => nonces.create(purpose, key, aggregate)) as [Uint8Array, Uint8Array, Uint8Array];
    expect(nonces.size).toBe(2);
    expect(nonces.take(purpose, first)).toBeUndefined();
    expect(nonces.take(purpose, second)).toBeDefined();
    expect(nonces.take(purpose, third)).toBeDefined();
  });
});
