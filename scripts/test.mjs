// Runs the tests: `unit`, `functional` (against COIND), `coins` (every coin by name by network), `endurance` (connections between
// processes at length), `package` (the program as one file), or everything: unit, then functional against coind and coin-node.
// The last line is the plain count `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const require = createRequire(import.meta.url);
const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..');
const jest = path.join(path.dirname(require.resolve('jest/package.json')), 'bin', 'jest.js');
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };

function build() {
  const { status } = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

function suite(title, patterns, env, extra) {
  const report = path.join(scratch, `${title.replace(/\W+/g, '-')}.json`);
  console.log(`\n== ${title}`);
  const { status } = spawnSync(
    process.execPath,
    ['--experimental-vm-modules', '--no-warnings', jest, '--json', `--outputFile=${report}`, '--testLocationInResults', ...patterns, ...extra],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...env } },
  );
  if (!fs.existsSync(report)) {
    total.failed += 1;
    console.log(`${title}: the runner ended with status ${status} and left no report`);
    return;
  }
  const result = JSON.parse(fs.readFileSync(report, 'utf8'));
  // A file that does not even load has no test of its own to count.
  const broken = result.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
  total.passed += result.numPassedTests;
  total.failed += result.numFailedTests + broken;
  total.skipped += result.numPendingTests;
}

/** The executable to test: COIND, or that of another coin by its own name, as UMKOIND. */
function executable() {
  const coins = fs.readdirSync(path.join(root, 'src', 'params', 'coins')).map((file) => path.basename(file, '.json'));
  const named = ['coin', ...coins].map((coin) => process.env[`${coin.toUpperCase()}D`]).find((file) => file !== undefined && file !== '');
  return path.resolve(named ?? path.join(root, 'bin', 'coin-node'));
}

const [what = 'all', ...extra] = process.argv.slice(2);
try {
  if (what === 'unit' || what === 'all') suite('unit', ['test/unit', 'test/interfaces'], {}, extra);
  if (what === 'functional') {
    build();
    const coind = executable();
    suite(`functional, ${path.basename(coind)}`, ['test/functional'], { COIND: coind }, extra);
  }
  if (what === 'coins') {
    build();
    suite('coins, every name and network', ['test/functional/coins'], { COIN_MATRIX: 'full' }, extra);
  }
  if (what === 'endurance') suite('endurance', ['test/unit/ipc/endurance'], { IPC_ENDURANCE: 'full' }, extra);
  if (what === 'package') suite('one file', ['test/functional/one-file'], { COIN_ONE_FILE: '1' }, extra);
  if (what === 'all') {
    build();
    for (const name of ['coind', 'coin-node']) {
      suite(`functional, ${name}`, ['test/functional'], { COIND: path.join(root, 'bin', name) }, extra);
    }
  }
} finally {
  fs.rmSync(scratch, { recursive: true, force: true });
}
console.log(total.skipped > 0 ? `\n${total.skipped} skipped` : '');
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
