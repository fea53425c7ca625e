import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { blockchainMethods } from '../../../src/node/rpc/blockchain.ts';
import { MuHash } from '../../../src/crypto/muhash.ts';
import { checkArguments } from '../../../src/rpc/arguments.ts';
import { methodHelp } from '../../../src/rpc/help.ts';
import { scriptNames } from '../../../src/rpc/script-names.ts';
import { reversed, toHex } from '../../../src/util/bytes.ts';
import { type Json, type JsonObject, parseJson, stringifyJson } from '../../../src/util/json.ts';
import { mine, mineOn, openRegtest, type Opened, REGTEST, spend } from './chain-fixture.ts';

let dir: string;
let node: Opened;
let spent: string;
const methods = new Map<string, ReturnType<typeof blockchainMethods>[number]>();

async function call(name: string, ...params: Json[]): Promise<Json> {
  const method = methods.get(name);
  if (method === undefined) throw new Error(`no method ${name}`);
  const checked = checkArguments(method, params);
  const result = await method.handler({ method: name, params: checked, uri: '/', authUser: '', peerAddress: '', signal: new AbortController().signal });
  return parseJson(stringifyJson(result));
}
const object = async (name: string, ...params: Json[]): Promise<JsonObject> => await call(name, ...params) as JsonObject;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'coin-rpc-'));
  node = await openRegtest(dir);
  const deps = {
    chain: node.chain, mempool: null, names: scriptNames(REGTEST), warnings: () => ['careful'], deprecated: () => false,
    drained: () => Promise.resolve(), txLookup: null, filterLookup: null, coinsCacheSizes: { db: 1, memory: 2 },
  };
  for (const method of blockchainMethods(deps)) methods.set(method.name, method);
  const blocks = await mine(node.chain, 110);
  const tx = spend(blocks[0]!.txs[0]!);
  spent = tx.txidHex;
  await node.chain.processNewBlock(mineOn(node.chain.active.tip!, [tx], { fees: 1000 }), { force: true });
  await node.chain.processNewBlock(mineOn(node.chain.active.at(109)!), { force: true });
});
afterAll(async () => {
  await node.chain.close();
  rmSync(dir, { recursive: true, force: true });
});

describe('methods about the chain', () => {
  it('have help', () => {
    for (const method of methods.values()) expect(methodHelp(method)).toContain(method.name);
  });

  it('tell heights, hashes and headers', async () => {
    expect(await call('getblockcount')).toBe(111);
    const hash = await call('getbestblockhash');
    expect(await call('getblockhash', 111)).toBe(hash);
    await expect(call('getblockhash', 112)).rejects.toMatchObject({ rpcCode: -8, message: 'Block height out of range' });
    const header = await object('getblockheader', hash);
    expect(header).toMatchObject({ confirmations: 1, height: 111, versionHex: '20000000', bits: '207fffff', nTx: 2 });
    expect(header['target']).toBe(`7fffff${'0'.repeat(58)}`);
    expect(String(header['chainwork'])).toHaveLength(64);
    expect(await call('getblockheader', hash, false)).toBe(toHex(node.chain.active.tip!.header().serialize()));
    await expect(call('getblockheader', 'nonsense')).rejects.toMatchObject({ rpcCode: -8, message: "hash must be of length 64 (not 8, for 'nonsense')" });
    await expect(call('getblockheader', '00'.repeat(32))).rejects.toMatchObject({ rpcCode: -5, message: 'Block not found' });
  });

  it('show blocks at four depths', async () => {
    const hash = await call('getbestblockhash');
    expect(await call('getblock', hash, 0)).toBe(toHex(node.chain.readBlockRaw(node.chain.active.tip!)!));
    const plain = await object('getblock', hash);
    expect((plain['tx'] as Json[])[1]).toBe(spent);
    expect(plain['coinbase_tx']).toMatchObject({ version: 2, locktime: 0, sequence: 0xffffffff });
    const [, second] = (await object('getblock', hash, 2))['tx'] as JsonObject[];
    expect(stringifyJson(second!['fee'])).toBe('0.00001000');
    expect((second!['vin'] as JsonObject[])[0]!['prevout']).toBeUndefined();
    const [, third] = (await object('getblock', hash, 3))['tx'] as JsonObject[];
    expect((third!['vin'] as JsonObject[])[0]!['prevout']).toMatchObject({ generated: true, height: 1, scriptPubKey: { asm: '1', hex: '51', type: 'nonstandard' } });
    await expect(call('getblock', hash, '2')).rejects.toMatchObject({ rpcCode: -3 });
  });

  it('describe the chain and its forks', async () => {
    expect(await call('getblockchaininfo')).toMatchObject({ chain: 'regtest', blocks: 111, headers: 111, pruned: false, initialblockdownload: false, warnings: ['careful'] });
    const tips = await call('getchaintips') as JsonObject[];
    expect(tips.map((t) => [t['height'], t['branchlen'], t['status']])).toEqual([[111, 0, 'active'], [110, 1, 'valid-headers']]);
    const info = await object('getdeploymentinfo');
    expect(info['script_flags']).toEqual(['CHECKLOCKTIMEVERIFY', 'CHECKSEQUENCEVERIFY', 'DERSIG', 'NULLDUMMY', 'P2SH', 'TAPROOT', 'WITNESS']);
    expect(Object.keys(info['deployments'] as JsonObject)).toEqual(['bip34', 'bip66', 'bip65', 'csv', 'segwit', 'testdummy']);
    expect(stringifyJson(((info['deployments'] as JsonObject)['testdummy'] as JsonObject)['bip9'])).toContain('"timeout":9223372036854775807');
  });

  it('find single coins and count them all', async () => {
    expect(await call('gettxout', spent, 0, false)).toMatchObject({ confirmations: 1, coinbase: false });
    expect(await call('gettxout', spent, 1, false)).toBeNull();
    const stats = await object('gettxoutsetinfo');
    expect(stats).toMatchObject({ height: 111, txouts: 111, transactions: 111, bogosize: 111 * 51 });
    expect(stringifyJson(stats['total_amount'])).toBe('5550.00000000');
    expect((await object('gettxoutsetinfo', 'muhash'))['muhash']).toHaveLength(64);
    await expect(call('gettxoutsetinfo', 'foo hash')).rejects.toMatchObject({ rpcCode: -8, message: "'foo hash' is not a valid hash_type" });
    const scan = await object('scantxoutset', 'start', ['raw(51)']);
    expect(scan).toMatchObject({ success: true, txouts: 111, height: 111 });
    expect(scan['unspents']).toHaveLength(111);
    expect(await call('scantxoutset', 'status')).toBeNull();
  });

  it('give figures of blocks and of the chain', async () => {
    expect(await call('getblockstats', 111, ['totalfee', 'txs', 'ins', 'utxo_increase'])).toEqual({ ins: 1, totalfee: 1000, txs: 2, utxo_increase: 1 });
    await expect(call('getblockstats', 111, ['asdf'])).rejects.toMatchObject({ rpcCode: -8, message: "Invalid selected statistic 'asdf'" });
    await expect(call('getblockstats', -1)).rejects.toMatchObject({ message: 'Target block height -1 is negative' });
    await expect(call('getblockstats', 500)).rejects.toMatchObject({ message: 'Target block height 500 after current tip 111' });
    expect(await call('getchaintxstats', 10)).toMatchObject({ txcount: 113, window_block_count: 10, window_tx_count: 11 });
  });

  it('wait for blocks', async () => {
    expect(await call('waitforblockheight', 111)).toMatchObject({ height: 111 });
    const before = performance.now();
    expect(await call('waitfornewblock', 30)).toMatchObject({ height: 111 });
    expect(performance.now() - before).toBeGreaterThan(25);
    const waiting = call('waitforblockheight', 112, 10_000);
    await mine(node.chain, 1);
    expect(await waiting).toMatchObject({ height: 112 });
    await expect(call('waitfornewblock', -1)).rejects.toMatchObject({ rpcCode: -1, message: 'Negative timeout' });
  });

  it('invalidate, reconsider and verify', async () => {
    const hash = await call('getblockhash', 111);
    await call('invalidateblock', hash);
    expect(await call('getblockcount')).toBe(110);
    await call('reconsiderblock', hash);
    expect(await call('getblockcount')).toBe(112);
    expect(await call('verifychain', 4, 0)).toBe(true);
    await expect(call('invalidateblock', '00'.repeat(32))).rejects.toMatchObject({ rpcCode: -5 });
    await expect(call('pruneblockchain', 5)).rejects.toMatchObject({ message: 'Cannot prune blocks because node is not in prune mode.' });
  });
});

describe('MuHash', () => {
  it('gives the known hash of a small set', () => {
    const one = (n: number): Uint8Array => Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? n : 0));
    const set = new MuHash();
    set.remove(one(2));
    set.insert(one(1));
    set.insert(one(0));
    expect(toHex(reversed(set.digest()))).toBe('10d312b100cbd32ada024a6646e40d3482fcff103668d2625f10002a607d5863');
  });

  it('list what happened to scripts in blocks', async () => {
    const hash = String(await call('getblockhash', 111));
    const { activity } = await object('getdescriptoractivity', [hash], ['raw(51)'], false) as { activity: JsonObject[] };
    expect(activity.map(({ type, height, blockhash }) => [type, height, blockhash])).toEqual([
      ['receive', 111, hash], ['spend', 111, hash], ['receive', 111, hash],
    ]);
    expect(activity[1]).toMatchObject({ spend_txid: spent, spend_vin: 0, prevout_vout: 0 });
    expect(await object('getdescriptoractivity', [hash], ['raw(52)'])).toEqual({ activity: [] });
    await expect(call('getdescriptoractivity', ['00'.repeat(32)], ['raw(51)'])).rejects.toMatchObject({ rpcCode: -5, message: 'Block not found' });
  });
});
