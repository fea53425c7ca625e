import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { BlockIndex } from '../../../src/chain/types.ts';
import { BlockFilterIndex } from '../../../src/index/block-filter-index.ts';
import { IndexFollower } from '../../../src/index/index-follower.ts';
import { blockchainMethods } from '../../../src/node/rpc/blockchain.ts';
import { checkArguments } from '../../../src/rpc/arguments.ts';
import { scriptNames } from '../../../src/rpc/script-names.ts';
import { decodeBasicFilter, filterHash, filterHeader } from '../../../src/script/block-filter.ts';
import { fromHex, toHex } from '../../../src/util/bytes.ts';
import { Clock } from '../../../src/util/clock.ts';
import { type Json, parseJson, stringifyJson } from '../../../src/util/json.ts';
import { SILENT } from '../../../src/util/logger.ts';
import { mine, mineOn, openRegtest, type Opened, REGTEST, spend } from '../chain/chain-fixture.ts';

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

  it('answers getblockfilter and scanblocks', async () => {
    await mine(node.chain, 3);
    const { index, follower } = await openIndex();
    const methods = blockchainMethods({
      chain: node.chain, mempool: null, names: scriptNames(REGTEST), warnings: () => [], deprecated: () => false, drained: () => Promise.resolve(),
      txLookup: null, filterLookup: { ready: () => follower.caughtUp(), find: (block) => index.find(block) }, coinsCacheSizes: { db: 1, memory: 2 },
    });
    const call = async (name: string, ...params: Json[]): Promise<Json> => {
      const method = methods.find((one) => one.name === name);
      if (method === undefined) throw new Error(`no method ${name}`);
      const result = await method.handler({ method: name, params: checkArguments(method, params), uri: '/', authUser: '', peerAddress: '', signal: new AbortController().signal });
      return parseJson(stringifyJson(result ?? null));
    };
    expect(await call('getblockfilter', at(2).hashHex)).toMatchObject({ filter: toHex(index.find(at(2))?.encoded ?? new Uint8Array(0)) });
    await expect(call('getblockfilter', at(2).hashHex, 'extended')).rejects.toMatchObject({ rpcCode: -5, message: 'Unknown filtertype' });
    const all = [1, 2, 3].map((height) => at(height).hashHex);
    expect(await call('scanblocks', 'start', ['raw(51)'], 1)).toEqual({ from_height: 1, to_height: 3, relevant_blocks: all, completed: true });
    expect(await call('scanblocks', 'start', ['raw(51)'], 2, 2, 'basic', { filter_false_positives: true })).toMatchObject({ relevant_blocks: [all[1]] });
    // Hashes to the same number in the first block's filter as the script that is there.
    const twin = 'raw(001400000000000000000000000000000000000cadcb)';
    expect(await call('scanblocks', 'start', [twin], 0, 0)).toMatchObject({ relevant_blocks: [at(0).hashHex] });
    expect(await call('scanblocks', 'start', [twin], 0, 0, 'basic', { filter_false_positives: true })).toMatchObject({ relevant_blocks: [] });
    await expect(call('scanblocks', 'start', ['raw(51)'], 4)).rejects.toMatchObject({ rpcCode: -1, message: 'Invalid start_height' });
    await expect(call('scanblocks', 'start', ['raw(51)'], 3, 2)).rejects.toMatchObject({ rpcCode: -1, message: 'Invalid stop_height' });
    expect([await call('scanblocks', 'status'), await call('scanblocks', 'abort')]).toEqual([null, false]);
    await follower.stop();
  });
});
