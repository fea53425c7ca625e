import { describe, expect, it } from '@jest/globals';
import { builtinCoin } from '../../../src/params/builtin-coins.ts';
import { networkParams } from '../../../src/params/chain-params.ts';
import { Transaction } from '../../../src/primitives/transaction.ts';
import { encodePrivateKey, pubkeyOf } from '../../../src/script/key-io.ts';
import { scriptToAsm } from '../../../src/script/asm.ts';
import { scriptForDestination } from '../../../src/script/standard.ts';
import { hash160 } from '../../../src/crypto/hash.ts';
import { editTransaction } from '../../../src/tools/tx-edit.ts';
import { signWithRegisters } from '../../../src/tools/tx-sign.ts';
import { toHex } from '../../../src/util/bytes.ts';
import { type Json, JsonNumber } from '../../../src/util/json.ts';

const coin = builtinCoin('bitcoin');
if (coin === undefined) throw new Error('no coin');
const PARAMS = networkParams(coin, 'regtest');
const BLANK = new Transaction({ version: 2, inputs: [], outputs: [], locktime: 0 });
const TXID = '11'.repeat(32);
/** The generator and its double, compressed; and the generator with both halves. */
const G = '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798';
const G2 = '02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5';
const FULL_G = '0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8';

function edit(...commands: string[]): Transaction {
  let tx = BLANK;
  for (const command of commands) {
    const at = command.indexOf('=');
    const next = editTransaction(tx, at < 0 ? command : command.slice(0, at), at < 0 ? '' : command.slice(at + 1), PARAMS);
    if (next === null) throw new Error(`no edit: ${command}`);
    tx = next;
  }
  return tx;
}
const outputs = (...commands: string[]): string[] => edit(...commands).outputs.map((o) => `${o.value} ${scriptToAsm(o.scriptPubKey)}`);

describe('changes of a transaction', () => {
  it('add and remove inputs', () => {
    const tx = edit(`in=${TXID}:0`, `in=${TXID}:7: 5 `, 'replaceable=0', 'locktime=500000', 'nversion=3');
    expect(tx.inputs.map((i) => [i.prevout.vout, i.sequence])).toEqual([[0, 0xfffffffd], [7, 5]]);
    expect([tx.version, tx.locktime]).toEqual([3, 500_000]);
    expect(edit(`in=${TXID}:0`, `in=${TXID}:7`, 'replaceable').inputs.map((i) => i.sequence)).toEqual([0xfffffffd, 0xfffffffd]);
    expect(edit(`in=${TXID}:0`, `in=${TXID}:7`, 'delin=0').inputs.map((i) => i.prevout.vout)).toEqual([7]);
  });

  it('add and remove outputs', () => {
    expect(outputs('outdata=0.5:beef', 'outdata=c0de')).toEqual(['50000000 OP_RETURN -28606', '0 OP_RETURN -24256']);
    expect(outputs('outscript=1:OP_DROP 5', 'outscript=0:', 'delout=1')).toEqual(['100000000 OP_DROP 5']);
    expect(outputs(`outpubkey=1:${G}`, `outpubkey=1:${FULL_G}`)).toEqual([`100000000 ${G} OP_CHECKSIG`, `100000000 ${FULL_G} OP_CHECKSIG`]);
    expect(outputs(`outpubkey=1:${G}:W`)).toEqual(['100000000 0 751e76e8199196d454941c45d1b3a323f1433bd6']);
    expect(outputs(`outpubkey=1:${G}:WS`)).toEqual(['100000000 OP_HASH160 bcfeb728b584253d5f3f70bcb780e9ef218a68f4 OP_EQUAL']);
    expect(outputs(`outmultisig=1:1:2:${G}:${G2}`)).toEqual([`100000000 1 ${G} ${G2} 2 OP_CHECKMULTISIG`]);
    expect(outputs(`outmultisig=1:1:2:${G}:${G2}:W`)[0]).toMatch(/^100000000 0 [0-9a-f]{64}$/);
    expect(outputs('outaddr=0.1:bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080')).toEqual(['10000000 0 751e76e8199196d454941c45d1b3a323f1433bd6']);
  });

  it('know commands that there are', () => {
    for (const other of ['nothing', 'constructor', 'sign']) expect(editTransaction(BLANK, other, '', PARAMS)).toBeNull();
  });

  it.each([
    ['nversion=4', 'Invalid TX version requested: \'4\''], ['nversion=+1', 'Invalid TX version requested'], ['locktime=4294967296', 'Invalid TX locktime requested'],
    ['delin=0', 'Invalid TX input index \'0\''], ['delout=x', 'Invalid TX output index \'x\''], ['replaceable=0', 'Invalid TX input index'],
    ['in=00:0', 'invalid TX input txid'], [`in=${TXID}`, 'TX input missing separator'], [`in=${TXID}:x`, 'invalid TX input vout \'x\''], [`in=${TXID}:200000`, 'invalid TX input vout'],
    [`in=${TXID}:0:-1`, 'invalid TX sequence id \'-1\''], ['outaddr=1', 'TX output missing or too many separators'], ['outaddr=x:y', 'invalid TX output value'],
    ['outaddr=1:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', 'invalid TX output address'], ['outdata=:00', 'TX output value not specified'], ['outdata=zz', 'invalid TX output data'],
    ['outpubkey=1:00', 'invalid TX output pubkey'], [`outpubkey=1:${FULL_G}:W`, 'Uncompressed pubkeys are not useable for SegWit outputs'],
    [`outmultisig=1:3:2:${G}:${G2}`, 'multisig parameter mismatch. Required 3 of 2signatures.'], [`outmultisig=1:1:2:${G}`, 'incorrect number of multisig pubkeys'],
    [`outmultisig=1:1:1:${G}:W:x`, 'Too many parameters'], ['outmultisig=1:1', 'Not enough multisig parameters'], ['outscript=1', 'TX output missing separator'],
    ['outscript=1:nonsense', 'script parse error: unknown opcode'], [`outscript=1:0x${'00'.repeat(521)}:S`, 'redeemScript exceeds size limit: 521 > 520'],
    [`outscript=1:0x${'00'.repeat(10_001)}`, 'script exceeds size limit: 10001 > 10000'],
  ])('%s is refused', (command, text) => {
    expect(() => edit(command)).toThrow(text);
  });
});

describe('signatures', () => {
  const key = { key: new Uint8Array(32).fill(3), compressed: true };
  const wif = encodePrivateKey(key, PARAMS);
  const script = toHex(scriptForDestination({ type: 'wpkh', hash: hash160(pubkeyOf(key)) }));
  const tx = edit(`in=${TXID}:1`, 'outdata=00');
  const prevout = { txid: TXID, vout: new JsonNumber('1'), scriptPubKey: script, amount: new JsonNumber('0.5') };
  const sign = (privateKeys: Json, prevTxs: Json, type = 'ALL'): Transaction => signWithRegisters(tx, type, new Map([['privatekeys', privateKeys], ['prevtxs', prevTxs]]), PARAMS);

  it('are made where keys and spent outputs are told', () => {
    const [signature, pubkey] = sign([wif], [prevout]).inputs[0]?.witness ?? [];
    expect(toHex(pubkey ?? new Uint8Array(0))).toBe(toHex(pubkeyOf(key)));
    expect(signature?.at(-1)).toBe(1);
    expect(sign([wif], [prevout], 'NONE|ANYONECANPAY').inputs[0]?.witness[0]?.at(-1)).toBe(0x82);
    expect(sign([], [prevout]).inputs[0]?.witness).toEqual([]);
    expect(sign([wif], []).inputs[0]?.witness).toEqual([]);
  });

  it('are refused for what does not fit', () => {
    expect(() => signWithRegisters(tx, 'SOME', new Map(), PARAMS)).toThrow('unknown sighash flag/sign option');
    expect(() => signWithRegisters(tx, '', new Map(), PARAMS)).toThrow('privatekeys register variable must be set.');
    expect(() => signWithRegisters(tx, '', new Map([['privatekeys', []]]), PARAMS)).toThrow('prevtxs register variable must be set.');
    expect(() => sign(['x'], [])).toThrow('privatekey not valid');
    expect(() => sign([1], [])).toThrow('privatekey not a std::string');
    expect(() => sign([], ['x'])).toThrow('expected prevtxs internal object');
    expect(() => sign([], [{ ...prevout, vout: '1' }])).toThrow('prevtxs internal object typecheck fail');
    expect(() => sign([], [{ ...prevout, vout: -1 }])).toThrow('vout cannot be negative');
    expect(() => sign([], [{ ...prevout, txid: 'Z' }])).toThrow('txid must be hexadecimal string (not \'Z\')');
    expect(() => sign([wif], [{ txid: TXID, vout: 1, scriptPubKey: script }])).toThrow(`Missing amount for CTxOut with scriptPubKey=${script}`);
  });
});
