import { describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import path from 'node:path';
import { Chaos, type ChaosReport } from './support/chaos/chaos.ts';
import { Random } from './support/chaos/random.ts';
import { attachedWorld, guiWorld, spawnedWorld, type World } from './support/chaos/worlds.ts';
import { MULTIPROCESS } from './support/test-node.ts';

/** `npm run test:chaos -- --seed N --minutes M` sets them; the suite's own run is short. */
const SEED = Number(process.env['CHAOS_SEED'] ?? 7);
const SECONDS = Number(process.env['CHAOS_SECONDS'] ?? 24);
const LOUD = process.env['CHAOS_SECONDS'] !== undefined;

const worlds: readonly (() => Promise<World>)[] = [() => attachedWorld(true), spawnedWorld, () => attachedWorld(false), guiWorld];

/** Where CHAOS_LOGS says: what the processes have written, for who looks for the cause. */
function keepLogs(world: World): void {
  const dir = process.env['CHAOS_LOGS'];
  if (dir === undefined) return;
  fs.mkdirSync(dir, { recursive: true });
  for (const [name, text] of Object.entries(world.logs())) fs.writeFileSync(path.join(dir, `${name}.log`), text);
}

async function run(make: () => Promise<World>, seed: number, seconds: number): Promise<ChaosReport> {
  const world = await make();
  const begin = Date.now();
  const say = (line: string): void => { if (LOUD) process.stderr.write(`${((Date.now() - begin) / 1000).toFixed(1).padStart(7)} ${line}\n`); };
  say(`${world.name}, seed ${seed}`);
  try {
    const report = await new Chaos(world, new Random(seed), say).run(seconds);
    say(JSON.stringify(report, null, 1));
    if (report.faults.length > 0) keepLogs(world);
    return report;
  } catch (e) {
    keepLogs(world);
    throw e;
  } finally {
    await world.destroy();
  }
}

(MULTIPROCESS && process.platform === 'linux' ? describe : describe.skip)('payments while everything goes wrong', () => {
  // Each topology gets its share of the time; in the suite they go side by side.
  const each = LOUD ? it : it.concurrent;
  worlds.forEach((make, i) => {
    each(`are neither lost nor made twice (topology ${i + 1})`, async () => {
      const report = await run(make, SEED + i, SECONDS / worlds.length);
      expect(report.faults).toEqual([]);
      const { paid, refused, unknown } = report.payments;
      expect(paid + (LOUD ? 0 : refused + unknown)).toBeGreaterThan(0);
    }, (SECONDS / worlds.length) * 1000 + 240_000);
  });
});
