import { describe, expect, it } from '@jest/globals';
import { checkProofOfWork } from '../../../src/consensus/pow.ts';
import { checkWitnessCommitment } from '../../../src/consensus/witness-commitment.ts';
import { checkMerkleRoot } from '../../../src/consensus/block-check.ts';
import { VersionBits } from '../../../src/consensus/version-bits.ts';
import { BlockAssembler } from '../../../src/mining/block-assembler.ts';
import { mineBlock } from '../../../src/mining/mine.ts';
import { Clock } from '../../../src/util/clock.ts';
import { toHex } from '../../../src/util/bytes.ts';
import { SILENT } from '../../../src/util/logger.ts';
import { ANYONE, FakeChain, makePool, output, regtest, spend } from '../mempool/fake-chain.ts';

function setup(options: { maxWeight?: number } = {}) {
  const chain = new FakeChain();
  const pool = makePool(chain);
  const params = regtest();
  const assembler = new BlockAssembler({ params, minFeerate: 1, ...options }, {
    chain: chain.state(), mempool: pool, versionBits: new VersionBits(params.consensus), clock: new Clock(), log: SILENT,
  });
  return { chain, pool, assembler, params };
}

describe('templates', () => {
  it('takes chunks by feerate, pays fees and subsidy, and commits to witnesses', () => {
    const { chain, pool, assembler } = setup();
    const low = spend([chain.fund(100_000)], [99_000]);
    const parent = spend([chain.fund(100_000)], [99_800]);
    const child = spend([output(parent)], [50_000]);
    for (const tx of [low, parent, child]) expect(pool.accept(tx).ok).toBe(true);
    const template = assembler.create({ coinbaseScript: ANYONE, testValidity: false });
    const { block } = template;
    expect(block.txs.slice(1)).toEqual([parent, child, low]);
    expect(template.fees).toEqual([200, 49_800, 1000]);
    const [coinbase] = block.txs;
    expect(coinbase?.outputs[0]?.value).toBe(25 * 100_000_000 + 51_000);
    expect(toHex(coinbase?.inputs[0]?.scriptSig ?? new Uint8Array(0))).toBe('02c900');
    expect(coinbase?.locktime).toBe(200);
    expect(checkWitnessCommitment(block, true).ok).toBe(true);
    expect(checkMerkleRoot(block).ok).toBe(true);
    expect(assembler.lastTxCount).toBe(3);
  });

  it('keeps to its weight', () => {
    const { chain, pool, assembler } = setup({ maxWeight: 60_000 });
    for (let i = 0; i < 10; i++) pool.accept(spend([chain.fund(1_000_000)], [900_000], { padding: 4000 }));
    const { block } = assembler.create({ coinbaseScript: ANYONE, testValidity: false });
    expect(block.txs.length).toBe(4);
    expect(block.weight).toBeLessThan(60_000);
  });
});

describe('mining', () => {
  it('finds a nonce, hands tries on, and stops when told', async () => {
    const { assembler, params } = setup();
    const { block } = assembler.create({ coinbaseScript: ANYONE, testValidity: false });
    const mined = await mineBlock(block, 1000, new AbortController().signal);
    expect(mined.block).not.toBeNull();
    expect(checkProofOfWork(mined.block?.hash ?? new Uint8Array(32), 0x207fffff, params.consensus)).toBe(true);
    expect(await mineBlock(block, 0, new AbortController().signal)).toMatchObject({ block: null, exhausted: false });
    expect(await mineBlock(block, 1000, AbortSignal.abort())).toMatchObject({ block: null });
  });
});
