import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { IndexFollower } from '../../../src/index/index-follower.ts';
import { TxIndex } from '../../../src/index/tx-index.ts';
import { Clock } from '../../../src/util/clock.ts';
import { SILENT } from '../../../src/util/logger.ts';
import { mine, mineOn, openRegtest, type Opened, spend } from '../chain/chain-fixture.ts';

let dir: string;
let node: Opened;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'coin-txindex-'));
  node = await openRegtest(dir);
});
afterEach(async () => {
  await node.chain.close();
  rmSync(dir, { recursive: true, force: true });
});

async function openIndex(wipe = false): Promise<{ index: TxIndex; follower: IndexFollower }> {
  const { chain } = node;
  const index = await TxIndex.open({ path: join(dir, 'txindex'), cacheBytes: 1024 * 1024, wipe }, { chain, log: SILENT });
  const follower = new IndexFollower(index, { chain, log: SILENT, clock: new Clock(), fatal: (message) => { throw new Error(message); } });
  follower.open();
  return { index, follower };
}

/** Waits until the first catching up is over. */
async function synced(follower: IndexFollower): Promise<void> {
  while (!await follower.caughtUp()) await new Promise((resolve) => { setTimeout(resolve, 2); });
}

describe('the transaction index', () => {
  it('catches up, follows, and survives a restart', async () => {
    const blocks = await mine(node.chain, 103);
    let { index, follower } = await openIndex();
    expect(follower.summary()).toEqual({ name: 'txindex', synced: false, bestHeight: 0 });
    expect(await follower.caughtUp()).toBe(false);
    follower.start();
    await synced(follower);
    expect(follower.summary()).toEqual({ name: 'txindex', synced: true, bestHeight: 103 });
    const coinbase = blocks[5]?.txs[0];
    if (coinbase === undefined) throw new Error('no block');
    expect((await index.find(coinbase.txid))?.block.hashHex).toBe(blocks[5]?.hashHex);

    const first = blocks[0]?.txs[0];
    if (first === undefined || node.chain.active.tip === null) throw new Error('no chain');
    const tx = spend(first);
    await node.chain.processNewBlock(mineOn(node.chain.active.tip, [tx], { fees: 1000 }), { force: true });
    expect(await follower.caughtUp()).toBe(true);
    const found = await index.find(tx.txid);
    expect([found?.tx.wtxidHex, found?.block.height]).toEqual([tx.wtxidHex, 104]);
    expect(await index.find(new Uint8Array(32).fill(9))).toBeNull();
    const genesis = node.chain.readBlock(node.chain.active.at(0) ?? node.chain.active.tip);
    expect(await index.find(genesis?.txs[0]?.txid ?? new Uint8Array(32))).toBeNull();

    await node.chain.flush();
    await follower.stop();
    ({ index, follower } = await openIndex());
    expect(follower.summary()).toEqual({ name: 'txindex', synced: true, bestHeight: 104 });
    expect((await index.find(tx.txid))?.block.height).toBe(104);
    await follower.stop();
  });

  it('is not written down beyond the coins on disk, and takes blocks a second time', async () => {
    await mine(node.chain, 3);
    let { index, follower } = await openIndex();
    follower.start();
    await synced(follower);
    await follower.stop();
    ({ index, follower } = await openIndex());
    expect(index.bestBlock()).toBeNull();
    follower.start();
    await synced(follower);
    const tip = node.chain.active.tip;
    if (tip === null) throw new Error('no chain');
    expect((await index.find(node.chain.readBlock(tip)?.txs[0]?.txid ?? new Uint8Array(32)))?.block).toBe(tip);
    await follower.stop();
  });

  it('prefers blocks of the best chain, and keeps those that left it', async () => {
    await mine(node.chain, 101);
    const { chain } = node;
    const { index, follower } = await openIndex();
    follower.start();
    await synced(follower);
    const [fork, first] = [chain.active.at(101), chain.active.at(1)];
    if (fork === null || first === null) throw new Error('no chain');
    const coinbase = chain.readBlock(first)?.txs[0];
    if (coinbase === undefined) throw new Error('no block');
    const tx = spend(coinbase);
    await chain.processNewBlock(mineOn(fork, [tx], { fees: 1000 }), { force: true });
    await follower.caughtUp();
    const stale = chain.active.tip;
    const other = mineOn(fork, [tx], { fees: 1000, time: fork.time + 7 });
    await chain.processNewBlock(other, { force: true });
    const otherIndex = chain.lookup(other.hash);
    if (stale === null || otherIndex === undefined) throw new Error('no chain');
    await chain.processNewBlock(mineOn(otherIndex), { force: true });
    await follower.caughtUp();
    expect(chain.active.contains(stale)).toBe(false);
    expect((await index.find(tx.txid))?.block).toBe(otherIndex);
    const staleCoinbase = chain.readBlock(stale)?.txs[0];
    expect((await index.find(staleCoinbase?.txid ?? tx.txid))?.block).toBe(stale);
    await follower.stop();
  });

  it('says so where it does not belong to this chain', async () => {
    const { chain } = node;
    await mine(chain, 2);
    const index = await TxIndex.open({ path: join(dir, 'txindex'), cacheBytes: 1024 * 1024, wipe: false }, { chain, log: SILENT });
    await index.commit([new Uint8Array(32).fill(1)]);
    const follower = new IndexFollower(index, { chain, log: SILENT, clock: new Clock(), fatal: () => undefined });
    expect(() => follower.open()).toThrow('best block of txindex not found. Please rebuild the index.');
    await index.close();
    const { follower: anew } = await openIndex(true);
    expect(anew.summary()).toEqual({ name: 'txindex', synced: false, bestHeight: 0 });
    await anew.stop();
  });
});
