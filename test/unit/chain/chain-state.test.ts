import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChainMempool } from '../../../src/chain/types.ts';
import { Transaction } from '../../../src/primitives/transaction.ts';
import { mine, mineOn, openRegtest, spend } from './chain-fixture.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'coin-chain-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

describe('a fresh chain state', () => {
  it('has the genesis block and nothing else', async () => {
    const { chain, log } = await openRegtest(dir);
    expect(chain.active.height).toBe(0);
    expect(chain.active.tip!.hashHex).toBe('0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206');
    expect(chain.isInitialDownload()).toBe(true);
    expect(log).toContain('Block index and chainstate loaded');
    await chain.close();
  });

  it('connects blocks, leaves the initial download and comes back after a restart', async () => {
    let { chain } = await openRegtest(dir);
    await mine(chain, 10);
    const tip = chain.active.tip!.hashHex;
    expect(chain.isInitialDownload()).toBe(false);
    await chain.close();
    let log: string[];
    ({ chain, log } = await openRegtest(dir));
    expect(chain.active.tip!.hashHex).toBe(tip);
    expect(log.join('\n')).toMatch(/Verification: no coin database inconsistencies \(6 transactions\)/);
    await chain.close();
  });

  it('brings back everything that was acknowledged when it was never closed', async () => {
    const first = await openRegtest(dir);
    await mine(first.chain, 5);
    await first.chain.flush();
    const blocks = await mine(first.chain, 7);
    const fork = first.chain.active.at(8)!;
    const side = mineOn(fork);
    await first.chain.processNewBlock(side, { force: true });
    const tip = first.chain.active.tip!.hashHex;
    // All but the operator's word on a block, which goes to disk with the coins.
    await first.chain.invalidateBlock(first.chain.lookup(blocks[6]!.hash)!);
    // What a kill leaves: the files as they are. Only the database lock must go.
    const copy = `${dir}-copy`;
    const { cpSync } = await import('node:fs');
    cpSync(dir, copy, { recursive: true });
    await first.chain.close();
    const second = await openRegtest(copy);
    expect(second.chain.active.tip!.hashHex).toBe(tip);
    expect(second.chain.active.height).toBe(12);
    expect(second.chain.tips().map((t) => t.height).sort()).toEqual([12, 9]);
    expect(second.chain.lookup(side.hash)?.haveData).toBe(true);
    await second.chain.close();
    rmSync(copy, { recursive: true, force: true });
  });
});

describe('rules', () => {
  it('refuses a coinbase that pays too much, remembers it, and keeps the tip', async () => {
    const { chain, log } = await openRegtest(dir);
    await mine(chain, 1);
    const tip = chain.active.tip!;
    const bad = mineOn(tip, [], { value: 5_000_000_001 });
    const result = await chain.processNewBlock(bad, { force: true });
    expect(result).toMatchObject({ accepted: false, verdict: { reason: 'bad-cb-amount', debug: 'coinbase pays too much (actual=5000000001 vs limit=5000000000)' } });
    expect(chain.active.tip).toBe(tip);
    expect(chain.lookup(bad.hash)?.failed).toBe(true);
    expect(await chain.processNewBlock(bad)).toMatchObject({ accepted: false, verdict: { result: 'cached-invalid', reason: 'duplicate-invalid' } });
    const child = mineOn(chain.lookup(bad.hash)!);
    expect(await chain.processNewBlock(child)).toMatchObject({ accepted: false, verdict: { result: 'invalid-prev', reason: 'bad-prevblk' } });
    expect(log.some((l) => l.startsWith('[error] ConnectTip: ConnectBlock '))).toBe(true);
    await chain.close();
  });

  it('keeps coinbases immature and coins spent once', async () => {
    const { chain } = await openRegtest(dir);
    const [first] = await mine(chain, 99);
    const tx = spend(first!.txs[0]!);
    const early = await chain.processNewBlock(mineOn(chain.active.tip!, [tx], { fees: 1000 }), { force: true });
    expect(early.verdict.reason).toBe('bad-txns-premature-spend-of-coinbase');
    await mine(chain, 1);
    const ok = await chain.processNewBlock(mineOn(chain.active.tip!, [tx], { fees: 1000 }), { force: true });
    expect(ok.accepted).toBe(true);
    expect(chain.coins.getCoin(first!.txs[0]!.txid, 0)).toBeUndefined();
    expect(chain.coins.getCoin(tx.txid, 0)?.value).toBe(4_999_999_000);
    const again = new Transaction({ ...tx, inputs: tx.inputs, outputs: tx.outputs, version: 1, locktime: 0 });
    const twice = await chain.processNewBlock(mineOn(chain.active.tip!, [again], { fees: 1000 }), { force: true });
    expect(twice.verdict.reason).toBe('bad-txns-inputs-missingorspent');
    const undo = chain.readUndo(chain.active.tip!);
    expect(undo).toEqual([[{ value: 5_000_000_000, scriptPubKey: Uint8Array.of(0x51), height: 1, coinbase: true }]]);
    await chain.close();
  });

  it('tests a block without changing anything', async () => {
    const { chain } = await openRegtest(dir);
    await mine(chain, 2);
    const good = mineOn(chain.active.tip!);
    expect(chain.testBlockValidity(good, { checkPow: true, checkMerkleRoot: true }).ok).toBe(true);
    expect(chain.testBlockValidity(mineOn(chain.active.tip!, [], { value: 6e9 }), { checkPow: true, checkMerkleRoot: true }).reason).toBe('bad-cb-amount');
    expect(chain.lookup(good.hash)).toBeUndefined();
    expect(chain.testBlockValidity(mineOn(chain.active.at(1)!), { checkPow: true, checkMerkleRoot: true }).reason).toBe('inconclusive-not-best-prevblk');
    await chain.close();
  });

  it('does not store unrequested blocks far ahead or without work', async () => {
    const { chain } = await openRegtest(dir);
    await mine(chain, 3);
    const side = mineOn(chain.active.at(0)!);
    expect(await chain.processNewBlock(side)).toMatchObject({ accepted: true, isNew: false });
    expect(chain.lookup(side.hash)!.haveData).toBe(false);
    expect(await chain.processNewBlock(side, { force: true })).toMatchObject({ accepted: true, isNew: true });
    await chain.close();
  });
});

class RecordingMempool implements ChainMempool {
  readonly calls: string[] = [];
  removeForBlock(_block: unknown, height: number): void { this.calls.push(`block ${height}`); }
  afterReorg(txs: readonly Transaction[], readd: boolean): void { this.calls.push(`reorg ${txs.map((t) => t.txidHex.slice(0, 8)).join(' ')} ${readd}`); }
}

describe('reorganisations', () => {
  it('moves to the branch with more work and gives transactions back', async () => {
    const { chain } = await openRegtest(dir);
    const blocks = await mine(chain, 102);
    const a = spend(blocks[0]!.txs[0]!);
    const b = spend(a);
    const base = chain.active.tip!;
    await chain.processNewBlock(mineOn(base, [a], { fees: 1000 }), { force: true });
    await chain.processNewBlock(mineOn(chain.active.tip!, [b], { fees: 1000 }), { force: true });
    const old = chain.active.tip!;
    const mempool = new RecordingMempool();
    chain.setMempool(mempool);
    const events: string[] = [];
    chain.addListener({
      blockConnected: (_b, i) => events.push(`+${i.height}`),
      blockDisconnected: (_b, i) => events.push(`-${i.height}`),
      updatedBlockTip: (t, f) => events.push(`tip ${t.height} fork ${f?.height}`),
    });
    let parent = base;
    for (let i = 0; i < 3; i++) {
      const block = mineOn(parent, i === 2 ? [a] : [], { fees: i === 2 ? 1000 : 0 });
      await chain.processNewBlock(block, { force: true });
      parent = chain.lookup(block.hash)!;
    }
    expect(chain.active.tip).toBe(parent);
    expect(events).toEqual(['-104', '-103', '+103', '+104', '+105', 'tip 105 fork 102']);
    expect(mempool.calls).toEqual(['block 103', 'block 104', 'block 105', `reorg ${b.txidHex.slice(0, 8)} true`]);
    expect(chain.coins.getCoin(b.txid, 0)).toBeUndefined();
    expect(chain.coins.getCoin(a.txid, 0)).toBeDefined();
    await chain.invalidateBlock(parent.ancestor(103)!);
    expect(chain.active.tip!.height).toBe(102);
    expect((await chain.activateBestChain()).ok).toBe(true);
    expect(chain.active.tip).toBe(old);
    await chain.reconsiderBlock(parent);
    expect(chain.active.tip).toBe(parent);
    expect(await chain.verifyChain(4, 0)).toBe('success');
    await chain.close();
    const again = await openRegtest(dir, { checkLevel: 4, checkBlocks: 0 });
    expect(again.chain.active.tip!.hashHex).toBe(parent.hashHex);
    await again.chain.close();
  });

  it('prefers the first block seen, and a precious one', async () => {
    const { chain } = await openRegtest(dir);
    await mine(chain, 2);
    const base = chain.active.tip!;
    const one = mineOn(base);
    const two = mineOn(base);
    await chain.processNewBlock(one, { force: true });
    await chain.processNewBlock(two, { force: true });
    expect(chain.active.tip!.hashHex).toBe(one.hashHex);
    await chain.preciousBlock(chain.lookup(two.hash)!);
    expect(chain.active.tip!.hashHex).toBe(two.hashHex);
    await chain.preciousBlock(chain.lookup(one.hash)!);
    expect(chain.active.tip!.hashHex).toBe(one.hashHex);
    await chain.close();
  });

  it('comes to the same tip in whatever order blocks arrive', async () => {
    const source = await openRegtest(join(dir, 'a'));
    const blocks = await mine(source.chain, 20);
    await source.chain.close();
    const { chain } = await openRegtest(join(dir, 'b'));
    expect(chain.processNewHeaders(blocks.map((b) => b.header), true).verdict.ok).toBe(true);
    expect(chain.bestHeader!.height).toBe(20);
    for (const block of [...blocks].reverse()) await chain.processNewBlock(block, { force: true });
    expect(chain.active.height).toBe(20);
    expect(await chain.verifyChain(4, 0)).toBe('success');
    await chain.close();
  });
});

describe('damage', () => {
  it('is survived where a flush of the coins fails half way', async () => {
    let armed = -1;
    const fault = (what: string): void => {
      if (what === 'batch:chainstate' && armed >= 0 && armed-- === 0) throw new Error('injected');
    };
    const first = await openRegtest(dir, { fault, dbBatchBytes: 400 });
    const blocks = await mine(first.chain, 110);
    await first.chain.flush();
    const tx = spend(blocks[0]!.txs[0]!);
    await first.chain.processNewBlock(mineOn(first.chain.active.tip!, [tx], { fees: 1000 }), { force: true });
    await mine(first.chain, 30);
    const tip = first.chain.active.tip!.hashHex;
    armed = 3;
    await expect(first.chain.flush()).rejects.toThrow('injected');
    await expect(mine(first.chain, 1)).rejects.toThrow('injected');
    await first.chain.close();
    const second = await openRegtest(dir, { checkLevel: 4, checkBlocks: 0 });
    expect(second.log).toContain('Replaying blocks');
    expect(second.chain.active.tip!.hashHex).toBe(tip);
    expect(second.chain.coins.getCoin(blocks[0]!.txs[0]!.txid, 0)).toBeUndefined();
    expect(second.chain.coins.getCoin(tx.txid, 0)).toBeDefined();
    await second.chain.close();
  });

  it('is repaired by a reindex, of the index or of the coins alone', async () => {
    const first = await openRegtest(dir);
    await mine(first.chain, 20);
    await first.chain.processNewBlock(mineOn(first.chain.active.at(15)!), { force: true });
    const tip = first.chain.active.tip!.hashHex;
    await first.chain.close();
    const second = await openRegtest(dir, { reindex: true });
    expect(second.chain.active.height).toBe(-1);
    expect(second.chain.loading).toBe(true);
    await second.chain.importBlocks();
    expect(second.log).toContain('Reindexing finished');
    expect(second.log.some((l) => l.startsWith('Loaded 22 blocks from external file'))).toBe(true);
    expect(second.chain.active.tip!.hashHex).toBe(tip);
    expect(second.chain.tips()).toHaveLength(2);
    expect(second.chain.isInitialDownload()).toBe(false);
    await mine(second.chain, 1);
    await second.chain.close();
    const third = await openRegtest(dir, { reindexChainstate: true, checkLevel: 4, checkBlocks: 0 });
    expect(third.chain.active.height).toBe(21);
    expect(await third.chain.verifyChain(4, 0)).toBe('success');
    await third.chain.close();
  });

  it('goes on with a reindex that was interrupted', async () => {
    const first = await openRegtest(dir);
    await mine(first.chain, 20);
    const tip = first.chain.active.tip!.hashHex;
    await first.chain.close();
    const second = await openRegtest(dir, { reindex: true });
    // As soon as the first block is there.
    second.chain.addListener({ blockConnected: () => second.chain.interrupt() });
    await second.chain.importBlocks();
    expect(second.log).toContain('Interrupt requested. Exit reindexing.');
    await second.chain.close();
    const third = await openRegtest(dir);
    expect(third.chain.loading).toBe(true);
    expect(third.chain.active.height).toBe(0);
    await third.chain.importBlocks();
    expect(third.log).toContain('Reindexing finished');
    expect(third.chain.active.tip!.hashHex).toBe(tip);
    await mine(third.chain, 1);
    await third.chain.close();
    const fourth = await openRegtest(dir, { checkLevel: 4, checkBlocks: 0 });
    expect(fourth.chain.active.height).toBe(21);
    expect(await fourth.chain.verifyChain(4, 0)).toBe('success');
    await fourth.chain.close();
  });

  it('does not come from pruning', async () => {
    const first = await openRegtest(dir, { fastPrune: true, prune: { kind: 'manual' } });
    await mine(first.chain, 1000);
    expect(first.chain.prunedHeight).toBeNull();
    await first.chain.pruneByHeight(700);
    const height = first.chain.prunedHeight!;
    expect(height).toBeGreaterThan(400);
    expect(height).toBeLessThanOrEqual(700);
    expect(first.chain.readBlock(first.chain.active.at(5)!)).toBeNull();
    expect(first.chain.isPruned(first.chain.active.at(5)!)).toBe(true);
    await first.chain.close();
    await expect(openRegtest(dir, { fastPrune: true })).rejects.toThrow('You need to rebuild the database using -reindex to go back to unpruned mode.');
    const second = await openRegtest(dir, { fastPrune: true, prune: { kind: 'manual' }, checkBlocks: 0 });
    expect(second.chain.active.height).toBe(1000);
    expect(second.chain.prunedHeight).toBe(height);
    await second.chain.close();
  });

  it('keeps the block files in the form of the reference', async () => {
    const { chain } = await openRegtest(dir, { blocksXor: false });
    const [block] = await mine(chain, 1);
    await chain.close();
    const blk = readFileSync(join(dir, 'blocks', 'blk00000.dat'));
    expect(blk.subarray(0, 8).toString('hex')).toBe('fabfb5da1d010000');
    expect(blk.subarray(8 + 285, 8 + 285 + 4).toString('hex')).toBe('fabfb5da');
    expect(blk.subarray(8 + 285 + 8, 8 + 285 + 8 + block!.size)).toEqual(Buffer.from(block!.raw));
    expect(blk.length).toBe(16 << 20);
  });
});
