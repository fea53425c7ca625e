// `npm run bench [-- node|ipc|crypto|topology]`: prints one table. A peer (bitcoind in PATH, or in BITCOIND) is measured beside us.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..');
const which = process.argv.slice(2);
const wants = (name) => which.length === 0 || which.includes(name);
if (spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'inherit' }).status !== 0) process.exit(1);

async function load(file) {
  const outfile = path.join(root, 'dist', 'bench', `${path.basename(file, '.ts')}.mjs`);
  await build({
    entryPoints: [path.join(root, file)], outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error',
  });
  return import(outfile);
}

function peer() {
  if (process.env.BITCOIND) return process.env.BITCOIND;
  try {
    return execFileSync('sh', ['-c', 'command -v bitcoind'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

const rows = [];
if (wants('ipc')) {
  const { benchIpc } = await load('test/bench/ipc-bench.ts');
  rows.push(...await benchIpc());
}
if (wants('crypto')) {
  const { benchCrypto } = await load('test/bench/crypto-bench.ts');
  rows.push(...await benchCrypto());
}
if (wants('node')) {
  const { benchNode } = await load('test/bench/node-bench.ts');
  const programs = ['coind', 'coin-node'].map((name) => path.join(root, 'bin', name));
  const other = peer();
  for (const file of [...programs, ...(other && fs.existsSync(other) ? [other] : [])]) rows.push(...await benchNode(file));
}
if (wants('topology')) {
  const { benchTopology } = await load('test/bench/topology-bench.ts');
  rows.push(...await benchTopology(path.join(root, 'bin', 'coin-node')));
}
const width = Math.max(...rows.map((r) => r.what.length));
const program = Math.max(...rows.map((r) => r.program.length));
for (const r of rows) console.log(`${r.what.padEnd(width)}  ${r.program.padEnd(program)}  ${r.figure}`);
