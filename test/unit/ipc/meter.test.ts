import { describe, expect, it } from '@jest/globals';
import type { ConnectionFigures } from '../../../src/util/connection-figures.ts';
import { Durations } from '../../../src/ipc/meter.ts';
import { releaseProxy } from '../../../src/ipc/remote-object.ts';
import { EveryImpl } from '../../interfaces/every-impl.ts';
import { closeEmpty, connect } from './support.ts';

describe('durations in buckets', () => {
  it.each([0.001, 0.0035, 0.017, 0.5, 1, 3.3, 99.5, 12_345, 2_000_000])('%d ms comes back within an eighth', (ms) => {
    const durations = new Durations();
    durations.add(ms);
    for (const share of [0.01, 0.5, 1]) {
      const shown = durations.quantile(share);
      expect(shown).toBeGreaterThan(ms * 0.75);
      expect(shown).toBeLessThan(ms * 1.26);
    }
  });

  it('gives the time within which a share of them was done', () => {
    const durations = new Durations();
    for (let ms = 1; ms <= 1000; ms++) durations.add(ms);
    expect(durations.quantile(0.5)).toBeGreaterThan(437);
    expect(durations.quantile(0.5)).toBeLessThan(563);
    expect(durations.quantile(0.99)).toBeGreaterThan(866);
    expect(durations.quantile(0.99)).toBeLessThan(1114);
    expect(durations.quantile(0.001)).toBeLessThan(1.2);
  });

  it('takes times of none, and beyond all measure', () => {
    const durations = new Durations();
    expect(durations.quantile(0.5)).toBe(0);
    durations.add(0);
    expect(durations.quantile(0.5)).toBeLessThan(0.002);
    durations.add(Number.MAX_SAFE_INTEGER);
    expect(durations.quantile(1)).toBeGreaterThan(1_800_000);
  });
});

describe('what a connection counts', () => {
  it('is calls, errors and bytes by method, at both ends', async () => {
    const pair = await connect(new EveryImpl());
    const counter = await pair.every.makeCounter(1);
    for (let i = 0; i < 10; i++) await counter.add(1);
    await expect(pair.every.fail('rpc')).rejects.toThrow();
    const ofCalls = (stats: ConnectionFigures): unknown[] => stats.methods.map(({ method, direction, calls, errors, bytes }) => ({ method, direction, calls, errors, bytes }));
    const { client, server } = pair;
    expect(ofCalls(client.stats)).toMatchObject([
      { method: 'Counter.add', direction: 'called', calls: 10, errors: 0 }, { method: 'Every.fail', direction: 'called', calls: 1, errors: 1 }, { method: 'Every.makeCounter', direction: 'called', calls: 1, errors: 0 },
    ]);
    // Both ends count the same.
    expect(ofCalls(server.stats)).toEqual(ofCalls(client.stats).map((m) => ({ ...(m as object), direction: 'served' })));
    expect(server.stats.receivedBytes).toBe(client.stats.sentBytes);
    expect(client.stats.receivedBytes).toBe(server.stats.sentBytes);
    expect(client.stats).toMatchObject({ exports: 0, imports: 1, calls: 0, served: 0 });
    expect(server.stats).toMatchObject({ exports: 1, imports: 0, calls: 0, served: 0 });
    for (const { p50Ms, p99Ms } of client.stats.methods) {
      expect(p50Ms).toBeGreaterThan(0);
      expect(p99Ms).toBeGreaterThanOrEqual(p50Ms);
    }
    releaseProxy(counter);
    await closeEmpty(pair);
  });
});
