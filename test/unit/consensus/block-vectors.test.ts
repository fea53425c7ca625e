import { describe, expect, it } from '@jest/globals';
import { checkBlock, checkBlockInContext } from '../../../src/consensus/block-check.ts';
import { blockSubsidy } from '../../../src/consensus/block-subsidy.ts';
import { merklePath, merkleRoot } from '../../../src/consensus/merkle.ts';
import { decodeCompact, encodeCompact } from '../../../src/consensus/compact.ts';
import { checkProofOfWork, type HeaderNode, nextWorkRequired } from '../../../src/consensus/pow.ts';
import { hash256 } from '../../../src/crypto/hash.ts';
import { builtinCoin } from '../../../src/params/builtin-coins.ts';
import { genesisBlock } from '../../../src/params/chain-params.ts';
import { Block, BlockHeader } from '../../../src/primitives/block.ts';
import { NULL_VOUT } from '../../../src/primitives/outpoint.ts';
import { SEQUENCE_FINAL, Transaction } from '../../../src/primitives/transaction.ts';
import { pushNumber } from '../../../src/script/script.ts';
import { concatBytes, fromHex, hashToHex, toHex } from '../../../src/util/bytes.ts';
import { describeVectors, readVectorBytes, readVectorJson } from '../../support/vectors.ts';

const main = builtinCoin('bitcoin')?.networks.get('main');
if (main === undefined) throw new Error('no main network');
const { consensus } = main;

describeVectors('block413567.raw', () => {
  const raw = readVectorBytes('block413567.raw');
  const block = Block.fromBytes(raw);

  it('serializes to the same bytes', () => {
    expect(Buffer.compare(block.serialize(), raw)).toBe(0);
    expect(block.txs.length).toBe(1557);
  });

  it('passes every check that needs no inputs', () => {
    expect(checkBlock(block, consensus)).toMatchObject({ ok: true });
    const parent = { height: 413566, time: block.header.time - 600, bits: block.header.bits, prev: null, medianTimePast: block.header.time - 3600, ancestor: () => null };
    expect(checkBlockInContext(block, parent, consensus)).toMatchObject({ ok: true });
    expect(checkProofOfWork(block.hash, block.header.bits, consensus)).toBe(true);
  });

  it('fails with a changed, a doubled and a missing transaction', () => {
    const last = block.txs.at(-1);
    if (last === undefined) throw new Error('empty');
    const reason = (txs: typeof block.txs): string => checkBlock(new Block(block.header, txs), consensus).reason;
    expect(reason(block.txs.slice(0, -1))).toBe('bad-txnmrklroot');
    // 1557 is odd: the root over the last transaction twice is the same.
    expect(reason([...block.txs, last])).toBe('bad-txns-duplicate');
    expect(reason(block.txs.slice(1))).toBe('bad-txnmrklroot');
  });
});

describeVectors('mainnet_alt.json', () => {
  it('every header has real proof of work and the difficulty of its place', () => {
    const chain = readVectorJson<{ timestamps: number[]; nonces: number[] }>('mainnet_alt.json');
    const genesis = genesisBlock(main);
    const nodes: HeaderNode[] = [];
    const add = (header: BlockHeader): void => {
      const height = nodes.length;
      nodes.push({ height, time: header.time, bits: header.bits, prev: nodes[height - 1] ?? null, ancestor: (h) => nodes[h] ?? null });
    };
    add(genesis.header);
    let prevHash = genesis.hash;
    const count = Math.min(chain.timestamps.length, chain.nonces.length);
    for (let i = 0; i < count; i++) {
      const height = i + 1;
      const last = nodes[i] as HeaderNode;
      const time = chain.timestamps[i] as number;
      const bits = nextWorkRequired(last, time, consensus);
      const coinbase = altCoinbaseTxid(height);
      const header = new BlockHeader({ version: 0x20000000, prevHash, merkleRoot: coinbase, time, bits, nonce: chain.nonces[i] as number });
      if (!checkProofOfWork(header.hash, bits, consensus)) throw new Error(`height ${height}: ${hashToHex(header.hash)}`);
      add(header);
      prevHash = header.hash;
    }
    expect(count).toBeGreaterThanOrEqual(2016);
    expect((nodes[2015] as HeaderNode).bits).toBe(0x1d00ffff);
    expect((nodes[2016] as HeaderNode).bits).toBe(0x1c3fffc0);
  });
});

/** Txid of the coinbase that the alternative chain's miner made for a height. */
function altCoinbaseTxid(height: number): Uint8Array {
  const scriptSig = concatBytes(pushNumber(height), height <= 16 ? Uint8Array.of(0) : new Uint8Array(0));
  return new Transaction({
    version: 2, locktime: 0,
    inputs: [{ prevout: { txid: new Uint8Array(32), vout: NULL_VOUT }, scriptSig, sequence: SEQUENCE_FINAL, witness: [] }],
    outputs: [{ value: blockSubsidy(height, consensus), scriptPubKey: fromHex('76a914eadbac7f36c37e39361168b7aaee3cb24a25312d88ac') }],
  }).txid;
}

describe('compact targets', () => {
  it.each([
    [0x01003456, '0', 0], [0x01123456, '12', 0x01120000], [0x02008000, '80', 0x02008000], [0x05009234, '92340000', 0x05009234],
    [0x04123456, '12345600', 0x04123456], [0x20123456, `123456${'0'.repeat(58)}`, 0x20123456], [0x1d00ffff, `ffff${'0'.repeat(52)}`, 0x1d00ffff],
  ])('%p', (bits, hex, back) => {
    const { target } = decodeCompact(bits);
    expect(target.toString(16)).toBe(hex);
    expect(encodeCompact(target)).toBe(back);
  });

  it('tells sign and overflow', () => {
    expect(decodeCompact(0x04923456).negative).toBe(true);
    expect(decodeCompact(0xff123456).overflow).toBe(true);
  });
});

describe('merkle trees', () => {
  it('a path leads from each leaf to the root', () => {
    for (let n = 1; n < 20; n++) {
      const leaves = Array.from({ length: n }, (_, i) => hash256(Uint8Array.of(n, i)));
      const { root, mutated } = merkleRoot(leaves);
      expect(mutated).toBe(false);
      leaves.forEach((leaf, position) => {
        let hash = leaf;
        merklePath(leaves, position).forEach((sibling, level) => {
          hash = hash256(((position >> level) & 1) === 0 ? concatBytes(hash, sibling) : concatBytes(sibling, hash));
        });
        expect(toHex(hash)).toBe(toHex(root));
      });
    }
  });
});

describe('subsidy', () => {
  it('sums up to the known limit', () => {
    let sum = 0;
    for (let height = 0; height < 14_000_000; height += 1000) sum += blockSubsidy(height, consensus) * 1000;
    expect(sum).toBe(2_099_999_997_690_000);
  });
});
