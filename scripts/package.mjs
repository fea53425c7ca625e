// `npm run package`: one executable file that is the whole program, for the platform that this runs on: Node itself with the bundle,
// the page and the native and WebAssembly parts inside (Node's single executable applications). Takes the options of the build.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import vm from 'node:vm';
import { bundlePage, bundleProgram } from './build/bundle.mjs';
import { carriedParts, carry } from './build/carry.mjs';
import { freshenGenerated } from './build/generated.mjs';
import { readOptions } from './build/options.mjs';

/** Marks the place in Node's executable that tells whether there is something inside. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..');
const { leftOut, ipcgen, outdir, metafile } = readOptions(process.argv.slice(2), { outdir: path.join(root, 'out') });

function fail(text) {
  console.error(`Error: ${text}`);
  process.exit(1);
}

/** Runs node; what it says matters only where it fails. */
function node(args, what) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) fail(`${what} failed:\n${stdout}${stderr}`);
}

if (process.platform !== 'linux') fail(`one-file executables are made on Linux only; this is ${process.platform}.`);
if (!fs.readFileSync(process.execPath).includes(FUSE)) fail(`${process.execPath} was built without single executable applications: use a Node.js of nodejs.org.`);
if (!freshenGenerated(root, ipcgen)) process.exit(1);

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-package-'));
try {
  const bundle = path.join(work, 'coin.cjs');
  const meta = await bundleProgram(root, bundle, { leftOut, plugins: [carry()], outside: ['msgpackr-extract'] });
  if (metafile !== null) fs.writeFileSync(metafile, JSON.stringify(meta));
  const cache = path.join(work, 'coin.cache');
  fs.writeFileSync(cache, new vm.Script(fs.readFileSync(bundle, 'utf8'), { filename: 'coin.cjs' }).createCachedData());

  const carried = carriedParts(root, leftOut);
  if (!leftOut.includes('gui')) {
    const page = path.join(work, 'gui');
    await bundlePage(root, page);
    for (const name of fs.readdirSync(page)) carried[`gui/${name}`] = path.join(page, name);
  }
  const hashes = path.join(work, 'hashes.json');
  fs.writeFileSync(hashes, JSON.stringify(Object.fromEntries(Object.entries(carried).map(([name, file]) => [name, crypto.createHash('sha256').update(fs.readFileSync(file)).digest('hex')]))));

  const entry = path.join(work, 'entry.cjs');
  await build({ entryPoints: [path.join(root, 'src', 'one-file', 'entry.ts')], outfile: entry, bundle: true, platform: 'node', format: 'cjs', target: 'node20', minify: true, legalComments: 'none', logLevel: 'warning' });
  const config = path.join(work, 'sea.json');
  const blob = path.join(work, 'blob');
  fs.writeFileSync(config, JSON.stringify({
    main: entry, output: blob, disableExperimentalSEAWarning: true,
    assets: { 'coin.cjs': bundle, 'coin.cache': cache, 'hashes.json': hashes, ...carried },
  }));
  node(['--experimental-sea-config', config], 'collecting the parts');

  fs.mkdirSync(outdir, { recursive: true });
  const file = path.join(outdir, 'coin');
  const unfinished = path.join(work, 'coin');
  fs.copyFileSync(process.execPath, unfinished);
  fs.chmodSync(unfinished, 0o755);
  const postject = path.join(path.dirname(createRequire(import.meta.url).resolve('postject')), 'cli.js');
  node([postject, unfinished, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', FUSE], 'putting the parts into the executable');
  // From another file system there is no renaming; in its own directory the file appears whole.
  const beside = path.join(outdir, `.coin-${process.pid}`);
  fs.copyFileSync(unfinished, beside);
  fs.renameSync(beside, file);
  const without = leftOut.length === 0 ? '' : `, without ${leftOut.join(', ')}`;
  console.log(`${path.relative(process.cwd(), file)}: ${(fs.statSync(file).size / 1e6).toFixed(1)} MB for ${process.platform} on ${process.arch}${without}. It needs nothing beside it; \`coin names --install DIR\` makes its other names.`);
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}
