// Bundles: the program as one script whose roles are loaded lazily, and the page of coin-gui.
import { build } from 'esbuild';
import fs from 'node:fs';
import path from 'node:path';
import { leaveOut } from './left-out.mjs';

/** Packages with native or WebAssembly parts stay outside; so does what msgpackr would load but never needs. */
const OUTSIDE = ['classic-level', 'node-sqlite3-wasm', 'tiny-secp256k1', 'msgpackr-extract'];

/**
 * Writes the program to `file`: a function expression of (exports, require, module, __filename, __dirname).
 * @returns esbuild's metafile
 */
export async function bundleProgram(root, file, { leftOut = [], plugins = [], outside = OUTSIDE } = {}) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [path.join(root, 'src', 'main.ts')],
    outfile: `${file}.tmp`,
    bundle: true,
    metafile: true,
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
    external: outside,
    plugins: [leaveOut(root, leftOut), ...plugins],
    define: { 'import.meta.url': '__importMetaUrl', __LEFT_OUT__: JSON.stringify(leftOut) },
    banner: { js: '(function (exports, require, module, __filename, __dirname) { const __importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
    footer: { js: '})' },
  });
  fs.renameSync(`${file}.tmp`, file);
  return metafile;
}

/** Writes the page's files into `dir`: one script, others that it fetches when they are needed (what reads codes, the texts of a language), one style sheet, and what is copied. */
export async function bundlePage(root, dir) {
  const page = path.join(root, 'src', 'gui', 'page');
  await build({
    absWorkingDir: root,
    entryPoints: { page: path.join(page, 'main.tsx'), codes: path.join(page, 'codes', 'codes.ts'), de: path.join(page, 'languages', 'de.ts') },
    outdir: dir,
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
  for (const name of ['index.html', 'icon.svg']) fs.copyFileSync(path.join(page, name), path.join(dir, name));
}
