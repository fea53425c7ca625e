// `npm start`: coin-node on regtest in the foreground, in a data directory of its own under .data/.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..');
const datadir = path.join(root, '.data', 'regtest-node');
const built = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'inherit' });
if (built.status !== 0) process.exit(built.status ?? 1);
fs.mkdirSync(datadir, { recursive: true });

const cli = `bin/coin-cli -datadir=${path.relative(root, datadir)} -regtest`;
const child = spawn(
  process.execPath,
  [path.join(root, 'bin', 'coin-node'), `-datadir=${datadir}`, '-regtest', '-server', '-fallbackfee=0.0002', '-printtoconsole', ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
// The node itself gets Ctrl-C from the terminal; this process only waits for it.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal === null ? code ?? 1 : 1));

const cookie = path.join(datadir, 'regtest', '.cookie');
const port = process.argv.slice(2).map((a) => /^--?rpcport=(\d+)$/.exec(a)?.[1]).findLast((p) => p !== undefined) ?? '18443';
const wait = setInterval(() => {
  if (!fs.existsSync(cookie)) return;
  clearInterval(wait);
  console.log(`
RPC listens on 127.0.0.1:${port}. In another terminal, from this directory:
  ${cli} createwallet mine
  ${cli} -generate 101
  ${cli} getbalance
Ctrl-C stops the node; its data stays in ${path.relative(root, datadir)}.
`);
}, 100);
wait.unref();
