import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { blockchainStatsMethods } from '../../../src/node/rpc/blockchain-stats.ts';
import { scriptNames } from '../../../src/rpc/script-names.ts';
import { Block } from '../../../src/primitives/block.ts';
import { fromHex } from '../../../src/util/bytes.ts';
import { describeVectors, readVectorJson } from '../../support/vectors.ts';
import { openRegtest, REGTEST } from './chain-fixture.ts';

describeVectors('a recorded chain', () => {
  it('is accepted and has the published statistics', async () => {
    const vector = readVectorJson<{ blocks: string[]; mocktime: number; stats: Record<string, unknown>[] }>('rpc_getblockstats.json');
    const dir = mkdtempSync(join(tmpdir(), 'coin-stats-'));
    const { chain, clock } = await openRegtest(dir);
    clock.setMockTime(vector.mocktime);
    for (const hex of vector.blocks) {
      const result = await chain.processNewBlock(Block.fromBytes(fromHex(hex)), { force: true });
      expect(result.verdict).toMatchObject({ ok: true });
    }
    const [getblockstats] = blockchainStatsMethods({
      chain, mempool: null, names: scriptNames(REGTEST), warnings: () => [], deprecated: () => false,
      drained: () => Promise.resolve(), txLookup: null, filterLookup: null, coinsCacheSizes: { db: 0, memory: 0 },
    });
    const first = chain.active.height - vector.stats.length + 1;
    vector.stats.forEach((expected, i) => {
      const got = getblockstats!.handler({
        method: 'getblockstats', params: [first + i, undefined], uri: '/', authUser: '', peerAddress: '', signal: new AbortController().signal,
      });
      expect(got).toEqual(expected);
    });
    expect(await chain.verifyChain(4, 0)).toBe('success');
    await chain.close();
    rmSync(dir, { recursive: true, force: true });
  });
});
