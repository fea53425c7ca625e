// `npm run test:chaos -- [--seed N] [--minutes M]`: payments while processes are killed, stopped and restarted, lines cut, disks full.
// Every topology gets its share of the time. What the processes have logged is kept where something was wrong.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const require = createRequire(import.meta.url);
const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..');
const jest = path.join(path.dirname(require.resolve('jest/package.json')), 'bin', 'jest.js');
function option(name, fallback) {
  const at = process.argv.findIndex((word) => word === `--${name}` || word.startsWith(`--${name}=`));
  if (at < 0) return fallback;
  const text = process.argv[at].includes('=') ? process.argv[at].split('=')[1] : process.argv[at + 1];
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) {
    console.error(`--${name}: expected a number, not '${text}'`);
    process.exit(2);
  }
  return value;
}
const seed = option('seed', Math.floor(Math.random() * 1e6));
const minutes = option('minutes', 30);
const logs = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-chaos-logs-'));
if (spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'inherit' }).status !== 0) process.exit(1);
console.log(`seed ${seed}, ${minutes} minutes; logs of what goes wrong: ${logs}`);
const { status } = spawnSync(process.execPath, ['--experimental-vm-modules', '--no-warnings', jest, 'test/functional/chaos'], {
  cwd: root, stdio: 'inherit',
  env: { ...process.env, CHAOS_SEED: String(seed), CHAOS_SECONDS: String(minutes * 60), CHAOS_LOGS: logs, COIND: process.env.COIND ?? path.join(root, 'bin', 'coin-node') },
});
if (fs.readdirSync(logs).length === 0) fs.rmdirSync(logs);
process.exit(status ?? 1);
