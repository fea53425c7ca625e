import { expect, it } from '@jest/globals';
import { TransactionSignatureChecker } from '../../../src/script/interpreter/checker.ts';
import { scriptErrorText } from '../../../src/script/interpreter/script-error.ts';
import { TAPROOT_LEAF_TAPSCRIPT, tapLeafHash, tapTweakHash, verifyScript } from '../../../src/script/interpreter/verify-script.ts';
import { parseScript } from '../../../src/script/parse-script.ts';
import { legacySigHash, PrecomputedTxData } from '../../../src/script/sighash.ts';
import { VERIFY_FLAGS_BY_NAME } from '../../../src/script/verify-flags.ts';
import { NULL_VOUT } from '../../../src/primitives/outpoint.ts';
import { SEQUENCE_FINAL, Transaction } from '../../../src/primitives/transaction.ts';
import { publicKey, xonlyAddTweak } from '../../../src/crypto/secp256k1.ts';
import { concatBytes, fromHex, hashToHex, toHex } from '../../../src/util/bytes.ts';
import { describeVectors, readVectorJson } from '../../support/vectors.ts';

const NO_BYTES = new Uint8Array(0);

/** The pair of transactions that the script vectors are about: one that pays to the script, one that spends it. */
export function spendingPair(scriptSig: Uint8Array, witness: Uint8Array[], scriptPubKey: Uint8Array, value: number): { credit: Transaction; spend: Transaction } {
  const credit = new Transaction({
    version: 1, locktime: 0,
    inputs: [{ prevout: { txid: new Uint8Array(32), vout: NULL_VOUT }, scriptSig: Uint8Array.of(0, 0), sequence: SEQUENCE_FINAL, witness: [] }],
    outputs: [{ value, scriptPubKey }],
  });
  const spend = new Transaction({
    version: 1, locktime: 0,
    inputs: [{ prevout: { txid: credit.txid, vout: 0 }, scriptSig, sequence: SEQUENCE_FINAL, witness }],
    outputs: [{ value, scriptPubKey: NO_BYTES }],
  });
  return { credit, spend };
}

describeVectors('script_tests.json', () => {
  type Row = (string | (string | number)[])[];
  const rows = readVectorJson<Row[]>('script_tests.json');
  it('every row gives its verdict', () => {
    const wrong: string[] = [];
    let count = 0;
    for (const row of rows) {
      if (row.length === 1) continue;
      const rest = [...row];
      let witness: Uint8Array[] = [];
      let value = 0;
      let scriptPubKeyText: string | undefined;
      if (Array.isArray(rest[0])) {
        const list = rest.shift() as (string | number)[];
        value = Math.round(Number(list.pop()) * 1e8);
        const spend = witnessOf(list as string[]);
        witness = spend.witness;
        scriptPubKeyText = (rest[1] as string).replace('#TAPROOTOUTPUT#', `0x${toHex(spend.outputKey)}`);
      }
      const [sig, pub, flagText, expected] = rest as string[];
      const scriptSig = parseScript(sig as string);
      const scriptPubKey = parseScript(scriptPubKeyText ?? (pub as string));
      let flags = 0;
      for (const name of (flagText as string).split(',')) if (name !== '' && name !== 'NONE') flags |= VERIFY_FLAGS_BY_NAME.get(name) ?? NaN;
      const { credit, spend } = spendingPair(scriptSig, witness, scriptPubKey, value);
      const data = new PrecomputedTxData(spend, credit.outputs);
      const error = verifyScript(scriptSig, scriptPubKey, witness, flags, new TransactionSignatureChecker(spend, 0, value, data));
      const got = error === null ? 'OK' : OLD_NAMES[error] ?? error;
      count += 1;
      if (got !== expected) wrong.push(`${JSON.stringify(row)}: ${got} (${error === null ? '' : scriptErrorText(error)})`);
    }
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(1200);
  });
});

/** Witness of a row; a control block and an output key are made where the row asks for them. */
function witnessOf(items: readonly string[]): { witness: Uint8Array[]; outputKey: Uint8Array } {
  const witness: Uint8Array[] = [];
  let outputKey: Uint8Array = NO_BYTES;
  for (const item of items) {
    if (item.startsWith('#SCRIPT#')) {
      witness.push(parseScript(item.slice('#SCRIPT#'.length)));
    } else if (item === '#CONTROLBLOCK#') {
      const internal = publicKey(concatBytes(new Uint8Array(31), Uint8Array.of(1))).slice(1);
      const output = xonlyAddTweak(internal, tapTweakHash(internal, tapLeafHash(TAPROOT_LEAF_TAPSCRIPT, witness.at(-1) as Uint8Array)));
      if (output === null) throw new Error('no output key');
      outputKey = output.xonly;
      witness.push(concatBytes(Uint8Array.of(TAPROOT_LEAF_TAPSCRIPT + output.parity), internal));
    } else {
      witness.push(fromHex(item));
    }
  }
  return { witness, outputKey };
}

/** Names under which the vectors know some errors. */
const OLD_NAMES: Record<string, string> = { SIG_NULLFAIL: 'NULLFAIL' };

describeVectors('sighash.json', () => {
  it('every row hashes as published', () => {
    const rows = readVectorJson<[string, string, number, number, string][]>('sighash.json').slice(1);
    for (const [raw, script, index, hashType, hash] of rows) {
      const tx = Transaction.fromBytes(fromHex(raw));
      expect(hashToHex(legacySigHash(tx, index, fromHex(script), hashType))).toBe(hash);
    }
    expect(rows.length).toBe(500);
  });
});
