import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import v8 from 'node:v8';
import vm from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { releaseProxy } from '../../../src/ipc/remote-object.ts';
import { type Spawned, spawnProcess } from '../../../src/ipc/spawn.ts';
import { SILENT } from '../../../src/util/logger.ts';
import { everyInterface } from '../../interfaces/generated/every.ts';
import type { Every } from '../../interfaces/spec/every.ts';
import { EMPTY, until } from './support.ts';

// A tenth of what `IPC_ENDURANCE=full` (npm run test:endurance) does.
const FULL = process.env['IPC_ENDURANCE'] === 'full';
const OBJECTS = FULL ? 1_000_000 : 100_000;
const STREAM_BYTES = FULL ? 2 ** 30 : 2 ** 27;
const MIB = 2 ** 20;
/** What a long run may leave in a heap: nothing that grows with its length. */
const HEAP_SLACK = 8 * MIB;
const MEMORY_SLACK = 150 * MIB;

interface Observation { readonly peakKib: number; readonly heapBytes: number; readonly tables: typeof EMPTY }

function collect(): number {
  v8.setFlagsFromString('--expose-gc');
  (vm.runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

describe('two processes', () => {
  let dir: string;
  let script: string;
  beforeAll(() => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-endure-'));
    script = path.join(dir, 'child.cjs');
    execFileSync(path.resolve('node_modules/.bin/esbuild'), ['test/unit/ipc/endurance-child.ts', '--bundle', '--platform=node', '--format=cjs', '--external:msgpackr-extract', `--outfile=${script}`, '--log-level=error']);
  });
  afterAll(() => { fs.rmSync(dir, { recursive: true }); });

  const start = (): { child: Spawned; every: Every; observe: () => Promise<Observation> } => {
    const child = spawnProcess({ script, args: [], execArgv: ['--expose-gc'], self: 'coin-node', peer: 'coin-wallet', init: null, initInterface: everyInterface }, { log: SILENT });
    const every = child.connection.peerObject() as Every;
    return { child, every, observe: async () => JSON.parse(await every.json('0')) as Observation };
  };

  const end = async (child: Spawned, observe: () => Promise<Observation>): Promise<void> => {
    // The observing call is the one that is being served.
    await expect(observe()).resolves.toMatchObject({ tables: { ...EMPTY, served: 1 } });
    expect(child.connection.tables).toEqual(EMPTY);
    child.connection.close();
    expect(await child.exited).toBe('exit code 0');
  };

  it(`make, call and release ${OBJECTS.toLocaleString('en')} objects, and hold none of them`, async () => {
    const { child, every, observe } = start();
    const round = async (n: number): Promise<void> => {
      for (let done = 0; done < n; done += 1000) {
        await Promise.all(Array.from({ length: 1000 }, async (_, i) => {
          const counter = await every.makeCounter(i);
          // One in a hundred is used, one in a thousand left to the collector.
          if (i % 100 === 0) expect(await counter.add(1)).toBe(i + 1);
          if (i !== 7) releaseProxy(counter);
        }));
      }
    };
    const settled = async (): Promise<void> => {
      for (let i = 0; i < 200 && child.connection.tables.imports > 0; i++) {
        collect();
        await new Promise((resolve) => { setTimeout(resolve, 10); });
      }
    };
    await round(OBJECTS / 10);
    await settled();
    const before = { own: collect(), child: (await observe()).heapBytes };
    await round(OBJECTS);
    await settled();
    expect(collect() - before.own).toBeLessThan(HEAP_SLACK);
    expect((await observe()).heapBytes - before.child).toBeLessThan(HEAP_SLACK);
    await end(child, observe);
  }, 300_000);

  it(`pass ${STREAM_BYTES / MIB} MiB to a slow reader with little memory`, async () => {
    const { child, every, observe } = start();
    await every.pushed();
    const before = { own: process.memoryUsage.rss(), child: (await observe()).peakKib };
    let peak = before.own;
    const load = new Uint8Array(256 * 1024).fill(7);
    const count = STREAM_BYTES / load.length;
    for (let i = 0; i < count; i++) {
      // The stream's promise is all that a sender has to wait for.
      await every.push(i, 2, load);
      if (i % 16 === 0) peak = Math.max(peak, process.memoryUsage.rss());
    }
    expect(await every.pushed()).toHaveLength(count);
    expect(peak - before.own).toBeLessThan(MEMORY_SLACK);
    expect(((await observe()).peakKib - before.child) * 1024).toBeLessThan(MEMORY_SLACK);
    await end(child, observe);
  }, 300_000);

  it('make 10,000 calls at once, and get each answer', async () => {
    const { child, every, observe } = start();
    const numbers = Array.from({ length: 10_000 }, (_, i) => i);
    expect(await Promise.all(numbers.map((n) => every.int(n)))).toEqual(numbers);
    await until(() => child.connection.tables.calls === 0, 'no call under way');
    await end(child, observe);
  });
});
