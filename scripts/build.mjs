// Bundles the program into dist/coin.cjs, one file whose roles are loaded lazily, and writes V8's code cache beside it.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';

const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..');
const file = path.join(root, 'dist', 'coin.cjs');

await build({
  entryPoints: [path.join(root, 'src', 'main.ts')],
  outfile: `${file}.tmp`,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // import() of an outside package would need a loader of its own inside the script: require does it.
  supported: { 'dynamic-import': false },
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: false,
  legalComments: 'none',
  logLevel: 'warning',
  // Packages with native or WebAssembly parts stay outside; so does what winston would load but never uses here.
  external: ['classic-level', 'node-sqlite3-wasm', 'tiny-secp256k1', 'msgpackr-extract'],
  define: { 'import.meta.url': '__importMetaUrl' },
  banner: { js: '(function (exports, require, module, __filename, __dirname) { const __importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
  footer: { js: '})' },
});
const source = fs.readFileSync(`${file}.tmp`, 'utf8');
fs.renameSync(`${file}.tmp`, file);

// The page of coin-gui: one script, one style sheet.
const page = path.join(root, 'src', 'gui', 'page');
await build({
  entryPoints: { page: path.join(page, 'main.tsx') },
  outdir: path.join(root, 'dist', 'gui'),
  bundle: true,
  platform: 'browser',
  format: 'esm',
  target: ['chrome111', 'firefox115', 'safari16.4'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
});
for (const name of ['index.html', 'icon.svg']) fs.copyFileSync(path.join(page, name), path.join(root, 'dist', 'gui', name));

// The cache is made by a process that has loaded a role, so that it holds the functions which a start needs.
const cache = path.join(root, 'dist', 'coin.cache');
fs.rmSync(cache, { force: true });
const script = new vm.Script(source, { filename: file });
fs.writeFileSync(cache, script.createCachedData());
if (process.argv.includes('--check')) {
  const { status } = spawnSync(process.execPath, [path.join(root, 'bin', 'coin-cli'), '-version'], { stdio: 'inherit' });
  process.exit(status ?? 1);
}
