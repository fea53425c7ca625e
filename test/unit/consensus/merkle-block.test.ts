import { describe, expect, it } from '@jest/globals';
import { blockMerkleRoot } from '../../../src/consensus/merkle.ts';
import { buildPartialMerkle, partialMerkleMatches } from '../../../src/consensus/merkle-block.ts';
import { Block, BlockHeader } from '../../../src/primitives/block.ts';
import { NO_WITNESS, Transaction } from '../../../src/primitives/transaction.ts';

/** A block of `count` transactions that differ. */
function blockOf(count: number): Block {
  const txs = Array.from({ length: count }, (_, i) => new Transaction({
    version: 2, locktime: i, outputs: [{ value: i, scriptPubKey: new Uint8Array(0) }],
    inputs: [{ prevout: { txid: new Uint8Array(32), vout: 0 }, scriptSig: new Uint8Array(0), sequence: 0, witness: NO_WITNESS }],
  }));
  const fields = { version: 1, prevHash: new Uint8Array(32), time: 0, bits: 0, nonce: 0 };
  const { root } = blockMerkleRoot(new Block(new BlockHeader({ ...fields, merkleRoot: new Uint8Array(32) }), txs));
  return new Block(new BlockHeader({ ...fields, merkleRoot: root }), txs);
}

describe('proofs that transactions are in a block', () => {
  it.each([1, 2, 3, 4, 5, 7, 8, 9, 100])('name just those of %i', (count) => {
    const block = blockOf(count);
    for (const at of [[0], [count - 1], [...new Set([0, count >> 1, count - 1])], Array.from({ length: count }, (_, i) => i), []]) {
      const wanted = new Set(at.map((i) => block.txs[i]?.txidHex));
      const proof = partialMerkleMatches(buildPartialMerkle(block, (txid) => block.txs.some((tx) => wanted.has(tx.txidHex) && Buffer.compare(tx.txid, txid) === 0)));
      expect(proof?.txCount).toBe(count);
      expect(proof?.header.hashHex).toBe(block.hashHex);
      expect(proof?.matches.map(({ position }) => position)).toEqual(at);
    }
  });

  it('are refused where a byte of them is another', () => {
    const block = blockOf(6);
    const good = buildPartialMerkle(block, (txid) => Buffer.compare(txid, block.txs[3]?.txid ?? txid) === 0);
    for (const at of [36, 90, good.length - 1]) {
      const bad = good.slice();
      bad[at] = (bad[at] ?? 0) ^ 1;
      expect(partialMerkleMatches(bad)).toBeNull();
    }
  });
});
