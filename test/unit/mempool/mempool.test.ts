import { describe, expect, it } from '@jest/globals';
import { decodeMempool, encodeMempool } from '../../../src/mempool/persist.ts';
import type { RemovalReason } from '../../../src/mempool/types.ts';
import { Block, BlockHeader } from '../../../src/primitives/block.ts';
import type { Transaction } from '../../../src/primitives/transaction.ts';
import { toKey, ZERO_32 } from '../../../src/util/bytes.ts';
import { ANYONE, FakeChain, makePool, output, spend } from './fake-chain.ts';

const blockOf = (txs: readonly Transaction[]): Block => new Block(new BlockHeader({ version: 1, prevHash: ZERO_32, merkleRoot: ZERO_32, time: 0, bits: 0, nonce: 0 }), txs);

function setup(options = {}): { chain: FakeChain; pool: ReturnType<typeof makePool> } {
  const chain = new FakeChain();
  return { chain, pool: makePool(chain, options) };
}

describe('acceptance', () => {
  it('accepts, counts and tells', () => {
    const { chain, pool } = setup();
    const told: string[] = [];
    pool.addListener({ transactionAdded: (tx, sequence) => told.push(`${tx.txidHex} ${sequence}`) });
    const parent = spend([chain.fund(100_000)], [90_000]);
    const child = spend([output(parent)], [80_000]);
    expect(pool.accept(parent, { testOnly: true })).toMatchObject({ ok: true, fee: 10_000 });
    expect(pool.size).toBe(0);
    expect(pool.accept(parent)).toMatchObject({ ok: true, fee: 10_000, vsize: parent.vsize });
    expect(pool.accept(child)).toMatchObject({ ok: true });
    expect(told).toEqual([`${parent.txidHex} 1`, `${child.txidHex} 2`]);
    expect(pool.get(child.txid)).toMatchObject({ ancestorCount: 2, ancestorFees: 20_000, descendantCount: 1 });
    expect(pool.get(parent.txid)).toMatchObject({ ancestorCount: 1, descendantCount: 2 });
    expect(pool.totalFee).toBe(20_000);
    expect(pool.sorted().map((e) => e.tx.txidHex)).toEqual([parent.txidHex, child.txidHex]);
  });

  it('refuses with the reference\'s reasons', () => {
    const { chain, pool } = setup();
    const tx = spend([chain.fund(100_000)], [90_000]);
    pool.accept(tx);
    const reason = (t: Transaction): string => {
      const result = pool.accept(t);
      return result.ok ? 'ok' : result.reason;
    };
    expect(reason(tx)).toBe('txn-already-in-mempool');
    expect(reason(spend([{ txid: new Uint8Array(32).fill(9), vout: 0 }], [1000]))).toBe('bad-txns-inputs-missingorspent');
    expect(reason(spend([chain.fund(10_000)], [20_000]))).toBe('bad-txns-in-belowout');
    expect(reason(spend([chain.fund(10_000)], [9_999]))).toBe('min relay fee not met');
    expect(reason(spend([chain.fund(10_000)], [300, 300]))).toBe('dust');
    expect(reason(spend([chain.fund(10_000)], [5_000], { version: 4 }))).toBe('version');
    expect(reason(spend([chain.fund(10_000, true, 150)], [5_000]))).toBe('bad-txns-premature-spend-of-coinbase');
    expect(reason(spend([chain.fund(10_000)], [5_000], { sequence: 250 }))).toBe('non-BIP68-final');
    const low = pool.accept(spend([chain.fund(10_000)], [9_999]));
    expect(low.ok ? '' : low.debug).toMatch(/^1 < \d+$/);
  });

  it('limits clusters', () => {
    const { chain, pool } = setup({ limits: { clusterCount: 3, clusterVsize: 101_000, ancestorCount: 25, descendantCount: 25 } });
    let tip = spend([chain.fund(1_000_000)], [990_000]);
    for (let i = 0; i < 3; i++) {
      expect(pool.accept(tip).ok).toBe(true);
      tip = spend([output(tip)], [980_000 - i * 10_000]);
    }
    expect(pool.accept(tip)).toMatchObject({ ok: false, reason: 'too-large-cluster' });
  });

  it('keeps version 3 topology, with sibling eviction', () => {
    const { chain, pool } = setup();
    const parent = spend([chain.fund(100_000)], [40_000, 40_000], { version: 3 });
    expect(pool.accept(parent).ok).toBe(true);
    expect(pool.accept(spend([output(parent)], [30_000]))).toMatchObject({ ok: false, reason: 'TRUC-violation' });
    const first = spend([output(parent, 0)], [39_000], { version: 3 });
    expect(pool.accept(first).ok).toBe(true);
    expect(pool.accept(spend([output(parent, 1)], [39_500], { version: 3 }))).toMatchObject({ ok: false, reason: 'insufficient fee (including sibling eviction)' });
    expect(pool.accept(spend([output(parent, 1)], [20_000], { version: 3 }))).toMatchObject({ ok: true });
    expect(pool.has(first.txid)).toBe(false);
  });
});

describe('replacement', () => {
  it('asks for more fees and a better diagram', () => {
    const { chain, pool } = setup();
    const coin = chain.fund(100_000);
    const old = spend([coin], [90_000]);
    pool.accept(old);
    expect(pool.accept(spend([coin], [91_000]))).toMatchObject({ ok: false, reason: 'insufficient fee', kind: 'reconsiderable' });
    expect(pool.accept(spend([coin], [89_999]))).toMatchObject({ ok: false, reason: 'insufficient fee' });
    expect(pool.accept(spend([coin], [89_000], { padding: 5000 }))).toMatchObject({ ok: false, reason: 'replacement-failed' });
    const removed: RemovalReason[] = [];
    pool.addListener({ transactionRemoved: (_, reason) => removed.push(reason) });
    expect(pool.accept(spend([coin], [80_000]))).toMatchObject({ ok: true, replaced: [old] });
    expect(removed).toEqual(['replaced']);
    expect(pool.size).toBe(1);
  });

  it('cannot spend from what it replaces', () => {
    const { chain, pool } = setup();
    const coin = chain.fund(100_000);
    const old = spend([coin], [90_000]);
    pool.accept(old);
    expect(pool.accept(spend([coin, output(old)], [50_000]))).toMatchObject({ ok: false, reason: 'bad-txns-spends-conflicting-tx' });
  });
});

describe('packages', () => {
  it('lets a child pay for its parent', () => {
    const { chain, pool } = setup();
    const parent = spend([chain.fund(100_000)], [100_000], { version: 3 });
    const child = spend([output(parent)], [90_000], { version: 3 });
    expect(pool.accept(parent)).toMatchObject({ ok: false, reason: 'min relay fee not met' });
    const outcome = pool.acceptPackage([parent, child]);
    expect(outcome).toMatchObject({ kind: '', reason: '' });
    expect(outcome.results.get(toKey(child.wtxid))).toMatchObject({ ok: true, effectiveWtxids: [parent.wtxid, child.wtxid] });
    expect(pool.chunks()).toHaveLength(1);
    expect(pool.acceptPackage([child, parent])).toMatchObject({ kind: 'policy', reason: 'package-not-sorted' });
  });

  it('judges a list without adding it', () => {
    const { chain, pool } = setup();
    const a = spend([chain.fund(100_000)], [90_000]);
    const b = spend([output(a)], [80_000]);
    expect(pool.acceptPackage([a, b], { testOnly: true }).results.size).toBe(2);
    expect(pool.size).toBe(0);
  });
});

describe('leaving', () => {
  it('goes with blocks, and conflicts go too', () => {
    const { chain, pool } = setup();
    const coin = chain.fund(100_000);
    const parent = spend([coin], [90_000]);
    const child = spend([output(parent)], [80_000]);
    const other = chain.fund(50_000);
    const doomed = spend([other], [40_000]);
    const doomedChild = spend([output(doomed)], [30_000]);
    for (const tx of [parent, child, doomed, doomedChild]) expect(pool.accept(tx).ok).toBe(true);
    const log: string[] = [];
    pool.addListener({
      transactionRemoved: (tx, reason) => log.push(`${tx === doomed ? 'doomed' : 'child'} ${reason}`),
      removedForBlock: (entries, height) => log.push(`block ${entries.length} ${height}`),
    });
    pool.removeForBlock(blockOf([parent, spend([other], [45_000])]), 201);
    expect(log).toEqual(['doomed conflict', 'child conflict', 'block 1 201']);
    expect([...pool.entries()].map((e) => e.tx)).toEqual([child]);
    expect(pool.get(child.txid)?.ancestorCount).toBe(1);
  });

  it('comes back after a reorganisation and finds its children', () => {
    const { chain, pool } = setup();
    const coin = chain.fund(100_000);
    const parent = spend([coin], [90_000]);
    const child = spend([output(parent)], [80_000]);
    // The parent is confirmed, the child is not.
    chain.coinMap.set(`${toKey(parent.txid)}\0\0\0\0`, { value: 90_000, scriptPubKey: ANYONE, height: 200, coinbase: false });
    expect(pool.accept(child).ok).toBe(true);
    chain.coinMap.delete(`${toKey(parent.txid)}\0\0\0\0`);
    pool.afterReorg([parent], true);
    expect(pool.get(child.txid)?.ancestorCount).toBe(2);
    expect(pool.sorted().map((e) => e.tx)).toEqual([parent, child]);
    pool.afterReorg([parent], false);
    expect(pool.size).toBe(0);
  });

  it('evicts the worst and raises its floor', () => {
    const { chain, pool } = setup({ maxBytes: 40_000 });
    for (let i = 0; i < 20; i++) pool.accept(spend([chain.fund(1_000_000)], [990_000 - i * 1000], { padding: 3000 }));
    expect(pool.usage).toBeLessThanOrEqual(40_000);
    expect(pool.size).toBeGreaterThan(5);
    expect(Math.min(...[...pool.entries()].map((e) => e.fee))).toBeGreaterThan(10_000);
    expect(pool.minFeerate()).toBeGreaterThan(100);
    expect(pool.accept(spend([chain.fund(1_000_000)], [999_000], { padding: 3000 }))).toMatchObject({ ok: false, reason: 'mempool min fee not met' });
  });

  it('forgets what is too old, with all that spends it', () => {
    const { chain, pool } = setup({ expirySec: 100 });
    const old = spend([chain.fund(100_000)], [90_000]);
    const now = Math.floor(Date.now() / 1000);
    pool.accept(old, { timeSec: now - 50 });
    pool.accept(spend([output(old)], [80_000]));
    expect(pool.size).toBe(2);
    pool.modules.clock.setMockTime(now + 51);
    pool.accept(spend([chain.fund(100_000)], [90_000]));
    expect(pool.size).toBe(1);
  });

  it('orders by deltas too', () => {
    const { chain, pool } = setup();
    const a = spend([chain.fund(100_000)], [90_000]);
    const b = spend([chain.fund(100_000)], [95_000]);
    pool.accept(a);
    pool.accept(b);
    expect(pool.sorted()[0]?.tx).toBe(a);
    pool.prioritise(b.txid, 10_000);
    expect(pool.sorted()[0]?.tx).toBe(b);
    expect(pool.deltas().size).toBe(1);
    pool.prioritise(b.txid, -10_000);
    expect(pool.deltas().size).toBe(0);
  });
});

describe('mempool.dat', () => {
  it('reads what it wrote, in both formats', () => {
    const tx = spend([{ txid: new Uint8Array(32).fill(7), vout: 1 }], [1000]);
    const saved = { transactions: [{ tx, time: 1_700_000_000, delta: -5 }], deltas: new Map([[toKey(new Uint8Array(32).fill(3)), 77]]), unbroadcast: [tx.txid] };
    for (const key of [null, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)]) {
      const read = decodeMempool(encodeMempool(saved, key));
      expect(read?.transactions[0]).toMatchObject({ time: 1_700_000_000, delta: -5 });
      expect(read?.transactions[0]?.tx.wtxidHex).toBe(tx.wtxidHex);
      expect(read?.deltas).toEqual(saved.deltas);
      expect(read?.unbroadcast).toEqual([tx.txid]);
    }
    expect(encodeMempool({ transactions: [], deltas: new Map(), unbroadcast: [] }, new Uint8Array(8))).toHaveLength(27);
  });
});
