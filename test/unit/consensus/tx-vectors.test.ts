import { expect, it } from '@jest/globals';
import { checkTransaction } from '../../../src/consensus/tx-check.ts';
import { outPointKey } from '../../../src/primitives/outpoint.ts';
import { Transaction, type TxOut } from '../../../src/primitives/transaction.ts';
import { TransactionSignatureChecker } from '../../../src/script/interpreter/checker.ts';
import { verifyScript } from '../../../src/script/interpreter/verify-script.ts';
import { parseScript } from '../../../src/script/parse-script.ts';
import { PrecomputedTxData } from '../../../src/script/sighash.ts';
import { SCRIPT_VERIFY_CLEANSTACK, SCRIPT_VERIFY_P2SH, SCRIPT_VERIFY_WITNESS, VERIFY_FLAGS_BY_NAME } from '../../../src/script/verify-flags.ts';
import { fromHex, hashFromHex } from '../../../src/util/bytes.ts';
import { describeVectors, readVectorJson } from '../../support/vectors.ts';

type Prevout = [txid: string, index: number, script: string, amount?: number];
type Row = [string] | [Prevout[], string, string];

const ALL_FLAGS = [...VERIFY_FLAGS_BY_NAME.values()].reduce((a, b) => a | b, 0);
const flagsOf = (text: string): number => text.split(',').reduce((sum, name) => {
  if (name === 'NONE' || name === '') return sum;
  const flag = VERIFY_FLAGS_BY_NAME.get(name);
  if (flag === undefined) throw new Error(`unknown flag ${name}`);
  return sum | flag;
}, 0);

/** Drops flags that mean nothing without one that is off. */
function trim(flags: number): number {
  let out = flags;
  if ((out & SCRIPT_VERIFY_P2SH) === 0) out &= ~SCRIPT_VERIFY_WITNESS;
  if ((out & SCRIPT_VERIFY_WITNESS) === 0) out &= ~SCRIPT_VERIFY_CLEANSTACK;
  return out;
}

/** Adds flags that others need. */
function fill(flags: number): number {
  let out = flags;
  if ((out & SCRIPT_VERIFY_CLEANSTACK) !== 0) out |= SCRIPT_VERIFY_WITNESS;
  if ((out & SCRIPT_VERIFY_WITNESS) !== 0) out |= SCRIPT_VERIFY_P2SH;
  return out;
}

function verdict(tx: Transaction, prevouts: readonly Prevout[], flags: number): boolean {
  const spent = new Map<string, TxOut>();
  for (const [txid, index, script, amount] of prevouts) {
    spent.set(outPointKey(hashFromHex(txid), index >>> 0), { value: amount ?? 0, scriptPubKey: parseScript(script) });
  }
  const outputs = tx.inputs.map(({ prevout }) => spent.get(outPointKey(prevout.txid, prevout.vout)));
  if (outputs.some((o) => o === undefined)) throw new Error('the row lacks a prevout');
  const data = new PrecomputedTxData(tx, outputs as TxOut[]);
  return tx.inputs.every((input, i) => {
    const output = outputs[i] as TxOut;
    return verifyScript(input.scriptSig, output.scriptPubKey, input.witness, flags, new TransactionSignatureChecker(tx, i, output.value, data)) === null;
  });
}

describeVectors('tx_valid.json', () => {
  it('every row is valid under every flag but those that it excludes, and excludes none for nothing', () => {
    const wrong: string[] = [];
    let count = 0;
    for (const row of readVectorJson<Row[]>('tx_valid.json')) {
      if (row.length !== 3) continue;
      const [prevouts, raw, excludedText] = row;
      const tx = Transaction.fromBytes(fromHex(raw));
      const excluded = flagsOf(excludedText);
      count += 1;
      if (!checkTransaction(tx).ok) wrong.push(`check: ${raw.slice(0, 60)}`);
      if (!verdict(tx, prevouts, trim(ALL_FLAGS & ~excluded))) wrong.push(`all flags: ${excludedText} ${raw.slice(0, 60)}`);
      for (const flag of VERIFY_FLAGS_BY_NAME.values()) {
        if (!verdict(tx, prevouts, trim(ALL_FLAGS & ~(excluded | flag)))) wrong.push(`one flag less: ${raw.slice(0, 60)}`);
        if ((excluded & flag) !== 0 && verdict(tx, prevouts, trim(ALL_FLAGS & ~(excluded & ~flag)))) wrong.push(`needless exclusion: ${raw.slice(0, 60)}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(100);
  });
});

describeVectors('tx_invalid.json', () => {
  it('every row is invalid under its flags, and valid with one less', () => {
    const wrong: string[] = [];
    let count = 0;
    for (const row of readVectorJson<Row[]>('tx_invalid.json')) {
      if (row.length !== 3) continue;
      const [prevouts, raw, flagText] = row;
      const tx = Transaction.fromBytes(fromHex(raw));
      count += 1;
      const check = checkTransaction(tx).ok;
      if (flagText === 'BADTX') {
        if (check) wrong.push(`passes the check: ${raw.slice(0, 60)}`);
        continue;
      }
      const flags = flagsOf(flagText);
      if (verdict(tx, prevouts, fill(flags))) wrong.push(`valid: ${flagText} ${raw.slice(0, 60)}`);
      for (const flag of VERIFY_FLAGS_BY_NAME.values()) {
        if (verdict(tx, prevouts, fill(flags | flag))) wrong.push(`valid with more: ${raw.slice(0, 60)}`);
        const less = fill(flags & ~flag);
        if (less !== fill(flags) && !verdict(tx, prevouts, less)) wrong.push(`needless flag: ${flagText} ${raw.slice(0, 60)}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(80);
  });
});
