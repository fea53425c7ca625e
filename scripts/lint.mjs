// Lint with the dependency rules, after checking that the rules themselves are fresh.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..');
const eslint = path.join(path.dirname(require.resolve('eslint/package.json')), 'bin', 'eslint.js');

function run(args) {
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    // eslint 9 is the last that reads .eslintrc.json, and says so at every start.
    env: { ...process.env, ESLINT_USE_FLAT_CONFIG: 'false', NODE_NO_WARNINGS: '1' },
  });
  if (status !== 0) process.exit(status ?? 1);
}

run(['scripts/layers.mjs', '--check']);
run([eslint, '--ext', '.ts,.tsx', '--max-warnings', '0', 'src', 'ipc-spec', 'scripts', 'test', ...process.argv.slice(2)]);
