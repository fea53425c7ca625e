// Bundles the program into dist/coin.cjs, one file whose roles are loaded lazily, and writes V8's code cache beside it.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { bundlePage, bundleProgram } from './build/bundle.mjs';
import { freshenGenerated } from './build/generated.mjs';
import { readOptions } from './build/options.mjs';

const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..');
const { leftOut, ipcgen, outdir, metafile, flags } = readOptions(process.argv.slice(2), { outdir: path.join(root, 'dist'), further: ['--check'] });
const file = path.join(outdir, 'coin.cjs');

if (!freshenGenerated(root, ipcgen)) process.exit(1);
fs.mkdirSync(outdir, { recursive: true });
const meta = await bundleProgram(root, file, { leftOut });
if (metafile !== null) fs.writeFileSync(metafile, JSON.stringify(meta));

const page = path.join(outdir, 'gui');
if (leftOut.includes('gui')) fs.rmSync(page, { recursive: true, force: true });
else await bundlePage(root, page);

const cache = path.join(outdir, 'coin.cache');
fs.rmSync(cache, { force: true });
const script = new vm.Script(fs.readFileSync(file, 'utf8'), { filename: file });
fs.writeFileSync(cache, script.createCachedData());
if (leftOut.length > 0) console.log(`${path.relative(process.cwd(), file)}: ${Math.round(fs.statSync(file).size / 1024)} KiB, without ${leftOut.join(', ')}`);
if (flags.has('--check')) {
  const { status } = spawnSync(process.execPath, [path.join(root, 'bin', 'coin-cli'), '-version'], { stdio: 'inherit' });
  process.exit(status ?? 1);
}
