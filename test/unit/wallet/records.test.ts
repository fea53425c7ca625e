import { describe, expect, it } from '@jest/globals';
import { hash256 } from '../../../src/crypto/hash.ts';
import { publicKey } from '../../../src/crypto/secp256k1.ts';
import { Transaction } from '../../../src/primitives/transaction.ts';
import { fromHex, toHex, utf8 } from '../../../src/util/bytes.ts';
import { decryptSecret, deriveKey, encryptSecret, MIN_ITERATIONS, newMasterKey, openMasterKey, sealMasterKey } from '../../../src/wallet/crypter.ts';
import {
  decodeDescriptor, decodeLocator, decodeMasterKey, decodePrivateKey, decodeTx, encodeDescriptor, encodeLocator, encodeMasterKey, encodePrivateKey, encodeTx, recordKey,
} from '../../../src/wallet/records.ts';
import { WalletTx } from '../../../src/wallet/wallet-tx.ts';

const KEY = hash256(utf8('key'));
const TX = new Transaction({
  version: 2, locktime: 7, inputs: [{ prevout: { txid: hash256(utf8('a')), vout: 1 }, scriptSig: new Uint8Array(), sequence: 0xfffffffd, witness: [Uint8Array.of(1, 2)] }],
  outputs: [{ value: 12345, scriptPubKey: fromHex('0014' + '11'.repeat(20)) }],
});

describe('wallet records', () => {
  it('private keys are 214 bytes with a compressed public key, 279 otherwise', () => {
    const compressed = encodePrivateKey(KEY, publicKey(KEY));
    const plain = encodePrivateKey(KEY, publicKey(KEY, false));
    expect([compressed.length, plain.length]).toEqual([214, 279]);
    expect(decodePrivateKey(compressed)).toEqual(KEY);
    expect(decodePrivateKey(plain)).toEqual(KEY);
  });

  it('descriptors, master keys and locators come back as they were', () => {
    const d = { text: 'wpkh(x)#abc', creationTime: 1_700_000_000, nextIndex: 3, rangeStart: 0, rangeEnd: 1000 };
    expect(decodeDescriptor(encodeDescriptor(d))).toEqual(d);
    const m = { ciphertext: new Uint8Array(48).fill(1), salt: new Uint8Array(8).fill(2), method: 0, iterations: 25000, extra: new Uint8Array() };
    expect(decodeMasterKey(encodeMasterKey(m))).toEqual(m);
    expect(decodeLocator(encodeLocator([KEY]))).toEqual([KEY]);
    expect(toHex(encodeLocator([]))).toBe('8011010000');
    expect(toHex(recordKey('tx', (w) => w.bytes(TX.txid)))).toBe(`027478${toHex(TX.txid)}`);
  });

  it.each([
    { kind: 'confirmed', blockHash: KEY, height: -1, position: 3 }, { kind: 'conflicted', blockHash: KEY, height: -1 },
    { kind: 'inactive', abandoned: true }, { kind: 'inactive', abandoned: false },
  ] as const)('transactions keep their state ($kind)', (state) => {
    const wtx = new WalletTx(TX, state);
    Object.assign(wtx, { comment: 'c', commentTo: 't', timeReceived: 5, timeSmart: 6, orderPos: 9, replaces: KEY });
    const back = WalletTx.fromRecord(decodeTx(encodeTx(wtx.toRecord())));
    expect(back.state).toEqual(state);
    expect(back.tx.raw).toEqual(TX.raw);
    expect([back.comment, back.commentTo, back.timeReceived, back.timeSmart, back.orderPos, back.replaces]).toEqual(['c', 't', 5, 6, 9, KEY]);
  });

  it('refuses values that the format does not have', () => {
    const record = new WalletTx(TX, { kind: 'inactive', abandoned: false }).toRecord();
    expect(() => WalletTx.fromRecord({ ...record, values: new Map([['new', 'x']]) })).toThrow('Unexpected value');
  });
});

describe('crypter', () => {
  it('derives keys as EVP_BytesToKey with SHA-512 does', () => {
    // Passphrase "test", salt 0000deadbeef0000, 25000 rounds: key and vector that every wallet of this format agrees on.
    const derived = deriveKey('test', fromHex('0000deadbeef0000'), 25000, 0);
    expect(toHex(derived?.key ?? KEY)).toBe('fc7aba077ad5f4c3a0988d8daa4810d0d4a0e3bcb53af662998898f33df0556a');
    expect(toHex(derived?.iv ?? KEY)).toBe('cf2f2691526dd1aa220896fb8bf7c369');
  });

  it('opens what it sealed, with the right passphrase only', () => {
    const master = newMasterKey();
    const sealed = sealMasterKey('secret', master);
    expect(sealed.iterations).toBeGreaterThanOrEqual(MIN_ITERATIONS);
    expect(openMasterKey('secret', sealed)).toEqual(master);
    expect(openMasterKey('Secret', sealed)).not.toEqual(master);
    const secret = encryptSecret(master, KEY, publicKey(KEY));
    expect(secret).toHaveLength(48);
    expect(decryptSecret(master, secret, publicKey(KEY))).toEqual(KEY);
    expect(decryptSecret(newMasterKey(), secret, publicKey(KEY))).not.toEqual(KEY);
  });
});
