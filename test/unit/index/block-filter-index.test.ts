import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { BlockIndex } from '../../../src/chain/types.ts';
import { BlockFilterIndex } from '../../../src/index/block-filter-index.ts';
import { IndexFollower } from '../../../src/index/index-follower.ts';
import { decodeBasicFilter, filterHash, filterHeader } from '../../../src/script/block-filter.ts';
import { fromHex, toHex } from '../../../src/util/bytes.ts';
import { Clock } from '../../../src/util/clock.ts';
import { SILENT } from '../../../src/util/logger.ts';
import { mine, mineOn, openRegtest, type Opened, spend } from '../chain/chain-fixture.ts';

let dir: string;
let node: Opened;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'coin-filters-'));
  node = await openRegtest(dir);
});
afterEach(async () => {
  await node.chain.close();
  rmSync(dir, { recursive: true, force: true });
});

async function openIndex(wipe = false, locks: [string, number][] = []): Promise<{ index: BlockFilterIndex; follower: IndexFollower }> {
  const index = await BlockFilterIndex.open({ path: join(dir, 'filters'), cacheBytes: 1024 * 1024, wipe });
  const follower = new IndexFollower(index, {
    chain: node.chain, log: SILENT, clock: new Clock(), fatal: (message) => { throw new Error(message); }, pruneLock: (name, height) => locks.push([name, height]),
  });
  follower.open();
  follower.start();
  while (!await follower.caughtUp()) await new Promise((resolve) => { setTimeout(resolve, 2); });
  return { index, follower };
}

function at(height: number): BlockIndex {
  const found = node.chain.active.at(height);
  if (found === null) throw new Error(`no block at ${height}`);
  return found;
}

describe('the index of block filters', () => {
  it('keeps filters whose headers chain, and says what is in a block', async () => {
    const blocks = await mine(node.chain, 101);
    const first = blocks[0]?.txs[0];
    if (first === undefined) throw new Error('no block');
    const tx = spend(first);
    await node.chain.processNewBlock(mineOn(at(101), [tx], { fees: 1000 }), { force: true });
    const locks: [string, number][] = [];
    const { index, follower } = await openIndex(false, locks);
    let header: Uint8Array = new Uint8Array(32);
    for (let height = 0; height <= 102; height++) {
      const found = index.find(at(height));
      if (found === null) throw new Error(`no filter at ${height}`);
      const filter = decodeBasicFilter(at(height).hash, found.encoded);
      header = filterHeader(filterHash(filter), header);
      expect(toHex(found.header)).toBe(toHex(header));
    }
    const filter = decodeBasicFilter(at(102).hash, index.find(at(102))?.encoded ?? new Uint8Array(0));
    expect(filter.match(fromHex('51'))).toBe(true);
    expect(filter.match(fromHex('0014'.padEnd(44, 'ab')))).toBe(false);
    expect(locks.at(-1)).toEqual(['basic block filter index', 102]);
    await follower.stop();
  });

  it('goes on after a restart, and keeps filters of blocks that left the chain', async () => {
    const { chain } = node;
    await mine(chain, 5);
    let { index, follower } = await openIndex();
    const stale = at(5);
    const staleFilter = index.find(stale)?.encoded;
    await chain.flush();
    await follower.stop();
    expect(readFileSync(join(dir, 'filters', 'fltr00000.dat')).subarray(0, 32).equals(at(0).hash)).toBe(true);

    await chain.processNewBlock(mineOn(at(4), [], { time: at(4).time + 9 }), { force: true });
    await chain.invalidateBlock(stale);
    await chain.activateBestChain();
    await mine(chain, 2);
    ({ index, follower } = await openIndex());
    expect(follower.summary()).toEqual({ name: 'basic block filter index', synced: true, bestHeight: 7 });
    expect(at(5)).not.toBe(stale);
    expect(index.find(stale)?.encoded).toEqual(staleFilter);
    for (const height of [5, 6, 7]) expect(index.find(at(height))).not.toBeNull();
    expect(index.find(at(5))?.header).not.toEqual(index.find(stale)?.header);
    await follower.stop();
  });

  it('tells a damaged filter', async () => {
    await mine(node.chain, 1);
    const { index, follower } = await openIndex(true);
    const { writeFileSync } = await import('node:fs');
    const file = join(dir, 'filters', 'fltr00000.dat');
    const bytes = readFileSync(file);
    bytes[34] = (bytes[34] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    expect(() => index.find(at(0))).toThrow('is damaged');
    await follower.stop();
  });
});
