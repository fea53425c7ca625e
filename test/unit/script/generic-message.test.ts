import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import fs from 'node:fs';
import path from 'node:path';
import { builtinCoin } from '../../../src/params/builtin-coins.ts';
import { networkParams } from '../../../src/params/chain-params.ts';
import { Transaction } from '../../../src/primitives/transaction.ts';
import { parseDescriptors } from '../../../src/script/descriptor/parse.ts';
import { MAX_SIGNATURE_TEXT, readSignature, writeFull, writeSimple } from '../../../src/script/generic-message/encoding.ts';
import { signGenericMessage } from '../../../src/script/generic-message/sign.ts';
import { genericMessageHash, MESSAGE_OUTPUT, messageToSign, messageToSpend, NO_LOCKS } from '../../../src/script/generic-message/transactions.ts';
import { type MessageVerdict, verifyGenericMessage } from '../../../src/script/generic-message/verify.ts';
import { decodeDestination, decodePrivateKey, encodePrivateKey, type PrivateKey, pubkeyOf } from '../../../src/script/key-io.ts';
import { signMessage } from '../../../src/script/message.ts';
import { OP } from '../../../src/script/opcodes.ts';
import { buildScript, pushData } from '../../../src/script/script.ts';
import type { Psbt, PsbtInput } from '../../../src/script/psbt/psbt.ts';
import { parsePsbtBase64 } from '../../../src/script/psbt/read.ts';
import { psbtToBase64 } from '../../../src/script/psbt/write.ts';
import { PrecomputedTxData, SIGHASH_ALL, SIGHASH_NONE, taprootSigHash, witnessV0SigHash } from '../../../src/script/sighash.ts';
import { signTransaction } from '../../../src/script/sign.ts';
import { SigningProvider } from '../../../src/script/signing-provider.ts';
import { type Destination, extractDestination, p2shScript, p2wshScript, scriptForDestination } from '../../../src/script/standard.ts';
import { ecdsaSign, schnorrSign } from '../../../src/crypto/secp256k1.ts';
import { hash160, sha256 } from '../../../src/crypto/hash.ts';
import { concatBytes, fromHex, hashToHex, toHex, utf8 } from '../../../src/util/bytes.ts';

interface SignedVector {
  readonly message: string;
  readonly private_keys: readonly string[];
  readonly address: string;
  readonly type: string;
  readonly witness_script: string;
  readonly bip322_signatures: readonly string[];
  readonly lock_time?: number;
  readonly sequence?: number;
  readonly additional_inputs?: readonly (readonly { readonly value: number; readonly pk_script: string }[])[];
}
interface WrongVector { readonly description: string; readonly message: string; readonly address: string; readonly signature: string }
interface HashVector { readonly message: string; readonly address: string; readonly message_hash: string; readonly to_spend_tx_hash: string; readonly to_sign_tx_hash: string }
interface BasicVectors { readonly tx_hashes: readonly HashVector[]; readonly simple: readonly SignedVector[]; readonly error: readonly WrongVector[] }
interface GeneratedVectors { readonly simple: readonly SignedVector[]; readonly full: readonly SignedVector[]; readonly proof_of_funds: readonly SignedVector[]; readonly error: readonly WrongVector[] }

/** The files beside BIP 322 (version 2.0.0, CC0), as they are. */
const vectors = <T>(name: string): T => JSON.parse(fs.readFileSync(path.join(import.meta.dirname, 'vectors', name), 'utf8')) as T;
const BASIC = vectors<BasicVectors>('bip322-basic.json');
const GENERATED = vectors<GeneratedVectors>('bip322-generated.json');

const COIN = builtinCoin('bitcoin');
if (COIN === undefined) throw new Error('bitcoin is not built in');
const MAIN = networkParams(COIN, 'main');
const MAGIC = MAIN.coin.signedMessageMagic;

function destinationOf(address: string): Destination {
  const decoded = decodeDestination(address, MAIN);
  if (!decoded.ok) throw new Error(`not an address: ${address}`);
  return decoded.destination;
}

function keyOf(wif: string): PrivateKey {
  const key = decodePrivateKey(wif, MAIN);
  if (key === null) throw new Error('not a private key');
  return key;
}

const judge = (address: string, signature: string, message: string): MessageVerdict => verifyGenericMessage(destinationOf(address), signature, message, MAGIC);
const judgeScript = (script: Uint8Array, signature: string, message: string): MessageVerdict => {
  const destination = extractDestination(script);
  if (destination === null) throw new Error('no destination');
  return verifyGenericMessage(destination, signature, message, MAGIC);
};

/** The first script of a descriptor, and what is known for spending it. */
function expanded(text: string): { readonly script: Uint8Array; readonly keys: SigningProvider } {
  const keys = new SigningProvider();
  const [descriptor] = parseDescriptors(text, MAIN, keys);
  const expansion = descriptor?.expand(0, keys);
  const [script] = expansion?.scripts ?? [];
  if (descriptor === undefined || expansion === null || expansion === undefined || script === undefined) throw new Error(`no script: ${text}`);
  return { script, keys: keys.merge(expansion.provider).merge(descriptor.expandPrivate(0, keys)) };
}

describe('BIP 322: the published vectors', () => {
  it('hashes messages, and makes the two transactions', () => {
    for (const { message, address, message_hash, to_spend_tx_hash, to_sign_tx_hash } of BASIC.tx_hashes) {
      const toSpend = messageToSpend(scriptForDestination(destinationOf(address)), message);
      expect(toHex(genericMessageHash(message))).toBe(message_hash);
      expect(hashToHex(toSpend.txid)).toBe(to_spend_tx_hash);
      expect(hashToHex(messageToSign(toSpend, NO_LOCKS).txid)).toBe(to_sign_tx_hash);
    }
    expect(BASIC.tx_hashes).toHaveLength(3);
  });

  it('takes the simple signatures, with the prefix and without', () => {
    for (const { message, address, bip322_signatures: signatures } of [...BASIC.simple, ...GENERATED.simple]) {
      for (const signature of signatures) {
        const good = { state: 'valid', form: 'simple', locktime: 0, sequence: 0, fault: null, detail: '' };
        expect(judge(address, signature, message)).toEqual(good);
        if (signature.startsWith('smp')) expect(judge(address, signature.slice(3), message)).toEqual(good);
      }
    }
  });

  it('takes the full signatures, and says from when on they are good', () => {
    const types = new Set<string>();
    for (const { message, address, type, bip322_signatures: signatures, lock_time, sequence } of GENERATED.full) {
      types.add(type);
      for (const signature of signatures) {
        expect(judge(address, signature, message)).toEqual({ state: 'valid', form: 'full', locktime: lock_time, sequence, fault: null, detail: '' });
        expect(judge(address, signature.slice(3), message)).toMatchObject({ state: 'valid', form: 'full' });
      }
    }
    expect([...types]).toEqual(expect.arrayContaining(['p2pkh', 'p2wpkh', 'p2tr', 'p2tr-time-lock', 'p2sh-p2wpkh', 'p2wsh-time-lock', 'p2wsh-multisig-2of2', 'p2sh-p2wsh-multisig-2of2', 'p2sh-multisig-2of2']));
  });

  it('takes the proofs of funds, and tells what they show', () => {
    for (const { message, address, bip322_signatures: [signature = ''], lock_time, sequence, additional_inputs = [] } of GENERATED.proof_of_funds) {
      const { proven = [], ...verdict } = judge(address, signature, message);
      expect(verdict).toEqual({ state: 'valid', form: 'proof-of-funds', locktime: lock_time, sequence, fault: null, detail: '' });
      expect(proven.map(({ output }) => [output.value, toHex(output.scriptPubKey)])).toEqual(additional_inputs.flat().map(({ value, pk_script }) => [value, pk_script]));
      expect(proven.length).toBeGreaterThan(1);
      expect(judge(address, signature, `${message}.`)).toEqual({ ...verdict, state: 'invalid', locktime: 0, sequence: 0, fault: 'other-transaction' });
    }
  });

  it('refuses what is wrong', () => {
    for (const { description, message, address, signature } of [...BASIC.error, ...GENERATED.error]) {
      expect([description, judge(address, signature, message).state]).toEqual([description, 'invalid']);
    }
    const fault = (description: string): string | null => {
      const found = BASIC.error.find((one) => one.description === description);
      if (found === undefined) throw new Error(description);
      return judge(found.address, found.signature, found.message).fault;
    };
    expect(fault('invalid base64 encoding')).toBe('not-base64');
    expect(fault('empty signature')).toBe('malformed');
    expect(fault('invalid signature prefix')).toBe('not-base64');
    expect(fault('incorrect prefix type')).toBe('malformed');
    expect(fault('wrong message for valid simple p2wpkh signature (empty message was signed)')).toBe('script');
  });

  it('makes the same signatures with the same keys', () => {
    let made = 0;
    for (const vector of [...BASIC.simple, ...GENERATED.simple]) {
      const { message, address, type, private_keys: wifs, witness_script, bip322_signatures: signatures } = vector;
      const script = scriptForDestination(destinationOf(address));
      const keys = type === 'p2tr' ? expanded(`tr(${wifs[0] ?? ''})`).keys : new SigningProvider();
      for (const wif of wifs) keys.addKey(pubkeyOf(keyOf(wif)), keyOf(wif));
      if (witness_script !== '') keys.addScript(fromHex(witness_script));
      const signature = signGenericMessage(script, message, keys);
      expect([type, signature === null ? null : judge(address, signature, message).state]).toEqual([type, 'valid']);
      // Nonces are the signer's choice; ours, which give a short ECDSA signature, are among the hand-made vectors.
      if (type === 'p2wpkh' && BASIC.simple.includes(vector)) expect(signatures).toContain(signature);
      made += 1;
    }
    expect(made).toBe(8);
  });
});

const A = keyOf('L3VFeEujGtevx9w18HD1fhRbCH67Az2dpCymeRE1SoPK6XQtaN2k');
const B = keyOf('L4DksdGZ4KQJfcLHD5Dv25fu8Rxyv7hHi2RjZR4TYzr8c6h9VNrp');
const PUB_A = toHex(pubkeyOf(A));
const PUB_B = toHex(pubkeyOf(B));

describe('signed messages', () => {
  const wif = fc.uint8Array({ minLength: 32, maxLength: 32 }).filter((bytes) => bytes[0] !== 0xff && bytes.some((b) => b !== 0)).map((key) => encodePrivateKey({ key, compressed: true }, MAIN));
  const text = fc.string({ unit: 'grapheme', maxLength: 60 });
  /** Kinds of addresses, by what their signature looks like. */
  const kinds: readonly [form: 'simple' | 'full', descriptor: (k: string, l: string) => string][] = [
    ['simple', (k) => `wpkh(${k})`],
    ['simple', (k) => `tr(${k})`],
    ['simple', (k) => `tr(${PUB_A},pk(${k}))`],
    ['simple', (k, l) => `wsh(multi(2,${k},${l}))`],
    ['simple', (k) => `wsh(multi(1,${k},${PUB_A}))`],
    ['simple', (k) => `wsh(or_d(pk(${k}),and_v(v:pkh(${PUB_A}),older(5))))`],
    ['full', (k) => `pkh(${k})`],
    ['full', (k) => `sh(wpkh(${k}))`],
    ['full', (k, l) => `sh(multi(2,${k},${l}))`],
    ['full', (k, l) => `sh(wsh(multi(2,${k},${l})))`],
    ['full', (k) => `wsh(and_v(v:pk(${k}),older(144)))`],
    ['full', (k) => `tr(${PUB_A},and_v(v:pk(${k}),after(800000)))`],
  ];

  it('of every kind of address verify, and of no other address or message', () => {
    fc.assert(fc.property(fc.nat(kinds.length - 1), wif, wif, text, text, (kind, k, l, message, other) => {
      fc.pre(k !== l && message !== other);
      const [form, descriptor] = kinds[kind] as (typeof kinds)[number];
      const { script, keys } = expanded(descriptor(k, l));
      const signature = signGenericMessage(script, message, keys) ?? '';
      const verdict = judgeScript(script, signature, message);
      expect(verdict).toMatchObject({ state: 'valid', form, fault: null });
      expect(signature.slice(0, 3)).toBe(form === 'simple' ? 'smp' : 'ful');
      expect(judgeScript(script, signature, other).state).toBe('invalid');
      expect(judgeScript(scriptForDestination({ type: 'wpkh', hash: hash160(utf8(k)) }), signature, message).state).toBe('invalid');
    }), { numRuns: 60 });
  });

  it('say the locks that their scripts ask for', () => {
    const signed = (descriptor: string): MessageVerdict => {
      const { script, keys } = expanded(descriptor);
      return judgeScript(script, signGenericMessage(script, 'm', keys) ?? '', 'm');
    };
    const k = encodePrivateKey(A, MAIN);
    expect(signed(`wsh(and_v(v:pk(${k}),older(144)))`)).toMatchObject({ state: 'valid', locktime: 0, sequence: 144 });
    expect(signed(`wsh(and_v(v:pk(${k}),after(800000)))`)).toMatchObject({ state: 'valid', locktime: 800_000, sequence: 0 });
    expect(signed(`wsh(and_v(v:and_v(v:pk(${k}),older(7)),after(1700000000)))`)).toMatchObject({ state: 'valid', locktime: 1_700_000_000, sequence: 7 });
    // The branch that is free now is taken where there is its key.
    expect(signed(`wsh(or_d(pk(${k}),and_v(v:pkh(${PUB_B}),older(144))))`)).toMatchObject({ state: 'valid', form: 'simple' });
    expect(signed(`wsh(or_d(pk(${PUB_B}),and_v(v:pkh(${k}),older(144))))`)).toMatchObject({ state: 'valid', form: 'full', sequence: 144 });
  });

  it('are not made where keys are missing', () => {
    const k = encodePrivateKey(A, MAIN);
    for (const descriptor of [`wpkh(${PUB_A})`, `tr(${PUB_A})`, `wsh(multi(2,${k},${PUB_B}))`, `sh(wsh(multi(2,${k},${PUB_B})))`, `tr(${PUB_B},and_v(v:pk(${k}),pk(${PUB_B})))`]) {
      const { script, keys } = expanded(descriptor);
      expect([descriptor, signGenericMessage(script, 'm', keys)]).toEqual([descriptor, null]);
    }
    expect(signGenericMessage(buildScript(OP.OP_1, new Uint8Array(32).fill(1)), 'm', new SigningProvider())).toBeNull();
  });

  it('are refused after any change of their bytes', () => {
    const k = encodePrivateKey(A, MAIN);
    for (const descriptor of [`wpkh(${k})`, `tr(${k})`, `sh(wpkh(${k}))`, `pkh(${k})`, `wsh(multi(1,${k},${PUB_B}))`, `tr(${PUB_B},pk(${k}))`]) {
      const { script, keys } = expanded(descriptor);
      const signature = signGenericMessage(script, 'changed', keys) ?? '';
      const bytes = Buffer.from(signature.slice(3), 'base64');
      const bad = (changed: Uint8Array): void => {
        const verdict = judgeScript(script, signature.slice(0, 3) + Buffer.from(changed).toString('base64'), 'changed');
        expect([descriptor, toHex(changed), verdict.state]).not.toEqual([descriptor, toHex(changed), 'valid']);
      };
      fc.assert(fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = new Uint8Array(bytes);
        changed[at] = (changed[at] as number) ^ by;
        bad(changed);
      }), { numRuns: 40 });
      fc.assert(fc.property(fc.nat(bytes.length - 1), (length) => bad(new Uint8Array(bytes.subarray(0, length)))), { numRuns: 20 });
      bad(concatBytes(bytes, Uint8Array.of(0)));
      // Other base64 of the same bytes, too.
      expect(judgeScript(script, `${signature} `, 'changed').fault).toBe('not-base64');
    }
  });

  it('of the old kind are of P2PKH addresses only', () => {
    const signature = signMessage('old', A, MAGIC);
    const hash = hash160(pubkeyOf(A));
    expect(verifyGenericMessage({ type: 'pkh', hash }, signature, 'old', MAGIC)).toEqual({ state: 'valid', form: 'legacy', locktime: 0, sequence: 0, fault: null, detail: '' });
    expect(verifyGenericMessage({ type: 'pkh', hash }, signature, 'new', MAGIC)).toMatchObject({ state: 'invalid', form: 'legacy', fault: 'other-key' });
    expect(verifyGenericMessage({ type: 'wpkh', hash }, signature, 'old', MAGIC)).toMatchObject({ state: 'invalid', form: 'legacy', fault: 'legacy-elsewhere' });
    expect(verifyGenericMessage({ type: 'pkh', hash }, `smp${signature}`, 'old', MAGIC)).toMatchObject({ state: 'invalid', fault: 'malformed' });
  });

  it('read nothing that is too long', () => {
    expect(judgeScript(expanded(`wpkh(${PUB_A})`).script, 'A'.repeat(MAX_SIGNATURE_TEXT + 1), '')).toMatchObject({ state: 'invalid', form: null, fault: 'too-long' });
    // A count that the bytes cannot hold.
    expect(readSignature(`smp${Buffer.from(fromHex('fe00000002')).toString('base64')}`, false)).toBe('malformed');
    fc.assert(fc.property(fc.base64String({ maxLength: 400 }), fc.constantFrom('', 'smp', 'ful', 'pof'), (body, prefix) => {
      expect(['valid', 'inconclusive', 'invalid']).toContain(judgeScript(expanded(`wpkh(${PUB_A})`).script, prefix + body, 'm').state);
    }), { numRuns: 200 });
  });
});

describe('the rules for a signed message', () => {
  const hash = hash160(pubkeyOf(A));
  const witnessKey: Destination = { type: 'wpkh', hash };
  const keys = new SigningProvider();
  keys.addKey(pubkeyOf(A), A);

  /** A full signature by key A, with fields of the transaction as asked for. */
  function altered(change: (tx: Transaction) => Partial<Transaction>): string {
    const toSpend = messageToSpend(scriptForDestination(witnessKey), 'm');
    const tx = messageToSign(toSpend, NO_LOCKS);
    const { version, inputs, outputs, locktime } = { version: tx.version, inputs: tx.inputs, outputs: tx.outputs, locktime: tx.locktime, ...change(tx) };
    const other = new Transaction({ version, inputs, outputs, locktime });
    return writeFull(signTransaction(other, toSpend.outputs, keys).tx);
  }
  const full = (change: (tx: Transaction) => Partial<Transaction>): MessageVerdict => verifyGenericMessage(witnessKey, altered(change), 'm', MAGIC);

  it('hold the transaction to what BIP 322 says of its fields', () => {
    expect(full(() => ({}))).toMatchObject({ state: 'valid', form: 'full' });
    expect(full(() => ({ version: 2, locktime: 500 }))).toMatchObject({ state: 'valid', locktime: 500 });
    expect(full(() => ({ version: 1 }))).toMatchObject({ state: 'inconclusive', fault: 'version' });
    expect(full(() => ({ version: 3 }))).toMatchObject({ state: 'inconclusive', fault: 'version' });
    expect(full(() => ({ outputs: [{ value: 1, scriptPubKey: MESSAGE_OUTPUT.scriptPubKey }] }))).toMatchObject({ state: 'invalid', fault: 'other-transaction' });
    expect(full(() => ({ outputs: [{ value: 0, scriptPubKey: Uint8Array.of(OP.OP_RETURN, 0) }] }))).toMatchObject({ state: 'invalid', fault: 'other-transaction' });
    expect(full(() => ({ outputs: [MESSAGE_OUTPUT, MESSAGE_OUTPUT] }))).toMatchObject({ state: 'invalid', fault: 'other-transaction' });
    expect(full(({ inputs }) => ({ inputs: inputs.map((input) => ({ ...input, prevout: { ...input.prevout, vout: 1 } })) }))).toMatchObject({ state: 'invalid', fault: 'other-transaction' });
    const more = ({ inputs }: Transaction): Partial<Transaction> => ({ inputs: [...inputs, { prevout: { txid: new Uint8Array(32).fill(7), vout: 0 }, scriptSig: new Uint8Array(0), sequence: 0, witness: [] }] });
    expect(full(more)).toMatchObject({ state: 'inconclusive', fault: 'more-inputs' });
    expect(full((tx) => ({ inputs: [...(more(tx).inputs ?? [])].reverse() }))).toMatchObject({ state: 'invalid', fault: 'other-transaction' });
  });

  it('take no signature that does not sign everything', () => {
    const toSpend = messageToSpend(scriptForDestination(witnessKey), 'm');
    const tx = messageToSign(toSpend, NO_LOCKS);
    const code = scriptForDestination({ type: 'pkh', hash });
    const data = new PrecomputedTxData(tx, toSpend.outputs);
    const ecdsa = (type: number): string => writeSimple([concatBytes(ecdsaSign(witnessV0SigHash(tx, 0, code, 0, type, data), A.key), Uint8Array.of(type)), pubkeyOf(A)]);
    expect(verifyGenericMessage(witnessKey, ecdsa(SIGHASH_ALL), 'm', MAGIC)).toMatchObject({ state: 'valid' });
    for (const type of [SIGHASH_NONE, 3, 0x81]) expect(verifyGenericMessage(witnessKey, ecdsa(type), 'm', MAGIC)).toMatchObject({ state: 'invalid', fault: 'hash-type' });

    const taproot: Destination = { type: 'tr', xonly: pubkeyOf(A).slice(1) };
    const spend = messageToSpend(scriptForDestination(taproot), 'm');
    const sign = messageToSign(spend, NO_LOCKS);
    const schnorr = (type: number): string => {
      const sighash = taprootSigHash(0, type, new PrecomputedTxData(sign, spend.outputs), null, null);
      if (sighash === null) throw new Error('no hash');
      return writeSimple([concatBytes(schnorrSign(sighash, A.key, new Uint8Array(32)), type === 0 ? new Uint8Array(0) : Uint8Array.of(type))]);
    };
    for (const type of [0, SIGHASH_ALL]) expect(verifyGenericMessage(taproot, schnorr(type), 'm', MAGIC)).toMatchObject({ state: 'valid' });
    for (const type of [SIGHASH_NONE, 3, 0x81]) expect(verifyGenericMessage(taproot, schnorr(type), 'm', MAGIC)).toMatchObject({ state: 'invalid', fault: 'hash-type' });
  });

  it('forbid OP_CODESEPARATOR, in a witness and outside of one', () => {
    const script = Uint8Array.of(OP.OP_CODESEPARATOR, OP.OP_1);
    expect(judgeScript(p2wshScript(script), writeSimple([script]), 'm')).toMatchObject({ state: 'invalid', fault: 'code-separator' });
    const inside = (redeem: Uint8Array, witness: readonly Uint8Array[]): MessageVerdict => {
      const tx = messageToSign(messageToSpend(p2shScript(redeem), 'm'), NO_LOCKS);
      return judgeScript(p2shScript(redeem), writeFull(new Transaction({ ...tx, version: 0, locktime: 0, outputs: tx.outputs, inputs: tx.inputs.map((input) => ({ ...input, scriptSig: pushData(redeem), witness })) })), 'm');
    };
    expect(inside(p2wshScript(script), [script])).toMatchObject({ state: 'invalid', fault: 'code-separator' });
    expect(inside(script, [])).toMatchObject({ state: 'invalid', fault: 'script', detail: 'Using OP_CODESEPARATOR in non-witness script' });
    expect(inside(p2wshScript(Uint8Array.of(OP.OP_1)), [Uint8Array.of(OP.OP_1)])).toMatchObject({ state: 'valid' });
  });

  it('leave open what has no meaning yet, and refuse what breaks a rule besides', () => {
    const nop = (...script: readonly number[]): MessageVerdict => judgeScript(p2wshScript(Uint8Array.of(...script)), writeSimple([Uint8Array.of(...script)]), 'm');
    expect(nop(OP.OP_1)).toMatchObject({ state: 'valid' });
    expect(nop(OP.OP_NOP1, OP.OP_1)).toMatchObject({ state: 'inconclusive', fault: 'upgradable', detail: 'NOPx reserved for soft-fork upgrades' });
    expect(nop(OP.OP_NOP1, OP.OP_0)).toMatchObject({ state: 'invalid', fault: 'script' });
    expect(nop(OP.OP_1, OP.OP_1)).toMatchObject({ state: 'invalid', fault: 'script' });
    expect(judgeScript(buildScript(OP.OP_2, sha256(utf8('x'))), writeSimple([]), 'm')).toMatchObject({ state: 'inconclusive', fault: 'upgradable', detail: 'Witness version reserved for soft-fork upgrades' });
  });
});

describe('a proof of funds', () => {
  const vector = GENERATED.proof_of_funds[1];
  const [signature = ''] = vector?.bip322_signatures ?? [];
  /** The verdict on the second vector (three outputs of one transaction, which stands at the first of them, and one of another) after a change. */
  const changed = (change: (psbt: Psbt) => void): MessageVerdict => {
    const psbt = parsePsbtBase64(signature.slice(3));
    change(psbt);
    return judge(vector?.address ?? '', `pof${psbtToBase64(psbt)}`, vector?.message ?? '');
  };
  const input = (psbt: Psbt, at: number): PsbtInput => {
    const found = psbt.inputs[at];
    if (found === undefined) throw new Error('no such input');
    return found;
  };

  it('has every output that it spends, once, and as its signatures say', () => {
    expect(changed(() => undefined)).toMatchObject({ state: 'valid', proven: [{}, {}, {}, {}] });
    expect(changed((psbt) => { input(psbt, 1).nonWitnessUtxo = null; })).toMatchObject({ state: 'invalid', fault: 'no-output' });
    // The value of a legacy input is in no signature: the output alone proves nothing.
    expect(changed((psbt) => {
      const whole = input(psbt, 1).nonWitnessUtxo;
      input(psbt, 1).nonWitnessUtxo = null;
      for (const at of [1, 2, 3]) input(psbt, at).witnessUtxo = whole?.outputs[input(psbt, at).prevOut] ?? null;
    })).toMatchObject({ state: 'invalid', fault: 'no-output' });
    expect(changed((psbt) => {
      const { witnessUtxo, nonWitnessUtxo, prevOut } = input(psbt, 4);
      const known = witnessUtxo ?? nonWitnessUtxo?.outputs[prevOut];
      input(psbt, 4).nonWitnessUtxo = null;
      input(psbt, 4).witnessUtxo = { value: 1, scriptPubKey: known?.scriptPubKey ?? new Uint8Array(0) };
    })).toMatchObject({ state: 'invalid', fault: 'script' });
    expect(changed((psbt) => { input(psbt, 2).finalScriptSig = new Uint8Array(0); })).toMatchObject({ state: 'invalid', fault: 'script' });
    expect(changed((psbt) => { psbt.inputs[2] = input(psbt, 1); })).toMatchObject({ state: 'invalid', fault: 'other-transaction' });
    expect(changed((psbt) => { psbt.inputs.reverse(); })).toMatchObject({ state: 'invalid' });
    expect(changed((psbt) => { psbt.inputs.pop(); })).toMatchObject({ state: 'invalid', fault: 'script' });
    expect(changed((psbt) => { psbt.inputs.length = 0; })).toMatchObject({ state: 'invalid', fault: expect.stringMatching(/^(malformed|other-transaction)$/) });
    expect(judge(vector?.address ?? '', 'pofcHNidP8=', vector?.message ?? '')).toMatchObject({ state: 'invalid', form: null, fault: 'malformed' });
  });
});
