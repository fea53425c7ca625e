import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { coinKey, encodeCoin, readCoin } from '../../../src/chain/coin-codec.ts';
import { CoinsCache } from '../../../src/chain/coins-cache.ts';
import { CoinsDb } from '../../../src/chain/coins-db.ts';
import { CoinsOverlay } from '../../../src/chain/coins-view.ts';
import { compressAmount, decompressAmount } from '../../../src/chain/compressor.ts';
import type { Coin } from '../../../src/chain/types.ts';
import { decodeUndo, encodeUndo } from '../../../src/chain/undo.ts';
import { LevelDb } from '../../../src/store/leveldb.ts';
import { fromHex, toHex } from '../../../src/util/bytes.ts';
import { Reader } from '../../../src/util/reader.ts';

const GENESIS_KEY = '04678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5f';

describe('amounts on disk', () => {
  it('are the values of the format', () => {
    for (const [sat, packed] of [[0, 0], [1, 1], [1_000_000, 7], [100_000_000, 9], [5_000_000_000, 50], [2_100_000_000_000_000, 21_000_000]] as const) {
      expect(compressAmount(sat)).toBe(packed);
    }
  });
  it('come back', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 900_000_000_000_000 }), (sat) => decompressAmount(compressAmount(sat)) === sat));
  });
});

describe('coins on disk', () => {
  const cases: [string, string][] = [
    [`76a914${'11'.repeat(20)}88ac`, `00${'11'.repeat(20)}`],
    [`a914${'22'.repeat(20)}87`, `01${'22'.repeat(20)}`],
    [`21${GENESIS_KEY.slice(0, 66).replace(/^04/, '02')}ac`, GENESIS_KEY.slice(0, 66).replace(/^04/, '02')],
    [`41${GENESIS_KEY}ac`, `05${GENESIS_KEY.slice(2, 66)}`],
    [`0014${'33'.repeat(20)}`, `1c0014${'33'.repeat(20)}`],
    ['', '06'],
  ];
  it.each(cases)('script %s', (script, packed) => {
    const coin: Coin = { value: 5_000_000_000, scriptPubKey: fromHex(script), height: 100, coinbase: true };
    const bytes = encodeCoin(coin);
    expect(toHex(bytes)).toBe(`804932${packed}`);
    expect(readCoin(new Reader(bytes))).toEqual(coin);
  });
  it('read back as unspendable where the script is too long', () => {
    const bytes = encodeCoin({ value: 1, scriptPubKey: new Uint8Array(10_001), height: 1, coinbase: false });
    expect(toHex(readCoin(new Reader(bytes)).scriptPubKey)).toBe('6a');
  });
  it('have keys with a variable index', () => {
    expect(toHex(coinKey(new Uint8Array(32), 256))).toBe(`43${'00'.repeat(32)}8100`);
  });
});

describe('undo records', () => {
  it('come back', () => {
    const undo = [[
      { value: 12345, scriptPubKey: fromHex('51'), height: 7, coinbase: false },
      { value: 5_000_000_000, scriptPubKey: fromHex(`0014${'44'.repeat(20)}`), height: 0, coinbase: true },
    ], []];
    expect(decodeUndo(encodeUndo(undo))).toEqual(undo);
  });
});

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'coin-coins-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

function txidOf(n: number): Uint8Array {
  return new Uint8Array(32).fill(n);
}

const command = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('add' as const), n: fc.nat(20), vout: fc.nat(2), size: fc.constantFrom(0, 22, 34, 140, 141, 600), value: fc.nat(1000) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('spend' as const), n: fc.nat(20), vout: fc.nat(2) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('get' as const), n: fc.nat(20), vout: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('apply' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const), wipe: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail' as const) }) },
);

describe('CoinsCache', () => {
  it('behaves as a map does, whatever is flushed, dropped or fails', async () => {
    let round = 0;
    await fc.assert(fc.asyncProperty(fc.array(command, { maxLength: 120 }), async (commands) => {
      let countdown = -1;
      const db = await LevelDb.open({
        path: join(dir, String(round++)), name: 'chainstate', cacheBytes: 1 << 20, obfuscate: true,
        fault: () => {
          if (countdown-- === 0) throw new Error('injected');
        },
      });
      try {
        // A tiny batch makes every flush come in parts.
        const disk = new CoinsDb(db, { batchBytes: 150 });
        let cache = new CoinsCache(disk);
        let overlay = new CoinsOverlay(cache);
        let base = new Map<string, Coin>();
        let model = new Map(base);
        let tip = 0;
        for (const c of commands) {
          if (c.kind === 'add') {
            const coin: Coin = { value: c.value, scriptPubKey: new Uint8Array(c.size).fill(0x51), height: c.value % 7, coinbase: c.value % 2 === 0 };
            overlay.add(txidOf(c.n), c.vout, coin, model.has(`${c.n}:${c.vout}`));
            model.set(`${c.n}:${c.vout}`, coin);
          } else if (c.kind === 'spend') {
            expect(overlay.spend(txidOf(c.n), c.vout)).toEqual(model.get(`${c.n}:${c.vout}`));
            model.delete(`${c.n}:${c.vout}`);
          } else if (c.kind === 'get') {
            expect(overlay.getCoin(txidOf(c.n), c.vout)).toEqual(model.get(`${c.n}:${c.vout}`));
          } else if (c.kind === 'apply') {
            overlay.applyTo(cache);
            tip += 1;
            cache.bestBlock = txidOf(tip % 250 + 1);
            base = new Map(model);
          } else if (c.kind === 'drop') {
            overlay = new CoinsOverlay(cache);
            model = new Map(base);
          } else if (c.kind === 'fail') {
            countdown = cache.bestBlock === null ? -1 : 1;
            await cache.flush(false).catch(() => undefined);
            countdown = -1;
          } else if (c.kind === 'flush') {
            overlay = new CoinsOverlay(cache);
            model = new Map(base);
            await cache.flush(c.wipe);
            if (cache.bestBlock !== null) {
              expect(disk.bestBlock()).toEqual(cache.bestBlock);
              expect(disk.headBlocks()).toBeNull();
              const stored = new Map<string, Coin>();
              for await (const coins of disk.coins()) for (const s of coins) stored.set(`${s.txid[0]}:${s.vout}`, s.coin);
              expect(stored).toEqual(base);
              // A restart sees the same.
              cache = new CoinsCache(disk);
              overlay = new CoinsOverlay(cache);
            }
          }
        }
        overlay.applyTo(cache);
        for (let n = 0; n <= 20; n++) for (let v = 0; v <= 2; v++) expect(cache.getCoin(txidOf(n), v)).toEqual(model.get(`${n}:${v}`));
      } finally {
        await db.close();
      }
    }), {
      numRuns: 60,
      // A coin of a flush that failed in the middle, spent afterwards.
      examples: [[[{ kind: 'add', n: 17, vout: 1, size: 140, value: 0 }, { kind: 'apply' }, { kind: 'spend', n: 17, vout: 1 }, { kind: 'fail' }]]],
    });
  });

  it('writes nothing for a coin that lived between two flushes', async () => {
    const db = await LevelDb.open({ path: join(dir, 'x'), name: 'chainstate', cacheBytes: 1 << 20 });
    const disk = new CoinsDb(db);
    const cache = new CoinsCache(disk);
    cache.bestBlock = txidOf(9);
    cache.putCoin(txidOf(1), 0, { value: 1, scriptPubKey: fromHex('51'), height: 1, coinbase: false }, true);
    cache.removeCoin(txidOf(1), 0);
    expect(cache.dirty).toBe(0);
    expect(cache.size).toBe(0);
    await db.close();
  });

  it('tells between which blocks an interrupted flush was', async () => {
    let writes = 0;
    const db = await LevelDb.open({
      path: join(dir, 'y'), name: 'chainstate', cacheBytes: 1 << 20,
      fault: () => {
        if (++writes === 4) throw new Error('injected');
      },
    });
    const disk = new CoinsDb(db, { batchBytes: 100 });
    const cache = new CoinsCache(disk);
    cache.bestBlock = txidOf(9);
    await cache.flush(false);
    for (let i = 0; i < 10; i++) cache.putCoin(txidOf(i), 0, { value: 1, scriptPubKey: fromHex('51'), height: 1, coinbase: false }, true);
    cache.bestBlock = txidOf(10);
    await expect(cache.flush(false)).rejects.toThrow('injected');
    expect(disk.bestBlock()).toBeNull();
    expect(disk.headBlocks()).toEqual({ to: txidOf(10), from: txidOf(9) });
    await cache.flush(true);
    expect(disk.bestBlock()).toEqual(txidOf(10));
    expect(disk.headBlocks()).toBeNull();
    await db.close();
  });
});
