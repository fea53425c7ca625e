import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TxMempool } from '../../../src/mempool/mempool.ts';
import { FeeEstimators } from '../../../src/mempool/fee-estimators.ts';
import { BlockAssembler } from '../../../src/mining/block-assembler.ts';
import { feeMethods } from '../../../src/node/rpc/fees.ts';
import { generateMethods } from '../../../src/node/rpc/generate.ts';
import { mempoolMethods } from '../../../src/node/rpc/mempool.ts';
import { mempoolSubmitMethods } from '../../../src/node/rpc/mempool-submit.ts';
import { miningMethods } from '../../../src/node/rpc/mining.ts';
import type { RpcMethod } from '../../../src/rpc/method.ts';
import { fromHex, toHex } from '../../../src/util/bytes.ts';
import type { Json, JsonObject } from '../../../src/util/json.ts';
import { stringifyJson } from '../../../src/util/json.ts';
import { SILENT } from '../../../src/util/logger.ts';
import { type Opened, openRegtest, REGTEST } from '../chain/chain-fixture.ts';
import { ANYONE, spend } from '../mempool/fake-chain.ts';

describe('mining on a real chain', () => {
  let dir: string;
  let opened: Opened;
  let pool: TxMempool;
  let methods: Map<string, RpcMethod>;

  const call = async (name: string, ...params: (Json | undefined)[]): Promise<Json> => {
    const method = methods.get(name);
    if (method === undefined) throw new Error(`no method ${name}`);
    return (await method.handler({ method: name, params, uri: '/', authUser: '', peerAddress: '', signal: new AbortController().signal })) ?? null;
  };

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'coin-generate-'));
    opened = await openRegtest(dir);
    const { chain, clock } = opened;
    pool = new TxMempool({
      params: REGTEST, maxBytes: 300_000_000, expirySec: 336 * 3600, minRelayFeerate: 100, incrementalFeerate: 100, dustFeerate: 3000, permitBareMultisig: true,
      maxDatacarrierBytes: 100_000, requireStandard: true, limits: { clusterCount: 64, clusterVsize: 101_000, ancestorCount: 25, descendantCount: 25 },
    }, { chain, log: SILENT, clock, caches: chain.validationCaches });
    pool.loaded = true;
    chain.setMempool(pool);
    const versionBits = chain.deployments.versionBits;
    const assembler = new BlockAssembler({ params: REGTEST, minFeerate: 1 }, { chain, mempool: pool, versionBits, clock, log: SILENT });
    const estimators = new FeeEstimators({ blockPolicyPath: join(dir, 'fees', 'block_policy_estimates.dat'), mempoolPolicyPath: null }, { mempool: pool, chain, log: SILENT, clock });
    estimators.start();
    const scripts = { address: () => ANYONE, descriptor: (text: string) => (text === 'raw(51)' ? { script: fromHex('51') } : { error: 'no descriptor' }) };
    methods = new Map([
      ...generateMethods({ chain, mempool: pool, assembler, params: REGTEST, scripts }),
      ...miningMethods({ chain, mempool: pool, assembler, params: REGTEST, versionBits, clock, connections: () => 0, clientName: 'Coin', requireStandard: true, warnings: () => [] }),
      ...mempoolMethods({ mempool: pool, chain, clock, log: SILENT, path: join(dir, 'mempool.dat'), persistV1: false, expirySec: 336 * 3600, deprecated: () => false }),
      ...mempoolSubmitMethods({ mempool: pool, chain, announce: () => undefined, drained: () => Promise.resolve() }),
      ...feeMethods({ mempool: pool, estimators }),
    ].map((method) => [method.name, method]));
  });

  afterEach(async () => {
    await opened.chain.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it('mines, spends, confirms, reorganises and saves', async () => {
    const { chain } = opened;
    await call('generatetoaddress', 110, 'me');
    expect(chain.active.height).toBe(110);
    const first = chain.readBlock(chain.active.at(1) ?? (() => { throw new Error('no block'); })());
    const coinbase = first?.txs[0];
    if (coinbase === undefined) throw new Error('no coinbase');
    const tx = spend([{ txid: coinbase.txid, vout: 0 }], [4_999_990_000]);
    const test = await call('testmempoolaccept', [toHex(tx.raw)]) as JsonObject[];
    expect(test[0]).toMatchObject({ allowed: true, vsize: tx.vsize });
    expect(await call('sendrawtransaction', toHex(tx.raw))).toBe(tx.txidHex);
    expect(await call('getrawmempool')).toEqual([tx.txidHex]);
    expect(stringifyJson(await call('getmempoolinfo'))).toContain('"unbroadcastcount":1');
    const entry = await call('getmempoolentry', tx.txidHex) as JsonObject;
    expect(entry).toMatchObject({ descendantcount: 1, ancestorcount: 1, depends: [], spentby: [], unbroadcast: true });

    const template = await call('getblocktemplate', { rules: ['segwit'] }) as JsonObject;
    expect(template).toMatchObject({ height: 111, vbrequired: 0, coinbasevalue: 5_000_010_000 });
    expect(template['transactions']).toHaveLength(1);
    await expect(call('getblocktemplate', {})).rejects.toThrow('getblocktemplate must be called with the segwit rule set (call with {"rules": ["segwit"]})');

    await call('savemempool');
    await call('generatetodescriptor', 1, 'raw(51)');
    expect(pool.size).toBe(0);
    expect(stringifyJson(await call('getmininginfo'))).toContain('"blocks":111');
    await expect(call('sendrawtransaction', toHex(tx.raw))).rejects.toThrow('Transaction outputs already in utxo set');
    const tip = chain.active.tip;
    if (tip === null) throw new Error('no tip');
    await chain.invalidateBlock(tip);
    expect(chain.active.height).toBe(110);
    expect(pool.has(tx.txid)).toBe(true);

    const made = await call('generateblock', 'me', [tx.txidHex], false) as JsonObject;
    expect(pool.has(tx.txid)).toBe(true);
    expect(await call('submitblock', made['hex'])).toBeNull();
    expect(await call('submitblock', made['hex'])).toBe('duplicate');
    expect(pool.size).toBe(0);
    await expect(call('generateblock', 'me', ['00'.repeat(32)])).rejects.toThrow('not in mempool');
    expect(stringifyJson(await call('estimatesmartfee', 6))).toBe('{"errors":["Insufficient data or no feerate found"],"blocks":0}');
    await expect(call('estimatesmartfee', 1009)).rejects.toThrow('Invalid conf_target, must be between 1 and 1008');
    expect(stringifyJson(await call('estimaterawfee', 6))).toContain('"short":{"decay":0.962,"scale":1,"fail":{"startrange":0');
  });

  it('makes empty blocks fast', async () => {
    // Of the processor's time: others may want it, too.
    const before = process.cpuUsage();
    await call('generatetoaddress', 1000, 'me');
    const { user, system } = process.cpuUsage(before);
    const rate = 1000 / ((user + system) / 1e6);
    expect(opened.chain.active.height).toBe(1000);
    expect(rate).toBeGreaterThan(100);
    if (process.env['COIN_FIGURES'] !== undefined) process.stderr.write(`empty blocks a second: ${Math.round(rate)}\n`);
  });
});
