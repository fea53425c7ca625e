import type { Block } from '../primitives/block.ts';
import { NULL_VOUT } from '../primitives/outpoint.ts';
import { Transaction } from '../primitives/transaction.ts';
import { OP } from '../script/opcodes.ts';
import { TransactionSignatureChecker } from '../script/interpreter/checker.ts';
import { verifyScript } from '../script/interpreter/verify-script.ts';
import { buildScript, instructions, pushData } from '../script/script.ts';
import { PrecomputedTxData } from '../script/sighash.ts';
import { SCRIPT_VERIFY_DERSIG, SCRIPT_VERIFY_NULLDUMMY, SCRIPT_VERIFY_P2SH, SCRIPT_VERIFY_TAPROOT, SCRIPT_VERIFY_WITNESS } from '../script/verify-flags.ts';
import { concatBytes, equalBytes } from '../util/bytes.ts';
import { MalformedData } from '../util/errors.ts';
import { Reader } from '../util/reader.ts';
import { Writer } from '../util/writer.ts';
import { merkleRoot } from './merkle.ts';
import { witnessCommitmentIndex } from './witness-commitment.ts';

const SIGNET_HEADER = Uint8Array.of(0xec, 0xc7, 0xda, 0xa2);
const FLAGS = SCRIPT_VERIFY_P2SH | SCRIPT_VERIFY_WITNESS | SCRIPT_VERIFY_DERSIG | SCRIPT_VERIFY_NULLDUMMY;

/** Takes the block's signature out of the commitment output's script: the script without it, and the signature (empty where none). */
function splitSolution(commitment: Uint8Array): { script: Uint8Array; solution: Uint8Array } {
  const parts: Uint8Array[] = [];
  let solution: Uint8Array | null = null;
  for (const { opcode, data } of instructions(commitment)) {
    if (data === null || data.length === 0) {
      parts.push(Uint8Array.of(opcode));
    } else if (solution === null && data.length > SIGNET_HEADER.length && equalBytes(data.subarray(0, 4), SIGNET_HEADER)) {
      solution = data.slice(4);
      parts.push(pushData(data.subarray(0, 4)));
    } else {
      parts.push(pushData(data));
    }
  }
  return solution === null ? { script: commitment, solution: new Uint8Array(0) } : { script: concatBytes(...parts), solution };
}

/** The two made-up transactions whose second must spend the first for a block to be signed (BIP 325); null where the block cannot say so. */
export function signetTransactions(block: Block, challenge: Uint8Array): { toSpend: Transaction; spending: Transaction } | null {
  const coinbase = block.txs[0];
  const at = coinbase === undefined ? -1 : witnessCommitmentIndex(coinbase);
  const output = coinbase?.outputs[at];
  if (coinbase === undefined || output === undefined) return null;
  const { script, solution } = splitSolution(output.scriptPubKey);
  let scriptSig: Uint8Array = new Uint8Array(0);
  const witness: Uint8Array[] = [];
  if (solution.length > 0) {
    try {
      const r = new Reader(solution);
      scriptSig = r.varBytes().slice();
      for (let n = r.compactSize(); n > 0; n--) witness.push(r.varBytes().slice());
      r.expectEnd();
    } catch (e) {
      if (e instanceof MalformedData) return null;
      throw e;
    }
  }
  const outputs = coinbase.outputs.map((o, i) => (i === at ? { value: o.value, scriptPubKey: script } : o));
  const modified = new Transaction({ version: coinbase.version, inputs: coinbase.inputs, outputs, locktime: coinbase.locktime });
  const { root } = merkleRoot([modified.txid, ...block.txs.slice(1).map((tx) => tx.txid)]);
  const data = new Writer(80).i32(block.header.version).bytes(block.header.prevHash).bytes(root).u32(block.header.time).finish();
  const toSpend = new Transaction({
    version: 0, locktime: 0,
    inputs: [{ prevout: { txid: new Uint8Array(32), vout: NULL_VOUT }, scriptSig: buildScript(OP.OP_0, data), sequence: 0, witness: [] }],
    outputs: [{ value: 0, scriptPubKey: challenge }],
  });
  const spending = new Transaction({
    version: 0, locktime: 0,
    inputs: [{ prevout: { txid: toSpend.txid, vout: 0 }, scriptSig, sequence: 0, witness }],
    outputs: [{ value: 0, scriptPubKey: Uint8Array.of(OP.OP_RETURN) }],
  });
  return { toSpend, spending };
}

/** Whether a signet block carries a solution to the network's challenge. @param taproot check taproot output keys too, which BIP 325 leaves out */
export function checkSignetSolution(block: Block, challenge: Uint8Array, taproot = false): boolean {
  const pair = signetTransactions(block, challenge);
  if (pair === null) return false;
  const input = pair.spending.inputs[0];
  if (input === undefined) return false;
  const checker = new TransactionSignatureChecker(pair.spending, 0, 0, new PrecomputedTxData(pair.spending, pair.toSpend.outputs));
  return verifyScript(input.scriptSig, challenge, input.witness, taproot ? FLAGS | SCRIPT_VERIFY_TAPROOT : FLAGS, checker) === null;
}
